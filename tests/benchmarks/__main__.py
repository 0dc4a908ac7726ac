"""Measures uniqver against its peers: each hook, whole builds, the command, imports, growth.

    python -m tests.benchmarks [--quick] [--rounds N] [--only PART ...] [--out DIR] [--picture FILE]

Needs git, uv and a package index. Everything is made in a temporary folder; the whole run takes half an hour
and wants a quiet machine.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import peers, repositories
from tests.benchmarks.measure import HOOKS, Command, Measured, hook_command, measure
from tests.benchmarks.report import Group, Report, markdown, picture, write

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DESCRIBE = ("git", "describe", "--long", "--tags", "--dirty")
PIN = {"UNIQVER_VERSION": "1.2.3"}
RUN = {"UNIQVER_BUILD_NUMBER": "412"}
PARTS = ("imports", "hooks", "answers", "commands", "frontends", "isolated", "growth")


class Bench(NamedTuple):
    """Where things are, and how often each is measured."""

    folder: Path
    wheel: Path
    pythons: dict[str, Path]
    rounds: int


class Tree(NamedTuple):
    """A clone of one repository for each peer."""

    size: repositories.Size
    projects: dict[str, Path]


def main() -> None:
    """Run it and print the tables."""
    options = _options()
    wanted = options.only or (PARTS[:-1] if options.quick else PARTS)
    with tempfile.TemporaryDirectory(prefix="uniqver-bench-") as name:
        bench = _bench(Path(name), options.rounds or (5 if options.quick else 15))
        report = Report(machine=_machine(), groups=_imports(bench) if "imports" in wanted else [])
        for label, size, parts in (("small", repositories.SMALL, IN_SMALL), ("large", repositories.LARGE, IN_ANY)):
            if chosen := [measured for part, measured in parts.items() if part in wanted]:
                tree = _tree(bench, label, size)
                for measured in chosen:
                    report.groups.extend(measured(bench, tree))
                    write(report, options.out)
        if "growth" in wanted:
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
    parser.add_argument("--rounds", type=int, help="how often each command is run (15, or 5 with --quick)")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part; may be given several times")
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), help="where the results go")
    parser.add_argument("--picture", type=Path, help="where the README's chart goes: .github/speed.svg")
    return parser.parse_args()


def say(text: str) -> None:
    """Tell on stderr how far it is."""
    print(f"… {text}", file=sys.stderr, flush=True)


def _bench(folder: Path, rounds: int) -> Bench:
    say("building uniqver and making environments")
    wheels = folder / "wheels"
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "-q", "--wheel", "-o", str(wheels), str(REPOSITORY)], check=True
    )
    (wheel,) = wheels.glob("*.whl")
    pythons = {peer.name: peers.install(peer, folder / "env" / peer.name, wheel) for peer in peers.PEERS}
    return Bench(folder=folder, wheel=wheel, pythons=pythons, rounds=rounds)


def _tree(bench: Bench, label: str, size: repositories.Size) -> Tree:
    say(f"repository: {size}")
    repository = repositories.make(bench.folder / f"{label}.git", size)
    projects = {
        peer.name: peers.set_up(peer, repository, bench.folder / label / peer.name, bench.pythons[peer.name])
        for peer in peers.PEERS
        if peer.builds
    }
    return Tree(size=size, projects=projects)


def _git(project: Path) -> Command:
    return Command(name="git", words=DESCRIBE, directory=project)


def _hooks(bench: Bench, tree: Tree) -> list[Group]:
    groups = []
    for hook in HOOKS:
        say(hook)
        commands = [
            hook_command(peer.name, bench.pythons[peer.name], peer.backend, hook, tree.projects[peer.name])
            for peer in peers.PEERS
            if peer.builds
        ]
        git = _git(tree.projects["uniqver"])
        groups.append(_group(f"{hook} — {tree.size}", bench, [*_twice(commands), git], per_git=1.5, plus=5))
    return groups


def _twice(commands: list[Command]) -> list[Command]:
    """Measure the baseline a second time, as if it were another command: what that takes above it is noise."""
    first, *others = commands
    return [first, first._replace(name="static, again"), *others]


def _answered(bench: Bench, tree: Tree) -> list[Group]:
    """Measure what only uniqver has: a number of the CI; and where something else than git answers: a pin, PKG-INFO."""
    python, project = bench.pythons["uniqver"], tree.projects["uniqver"]
    sdist = project.parent / "sdist"
    sdist.mkdir()
    for name in ("pyproject.toml", "bench"):
        source = project / name
        subprocess.run(["cp", "-r", str(source), str(sdist / name)], check=True)
    (sdist / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: bench\nVersion: 1.2.3\n", encoding="utf-8")
    hook = "get_requires_for_build_wheel"
    static = hook_command("static", bench.pythons["static"], "setuptools.build_meta", hook, tree.projects["static"])
    pinned = hook_command("uniqver", python, "uniqver.build_meta", hook, project, **PIN)
    numbered = hook_command("uniqver", python, "uniqver.build_meta", hook, project, **RUN)
    frozen = hook_command("uniqver", python, "uniqver.build_meta", hook, sdist)
    return [
        _group(
            f"{title} ({hook}) — {tree.size}",
            bench,
            [*_twice([static, ours]), _git(project)],
            per_git=per_git,
            plus=plus,
        )
        for title, ours, per_git, plus in (
            ("a CI's number", numbered, 1.5, 5),
            ("a pin answers", pinned, 0, 3),
            ("PKG-INFO answers", frozen, 0, 3),
        )
    ]


def _commands(bench: Bench, tree: Tree) -> list[Group]:
    say("commands")
    commands = []
    for peer in peers.PEERS:
        if peer.command:
            python = bench.pythons[peer.name]
            words = (str(python.parent / peer.command[0]), *peer.command[1:])
            directory = tree.projects.get(peer.name, tree.projects["uniqver"])
            commands.append(Command(name=peer.name, words=words, directory=directory))
    nothing = Command(
        name="python -c pass", words=(str(bench.pythons["uniqver"]), "-c", "pass"), directory=bench.folder
    )
    found = measure([nothing, *commands, _git(tree.projects["uniqver"])], bench.rounds)
    git = found.pop("git").median
    budget = 0.5 * found["python -c pass"].median + 1.5 * git + 20  # above one python -c pass
    return [
        Group(title=f"the command — {tree.size}", measured=found, baseline="python -c pass", git=git, budget=budget)
    ]


def _frontends(bench: Bench, tree: Tree) -> list[Group]:
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
                directory=tree.projects[peer.name],
                variables=(("VIRTUAL_ENV", str(bench.pythons[peer.name].parent.parent)),),
            )
            for peer in peers.PEERS
            if peer.builds
        ]
        few = bench._replace(rounds=(bench.rounds + 1) // 2)  # each takes seconds
        groups.append(_group(f"{title} — {tree.size}", few, [*_twice(commands), _git(tree.projects["uniqver"])]))
    return groups


def _isolated(bench: Bench, tree: Tree) -> list[Group]:
    """Measure whole builds as users run them: each makes its environments from wheels that lie in a folder.

    The frontends are the same for all. The goal for uniqver is a tenth above a static version.
    """
    offered = peers.wheelhouse(bench.folder / "wheelhouse", bench.wheel)
    python, out = str(bench.pythons["static"]), str(bench.folder / "out")
    groups = []
    for title, words in {
        "python -m build": ("-m", "build", "-o", out, "."),
        "pip wheel": ("-m", "pip", "-q", "wheel", "--no-deps", "-w", out, "."),
        "uv build": ("-m", "uv", "build", "-q", "-o", out, "."),
    }.items():
        say(f"{title}, isolated")
        commands = [
            Command(name=name, words=(python, *words), directory=project, variables=tuple(offered.items()))
            for name, project in tree.projects.items()
        ]
        few = bench._replace(rounds=(bench.rounds + 1) // 2)  # each takes seconds
        group = _group(f"{title}, isolated — {tree.size}", few, [*_twice(commands), _git(tree.projects["uniqver"])])
        groups.append(group._replace(budget=0.1 * group.measured["static"].median))
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


IN_ANY = {"hooks": _hooks, "answers": _answered, "commands": _commands}
IN_SMALL = {**IN_ANY, "frontends": _frontends, "isolated": _isolated}
"""Whole builds take seconds, and show nothing else in a large repository."""


if __name__ == "__main__":
    main()
