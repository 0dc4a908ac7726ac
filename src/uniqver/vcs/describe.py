"""State of a work tree: tag, distance, commit, changes. Two git processes where the tree is clean and tagged.

They run at once, while the caller does something else. The rest is asked for when it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from uniqver.errors import GitError
from uniqver.model import NamedTuple
from uniqver.vcs import Cleanliness, GitState, Scope
from uniqver.vcs.repository import OBJECT, listed_in
from uniqver.vcs.runner import Git, GitCommand

_MAX_SKIPPED = 50
"""Tags that look like versions without being any."""

_RENAMED = "is externally known as"
"""``git describe`` of an annotated tag that was made under another name, which it then prints."""

_BRANCHES = "refs/heads/"
_NO_ANSWER = f"{_BRANCHES}.invalid"
"""HEAD if refs are not files (gitformat-reftable: "stub HEAD")."""

_TAGS = "refs/tags/"
_PEELED = "^{}"
_QUOTED = {ord(sign): f"\\{sign}" for sign in "*?[]\\"}


def read_state(
    git: Git,
    *,
    patterns: Sequence[str],
    accepts: Callable[[str], bool],
    paths: Sequence[str],
    scope: Scope | None,
    want_time: bool,
    meanwhile: Callable[[], object] = lambda: None,
) -> GitState:
    """Read the state of the work tree of ``git``. Raises :class:`GitError`.

    ``patterns`` are globs for tags, of which ``accepts`` takes some. A commit counts if it touches ``paths`` (from the top;
    empty: all). Without a ``scope`` nothing is judged. ``meanwhile`` is called while git works.
    """
    with git:
        describe = _start_describe(git, patterns)
        listing = git.start("show-ref", "--tags", "--dereference")
        log = _start_log(git) if want_time else None
        judged = None if scope is None else _start_judging(git, scope)
        meanwhile()
        found, skipped = _nearest(git, describe, patterns, accepts)
        count = _start_count(git, found.tag, paths)
        tree = Cleanliness() if judged is None else judged()
        refs = _all_tags(git, listing)
        return GitState(
            commit=found.commit,
            commit_time=None if log is None else _time(git, log),
            branch=_branch(git),
            tag=found.tag,
            tags=tuple(sorted(filter(accepts, tags_beside(refs, found.tag)))),
            distance=found.distance if count is None else int(count.output()),
            on_tag=found.tag is not None and found.distance == 0,
            shallow=git.repository.shallow,
            skipped_tags=tuple(skipped),
            tag_refs=refs,
            tree=tree,
        )


def _start_judging(git: Git, scope: Scope) -> Callable[[], Cleanliness]:
    """Return a function that waits for git's answer."""
    status = git.start_status(*scope.paths)
    listing = git.start_listing(*scope.paths)
    return lambda: _judged(git, scope, status.output(), listing.output())


def _judged(git: Git, scope: Scope, status: str, listing: str) -> Cleanliness:
    tracked = scope.version_file is not None and f"\t{scope.version_file}\0" in listing
    special, lfs = listed_in(git.repository, listing, scope.paths)
    if not (status or special or lfs or scope.unseen):
        return Cleanliness(tracked=tracked)
    from uniqver.vcs.changes import changes_of  # mostly a tree is plainly clean

    return changes_of(git, scope, status, special, lfs=lfs)._replace(tracked=tracked)


def read_cleanliness(git: Git, scope: Scope, meanwhile: Callable[[], object] = lambda: None) -> Cleanliness:
    """Return how the tree differs from its commit. Raises :class:`GitError`."""
    with git:
        judged = _start_judging(git, scope)
        meanwhile()
        return judged()


def commit_time(git: Git) -> int:
    """Return the committer's time of HEAD, seconds since the epoch, UTC. One git process."""
    with git:
        return _time(git, _start_log(git))


def _start_log(git: Git) -> GitCommand:
    return git.start("log", "-1", "--no-color", "--no-decorate", "--format=%ct %al", "HEAD", "--")


def _time(git: Git, log: GitCommand) -> int:
    time, canary = log.output().split(" ", maxsplit=1)
    if canary.strip() == "%al":  # as an older git than 2.25 prints it
        raise git.too_old()
    return int(time or 0)  # nothing for a broken date


def _branch(git: Git) -> str | None:
    ref = git.repository.head_ref()
    if ref == _NO_ANSWER:
        ref = git.start("symbolic-ref", "-q", "HEAD").finished().output.strip()  # exit code 1: HEAD is detached
    return ref.removeprefix(_BRANCHES) if ref is not None and ref.startswith(_BRANCHES) else None


