"""A digest of a project's files, which names the tree of a build with neither git nor an archive."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterator
from itertools import islice
from pathlib import Path

MOST_BYTES = 256 * 1024 * 1024
"""Limit of what is read; beyond it, sizes and times stand for contents."""

MOST_FILES = 100_000
_AT_TOP = {"build", "dist", "node_modules", "venv"}
"""Folders at the top that tools fill; hidden ones, caches and ``.egg-info`` are left out anywhere."""


def tree_digest(directory: Path) -> str:
    """Return a hex digest of names and contents below ``directory``; of what can't be read, of its name alone."""
    digest = hashlib.sha256()
    left = MOST_BYTES
    for path in islice(_files(os.fspath(directory), _AT_TOP), MOST_FILES):
        digest.update(os.fsencode(os.path.relpath(path, directory)) + b"\0")
        try:
            stat = os.lstat(path)
            if stat.st_size > left or not os.path.isfile(path) or os.path.islink(path):  # noqa: PTH113, PTH114
                digest.update(f"{stat.st_size} {stat.st_mtime_ns}".encode())
                continue
            left -= stat.st_size
            with open(path, "rb") as file:  # noqa: PTH123
                digest.update(hashlib.sha256(file.read(stat.st_size)).digest())
        except OSError:
            continue
    return digest.hexdigest()


def _files(directory: str, left_out: Container[str] = ()) -> Iterator[str]:
    """Yield the files that a build may read, in one order everywhere. Links are not followed."""
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            name = entry.name
            if not (name.startswith(".") or name.endswith((".egg-info", "__pycache__")) or name in left_out):
                yield from _files(entry.path)
        elif entry.name != "_version.py" and not entry.name.endswith(".pyc"):
            yield entry.path
