"""What the stores that need a client library have in common: the extra that brings it."""

from __future__ import annotations

from uniqver.errors import CounterError

REQUIREMENTS = {"redis": "redis>=5", "postgres": "psycopg[binary]>=3.1"}
"""Extra of uniqver: what it installs. pyproject.toml says the same; a test compares them."""


_EXTRAS = {"redis": "redis", "rediss": "redis", "postgresql": "postgres", "postgres": "postgres"}
"""Scheme of a counter: the extra that it needs."""


def requirements(scheme: str) -> tuple[str, ...]:
    """Return what a counter of ``scheme`` needs, for ``get_requires_for_build_*``."""
    return (REQUIREMENTS[_EXTRAS[scheme]],) if scheme in _EXTRAS else ()


class MissingClientError(CounterError):
    """The client library of the store isn't installed: foreseen while a build still collects its requirements."""


def missing_client(extra: str) -> MissingClientError:
    """Return the error of a store whose client library isn't installed."""
    return MissingClientError(
        what=f"the counter needs {REQUIREMENTS[extra]}, which is not installed",
        fix=f"pip install 'uniqver[{extra}]'   (for builds: requires = [\"uniqver[{extra}]\"] in [build-system])",
    )