def _all_tags(git: Git, listing: GitCommand) -> str:
    done = listing.finished()
    if "bad ref" in done.errors:  # a file manager's file, which only for-each-ref passes over
        form = "%(objectname) %(refname)%(if)%(*objectname)%(then)%0a%(*objectname) %(refname)^{}%(end)"
        return git.start("for-each-ref", f"--format={form}", "refs/tags").output()
    if done.exit_code not in (0, 1):  # 1: there is none
        raise listing.failure(done)
    return done.output


class _Described(NamedTuple):
    commit: str
    tag: str | None
    distance: int


def _start_describe(git: Git, patterns: Sequence[str], *more: str) -> GitCommand:
    matches = [f"--match={pattern}" for pattern in patterns]
    return git.start("describe", "--long", "--tags", "--always", "--abbrev=64", *matches, *more)


def _nearest(
    git: Git, command: GitCommand, patterns: Sequence[str], accepts: Callable[[str], bool]
) -> tuple[_Described, list[str]]:
    """Find the nearest accepted tag; others are excluded by name, one try each."""
    skipped: list[str] = []
    while True:
        done = command.finished()
        if done.exit_code != 0:
            raise command.failure(done)
        found = _described(done.output.strip("\n"), done.errors)
        if found.tag is None or accepts(found.tag):
            return found, skipped
        skipped.append(found.tag)
        if len(skipped) > _MAX_SKIPPED:
            raise GitError(
                what=f"more than {_MAX_SKIPPED} tags look like versions but are none ({', '.join(skipped[:3])}, …)",
                fix='tag-prefix = "v" in [tool.uniqver]   (how release tags start)',
            )
        # no name of a ref holds a sign that globs know
        command = _start_describe(git, patterns, *(f"--exclude={tag}" for tag in skipped))


def _described(text: str, errors: str) -> _Described:
    """Take apart ``TAG-DISTANCE-gCOMMIT``, or ``COMMIT`` alone (64 digits with SHA-256)."""
    found = re.fullmatch(rf"(?:(.+)-([0-9]+)-g)?({OBJECT})", text)
    if found is None:
        raise GitError(
            what=f"git describe printed something unexpected: {text[:80]!r}", fix="git describe --tags --long"
        )
    tag, distance, commit = found.groups()
    renamed = re.search(rf"tag '(.+)' {_RENAMED} '(.+)'", errors) if _RENAMED in errors else None
    if renamed is not None and renamed[2] == tag:
        tag = renamed[1]  # as hosts and CIs show it
    return _Described(commit, tag, int(distance or 0))


def _start_count(git: Git, tag: str | None, paths: Sequence[str]) -> GitCommand | None:
    """Count what ``describe`` didn't: commits of a part of the tree, or all without a tag."""
    if tag is not None and not paths:
        return None
    commits = "HEAD" if tag is None else f"{_TAGS}{tag}..HEAD"
    # else the count could shrink when a branch with the same change is merged
    return git.start("rev-list", "--count", "--full-history", commits, "--", *paths)


def tag_patterns(prefix: str | None) -> tuple[str, ...]:
    """Return globs for the names of release tags; not all that match name a version."""
    prefixes = ("v", "") if prefix is None else (prefix,)
    return tuple(prefix.translate(_QUOTED) + "[0-9]*" for prefix in prefixes)


def tags_beside(listing: str, tag: str | None) -> tuple[str, ...]:
    """Return the tags on the commit of ``tag``; none without one."""
    if tag is None:
        return ()
    commit = commit_of_tag(listing, tag)
    if commit is None:
        return (tag,)
    others = listing.split(f"{commit} {_TAGS}")[1:]
    return tuple(each[: each.find("\n")].removesuffix(_PEELED) for each in others)


def commit_of_tag(listing: str, tag: str) -> str | None:
    """Return the commit of ``tag``, if it is in the listing."""
    # a listing may have megabytes
    end = max(listing.find(f" {_TAGS}{tag}\n"), listing.find(f" {_TAGS}{tag}{_PEELED}\n"))
    return None if end < 0 else listing[listing.rfind("\n", 0, end) + 1 : end]


def tag_names(listing: str) -> list[str]:
    """Return all tags of a listing."""
    refs = [line.partition(" ")[2] for line in listing.splitlines()]
    return [ref.removeprefix(_TAGS) for ref in refs if not ref.endswith(_PEELED)]
