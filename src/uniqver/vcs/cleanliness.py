"""Whether what is packed from a work tree is what its commit has.

``git status`` is not the whole answer: edits under skip-worktree and assume-unchanged are hidden from it, a submodule
that was never fetched is none of its changes, and a pointer of Git LFS whose file was not fetched is what the commit has.
The digest of what differs is made from names and contents, not from a diff: what ``git diff`` prints depends on settings.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from uniqver.errors import GitError
from uniqver.files import read_bytes
from uniqver.model.named_tuple import NamedTuple
from uniqver.vcs.repository import find_repository

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from uniqver.vcs.repository import Repository
    from uniqver.vcs.runner import Git, GitCommand

_USUAL = ("H 100", "H 120")
"""How entries of ``git ls-files -v -s`` start that are plain cached files and links: not flagged, no submodules."""

_ATTRIBUTES = re.compile(r"\t((?:[^\0]*/)?\.gitattributes)\0")
"""Files in the same list that may name what Git LFS stores."""

_STATUS = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=none", "--no-renames")

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""How the text of a pointer starts (git-lfs, docs/spec.md)."""


_FIELDS_BEFORE_PATH = {"1": 8, "u": 10}
"""How many fields of :data:`_STATUS`'s output stand before the path, by the kind of the line (none is a rename)."""

NO_SUBMODULE = "N..."
"""git's note on a path that is not a submodule."""

ONLY_UNTRACKED = "S..U"
"""git's note on a submodule that has untracked files, and no other changes."""


class Scope(NamedTuple):
    """What is judged, in paths relative to the repository's root."""

    paths: tuple[str, ...]
    """Pathspecs; nothing for the whole tree."""
    packs: Callable[[str], bool]
    """Whether a path lies in a package folder, so that setuptools packs it also if git doesn't track it."""
    excepted: Callable[[str], bool]
    """Whether a path may differ: the version file, lock files, what ``allow-changes`` names."""
    version_file: str | None = None
    """The version file, which every build writes: git should not track it."""


class Cleanliness(NamedTuple):
    """What makes a tree differ from its commit."""

    entries: dict[str, str]
    """Paths that differ, each with git's note on submodules (``N...``: none)."""
    untracked: tuple[str, ...]
    """Paths outside of package folders that git neither tracks nor ignores."""
    tracked: bool
    """Whether git tracks the version file."""
    digest: str | None = None
    """Hex digest of the changes, if there are any."""
    fetch: str | None = None
    """The command that fetches files of Git LFS which are among what differs: ``git status`` doesn't show them."""


class Judgement:
    """git at work on the question; :meth:`result` waits for it."""

    def __init__(self, git: Git, scope: Scope) -> None:
        self._git = git
        self._scope = scope
        self._status: GitCommand = git.start(*_STATUS, "--", *scope.paths)
        self._listing: GitCommand = git.start("ls-files", "-v", "-s", "-z", "--", *scope.paths)
        self._listing.begin()
        self._listed: str | None = None

    def result(self) -> Cleanliness:
        """Return what differs. Raises :class:`GitError`."""
        tracked, others = entries_of(self._status.output())
        for path in [path for path, note in tracked.items() if note == ONLY_UNTRACKED]:
            del tracked[path]
            others += _untracked_in(self._git, path)
        entries = {path: note for path, note in tracked.items() if not self._scope.excepted(path)}
        pointers = [path for path in self._pointers() if not self._scope.excepted(path)]
        for path in (*self._hidden(), *pointers):
            if not self._scope.excepted(path):
                entries.setdefault(path, NO_SUBMODULE)
        others = [path for path in others if not self._scope.excepted(path)]
        entries.update((path, NO_SUBMODULE) for path in others if self._scope.packs(path))
        tracks = self._scope.version_file is not None and f"\t{self._scope.version_file}\0" in self._files()
        digest = digest_of(self._git, entries) if entries else None
        untracked = tuple(path for path in others if path not in entries)
        return Cleanliness(entries, untracked, tracks, digest, fetch="git lfs pull" if pointers else None)

    def _files(self) -> str:
        if self._listed is None:
            self._listed = self._listing.output()
        return self._listed

    def _hidden(self) -> Iterator[str]:
        """Yield what ``git status`` doesn't show: edits under flags, submodules that aren't there."""
        repository = self._git.repository
        flagged: dict[str, tuple[str, str]] = {}
        # a pattern would take six times as long for 20,000 files: 18 ms
        for entry in [each for each in self._files().split("\0") if each and not each.startswith(_USUAL)]:
            facts, _, path = entry.partition("\t")
            flag, mode, node, _ = facts.split(" ")
            whole = repository.work_tree / path
            if mode == "160000":
                if not (whole / ".git").exists():
                    yield path
            elif not os.path.lexists(whole):
                if not (flag in "Ss" and _is_sparse(repository)):
                    yield path
            else:
                flagged[path] = (mode, node)
        yield from self._edited(flagged)

    def _edited(self, flagged: dict[str, tuple[str, str]]) -> Iterator[str]:
        """Yield those of the paths, each with mode and object as the index has them, that are something else now."""
        files: list[str] = []
        for path, (mode, node) in flagged.items():
            whole = self._git.repository.work_tree / path
            if whole.is_symlink():
                if mode != "120000" or not _points_to(whole, node):
                    yield path
            elif os.name != "nt" and mode != "120000" and bool(whole.stat().st_mode & 0o100) != (mode == "100755"):
                yield path
            else:
                files.append(path)
        for start in range(0, len(files), 100):
            some = files[start : start + 100]
            found = self._git.start("hash-object", "--", *some).output().split()
            yield from (path for path, node in zip(some, found, strict=True) if flagged[path][1] != node)

    def _pointers(self) -> Iterator[str]:
        """Yield files that Git LFS stores, and that were not fetched."""
        top = self._git.repository.work_tree
        if not any(_mentions_lfs(top / name) for name in {".gitattributes", *_ATTRIBUTES.findall(self._files())}):
            return
        literal = [path.removeprefix(":(literal)") for path in self._scope.paths] or [""]
        stored = self._git.start("ls-files", "-z", "--", *(f":(literal,attr:filter=lfs){path}" for path in literal))
        for path in filter(None, stored.output().split("\0")):
            try:
                with (top / path).open("rb") as file:
                    start = file.read(len(_LFS_POINTER))
            except FileNotFoundError:  # shown by the status already, or sparse
                continue
            except OSError as error:
                raise unreadable(top / path, error) from error
            if start == _LFS_POINTER:
                yield path


