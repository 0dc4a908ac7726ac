"""Release tags: how git is asked for them, what it lists, and which of them lie around HEAD.

``git show-ref --tags --dereference`` lists each tag with its object, and with ``^{}`` behind it with its commit. The
listing stays text until somebody asks: with 20,000 tags it has 40,000 lines, and most builds want one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.model.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uniqver.vcs.runner import Git

MOST_NAMED = 200
"""Most tags to ask for by name: git walks less of the history for few (Windows allows 32,767 characters)."""

_TAGS = "refs/tags/"
_PEELED = "^{}"

_QUOTED = {ord(sign): f"\\{sign}" for sign in "*?[]\\"}
"""Signs of git's globs, each taken for itself."""


class TagsAround(NamedTuple):
    """Tags around HEAD, of those that were asked for; those on HEAD itself are among both."""

    before: tuple[str, ...]
    """Tags that are reachable from HEAD."""
    after: tuple[str, ...]
    """Tags from which HEAD is reachable."""
    after_on_branch: tuple[str, ...] | None
    """Those of ``after`` that a remote's branch of the same name has, too; ``None`` if no remote has that
    branch, or has it without HEAD."""


def tag_patterns(prefix: str | None) -> tuple[str, ...]:
    """Return the glob patterns that a release tag's name matches; those that match may yet name no version."""
    prefixes = ("v", "") if prefix is None else (prefix,)
    return tuple(prefix.translate(_QUOTED) + "[0-9]*" for prefix in prefixes)


def tags_beside(listing: str, tag: str) -> tuple[str, ...]:
    """Return the tags of the commit that ``tag`` is on, itself among them."""
    commit = _object_of(listing, f"{tag}{_PEELED}") or _object_of(listing, tag)
    if commit is None:
        return (tag,)
    here = f"{commit} {_TAGS}"
    found: list[str] = []
    start = listing.find(here)
    while start >= 0:  # without a copy of the listing: it may have megabytes
        end = listing.find("\n", start)
        found.append(listing[start + len(here) : end].removesuffix(_PEELED))
        start = listing.find(here, end)
    return tuple(found)


def tag_names(listing: str) -> list[str]:
    """Return all tags of the listing."""
    return [
        ref.removeprefix(_TAGS)
        for line in listing.splitlines()
        if not (ref := line.partition(" ")[2]).endswith(_PEELED)
    ]


def tags_around(git: Git, *, tags: Sequence[str], patterns: Sequence[str], branch: str | None) -> TagsAround:
    """Return which of ``tags`` lie before or after HEAD. Raises :class:`GitError`.

    ``patterns`` match all of them, and stand in if they are more than a command line holds everywhere.
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
    return TagsAround(before, after, on_branch)


def _names(refs: Iterable[str]) -> list[str]:
    return [ref.removeprefix(_TAGS) for ref in refs]


def _object_of(listing: str, name: str) -> str | None:
    end = listing.find(f" {_TAGS}{name}\n")
    return listing[listing.rfind("\n", 0, end) + 1 : end] if end >= 0 else None
