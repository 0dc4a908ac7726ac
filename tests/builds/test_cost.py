"""What a hook costs, counted and not timed: git processes and modules, against plain setuptools.

The limits have room to move: they are there to notice what would be felt, not to hold an implementation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Measure = Callable[[str, str], "Cost"]

PROJECT = """\
[build-system]
requires = ["setuptools>=77", "uniqver"]

[project]
name = "sample"
{}

[tool.setuptools]
packages = ["sample"]
"""
SETUP = "from setuptools import setup\nsetup()\n"
VARIABLES = {"distance": {}, "ci": {"UNIQVER_BUILD_NUMBER": "412"}, "pin": {"UNIQVER_VERSION": "1.0"}}
MAKING = ("prepare_metadata_for_build_wheel", "build_sdist", "build_wheel", "build_editable")
ASKING = ("get_requires_for_build_sdist", "get_requires_for_build_wheel", "get_requires_for_build_editable")
EXPENSIVE = {
    "argparse",
    "asyncio",
    "http",
    "requests",
    "rich",
    "sqlite3",
    "ssl",
    "twine",
    "unittest",
    "urllib3",
    "yaml",
}

RUN = """
import gc, io, json, sys, tempfile
from contextlib import redirect_stderr, redirect_stdout

backend, hook, *more = sys.argv[1:]
processes = []
inside = False  # while setuptools works, nothing is noted but git, which a file finder may ask

def audit(event, arguments):
    if event == "subprocess.Popen" and (not inside or arguments[1][0] == "git"):
        processes.append(arguments[1][0])

import setuptools.build_meta as setuptools_backend
real = getattr(setuptools_backend, hook)

def noted(*arguments):
    global inside
    inside = True
    try:
        return real(*arguments)
    finally:
        inside = False

setattr(setuptools_backend, hook, noted)
sys.addaudithook(audit)
module = __import__(backend, fromlist=[hook])
with tempfile.TemporaryDirectory() as out, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
    arguments = [] if hook.startswith("get_") else [out, None, *more] if more else [out]
    getattr(module, hook)(*arguments)
    inside = True
print(json.dumps([processes, sorted(sys.modules), gc.get_freeze_count()]))
"""

ORDER = """
import json, sys, tempfile

hook, file = sys.argv[1:]
events = []

def audit(event, arguments):
    if event == "subprocess.Popen":
        events.append(next(word for word in arguments[1] if word in ("describe", "show-ref", "status", "ls-files", "log")))
    elif event == "import" and arguments[0] == "setuptools":
        events.append("setuptools")

sys.addaudithook(audit)
import uniqver.build_meta
with tempfile.TemporaryDirectory() as out:
    getattr(uniqver.build_meta, hook)(*([] if hook.startswith("get_") else [out]))
open(file, "w").write(json.dumps(events))
"""


class Cost(NamedTuple):
    """What one hook did besides setuptools' own work."""

    processes: list[str]
    modules: list[str]
    frozen: int
    """How many objects the garbage collector passes over."""


def _project(path: Path, version: str, setup: str | None = None) -> Path:
    repo = Repo(path)
    repo.write("pyproject.toml", PROJECT.format(version))
    if setup is not None:
        repo.write("setup.py", setup)
    repo.write("sample/__init__.py", "")
    repo.write(".gitignore", "_version.py\n*.egg-info/\nbuild/\n__pycache__/\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.0.0")
    repo.commit("more.txt")
    return path


def _cost(project: Path, backend: str, hook: str, *more: str, **variables: str) -> Cost:
    done = subprocess.run(
        [sys.executable, "-c", RUN, backend, hook, *more],
        cwd=project,
        env={**_environment(), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Cost(*json.loads(done.stdout))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("UNIQVER_", "COVERAGE_", "COV_"))}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project two commits old, one after its tag, that has been built once; with a setup.py, which each hook runs."""
    path = _project(tmp_path_factory.mktemp("dynamic") / "project", 'dynamic = ["version"]', SETUP)
    _cost(path, "uniqver.build_meta", "build_wheel")
    return path


@pytest.fixture(scope="module")
def cost(project: Path) -> Measure:
    """Return what a hook costs by a source: measured once."""
    return cache(lambda hook, source: _cost(project, "uniqver.build_meta", hook, **VARIABLES[source]))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Cost]:
    """Return what a hook of setuptools costs in the same project with its version in pyproject.toml."""
    path = _project(tmp_path_factory.mktemp("static") / "project", 'version = "1.0"', SETUP)
    _cost(path, "setuptools.build_meta", "build_wheel")
    return cache(lambda hook: _cost(path, "setuptools.build_meta", hook))


@pytest.mark.parametrize("hook", ASKING)
def test_nothing_is_asked_where_nothing_can_be_answered(hook: str, tmp_path: Path) -> None:
    """Without setup.py and plugins a hook that only asks starts no process, and imports neither setuptools nor much."""
    project = _project(tmp_path / "project", 'dynamic = ["version"]')
    code = f"import sys, uniqver.build_meta as b; print(b.{hook}(), *sorted(sys.modules), sep='\\n')"
    audit = "import sys; sys.addaudithook(lambda name, _: name == 'subprocess.Popen' and sys.exit('a process'))\n"
    done = subprocess.run(
        [sys.executable, "-c", audit + code],
        cwd=project,
        env=_environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    answer, *modules = done.stdout.split()
    assert answer == "[]"
    assert not any(name.partition(".")[0] in ("setuptools", "packaging", "distutils") for name in modules)
    assert len([name for name in modules if name.startswith("uniqver")]) <= 22
    assert not (project / "sample/_version.py").exists()
    assert not (project / "sample.egg-info").exists()


@pytest.mark.parametrize("hook", ASKING)
@pytest.mark.parametrize("source", ["distance", "ci"])
def test_two_git_processes_to_ask(cost: Measure, hook: str, source: str) -> None:
    """A hook that only asks starts two git processes, whatever the number comes from."""
    processes = cost(hook, source).processes
    assert set(processes) == {"git"}
    assert len(processes) <= 2


@pytest.mark.parametrize("hook", MAKING)
@pytest.mark.parametrize("source", ["distance", "ci"])
def test_three_more_to_make(cost: Measure, hook: str, source: str) -> None:
    """A hook that makes something also asks for the commit's time, and twice whether the tree is clean."""
    processes = cost(hook, source).processes
    assert set(processes) == {"git"}
    assert len(processes) <= 5


