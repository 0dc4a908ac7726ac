"""How a work tree differs from its commit, with what ``git status`` hides.

That is edits under skip-worktree and assume-unchanged, and submodules and files of Git LFS that were not fetched. The digest
is of names and contents, since ``git diff`` depends on settings.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import dirname, join, normpath

from uniqver.errors import GitError
from uniqver.files import leaves
from uniqver.vcs import Cleanliness, Scope
from uniqver.vcs.repository import find_repository, listed_in, place_in
from uniqver.vcs.runner import Git

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""git-lfs, docs/spec.md."""

_LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "package-lock.json")
"""Written by tools beside a build."""

_FIELDS_BEFORE_PATH = {"1": 8, "u": 10}
"""In a line of ``git status``, by its kind (none is a rename)."""

_UNTRACKED, _HIDDEN, _POINTER, _MISSING, _ABSENT, _UNSEEN = "?", "hidden", "pointer", "S missing", "absent", "unseen"
_NO_LINK = "no link"
"""Kinds of differences, besides git's notes on tracked paths. Those of submodules start with an S."""

_MOST_BYTES = 256 * 2**20
"""A larger file is named by size and time."""

_FETCHES = {
    _MISSING: "git submodule update --init --recursive"
    "   (GitHub Actions: submodules: recursive; GitLab: GIT_SUBMODULE_STRATEGY: recursive)",
    _POINTER: "git lfs pull   (GitHub Actions: lfs: true; in each submodule: git submodule foreach --recursive git lfs pull)",
    _ABSENT: "git sparse-checkout disable",
    _NO_LINK: "git config core.symlinks true && git checkout -- .",
    _UNSEEN: "remove empty folders, and copy into the repository what a link or a setting takes from elsewhere",
}


def changes_of(git: Git, scope: Scope, status: str, special: Sequence[str], *, lfs: bool) -> Cleanliness:
    """Return what differs in ``scope``, ``tracked`` aside. Raises :class:`GitError`.

    ``status`` is the output of :meth:`Git.start_status`, ``special`` and ``lfs`` are of :func:`~uniqver.vcs.repository.listed_in`.
    """
    differing = [*_differing(git, scope.paths, status, special, lfs=lfs), *_linked(git, scope, special)]
    found = dict(sorted(differing, key=lambda each: each[1] != _UNTRACKED))  # tracked, though not by the index
    judged = [path for path in found if not scope.excepted(path)]
    kinds = (_UNTRACKED,) if scope.whole else (_UNTRACKED, _ABSENT)
    lax = {path for path in judged if found[path] in kinds or path.rpartition("/")[2] in _LOCK_FILES}
    # of a package that is absent nothing else shows that it is one
    gone = {path for path in lax if found[path] == _ABSENT and path.endswith("/__init__.py")}
    changed = {path: found[path] for path in judged if path not in lax or path in gone or scope.packs(path)}
    return Cleanliness(
        changed=tuple(sorted(changed)),
        untracked=tuple(path for path in judged if path not in changed),
        digest=_digest_of(git, changed) if changed else None,
        fetch="; ".join(fetch for kind, fetch in _FETCHES.items() if kind in changed.values()) or None,
    )


