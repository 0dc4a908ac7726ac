"""What builds need: a folder of wheels to install from, so that no build asks an index; and clients from the index."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from tests.support.environment import UNDER_CI
from tests.support.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def wheelhouse(shared_folder: Path) -> Path:
    """A folder with a wheel of uniqver, made from this checkout, and what an isolated build of a project needs."""
    folder = shared_folder / "wheelhouse"
    with FileLock(shared_folder / "wheelhouse.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            pip = (sys.executable, "-m", "pip", "-q")
            run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, REPOSITORY, cwd=folder)
            run(*pip, "download", "-d", folder, "setuptools", "packaging", "wheel", "tomli", cwd=folder)
            (folder / "done").touch()
    return folder


@pytest.fixture
def offline(wheelhouse: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip, build and uv install from the wheelhouse, and from nowhere else."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheelhouse))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheelhouse))
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_PYTHON", sys.executable)
    return wheelhouse


@pytest.fixture
def environment(tmp_path: Path) -> Callable[[], Path]:
    """Make a fresh virtual environment; returns its Python."""

    def make() -> Path:
        folder = tmp_path / "environment"
        run("uv", "venv", "-q", "--python", sys.executable, folder, cwd=tmp_path)
        return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    return make


@pytest.fixture(scope="session")
def client(shared_folder: Path) -> Callable[..., Path]:
    """Install a client from the package index into a virtual environment that all tests share; return its program.

    ``name`` may be several packages, ``python`` another one than this. Under CI it has to be there, unless it is only
    ``wanted``.
    """
    uv = (sys.executable, "-m", "uv")  # a fixture of the session comes before PATH is set

    def installed(name: str, program: str | None = None, *, wanted: bool = False, python: str = sys.executable) -> Path:
        folder = shared_folder / f"client-{name.replace(' ', '-')}"
        path = folder / ("Scripts" if os.name == "nt" else "bin") / (program or name)
        with FileLock(f"{folder}.lock"):
            if not (folder / "done").exists():
                env = {key: value for key, value in os.environ.items() if not key.startswith("UV_") or "CACHE" in key}
                venv = (*uv, "venv", "-q", "--clear", "--python", python, str(folder))
                run(*venv, cwd=shared_folder)
                install = (*uv, "pip", "install", "-q", "--python", str(folder), *name.split())
                done = run(*install, cwd=shared_folder, env=env, ok=False)
                (folder / "done").write_text(done.stderr if done.returncode else "")
        reason = (folder / "done").read_text()
        if reason:
            (pytest.fail if UNDER_CI and not wanted else pytest.skip)(
                f"{name} can't be installed: {reason.splitlines()[0]}"
            )
        return path

    return installed
