"""An environment with setuptools-scm, and real projects that use it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from tests.support.environment import UNDER_CI
from tests.support.run import run
from tests.support.scm import PROJECTS, Tools

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PIP = (sys.executable, "-m", "pip", "-q")
UV = (sys.executable, "-m", "uv")
WANTED = ("setuptools", "setuptools-scm>=10.3.4", "wheel", "build", "mercurial")


def _fetch(folder: Path, *words: str | Path) -> None:
    """Run a command; where the index can't be reached, CI fails and other machines skip."""
    done = run(*words, cwd=folder, ok=False, seconds=600)
    if done.returncode == 0:
        return
    if UNDER_CI:
        pytest.fail(f"{words} failed on CI:\n{done.stderr}")
    pytest.skip(f"no package index here: {done.stderr.splitlines()[-1:]}")


@pytest.fixture(scope="session")
def tools(shared_folder: Path, wheelhouse: Path) -> Tools:
    """An environment that has setuptools-scm, Mercurial and uniqver, the latter from a wheel."""
    return _environment(shared_folder, wheelhouse, "with-scm", WANTED)


@pytest.fixture(scope="session")
def bare_tools(shared_folder: Path, wheelhouse: Path) -> Tools:
    """An environment that has uniqver and no setuptools-scm."""
    return _environment(shared_folder, wheelhouse, "without-scm", ("setuptools", "build"))


@pytest.fixture(scope="session")
def scm_wheels(shared_folder: Path) -> Path:
    """A folder with setuptools-scm and what it needs, for frontends that install without an index."""
    folder = shared_folder / "scm-wheels"
    with FileLock(shared_folder / "scm-wheels.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            _fetch(folder, *PIP, "download", "-d", folder, "setuptools-scm>=10.3.4")
            (folder / "done").touch()
    return folder


def _environment(shared: Path, wheelhouse: Path, name: str, wanted: tuple[str, ...]) -> Tools:
    folder = shared / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with FileLock(shared / f"{name}.lock"):
        if not (folder / "done").exists():
            run(*UV, "venv", "-q", "--clear", "--python", sys.executable, folder, cwd=shared)
            (uniqver,) = wheelhouse.glob("uniqver-*.whl")
            _fetch(shared, *UV, "pip", "install", "-q", "--python", python, *wanted, uniqver)
            (folder / "done").touch()
    return Tools(python=python)


@pytest.fixture(scope="session")
def real_sdists(shared_folder: Path, tools: Tools) -> Mapping[str, Path]:
    """The sdists of real projects that use setuptools-scm, from the package index, by name."""
    folder = shared_folder / "real-sdists"
    with FileLock(shared_folder / "real-sdists.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            pins = [f"{project.name}=={project.version}" for project in PROJECTS]
            only = ("--no-deps", "--no-binary", ":all:", "--no-build-isolation")
            _fetch(folder, *PIP, "--python", tools.python, "download", *only, "-d", folder, *pins)
            (folder / "done").touch()
    return {project.name: folder / project.sdist for project in PROJECTS}
