"""The one way in which uniqver's own counters give out numbers, over stores that only compare and swap; what stores share."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from uniqver.counters.protocol import Allocation, Claim, CounterContext, Stream
from uniqver.errors import CounterError
from uniqver.files import read_text, replace_bytes
from uniqver.model.redaction import address, redactor
from uniqver.model.versions import MAX_NUMBER

if TYPE_CHECKING:
    Causes: TypeAlias = tuple[tuple[tuple[str, ...], str, str], ...]


class Store(Protocol):
    """A store while it is open."""

    memory: Memory

    def find(self, stream: Stream, key: str | None) -> tuple[Allocation | None, int]:
        """Return what ``key`` has in ``stream``, and the highest number there, else 0."""

    def advance(self, stream: Stream, found: int, number: int, made: Allocation | None) -> bool:
        """Make ``number`` the highest if that is ``found`` still, with its record (a floor has none). ``True`` is certain."""

    def records(self, stream: Stream | None) -> list[Allocation]:
        """Return what was given out, newest last."""


class StoreCounter(ABC):
    """A :class:`Counter` over a store."""

    algorithm: str

    @abstractmethod
    def _opened(self, stream: Stream | None, *, writes: bool) -> AbstractContextManager[Store]:
        """Open the store, to write at ``stream`` or only to look. Closing it makes what was written last."""

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """See :class:`Counter`. Unless a number is taken for sure it looks again, so that a lost reply is harmless."""
        with self._opened(stream, writes=True) as store:
            while isinstance(made := _look(store, stream, claim.key), int):
                wanted = Allocation(stream, made, claim, self.algorithm)
                if store.advance(stream, made - 1, made, wanted):
                    made = wanted
                    break
        store.memory.remember(stream, made.number)
        return made

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """See :class:`Counter`."""
        with self._opened(stream, writes=False) as store:
            return _look(store, stream, key)

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """See :class:`Counter`."""
        with self._opened(stream, writes=False) as store:
            return iter(store.records(stream))

    def floor(self, stream: Stream, number: int) -> int:
        """See :class:`Counter`. It is never below what was seen here."""
        if not 0 <= number < MAX_NUMBER:
            raise CounterError(what=f"a counter can't start at {number}", fix=f"a number from 0 to {MAX_NUMBER - 1}")
        with self._opened(stream, writes=True) as store:
            wanted = max(number, store.memory.highest(stream))
            while (highest := store.find(stream, None)[1]) < wanted:
                store.advance(stream, highest, wanted, None)
        store.memory.remember(stream, highest)
        return highest


def _look(store: Store, stream: Stream, key: str | None) -> Allocation | int:
    """Return what ``key`` has, else the next number. A store that knows less than was seen of it is refused."""
    seen = store.memory.highest(stream)
    known, highest = store.find(stream, key)
    if known is not None:
        return known
    if highest < seen:
        raise CounterError(
            what=f"{store.memory.place} reports {highest} as the highest number of {stream}, but {seen} was given out: it "
            "was deleted, emptied or set back",
            fix=f"uniqver counter floor {seen}   (or take what is published: uniqver counter sync --index URL)",
        )
    if highest >= MAX_NUMBER:
        raise CounterError(what=f"the counter of {stream} is used up", fix="set a higher base in [tool.uniqver]")
    return highest + 1


class Memory:
    """The highest number seen of each stream of a shared store.

    It shows that a store was wiped and would give out number 1 again: ``git push --mirror`` deletes the counter's ref, a
    Redis server without its file starts empty. An aid only: if the folder can't be written, nothing fails.
    """

    def __init__(self, state: Path | None, url: str = "", place: str = "") -> None:
        """Remember in the folder ``state``, if any. ``url`` tells stores apart, ``place`` is for people."""
        self.place = place
        self._state = state
        self._name = re.sub("://.*@", "://", url.partition("?")[0])  # a new password does not make a new store

    def highest(self, stream: Stream) -> int:
        """Return the highest number seen, else 0. Ask before asking the store."""
        try:
            return 0 if self._state is None else int(read_text(self._note(self._state, stream)))
        except (OSError, ValueError):
            return 0

    def remember(self, stream: Stream, number: int) -> None:
        """Note that ``number`` was seen. Of two at once one may be lost."""
        if self._state is not None and number > self.highest(stream):
            note = self._note(self._state, stream)
            with contextlib.suppress(OSError):
                note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                replace_bytes(note, str(number).encode(), 0o600)

    def _note(self, state: Path, stream: Stream) -> Path:
        return state / "seen" / hashlib.sha256(f"{self._name} {stream}".encode("utf-8", "replace")).hexdigest()[:32]


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return the folder for uniqver's state, to be made private (0700). Raises :class:`CounterError`."""
    windows = sys.platform == "win32"
    configured = environ.get("LOCALAPPDATA" if windows else "XDG_STATE_HOME", "")
    if os.path.isabs(configured):  # noqa: PTH117 - XDG: "a relative path … should be considered invalid and ignored"
        return Path(configured, "uniqver")
    try:
        home = Path.home()
    except RuntimeError as error:  # a container that runs as a user nobody knows
        raise CounterError(
            what="this user has no home folder, where the record of builds belongs",
            fix="XDG_STATE_HOME=/a/folder/of/this/user   (an absolute path that is kept from build to build)",
        ) from error
    custom = {"win32": "AppData/Local", "darwin": "Library/Application Support"}
    return home / custom.get(sys.platform, ".local/state") / "uniqver"


