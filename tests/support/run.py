"""Starting programs, and what they said."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run(
    *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None, ok: bool = True, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; with ``ok`` a failure shows all that it said."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if ok and done.returncode:
        raise AssertionError(f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def on_terminal(*command: str, cwd: Path) -> str:
    """Run a command with a pseudo-terminal as its stdout; return what it printed. Not on Windows."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=theirs, env={**os.environ, "COLUMNS": "100"}
    ):
        os.close(theirs)
        printed = b""
        with contextlib.suppress(OSError):  # Linux' answer once the other end is closed; macOS answers with nothing
            while more := os.read(ours, 65536):
                printed += more
    os.close(ours)
    return printed.decode()


def python(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, ok: bool = True) -> str:
    """Run this Python; return what it printed."""
    return run(sys.executable, *words, cwd=cwd, env=env, ok=ok).stdout


def bound_by_modes() -> tuple[str, ...]:
    """Return what to put before a command so that the modes of files hold for it, for root too. Skips without a way."""
    if os.geteuid() != 0:
        return ()
    without = "-dac_override,-dac_read_search"
    words = ("setpriv", f"--bounding-set={without}", f"--inh-caps={without}")
    if shutil.which("setpriv") is None or subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        pytest.skip("root reads everything here: there is no setpriv that could take that away")
    return words


def git(directory: Path, *words: str) -> str:
    """Run git in ``directory``; return what it printed."""
    return run("git", *words, cwd=directory).stdout.strip()
