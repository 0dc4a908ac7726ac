"""The command ``uniqver``. Holds no logic: each command asks the layers below and prints what they say."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from uniqver import config as settings
from uniqver import report
from uniqver.errors import UniqverError
from uniqver.resolve.steps import Request, resolve
from uniqver.tree.project import read_project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from uniqver.books import Account
    from uniqver.model import Decision
    from uniqver.resolve.steps import Purpose


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, 1 for a foreseen error, 2 for wrong usage."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _parser(words).parse_args(words)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        code = run(options)
        sys.stdout.flush()
    except UniqverError as error:
        print(f"uniqver: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader went away: `uniqver explain | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


class _Face(Protocol):
    """A command that lives in a module of its own, imported only where it is called: builds ask for versions often."""

    EXAMPLE: str

    def add_options(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, options: argparse.Namespace) -> int: ...


def _check() -> _Face:
    from uniqver.check import face

    return face


def _init() -> _Face:
    from uniqver.setup import face

    return face


def _doctor() -> _Face:
    from uniqver.doctor import face

    return face


def _completion() -> _Face:
    from uniqver.completion import Completion

    return Completion(_parser)


_FACES: dict[str, tuple[Callable[[], _Face], str]] = {
    "check": (_check, "say what the index will do with files before they are uploaded"),
    "init": (_init, "set a project up: its pyproject.toml and its pipeline"),
    "doctor": (_doctor, "find what stands in the way of a build or an upload"),
    "completion": (_completion, "print the completion script of a shell"),
}


def _parser(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser for a command line; without ``words``, whole, with the options of every command."""
    parser = argparse.ArgumentParser(
        prog="uniqver",
        description="Gives every build of a setuptools project a version of its own.",
        epilog="exit codes: 0 fine, 1 an error that says its cure, 2 wrong usage; check also 3, see there",
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print uniqver's own version and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add(commands, "version", _version, "print the version that this tree would get; takes no number")
    _add(commands, "allocate", _allocate, "take a number and print the version, for the version job of a pipeline")
    for name, (face_of, summary) in _FACES.items():
        if words is not None and name not in words:
            commands.add_parser(name, help=summary)
            continue
        face = face_of()
        json = name in {"check", "doctor"}
        face.add_options(_add(commands, name, face.run, summary, json=json, example=face.EXAMPLE))
    whence = _add(commands, "whence", _whence, "say which commit and run a version comes from")
    whence.add_argument("version", metavar="VERSION")
    _add_counter(_add(commands, "counter", _counter, "look into the counter's books, or raise it"))
    explain = _add(commands, "explain", _explain, "say how this tree, or an artifact, gets its version")
    explain.add_argument(
        "artifacts",
        nargs="*",
        metavar="ARTIFACT",
        help="a wheel, an sdist, a folder of them, or the name of an installed distribution (default: this tree)",
    )
    verify = _add(commands, "verify", _verify, "build an artifact again from its commit, and compare the bytes")
    verify.add_argument("artifact", type=Path, metavar="ARTIFACT", help="a wheel or an sdist")
    verify.add_argument("--commit", help="the commit to build from, for an artifact that names none")
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
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
    parser.set_defaults(run=run)
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


def _version(options: argparse.Namespace) -> int:
    decision = _decide(options.project, "peek")
    return _print(decision, decision.version, as_json=options.json)


def _allocate(options: argparse.Namespace) -> int:
    decision = _decide(options.project, "allocate")
    return _print(decision, decision.version, as_json=options.json)


def _explain(options: argparse.Namespace) -> int:
    if options.artifacts:
        return _explain_artifacts(options.artifacts, as_json=options.json)
    decision = _decide(options.project, "peek", quiet=True)
    return _print(decision, report.as_text(decision), as_json=options.json)


def _explain_artifacts(names: Sequence[str], *, as_json: bool) -> int:
    from uniqver import explaining  # reads archives, which the commands about the tree don't

    accounts = explaining.accounts_of(names)
    print(_json(explaining.as_json(accounts)) if as_json else explaining.as_text(accounts))
    return 1 if any(account.problems for account in accounts) else 0


def _verify(options: argparse.Namespace) -> int:
    from uniqver import verifying  # as above

    verdict = verifying.verify(options.artifact, options.project, os.environ, commit=options.commit)
    print(_json(verifying.as_json(verdict)) if options.json else verifying.as_text(verdict))
    return 0 if verdict.identical else 1


def _whence(options: argparse.Namespace) -> int:
    from uniqver import books  # what it imports, the commands that builds use don't need

    return _account(books.whence(_request(options.project, "peek"), options.version), as_json=options.json)


def _counter(options: argparse.Namespace) -> int:
    from uniqver import books  # as above

    request = _request(options.project, "peek")
    accounts: dict[str, Callable[[], Account]] = {
        "show": lambda: books.show(request, options.base),
        "history": lambda: books.history(request, options.base),
        "floor": lambda: books.floor(request, options.base, options.number),
        "sync": lambda: books.sync(request, options.base, options.index),
        "check": lambda: books.check(request),
    }
    return _account(accounts[options.action](), as_json=options.json)


def _account(account: Account, *, as_json: bool) -> int:
    print(_json(account.data) if as_json else account.text)
    return 0


def _request(directory: Path, purpose: Purpose) -> Request:
    project = read_project(directory)
    config = settings.read(project.settings, os.environ, project=project.name)
    return Request(project=project, config=config, environ=os.environ, now=int(time.time()), purpose=purpose)


def _decide(directory: Path, purpose: Purpose, *, quiet: bool = False) -> Decision:
    """Resolve the version of the project at ``directory``; warnings go to stderr."""
    decision = resolve(_request(directory, purpose))
    said = () if quiet else decision.warnings
    for sentence in (*settings.unknown_variables(os.environ), *said):
        print(f"uniqver: warning: {sentence}", file=sys.stderr)
    return decision


def _print(decision: Decision, text: str, *, as_json: bool) -> int:
    print(_json(report.as_json(decision)) if as_json else text)
    return 0


def _json(data: report.Json | Mapping[str, report.Json]) -> str:
    import json  # only where it is asked for

    return json.dumps(data, indent=2)


class _ShowVersion(argparse.Action):
    """Prints uniqver's version; reading it takes a few milliseconds that no other command should pay."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"uniqver {version('uniqver')}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
