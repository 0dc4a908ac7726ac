"""The private record of builds: which hooks one frontend run has seen, and the timestamps given out.

Only sources that can't be computed again need it (``counter``, ``timestamp``). A hook that comes a second
time from the same frontend process is the start of another build: a tool that builds twice without ever
ending must not give two builds one number.
"""

from __future__ import annotations

import calendar
import time
import uuid
from typing import TYPE_CHECKING, cast

from uniqver.counters.sqlite import SqliteFile

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

FILE_NAME = "builds.sqlite3"

KEPT_SECONDS = 30 * 24 * 3600
"""Age at which a build's record is deleted. A frontend run that lasts longer would get a second number."""

_SCHEMA = """
PRAGMA user_version = 1;
CREATE TABLE builds (build_key TEXT PRIMARY KEY, process TEXT NOT NULL, hooks TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX builds_of_process ON builds (process);
CREATE TABLE timestamps (build_key TEXT PRIMARY KEY, at INTEGER NOT NULL UNIQUE);
"""

_LATEST = "SELECT build_key, hooks FROM builds WHERE process = ? ORDER BY rowid DESC LIMIT 1"


class Records:
    """The records of one clone, or of one user if there is no clone. Faults raise ``CounterError``."""

    def __init__(self, directory: Path) -> None:
        path = directory / FILE_NAME
        self._file = SqliteFile(path, _SCHEMA, fix=f"delete {path}: it holds only what builds under way need")

    def build_key(self, process: str, hook: str, *, now: int) -> str:
        """Return the key of the build that ``hook`` of the frontend ``process`` belongs to, making one if need be.

        ``now`` is seconds since the epoch, UTC.
        """
        with self._file.writing() as db:
            known = _open_build(db, process, hook)
            if known is not None:
                key, hooks = known
                db.execute("UPDATE builds SET hooks = ? WHERE build_key = ?", (f"{hooks} {hook}", key))
                return key
            key = f"build:{uuid.uuid4()}"
            db.execute("DELETE FROM builds WHERE at < ?", (now - KEPT_SECONDS,))
            db.execute("INSERT INTO builds VALUES (?, ?, ?, ?)", (key, process, hook, now))
            return key

    def peek_build_key(self, process: str, hook: str) -> str | None:
        """Return the key that :meth:`build_key` would, or ``None`` if it would make one. Writes nothing."""
        with self._file.reading() as db:
            known = _open_build(db, process, hook)
            return None if known is None else known[0]

    def timestamp(self, key: str, *, now: int) -> int:
        """Return the timestamp of a build as ``YYYYMMDDHHMMSS``, UTC: its first, and above all before it."""
        with self._file.writing() as db:
            known = _timestamp_of(db, key)
            if known is None:
                known = _next_timestamp(db, now)
                db.execute("INSERT INTO timestamps VALUES (?, ?)", (key, known))
            return _as_number(known)

    def peek_timestamp(self, key: str | None, *, now: int) -> int:
        """Return what :meth:`timestamp` would. Writes nothing."""
        with self._file.reading() as db:
            known = None if key is None else _timestamp_of(db, key)
            return _as_number(_next_timestamp(db, now) if known is None else known)


def _open_build(db: sqlite3.Connection, process: str, hook: str) -> tuple[str, str] | None:
    """Return key and hooks of the latest build of ``process``, if ``hook`` is not among them yet."""
    row = cast("tuple[str, str] | None", db.execute(_LATEST, (process,)).fetchone())
    return None if row is None or hook in row[1].split() else row


def _timestamp_of(db: sqlite3.Connection, key: str) -> int | None:
    row = db.execute("SELECT at FROM timestamps WHERE build_key = ?", (key,)).fetchone()
    return None if row is None else cast("int", row[0])


def _next_timestamp(db: sqlite3.Connection, now: int) -> int:
    """Return ``now``, or the second after the last one given out if the clock hasn't passed that yet."""
    last = cast("int | None", db.execute("SELECT max(at) FROM timestamps").fetchone()[0])
    return now if last is None else max(now, last + 1)


def _as_number(at: int) -> int:
    return int(time.strftime("%Y%m%d%H%M%S", time.gmtime(at)))


def seconds_of(number: int) -> int:
    """Return the seconds since the epoch of a number that :meth:`Records.timestamp` made."""
    return calendar.timegm(time.strptime(str(number), "%Y%m%d%H%M%S"))
