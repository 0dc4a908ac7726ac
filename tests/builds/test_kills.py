"""Builds that are killed, or that have no room: the next one makes what it would have made, byte for byte.

``TEST_UNIQVER_KILLS=300`` kills that many builds; the suite kills few.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.builds.test_one_build import counting, project
from tests.support.repositories import clone
from tests.support.run import bound_by_modes, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.repositories import Repo

if os.name == "nt":
    pytest.skip("SIGKILL, modes and mounts are POSIX'", allow_module_level=True)

KILLS = int(os.environ.get("TEST_UNIQVER_KILLS", "20"))

HOOKS = (
    *("get_requires_for_build_sdist", "get_requires_for_build_wheel", "get_requires_for_build_editable"),
    *("prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable"),
    *("build_sdist", "build_wheel", "build_editable"),
)

CALLER = """\
import fcntl, json, os, signal, sys
from uniqver import build_meta
import uniqver.backend.build

CHANGES = {"os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link", "os.symlink", "os.chmod", "os.truncate", "os.utime",
           "subprocess.Popen", "sqlite3.connect", "fcntl.flock"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def call(hook, into, die_at):
    os.makedirs(into, exist_ok=True)
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        steps = 0

        def audit(event, arguments):
            nonlocal steps
            if os.getpid() == me and (event in CHANGES or (event == "open" and arguments[2] & WRITES)):
                steps += 1
                if steps == die_at:
                    os.kill(me, signal.SIGKILL)

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        me = os.getpid()
        sys.addaudithook(audit)
        code = 1
        try:
            getattr(build_meta, hook)(*([] if hook.startswith("get_requires") else [into]))
            code = 0
        finally:
            os.write(theirs, str(steps).encode())
            os._exit(code)
    os.close(theirs)
    with open(ours) as pipe:
        told = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(told or 0)


for line in sys.stdin:
    print(json.dumps(call(*json.loads(line))), flush=True)
"""
"""Calls each hook that it is told in a fork of its own, and kills it before its n-th change of anything."""


class Caller:
    """A process that calls hooks in the project, and can kill them."""

    def __init__(self, repo: Repo, **variables: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CALLER],
            cwd=repo.path, env={**os.environ, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def call(self, hook: str, into: Path, die_at: int = 0) -> tuple[int, int]:
        """Return the exit code, and the number of changes if it lived."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([hook, str(into), die_at]) + "\n")
        self._process.stdin.flush()
        code, steps = json.loads(self._process.stdout.readline())
        return code, steps

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)


def artifact(folder: Path) -> tuple[str, bytes]:
    """Return name and bytes of the one artifact in a folder."""
    (made,) = (path for path in folder.iterdir() if path.suffix in (".whl", ".gz"))
    return made.name, made.read_bytes()


@pytest.mark.parametrize("source", ["distance", "counter"])
def test_killed_at_any_step(source: str, tmp_path: Path) -> None:
    """SIGKILL before each change that a hook makes: of a file, a folder, a lock, a database, or by starting a program."""
    variables = {"UNIQVER_BUILD_ID": "nightly"} if source == "counter" else {}
    repo = project(tmp_path / "demo", counting(tmp_path) if source == "counter" else "")
    if source == "counter":
        run(sys.executable, "-m", "uniqver", "counter", "init", cwd=repo.path)
    fresh = clone(repo, tmp_path / "fresh")
    expected, steps = {}, {}
    with Caller(fresh, **variables) as caller:
        for hook in ("build_sdist", "build_wheel"):
            assert caller.call(hook, tmp_path / f"expected {hook}")[0] == 0
            expected[hook] = artifact(tmp_path / f"expected {hook}")
    with Caller(repo, **variables) as caller:
        for hook in HOOKS:
            code, steps[hook] = caller.call(hook, tmp_path / f"counted {hook}")
            assert code == 0
        kills = [(hook, step) for hook in HOOKS for step in range(1, steps[hook] + 1)]
        tried = kills[:: max(1, len(kills) * 2 // KILLS)]
        killed = 0
        for number, (hook, step) in enumerate(tried):
            killed += caller.call(hook, tmp_path / "killed", step)[0] == -signal.SIGKILL
            following = ("build_sdist", "build_wheel")[number % 2]
            into = tmp_path / f"after {number}"
            assert caller.call(following, into)[0] == 0, (hook, step)
            assert artifact(into) == expected[following], (hook, step)
            shutil.rmtree(into)
    print(f"{source}: {killed} of {len(tried)} killed, of {len(kills)} steps: {steps}")
    assert killed > len(tried) // 2


def build(repo: Repo, hook: str, into: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
    into.mkdir(exist_ok=True)
    code = f"from uniqver import build_meta as b; b.{hook}({str(into)!r})"
    return run(*prefix, sys.executable, "-c", code, cwd=repo.path, ok=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for the project, and for little else."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize("hook", ["build_sdist", "build_wheel", "build_editable", "prepare_metadata_for_build_wheel"])
@pytest.mark.parametrize("left", [0, 4096, 16384, 65536, 131072])
def test_a_full_disk(hook: str, left: int, small_disk: Path, tmp_path: Path) -> None:
    """A build without room fails with an error, leaves no artifact, and after some tidying makes what it would have made."""
    repo = clone(project(tmp_path / "demo"), small_disk / "demo")
    expected = tmp_path / "expected"
    assert build(clone(repo, tmp_path / "fresh"), "build_wheel", expected).returncode == 0
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() - left))
    done = build(repo, hook, small_disk)
    made = [path for path in small_disk.iterdir() if path.suffix in (".whl", ".gz")]
    if done.returncode:
        assert made == []
        assert "uniqver: error: " in done.stderr or "No space left" in done.stderr
    filler.unlink()
    again = build(repo, "build_wheel", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    assert artifact(tmp_path / "again") == artifact(expected)


@pytest.mark.parametrize("folder", [".", "demo", ".git", "into"])
def test_a_folder_that_may_not_be_written(folder: str, tmp_path: Path) -> None:
    """It is an error that names the folder, or no hindrance at all; and the build after it is as ever."""
    words = bound_by_modes()
    repo = project(tmp_path / "demo")
    expected = tmp_path / "expected"
    assert build(clone(repo, tmp_path / "fresh"), "build_wheel", expected).returncode == 0
    into = tmp_path / "into"
    into.mkdir()
    place = into if folder == "into" else repo.path / folder
    place.chmod(0o555)
    for hook in ("build_sdist", "build_wheel"):
        done = build(repo, hook, into, *words)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == 0 or "uniqver: error: " in done.stderr or "Permission denied" in done.stderr
    place.chmod(0o755)
    assert build(repo, "build_wheel", tmp_path / "again").returncode == 0
    assert artifact(tmp_path / "again") == artifact(expected)
