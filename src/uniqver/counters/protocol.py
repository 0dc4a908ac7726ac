"""The interface for counter plugins: a counter, and the values that go in and out.

A counter gives out whole numbers from 1 upwards, one series (:class:`Stream`) for each project and base. The same build key
always gets the same number, so that a retry, the legs of a matrix and a lost reply are harmless; no number is given out
twice, whatever happens to the process that asked.

An entry point in the group ``uniqver.counters`` brings a counter: its name is the scheme, its object is called with the
setting and a :class:`CounterContext` and returns a :class:`Counter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Stream(NamedTuple):
    """One series of numbers."""

    project: str
    """The distribution's normalized name (PEP 503)."""
    base: str
    """The release being worked toward, normalized PEP 440."""

    def __str__(self) -> str:
        return f"{self.project} {self.base}"


class Claim(NamedTuple):
    """A request for a number: for which build, and by whom."""

    key: str
    """The build key: equal keys get equal numbers."""
    commit: str | None
    """The commit being built."""
    at: int
    """Seconds since the epoch by the asker's clock. Never used for order."""
    host: str
    who: str
    """The user, or the CI's name."""


class Allocation(NamedTuple):
    """A number that was given out, as the store recorded it."""

    stream: Stream
    number: int
    claim: Claim
    """The first claim with this key."""
    algorithm: str
    """What gave it out: ``"sqlite/1"``."""


class CounterContext(NamedTuple):
    """The surroundings of a store."""

    environ: Mapping[str, str]
    """Passwords come from here (``PGPASSWORD``, ``REDISCLI_AUTH``), not from the project's files."""
    state: Path
    """The user's folder for uniqver's state, which may be missing or not writable."""
    git_dir: Path | None = None
    """The clone's common git directory; ``None`` outside of git."""


class Counter(Protocol):
    """A store of numbers. Every method raises :class:`uniqver.errors.CounterError` and nothing else.

    Methods open the store and close it: an object can be made without touching it.
    """

    @property
    def place(self) -> str:
        """The store's place for people, without credentials."""

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """Return the number of ``claim.key`` in ``stream``; if it has none yet, take the next one."""

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """Return what ``key`` has already, else the number that would be next. Writes nothing."""

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """Yield what was given out, in ``stream`` or in all, newest last. Writes nothing."""

    def floor(self, stream: Stream, number: int) -> int:
        """Raise the highest number to ``number``, unless it is higher; return it."""

    def check(self) -> None:
        """Prove that the store is reachable and writable, without taking a number."""
