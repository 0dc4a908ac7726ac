"""The counter of one machine, and the record of builds under way: SQLite files, private to the user.

SQLite keeps them whole through ``kill -9`` and power loss (rollback journal, ``synchronous=FULL``). WAL would be faster, but
network file systems lack its shared memory.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from uniqver.counters.protocol import Stream
from uniqver.counters.store import SCHEMA, Memory, SqlStore, StoreCounter, foreseen
from uniqver.errors import CounterError
from uniqver.files import scratch_beside

BUSY_SECONDS = 30.0
"""Time to wait for another process's transaction."""

_SCHEMA = f"BEGIN; PRAGMA user_version = 1; {SCHEMA.format(named='', identity='INTEGER')} COMMIT;"


class LocalCounter(StoreCounter):
    """Numbers for the processes of one machine."""

    algorithm = "sqlite/1"

    def __init__(self, path: Path, *, named: bool = False) -> None:
        """Count in the file at ``path``. If it is ``named`` in the settings, only :meth:`create` makes it."""
        self.place = str(path)
        again = "uniqver counter init and uniqver counter floor N" if named else "uniqver counter floor N"
        self._fix = f"restore {path} from a backup; or move it away and name the highest number in use: {again}"
        missing = f"uniqver counter init   (once; makes {path}, which builds never do)" if named else None
        self._file = SqliteFile(path, _SCHEMA, fix=self._fix, missing=missing)

    def create(self) -> bool:
        """Make the file unless there is a whole one; tell whether it was made."""
        made = self._file.make()
        self.check()
        return made

    def check(self) -> None:
        """Read every page and both tables, then write a page as it was."""
        with self._opened(None, writes=True) as store:
            found = store.db.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise CounterError(what=f"{self.place} is damaged: {found}", fix=self._fix)
            store.find(Stream("", ""), "")
            store.db.execute("SELECT id FROM numbers LIMIT 1").fetchall()
            store.db.execute("PRAGMA user_version = 1")

    @contextlib.contextmanager
    def _opened(self, stream: Stream | None, *, writes: bool) -> Iterator[SqlStore]:  # noqa: ARG002 - one lock for all
        with self._file.opened(writes=writes) as db:
            yield SqlStore(db, Memory(None))


class SqliteFile:
    """A file, made with ``schema`` when it is first written, unless ``missing`` is the line that makes it.

    ``fix`` is for a damaged one. Every fault of SQLite or the file system is a :class:`CounterError`.
    """

    def __init__(self, path: Path, schema: str, *, fix: str, missing: str | None = None) -> None:
        self.path = path
        self._schema = schema
        self._fix = fix
        self._missing = missing

    def make(self) -> bool:
        """Make the file unless it is there; tell whether it was made.

        It gets its name when it is whole: an empty one is damage, not one that was interrupted.
        """
        with self._foreseen():
            if self._there():
                return False
            folder = self.path.parent
            if self._missing is not None and not folder.is_dir():
                fix = f"mkdir {folder}; or mount the volume that it is on"
                raise CounterError(what=f"there is no folder {folder}", fix=fix)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with scratch_beside(self.path, 0o600) as scratch:
                with contextlib.closing(_connect(scratch)) as db:
                    db.executescript(self._schema)
                _put(scratch, self.path)
            return True

    @contextlib.contextmanager
    def opened(self, *, writes: bool) -> Iterator[sqlite3.Connection]:
        """Open the file, to write it in one ``BEGIN IMMEDIATE`` transaction; to read a missing one, an empty database."""
        with self._foreseen():
            there = self._there()
            if not there and self._missing is not None:
                raise CounterError(what=f"there is no counter at {self.path}", fix=self._missing)
            if writes:
                self.make()
            with (
                contextlib.closing(_connect(self.path if there or writes else None)) as db,
                db,
            ):  # commits or rolls back
                if writes:
                    db.execute("PRAGMA synchronous=FULL")
                    db.execute("BEGIN IMMEDIATE")
                elif not there:
                    db.executescript(self._schema)
                yield db

    def _there(self) -> bool:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return False
        if found.st_size == 0:  # SQLite would take it for a new one
            raise CounterError(what=f"{self.path} is empty: its records are lost", fix=self._fix)
        return True

    @contextlib.contextmanager
    def _foreseen(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError, ValueError, TypeError) as error:  # the last two: values of another kind
            text = getattr(error, "strerror", None) or str(error)
            code = None if isinstance(error, sqlite3.OperationalError | OSError) else "damaged"
            raise foreseen(str(self.path), _CAUSES, text, code, folder=self.path.parent, fix=self._fix) from error


