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
