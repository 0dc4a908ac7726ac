"""Facts for tests of what is decided from them: no files, no git, nothing but values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver import config as settings
from uniqver.model.decision import CiRun, GitState
from uniqver.project.pyproject import Project
from uniqver.resolve.facts import Facts
from uniqver.resolve.steps import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.vcs.repository import Repository

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def config(text: str = "", environ: Mapping[str, str] | None = None, project: str | None = "app") -> settings.Config:
    """Read settings as they would stand in pyproject.toml."""
    from uniqver.config.toml import loads

    return settings.read(loads(text), environ or {}, project=project)


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
        changed=changed,
        digest="fedcba9876543210" if changed else None,
    )


def ci_run(**fields: object) -> CiRun:
    """Return a run of a CI that tells of tags."""
    values: dict[str, object] = {"provider": "somewhere", "title": "Some CI", "tells_tag": True, **fields}
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
) -> Facts:
    """Return facts; ``text`` is ``[tool.uniqver]`` as written."""
    environ = environ or {}
    project = Project(directory=directory, name="app", settings={})
    plain = config(text, environ)
    branch = (git.branch if git is not None else None) or (ci.branch if ci is not None else None)
    ruled, rule = plain.on_branch(branch)
    versions = [Version(re.sub("^v", "", tag)) for tag in (git.tags if git is not None else ())]
    return Facts(
        request=Request(project=project, config=plain, environ=environ, now=1_700_000_000, purpose="peek"),
        config=ruled,
        rule=rule,
        repository=repository,
        git=git,
        ci=ci,
        branch=branch,
        tag=max(versions, default=None),
        build_number=build_number,
    )
