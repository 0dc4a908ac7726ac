"""Calls hooks as a frontend does, each in a process of its own, in surroundings that a test chooses."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.support.run import run


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What may differ between two machines that build the same."""

    umask: int = 0o022
    backwards: bool = False
    """Whether folders list their contents the other way round."""
    environ: dict[str, str] = field(default_factory=dict)


HERE = Surroundings()

_RUNNER = Path(__file__).with_name("hook_runner.py")


def call_hooks(calls: list[tuple[Path, str, list[str]]], where: Surroundings = HERE) -> list[str]:
    """Call hooks one after another: each a folder, a name and the arguments. Returns what they returned."""
    return call_in([(folder, hook, arguments, where) for folder, hook, arguments in calls])


def call_in(calls: list[tuple[Path, str, list[str], Surroundings]]) -> list[str]:
    """Call hooks one after another, each in surroundings of its own. Returns what they returned."""
    wanted = [
        {"folder": str(folder), "hook": hook, "arguments": arguments, **asdict(where)}
        for folder, hook, arguments, where in calls
    ]
    done = subprocess.run(
        [sys.executable, _RUNNER], input=json.dumps(wanted), capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stderr[-4000:]
    returned: list[str] = json.loads(done.stdout.splitlines()[-1])
    return returned


def built(project: Path, hook: str, into: Path, where: Surroundings = HERE) -> Path:
    """Build an sdist or a wheel; return it."""
    return into / call_hooks([(project, hook, [str(into)])], where)[0]


def unpacked_with(sdist: Path, into: Path) -> Path:
    """Unpack an sdist as a frontend does; return its top folder."""
    into.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "tarfile", "-e", sdist, into, cwd=into)
    return into / sdist.name.removesuffix(".tar.gz")