def _connect(path: Path | None) -> sqlite3.Connection:
    # a plain name would make an empty file, were this one taken away just now
    where = ":memory:" if path is None else f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(where, timeout=BUSY_SECONDS, isolation_level=None, uri=True)


def _put(scratch: Path, path: Path) -> None:
    try:
        path.hardlink_to(scratch)
    except FileExistsError:  # another process was first
        return
    except OSError:  # no hard links here (some network and FAT file systems)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            scratch.replace(path)


_CAUSES = (
    (("locked",), f"has been locked by another process for {BUSY_SECONDS:.0f} seconds",
     "end the process that holds it (fuser or lsof names it) and build again"),
    (("disk is full",), "can't be written", "free some space and build again"),
    (("disk I/O",), "can't be read or written",
     "see that the disk of {folder} is whole, has space, and lets this user write; then build again"),
    (("no such column",), "is of another version of uniqver, or damaged", "{fix}"),
    (("no such table", "damaged"), "is damaged", "{fix}"),
    (("",), "can't be used", "make {folder} and the files in it readable and writable for this user, with space on the disk"),
)  # fmt: skip
"""Words of SQLite's messages: error codes came to Python with 3.11."""


RECORDS_NAME = "builds.sqlite3"
KEPT_SECONDS = 30 * 24 * 3600
"""A frontend that runs longer would get a second number."""

_RECORDS = """
PRAGMA user_version = 1;
CREATE TABLE builds (build_key TEXT PRIMARY KEY, process TEXT NOT NULL, hooks TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX builds_of_process ON builds (process);
CREATE TABLE timestamps (build_key TEXT PRIMARY KEY, at INTEGER NOT NULL UNIQUE);
"""

_LATEST = "SELECT build_key, hooks FROM builds WHERE process = ? ORDER BY rowid DESC LIMIT 1"


class Records:
    """The record of builds, for numbers that can't be computed again: the hooks that each has seen, and the timestamps.

    A hook that comes a second time from one frontend process starts another build. Times are seconds since the epoch; unless
    it ``takes``, nothing is written.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / RECORDS_NAME
        self._file = SqliteFile(path, _RECORDS, fix=f"delete {path}: it holds only what builds under way need")

    def build_key(self, process: str, hook: str, *, now: int, takes: bool = True) -> str | None:
        """Return the key of the build of ``hook`` in the frontend ``process``, if that has begun or ``takes``."""
        with self._file.opened(writes=takes) as db:
            row = cast("tuple[str, str] | None", db.execute(_LATEST, (process,)).fetchone())
            key, hooks = row or ("", hook)
            if hook not in hooks.split():
                if takes:
                    db.execute("UPDATE builds SET hooks = ? WHERE build_key = ?", (f"{hooks} {hook}", key))
                return key
            if not takes:
                return None
            key = f"build:{uuid.uuid4()}"
            db.execute("DELETE FROM builds WHERE at < ?", (now - KEPT_SECONDS,))
            db.execute("INSERT INTO builds VALUES (?, ?, ?, ?)", (key, process, hook, now))
            return key

    def timestamp(self, key: str | None, *, now: int, takes: bool = True) -> tuple[int, int]:
        """Return the first time of a build, above all before it: as ``YYYYMMDDHHMMSS``, and in seconds."""
        with self._file.opened(writes=takes) as db:
            known = db.execute("SELECT at FROM timestamps WHERE build_key = ?", (key,)).fetchone()
            (last,) = db.execute("SELECT max(at) FROM timestamps").fetchone()
            if known is not None:
                (at,) = known
            else:
                at = now if last is None else max(now, last + 1)  # the clock may not have passed the last one yet
                if takes:
                    db.execute("INSERT INTO timestamps VALUES (?, ?)", (key, at))
            return int(time.strftime("%Y%m%d%H%M%S", time.gmtime(at))), at
