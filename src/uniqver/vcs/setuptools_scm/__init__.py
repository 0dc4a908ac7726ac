"""setuptools-scm: whether it is needed and installed, what it reports about a tree, and how a version is passed to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.errors import ScmError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MINIMUM = "10.3.4"
"""From here on a pretended version leaves file finder and version file alone (pypa/setuptools-scm#1540)."""

REQUIREMENT = f"setuptools-scm>={MINIMUM}"

_MARKERS = (".hg", ".jj", ".hg_archival.txt")


def marker_at(directory: Path) -> str | None:
    """Return what shows that only setuptools-scm can read the version of ``directory``: no git, but one of these."""
    if (directory / ".git").exists():
        return None
    return next((name for name in _MARKERS if (directory / name).exists()), None)


def is_missing() -> bool:
    """Tell whether setuptools-scm isn't installed. Raises :class:`ScmError` if an older one is."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and few projects ask

    try:
        found = version("setuptools-scm")
    except PackageNotFoundError:
        return True
    if Version(found) < Version(MINIMUM):
        raise ScmError(
            what=f"setuptools-scm {found} is installed here, and uniqver needs {MINIMUM} or newer",
            fix=f'requires = ["uniqver", "{REQUIREMENT}"] in [build-system]; '
            f'for a build without isolation: pip install -U "{REQUIREMENT}"',
        )
    return False


def require(why: str) -> None:
    """Raise :class:`ScmError` if setuptools-scm isn't there or is too old. ``why`` is what needs it."""
    if is_missing():
        raise ScmError(
            what=f"{why}, and setuptools-scm isn't installed in this environment",
            fix=f'pip install "{REQUIREMENT}"   (a build with isolation installs it by itself)',
        )


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


def handed_back(
    environ: Mapping[str, str], version: str, facts: Mapping[str, str | bool], project: str | None
) -> dict[str, str]:
    """Return the variables by which setuptools-scm takes ``version`` as the project's, and ``facts`` as its tree's.

    ``facts`` are fields of its ScmVersion: a template of a version file may ask for them. The user's own
    ``SETUPTOOLS_SCM_PRETEND_METADATA`` stays in force.
    """
    import json  # JSON's strings and truth values are TOML's

    suffix = suffix_of(project)
    variables = {f"SETUPTOOLS_SCM_PRETEND_VERSION{suffix}": version}
    if facts and pretended(environ, "METADATA", project) is None:
        items = (f"{name} = {json.dumps(value)}" for name, value in facts.items())
        variables[f"SETUPTOOLS_SCM_PRETEND_METADATA{suffix}"] = "{" + ", ".join(items) + "}"
    return variables


def commit_said(text: str) -> str | None:
    """Return the commit that a version file made from setuptools-scm's own template names."""
    match = re.search(r"^(?:__commit_id__ = )?commit_id = '([gjh][0-9a-f]+)'$", text, re.MULTILINE)
    return match[1] if match else None
