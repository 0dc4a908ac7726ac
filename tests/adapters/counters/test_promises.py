"""What every store keeps, on real servers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from tests.adapters.counters.allocator import claim
from tests.adapters.counters.servers import PASSWORD, QUOTED
from tests.adapters.counters.stores import KINDS, Allocator, race, started

from uniqver.counters.protocol import Allocation, Stream
from uniqver.errors import CounterError
from uniqver.model.versions import MAX_NUMBER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.counters.stores import Store


def test_numbers_of_eight_processes_at_once(store: Store) -> None:
    """8 processes that take many numbers each get different ones, without a gap, each process upwards."""
    many = 3 if store.setting.startswith("git") else 20  # with git each takes a dozen processes, and tries again
    got = race(store, [[f"{process}-{each}" for each in range(many)] for process in range(8)])
    assert sorted(itertools.chain(*got)) == list(range(1, 8 * many + 1))
    assert got == [sorted(numbers) for numbers in got]


@pytest.mark.parametrize("kind", ["local", "redis_store", "postgres_store"])
def test_numbers_of_thirty_two_processes_at_once(kind: str, request: pytest.FixtureRequest) -> None:
    """32 processes that take 4 numbers each get 128 different ones."""
    store: Store = request.getfixturevalue(kind)
    got = race(store, [[f"{process}-{each}" for each in range(4)] for process in range(32)])
    assert sorted(itertools.chain(*got)) == list(range(1, 129))


def test_one_key_in_eight_processes_at_once(store: Store) -> None:
    """The legs of a matrix, all of one build, get one number, and the next build the next one."""
    store.take("an earlier build")
    got = race(store, [["the build"]] * 8)
    assert got == [[2]] * 8
    assert store.take("a later build") == 3


def test_killed_at_every_step(store: Store) -> None:
    """``kill -9`` at any step costs no number twice; the same build then gets one number, and others go on."""
    numbers: dict[str, int] = {"before": store.take("before")}
    for step in range(100):
        (victim,) = started([Allocator(store, [f"killed-{step}"], die_at=step)])
        died = victim.end()
        numbers[f"killed-{step}"] = store.take(f"killed-{step}")
        assert died.numbers in ([], [numbers[f"killed-{step}"]])
        if died.exit_code == 0:
            break
        assert died.exit_code == -9, died.errors
    assert step >= 6, "the store has fewer steps than it must have: they aren't watched"
    numbers["after"] = store.take("after")
    assert sorted(numbers.values()) == sorted(set(numbers.values()))
    assert max(numbers.values()) == numbers["after"]
    books = {made.claim.key: made.number for made in store.counter.history(store.stream)}
    assert books == numbers


def test_same_key_again(store: Store) -> None:
    """A retry gets the number and the claim of the first time, whatever it says of itself."""
    first = store.counter.allocate(store.stream, claim("k", at=100))
    again = store.counter.allocate(store.stream, claim("k", at=200))
    assert first == again
    assert first.number == 1
    assert again.claim.at == 100


def test_peek_takes_nothing(store: Store) -> None:
    """A peek tells the next number, or the one that the key has, and writes nothing."""
    assert store.counter.peek(store.stream, None) == 1
    assert list(store.counter.history(store.stream)) == []
    made = store.counter.allocate(store.stream, claim("k"))
    assert store.counter.peek(store.stream, "k") == made
    assert store.counter.peek(store.stream, "other") == 2
    assert store.counter.peek(store.stream, None) == 2
    assert [each.number for each in store.counter.history(store.stream)] == [1]


def test_history_is_what_was_handed_out(store: Store) -> None:
    """The books say who got which number for what, newest last, even when a clock was set back."""
    made = [store.counter.allocate(store.stream, claim(key, at=at)) for key, at in (("a", 300), ("b", 100), ("c", 200))]
    assert [each.number for each in made] == [1, 2, 3]
    assert list(store.counter.history(store.stream)) == made
    assert [each for each in store.counter.history() if each.stream == store.stream] == made


def test_streams_are_apart(store: Store) -> None:
    """Another base starts at 1, and has keys of its own."""
    other = Stream(project=store.stream.project, base="2.0")
    assert store.take("k") == 1
    assert store.take("l") == 2
    assert store.counter.allocate(other, claim("k")).number == 1
    assert store.take("m") == 3
    assert store.counter.allocate(other, claim("l")).number == 2


def test_floor_never_lowers(store: Store) -> None:
    """A floor raises the next number, and a lower one changes nothing."""
    assert store.counter.floor(store.stream, 0) == 0
    assert store.counter.floor(store.stream, 41) == 41
    assert store.take("a") == 42
    assert store.counter.floor(store.stream, 7) == 42
    assert store.take("b") == 43
    assert store.counter.peek(store.stream, None) == 44


def test_largest_number(store: Store) -> None:
    """63 bits are used to the last number; then the counter says that it is used up."""
    assert store.counter.floor(store.stream, MAX_NUMBER - 1) == MAX_NUMBER - 1
    assert store.take("last") == MAX_NUMBER
    with pytest.raises(CounterError, match="used up"):
        store.take("one more")
    with pytest.raises(CounterError, match="can't start at"):
        store.counter.floor(store.stream, MAX_NUMBER)
    assert store.take("last") == MAX_NUMBER


def test_check_takes_no_number(store: Store) -> None:
    """A check writes, yet the next number stays what it was."""
    store.counter.check()
    assert store.take("a") == 1
    store.counter.check()
    assert store.counter.peek(store.stream, None) == 2
    assert len(list(store.counter.history(store.stream))) == 1


@pytest.mark.parametrize("key", ["spaces and\nnew lines: 100 %", "ünïcödé ✓", "'; DROP TABLE numbers; --", "k" * 3000])
def test_any_key(store: Store, key: str) -> None:
    """A key may hold anything, and comes back as it was."""
    made = store.counter.allocate(store.stream, claim(key))
    assert store.counter.peek(store.stream, key) == made
    assert made.claim.key == key
    assert list(store.counter.history(store.stream)) == [made]


def test_place_has_no_password(store: Store) -> None:
    """Where the counter is can be shown to anyone."""
    assert store.counter.place
    assert not any(secret in store.counter.place for secret in (PASSWORD, QUOTED, "builder"))


@pytest.mark.parametrize("store", KINDS[1:], indirect=True)
def test_another_machine_goes_on(store: Store, tmp_path: Path) -> None:
    """What one machine remembers is an aid to it alone: another one takes the next number all the same."""
    assert store.take("a") == 1
    other = store.on_another_machine(tmp_path / "other")
    assert other.take("b") == 2
    assert store.take("c") == 3
    assert other.take("a") == 1
    assert isinstance(other.counter.peek(store.stream, "c"), Allocation)
