"""Facts for tests of what is decided from them: no files, no git, nothing but values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.config import read_config
from uniqver.model.decision import CiRun, Missing
from uniqver.model.versions import release_of_tag
from uniqver.project import Project
from uniqver.resolve.facts import Facts
from uniqver.resolve.request import Request
from uniqver.vcs import Cleanliness, GitState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.config import Config
    from uniqver.resolve.request import Purpose
    from uniqver.vcs.repository import Repository
    from uniqver.vcs.setuptools_scm import ScmState

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def config(text: str = "", environ: Mapping[str, str] | None = None, project: str | None = "app") -> Config:
    """Read settings as they would stand in pyproject.toml."""
    from uniqver.config import loads

    return read_config(loads(text), environ or {}, project=project)


def git_state(
    *,
    tags: tuple[str, ...] = ("v1.4.0",),
    distance: int = 0,
    on_tag: bool | None = None,
    changed: tuple[str, ...] = (),
    shallow: bool = False,
    commit: str = COMMIT,
    skipped_tags: tuple[str, ...] = (),
    branch: str | None = "main",
) -> GitState:
    """Return a state of a work tree: clean and on v1.4.0, if nothing else is said."""
    return GitState(
        commit=commit,
        commit_time=1_700_000_000,
        branch=branch,
        tag=tags[0] if tags else None,
        tags=tags,
        distance=distance,
        on_tag=bool(tags) and distance == 0 if on_tag is None else on_tag,
        shallow=shallow,
        skipped_tags=skipped_tags,
        tree=Cleanliness(changed, digest="fedcba9876543210" if changed else None),
    )


def ci_run(**fields: object) -> CiRun:
    """Return a run of a CI that tells of tags."""
    values: dict[str, object] = {
        "provider": "somewhere",
        "title": "Some CI",
        "tells_tag": True,
        "number": 412,
        **fields,
    }
    return CiRun(**values)  # type: ignore[arg-type]


def facts(
    *,
    ci: CiRun | None = None,
    git: GitState | None = None,
    text: str = "",
    environ: Mapping[str, str] | None = None,
    build_number: tuple[str, str] | None = None,
    repository: Repository | None = None,
    directory: Path = Path("/nowhere"),
    purpose: Purpose = "version",
    own: bool = True,
    scm: ScmState | None = None,
) -> Facts:
    """Return facts; ``text`` is ``[tool.uniqver]`` as written, ``own`` whether the CI's run is the project's."""
    environ = environ or {}
    project = Project(directory=directory, name="app", settings={})
    plain = config(text, environ)
    branch = (git.branch if git is not None else None) or (ci.branch if ci is not None else None)
    ruled, rule = plain.on_branch(branch)
    found = (release_of_tag(tag, ruled.tag_prefix) for tag in (git.tags if git is not None else ()))
    versions = [version for version in found if version is not None]
    return Facts(
        request=Request(project=project, config=plain, environ=environ, now=1_700_000_000, purpose=purpose),
        config=ruled,
        rule=rule,
        repository=repository,
        git=git,
        no_git=None,
        ci=ci,
        ownership=None if ci is None else "own run" if own else Missing("somebody else's run", "the line to add"),
        branch=branch,
        tag=max(versions, default=None) if scm is None else None,
        build_number=build_number,
        scm=scm,
    )
