"""A setuptools build backend that gives every build a version of its own."""
