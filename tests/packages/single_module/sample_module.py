"""One module: its version is in the metadata only."""

from importlib.metadata import version

__version__ = version("sample-module")
