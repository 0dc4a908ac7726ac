"""A native project in a tree that isn't git's: Mercurial, Jujutsu, an archive. setuptools-scm reads those."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from uniqver.errors import ScmError
from uniqver.model.decision import GitState
from uniqver.vcs.setuptools_scm.requirement import marker_at, require
from uniqver.vcs.setuptools_scm.state import Asked, read_scm

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.model.decision import ScmState
    from uniqver.resolve.steps import Request

_PROGRAMS = {".hg": "Mercurial: hg", ".jj": "Jujutsu: jj"}

_NODE = re.compile(r"(?P<letter>[a-z]?)(?P<hex>[0-9a-f]+)")


def read_other_tree(request: Request, top: Path) -> GitState | None:
    """Return the state of a tree that only setuptools-scm can read, or ``None`` where there is none at ``top``.

    Raises :class:`ScmError` where it isn't installed or fails.
    """
    marker = marker_at(top)
    if marker is None:
        return None
    require(f"there is no git here, but {marker}, which setuptools-scm reads")
    prefix = request.config.tag_prefix
    asked = Asked(
        directory=request.project.directory,
        name=request.project.name,
        table={"root": request.config.root},
        overrides={"tag": _tag_settings(prefix)},
    )
    state = read_scm(asked, request.environ)
    if state is None and marker in _PROGRAMS:
        raise ScmError(
            what=f"there is no git here, but {marker}, and setuptools-scm can't read that",
            fix=f"install {_PROGRAMS[marker]} (on PATH for the build too); or pin the version: UNIQVER_VERSION=1.4.1.dev1",
        )
    return None if state is None or state.whole else state_of(state, prefix)


def state_of(state: ScmState, prefix: str | None = None) -> GitState:
    """Return what setuptools-scm says in the form that git's answers have."""
    match = _NODE.fullmatch(state.node or "")
    tag = None if state.tag is None else f"{prefix or ''}{state.tag}"
    return GitState(
        commit="" if match is None else match["hex"],
        commit_time=commit_time(state.node_date),
        branch=state.branch,
        tag=tag,
        tags=() if tag is None else (tag,),
        distance=state.distance,
        on_tag=state.release is not None,
        shallow=False,
        changed=("some (setuptools-scm doesn't say which)",) if state.dirty else (),
        letter="g" if match is None or not match["letter"] else match["letter"],
    )


def commit_time(date: str | None) -> int | None:
    """Return the seconds since the epoch at the start of ``date`` (ISO 8601, UTC)."""
    if date is None:
        return None
    midnight = datetime.datetime.combine(datetime.date.fromisoformat(date), datetime.time(), datetime.timezone.utc)
    return int(midnight.timestamp())


def _tag_settings(prefix: str | None) -> dict[str, str]:
    """Return what makes setuptools-scm accept the tags that uniqver's ``tag-prefix`` names."""
    if prefix is None:
        return {"regex": r"^v?(?P<version>[0-9].*)$"}
    return {"prefix": prefix, "regex": r"^(?P<version>[0-9].*)$"}
