"""The stores that the promises are tried on, and processes that take numbers from them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.adapters.counters.allocator import allocate, claim
from tests.adapters.counters.servers import eventually

from uniqver.counters import open_counter
from uniqver.counters.protocol import CounterContext, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.adapters.counters.servers import Server

    from uniqver.counters.protocol import Counter

if sys.platform == "win32":
    _PROCESSES = multiprocessing.get_context("spawn")
else:  # processes without pytest's state, and with all imported that they need
    _PROCESSES = multiprocessing.get_context("forkserver")
    _PROCESSES.set_forkserver_preload(["tests.adapters.counters.allocator", "redis", "psycopg"])

ROOT = Path(__file__).parents[3]

KINDS = ("local", "sqlite", "git-path", "git-http", "redis", "postgresql")


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store as a project would configure it."""

    setting: str
    state: Path
    """This machine's folder; another one stands for another machine."""
    stream: Stream
    git_dir: Path | None = None

    @property
    def around(self) -> CounterContext:
        return CounterContext(environ=dict(os.environ), state=self.state, git_dir=self.git_dir)

    @property
    def counter(self) -> Counter:
        return open_counter(self.setting, self.around)

    def take(self, key: str) -> int:
        """Take the number of ``key`` in this process."""
        return self.counter.allocate(self.stream, claim(key)).number

    def on_another_machine(self, folder: Path) -> Store:
        return replace(self, state=folder)


@dataclass(frozen=True, kw_only=True)
class Died:
    """How a process that took numbers ended."""

    exit_code: int
    numbers: list[int]
    errors: str


class Allocator:
    """A process that takes a number for each key: told to die at its n-th step, or let live."""

    def __init__(self, store: Store, keys: Sequence[str], *, die_at: int | None = None) -> None:
        task = {
            "setting": store.setting,
            "state": store.state,
            "git_dir": store.git_dir,
            "stream": store.stream,
            "keys": list(keys),
            "die_at": die_at,
            "environ": {**os.environ, "TMPDIR": str(store.state.parent)},  # what a killed one leaves goes with the test
        }
        self._told, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=allocate, args=(task, theirs))
        self._process.start()
        theirs.close()

    def get_ready(self) -> None:
        """Wait until it only waits for the word to go."""
        assert self._told.recv() == "ready"

    def go(self) -> None:
        self._told.send("go")

    def end(self) -> Died:
        told: list[int | str] = []
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                told.append(self._told.recv())
        self._process.join(300)
        exit_code = self._process.exitcode
        assert exit_code is not None, "it goes on for more than five minutes"
        self._process.close()
        return Died(
            exit_code=exit_code,
            numbers=[number for number in told if isinstance(number, int)],
            errors="".join(text for text in told if isinstance(text, str)),
        )


def started(allocators: Iterable[Allocator]) -> list[Allocator]:
    """Let all of them go at the same time."""
    waiting = list(allocators)
    for allocator in waiting:
        allocator.get_ready()
    for allocator in waiting:
        allocator.go()
    return waiting


def race(store: Store, keys_of_each: Sequence[Sequence[str]]) -> list[list[int]]:
    """Let as many processes as there are lists of keys take numbers at once; return what each got."""
    allocators = started(Allocator(store, keys) for keys in keys_of_each)
    ended = [allocator.end() for allocator in allocators]
    assert [died.exit_code for died in ended] == [0] * len(ended), [died.errors for died in ended if died.exit_code]
    return [died.numbers for died in ended]


def assert_numbers_outlive(server: Server, store: Store, error: str) -> None:
    """Kill ``server`` while eight processes take numbers, which all fail with ``error``; restarted, it knows what it gave."""
    allocators = started(Allocator(store, [f"{process}-{each}" for each in range(200)]) for process in range(8))
    eventually(lambda: store.counter.peek(store.stream, None) not in range(40))
    server.kill()
    ended = [allocator.end() for allocator in allocators]
    server.start()
    assert all(died.exit_code == 1 and error in died.errors for died in ended), ended
    handed_out = {f"{p}-{n}": number for p, died in enumerate(ended) for n, number in enumerate(died.numbers)}
    assert len(handed_out) >= 30
    again = {key: store.take(key) for key in handed_out}
    assert again == handed_out
    more = {f"{p}-{len(died.numbers)}": store.take(f"{p}-{len(died.numbers)}") for p, died in enumerate(ended)}
    numbers = [*handed_out.values(), *more.values()]
    assert len(set(numbers)) == len(numbers)
