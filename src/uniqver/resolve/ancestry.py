"""Which release tags lie before or after HEAD: those above the nearest one, and those of origin that were not fetched.

Loaded if there are any, or by ``allocate``. That alone asks origin, whose tags an old clone lacks: builds make no network
calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version

from uniqver.errors import GitError
from uniqver.model import NamedTuple
from uniqver.model.bases import takes
from uniqver.model.decision import Missing
from uniqver.model.versions import is_release, release_of_tag
from uniqver.resolve.facts import Facts
from uniqver.vcs.describe import tag_names
from uniqver.vcs.runner import TRANSPORT, Git, GitCommand

MOST_NAMED = 200
"""Most tags to ask for by name: git walks less of the history for few (Windows allows 32,767 characters)."""

SECONDS = 20.0
"""Time limit for origin."""

_TAGS = "refs/tags/"
_REMOTE = "origin"


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

    ``patterns`` match all of them, and stand in for too many.
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

    A release that contains HEAD makes it old if builds on the way to ``base`` sort above it, if it is of the line of ``base``,
    or if a remote's branch of the same name has both. Else it merely started from here: a fresh maintenance branch of 1.0
    isn't behind 2.0.
    """

    def is_later(released: Version, tag: str) -> bool:
        if base > released or _line(released) == _line(base):
            return True
        if around.after_on_branch is None:
            return facts.branch is None  # somebody checked out an old commit
        return tag in around.after_on_branch

    tags = set(around.after) - set(around.before)
    named = [(release_of_tag(tag, facts.config.tag_prefix), tag) for tag in tags]
    later = [(found, tag) for found, tag in named if found and is_release(found) and is_later(found, tag)]
    if not later:
        return ()
    released, tag = max(later)
    outranked = f"{released}" if base > released else f"newer code on the way to {base}"
    return (
        f"HEAD is behind the release tag {tag}, which contains it: a build of this old commit would sort above {outranked}",
    )


def _line(version: Version) -> tuple[int, ...]:
    return version.epoch, version.major, version.minor


def compare_with_origin(facts: Facts, base: str, last: Version | None) -> Missing | str | None:
    """Ask origin, if there is a remote of that name, with ``git ls-remote``.

    Returns the release tag above ``last`` that was not fetched and changes ``base``, or why origin could not be asked.
    """
    if facts.repository is None:
        return None
    with Git(facts.repository, facts.request.environ, SECONDS, keeps=TRANSPORT) as git:
        if git.start("config", "--get", f"remote.{_REMOTE}.url").finished().exit_code:
            return None
        try:
            done = git.start("ls-remote", "--tags", _REMOTE).finished()
            why = f"git ls-remote ended with exit code {done.exit_code}" if done.exit_code else None
        except GitError as error:
            why = error.what
        if why is not None:
            return f"{_REMOTE} could not be asked for release tags that were not fetched ({why})"
        return _first_that_matters(facts, Version(base), last, git, done.output)


def _first_that_matters(facts: Facts, base: Version, last: Version | None, git: Git, listing: str) -> Missing | None:
    rows = (line.partition("\t") for line in listing.splitlines())
    # an annotated tag's commit is in a second line, with ^{}
    commits = {ref.removeprefix(_TAGS).removesuffix("^{}"): commit for commit, _, ref in rows if ref.startswith(_TAGS)}

    def is_ancestor(commit: str, of: str) -> bool:  # nothing contains a commit that isn't here
        return git.start("merge-base", "--is-ancestor", commit, of).finished().exit_code == 0

    here = set(tag_names(facts.git.tag_refs)) if facts.git is not None else set()
    for tag, commit in commits.items():
        version = release_of_tag(tag, facts.config.tag_prefix)
        if tag in here or version is None or not is_release(version) or (last and version <= last):
            continue
        if is_ancestor(commit, "HEAD") or (takes(version, base) and not is_ancestor("HEAD", commit)):
            return Missing(
                what=f"{_REMOTE} has the release tag {tag}, which was not fetched here, and it changes the base",
                fix=f"git fetch --tags {_REMOTE}",
            )
    return None
