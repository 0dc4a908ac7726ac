"""The command line ``uniqver``: runs one command and turns foreseen errors into exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TextIO, cast

from uniqver.cli import COMMANDS, wrapped
from uniqver.errors import UniqverError, UsageError, of_system, printable

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the command's exit code, 1 for a foreseen error, 2 for wrong usage.

    A closed or full stdout ends it quietly, with exit code 1. So does stderr, but the result is printed.
    """
    given = sys.stdout, sys.stderr
    output, errors = _Output(sys.stdout, needed=True), _Output(sys.stderr, needed=False)
    sys.stdout, sys.stderr = cast("TextIO", output), cast("TextIO", errors)
    try:
        try:
            code = _guarded(sys.argv[1:] if arguments is None else arguments)
        finally:  # argparse leaves by SystemExit
            output.flush()
            errors.flush()
    except _OutputError:
        return 1
    finally:
        sys.stdout, sys.stderr = given
    return code or int(errors.broken)


def _guarded(words: Sequence[str]) -> int:
    try:
        return _run(words)
    except KeyboardInterrupt:
        return 130
    except (UniqverError, OSError) as error:
        shown = of_system(error) if isinstance(error, OSError) else error
        print(f"uniqver: error: {shown}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1


def _run(words: Sequence[str]) -> int:
    options = _options(words)
    command = COMMANDS[options.command]
    try:
        code: int = import_module(command.path).run(options)
    except ModuleNotFoundError as error:
        if command.extra is None or (error.name or "uniqver").startswith("uniqver"):
            raise
        what = f"uniqver {command.name} needs {error.name}, which is not installed"
        raise UniqverError(what=what, fix=f'pip install "uniqver[{command.extra}]"') from error
    return code


def _options(words: Sequence[str]) -> Namespace | SimpleNamespace:
    if len(words) == 1 and words[0] in {"version", "allocate"}:  # as pipelines call them
        return SimpleNamespace(command=words[0], project=Path(), json=False)
    from uniqver.cli.arguments import parser_for, unknown  # argparse: half of what `uniqver version` imports

    if words and words[0] in {"-C", "--project", "--json"}:
        command = next((word for word in words if word in COMMANDS), "version")
        after = " ".join(word for word in words if word != command)
        raise UsageError(what=f"{words[0]} belongs after the command", fix=f"uniqver {command} {after}")
    if words and words[0] not in COMMANDS and not words[0].startswith("-"):
        raise unknown("command", words[0], COMMANDS, "uniqver", "uniqver --help")
    options, rest = parser_for(words).parse_known_args(words)
    if rest:
        command = f"uniqver {options.command}"
        raise UsageError(what=f"{command} does not know {' '.join(rest)}", fix=f"{command} --help")
    return options


class _OutputError(Exception):
    """An output can't be written."""


class _Output:
    """An output that takes any character, and has errors of its own."""

    def __init__(self, stream: TextIO | None, *, needed: bool) -> None:
        self._stream = stream  # None: closed from the start
        self._needed = needed
        self.broken = False
        if isinstance(stream, TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write ``text``, uniqver's own messages wrapped."""
        shown = wrapped(text, cast("TextIO", self)) if text.startswith("uniqver: ") else text
        # rich's colours need an escape
        self._do(lambda out: out.write(printable(shown, "\n\t\r\x1b" if out.isatty() else "\n\t")))
        return len(text)

    def flush(self) -> None:
        if self._stream is not None and not self.broken:
            self._do(lambda out: out.flush())

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _do(self, action: Callable[[TextIO], object]) -> None:
        if self._stream is not None and not self.broken:
            try:
                action(self._stream)
            except OSError:
                # at its end Python flushes what is left, and would complain
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            else:
                return
        self.broken = True
        if self._needed:
            raise _OutputError
