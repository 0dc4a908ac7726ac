"""What lies around HEAD in the history: releases before it, and releases that already contain it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uniqver.vcs.runner import Git

_TAGS = "refs/tags/"

MOST_NAMED = 200
"""How many tags are asked for by name: git walks less of the history for few (Windows allows 32,767 characters)."""


class Around(Value):
    """Tags around HEAD, of those that were asked for; those on HEAD itself are among both."""

    before: tuple[str, ...]
    """Tags that are reachable from HEAD."""
    after: tuple[str, ...]
    """Tags from which HEAD is reachable."""
    after_on_branch: tuple[str, ...] | None
    """Those of ``after`` that a remote's branch of the same name has, too; ``None`` where no remote has that
    branch, or has it without HEAD."""


def look_around(git: Git, *, tags: Sequence[str], patterns: Sequence[str], branch: str | None) -> Around:
    """Tell which of ``tags`` lie before or after HEAD. Raises :class:`GitError`.

    ``patterns`` match all of them, and stand in where they are more than a command line holds everywhere.
    """
    tags = [f"{_TAGS}{name}" for name in (tags if len(tags) <= MOST_NAMED else patterns)]
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
