"""Asks git questions whose answer may be "no": for tools that look around, not for versions."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from uniqver.vcs.runner import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 20.0
"""How long one question may take: one of them goes to the remote."""


def ask(directory: Path, *words: str) -> str | None:
    """Return what ``git`` prints, or ``None`` where it fails, hangs or isn't there."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", *words],
            cwd=directory,
            env=clean_environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "surrogateescape").strip("\n") if done.returncode == 0 else None


def ask_lines(directory: Path, *words: str) -> tuple[str, ...]:
    """Return the lines that ``git`` prints; none where it fails."""
    return tuple((ask(directory, *words) or "").splitlines())
