"""A package in the namespace acme."""

from acme.widgets._version import __version__
