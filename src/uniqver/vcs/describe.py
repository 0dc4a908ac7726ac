"""State of a work tree: tag, distance, commit, changes. Two git processes where the tree is clean and tagged.

``git describe`` finds the nearest tag and says whether anything changed; beside it ``git show-ref`` lists all tags
with their commits, since ``describe`` names one of a commit's tags only. ``git log`` gives the commit's time to who
wants it. They run at once, and the caller may do something else meanwhile. Everything else (what changed, commits of
a part of the tree, a repository without tags) is asked for when it is needed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uniqver.errors import GitError
from uniqver.model.tree import GitState
from uniqver.vcs.runner import SECONDS, Git, GitCommand, too_old
from uniqver.vcs.tags import tags_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from uniqver.vcs.cleanliness import Cleanliness, Judgement, Scope
    from uniqver.vcs.repository import Repository
    from uniqver.vcs.runner import Finished

MAX_SKIPPED = 50
"""How many tags may look like versions without being any, before it is better to say so."""

_RENAMED_SIGN = "externally known as"
_RENAMED = rf"tag '(?P<ref>.+)' is {_RENAMED_SIGN} '(?P<inside>.+)'"
"""How ``git describe`` reports an annotated tag that was made under another name; it then names that one."""

_DIRTY = "-dirty"
_SOMETHING = "(not looked at more closely)"
"""Stands for the changed paths if only git's quick word is known."""

_NODE = 40
"""How many hex digits a commit has at least; 64 where objects are named by SHA-256."""
_BRANCHES = "refs/heads/"
_NO_ANSWER = f"{_BRANCHES}.invalid"
"""What the file HEAD says in a repository whose refs are not files (gitformat-reftable: "stub HEAD")."""


class _Described:
    """Answer of ``git describe``."""

    def __init__(self, text: str, errors: str) -> None:
        self.dirty = text.endswith(_DIRTY)
        name, _, node = text.removesuffix(_DIRTY).rpartition("-")
        tag, _, distance = name.rpartition("-")
        self.commit = node.removeprefix("g") if name else node
        self.tag: str | None = tag or None
        self.distance = int(distance) if distance.isdecimal() else 0
        if len(self.commit) < _NODE or bool(name) != bool(tag and distance.isdecimal()):
            raise GitError(
                what=f"git describe printed something unexpected: {text[:80]!r}", fix="git describe --tags --long"
            )
        if _RENAMED_SIGN in errors:
            renamed = re.search(_RENAMED, errors)
            if renamed is not None and renamed["inside"] == self.tag:
                self.tag = renamed["ref"]  # the name that hosts and CIs show, and that git resolves


def read_state(
    repository: Repository,
    *,
    patterns: Sequence[str],
    accepts: Callable[[str], bool],
    paths: Sequence[str],
    scope: Scope | None,
    environ: Mapping[str, str],
    want_time: bool,
    seconds: float = SECONDS,
    meanwhile: Callable[[], object] = lambda: None,
) -> GitState:
    """Read the state of a work tree.

    ``patterns`` are globs for tags, of which ``accepts`` takes those that it can use; ``paths`` (relative to
    the top, empty for everything) are what a commit has to touch to count; ``scope`` is what is judged, and ``None``
    to take git's quick word for it; ``meanwhile`` is called once git is at work. Raises :class:`GitError`.
    """
    with Git(repository, environ, seconds) as git:
        describe = _start_describe(git, patterns, (), dirty=scope is None)
        listing = git.start("show-ref", "--tags", "--dereference")
        log = _start_log(git) if want_time else None
        judgement = None if scope is None else _start_judgement(git, scope)
        head = repository.head_ref()
        symbolic_ref = git.start("symbolic-ref", "-q", "HEAD") if head == _NO_ANSWER else None
        meanwhile()
        described, skipped = _nearest(git, describe, patterns, accepts)
        count = _start_count(git, described, paths)
        found = None if judgement is None else judgement.result()
        changed = sorted(found.entries) if found is not None else [_SOMETHING] if described.dirty else []
        if symbolic_ref is not None:
            head = symbolic_ref.finished().output.strip()  # exit code 1: HEAD is detached
        refs = _all_tags(git, listing)
        beside = () if described.tag is None else tags_beside(refs, described.tag)
        return GitState(
            commit=described.commit,
            commit_time=None if log is None else _time(git, log),
            branch=head.removeprefix(_BRANCHES) if head is not None and head.startswith(_BRANCHES) else None,
            tag=described.tag,
            tags=tuple(sorted(tag for tag in beside if accepts(tag))),
            distance=described.distance if count is None else int(count.output()),
            on_tag=described.tag is not None and described.distance == 0,
            shallow=repository.shallow,
            skipped_tags=tuple(skipped),
            tag_refs=refs,
            changed=tuple(changed),
            untracked=() if found is None else found.untracked,
            judged=found is not None,
            digest=None if found is None else found.digest,
            tracked=found is not None and found.tracked,
        )


