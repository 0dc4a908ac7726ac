"""A command on a terminal of its own, for what only a person sees: colours and questions."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

SECONDS = 120.0
"""How long a command on a terminal may take."""

needs_terminal = pytest.mark.skipif(sys.platform == "win32", reason="terminals of Windows have no pty")


def run_on_terminal(
    *words: str,
    cwd: Path,
    answers: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    columns: int = 80,
) -> tuple[int, str]:
    """Run a command; return its exit code and what the terminal, ``columns`` wide, showed.

    ``answers`` are what is typed after each text that is waited for. A command that waits for another answer is ended.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    left, shown = dict(answers or {}), b""
    inherited = {name: value for name, value in os.environ.items() if name != "COLUMNS"}  # pytest-xdist sets it
    variables = {**inherited, "TERM": "xterm", **(env or {})}
    with subprocess.Popen(words, cwd=cwd, env=variables, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        limit = threading.Timer(SECONDS, process.kill)
        limit.start()
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
                for question in [question for question in left if question.encode() in shown]:
                    os.write(ours, left.pop(question).encode())
        except OSError:  # Linux reports so that the other side has gone
            pass
        process.wait(SECONDS)
        limit.cancel()
    os.close(ours)
    return process.returncode, shown.decode()
