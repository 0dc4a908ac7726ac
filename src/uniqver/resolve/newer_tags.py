"""Release tags above the nearest one: which of them lie before or after HEAD, and whether HEAD is an old commit.

Loaded only if there are any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.model import NamedTuple
from uniqver.model.versions import is_release, release_of_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from uniqver.resolve.facts import Facts
    from uniqver.vcs.runner import Git, GitCommand

MOST_NAMED = 200
"""Most tags to ask for by name: git walks less of the history for few (Windows allows 32,767 characters)."""

_TAGS = "refs/tags/"


class TagsAround(NamedTuple):
    """Tags around HEAD, of those that were asked for; those on HEAD itself are among both."""

    before: tuple[str, ...]
    """Tags that are reachable from HEAD."""
    after: tuple[str, ...]
    """Tags from which HEAD is reachable."""
    after_on_branch: tuple[str, ...] | None
    """Those of ``after`` on a remote's branch of the same name; ``None`` if no remote has it, or has it without HEAD."""


def tags_around(git: Git, *, tags: Sequence[str], patterns: Sequence[str], branch: str | None) -> TagsAround:
    """Return which of ``tags`` lie before or after HEAD. Raises :class:`GitError`.

    ``patterns`` match all of them, and stand in if they are more than a command line holds everywhere.
    """
    globs = [f"{_TAGS}{name}" for name in (tags if len(tags) <= MOST_NAMED else patterns)]
    remotes = [] if branch is None else [f"refs/remotes/*/{branch}"]

    def start(*words: str) -> GitCommand:
        return git.start("for-each-ref", "--format=%(refname)", *words, *globs)

    merged, containing = start("--merged=HEAD"), start("--contains=HEAD", *remotes)
    before = _tags_of(merged)
    refs = containing.output().splitlines()
    after = [ref.removeprefix(_TAGS) for ref in refs if ref.startswith(_TAGS)]
    there = [ref for ref in refs if not ref.startswith(_TAGS)]
    on_branch: tuple[str, ...] | None = None
    if there and set(after) - set(before):
        asked = [start(f"--merged={ref}", "--contains=HEAD") for ref in there]
        on_branch = tuple(sorted({tag for command in asked for tag in _tags_of(command)}))
    return TagsAround(tuple(before), tuple(after), on_branch)


def _tags_of(command: GitCommand) -> list[str]:
    return [ref.removeprefix(_TAGS) for ref in command.output().splitlines()]


def warnings_of_age(facts: Facts, around: TagsAround, base: Version) -> tuple[str, ...]:
    """Return a sentence if HEAD is an old commit whose builds would outrank newer code.

    A release that contains HEAD makes it old in three cases: the builds that lead to ``base`` sort above it; it is of
    the line that ``base`` continues; or a remote's branch of the same name has both. A tag on another line, which merely
    started from here, does not: a fresh maintenance branch of 1.0 isn't behind 2.0.
    """
    newer = [(release_of_tag(tag, facts.config.tag_prefix), tag) for tag in set(around.after) - set(around.before)]
    releases = [(found, tag) for found, tag in newer if found is not None and is_release(found)]
    own = [(found, tag) for found, tag in releases if _on_own_line(facts, around, tag, found, base)]
    if not own:
        return ()
    released, tag = max(own)
    return (
        f"HEAD is behind the release tag {tag}, which contains it: a build of this old commit would sort above "
        + (f"{released}" if base > released else f"newer code on the way to {base}"),
    )


def _on_own_line(facts: Facts, around: TagsAround, tag: str, released: Version, base: Version) -> bool:
    if base > released or _line(released) == _line(base):
        return True
    if around.after_on_branch is not None:
        return tag in around.after_on_branch
    return facts.branch is None  # no branch to speak of: somebody checked out an old commit


def _line(version: Version) -> tuple[int, ...]:
    return (version.epoch, *(*version.release, 0)[:2])
