"""git, read natively: where the repository is, what its work tree is like, and what lies around HEAD.

Nothing is imported here: where a file answers (``locate``), what starts processes (``run``, ``read``) stays unread.
"""