@pytest.mark.once
@pytest.mark.parametrize("hook", [ASKING[1], *MAKING])
@pytest.mark.parametrize("source", VARIABLES)
def test_git_works_beside_setuptools(project: Path, hook: str, source: str, tmp_path: Path) -> None:
    """All that git is asked for is under way before setuptools, whose import takes longest, is imported."""
    subprocess.run(
        [sys.executable, "-c", ORDER, hook, str(tmp_path / "events")],
        cwd=project,
        env={**_environment(), **VARIABLES[source], "SOURCE_DATE_EPOCH": "1700000000"},
        check=True,
        capture_output=True,
    )
    events = json.loads((tmp_path / "events").read_text())
    judging = [] if hook in ASKING else ["ls-files", "status"]
    describing = [] if source == "pin" else ["describe", "show-ref"]
    assert sorted(events[: events.index("setuptools")]) == sorted([*describing, *judging])
    assert events[-1] == "setuptools"


def test_a_time_that_is_given_is_not_asked_for(project: Path, cost: Measure) -> None:
    """SOURCE_DATE_EPOCH saves a process."""
    timed = _cost(project, "uniqver.build_meta", "build_wheel", SOURCE_DATE_EPOCH="1700000000")
    assert len(timed.processes) < len(cost("build_wheel", "distance").processes)


@pytest.mark.once
def test_none_where_something_else_answers(project: Path, cost: Measure, tmp_path: Path) -> None:
    """A pin, PKG-INFO and prepared metadata take no git; a pinned artifact the commit's time, and a look at the tree."""
    assert cost(ASKING[1], "pin").processes == []
    assert len(cost("build_wheel", "pin").processes) <= 3
    timed = _cost(project, "uniqver.build_meta", "build_wheel", UNIQVER_VERSION="1.0", SOURCE_DATE_EPOCH="1700000000")
    assert len(timed.processes) <= 2
    sdist = tmp_path / "sdist"
    (sdist / "sample").mkdir(parents=True)
    (sdist / "sample/__init__.py").touch()
    for name in ("pyproject.toml", "setup.py"):
        (sdist / name).write_text((project / name).read_text())
    (sdist / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.2.3\n")
    for hook in (*ASKING, *MAKING):
        assert _cost(sdist, "uniqver.build_meta", hook).processes == []
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    subprocess.run(
        [sys.executable, "-c", f"import uniqver.build_meta as b; b.prepare_metadata_for_build_wheel({str(prepared)!r})"],
        cwd=project, env=_environment(), check=True, capture_output=True,
    )  # fmt: skip
    (info,) = prepared.glob("*.dist-info")
    assert _cost(project, "uniqver.build_meta", "build_wheel", str(info)).processes == []


@pytest.mark.parametrize("hook", [ASKING[1], *MAKING])
@pytest.mark.parametrize("source", VARIABLES)
def test_little_is_imported(cost: Measure, plain: Callable[[str], Cost], hook: str, source: str) -> None:
    """Beyond what setuptools imports itself for the hook there is a part of uniqver, and little else."""
    more = set(cost(hook, source).modules) - set(plain(hook).modules)
    own = {name for name in more if name.partition(".")[0] == "uniqver"}
    others = {name.partition(".")[0] for name in more - own}
    assert others & EXPENSIVE == set()
    assert len(others) <= 6
    assert len(own) <= (30 if source == "pin" and hook in ASKING else 66)


@pytest.mark.parametrize("source", ["distance", "pin"])
def test_the_collector_passes_over_modules(cost: Measure, plain: Callable[[str], Cost], source: str) -> None:
    """What is imported before the hook is no affair of the garbage collector's; by itself, setuptools leaves it to it."""
    few = plain(ASKING[1]).frozen  # CPython 3.12 starts with some hundred
    assert few < 1000
    assert cost(ASKING[1], source).frozen > 10_000


@pytest.mark.parametrize("backend", ["setuptools.build_meta", "uniqver.build_meta"])
def test_a_setup_py_comes_before_the_commands(backend: str, tmp_path: Path) -> None:
    """A setup.py that puts something in place of a base of setuptools' commands is still in time for it."""
    version = 'version = "1.0"' if backend.startswith("setuptools") else 'dynamic = ["version"]'
    project = _project(tmp_path / "project", version)
    (project / "setup.py").write_text(f'import sys\nassert "setuptools.command.build_ext" not in sys.modules\n{SETUP}')
    assert _cost(project, backend, ASKING[1]).modules
