"""A git program that a test puts before the real one."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    FakeGit = Callable[[str], Path]


@pytest.fixture
def fake_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGit:
    """Return what puts a git on PATH that runs the given lines of Python; REAL names the real git there."""
    real = shutil.which("git")

    def put(lines: str) -> Path:
        folder = tmp_path / "fake-bin"
        folder.mkdir(exist_ok=True)
        program = folder / "git"
        program.write_text(f"#!{sys.executable}\nimport os, subprocess, sys, time\nREAL = {real!r}\n{lines}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return program

    return put


@pytest.fixture
def counted(fake_git: FakeGit, tmp_path: Path) -> Callable[[], list[str]]:
    """A git that notes down how it was called; returns the notes so far."""
    notes = tmp_path / "notes"
    fake_git(f"open({str(notes)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\nos.execv(REAL, [REAL, *sys.argv[1:]])")
    return lambda: notes.read_text().splitlines() if notes.exists() else []
