"""Changes in a work tree: which tracked paths differ from HEAD, and a digest that two equal changes share.

The digest is made from names and contents, not from a diff: what ``git diff`` prints depends on settings.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from uniqver.errors import GitError
from uniqver.vcs.repository import find_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from uniqver.vcs.runner import Git

_FIELDS_BEFORE_PATH = {"1": 8, "2": 9, "u": 10}
"""How many fields of ``git status --porcelain=v2`` stand before the path, by the kind of the line."""

NO_SUBMODULE = "N..."
"""git's note on a path that is not a submodule."""

ONLY_UNTRACKED = "S..U"
"""git's note on a submodule that has untracked files, and no other changes."""


def entries_of(output: str) -> tuple[dict[str, str], list[str]]:
    """Return what ``git status --porcelain=v2 -z`` reports.

    First the tracked paths that differ from HEAD, each with git's note on submodules; then the untracked paths.
    """
    entries: dict[str, str] = {}
    untracked: list[str] = []
    parts = iter(output.split("\0"))
    for part in parts:
        if part[:2] == "? ":
            untracked.append(part[2:])
        before = _FIELDS_BEFORE_PATH.get(part[:1])
        if before is None:
            continue
        fields = part.split(" ", before)
        entries[fields[before]] = fields[2]
        if part[0] == "2":  # a rename: the next part is the path it had before
            entries[next(parts)] = NO_SUBMODULE
    return entries, untracked


def digest_of(git: Git, entries: Mapping[str, str]) -> str:
    """Return the hex digest of the changes in ``entries``, as :func:`entries_of` gives them."""
    import hashlib  # 2 ms (OpenSSL) that clean trees don't need

    digest = hashlib.sha256()
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
        with path.open("rb") as file:
            return b"file " + runs + b" " + _sha256(file.read).encode()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> GitError:
    """Return the error for a file of the work tree that can't be read."""
    return GitError(what=f"{path} can't be read: {error.strerror}", fix=f"git checkout -- {path}")


def _sha256(read: Callable[[int], bytes]) -> str:
    import hashlib  # as above

    digest = hashlib.sha256()
    while block := read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _submodule(path: Path, git: Git) -> bytes:
    """Return the submodule's own commit, if it has one, and the digest of its own changes."""
    repository = find_repository(path, git.repository.owner)
    if repository is None:
        return b"gone"
    with git.of(repository) as inner:
        commit = inner.start("rev-parse", "--quiet", "--verify", "HEAD").finished().output.strip()
        return f"submodule {commit} {digest_of(inner, _changes_in(inner))}".encode()


def _changes_in(git: Git) -> dict[str, str]:
    words = ("--porcelain=v2", "-z", "--untracked-files=no", "--ignore-submodules=none")
    return entries_of(git.start("status", *words).output())[0]
