"""Disks that are full or read-only under any folder of a build: an error with its fix, nothing half-written, and then right.

On a small file system of its own (tmpfs), mounted for the test: only root may do that. ``TEST_UNIQVER_KILLS`` set tries
more amounts of free space.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.builds.test_one_build import counting, project
from tests.support.hooks import Said, call_hook
from tests.support.repositories import Repo, clone
from tests.support.run import bound_by_modes, run

from uniqver.counters.sqlite import LocalCounter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACES = ("demo", "out", "tmp", "state", "counter")
BLOCK = 4096
FREE = (0, 1, 2, 3, 5, 9, 20, 45) if os.environ.get("TEST_UNIQVER_KILLS") else (0, 9)
"""Blocks that are left: the more, the later the disk is full."""


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """Have a file system of 4 MiB at ``folder``."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.name == "nt" or os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a file system, and not in every container")
    try:
        yield
    finally:
        run("umount", "--lazy", folder, cwd=folder.parent)


class Machine:
    """Folders of a build, one of which is a file system of its own; and what each hook makes where there is space."""

    def __init__(self, folder: Path, place: str) -> None:
        self.folder = folder
        self.place = folder / place
        for name in PLACES:
            (folder / name).mkdir()
        self.made = project(folder / "made", counting(folder / "counter"))
        self.repo = Repo(folder / "demo/clone", init=False)

    def ready(self) -> None:
        """Make all as it was."""
        if not self.repo.path.exists():
            clone(self.made, self.repo.path)
        self.repo.git("clean", "-fdxq")
        for name in ("out", "tmp", "state", "counter"):
            for path in (self.folder / name).iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        LocalCounter(self.folder / "counter/numbers.sqlite3", named=True).create()

    def call(self, name: str) -> Said:
        # without it, a build that can't count is local, not refused
        strict = {"UNIQVER_STRICT": "1"}
        places = {"XDG_STATE_HOME": str(self.folder / "state"), "TMPDIR": str(self.folder / "tmp")}
        return call_hook(name, self.repo.path, self.folder / "out", environ={**os.environ, **places, **strict})

    def artifacts(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / "out").glob("*.*")}

    def fill(self, blocks: int) -> Path:
        """Leave so many blocks free."""
        filler = self.place / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(BLOCK))
        os.truncate(filler, filler.stat().st_size // BLOCK * BLOCK - blocks * BLOCK)
        return filler

    def assert_refused(self, done: Said) -> None:
        assert done.code == 1, done.err
        assert "uniqver: error: " in done.err
        assert "  fix: " in done.err
        assert "Traceback" not in done.err
        assert {name for name in self.artifacts() if name.endswith((".whl", ".gz"))} == set()

    def again(self, name: str, expected: dict[int, dict[str, bytes]]) -> None:
        """Assert that the next build is right: with the same number, or the one after if it was taken."""
        for path in (self.folder / "out").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        numbers = [
            given.number for given in LocalCounter(self.folder / "counter/numbers.sqlite3", named=True).history()
        ]
        done = self.call(name)
        assert done.code == 0, done.err
        assert self.artifacts() == expected[len(numbers) + 1]
        assert [path for path in self.repo.path.rglob("*.tmp") if ".git" not in path.parts] == []


def expectations(machine: Machine, name: str) -> dict[int, dict[str, bytes]]:
    """Return what the first and the second build make."""
    machine.ready()
    expected = {}
    for number in (1, 2):
        done = machine.call(name)
        assert done.code == 0, done.err
        expected[number] = machine.artifacts()
        for path in (machine.folder / "out").iterdir():
            path.unlink()
    machine.ready()
    return expected


OF_EACH = [
    *((place, name) for place in ("demo", "out", "tmp") for name in ("build_sdist", "build_wheel")),
    ("state", "build_sdist"),  # every hook writes it in one way, as it does the counter
    ("counter", "build_wheel"),
]


@pytest.mark.parametrize(("place", "name"), OF_EACH)
def test_a_full_disk(place: str, name: str, tmp_path: Path) -> None:
    """Whichever folder has no more space, and however soon: refused or whole, and right as soon as there is space."""
    machine = Machine(tmp_path, place)
    with mounted(machine.place):
        expected = expectations(machine, name)
        refused = 0
        for blocks in FREE:
            machine.ready()
            filler = machine.fill(blocks)
            done = machine.call(name)
            if done.code == 0:
                assert machine.artifacts().items() >= expected[1].items(), blocks
            else:
                refused += 1
                machine.assert_refused(done)
            filler.unlink()
            machine.again(name, expected)
        assert refused or place == "tmp"  # Python looks for another folder for temporary files


@pytest.mark.parametrize(("place", "name"), OF_EACH)
def test_a_read_only_disk(place: str, name: str, tmp_path: Path) -> None:
    """Whichever folder can't be written: refused, and right as soon as it can."""
    machine = Machine(tmp_path, place)
    with mounted(machine.place):
        expected = expectations(machine, name)
        run("mount", "-o", "remount,ro", machine.place, cwd=tmp_path)
        done = machine.call(name)
        run("mount", "-o", "remount,rw", machine.place, cwd=tmp_path)
        if place == "tmp":  # Python looks for another folder for temporary files
            assert done.code == 0, done.err
            assert machine.artifacts() == expected[1]
        else:
            machine.assert_refused(done)
        machine.again(name, expected)


@pytest.mark.parametrize("name", ["build_sdist", "build_wheel"])
@pytest.mark.parametrize("folder", [".", "demo", ".git", "../into"])
def test_a_folder_that_may_not_be_written(folder: str, name: str, tmp_path: Path) -> None:
    """By its mode: it is an error with its fix, or no hindrance at all; and the build after it is as ever."""
    words = bound_by_modes()
    repo = project(tmp_path / "demo")
    into = tmp_path / "into"
    into.mkdir()
    assert call_hook(name, repo.path, into).code == 0
    expected = {path.name: path.read_bytes() for path in into.iterdir()}
    for path in into.iterdir():
        path.unlink()
    repo.git("clean", "-fdxq")
    (repo.path / folder).chmod(0o555)
    code = f"from uniqver import build_meta as b; b.{name}({str(into)!r})"
    done = run(*words, sys.executable, "-c", code, cwd=repo.path, ok=False)
    (repo.path / folder).chmod(0o755)
    assert done.returncode == 0 or ("uniqver: error: " in done.stderr and "  fix: " in done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in into.iterdir()} == ({} if done.returncode else expected)
    assert call_hook(name, repo.path, into).code == 0
    assert {path.name: path.read_bytes() for path in into.iterdir()} == expected
