"""A package in src."""

from sample_src._version import __version__


def main():
    """Print the version."""
    print(__version__)
