"""What lies around HEAD in the history: releases before it, and releases that already contain it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uniqver.git.run import Git

_TAGS = "refs/tags/"


class Around(Value):
    """Tags around HEAD, those on HEAD itself among both."""

    before: tuple[str, ...]
    """Tags that are reachable from HEAD."""
    after: tuple[str, ...]
    """Tags from which HEAD is reachable."""
    after_on_branch: tuple[str, ...] | None
    """Those of ``after`` that a remote's branch of the same name has, too; ``None`` where no remote has that
    branch, or has it without HEAD."""


def look_around(git: Git, *, patterns: Sequence[str], branch: str | None) -> Around:
    """Ask for the tags that match ``patterns`` and lie before or after HEAD. Raises :class:`GitError`."""
    tags = [f"{_TAGS}{pattern}" for pattern in patterns]
    remote = [] if branch is None else [f"refs/remotes/*/{branch}"]
    format_ = "--format=%(refname)"
    merged = git.start("for-each-ref", "--merged=HEAD", format_, *tags)
    containing = git.start("for-each-ref", "--contains=HEAD", format_, *tags, *remote)
    before = tuple(_names(merged.output().splitlines()))
    refs = containing.output().splitlines()
    after = tuple(_names(ref for ref in refs if ref.startswith(_TAGS)))
    remotes = [ref for ref in refs if not ref.startswith(_TAGS)]
    on_branch: tuple[str, ...] | None = None
    if remotes and set(after) - set(before):
        asked = [git.start("for-each-ref", f"--merged={ref}", "--contains=HEAD", format_, *tags) for ref in remotes]
        on_branch = tuple(sorted({name for command in asked for name in _names(command.output().splitlines())}))
    return Around(before=before, after=after, after_on_branch=on_branch)


def _names(refs: Iterable[str]) -> list[str]:
    return [ref.removeprefix(_TAGS) for ref in refs]