def read_cleanliness(
    repository: Repository,
    scope: Scope,
    *,
    environ: Mapping[str, str],
    seconds: float = SECONDS,
    meanwhile: Callable[[], object] = lambda: None,
) -> Cleanliness:
    """Return what makes the tree differ from its commit, for a version that needs nothing else of git."""
    with Git(repository, environ, seconds) as git:
        judgement = _start_judgement(git, scope)
        meanwhile()
        return judgement.result()


def commit_time(repository: Repository, *, environ: Mapping[str, str], seconds: float = SECONDS) -> int:
    """Return the committer's time of HEAD, in seconds since the epoch, UTC. One git process."""
    with Git(repository, environ, seconds) as git:
        return _time(git, _start_log(git))


def _start_log(git: Git) -> GitCommand:
    return git.start("log", "-1", "--no-color", "--no-decorate", "--format=%ct %al", "HEAD", "--")


def _time(git: Git, log: GitCommand) -> int:
    time, canary = log.output().split(" ", maxsplit=1)
    if canary.strip() == "%al":  # came with git 2.25; an older one prints the letters as they are
        raise too_old(git)
    return int(time or 0)  # git prints nothing for a commit without a date, or with one that it can't read


def _all_tags(git: Git, listing: GitCommand) -> str:
    done = listing.finished()
    if "bad ref" in done.errors:  # a file manager's file in .git/refs/tags: only for-each-ref passes it over
        form = "%(objectname) %(refname)%(if)%(*objectname)%(then)%0a%(*objectname) %(refname)^{}%(end)"
        return git.start("for-each-ref", f"--format={form}", "refs/tags").output()
    if done.exit_code not in (0, 1):  # 1: there is none
        raise listing.failure(done)
    return done.output


def _start_describe(
    git: Git, patterns: Sequence[str], passed_over: Sequence[str], *, dirty: bool = False
) -> GitCommand:
    asked = ["--dirty"] if dirty else []
    matches = [f"--match={pattern}" for pattern in patterns]
    excluded = [f"--exclude={tag}" for tag in passed_over]  # no name of a ref holds a sign that globs know
    return git.start("describe", "--long", "--tags", "--always", "--abbrev=64", *asked, *matches, *excluded)


def _nearest(
    git: Git, command: GitCommand, patterns: Sequence[str], accepts: Callable[[str], bool]
) -> tuple[_Described, list[str]]:
    """Find the nearest tag that is accepted; tags that aren't are excluded by name, one try each."""
    skipped: list[str] = []
    while True:
        done = command.finished()
        if done.exit_code != 0:
            raise _describe_failed(command, done)
        described = _Described(done.output.strip("\n"), done.errors)
        if described.tag is None or accepts(described.tag):
            return described, skipped
        skipped.append(described.tag)
        if len(skipped) > MAX_SKIPPED:
            raise GitError(
                what=f"more than {MAX_SKIPPED} tags look like versions but are none ({', '.join(skipped[:3])}, …)",
                fix='tag-prefix = "v" in [tool.uniqver]   (how release tags start)',
            )
        command = _start_describe(git, patterns, skipped)


def _describe_failed(command: GitCommand, done: Finished) -> GitError:
    if "valid object name HEAD" in done.errors or "bad revision 'HEAD'" in done.errors:
        return GitError(what="this git repository has no commit yet", fix='git add -A && git commit -m "First commit"')
    return command.failure(done)


def _start_count(git: Git, described: _Described, paths: Sequence[str]) -> GitCommand | None:
    """Count commits where ``describe`` didn't: those of a part of the tree, or all where there is no tag."""
    if described.tag is not None and not paths:
        return None
    commits = "HEAD" if described.tag is None else f"refs/tags/{described.tag}..HEAD"
    # without --full-history the count could shrink when a branch is merged that has the same change
    return git.start("rev-list", "--count", "--full-history", commits, "--", *paths)


def _start_judgement(git: Git, scope: Scope) -> Judgement:
    from uniqver.vcs.cleanliness import Judgement  # what only peeks needs no judgement

    return Judgement(git, scope)
