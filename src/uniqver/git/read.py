"""What a work tree is like: tag, distance, commit, changes. Two git processes where the tree is clean and tagged.

``git describe`` finds the nearest tag and says whether anything changed; ``git log`` then gives the commit's
time, the branch, and *all* tags of that commit, since ``describe`` names one of them only. Everything else
(what changed, commits of a part of the tree, a repository without tags) is asked for when it is needed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uniqver.errors import GitError
from uniqver.git.changes import changed_paths, digest_of
from uniqver.git.run import SECONDS, Git, GitCommand, too_old
from uniqver.model import GitState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from uniqver.git.locate import Repository

MAX_SKIPPED = 50
"""How many tags may look like versions without being any, before it is better to say so."""

_RENAMED = r"tag '(?P<ref>.+)' is externally known as '(?P<inside>.+)'"
"""What ``git describe`` says of an annotated tag that was made under another name; it then names that one."""

_DESCRIBED = r"(?s)(?:(?P<tag>.+)-(?P<distance>\d+)-g)?(?P<commit>[0-9a-f]{40,64})(?P<dirty>-dirty)?"
_LOG_FORMAT = "%H%x00%ct%x00%D%x00%al"
_TAG_REF = "refs/tags/"


class _Described:
    """What ``git describe`` says."""

    def __init__(self, text: str, said: str) -> None:
        match = re.fullmatch(_DESCRIBED, text)
        if match is None:
            raise GitError(
                what=f"git describe said something unexpected: {text[:80]!r}", fix="git describe --tags --long"
            )
        self.tag: str | None = match["tag"]
        self.distance = int(match["distance"] or 0)
        self.dirty = match["dirty"] is not None
        renamed = re.search(_RENAMED, said)
        if renamed is not None and renamed["inside"] == self.tag:
            self.tag = renamed["ref"]  # the name that hosts and CIs show, and that git resolves


def read_state(
    repository: Repository,
    *,
    patterns: Sequence[str],
    accepts: Callable[[str], bool],
    paths: Sequence[str],
    ignores: Callable[[str], bool],
    environ: Mapping[str, str],
    want_digest: bool,
    seconds: float = SECONDS,
) -> GitState:
    """Read the state of a work tree.

    ``patterns`` are globs for tags, of which ``accepts`` takes those that it can use; ``paths`` (relative to
    the top, empty for everything) are what a commit or a change has to touch to count; ``ignores`` tells the
    changed paths that don't count. Raises :class:`GitError`.
    """
    with Git(repository, environ, seconds) as git:
        described, skipped = _describe(git, patterns, accepts)
        log = git.start(*_log_words(described, patterns))
        count = _start_count(git, described, paths)
        entries: dict[str, str] = {}
        if described.dirty:
            entries = {path: kind for path, kind in changed_paths(git.start, paths).items() if not ignores(path)}
        head, *tagged = [line.split("\0") for line in log.output().splitlines()]
        commit, time, decorations, canary = head
        if canary == "%al":  # came with git 2.25; an older one prints the letters as they are
            raise too_old(git)
        tags = () if described.tag is None else _accepted_tags((tagged[0] if tagged else head)[2], accepts)
        return GitState(
            commit=commit,
            commit_time=int(time),
            branch=_branch(decorations),
            tag=described.tag,
            tags=tags,
            distance=described.distance if count is None else int(count.output()),
            on_tag=described.tag is not None and described.distance == 0,
            shallow=repository.shallow,
            skipped_tags=tuple(skipped),
            changed=tuple(sorted(entries)),
            digest=digest_of(repository.work_tree, entries, git.of) if entries and want_digest else None,
        )


def commit_time(repository: Repository, *, environ: Mapping[str, str], seconds: float = SECONDS) -> int:
    """Return the committer's time of HEAD, in seconds since the epoch, UTC. One git process."""
    with Git(repository, environ, seconds) as git:
        return int(git.start("log", "-1", "--no-color", "--no-decorate", "--format=%ct", "HEAD", "--").output())


def _describe(git: Git, patterns: Sequence[str], accepts: Callable[[str], bool]) -> tuple[_Described, list[str]]:
    """Find the nearest tag that is accepted; tags that aren't are excluded by name, one try each."""
    skipped: list[str] = []
    while True:
        excluded = [f"--exclude={tag}" for tag in skipped]  # no name of a ref holds a sign that globs know
        matches = [f"--match={pattern}" for pattern in patterns]
        command = git.start("describe", "--long", "--tags", "--always", "--dirty", "--abbrev=40", *matches, *excluded)
        code, out, err = command.finished()
        if code != 0:
            raise _describe_failed(command, code, err)
        described = _Described(out.strip("\n"), err)
        if described.tag is None or accepts(described.tag):
            return described, skipped
        skipped.append(described.tag)
        if len(skipped) > MAX_SKIPPED:
            raise GitError(
                what=f"more than {MAX_SKIPPED} tags look like versions but are none ({', '.join(skipped[:3])}, …)",
                fix='say how release tags start: tag-prefix = "v" in [tool.uniqver]',
            )


def _describe_failed(command: GitCommand, code: int, err: str) -> GitError:
    if "valid object name HEAD" in err or "bad revision 'HEAD'" in err:
        return GitError(what="this git repository has no commit yet", fix='git add -A && git commit -m "First commit"')
    return command.failure(code, err)


def _log_words(described: _Described, patterns: Sequence[str]) -> list[str]:
    """Ask for HEAD, and for the tag's commit where that is another one."""
    # patterns given here overrule log.excludeDecoration and keep git from resolving other refs
    shown = [f"--decorate-refs={ref}" for ref in ("HEAD", "refs/heads/*", *(f"{_TAG_REF}{p}" for p in patterns))]
    commits = ["HEAD"]
    if described.tag is not None and described.distance:
        commits.append(f"{_TAG_REF}{described.tag}^{{commit}}")
    return [
        "log",
        "--no-walk=unsorted",
        "--no-color",
        "--decorate=full",
        *shown,
        f"--format={_LOG_FORMAT}",
        *commits,
        "--",
    ]


def _start_count(git: Git, described: _Described, paths: Sequence[str]) -> GitCommand | None:
    """Count commits where ``describe`` didn't: those of a part of the tree, or all where there is no tag."""
    if described.tag is not None and not paths:
        return None
    commits = "HEAD" if described.tag is None else f"{_TAG_REF}{described.tag}..HEAD"
    # without --full-history the count could shrink when a branch is merged that has the same change
    return git.start("rev-list", "--count", "--full-history", commits, "--", *paths)


def _accepted_tags(decorations: str, accepts: Callable[[str], bool]) -> tuple[str, ...]:
    names = [
        ref.removeprefix("tag: ").removeprefix(_TAG_REF) for ref in decorations.split(", ") if ref.startswith("tag: ")
    ]
    return tuple(sorted(name for name in names if accepts(name)))


def _branch(decorations: str) -> str | None:
    head = decorations.split(", ", maxsplit=1)[0]
    return head.removeprefix("HEAD -> refs/heads/") if head.startswith("HEAD -> ") else None
