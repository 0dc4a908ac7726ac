"""git, read natively: where the repository is, what its work tree is like, and which tags lie around HEAD.

Nothing is imported here: where a file answers (``repository``), what starts processes (``runner``) stays unread.
"""
