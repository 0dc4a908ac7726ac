"""The command ``uniqver``. Holds no logic: each command asks the layers below and prints what they say."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from uniqver import config as settings
from uniqver.errors import UniqverError
from uniqver.project.pyproject import read_project
from uniqver.resolve.steps import Request, resolve

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from uniqver.cli.counter import Account
    from uniqver.model.decision import Decision
    from uniqver.model.report import Json
    from uniqver.resolve.steps import Purpose

    Options: TypeAlias = Namespace | SimpleNamespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, 1 for a foreseen error, 2 for wrong usage."""
    words = sys.argv[1:] if arguments is None else arguments
    options = _options(words)
    run: Callable[[Options], int] = getattr(options, "run", None) or _COMMANDS[options.command]
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


def _options(words: Sequence[str]) -> Options:
    """Parse the command line. Pipelines call the two commands for a version without options: nothing to parse there."""
    if len(words) == 1 and words[0] in {"version", "allocate"}:
        return SimpleNamespace(command=words[0], project=Path(), json=False)
    from uniqver.cli.arguments import parser_for  # half as long again as all that `uniqver version` imports else

    return parser_for(words).parse_args(words)


def _version(options: Options) -> int:
    decision = _decide(options.project, "peek")
    return _print(decision, decision.version, as_json=options.json)


def _allocate(options: Options) -> int:
    decision = _decide(options.project, "allocate")
    return _print(decision, decision.version, as_json=options.json)


def _explain(options: Options) -> int:
    if options.artifacts:
        return _explain_artifacts(options.artifacts, as_json=options.json)
    from uniqver.model.report import as_text

    decision = _decide(options.project, "peek", quiet=True)
    return _print(decision, as_text(decision), as_json=options.json)


def _explain_artifacts(names: Sequence[str], *, as_json: bool) -> int:
    from uniqver.cli import explain as explaining  # reads archives, which the commands about the tree don't

    accounts = explaining.accounts_of(names)
    print(_json(explaining.as_json(accounts)) if as_json else explaining.as_text(accounts))
    return 1 if any(account.problems for account in accounts) else 0


def _verify(options: Options) -> int:
    from uniqver.cli import verify as verifying  # as above

    verdict = verifying.verify(options.artifact, options.project, os.environ, commit=options.commit)
    print(_json(verifying.as_json(verdict)) if options.json else verifying.as_text(verdict))
    return 0 if verdict.identical else 1


def _whence(options: Options) -> int:
    from uniqver.cli import counter as books  # what it imports, the commands that builds use don't need

    return _account(books.whence(_request(options.project, "peek"), options.version), as_json=options.json)


def _counter(options: Options) -> int:
    from uniqver.cli import counter as books  # as above

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
    if as_json:
        from uniqver.model.report import as_json as values

        text = _json(values(decision))
    print(text)
    return 0


def _json(data: Json | Mapping[str, Json]) -> str:
    import json  # only where it is asked for

    return json.dumps(data, indent=2)


_COMMANDS = {
    "version": _version,
    "allocate": _allocate,
    "whence": _whence,
    "counter": _counter,
    "explain": _explain,
    "verify": _verify,
}
