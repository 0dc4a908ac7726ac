"""The variables by which a user (or uniqver) tells setuptools-scm a version ("Overrides" in its manual). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIXES = ("SETUPTOOLS_SCM", "VCS_VERSIONING")
"""setuptools-scm's own prefix, then that of the library under it: it looks in this order."""


def pretended(environ: Mapping[str, str], what: str, project: str | None) -> tuple[str, str] | None:
    """Return the variable by which the user pretends ``what`` (``VERSION``, ``METADATA``), and its value."""
    suffixes = (suffix_of(project), "") if project is not None else ("",)
    for suffix in suffixes:
        for prefix in _PREFIXES:
            name = f"{prefix}_PRETEND_{what}{suffix}"
            if environ.get(name):
                return name, environ[name]
    return None


def suffix_of(project: str | None) -> str:
    """Return what ends the name of a variable that is for one project."""
    return "" if project is None else "_FOR_" + re.sub(r"[-_.]+", "_", project).upper()
