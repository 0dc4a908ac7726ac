"""Hooks that are killed at any step: the next build is right, byte for byte what it would have been without the kill.

``TEST_UNIQVER_KILLS=300`` kills that often, spread evenly over the steps of each hook; the suite kills few.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.builds.test_one_build import SETUP, assert_whole, counting, gitlab, project
from tests.support.artifacts import version_of_name

from uniqver.counters.sqlite import LocalCounter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.repositories import Repo

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")

HOOKS = {
    "get_requires_for_build_sdist": "build_sdist",
    "build_sdist": "build_sdist",
    "get_requires_for_build_wheel": "build_wheel",
    "prepare_metadata_for_build_wheel": "build_wheel",
    "build_wheel": "build_wheel",
    "get_requires_for_build_editable": "build_editable",
    "prepare_metadata_for_build_editable": "build_editable",
    "build_editable": "build_editable",
}
"""Each hook, and the one that makes something after it was killed."""

SOURCES = ("ci", "distance", "counter")
WANTED = int(os.environ.get("TEST_UNIQVER_KILLS", "0"))
KILLS = max(1, WANTED // (len(HOOKS) * len(SOURCES)))

CHILD = """\
import os, signal, sys
from uniqver import build_meta

name, into, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
CHANGING = set(
    "open mkdir rmdir rename replace link symlink unlink remove chmod utime truncate ftruncate sendfile write "
    "close flush __exit__ fork_exec flock connect execute executescript commit".split()
)
OF = {"module", "FileIO", "BufferedWriter", "BufferedRandom", "TextIOWrapper", "Connection", "Cursor"}
LOGGING = ("<frozen importlib", "/logging/__init__.py", "/importlib/metadata/")
steps, seen = 0, {}


def step(frame, event, function):
    "Count before and after each call that changes something; of a loop in one place only the first rounds."
    global steps
    if event in ("c_call", "c_return") and function.__name__ in CHANGING:
        place = frame.f_code.co_filename
        if type(function.__self__).__name__ not in OF or any(text in place for text in LOGGING):
            return
        if "pathlib" in place and function.__name__ != "write" and frame.f_code.co_name in ("open", "read_text"):
            return  # mostly metadata that are read
        here = (event, place, frame.f_lineno)
        seen[here] = seen.get(here, 0) + 1
        if seen[here] <= 2:
            steps += 1
            if os.environ.get("SHOW"):
                print(event, function.__name__, place[-50:], frame.f_lineno)
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)


if at >= 0:  # the profile doubles the time
    sys.setprofile(step)
getattr(build_meta, name)(*([] if name.startswith("get_requires") else [into]))
sys.setprofile(None)
print("steps", steps)
"""
"""Calls a hook, which is killed at the step ``at``; with 0 it is let through, and its steps are told; with -1 neither."""


class Killing:
    """A checkout that is as a fresh clone before each kill, with a counter that has given nothing."""

    def __init__(self, source: str, folder: Path) -> None:
        self.folder = folder
        self.counter = folder / "numbers.sqlite3"
        settings = counting(folder) if source == "counter" else ""
        self.repo: Repo = project(folder / "demo", settings, setup=SETUP)  # which a hook that only asks runs too
        self.repo.commit("MANIFEST.in", "global-include *.py *.tmp *.json\n")
        self.variables = gitlab(self.repo) if source == "ci" else {}
        self.counts = source == "counter"
        self.made: dict[str, bytes] = {}
        for name in ("build_sdist", "build_wheel", "build_editable"):
            self.start()
            for _ in range(1 + self.counts):  # with a counter, also what a second build makes
                self.repo.git("clean", "-fdxq")
                artifact = self.build(name)
                assert_whole(artifact) if name != "build_editable" else None
                self.made[f"{name} {artifact.name}"] = artifact.read_bytes()

    def start(self) -> None:
        """Make all as it was."""
        self.repo.git("clean", "-fdxq")
        for name in ("state", "tmp", "killed", "out"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
        for path in self.folder.glob(f"{self.counter.name}*"):
            path.unlink()
        if self.counts:
            LocalCounter(self.counter, named=True).create()

    def call(self, name: str, into: Path, at: int = 0) -> subprocess.CompletedProcess[str]:
        places = {"XDG_STATE_HOME": str(self.folder / "state"), "TMPDIR": str(self.folder / "tmp")}
        return subprocess.run(
            [sys.executable, "-c", CHILD, name, str(into), str(at)],
            cwd=self.repo.path, env={**os.environ, **self.variables, **places},
            capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def steps(self, name: str) -> int:
        self.start()
        done = self.call(name, self.folder / "out")
        assert done.returncode == 0, done.stderr
        return int(done.stdout.rpartition("steps ")[2])

    def build(self, name: str) -> Path:
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        (self.folder / "out").mkdir()
        done = self.call(name, self.folder / "out", -1)
        assert done.returncode == 0, done.stderr
        (artifact,) = (self.folder / "out").iterdir()
        return artifact

    def kill(self, name: str, at: int) -> None:
        """Kill the hook at a step, and assert that nothing comes of it but, at most, a number that is missing."""
        self.start()
        killed = self.call(name, self.folder / "killed", at)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        for path in (self.folder / "killed").glob("*.*"):
            if path.suffix in (".whl", ".gz"):
                assert path.read_bytes() == self.made.get(f"{name} {path.name}"), "half an artifact lies there"
        given = self.given()
        artifact = self.build(HOOKS[name])
        assert artifact.read_bytes() == self.made.get(f"{HOOKS[name]} {artifact.name}"), artifact.name
        assert self.repo.git("status", "--porcelain") == ""
        if self.counts:
            # one frontend: the hook that makes something belongs to the build whose metadata were prepared
            number = int(version_of_name(artifact).rpartition(".dev")[2])
            assert number == max(1, given if name.startswith("prepare") else given + 1)
            assert self.given() == number

    def given(self) -> int:
        """Return how many numbers the counter gave; it must be whole."""
        if not self.counts:
            return 0
        counter = LocalCounter(self.counter, named=True)
        numbers = [given.number for given in counter.history()]
        counter.check()
        assert numbers == list(range(1, len(numbers) + 1))
        return len(numbers)


@pytest.mark.parametrize("source", SOURCES)
def test_a_hook_killed_at_any_step(source: str, tmp_path: Path) -> None:
    """SIGKILL between any two steps that change something."""
    killing = Killing(source, tmp_path)
    failed: list[str] = []
    kills = 0
    for number, name in enumerate(HOOKS):
        if not WANTED and "editable" in name and source != "counter":
            continue  # they differ from a wheel's hooks in what setuptools does
        steps = killing.steps(name)
        shift = ((number * len(SOURCES) + SOURCES.index(source)) * 7 % 24 + 0.5) / 24  # elsewhere in each hook
        places = {1 + int((kill + shift) * steps / KILLS) for kill in range(KILLS)}
        for at in sorted(places):
            kills += 1
            try:
                killing.kill(name, at)
            except AssertionError as error:
                failed.append(f"{name} at {at} of {steps}: {str(error)[-300:]}")
        print(f"{source}: {name}: {len(places)} of {steps} steps")
    assert not failed, "\n".join(failed)
