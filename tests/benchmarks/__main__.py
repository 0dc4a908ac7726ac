"""Measures uniqver against its peers: each hook, whole builds, the command, imports, growth.

    python -m tests.benchmarks [--quick] [--out DIR] [--picture FILE]

Needs git, uv and a package index. Everything is made in a temporary folder; the whole run takes half an hour
and wants a quiet machine.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import peers, repositories
from tests.benchmarks.measure import HOOKS, Command, Measured, hook_command, measure
from tests.benchmarks.report import Group, Report, markdown, picture, write

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DESCRIBE = ("git", "describe", "--long", "--tags", "--dirty")
PIN = {"UNIQVER_VERSION": "1.2.3"}
RUN = {"UNIQVER_BUILD_NUMBER": "412"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Where things are, and how often each is measured."""

    folder: Path
    pythons: dict[str, Path]
    rounds: int


def main() -> None:
    """Run it and print the tables."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="uniqver-bench-") as name:
        folder = Path(name)
        bench = Bench(folder=folder, pythons=_environments(folder), rounds=5 if options.quick else 15)
        sizes = {"small": repositories.SMALL, "large": repositories.LARGE}
        report = Report(machine=_machine(), groups=[*_imports(bench)])
        for label, size in sizes.items():
            say(f"repository: {size}")
            projects = _projects(bench, label, size)
            report.groups.extend(_hooks(bench, size, projects))
            report.groups.extend(_answered(bench, size, projects))
            report.groups.extend(_commands(bench, size, projects))
            if label == "small":
                report.groups.extend(_frontends(bench, size, projects))
            write(report, options.out)
        if not options.quick:
            report.groups.extend(_growth(bench))
        write(report, options.out)
        if options.picture:
            options.picture.write_text(picture(report), encoding="utf-8")
        print(markdown(report))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measure uniqver against its peers."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no growth")
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), help="where the results go")
    parser.add_argument("--picture", type=Path, help="where the README's chart goes: .github/speed.svg")
    return parser.parse_args()


def say(text: str) -> None:
    """Tell on stderr how far it is."""
    print(f"… {text}", file=sys.stderr, flush=True)


def _environments(folder: Path) -> dict[str, Path]:
    say("building uniqver and making environments")
    wheels = folder / "wheels"
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "-q", "--wheel", "-o", str(wheels), str(REPOSITORY)], check=True
    )
    (wheel,) = wheels.glob("*.whl")
    return {peer.name: peers.install(peer, folder / "env" / peer.name, wheel) for peer in peers.PEERS}


def _projects(bench: Bench, label: str, size: repositories.Size) -> dict[str, Path]:
    repository = repositories.make(bench.folder / f"{label}.git", size)
    return {
        peer.name: peers.set_up(peer, repository, bench.folder / label / peer.name, bench.pythons[peer.name])
        for peer in peers.PEERS
        if peer.builds
    }


def _git(project: Path) -> Command:
    return Command(name="git", words=DESCRIBE, directory=project)


def _hooks(bench: Bench, size: repositories.Size, projects: dict[str, Path]) -> list[Group]:
    groups = []
    for hook in HOOKS:
        say(hook)
        commands = [
            hook_command(peer.name, bench.pythons[peer.name], peer.backend, hook, projects[peer.name])
            for peer in peers.PEERS
            if peer.builds
        ]
        git = _git(projects["uniqver"])
        groups.append(_group(f"{hook} — {size}", bench, [*_twice(commands), git], per_git=1.5, plus=5))
    return groups


def _twice(commands: list[Command]) -> list[Command]:
    """Measure the baseline a second time, as if it were another command: what that takes above it is noise."""
    first, *others = commands
    return [first, replace(first, name="static, again"), *others]


def _answered(bench: Bench, size: repositories.Size, projects: dict[str, Path]) -> list[Group]:
    """Measure what only uniqver has: a number of the CI; and where something else than git answers: a pin, PKG-INFO."""
    python, project = bench.pythons["uniqver"], projects["uniqver"]
    sdist = project.parent / "sdist"
    sdist.mkdir()
    for name in ("pyproject.toml", "bench"):
        source = project / name
        subprocess.run(["cp", "-r", str(source), str(sdist / name)], check=True)
    (sdist / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: bench\nVersion: 1.2.3\n", encoding="utf-8")
    hook = "get_requires_for_build_wheel"
    static = hook_command("static", bench.pythons["static"], "setuptools.build_meta", hook, projects["static"])
    pinned = hook_command("uniqver", python, "uniqver.build_meta", hook, project, **PIN)
    numbered = hook_command("uniqver", python, "uniqver.build_meta", hook, project, **RUN)
    frozen = hook_command("uniqver", python, "uniqver.build_meta", hook, sdist)
    return [
        _group(
            f"{title} ({hook}) — {size}", bench, [*_twice([static, ours]), _git(project)], per_git=per_git, plus=plus
        )
        for title, ours, per_git, plus in (
            ("a CI's number", numbered, 1.5, 5),
            ("a pin answers", pinned, 0, 3),
            ("PKG-INFO answers", frozen, 0, 3),
        )
    ]


def _commands(bench: Bench, size: repositories.Size, projects: dict[str, Path]) -> list[Group]:
    say("commands")
    commands = []
    for peer in peers.PEERS:
        if peer.command:
            python = bench.pythons[peer.name]
            words = (str(python.parent / peer.command[0]), *peer.command[1:])
            directory = projects.get(peer.name, projects["uniqver"])
            commands.append(Command(name=peer.name, words=words, directory=directory))
    nothing = Command(
        name="python -c pass", words=(str(bench.pythons["uniqver"]), "-c", "pass"), directory=bench.folder
    )
    found = measure([nothing, *commands, _git(projects["uniqver"])], bench.rounds)
    git = found.pop("git").median
    budget = 0.5 * found["python -c pass"].median + 1.5 * git + 20  # above one python -c pass
    return [Group(title=f"the command — {size}", measured=found, baseline="python -c pass", git=git, budget=budget)]


def _frontends(bench: Bench, size: repositories.Size, projects: dict[str, Path]) -> list[Group]:
    groups = []
    out = str(bench.folder / "out")
    for title, words in {
        "python -m build -n": ("-m", "build", "-n", "-x", "-o", out, "."),
        "pip wheel": ("-m", "pip", "-q", "wheel", "--no-deps", "--no-build-isolation", "-w", out, "."),
        "uv build": ("-m", "uv", "build", "-q", "--offline", "--no-build-isolation", "-o", out, "."),
    }.items():
        say(title)
        commands = [
            Command(
                name=peer.name,
                words=(str(bench.pythons[peer.name]), *words),
                directory=projects[peer.name],
                variables=(("VIRTUAL_ENV", str(bench.pythons[peer.name].parent.parent)),),
            )
            for peer in peers.PEERS
            if peer.builds
        ]
        few = replace(bench, rounds=(bench.rounds + 1) // 2)  # each takes seconds
        groups.append(_group(f"{title} — {size}", few, [*_twice(commands), _git(projects["uniqver"])]))
    return groups


def _imports(bench: Bench) -> list[Group]:
    say("imports")
    commands = [
        Command(name=name, words=(str(bench.pythons["uniqver"]), "-c", f"import {module}"), directory=bench.folder)
        for name, module in (("setuptools.build_meta", "setuptools.build_meta"), ("uniqver", "uniqver.build_meta"))
    ]
    found = measure(commands, bench.rounds)
    return [Group(title="import of the backend", measured=found, baseline="setuptools.build_meta")]


def _growth(bench: Bench) -> list[Group]:
    """Measure one hook as one dimension grows, above the static version in the same tree."""
    groups = []
    hook = "get_requires_for_build_wheel"
    wanted = [peer for peer in peers.PEERS if peer.name in ("static", "uniqver", "setuptools-scm")]
    for dimension, sizes in repositories.GROWTH.items():
        for number, size in enumerate(sizes):
            say(f"growth with {dimension}: {size}")
            repository = repositories.make(bench.folder / f"{dimension}{number}.git", size)
            commands: list[Command] = []
            for peer in wanted:
                project = bench.folder / f"{dimension}{number}" / peer.name
                peers.set_up(peer, repository, project, bench.pythons[peer.name])
                commands.append(hook_command(peer.name, bench.pythons[peer.name], peer.backend, hook, project))
            tree = commands[1].directory
            groups.append(
                _group(f"growth with {dimension}: {size}", bench, [*_twice(commands), _git(tree)], per_git=1.5, plus=5)
            )
    return groups


def _group(
    title: str, bench: Bench, commands: list[Command], *, per_git: float | None = None, plus: float = 0
) -> Group:
    found: dict[str, Measured] = measure(commands, bench.rounds)
    git = found.pop("git").median
    budget = None if per_git is None else per_git * git + plus
    return Group(title=title, measured=found, baseline="static", git=git, budget=budget)


def _machine() -> str:
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {git}"


if __name__ == "__main__":
    main()
