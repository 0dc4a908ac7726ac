"""The counter of one machine: a SQLite file, one transaction a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uniqver.counters.protocol import Allocation, after, checked_floor
from uniqver.counters.rows import COLUMNS, allocation_of, row_of
from uniqver.counters.sqlite_file import connected, transaction
from uniqver.errors import CounterError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from uniqver.counters.protocol import Claim, Stream

ALGORITHM = "sqlite/1"

SCHEMA = """
BEGIN;
PRAGMA user_version = 1;
CREATE TABLE numbers (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL, base TEXT NOT NULL, number INTEGER NOT NULL, build_key TEXT NOT NULL,
    source_commit TEXT, at INTEGER NOT NULL, host TEXT NOT NULL, who TEXT NOT NULL, algorithm TEXT NOT NULL,
    UNIQUE (project, base, number), UNIQUE (project, base, build_key)
);
CREATE TABLE floors (
    project TEXT NOT NULL, base TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (project, base)
) WITHOUT ROWID;
COMMIT;
"""

_OF_KEY = f"SELECT {COLUMNS} FROM numbers WHERE project = ? AND base = ? AND build_key = ?"  # noqa: S608
_INSERT = f"INSERT INTO numbers ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_HIGHEST = """
SELECT max(coalesce((SELECT max(number) FROM numbers WHERE project = :project AND base = :base), 0),
           coalesce((SELECT number FROM floors WHERE project = :project AND base = :base), 0))
"""


class LocalCounter:
    """Numbers for the processes of one machine. See :class:`uniqver.counters.protocol.Counter`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mend = (
            f"restore {path} from a backup; or move it away and say the highest number in use: uniqver counter floor N"
        )

    @property
    def place(self) -> str:
        """The file's path."""
        return str(self._path)

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """Return the number of ``claim.key``, taking the next one if it has none yet."""
        with connected(self._path, SCHEMA, mend=self._mend) as db, transaction(db):
            known = _of_key(db, stream, claim.key)
            if known is not None:
                return known
            number = after(_highest(db, stream), stream)
            made = Allocation(stream=stream, number=number, claim=claim, algorithm=ALGORITHM)
            db.execute(_INSERT, row_of(made))
            return made

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """Return what ``key`` has already, else the number that would be next."""
        with connected(self._path, SCHEMA, mend=self._mend, create=False) as db:
            known = None if key is None else _of_key(db, stream, key)
            return known if known is not None else after(_highest(db, stream), stream)

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """Return what was handed out, newest last, in the order it was written down."""
        where = "" if stream is None else "WHERE project = ? AND base = ?"
        values = () if stream is None else (stream.project, stream.base)
        query = f"SELECT {COLUMNS} FROM numbers {where} ORDER BY id"  # noqa: S608
        with connected(self._path, SCHEMA, mend=self._mend, create=False) as db:
            rows = db.execute(query, values).fetchall()  # all at once: the file isn't held open for a reader
        return map(allocation_of, rows)

    def floor(self, stream: Stream, number: int) -> int:
        """Make the next number at least ``number + 1``; never lowers."""
        wanted = checked_floor(number)
        with connected(self._path, SCHEMA, mend=self._mend) as db, transaction(db):
            highest = max(_highest(db, stream), wanted)
            db.execute("INSERT OR REPLACE INTO floors VALUES (?, ?, ?)", (stream.project, stream.base, highest))
            return highest

    def check(self) -> None:
        """Read every page of the file, then write one of them as it was."""
        with connected(self._path, SCHEMA, mend=self._mend) as db, transaction(db):
            found = db.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise CounterError(what=f"{self._path} is damaged: {found}", fix=self._mend)
            db.execute("PRAGMA user_version = 1")


def _of_key(db: sqlite3.Connection, stream: Stream, key: str) -> Allocation | None:
    row = db.execute(_OF_KEY, (stream.project, stream.base, key)).fetchone()
    return None if row is None else allocation_of(row)


def _highest(db: sqlite3.Connection, stream: Stream) -> int:
    return cast("int", db.execute(_HIGHEST, {"project": stream.project, "base": stream.base}).fetchone()[0])
