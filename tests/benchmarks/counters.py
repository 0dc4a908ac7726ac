"""How many numbers a second each counter hands out: alone, and to 8 processes at once.

    python -m tests.benchmarks.counters [NUMBERS]

Starts its own servers on loopback. "bare" is what the store can't do without, measured in the same run and in
turns with the allocations, so that whatever else the machine does slows both: for SQLite one committed insert on
a connection that stays open, for git one fetch plus one push, for Redis one ``INCR`` and for PostgreSQL one
committed insert, both on a connection of their own, since builds hold none open either.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import redis

from tests.adapters.counters import servers
from tests.adapters.counters.git_http import serving
from tests.adapters.counters.stores import Allocator, Store
from uniqver.counters.git import DEFAULT_REF
from uniqver.counters.protocol import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass
class Case:
    """A store, and the operation that it can't do without."""

    name: str
    store: Store
    bare: Callable[[], float]
    """Does it once; returns the seconds that it took."""


def timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def alone(case: Case, count: int) -> tuple[float, float]:
    """Return the median seconds of an allocation and of the bare operation, done in turns."""
    case.store.take("warm up")
    case.bare()
    taken = [(timed(lambda each=each: case.store.take(f"alone-{each}")), case.bare()) for each in range(count)]  # type: ignore[misc]
    return statistics.median(a for a, _ in taken), statistics.median(b for _, b in taken)


def at_once(case: Case, count: int, processes: int = 8) -> float:
    """Return how many numbers a second as many processes get together."""
    allocators = [Allocator(case.store, [f"{p}-{n}" for n in range(count)]) for p in range(processes)]
    for allocator in allocators:
        allocator.get_ready()
    begun = time.perf_counter()
    for allocator in allocators:
        allocator.go()
    ended = [allocator.end() for allocator in allocators]
    seconds = time.perf_counter() - begun
    numbers = [number for died in ended for number in died.numbers]
    assert len(set(numbers)) == processes * count, [died.errors for died in ended]
    return len(numbers) / seconds


@contextlib.contextmanager
def sqlite_case(folder: Path) -> Iterator[Case]:
    db = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE numbers (project TEXT, base TEXT, number INTEGER, PRIMARY KEY (project, base, number))")
    numbers = iter(range(10**9))

    def insert() -> float:
        return timed(lambda: db.execute("INSERT INTO numbers VALUES ('p', '1.0', ?)", (next(numbers),)))

    with contextlib.closing(db):
        yield Case("local (SQLite)", of("local", folder), insert)


def git_case(name: str, folder: Path, bare: Path, url: str) -> Case:
    def fetch_and_push() -> float:
        with tempfile.TemporaryDirectory() as scratch:
            git = ["git", "--git-dir", f"{scratch}/r"]
            run(["git", "init", "--quiet", "--bare", "--template=", f"{scratch}/r"])
            tip = run(["git", "--git-dir", str(bare), "rev-parse", DEFAULT_REF])
            fetched = timed(
                lambda: run([*git, "fetch", "-q", "--no-tags", "--depth=256", url, f"+{DEFAULT_REF}:refs/c"])
            )
            commit = run([*git, "commit-tree", EMPTY_TREE, "-p", tip, "-m", str(time.time_ns())])
            # to a ref beside the counter's, so that the counter finds its own
            pushed = timed(lambda: run([*git, "push", "-q", "-f", url, f"{commit}:refs/uniqver/bare"]))
            return fetched + pushed

    return Case(name, of(f"git+{url}", folder), fetch_and_push)


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def of(setting: str, folder: Path) -> Store:
    return Store(setting=setting, state=folder / "state", stream=Stream(project="benchmark", base="1.0"))


@contextlib.contextmanager
def cases(folder: Path) -> Iterator[list[Case]]:
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(sqlite_case(folder))]
        bares = folder / "bares"
        for name in ("path", "http"):
            run(["git", "init", "--quiet", "--bare", str(bares / f"{name}.git")])
            run(["git", "-C", str(bares / f"{name}.git"), "config", "http.receivepack", "true"])
        http = stack.enter_context(serving(bares))
        found.append(git_case("git+ (path)", folder, bares / "path.git", str(bares / "path.git")))
        found.append(git_case("git+ (HTTP)", folder, bares / "http.git", http.url("http.git")))
        port = servers.free_port()
        (folder / "redis").mkdir()
        stack.enter_context(servers.running(servers.redis_server(folder / "redis", port)))
        found.append(Case("redis:", of(servers.redis_url(port), folder), lambda: timed(lambda: increment(port))))
        pg_port = servers.free_port()
        data, user = stack.enter_context(servers.postgres_folder())
        stack.enter_context(servers.running(servers.postgres_server(data, user, pg_port)))
        url = servers.postgres_url(pg_port)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("CREATE TABLE bare (at timestamptz)")
        found.append(Case("postgresql:", of(url, folder), lambda: timed(lambda: insert(url))))
        yield found


def increment(port: int) -> None:
    with contextlib.closing(redis.Redis(port=port, password=servers.PASSWORD)) as client:
        client.incr("bare")


def insert(url: str) -> None:
    with psycopg.connect(url) as db:
        db.execute("INSERT INTO bare VALUES (now())")


def main(count: int) -> None:
    print(f"{os.cpu_count()} cores; {count} numbers alone, 8 x {max(count // 4, 5)} at once; medians\n")
    print("| counter | alone, a second | 8 processes, a second | bare, a second | times bare |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="uniqver-benchmark-") as folder, cases(Path(folder)) as found:
        for case in found:
            taken, bare = alone(case, count)
            together = at_once(case, max(count // 4, 5))
            print(
                f"| {case.name} | {1 / taken:.0f} | {together:.0f} | {1 / bare:.0f} | {taken / bare:.2f} |", flush=True
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
