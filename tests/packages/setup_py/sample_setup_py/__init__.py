"""A package with a setup.py."""

from sample_setup_py._version import __version__
