"""Measures commands side by side: interleaved, so that a noisy minute hits all of them alike.

What a command takes above another one is the median of the differences within a round, not the difference of two
medians: machines get slower and faster by half within a minute. How much is noise, a second row of the baseline says.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HOOK = """
import contextlib, importlib, io, json, resource, sys, tempfile
backend, hook = sys.argv[1:]
module = importlib.import_module(backend)
with tempfile.TemporaryDirectory() as folder:
    arguments = () if hook.startswith("get_") else (folder,)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        getattr(module, hook)(*arguments)
try:  # what getrusage() says lives through exec, and would be the size of whoever started this
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(peak))
"""

HOOKS = (
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_wheel",
    "build_sdist",
    "build_wheel",
    "build_editable",
)


class Command(NamedTuple):
    """Something to be timed."""

    name: str
    words: tuple[str, ...]
    directory: Path
    prints_memory: bool = False
    """Whether it prints its peak memory in KiB, as JSON, last."""
    variables: tuple[tuple[str, str], ...] = ()


class Measured(NamedTuple):
    """How long a command took, whole processes, in milliseconds."""

    median: float
    spread: float
    """Half the distance between the quartiles."""
    above: float
    """Median over the rounds of what it took more than the baseline in the same round."""
    above_spread: float
    """Half the distance between the quartiles of that."""
    cpu: float
    """Median of the processor time: what a machine that does other things as well changes least."""
    memory: float | None = None
    """Median of the peak memory, MiB."""


class _Taken(NamedTuple):
    """What one process took, with those that it waited for; milliseconds and MiB."""

    time: float
    cpu: float
    memory: float | None


def measure(commands: Sequence[Command], rounds: int) -> dict[str, Measured]:
    """Run all commands once to warm up, then ``rounds`` times in turns, forth and back; return what each took.

    The first command is the baseline.
    """
    for command in commands:
        _once(command)
    taken: dict[str, list[_Taken]] = {command.name: [] for command in commands}
    for number in range(rounds):
        for command in commands if number % 2 else reversed(commands):
            taken[command.name].append(_once(command))
    baseline = taken[commands[0].name]
    return {name: _summary(each, baseline) for name, each in taken.items()}


def hook_command(name: str, python: Path, backend: str, hook: str, project: Path, **variables: str) -> Command:
    """Return the command that calls one hook in a process of its own, as frontends do."""
    words = (str(python), "-c", HOOK, backend, hook)
    return Command(name=name, words=words, directory=project, prints_memory=True, variables=tuple(variables.items()))


def _once(command: Command) -> _Taken:
    environment = _environment(dict(command.variables))
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(
        command.words, cwd=command.directory, env=environment, capture_output=True, text=True, check=False
    )
    took, after = (time.perf_counter() - start) * 1000, os.times()
    if done.returncode:
        sys.exit(f"{command.name} failed in {command.directory}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    memory = json.loads(done.stdout.splitlines()[-1]) / 1024 if command.prints_memory else None
    return _Taken(took, cpu * 1000, memory)


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    ours = ("UNIQVER_", "GITHUB_", "SETUPTOOLS_SCM_", "GIT_")
    others = {"CI", "PYTHONDONTWRITEBYTECODE"}  # without bytecode everybody would compile in every process
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours) and name not in others}
    return {**kept, **variables}


def _summary(taken: list[_Taken], baseline: list[_Taken]) -> Measured:
    times = [each.time for each in taken]
    above = [each.time - other.time for each, other in zip(taken, baseline, strict=True)]
    memory = [each.memory for each in taken if each.memory is not None]
    return Measured(
        median=statistics.median(times),
        spread=_spread(times),
        above=statistics.median(above),
        above_spread=_spread(above),
        cpu=statistics.median(each.cpu for each in taken),
        memory=statistics.median(memory) if memory else None,
    )


def _spread(values: list[float]) -> float:
    if len(values) == 1:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2
