"""The parser of the command line, and ``uniqver completion``, which prints it for a shell."""

from __future__ import annotations

import argparse
import difflib
import sys
import textwrap
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from uniqver.cli import COMMANDS
from uniqver.errors import UsageError


def parser_for(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return a parser; it imports the commands that ``words`` name, or all, for their options."""
    parser = _Parser(
        prog="uniqver",
        description="Gives every build of a setuptools project a version of its own.",
        epilog="exit codes: 0 fine, 1 an error with its fix, 2 wrong usage; check also 3",
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print uniqver's own version and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS.values():
        own = commands.add_parser(
            command.name,
            help=command.summary,
            description=sentence(command.summary),
            epilog=f"example: {command.example}\nexit codes: {command.exit_codes}; 2 wrong usage",
        )
        own.set_defaults(command=command.name)
        if command.project:
            folder = "the project's folder (default: here)"
            own.add_argument("-C", "--project", type=Path, default=Path(), metavar="DIR", help=folder)
        if command.json:
            own.add_argument("--json", action="store_true", help="print everything that is known, as JSON")
        if words is None or command.name in words:
            import_module(command.path).add_options(own)
    return parser


def unknown(kind: str, word: str, known: Iterable[str], command: str, listing: str) -> UsageError:
    """Return the error for a mistyped word; its fix: ``command`` and the one meant, else ``listing``."""
    close = difflib.get_close_matches(word, known, n=1)
    meant = f", did you mean {close[0]!r}?" if close else ""
    return UsageError(what=f"no {kind} {word!r}{meant}", fix=f"{command} {close[0]}" if close else listing)


def sentence(summary: str) -> str:
    """Return a summary as a sentence."""
    return f"{summary[0].upper()}{summary[1:]}."


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help without a line break in an example, or within a word."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors have a fix."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Help, **options)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}\n  fix: {self.prog} --help\n")


class _ShowVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # imports email, zipfile and csv

        print(f"uniqver {version('uniqver')}")
        parser.exit()


def add_index_options(parser: argparse.ArgumentParser) -> None:
    """Add ``index_url`` and ``repository``."""
    where = parser.add_mutually_exclusive_group()
    url = "the simple pages (default: index in [tool.uniqver], else PyPI)"
    where.add_argument("--index", metavar="URL", dest="index_url", help=url)
    where.add_argument("--repository", metavar="NAME", help="a section of .pypirc; also pypi and testpypi")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell to write it for")


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    import shtab  # of the extra

    print(shtab.complete(parser_for(), options.shell))
    return 0
