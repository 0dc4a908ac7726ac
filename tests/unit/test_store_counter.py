"""How every counter of uniqver's own gives out a number, over a store whose answers get lost."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uniqver.counters.protocol import Allocation, Claim, Stream
from uniqver.counters.store import Memory, StoreCounter
from uniqver.errors import CounterError
from uniqver.model.versions import MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

STREAM = Stream("acme", "1.4.1")

HAPPENINGS = ("taken", "reply lost", "request lost", "another was first")


class Unsteady:
    """A store in memory. What happens to each attempt to go on is given beforehand; then all of them succeed."""

    def __init__(self, memory: Memory, happens: Sequence[str] = ()) -> None:
        self.memory = memory
        self.made: list[Allocation] = []
        self.highest = 0
        self._happens = list(happens)

    def find(self, stream: Stream, key: str | None) -> tuple[Allocation | None, int]:
        known = (made for made in self.made if (made.stream, made.claim.key) == (stream, key))
        return next(known, None), self.highest

    def advance(self, stream: Stream, found: int, number: int, made: Allocation | None) -> bool:
        happens = self._happens.pop() if self._happens else "taken"
        if happens == "another was first":
            self._put(self.highest + 1, Allocation(stream, self.highest + 1, claim(f"other-{self.highest}"), "x"))
        if happens in ("taken", "reply lost") and found == self.highest:
            self._put(number, made)
            return happens == "taken"
        return False

    def records(self, stream: Stream | None) -> list[Allocation]:
        return [made for made in self.made if stream in (None, made.stream)]

    def _put(self, number: int, made: Allocation | None) -> None:
        self.highest = number
        self.made += [] if made is None else [made]


class Counter(StoreCounter):
    algorithm = "unsteady/1"

    def __init__(self, store: Unsteady) -> None:
        self.store = store

    @contextlib.contextmanager
    def _opened(self, stream: Stream | None, *, writes: bool) -> Iterator[Unsteady]:
        yield self.store


def claim(key: str) -> Claim:
    return Claim(key, None, 0, "host", "who")


@given(st.lists(st.sampled_from(HAPPENINGS), max_size=30), st.lists(st.sampled_from("abcdefgh"), max_size=20))
def test_whatever_is_lost(happens: list[str], keys: list[str]) -> None:
    """No number is given out twice or left out, and a key keeps the one that it got."""
    counter = Counter(Unsteady(Memory(None), happens))
    given_out: dict[str, int] = {}
    for key in keys:
        made = counter.allocate(STREAM, claim(key))
        assert made.claim.key == key
        assert given_out.setdefault(key, made.number) == made.number
    numbers = [made.number for made in counter.history()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {made.claim.key: made.number for made in counter.store.made}.items() >= given_out.items()


@given(st.lists(st.sampled_from(HAPPENINGS), max_size=10), st.integers(0, 50), st.integers(0, 50))
def test_floors(happens: list[str], first: int, second: int) -> None:
    """The next number is above every floor, also if the answers were lost."""
    counter = Counter(Unsteady(Memory(None), happens))
    assert counter.floor(STREAM, first) >= first
    assert counter.floor(STREAM, second) >= max(first, second)
    assert counter.allocate(STREAM, claim("k")).number > max(first, second)


def test_a_store_that_was_emptied(tmp_path: Path) -> None:
    """Who has seen a higher number stops, also where it only looks; a floor helps, and other streams go on."""
    memory = Memory(tmp_path, "redis://me:secret@host/0", "redis://host/0")
    Counter(Unsteady(memory)).floor(STREAM, 41)
    emptied = Counter(Unsteady(memory))
    with pytest.raises(CounterError, match=r"reports 0 as the highest number of acme 1\.4\.1, but 41"):
        emptied.allocate(STREAM, claim("k"))
    with pytest.raises(CounterError, match="but 41 was given out") as refused:
        emptied.peek(STREAM, None)
    assert refused.value.fix.startswith("uniqver counter floor 41")
    assert emptied.store.made == []
    assert emptied.allocate(Stream("acme", "2.0"), claim("k")).number == 1
    assert emptied.floor(STREAM, 0) == 41
    assert emptied.allocate(STREAM, claim("k")).number == 42
    assert Memory(tmp_path, "redis://me:changed@host/0").highest(STREAM) == 42


def test_the_last_number() -> None:
    """After 63 bits it is an error, and a key that has a number keeps it."""
    counter = Counter(Unsteady(Memory(None)))
    counter.floor(STREAM, MAX_NUMBER - 1)
    assert counter.allocate(STREAM, claim("k")).number == MAX_NUMBER
    with pytest.raises(CounterError, match="used up"):
        counter.allocate(STREAM, claim("l"))
    assert counter.allocate(STREAM, claim("k")).number == MAX_NUMBER
