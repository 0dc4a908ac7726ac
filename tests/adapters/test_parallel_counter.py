"""The local counter under many processes, and under processes that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.support.projects import committed, copied
from tests.support.run import git, run

from uniqver.counters.store import state_directory

if TYPE_CHECKING:
    from pathlib import Path

NO_CONTAINER = """
from uniqver.resolve import numbers
numbers._FILES = ()  # in one, the local counter gives no public version; the tests may well run in one
"""

ALLOCATE = f"""{NO_CONTAINER}
import sys
from uniqver.cli.main import main
for _ in range(int(sys.argv[1])):
    if main(["allocate"]):
        sys.exit(1)
"""

BUILD = f"""{NO_CONTAINER}
import contextlib, os, sys, tempfile
from uniqver import build_meta
for _ in range(int(sys.argv[1])):
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        name = build_meta.prepare_metadata_for_build_wheel(folder)
    print(name, flush=True)
"""


def counting() -> dict[str, str]:
    return {**os.environ, "UNIQVER_SOURCE": "counter"}


def test_400_numbers_from_8_processes(tmp_path: Path) -> None:
    """8 processes that allocate 50 numbers each at once get 400 different ones, without a gap."""
    project = committed(copied("src_layout", tmp_path))

    def worker(_: int) -> list[str]:
        return run(sys.executable, "-c", ALLOCATE, "50", cwd=project, env=counting()).stdout.split()

    with ThreadPoolExecutor(8) as pool:
        versions = [version for made in pool.map(worker, range(8)) for version in made]
    assert sorted(int(version.removeprefix("1.4.1.dev")) for version in versions) == list(range(1, 401))


def test_builds_of_8_processes_differ(tmp_path: Path) -> None:
    """8 processes that build 3 times each, from one parent and one folder's history, get 24 versions."""
    origin = committed(copied("single_module", tmp_path))
    trees = []
    for number in range(8):  # worktrees: one history, but folders that builds don't share
        trees.append(tmp_path / f"tree{number}")
        git(origin, "worktree", "add", "-q", "--detach", str(trees[-1]))

    def worker(tree: Path) -> list[str]:
        return run(sys.executable, "-c", BUILD, "3", cwd=tree, env=counting()).stdout.split()

    with ThreadPoolExecutor(8) as pool:
        names = [name for made in pool.map(worker, trees) for name in made]
    assert len(names) == 24
    assert len(set(names)) == 24


def test_killed_processes_repeat_no_number(tmp_path: Path) -> None:
    """Allocators killed with SIGKILL at random moments never make a later one repeat a number that was printed."""
    project = committed(copied("src_layout", tmp_path))
    chance = random.Random(20)
    printed: list[str] = []
    for _ in range(12):
        processes = [
            subprocess.Popen(
                [sys.executable, "-u", "-c", ALLOCATE, "1000"],
                cwd=project,
                env=counting(),
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for process in processes:
            assert process.stdout is not None
            printed += [process.stdout.readline().strip() for _ in range(chance.randrange(1, 6))]
            process.send_signal(signal.SIGKILL)
        for process in processes:
            assert process.stdout is not None
            printed += process.stdout.read().split()
            process.stdout.close()
            process.wait()
    whole = [version for version in printed if version.startswith("1.4.1.dev")]
    assert len(whole) > 24
    assert len(set(whole)) == len(whole)
    after = run(sys.executable, "-c", ALLOCATE, "1", cwd=project, env=counting()).stdout.strip()
    assert after not in whole
    assert list(state_directory(os.environ).glob(".*.tmp")) == []
    assert (state_directory(os.environ) / "counter.sqlite3").is_file()
