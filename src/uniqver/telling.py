"""How setuptools gets to know the version and the files of a build: itself, or through setuptools-scm."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from uniqver.errors import ProjectError
from uniqver.file_finder import finding, setuptools_scm_finds_nothing
from uniqver.handover import handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.config import Config
    from uniqver.model import Decision
    from uniqver.tree.project import Project

UNKNOWN = "0"
"""The version that setup.py runs with while setuptools-scm is still to be installed. Nothing is built with it."""


def scm_requirements(project: Project, config: Config) -> tuple[str, ...]:
    """Return the requirement on setuptools-scm where the project needs it: its table, or a tree that isn't git's."""
    if project.scm is None and _marker(project, config) is None:
        return ()
    from uniqver.scm.need import REQUIREMENT  # nothing of setuptools-scm is imported for projects without it

    return (REQUIREMENT,)


@contextlib.contextmanager
def told(project: Project, config: Config, decision: Decision) -> Iterator[None]:
    """While this lasts, setuptools makes things with the version of ``decision``, and finds the files it should."""
    if project.scm is not None:
        from uniqver.scm.handback import handed_back
        from uniqver.scm.need import require

        require("this project's version comes from setuptools-scm")
        name = decision.project or project.name
        with handed_back(decision.version, _facts(project, decision), project=name):
            yield
    else:
        with handed_over(decision.version), _files(project, config, decision):
            yield


@contextlib.contextmanager
def _files(project: Project, config: Config, decision: Decision) -> Iterator[None]:
    """Say which files setuptools finds besides those that its own rules name."""
    if config.sdist_files == "tracked" and decision.origin != "sdist":
        from uniqver.git.locate import find_repository
        from uniqver.git.run import Git
        from uniqver.git.tracked import tracked_files

        repository = find_repository((project.directory / config.root).resolve())
        if repository is None and _marker(project, config) is not None:
            yield  # setuptools-scm's finder is there for this tree
            return
        if repository is None:
            raise ProjectError(
                what='sdist-files = "tracked", and there is no git here to say which files are',
                fix="build in the git repository or from an sdist; or UNIQVER_SDIST_FILES=manifest",
            )
        with (
            setuptools_scm_finds_nothing(project.directory),
            finding(lambda: tracked_files(Git(repository, os.environ), project.directory)),
        ):
            yield
    else:
        with setuptools_scm_finds_nothing(project.directory):
            yield


def _marker(project: Project, config: Config) -> str | None:
    """Return what shows that setuptools-scm has to read the tree; an unpacked sdist needs no reading."""
    if (project.directory / "PKG-INFO").exists():
        return None
    top = (project.directory / config.root).resolve()
    if (top / ".git").exists():
        return None
    from uniqver.scm.need import marker_at

    return marker_at(top)


def _facts(project: Project, decision: Decision) -> dict[str, str | int | bool | None]:
    """Return what version files made from a template may say besides the version."""
    state = decision.scm
    if state is not None:
        return {
            "node": state.node,
            "distance": state.distance,
            "dirty": bool(decision.dirty),
            "branch": state.branch,
            "node_date": state.node_date,
        }
    if decision.origin == "sdist":
        return {"node": _commit_of_sdist(project)}
    return {"node": None if decision.commit is None else f"g{decision.commit}"}


def _commit_of_sdist(project: Project) -> str | None:
    """Return the commit in the version file that the sdist has: it is written again, and should say the same."""
    from uniqver.scm.handback import commit_said

    for name in () if project.scm is None else project.scm.files:
        with contextlib.suppress(OSError):
            return commit_said((project.directory / name).read_text(encoding="utf-8", errors="replace"))
    return None
