"""A process that takes numbers, and can be made to die by ``kill -9`` right before or after each of its steps.

A step is whatever changes something outside of the process, or asks it to: a git process, a statement, a command
to Redis, a file that gets its name. The functions that do so are replaced here, in the process under test alone.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uniqver.counters import open_counter, scheme_of
from uniqver.counters.protocol import Claim, CounterContext, Stream

if TYPE_CHECKING:
    from collections.abc import Callable


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


def main(task: dict[str, Any]) -> None:
    git_dir = task["git_dir"]
    around = CounterContext(
        environ=dict(os.environ), state=Path(task["state"]), git_dir=None if git_dir is None else Path(git_dir)
    )
    watch(scheme_of(task["setting"]), Steps(task["die_at"]))
    counter = open_counter(task["setting"], around)
    project, base = task["stream"]
    if task["die_at"] is None:
        counter.peek(Stream(project=project, base=base), None)  # all that is to be imported is, before the race
    print("ready", flush=True)
    sys.stdin.readline()
    for key in task["keys"]:
        print(counter.allocate(Stream(project=project, base=base), claim(key)).number, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
