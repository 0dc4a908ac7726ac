"""Changes in a work tree: which tracked paths differ from HEAD, and a digest that two equal changes share.

The digest is made from names and contents, not from a diff: what ``git diff`` prints depends on settings.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from uniqver.errors import GitError
from uniqver.vcs.repository import find_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from uniqver.vcs.runner import Git

_FIELDS_BEFORE_PATH = {"1": 8, "2": 9, "u": 10}
"""How many fields of ``git status --porcelain=v2`` stand before the path, by the kind of the line."""

_NO_SUBMODULE = "N..."


def changed_paths(git: Git, paths: Sequence[str]) -> dict[str, str]:
    """Return the tracked paths that differ from HEAD, each with git's note on submodules (``N...``: none)."""
    output = git.start("status", "--porcelain=v2", "-z", "--untracked-files=no", "--", *paths).output()
    entries: dict[str, str] = {}
    parts = iter(output.split("\0"))
    for part in parts:
        before = _FIELDS_BEFORE_PATH.get(part[:1])
        if before is None:
            continue
        fields = part.split(" ", before)
        entries[fields[before]] = fields[2]
        if part[0] == "2":  # a rename: the next part is the path it had before
            entries[next(parts)] = _NO_SUBMODULE
    return entries


def digest_of(git: Git, entries: Mapping[str, str]) -> str:
    """Return the hex digest of the changes in ``entries``, as :func:`changed_paths` gives them."""
    digest = hashlib.sha256()
    for path in sorted(entries):
        digest.update(os.fsencode(path) + b"\0")
        whole = git.repository.work_tree / path
        state = _file(whole) if entries[path] == _NO_SUBMODULE else _submodule(whole, git)
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
        raise GitError(
            what=f"{path} was changed and can't be read: {error.strerror}", fix=f"git checkout -- {path}"
        ) from error


def _sha256(read: Callable[[int], bytes]) -> str:
    digest = hashlib.sha256()
    while block := read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _submodule(path: Path, git: Git) -> bytes:
    """Return the submodule's own commit and the digest of its own changes."""
    repository = find_repository(path)
    if repository is None:
        return b"gone"
    with git.of(repository) as inner:
        commit = inner.start("rev-parse", "--verify", "HEAD").output().strip()
        return f"submodule {commit} {digest_of(inner, changed_paths(inner, ()))}".encode()
