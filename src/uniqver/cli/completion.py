"""The face of ``uniqver completion``: prints a script that lets a shell complete uniqver's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.cli.init.face import missing

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

SHELLS = ("bash", "zsh", "fish")

EXAMPLE = 'example: eval "$(uniqver completion bash)"   in ~/.bashrc; uniqver completion fish > ~/.config/fish/completions/uniqver.fish'


class Completion:
    """The command, for a command line that ``parser`` makes."""

    EXAMPLE = EXAMPLE

    def __init__(self, parser: Callable[[], ArgumentParser]) -> None:
        self._parser = parser

    def add_options(self, parser: ArgumentParser) -> None:
        """Add to ``parser`` what only this command takes."""
        parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")

    def run(self, options: Namespace) -> int:
        """Print the script; return 0. Raises ``UniqverError`` where the extra isn't installed."""
        try:
            import shtab  # of the extra: only this command needs it
        except ModuleNotFoundError as error:
            raise missing("completion", error) from error
        print(shtab.complete(self._parser(), options.shell))
        return 0
