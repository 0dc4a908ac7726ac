"""The command line ``uniqver``: runs one command and turns foreseen errors into exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from uniqver.cli.commands import COMMANDS, missing_library
from uniqver.errors import UniqverError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import TypeAlias

    Options: TypeAlias = Namespace | SimpleNamespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, 1 for a foreseen error, 2 for wrong usage, or the command's own."""
    options = _options(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(options)
        sys.stdout.flush()
    except UniqverError as error:
        print(f"uniqver: error: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
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
    from uniqver.cli.arguments import parser_for  # argparse: half as long as all other imports of `uniqver version`

    return parser_for(words).parse_args(words)


def _run(options: Options) -> int:
    command = COMMANDS[options.command]
    try:
        code: int = import_module(command.module).run(options)
    except ModuleNotFoundError as error:
        if command.extra is None:
            raise
        raise missing_library(command.name, command.extra, error) from error
    return code
