"""A package that setup.cfg describes."""

from sample_setup_cfg._version import __version__
