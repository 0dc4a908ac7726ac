"""setuptools-scm: whether it is needed and installed, what it reports about a tree, and how a version is passed to it."""
