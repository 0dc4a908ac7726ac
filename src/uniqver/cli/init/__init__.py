"""``uniqver init``: moves a project to uniqver, with its pipeline.

The edge :mod:`.snapshot` reads the project, pure modules plan what each file becomes, :mod:`.write` writes it.
"""
