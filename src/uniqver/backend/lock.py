"""The lock of a tree: one build at a time, since all share its version file and its ``.egg-info``."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from uniqver.backend.environment import log, set_variables
from uniqver.errors import ProjectError

MOST_SECONDS = 900.0
_SILENT_SECONDS = 1.0

_HELD = "_UNIQVER_BUILDS"
"""The tree that a parent process holds: a setup.py may build its own project once more."""


@contextlib.contextmanager
def tree_lock(directory: Path) -> Iterator[None]:
    """Keep other hooks of uniqver out of the tree at ``directory``; wait for the turn.

    The lock is on the folder itself, and ends with the process. Some file systems know none. Raises :class:`ProjectError` if it
    takes too long.
    """
    held = str(directory)
    if os.environ.get(_HELD) == held:
        yield
        return
    descriptor = _open(directory)
    try:
        _wait(directory, descriptor)
        with set_variables({_HELD: held}):
            yield
    finally:
        os.close(descriptor)


def _wait(directory: Path, descriptor: int) -> None:
    start = time.monotonic()
    said = False
    while not _taken(descriptor):
        waited = time.monotonic() - start
        if waited > MOST_SECONDS:
            raise ProjectError(
                what=f"another build of {directory} has not ended within {MOST_SECONDS:g} seconds",
                fix="wait for it or end it, and build again",
            )
        if waited > _SILENT_SECONDS and not said:
            log(f"waits for another build of {directory}")
            said = True
        time.sleep(0.05)


def _taken(descriptor: int) -> bool:
    try:
        _take(descriptor)
    except (BlockingIOError, PermissionError):  # Windows calls that EACCES
        return False
    except OSError:  # no locks on this file system
        pass
    return True


if sys.platform == "win32":
    import hashlib
    import msvcrt
    import tempfile

    def _open(directory: Path) -> int:
        name = hashlib.sha256(os.fsencode(os.path.normcase(directory))).hexdigest()[:32]
        path = os.path.join(tempfile.gettempdir(), f"uniqver-{name}.lock")  # noqa: PTH118  %TEMP% is the user's own
        return os.open(path, os.O_RDWR | os.O_CREAT)

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _open(directory: Path) -> int:
        return os.open(directory, os.O_RDONLY)

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
