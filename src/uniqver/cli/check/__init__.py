"""``uniqver check``: what an index will do with these files, said before the upload.

Values and pure decisions: :mod:`.verdict`, :mod:`.artifact`, :mod:`.listing`, :mod:`.rules`, :mod:`.judge`,
:mod:`.demands`, :mod:`.next_version`, :mod:`.stale`, :mod:`.address`. Edges, each touching one outside thing:
:mod:`.archive` (the files), :mod:`.index` (the network), :mod:`.credentials` (.pypirc and keyring),
:mod:`.metadata` (twine), :mod:`.install` (virtual environments), :mod:`.show` (the terminal). :mod:`.command` puts
them in order.
"""
