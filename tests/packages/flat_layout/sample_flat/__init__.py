"""A package beside pyproject.toml."""

from ._version import __version__, version_tuple