def _untracked_in(git: Git, path: str) -> Iterator[str]:
    """Yield what a submodule at ``path`` neither tracks nor ignores, and those within it."""
    repository = find_repository(git.repository.work_tree / path, git.repository.owner)
    if repository is None:
        return
    with git.of(repository) as inner:
        entries, untracked = entries_of(inner.start(*_STATUS).output())
        yield from (f"{path}/{name}" for name in untracked)
        for name, note in entries.items():
            if note == ONLY_UNTRACKED:
                yield from (f"{path}/{found}" for found in _untracked_in(inner, name))


def _points_to(link: Path, node: str) -> bool:
    """Tell whether a symbolic link is the object ``node``: its target, as git stores it (gitformat-pack: "blob")."""
    target = os.fsencode(link.readlink())
    blob = b"blob %d\0" % len(target) + target
    return _hash("sha1" if len(node) == 40 else "sha256", blob).hexdigest() == node


def _mentions_lfs(attributes: Path) -> bool:
    try:
        return b"filter=lfs" in read_bytes(attributes)
    except OSError:
        return False


def _is_sparse(repository: Repository) -> bool:
    return any(
        (folder / "info" / "sparse-checkout").is_file() for folder in (repository.git_dir, repository.common_dir)
    )


def entries_of(output: str) -> tuple[dict[str, str], list[str]]:
    """Return what :data:`_STATUS` reports.

    First the tracked paths that differ from HEAD, each with git's note on submodules; then the untracked paths.
    """
    entries: dict[str, str] = {}
    parts = output.split("\0")
    for part in parts:
        before = _FIELDS_BEFORE_PATH.get(part[:1])
        if before is not None:
            fields = part.split(" ", before)
            entries[fields[before]] = fields[2]
    return entries, [part[2:] for part in parts if part.startswith("? ")]


def digest_of(git: Git, entries: Mapping[str, str]) -> str:
    """Return the hex digest of the changes in ``entries``, as :func:`entries_of` gives them."""
    digest = _hash()
    for path in sorted(entries):
        digest.update(os.fsencode(path) + b"\0")
        whole = git.repository.work_tree / path
        is_file = entries[path] == NO_SUBMODULE and not path.endswith("/")  # an untracked clone has a slash
        state = _file(whole) if is_file else _submodule(whole, git)
        digest.update(state + b"\0")
    return digest.hexdigest()


def _file(path: Path) -> bytes:
    """Return what a build would read at ``path``: its kind, whether it can be run, and its contents' digest."""
    try:
        if path.is_symlink():
            return b"link " + os.fsencode(path.readlink())
        if not path.is_file():
            return b"gone"
        runs = b"x" if os.name != "nt" and path.stat().st_mode & 0o100 else b"-"
        digest = _hash()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return b"file " + runs + b" " + digest.hexdigest().encode()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> GitError:
    """Return the error for a file of the work tree that can't be read."""
    return GitError(what=f"{path} can't be read: {error.strerror}", fix=f"git checkout -- {path}")


def _submodule(path: Path, git: Git) -> bytes:
    """Return the submodule's own commit, if it has one, and the digest of its own changes."""
    repository = find_repository(path, git.repository.owner)
    if repository is None:
        return b"gone"
    with git.of(repository) as inner:
        commit = inner.start("rev-parse", "--quiet", "--verify", "HEAD").finished().output.strip()
        entries, _ = entries_of(inner.start(*_STATUS).output())
        changed = {path: note for path, note in entries.items() if note != ONLY_UNTRACKED}
        return f"submodule {commit} {digest_of(inner, changed)}".encode()


def _hash(name: str = "sha256", text: bytes = b"") -> hashlib._Hash:
    import hashlib  # 2 ms (OpenSSL) that clean trees don't need

    return hashlib.new(name, text, usedforsecurity=False)
