"""SQLite files that hold uniqver's own state: private to the user, and never silently made anew.

Both the local counter and the session's records rest on this. SQLite keeps a file whole through ``kill -9``
and power loss (rollback journal, ``synchronous=FULL``); WAL would be faster but needs shared memory, which
network file systems do not have.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from typing import TYPE_CHECKING

from uniqver.errors import CounterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 30.0
"""How long to wait for another process's transaction before giving up."""


@contextlib.contextmanager
def connected(path: Path, schema: str, *, mend: str, create: bool = True) -> Iterator[sqlite3.Connection]:
    """Open the file at ``path``, made with ``schema`` if it isn't there, and close it at the end.

    The connection is in autocommit mode: see :func:`transaction`. Every fault of SQLite or of the file
    system becomes a :class:`CounterError`; ``mend`` is its cure where the file is damaged. With ``create``
    false a missing file is an empty database in memory, and nothing is written.
    """
    try:
        if _is_there(path, mend):
            where = _existing(path)
        elif create:
            _make(path, schema)
            where = _existing(path)
        else:
            where = ":memory:"
        # uri: plain names would make an empty file anew, were this one taken away just now
        with contextlib.closing(_connect(where)) as db:
            db.execute("PRAGMA synchronous=FULL")
            if where == ":memory:":
                db.executescript(schema)
            yield db
    except (sqlite3.DatabaseError, OSError) as error:
        raise _foreseen(error, path, mend) from error


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Run the body in one ``BEGIN IMMEDIATE`` transaction: all of it happens, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite rolls back by itself on a full disk
            db.execute("ROLLBACK")
        raise


def _connect(where: str) -> sqlite3.Connection:
    return sqlite3.connect(where, timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def _existing(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=rw"


def _make(path: Path, schema: str) -> None:
    """Make the file under a name of its own and link it into place: nobody ever sees it half made.

    So a file that is there but empty is damage, never a birth that was interrupted.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with contextlib.closing(_connect(_existing(scratch))) as db:
            db.executescript(schema)
        _place(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def _place(scratch: Path, path: Path) -> None:
    """Give ``scratch`` its final name, unless another process was first."""
    try:
        path.hardlink_to(scratch)
    except FileExistsError:
        return
    except OSError:  # no hard links here (some network and FAT file systems)
        if os.name == "nt":  # where rename refuses to replace
            with contextlib.suppress(FileExistsError):
                scratch.rename(path)
            return
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            scratch.replace(path)


def _is_there(path: Path, mend: str) -> bool:
    """Whether there is a file at ``path``; an empty one is damage: SQLite would take it for a new one."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    if found.st_size == 0:
        raise CounterError(what=f"{path} is empty: its records are lost", fix=mend)
    return True


def _foreseen(error: Exception, path: Path, mend: str) -> CounterError:
    """Translate a fault of SQLite or of the file system into what is wrong and its cure."""
    text = getattr(error, "strerror", None) or str(error)
    if isinstance(error, sqlite3.DatabaseError):
        for cause, what, fix in _CAUSES:
            if cause in text:
                return CounterError(
                    what=what.format(path=path, text=text), fix=fix.format(folder=path.parent, mend=mend)
                )
        if not isinstance(error, sqlite3.OperationalError):
            return CounterError(what=f"{path} is damaged: {text}", fix=mend)
    return CounterError(what=f"{path} can't be used: {text}", fix=_ACCESS.format(folder=path.parent))


_ACCESS = "make {folder} and the files in it readable and writable for this user, with space on the disk"

_CAUSES = (
    (
        "locked",
        f"{{path}} has been locked by another process for {BUSY_SECONDS:.0f} seconds",
        "end the process that holds it (fuser or lsof names it) and build again",
    ),
    ("disk is full", "{path} can't be written: the disk is full", "free some space and build again"),
    (
        "disk I/O",
        "{path} can't be read or written: {text}",
        "see that the disk of {folder} is whole, has space, and lets this user write; then build again",
    ),
    ("no such table", "{path} is damaged: {text}", "{mend}"),
    ("no such column", "{path} is of another version of uniqver, or damaged: {text}", "{mend}"),
)
"""Words of SQLite's messages (stable for decades; error codes came to Python with 3.11 only): what, fix."""
