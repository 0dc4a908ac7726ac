"""How a work tree differs from its commit, with what ``git status`` hides.

That is edits under skip-worktree and assume-unchanged, and submodules and files of Git LFS that were not fetched. The digest
is of names and contents, since ``git diff`` depends on settings.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from uniqver.errors import GitError
from uniqver.vcs import Cleanliness, Scope
from uniqver.vcs.repository import find_repository
from uniqver.vcs.runner import Git

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""git-lfs, docs/spec.md."""

_LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "package-lock.json")
"""Written by tools beside a build, and in no wheel."""

_FIELDS_BEFORE_PATH = {"1": 8, "u": 10}
"""In a line of ``git status``, by its kind (none is a rename)."""

_NO_SUBMODULE = "N..."
_ONLY_UNTRACKED = "S..U"
"""git's notes: the path is not a submodule; or one with untracked files and no other changes."""

_FETCH_SUBMODULES = (
    "git submodule update --init --recursive"
    "   (GitHub Actions: submodules: recursive; GitLab: GIT_SUBMODULE_STRATEGY: recursive)"
)
_FETCH_FILES = "git lfs pull   (GitHub Actions: lfs: true)"


def changes_of(git: Git, scope: Scope, status: str, special: Sequence[str], *, lfs: bool) -> Cleanliness:
    """Return what differs in ``scope``, ``tracked`` aside. Raises :class:`GitError`.

    ``status`` is the output of :meth:`Git.start_status`, ``special`` are the entries of ``git ls-files -v -s`` that are more
    than a cached file, ``lfs`` tells whether Git LFS may store any.
    """

    def judged(paths: Iterable[str]) -> list[str]:
        return [path for path in paths if path.rpartition("/")[2] not in _LOCK_FILES and not scope.excepted(path)]

    entries, others = _entries_of(status)
    for path in [path for path, note in entries.items() if note == _ONLY_UNTRACKED]:
        del entries[path]
        others += _untracked_in(git, path)
    others = judged(others)
    pointers = judged(_pointers(git, scope)) if lfs else []
    hidden = judged(_hidden(git, special))
    added = (*hidden, *pointers, *filter(scope.packs, others))
    entries = {path: entries.get(path, _NO_SUBMODULE) for path in (*judged(entries), *added)}
    submodules = {path for facts, _, path in (entry.partition("\t") for entry in special) if " 160000 " in facts}
    fetches = [_FETCH_SUBMODULES] if submodules.intersection(hidden) else []
    fetches += [_FETCH_FILES] if pointers else []
    return Cleanliness(
        changed=tuple(sorted(entries)),
        untracked=tuple(path for path in others if path not in entries),
        digest=_digest_of(git, entries) if entries else None,
        fetch="; ".join(fetches) or None,
    )


def _entries_of(status: str) -> tuple[dict[str, str], list[str]]:
    """Return git's notes on submodules by the tracked paths that differ from HEAD, and the untracked paths."""
    entries: dict[str, str] = {}
    parts = status.split("\0")
    for part in parts:
        before = _FIELDS_BEFORE_PATH.get(part[:1])
        if before is not None:
            fields = part.split(" ", before)
            entries[fields[before]] = fields[2]
    return entries, [part[2:] for part in parts if part.startswith("? ")]


def _untracked_in(git: Git, path: str) -> Iterator[str]:
    repository = find_repository(git.repository.work_tree / path, git.repository.owner)
    if repository is None:
        return
    with git.of(repository) as inner:
        entries, untracked = _entries_of(inner.start_status().output())
        yield from (f"{path}/{name}" for name in untracked)
        for name, note in entries.items():
            if note == _ONLY_UNTRACKED:
                yield from (f"{path}/{found}" for found in _untracked_in(inner, name))


def _hidden(git: Git, special: Sequence[str]) -> Iterator[str]:
    """Yield edits under flags, and submodules that aren't there."""
    repository = git.repository
    folders = {repository.git_dir, repository.common_dir}
    sparse = any((folder / "info" / "sparse-checkout").is_file() for folder in folders)
    files: list[tuple[str, str]] = []
    for entry in special:
        facts, _, path = entry.partition("\t")
        flag, mode, node, _ = facts.split(" ")
        whole = repository.work_tree / path
        if mode == "160000":
            differs = not (whole / ".git").exists()
        elif not os.path.lexists(whole):
            differs = not (sparse and flag in "Ss")
        elif whole.is_symlink():
            differs = mode != "120000" or not _points_to(whole, node)
        else:
            runs = bool(whole.stat().st_mode & 0o100)
            differs = os.name != "nt" and mode != "120000" and runs != (mode == "100755")
            if not differs:
                files.append((path, node))
        if differs:
            yield path
    for start in range(0, len(files), 100):
        some = files[start : start + 100]
        found = git.start("hash-object", "--", *(path for path, _ in some)).output().split()
        yield from (path for (path, node), now in zip(some, found, strict=True) if node != now)


def _points_to(link: Path, node: str) -> bool:
    """Compare a symbolic link with its git object (gitformat-pack: "blob")."""
    target = os.fsencode(link.readlink())
    blob = b"blob %d\0" % len(target) + target
    return hashlib.new("sha1" if len(node) == 40 else "sha256", blob, usedforsecurity=False).hexdigest() == node


def _pointers(git: Git, scope: Scope) -> Iterator[str]:
    literal = [path.removeprefix(":(literal)") for path in scope.paths] or [""]
    stored = git.start("ls-files", "-z", "--", *(f":(literal,attr:filter=lfs){path}" for path in literal))
    for path in filter(None, stored.output().split("\0")):
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
        is_file = entries[path] == _NO_SUBMODULE and not path.endswith("/")  # an untracked clone has a slash
        digest.update(os.fsencode(path) + b"\0" + (_file(whole) if is_file else _submodule(whole, git)) + b"\0")
    return digest.hexdigest()


def _file(path: Path) -> bytes:
    try:
        if path.is_symlink():
            return b"link " + os.fsencode(path.readlink())
        if not path.is_file():
            return b"gone"
        runs = b"x" if os.name != "nt" and path.stat().st_mode & 0o100 else b"-"
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
        entries, _ = _entries_of(inner.start_status().output())
        changed = {path: note for path, note in entries.items() if note != _ONLY_UNTRACKED}
        return f"submodule {commit} {_digest_of(inner, changed)}".encode()
