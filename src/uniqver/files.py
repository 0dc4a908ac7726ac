"""Files, read with limits (a FIFO, a device or an endless one may lie there), and written in one step. Archives have :mod:`uniqver.dists.archive`.

Whatever can't be read or written is an ``OSError`` whose ``strerror`` tells why.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 16 * 1024 * 1024
"""Limit for one file."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
"""A FIFO would wait for a writer; a terminal would become this process's own."""


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the contents. Raises OSError, also for more than ``most`` bytes."""
    try:
        descriptor = os.open(path, _FLAGS)
    except ValueError as error:  # a null byte in the path
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    with open(descriptor, "rb") as file:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a file", str(path))
        found = file.read(most + 1)
    if len(found) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MiB", str(path))
    return found


def read_text(path: Path, errors: str = "strict", most: int = MOST_BYTES) -> str:
    """Return the text, UTF-8, with ``\\n`` for line ends. Raises OSError."""
    try:
        text = read_bytes(path, most).decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


@contextlib.contextmanager
def scratch_beside(path: Path, mode: int = 0o666) -> Iterator[Path]:
    """Make an empty file to replace ``path``; at the end it is gone."""
    scratch = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield scratch
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def replace_bytes(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Make ``content`` that of ``path`` in one step: readers see the old file or the new one.

    A new file gets ``mode``; an old one keeps its own, and its owner.
    """
    with scratch_beside(path, mode) as scratch:
        scratch.write_bytes(content)
        with contextlib.suppress(OSError, AttributeError):  # no file yet; another user's; Windows
            old = path.stat()
            scratch.chmod(stat.S_IMODE(old.st_mode))
            os.chown(scratch, old.st_uid, old.st_gid)
        scratch.replace(path)


def leaves(path: Path, directory: Path) -> bool:
    """Tell whether ``path`` lies outside ``directory``, or a symbolic link on the way leads out of it, or nowhere."""
    try:
        return not path.resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError, ValueError):  # RuntimeError: a circle of links, before Python 3.13
        return True
