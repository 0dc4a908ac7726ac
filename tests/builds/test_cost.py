"""What a hook costs, counted and not timed: git processes and modules, against plain setuptools."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, TypedDict

import pytest
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "sample"\n{}\n[tool.setuptools]\npackages = ["sample"]\n'
CI = {"UNIQVER_BUILD_NUMBER": "412"}
PIN = {"UNIQVER_VERSION": "1.0"}
MAKING = ("prepare_metadata_for_build_wheel", "build_sdist", "build_wheel", "build_editable")
ASKING = ("get_requires_for_build_sdist", "get_requires_for_build_wheel", "get_requires_for_build_editable")

RUN = """
import gc, io, json, os, sys, tempfile
from contextlib import redirect_stderr, redirect_stdout

backend, hook, *more = sys.argv[1:]
processes = []
inside = False  # while setuptools works, nothing is noted

def audit(event, arguments):
    if not inside and event == "subprocess.Popen":
        processes.append(arguments[1][9] if arguments[1][0] == "git" else arguments[1][0])

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
print(json.dumps({"processes": processes, "modules": sorted(sys.modules), "frozen": gc.get_freeze_count()}))
"""


class Cost(TypedDict):
    """What one hook did besides setuptools' own work."""

    processes: list[str]
    modules: list[str]
    frozen: int
    """How many objects the garbage collector passes over."""


def _project(path: Path, version: str) -> Path:
    repo = Repo(path)
    repo.write("pyproject.toml", PROJECT.format(version))
    repo.write("sample/__init__.py", "")
    repo.write(".gitignore", "_version.py\n*.egg-info/\nbuild/\n__pycache__/\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.0.0")
    repo.commit("more.txt")
    return path


@pytest.fixture(scope="module")
def dynamic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project two commits old, one after its tag, that has been built once."""
    path = _project(tmp_path_factory.mktemp("dynamic") / "project", 'dynamic = ["version"]')
    _cost(path, "uniqver.build_meta", "build_wheel")
    return path


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its version in pyproject.toml."""
    path = _project(tmp_path_factory.mktemp("static") / "project", 'version = "1.0"')
    _cost(path, "setuptools.build_meta", "build_wheel")
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
    found: Cost = json.loads(done.stdout)
    return found


def _environment() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if not name.startswith(("UNIQVER_", "COVERAGE_", "COV_"))}


@pytest.mark.parametrize("hook", ASKING)
@pytest.mark.parametrize("variables", [{}, CI], ids=["distance", "ci"])
def test_two_git_processes_to_ask(dynamic: Path, hook: str, variables: dict[str, str]) -> None:
    """A hook that only asks starts two git processes, whatever the number comes from."""
    assert _cost(dynamic, "uniqver.build_meta", hook, **variables)["processes"] == ["describe", "show-ref"]


@pytest.mark.parametrize("hook", MAKING)
@pytest.mark.parametrize("variables", [{}, CI], ids=["distance", "ci"])
def test_three_more_to_make(dynamic: Path, hook: str, variables: dict[str, str]) -> None:
    """A hook that makes something also asks whether the tree is clean, twice, and for the commit's time.

    The time only if the user has set none.
    """
    found = _cost(dynamic, "uniqver.build_meta", hook, **variables)
    assert sorted(found["processes"]) == ["describe", "log", "ls-files", "show-ref", "status"]
    timed = _cost(dynamic, "uniqver.build_meta", hook, SOURCE_DATE_EPOCH="1700000000", **variables)
    assert sorted(timed["processes"]) == ["describe", "ls-files", "show-ref", "status"]


def test_none_where_something_else_answers(dynamic: Path, tmp_path: Path) -> None:
    """A pin, PKG-INFO and prepared metadata take no git; a pinned artifact the commit's time, and a look at the tree."""
    assert _cost(dynamic, "uniqver.build_meta", ASKING[1], **PIN)["processes"] == []
    pinned = _cost(dynamic, "uniqver.build_meta", "build_wheel", **PIN)
    assert sorted(pinned["processes"]) == ["log", "ls-files", "status"]
    sdist = tmp_path / "sdist"
    (sdist / "sample").mkdir(parents=True)
    (sdist / "sample/__init__.py").touch()
    (sdist / "pyproject.toml").write_text((dynamic / "pyproject.toml").read_text())
    (sdist / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.2.3\n")
    for hook in (*ASKING, *MAKING):
        assert _cost(sdist, "uniqver.build_meta", hook)["processes"] == []
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    subprocess.run(
        [sys.executable, "-c", f"import uniqver.build_meta as b; b.prepare_metadata_for_build_wheel({str(prepared)!r})"],
        cwd=dynamic, env=_environment(), check=True, capture_output=True,
    )  # fmt: skip
    (info,) = prepared.glob("*.dist-info")
    assert _cost(dynamic, "uniqver.build_meta", "build_wheel", str(info))["processes"] == []


@pytest.mark.parametrize("hook", [ASKING[1], *MAKING])
@pytest.mark.parametrize("variables", [{}, CI, PIN], ids=["distance", "ci", "pin"])
def test_nothing_expensive_is_imported(dynamic: Path, static: Path, hook: str, variables: dict[str, str]) -> None:
    """Beyond what setuptools imports itself for the hook there is uniqver, and little of the standard library."""
    plain = set(_cost(static, "setuptools.build_meta", hook)["modules"])
    ours = set(_cost(dynamic, "uniqver.build_meta", hook, **variables)["modules"]) - plain
    own = {name for name in ours if name.partition(".")[0] == "uniqver"}
    assert ours - own <= {"gzip", "encodings.cp437", "encodings.unicode_escape"}
    assert len(own) <= (30 if variables == PIN and hook in ASKING else 66)


@pytest.mark.parametrize("variables", [{}, PIN], ids=["distance", "pin"])
def test_the_collector_passes_over_modules(dynamic: Path, static: Path, variables: dict[str, str]) -> None:
    """What is imported before the hook is no affair of the garbage collector's; by itself, setuptools leaves it to it."""
    few = _cost(static, "setuptools.build_meta", ASKING[1])["frozen"]  # CPython 3.12 starts with some hundred
    assert few < 1000
    assert _cost(dynamic, "uniqver.build_meta", ASKING[1], **variables)["frozen"] > 10_000


@pytest.mark.parametrize("backend", ["setuptools.build_meta", "uniqver.build_meta"])
def test_a_setup_py_comes_before_the_commands(backend: str, tmp_path: Path) -> None:
    """A setup.py that puts something in place of a base of setuptools' commands is still in time for it."""
    version = 'version = "1.0"' if backend.startswith("setuptools") else 'dynamic = ["version"]'
    project = _project(tmp_path / "project", version)
    (project / "setup.py").write_text(
        'import sys\nfrom setuptools import setup\nassert "setuptools.command.build_ext" not in sys.modules\nsetup()\n'
    )
    assert _cost(project, backend, ASKING[1])["modules"]
