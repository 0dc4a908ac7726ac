"""What has to be installed before a version can be resolved: setuptools-scm, or the client library of a counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uniqver.config import Config
    from uniqver.project.pyproject import Project


def scm_requirements(project: Project, config: Config) -> tuple[str, ...]:
    """Return the requirement on setuptools-scm if the project needs it: its table, or a tree that isn't git's."""
    if project.scm is None and marker_of(project, config) is None:
        return ()
    from uniqver.vcs.setuptools_scm import REQUIREMENT  # projects without it import nothing of it

    return (REQUIREMENT,)


def scm_is_missing() -> bool:
    """Tell whether setuptools-scm isn't installed. Raises ``ScmError`` if an older one is."""
    from uniqver.vcs.setuptools_scm import is_missing

    return is_missing()


def client_requirements(scheme: str) -> tuple[str, ...]:
    """Return what a counter of ``scheme`` (``redis``, ``postgresql``) needs."""
    from uniqver.counters.registry import requirements

    return requirements(scheme)


def marker_of(project: Project, config: Config) -> str | None:
    """Return what shows that setuptools-scm has to read the tree; an unpacked sdist needs no reading."""
    if (project.directory / "PKG-INFO").exists():
        return None
    top = (project.directory / config.root).resolve()
    if (top / ".git").exists():
        return None
    from uniqver.vcs.setuptools_scm import marker_at

    return marker_at(top)
