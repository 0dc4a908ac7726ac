"""How setuptools gets to know the version and the files of a build: itself, or through setuptools-scm."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from uniqver.backend.file_finder import finding, setuptools_scm_finds_nothing
from uniqver.backend.handover import handed_over
from uniqver.errors import ProjectError
from uniqver.resolve.requirements import marker_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.config import Config
    from uniqver.model.decision import Decision
    from uniqver.project.pyproject import Project

UNKNOWN = "0"
"""The version that setup.py runs with while setuptools-scm is still to be installed. Nothing is built with it."""


@contextlib.contextmanager
def told(project: Project, config: Config, decision: Decision) -> Iterator[None]:
    """While this lasts, setuptools makes things with the version of ``decision``, and finds the files it should."""
    if project.scm is not None:
        from uniqver.backend.setuptools_scm import handed_back
        from uniqver.vcs.setuptools_scm.requirement import require

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
        from uniqver.vcs.checkout import tracked_files
        from uniqver.vcs.repository import find_repository

        repository = find_repository((project.directory / config.root).resolve())
        if repository is None and marker_of(project, config) is not None:
            yield  # setuptools-scm's finder is there for this tree
            return
        if repository is None:
            raise ProjectError(
                what='sdist-files = "tracked", and there is no git here to say which files are',
                fix="build in the git repository or from an sdist; or UNIQVER_SDIST_FILES=manifest",
            )
        with (
            setuptools_scm_finds_nothing(project.directory),
            finding(lambda: tracked_files(repository, project.directory, environ=os.environ)),
        ):
            yield
    else:
        with setuptools_scm_finds_nothing(project.directory):
            yield


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
    from uniqver.backend.setuptools_scm import commit_said

    for name in () if project.scm is None else project.scm.files:
        with contextlib.suppress(OSError):
            return commit_said((project.directory / name).read_text(encoding="utf-8", errors="replace"))
    return None
