"""Whose run is it: the CI run that was detected may build something else than its own source.

A CI's variables are visible to everything that is built on it: dependencies from git, a vendored copy. For these it is as
if there were no CI.
"""

from __future__ import annotations

import re
from pathlib import Path

from uniqver.config import COMMIT, setting
from uniqver.errors import ConfigError
from uniqver.model.decision import CiRun, Missing
from uniqver.model.versions import NODE_DIGITS
from uniqver.resolve.request import Request

_LEAST_DIGITS = 7
"""Digits that name a commit: git's own least."""

_STATE = f"{COMMIT}=$(git rev-parse HEAD)   (if this run is meant to build that commit)"


def ownership(request: Request, ci: CiRun, head: str | None) -> str | Missing:
    """Tell how ``ci`` is known to run for the project, whose HEAD is ``head`` (``None``: no git); or what is missing for it.

    Raises ``ConfigError`` for an ``UNIQVER_COMMIT`` that is empty or not a commit's digits.
    """
    stated = setting(request.environ, COMMIT, request.project.name)
    if stated is not None and not re.fullmatch(f"[0-9a-fA-F]{{{_LEAST_DIGITS},}}", stated[1]):
        raise ConfigError(
            what=f"{stated[0]} is {stated[1][:60]!r}: not the name of a commit ({_LEAST_DIGITS} hex digits or more)",
            fix=f"{stated[0]}=$(git rev-parse HEAD)   (or unset it)",
        )
    wanted = request.config.repository
    # the whole path: a fork's may end as the original's does
    if wanted is not None and (ci.repository or "").lower() != wanted.removesuffix(".git").lower():
        runs = "doesn't name its repository" if ci.repository is None else f"runs for {ci.repository}"
        why = f'{ci.title} {runs}, and repository = "{wanted}" in [tool.uniqver] names the one whose runs count'
        return Missing(why, f"publish from a run of {wanted}, or correct repository in [tool.uniqver]")
    if ci.lost is not None or ci.pull_request is not None:
        return _of_no_branch(ci)
    commit = ci.commit if stated is None else stated[1]
    if head and commit not in (None, "HEAD"):  # as Buildkite may have it; else a commit's digits
        if not head.startswith(commit.lower()):
            why = f"{ci.title} runs for the commit {commit[:NODE_DIGITS]}, and HEAD is {head[:NODE_DIGITS]}: another source"
            return Missing(why, _STATE)
        who = ci.title if stated is None else stated[0]
        return f"own run of {ci.title}: HEAD is the commit that {who} names"
    elsewhere = _why_not_in_workspace(request, ci)
    if elsewhere is not None:
        return Missing(elsewhere, _STATE if head else "build in the git repository")
    return f"own run of {ci.title}: the project lies in its workspace"


def _of_no_branch(ci: CiRun) -> Missing:
    if ci.lost is not None:
        fix = "pass its variables on into this environment (container, tox, sudo)"
        return Missing(f"{ci.title} {ci.lost}: its variables were lost", fix)
    fix = "build for publishing in a run of the branch or the tag"
    return Missing(f"{ci.title} runs for the pull request {ci.pull_request}", fix)


def _why_not_in_workspace(request: Request, ci: CiRun) -> str | None:
    """Judge by folders, if commits can't be compared: pip clones dependencies into ``./src``."""
    if ci.workspace is None:
        return f"{ci.title} names neither a commit to compare with HEAD nor its workspace"
    workspace = Path(ci.workspace).expanduser().resolve()
    project = request.project.directory
    if not project.is_relative_to(workspace):
        return f"{ci.title} works in {workspace}, and this project lies elsewhere"
    top = request.top
    between = [folder for folder in (project, *project.parents) if folder.is_relative_to(workspace)]
    other = next((folder for folder in between if folder not in (workspace, top) and (folder / ".git").exists()), None)
    if other is not None or (top != workspace and (top / ".git").exists()):
        return f"{ci.title} works in {workspace}, and {other or top} is a repository of its own there"
    return None
