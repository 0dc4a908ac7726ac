"""A package with a C extension."""

from sample_ext._fast import answer
from sample_ext._version import __version__
