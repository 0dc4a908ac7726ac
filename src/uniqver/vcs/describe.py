"""State of a work tree: tag, distance, commit, changes. Two git processes where the tree is clean and tagged.

``git describe`` finds the nearest tag and says whether anything changed; beside it ``git show-ref`` lists all tags
with their commits, since ``describe`` names one of a commit's tags only. ``git log`` gives the commit's time to who
wants it. They run at once, and the caller may do something else meanwhile. Everything else (what changed, commits of
a part of the tree, a repository without tags) is asked for when it is needed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from uniqver.errors import GitError
from uniqver.model.named_tuple import NamedTuple
from uniqver.vcs import GitState
from uniqver.vcs.runner import SECONDS, Git, GitCommand, too_old

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


MOST_NAMED = 200
"""Most tags to ask for by name: git walks less of the history for few (Windows allows 32,767 characters)."""

_TAGS = "refs/tags/"
_PEELED = "^{}"

_QUOTED = {ord(sign): f"\\{sign}" for sign in "*?[]\\"}
"""Signs of git's globs, each taken for itself."""


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
        branch = _start_branch(git)
        meanwhile()
        described, skipped = _nearest(git, describe, patterns, accepts)
        count = _start_count(git, described, paths)
        changes = _changes(described, judgement)
        refs = _all_tags(git, listing)
        return GitState(
            commit=described.commit,
            commit_time=None if log is None else _time(git, log),
            branch=branch(),
            tag=described.tag,
            tags=tuple(sorted(filter(accepts, tags_beside(refs, described.tag)))),
            distance=described.distance if count is None else int(count.output()),
            on_tag=described.tag is not None and described.distance == 0,
            shallow=repository.shallow,
            skipped_tags=tuple(skipped),
            tag_refs=refs,
            **changes,
        )


def _changes(described: _Described, judgement: Judgement | None) -> dict[str, Any]:
    """Return what a state says of changes: all that was looked at, or git's quick word."""
    if judgement is None:
        return {"changed": (_SOMETHING,) if described.dirty else ()}
    found = judgement.result()._asdict()
    return {"changed": tuple(sorted(found.pop("entries"))), **found}


def _start_branch(git: Git) -> Callable[[], str | None]:
    """Return what tells the branch that HEAD is; ``None`` if it is detached."""
    head = git.repository.head_ref()
    command = git.start("symbolic-ref", "-q", "HEAD") if head == _NO_ANSWER else None

    def branch() -> str | None:
        ref = head if command is None else command.finished().output.strip()  # exit code 1: HEAD is detached
        return ref.removeprefix(_BRANCHES) if ref is not None and ref.startswith(_BRANCHES) else None

    return branch


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


def tags_beside(listing: str, tag: str | None) -> tuple[str, ...]:
    """Return the tags of the commit that ``tag`` is on, itself among them; none without one."""
    if tag is None:
        return ()
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