def _linked(git: Git, scope: Scope, special: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what git does not see, and what differs where packed links, and links in there, lead to."""
    yield from ((path, _UNSEEN) for path in scope.unseen)
    top, seen, fresh = git.repository.work_tree, set[str](), set[str]()
    links = [path for path in _links(special) if scope.packs(path) or scope.packs(f"{path}/")]
    while links:
        for link in links:
            if (top / link).is_file() and not (top / link).is_symlink():
                yield link, _NO_LINK  # core.symlinks = false: a file with the target's name in it
            elif not leaves(top / link, top):
                fresh |= {place_in(top, path) for path in _way(top, link)}
            elif os.path.exists(top / link):  # noqa: PTH110  a folder that may not be read is none
                yield link, _UNSEEN
        paths = sorted(fresh - seen)
        seen, links = seen | fresh, []
        if paths:
            status, listing = git.start_status(*paths), git.start_listing(*paths)
            found, lfs = listed_in(git.repository, listing.output(), paths)
            links = [*_links(found)]
            for path, kind in _differing(git, paths, status.output(), found, lfs=lfs):
                if "/__pycache__/" not in path:
                    yield path, kind.replace(_UNTRACKED, _HIDDEN)


def _links(special: Sequence[str]) -> Iterator[str]:
    return (path for facts, _, path in (entry.partition("\t") for entry in special) if " 120000 " in facts)


def _way(top: Path, path: str) -> Iterator[str]:
    """Yield each link on the way that ``path`` leads, and its end."""
    for _ in range(40):  # as many as Linux follows
        link = next((each for each in _prefixes(path) if (top / each).is_symlink()), None)
        if link is None or leaves(top / link, top):
            break
        yield link
        target = normpath(join(dirname(link), (top / link).readlink().as_posix()))
        if target.startswith(("/", "..")):
            target = (top / link).resolve().relative_to(top.resolve()).as_posix()
        path = normpath(join(target, path[len(link) + 1 :]))
    yield path


def _prefixes(path: str) -> list[str]:
    """Return ``a``, ``a/b`` and ``a/b/c``."""
    return [path[: end.start()] for end in re.finditer("(?<=.)/|$", path)]


def _differing(
    git: Git, paths: Sequence[str], status: str, special: Sequence[str], *, lfs: bool
) -> Iterator[tuple[str, str]]:
    """Yield the paths that differ, each with its kind; of one that comes twice the last counts."""
    yield from _entries_of(status)
    yield from _hidden(git, special)
    yield from ((path, _POINTER) for path in (_pointers(git, paths) if lfs else ()))
    for path in [path for facts, _, path in (entry.partition("\t") for entry in special) if " 160000 " in facts]:
        # git, which reads the outer one, reads what belongs to its user in it
        repository = find_repository(git.repository.work_tree / path, git.repository.git_dir.lstat().st_uid)
        if repository is None:
            yield path, _MISSING
            continue
        with git.of(repository) as inner:
            its_status, listing = inner.start_status(), inner.start_listing()
            its_special, its_lfs = listed_in(repository, listing.output())
            for name, kind in _differing(inner, (), its_status.output(), its_special, lfs=its_lfs):
                yield f"{path}/{name}", kind


def _entries_of(status: str) -> Iterator[tuple[str, str]]:
    """Yield the tracked paths that differ from HEAD with git's notes on submodules, and the untracked ones."""
    for part in status.split("\0"):
        before = _FIELDS_BEFORE_PATH.get(part[:1])
        if before is not None:
            fields = part.split(" ", before)
            yield fields[before], fields[2]
        elif part.startswith("? "):
            yield part[2:], _UNTRACKED


def _hidden(git: Git, special: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield edits under flags, and what a sparse checkout leaves out."""
    repository = git.repository
    folders = {repository.git_dir, repository.common_dir}
    sparse = any((folder / "info" / "sparse-checkout").is_file() for folder in folders)
    files: list[tuple[str, str]] = []
    for entry in special:
        facts, _, path = entry.partition("\t")
        flag, mode, node, _ = facts.split(" ")
        if mode == "160000":
            continue
        whole = repository.work_tree / path
        if not os.path.lexists(whole):
            yield path, _ABSENT if sparse and flag in "Ss" else _HIDDEN
            continue
        if whole.is_symlink():
            differs = mode != "120000" or not _points_to(whole, node)
        else:
            runs = bool(whole.stat().st_mode & 0o100)
            differs = os.name != "nt" and mode != "120000" and runs != (mode == "100755")
            if not differs:
                files.append((path, node))
        if differs:
            yield path, _HIDDEN
    for start in range(0, len(files), 100):
        some = files[start : start + 100]
        found = git.start("hash-object", "--", *(path for path, _ in some)).output().split()
        yield from ((path, _HIDDEN) for (path, node), now in zip(some, found, strict=True) if node != now)


def _points_to(link: Path, node: str) -> bool:
    """Compare a symbolic link with its git object (gitformat-pack: "blob")."""
    target = os.fsencode(link.readlink())
    blob = b"blob %d\0" % len(target) + target
    return hashlib.new("sha1" if len(node) == 40 else "sha256", blob, usedforsecurity=False).hexdigest() == node


def _pointers(git: Git, paths: Sequence[str]) -> Iterator[str]:
    # git before 2.43 looks up the attributes of a path below a folder without that folder
    stored = git.start("--no-literal-pathspecs", "ls-files", "-z", "--", ":(attr:filter=lfs)").output().split("\0")
    inside = tuple(f"{path}/" for path in paths) or ""
    for path in [path for path in stored if path and f"{path}/".startswith(inside)]:
        whole = git.repository.work_tree / path
        try:
            with whole.open("rb") as file:
                start = file.read(len(_LFS_POINTER))
        except FileNotFoundError:  # in the status already, or sparse
            continue
        except OSError as error:
            raise _unreadable(whole, error) from error
        if start == _LFS_POINTER:
            yield path


def _digest_of(git: Git, entries: Mapping[str, str]) -> str:
    digest = hashlib.sha256(usedforsecurity=False)
    for path in sorted(entries):
        whole = git.repository.work_tree / path
        is_file = not entries[path].startswith("S") and not path.endswith("/")  # an untracked clone has a slash
        digest.update(os.fsencode(path) + b"\0" + (_file(whole) if is_file else _submodule(whole, git)) + b"\0")
    return digest.hexdigest()


def _file(path: Path) -> bytes:
    try:
        if path.is_symlink():
            return b"link " + os.fsencode(path.readlink())
        if not path.is_file():
            return b"gone"
        stat = path.stat()
        if stat.st_size > _MOST_BYTES:
            return b"big %d %d" % (stat.st_size, stat.st_mtime_ns)
        runs = b"x" if os.name != "nt" and stat.st_mode & 0o100 else b"-"
        digest = hashlib.sha256(usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return b"file " + runs + b" " + digest.hexdigest().encode()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> GitError:
    return GitError(what=f"{path} can't be read: {error.strerror}", fix=f"git checkout -- {path}")


def _submodule(path: Path, git: Git) -> bytes:
    repository = find_repository(path, git.repository.owner)
    if repository is None:
        return b"gone"
    with git.of(repository) as inner:
        commit = inner.start("rev-parse", "--quiet", "--verify", "HEAD").finished().output.strip()
        entries = _entries_of(inner.start_status().output())
        changed = {path: kind for path, kind in entries if kind != _UNTRACKED}
        return f"submodule {commit} {_digest_of(inner, changed)}".encode()
