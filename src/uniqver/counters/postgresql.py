"""The counter in a PostgreSQL database: one transaction a number, behind an advisory lock for its stream."""

from __future__ import annotations

import contextlib
import hashlib
import math
import socket
import threading
from typing import TYPE_CHECKING, cast

from uniqver.counters.protocol import (
    COLUMNS,
    Allocation,
    Claim,
    Stream,
    after,
    allocation_of,
    checked_floor,
    missing_client,
    row_of,
)
from uniqver.counters.state import Memory
from uniqver.errors import CounterError
from uniqver.model.redaction import address, redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection, Error

    from uniqver.counters.protocol import CounterContext

ALGORITHM = "postgresql/1"

SECONDS = 40.0
"""Time limit of one use of the database may take, from connecting to the last answer."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS uniqver_numbers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project text NOT NULL, base text NOT NULL, number bigint NOT NULL, build_key text NOT NULL,
    source_commit text, at bigint NOT NULL, host text NOT NULL, who text NOT NULL, algorithm text NOT NULL,
    UNIQUE (project, base, number), UNIQUE (project, base, build_key)
);
CREATE TABLE IF NOT EXISTS uniqver_floors (
    project text NOT NULL, base text NOT NULL, number bigint NOT NULL, PRIMARY KEY (project, base)
);
"""

_SETTLE = """
SELECT current_setting('fsync') = 'off', pg_is_in_recovery(), to_regclass('uniqver_floors') IS NOT NULL,
       set_config('lock_timeout', %s, true),
       CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', true) END
"""
"""Asks whether a commit lasts here, and makes this transaction one that does and that waits in vain no longer."""

_OF_KEY = f"SELECT {COLUMNS} FROM uniqver_numbers WHERE project = %s AND base = %s AND build_key = %s"  # noqa: S608
_INSERT = f"INSERT INTO uniqver_numbers ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
_HIGHEST = """
SELECT greatest((SELECT max(number) FROM uniqver_numbers WHERE project = %(project)s AND base = %(base)s),
                (SELECT number FROM uniqver_floors WHERE project = %(project)s AND base = %(base)s), 0)
"""
_FLOOR = """
INSERT INTO uniqver_floors VALUES (%s, %s, %s) ON CONFLICT (project, base) DO UPDATE SET number = excluded.number
"""


class PostgresCounter:
    """Numbers for all who can reach one database. See :class:`uniqver.counters.protocol.Counter`."""

    def __init__(self, url: str, context: CounterContext, *, seconds: float = SECONDS) -> None:
        """Count in the database that ``url`` names, as libpq reads it.

        Without a password in ``url``, libpq takes ``PGPASSWORD`` or ``~/.pgpass``.
        """
        self._url = url
        password = context.environ.get("PGPASSWORD")
        self._redact = redactor([url], [password] if password else [])
        self._memory = Memory(context.state, url, self.place)
        self._seconds = seconds

    @property
    def place(self) -> str:
        """The server and the database."""
        return address(self._url)

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """Return the number of ``claim.key``, taking the next one if it has none yet."""
        seen = self._memory.highest(stream)
        with self._writing(stream) as db:
            made = _of_key(db, stream, claim.key)
            if made is None:
                highest = _highest(db, stream)
                self._memory.refuse_restart(stream, found=highest, seen=seen)
                made = Allocation(stream, after(highest, stream), claim, ALGORITHM)
                db.execute(_INSERT, row_of(made))
        self._memory.remember(stream, made.number)
        return made

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """Return what ``key`` has already, else the number that would be next."""
        seen, known, highest = self._memory.highest(stream), None, 0
        with self._reading() as db:
            if db is not None:
                known = None if key is None else _of_key(db, stream, key)
                highest = _highest(db, stream)
        if known is not None:
            return known
        self._memory.refuse_restart(stream, found=highest, seen=seen)
        return after(highest, stream)

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """Return what was given out, newest last, in the order it was written down."""
        where = "" if stream is None else "WHERE project = %s AND base = %s"
        query = f"SELECT {COLUMNS} FROM uniqver_numbers {where} ORDER BY id"  # noqa: S608
        with self._reading() as db:
            rows = [] if db is None else db.execute(query, stream or ()).fetchall()
        return map(allocation_of, rows)

    def floor(self, stream: Stream, number: int) -> int:
        """Make the next number at least ``number + 1``; never lowers it, and never below what was seen here."""
        wanted = max(checked_floor(number), self._memory.highest(stream))
        with self._writing(stream) as db:
            highest = max(_highest(db, stream), wanted)
            db.execute(_FLOOR, (*stream, highest))
        self._memory.remember(stream, highest)
        return highest

    def check(self) -> None:
        """Write into both tables, and take it back."""
        nothing, claim = Stream("", ""), Claim("check", None, 0, "", "")
        with self._writing(nothing) as db, db.transaction(force_rollback=True):  # the tables stay
            db.execute(_INSERT, row_of(Allocation(nothing, 0, claim, ALGORITHM)))
            db.execute(_FLOOR, ("", "", 0))

    @contextlib.contextmanager
    def _writing(self, stream: Stream) -> Iterator[Connection]:
        """Run the body in one transaction, with the tables there and nobody else at ``stream``."""
        with self._connected() as db:
            forgetful, replica, there = self._settle(db)
            if forgetful:
                raise CounterError(
                    what=f"{self.place} loses numbers when it crashes: fsync is off",
                    fix="set fsync = on in postgresql.conf, and reload the server",
                )
            if replica:
                raise CounterError(
                    what=f"{self.place} is a read-only replica", fix="name the primary server in counter"
                )
            if not there:
                # two at once would both make them: IF NOT EXISTS does not look at what isn't committed yet
                _lock(db, "tables")
                db.execute(SCHEMA)
            _lock(db, str(stream))
            yield db

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """Run the body in one transaction that can't write; ``None`` if there are no tables yet."""
        with self._connected() as db:
            db.read_only = True
            _, _, there = self._settle(db)
            yield db if there else None

    def _settle(self, db: Connection) -> tuple[bool, bool, bool]:
        row = db.execute(_SETTLE, (f"{math.ceil(self._seconds)}s",)).fetchone()
        forgetful, replica, there, *_ = cast("tuple[bool, bool, bool]", row)
        return forgetful, replica, there

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:  # the client is an extra, and slow to import
            import psycopg
        except ImportError:
            raise missing_client("psycopg", "postgres") from None
        try:
            with (
                psycopg.connect(
                    self._url,
                    connect_timeout=math.ceil(self._seconds),
                    prepare_threshold=None,  # poolers hand each transaction another server process
                ) as db,
                _hung_up_after(self._seconds, db),
            ):
                # each statement sees what was committed while it waited for the lock
                db.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
                yield db
                db.commit()
        except (psycopg.Error, OSError, UnicodeError) as error:
            # without the cause: its text may hold the password
            raise self._foreseen(error) from None

    def _foreseen(self, error: Error | OSError | UnicodeError) -> CounterError:
        lines = [line.strip() for line in self._redact(str(error)).splitlines() if line.strip()]
        text = lines[0] if lines else type(error).__name__
        state = getattr(error, "sqlstate", None) or ""
        for states, words, what, fix in _CAUSES:
            if state in states or (not state and any(word in text for word in words)):
                return CounterError(what=f"{self.place} {what}: {text}", fix=fix)
        return CounterError(
            what=f"{self.place} can't be reached: {text}",
            fix="see that the server runs and is reached from here; then build again: the same build keeps its number",
        )


