"""The counter in a PostgreSQL database: one transaction a number, behind an advisory lock for its stream."""

from __future__ import annotations

import contextlib
import hashlib
import math
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from uniqver.counters.protocol import Allocation, Claim, Stream
from uniqver.counters.store import LOOK, SCHEMA, ServerCounter, SqlStore, missing_client

if TYPE_CHECKING:
    from psycopg import Connection

_SCHEMA = SCHEMA.format(named="IF NOT EXISTS uniqver_", identity="bigint GENERATED ALWAYS AS IDENTITY")
_SETTLE = """
SELECT current_setting('fsync') = 'off', pg_is_in_recovery(), to_regclass('uniqver_floors') IS NOT NULL,
       set_config('lock_timeout', %s, true),
       CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', true) END
"""
"""Asks whether a commit lasts here, makes it last, and limits the wait for locks."""

_GRANT = (
    "GRANT SELECT, INSERT, UPDATE ON uniqver_numbers, uniqver_floors TO that user; "
    "if there are no tables yet: GRANT CREATE ON SCHEMA public TO that user"
)

_CAUSES = (
    (("28P01", "28000", "password authentication failed", "no password supplied"), "refuses the password",
     "set PGPASSWORD, or UNIQVER_COUNTER to a URL with the right user and password"),
    (("fsync is off",), "loses numbers when it crashes", "set fsync = on in postgresql.conf, and reload the server"),
    (("pg_is_in_recovery",), "is a read-only replica", "name the primary server in counter"),
    (("42501",), "does not let this user write", _GRANT),
    (("25006",), "only lets this user read", "set default_transaction_read_only = off, or name the primary server"),
    (("53100", "No space left"), "has no space left on its disk", "free some space there, and build again"),
    (("55P03",), "is busy with another build that does not end",
     "end it (SELECT pid FROM pg_locks WHERE locktype = 'advisory'), and build again"),
    (("3D000", '" does not exist'), "is not there", "create it, or name another in counter"),
    (("42P01", "42703", "42804", "23502", "23505"), "holds tables that are not uniqver's",
     "name another database, or another schema: …?options=-csearch_path%3DNAME"),
    (("XX001", "XX002", "58030"), "is damaged", "restore the database from a backup"),
    (("",), "can't be reached", LOOK),
)  # fmt: skip
"""SQLSTATEs (PostgreSQL, appendix A), or words of errors of connecting."""


class PostgresCounter(ServerCounter):
    """Numbers for all who can reach one database. Without a password in the URL libpq takes ``PGPASSWORD`` or ``~/.pgpass``."""

    algorithm = "postgresql/1"
    login_variable = "PGPASSWORD"
    seconds = 40.0
    causes = _CAUSES

    def check(self) -> None:
        """Write into both tables, and take it back."""
        nothing, claim = Stream("", ""), Claim("check", None, 0, "", "")
        with self._opened(nothing, writes=True) as store, store.db.transaction(force_rollback=True):  # the tables stay
            store.advance(nothing, 0, 0, Allocation(nothing, 0, claim, self.algorithm))
            store.advance(nothing, 0, 0, None)

    @contextlib.contextmanager
    def _opened(self, stream: Stream | None, *, writes: bool) -> Iterator[SqlStore]:
        """Open a transaction: one that can't write, or one with the tables and nobody else at ``stream``."""
        with self._connected() as db:
            if not writes:
                db.read_only = True
            row = db.execute(_SETTLE, (f"{math.ceil(self.seconds)}s",)).fetchone()
            forgetful, replica, there, *_ = cast("tuple[bool, bool, bool]", row)
            if writes:
                if forgetful or replica:
                    raise self.error("fsync is off" if forgetful else "pg_is_in_recovery() is true")
                if not there:
                    # two at once would both make them: IF NOT EXISTS doesn't see what isn't committed
                    _lock(db, "tables")
                    db.execute(_SCHEMA)
                _lock(db, str(stream))
            yield SqlStore(db, self.memory, named="uniqver_", mark="%s", empty=not (there or writes))

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:  # the client is an extra, and slow to import
            import psycopg
        except ImportError:
            raise missing_client("psycopg", "postgres") from None
        try:
            # no prepared statements: poolers give each transaction another server process
            with psycopg.connect(self._url, connect_timeout=math.ceil(self.seconds), prepare_threshold=None) as db:
                # libpq waits for ever for a server that stopped answering
                timer = threading.Timer(self.seconds, _hang_up, [db])
                timer.daemon = True
                timer.start()
                try:
                    # each statement sees what was committed while it waited for the lock
                    db.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
                    yield db
                    db.commit()
                finally:
                    timer.cancel()
        except (psycopg.Error, OSError, UnicodeError) as error:
            raise self.error(error, getattr(error, "sqlstate", None)) from None


def _hang_up(db: Connection) -> None:
    # of a copy: the original is libpq's to close
    with contextlib.suppress(OSError), socket.fromfd(db.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line:
        line.shutdown(socket.SHUT_RDWR)


def _lock(db: Connection, name: str) -> None:
    number = int.from_bytes(hashlib.sha256(f"uniqver {name}".encode()).digest()[:8], "big", signed=True)
    db.execute("SELECT pg_advisory_xact_lock(%s)", (number,))
