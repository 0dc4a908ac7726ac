"""What every counter store can do, and the values that go in and come out.

A counter hands out whole numbers from 1 upwards, one series (:class:`Stream`) for each project and base.
The one rule that all else rests on is **get-or-create**: the same build key always gets the same number, so
a retry, the legs of a matrix and a reply that was lost are harmless. A number once handed out is never
handed out again, whatever happens to the process that asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from uniqver.errors import CounterError
from uniqver.model.decision import MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """One series of numbers."""

    project: str
    """The distribution's normalized name (PEP 503)."""
    base: str
    """The release being worked toward, normalized PEP 440."""

    def __str__(self) -> str:
        return f"{self.project} {self.base}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Who asks for a number, and for which build."""

    key: str
    """The build key: equal keys get equal numbers."""
    commit: str | None
    """The commit being built, where there is one."""
    at: int
    """When it was asked for: seconds since the epoch, UTC, by the asker's clock. Never used for order."""
    host: str
    who: str
    """The user, or the CI's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allocation:
    """A number that was handed out, as the books have it."""

    stream: Stream
    number: int
    claim: Claim
    """The claim that the number was first handed out for (not a later one with the same key)."""
    algorithm: str
    """Which algorithm handed it out: ``"sqlite/1"``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a store may need of the world around it. It looks at nothing else."""

    environ: Mapping[str, str]
    """Passwords come from here (``PGPASSWORD``, ``REDISCLI_AUTH``), not from the project's files."""
    state: Path
    """The user's folder for uniqver's own state; it need not be there yet, and may not be writable."""
    git_dir: Path | None = None
    """Git's common directory of the clone that is built, shared by its worktrees; ``None`` outside of git."""


class Counter(Protocol):
    """A store of numbers. Every method raises :class:`uniqver.errors.CounterError` and nothing else.

    A store opens what it needs when a method is called and holds nothing open in between, so an object can
    be made without touching the store.
    """

    @property
    def place(self) -> str:
        """Where the store is, for people: never with credentials."""
        ...

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """Return the number of ``claim.key`` in ``stream``, taking the next one if it has none yet."""
        ...

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """Return what ``key`` has already, else the number that would be next. Writes nothing."""
        ...

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """Yield what was handed out, in ``stream`` or everywhere, newest last. Writes nothing."""
        ...

    def floor(self, stream: Stream, number: int) -> int:
        """Make the next number at least ``number + 1``; never lowers. Returns the highest number now."""
        ...

    def check(self) -> None:
        """Prove that the store is reachable and writable, without taking a number."""
        ...


def after(highest: int, stream: Stream) -> int:
    """Return the number that follows ``highest``. Raises ``CounterError`` where 63 bits are used up."""
    if highest >= MAX_NUMBER:
        raise CounterError(what=f"the counter of {stream} is used up", fix="set a higher base in [tool.uniqver]")
    return highest + 1


def checked_floor(number: int) -> int:
    """Return ``number`` if a counter can be raised to it, else raise ``CounterError``."""
    if not 0 <= number < MAX_NUMBER:
        raise CounterError(what=f"a counter can't start at {number}", fix=f"name a number from 0 to {MAX_NUMBER - 1}")
    return number
