"""``uniqver completion``: prints a script that lets a shell complete uniqver's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.cli.arguments import parser_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SHELLS = ("bash", "zsh", "fish")
EXAMPLE = 'eval "$(uniqver completion bash)"   in ~/.bashrc'


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to write it for")


def run(options: Namespace) -> int:
    """Print the script."""
    import shtab  # of the extra

    print(shtab.complete(parser_for(), options.shell))
    return 0
