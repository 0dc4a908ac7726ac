"""The command line of ``uniqver``: its commands, their options, their help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _Face(Protocol):
    """A command that lives in a module of its own, imported only where it is called: builds ask for versions often."""

    EXAMPLE: str

    def add_options(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, options: argparse.Namespace) -> int: ...


def _check() -> _Face:
    from uniqver.cli.check import face

    return face


def _init() -> _Face:
    from uniqver.cli.init import face

    return face


def _doctor() -> _Face:
    from uniqver.cli.doctor import face

    return face


def _completion() -> _Face:
    from uniqver.cli.completion import Completion

    return Completion(parser_for)


_FACES: dict[str, tuple[Callable[[], _Face], str]] = {
    "check": (_check, "say what the index will do with files before they are uploaded"),
    "init": (_init, "set a project up: its pyproject.toml and its pipeline"),
    "doctor": (_doctor, "find what stands in the way of a build or an upload"),
    "completion": (_completion, "print the completion script of a shell"),
}


def parser_for(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser for a command line; without ``words``, whole, with the options of every command.

    What it parses says its ``command``; those that live in a module of their own also give what runs them, as ``run``.
    """
    parser = argparse.ArgumentParser(
        prog="uniqver",
        description="Gives every build of a setuptools project a version of its own.",
        epilog="exit codes: 0 fine, 1 an error that says its cure, 2 wrong usage; check also 3, see there",
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print uniqver's own version and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add(commands, "version", "print the version that this tree would get; takes no number")
    _add(commands, "allocate", "take a number and print the version, for the version job of a pipeline")
    for name, (face_of, summary) in _FACES.items():
        if words is not None and name not in words:
            commands.add_parser(name, help=summary)
            continue
        face = face_of()
        json = name in {"check", "doctor"}
        command = _add(commands, name, summary, json=json, example=face.EXAMPLE)
        command.set_defaults(run=face.run)
        face.add_options(command)
    whence = _add(commands, "whence", "say which commit and run a version comes from")
    whence.add_argument("version", metavar="VERSION")
    _add_counter(_add(commands, "counter", "look into the counter's books, or raise it"))
    explain = _add(commands, "explain", "say how this tree, or an artifact, gets its version")
    explain.add_argument(
        "artifacts",
        nargs="*",
        metavar="ARTIFACT",
        help="a wheel, an sdist, a folder of them, or the name of an installed distribution (default: this tree)",
    )
    verify = _add(commands, "verify", "build an artifact again from its commit, and compare the bytes")
    verify.add_argument("artifact", type=Path, metavar="ARTIFACT", help="a wheel or an sdist")
    verify.add_argument("--commit", help="the commit to build from, for an artifact that names none")
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    *,
    json: bool = True,
    example: str | None = None,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", epilog=example or _EXAMPLES[name]
    )
    parser.add_argument(
        "-C", "--project", type=Path, default=Path(), metavar="DIR", help="the project's folder (default: here)"
    )
    if json:
        parser.add_argument("--json", action="store_true", help="print all that is known, as JSON")
    parser.set_defaults(command=name)
    return parser


def _add_counter(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    for name, summary in _ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        # also behind the action, where one writes them; what was given before it stays
        action.add_argument("-C", "--project", type=Path, default=argparse.SUPPRESS, metavar="DIR")
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name != "check":
            action.add_argument("--base", help="the release being worked toward (default: this tree's)")
        if name == "floor":
            action.add_argument("number", type=int, metavar="N")
        if name == "sync":
            action.add_argument("--index", required=True, metavar="URL", help="the index's simple API")


_ACTIONS = {
    "show": "print where the counter is, its last number and the next one; writes nothing",
    "history": "print every number that was handed out to this project; writes nothing",
    "floor": "make the next number at least N + 1; never lowers",
    "sync": "make the next number higher than any that an index has",
    "check": "prove that the counter can be reached and written; takes no number",
}


_EXAMPLES = {
    "version": "example: uniqver version --json",
    "allocate": 'example: echo "version=$(uniqver allocate)" >> "$GITHUB_OUTPUT"',
    "whence": "example: uniqver whence 1.4.1.dev41201",
    "counter": "example: uniqver counter floor 41",
    "explain": "example: uniqver explain dist/",
    "verify": "example: uniqver verify dist/acme-1.4.1.dev41201-py3-none-any.whl",
}


class _ShowVersion(argparse.Action):
    """Prints uniqver's version; reading it takes a few milliseconds that no other command should pay."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"uniqver {version('uniqver')}")
        parser.exit()