_GRANT = (
    "GRANT SELECT, INSERT, UPDATE ON uniqver_numbers, uniqver_floors TO that user; "
    "if there are no tables yet: GRANT CREATE ON SCHEMA public TO that user"
)

_CAUSES = (
    (("28P01", "28000"), ("password authentication failed", "no password supplied"), "refuses the password",
     "set PGPASSWORD, or UNIQVER_COUNTER to a URL with the right user and password"),
    (("42501",), (), "does not let this user write", _GRANT),
    (("25006",), (), "only lets this user read", "set default_transaction_read_only = off, or name the primary server"),
    (("53100",), ("No space left",), "has no space left on its disk", "free some space there, and build again"),
    (("55P03",), (), "is busy with another build that does not end",
     "end it (SELECT pid FROM pg_locks WHERE locktype = 'advisory'), and build again"),
    (("3D000",), ('" does not exist',), "is not there", "create it, or name another in counter"),
    (("42P01", "42703", "42804", "23502", "23505"), (), "holds tables that are not uniqver's",
     "name another database, or another schema: …?options=-csearch_path%3DNAME"),
    (("XX001", "XX002", "58030"), (), "is damaged", "restore the database from a backup"),
)  # fmt: skip
"""SQLSTATEs (PostgreSQL, appendix A), words of messages (errors of connecting have no SQLSTATE); what, fix."""


@contextlib.contextmanager
def _hung_up_after(seconds: float, db: Connection) -> Iterator[None]:
    """Hang up after ``seconds``: libpq itself waits for ever for a server that stopped answering."""

    def hang_up() -> None:
        # of a copy: the original is libpq's to close
        with contextlib.suppress(OSError), socket.fromfd(db.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line:
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _lock(db: Connection, name: str) -> None:
    number = int.from_bytes(hashlib.sha256(f"uniqver {name}".encode()).digest()[:8], "big", signed=True)
    db.execute("SELECT pg_advisory_xact_lock(%s)", (number,))


def _of_key(db: Connection, stream: Stream, key: str) -> Allocation | None:
    row = db.execute(_OF_KEY, (*stream, key)).fetchone()
    return None if row is None else allocation_of(row)


def _highest(db: Connection, stream: Stream) -> int:
    row = db.execute(_HIGHEST, stream._asdict()).fetchone()
    return cast("tuple[int]", row)[0]
