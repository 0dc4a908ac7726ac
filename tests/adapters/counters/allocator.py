"""A process that takes numbers, and can be made to die by ``kill -9`` right before or after each of its steps.

A step is whatever changes something outside of the process, or asks it to: a git process, a statement, a command
to Redis, a file that gets its name. The functions that do so are replaced here, in the process under test alone.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING, Any

from uniqver.counters import open_counter, scheme_of
from uniqver.counters.protocol import Claim, CounterContext

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection


def claim(key: str, at: int = 1_790_000_000) -> Claim:
    """Return a claim to a number. It is made here since a process without pytest starts in half the time."""
    return Claim(key=key, commit="c" * 40, at=at, host="host", who="who")


class Steps:
    """Counts the moments before and after steps; dies at the one it was told."""

    def __init__(self, die_at: int | None) -> None:
        self._left = die_at

    def moment(self) -> None:
        if self._left is None:
            return
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def around(self, owner: Any, name: str) -> None:
        """Replace ``owner.name`` by the same with a moment before and after it."""
        function: Callable[..., Any] = getattr(owner, name)

        def step(*args: Any, **kwargs: Any) -> Any:
            self.moment()
            result = function(*args, **kwargs)
            self.moment()
            return result

        setattr(owner, name, step)


def watch(scheme: str, steps: Steps) -> None:
    """Make every step of a store one at which the process can die."""
    from uniqver.counters.store import Memory

    steps.around(Memory, "remember")
    if scheme in ("local", "sqlite"):
        import uniqver.counters.sqlite as files

        class Watched(sqlite3.Connection):
            pass

        for name in ("execute", "executescript", "__exit__", "close"):
            steps.around(Watched, name)
        steps.around(files, "_put")
        connect = sqlite3.connect

        def watched(where: str, **options: Any) -> Watched:
            return connect(where, factory=Watched, **options)

        setattr(sqlite3, "connect", watched)  # noqa: B010
    elif scheme == "git":
        from uniqver.counters.git_remote import RemoteGit

        steps.around(RemoteGit, "run")
    elif scheme == "redis":
        import redis

        steps.around(redis.Redis, "execute_command")
    elif scheme == "postgresql":
        import psycopg

        for name in ("execute", "commit", "close"):
            steps.around(psycopg.Connection, name)


def allocate(task: dict[str, Any], told: Connection) -> None:
    """Say that it is ready, wait for an answer, and say each number; at the end, or when it fails, the traceback."""
    os.environ.clear()
    os.environ.update(task["environ"])
    tempfile.tempdir = None  # the server that this was forked from has looked
    try:
        watch(scheme_of(task["setting"]), Steps(task["die_at"]))
        counter = open_counter(task["setting"], CounterContext(task["environ"], task["state"], task["git_dir"]))
        if task["die_at"] is None:
            counter.peek(task["stream"], None)  # all that is to be imported is, before the race
        told.send("ready")
        told.recv()
        for key in task["keys"]:
            told.send(counter.allocate(task["stream"], claim(key)).number)
    except Exception:
        told.send(traceback.format_exc())
        sys.exit(1)
