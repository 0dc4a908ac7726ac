"""Calls hooks as a frontend does, each in a process of its own, in surroundings that a test chooses."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OURS = "uniqver.build_meta"

_RUNNER = Path(__file__).with_name("hook_runner.py")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What may differ between two machines that build the same."""

    umask: int = 0o022
    backwards: bool = False
    """Whether folders list their contents the other way round."""
    environ: dict[str, str] = field(default_factory=dict)


HERE = Surroundings()


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a hook returned and said."""

    code: int
    """The exit code of its process, negative for a signal."""
    result: str
    out: str
    err: str


class Frontend:
    """A frontend that lives on, started by the words of ``prefix``: each hook that it calls is a process of its own."""

    def __init__(self, *prefix: str, python: str | Path = sys.executable) -> None:
        words = [*prefix, python, "-I", _RUNNER]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(
        self,
        hook: str,
        folder: Path,
        *arguments: str | Path | None,
        backend: str = OURS,
        environ: Mapping[str, str] | None = None,
        where: Surroundings = HERE,
    ) -> None:
        """Let it call a hook in ``folder``, with ``environ`` in place of this process's."""
        call = {
            "backend": backend,
            "hook": hook,
            "folder": str(folder),
            "arguments": [None if each is None else str(each) for each in arguments],
            "umask": where.umask,
            "backwards": where.backwards,
            "environ": {**(os.environ if environ is None else environ), **where.environ},
        }
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(call)}\n")
        self._process.stdin.flush()

    def answer(self) -> Said:
        """Return what the hook said that was started."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the runner itself failed"
        return Said(**json.loads(line))

    def end(self) -> None:
        """Let it end."""
        self._process.communicate(timeout=300)


@functools.cache
def frontend_of(python: str | Path = sys.executable) -> Frontend:
    """Return one frontend for each Python, which ends with this process."""
    frontend = Frontend(python=python)
    atexit.register(frontend.end)
    return frontend


def call_hook(name: str, folder: Path, *arguments: str | Path | None, environ: Mapping[str, str] | None = None) -> Said:
    """Call one of uniqver's hooks, whatever comes of it."""
    frontend = frontend_of()
    frontend.start(name, folder, *arguments, environ=environ)
    return frontend.answer()


def call_hooks(calls: Sequence[tuple[Path, str, list[str]]], where: Surroundings = HERE) -> list[str]:
    """Call hooks one after another: each a folder, a name and the arguments. Returns what they returned."""
    return call_in([(folder, hook, arguments, where) for folder, hook, arguments in calls])


def call_in(calls: Sequence[tuple[Path, str, list[str], Surroundings]]) -> list[str]:
    """Call hooks of a new frontend one after another, each in surroundings of its own. Returns what they returned."""
    frontend = Frontend()  # hashes of strings are others in each
    try:
        return [_result(frontend, *call) for call in calls]
    finally:
        frontend.end()


def built(project: Path, hook: str, into: Path, where: Surroundings = HERE) -> Path:
    """Build an sdist or a wheel; return it."""
    return into / _result(frontend_of(), project, hook, [str(into)], where)


def _result(frontend: Frontend, folder: Path, hook: str, arguments: list[str], where: Surroundings) -> str:
    frontend.start(hook, folder, *(word or None for word in arguments), where=where)
    said = frontend.answer()
    assert said.code == 0, said.out[-2000:] + said.err[-4000:]
    return said.result


def unpacked_with(sdist: Path, into: Path) -> Path:
    """Unpack an sdist as a frontend does; return its top folder."""
    into.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "tarfile", "-e", sdist, into, cwd=into)
    return into / sdist.name.removesuffix(".tar.gz")
