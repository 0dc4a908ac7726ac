"""setuptools-scm: whether it is needed and there, what it says about a tree, and how it is told a version."""