def foreseen(place: str, causes: Causes, text: str, code: str | None = None, **words: object) -> CounterError:
    """Return the error of the first row of ``causes`` that has a part of ``code``, else of the message ``text``.

    A row is parts of messages or codes, what that means, and the fix with ``words`` in it.
    """
    what, fix = next((what, fix) for parts, what, fix in causes if any(part in (code or text) for part in parts))
    return CounterError(what=f"{place} {what}: {text}", fix=fix.format(place=place, **words))


class ServerCounter(StoreCounter):
    """A counter in a server that a URL names."""

    login_variable: str
    """Holds the password if the URL has none."""
    seconds: float
    """Limit of one use of the server."""
    causes: Causes

    def __init__(self, url: str, context: CounterContext) -> None:
        self.place = address(url)
        self.memory = Memory(context.state, url, self.place)
        self._url = url
        self._password = context.environ.get(self.login_variable)
        self._redact = redactor([url], [self._password] if self._password else [])

    def error(self, found: Exception | str, code: str | None = None) -> CounterError:
        """Return the error for a fault, to be raised ``from None``: the client's own text may hold the password."""
        lines = [line.strip() for line in self._redact(str(found)).splitlines() if line.strip()]
        return foreseen(self.place, self.causes, lines[0] if lines else type(found).__name__, code)


def missing_client(library: str, extra: str) -> CounterError:
    """Return the error for a client library that isn't installed."""
    return CounterError(
        what=f"the counter needs the client library {library}, which is not installed",
        fix=f"pip install 'uniqver[{extra}]'   (builds: requires = [\"uniqver[{extra}]\"] in [build-system])",
    )


LOOK = "see that the server runs and is reached from here; then build again: the same build keeps its number"
_NAMES = (*Stream._fields, "number", *Claim._fields, "algorithm")
_COLUMNS = "project, base, number, build_key, source_commit, at, host, who, algorithm"
_KINDS: tuple[Any, ...] = (str, str, int, str, (str, type(None)), int, str, str, str)
"""Of an allocation: the keys in JSON, the columns in SQL, the kinds of values."""


def _row_of(made: Allocation) -> tuple[str | int | None, ...]:
    return (*made.stream, made.number, *made.claim, made.algorithm)


def _allocation_of(row: Sequence[Any]) -> Allocation:
    """Raises ValueError for values of another kind."""
    if not all(isinstance(value, kind) for value, kind in zip(row, _KINDS, strict=True)):
        raise ValueError("it holds values of another kind")
    project, base, number, *claim, algorithm = row
    return Allocation(Stream(project, base), number, Claim(*claim), algorithm)


def as_json(made: Allocation) -> dict[str, Any]:
    """Return ``made`` for JSON, in a store and for ``--json``. Keys are never renamed within a major version."""
    return dict(zip(_NAMES, _row_of(made), strict=True))


def from_json(held: Any) -> Allocation:
    """Return the allocation in ``held``. Raises KeyError, TypeError or ValueError for anything else."""
    return _allocation_of([held[name] for name in _NAMES])


SCHEMA = """
CREATE TABLE {named}numbers (
    id {identity} PRIMARY KEY,
    project text NOT NULL, base text NOT NULL, number bigint NOT NULL, build_key text NOT NULL,
    source_commit text, at bigint NOT NULL, host text NOT NULL, who text NOT NULL, algorithm text NOT NULL,
    UNIQUE (project, base, number), UNIQUE (project, base, build_key)
);
CREATE TABLE {named}floors (
    project text NOT NULL, base text NOT NULL, number bigint NOT NULL, PRIMARY KEY (project, base)
);
"""
_OF_STREAM = "WHERE project = ? AND base = ?"
_GIVEN_OUT = f"SELECT {_COLUMNS} FROM {{named}}numbers"  # noqa: S608 - these are all constants
_HIGHEST = f"""
SELECT number FROM {{named}}floors {_OF_STREAM} UNION ALL SELECT max(number) FROM {{named}}numbers {_OF_STREAM}
"""  # noqa: S608
_TAKE = f"INSERT INTO {{named}}numbers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_RAISE = """
INSERT INTO {named}floors VALUES (?, ?, ?) ON CONFLICT (project, base) DO UPDATE SET number = excluded.number
"""


class SqlStore:
    """The tables of :data:`SCHEMA` in a transaction, locked against other writers: a :class:`Store`.

    Their names begin with ``named``; ``mark`` stands for a value in a statement; ``empty`` is the error of a database without tables.
    """

    def __init__(self, db: Any, memory: Memory, *, named: str = "", mark: str = "?", empty: bool = False) -> None:
        self.db = db
        self.memory = memory
        self._named = named
        self._mark = mark
        self._empty = empty

    def find(self, stream: Stream, key: str | None) -> tuple[Allocation | None, int]:
        """See :class:`Store`."""
        known = self._rows(f"{_GIVEN_OUT} {_OF_STREAM} AND build_key = ?", *stream, key)
        found = [int(number) for (number,) in self._rows(_HIGHEST, *stream, *stream) if number is not None]
        return (_allocation_of(known[0]) if known else None), max(found, default=0)

    def advance(self, stream: Stream, found: int, number: int, made: Allocation | None) -> bool:  # noqa: ARG002
        """See :class:`Store`."""
        if made is not None:
            self._run(_TAKE, *_row_of(made))
        else:
            self._run(_RAISE, *stream, number)
        return True

    def records(self, stream: Stream | None) -> list[Allocation]:
        """See :class:`Store`."""
        rows = self._rows(f"{_GIVEN_OUT} {_OF_STREAM if stream else ''} ORDER BY id", *(stream or ()))
        return [_allocation_of(row) for row in rows]

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return [] if self._empty else self._run(statement, *values).fetchall()

    def _run(self, statement: str, *values: object) -> Any:
        return self.db.execute(statement.format(named=self._named).replace("?", self._mark), values)
