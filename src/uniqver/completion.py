"""The face of ``uniqver completion``: prints a script that lets a shell complete uniqver's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.setup.face import missing

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

SHELLS = ("bash", "zsh", "fish")

EXAMPLE = 'example: eval "$(uniqver completion bash)"   in ~/.bashrc; uniqver completion fish > ~/.config/fish/completions/uniqver.fish'


def add_options(parser: ArgumentParser) -> None:
    """Add to ``parser`` what only this command takes."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def runner(parser: Callable[[], ArgumentParser]) -> Callable[[Namespace], int]:
    """Return the command for a command line that ``parser`` makes."""

    def run(options: Namespace) -> int:
        try:
            import shtab  # of the extra: only this command needs it
        except ModuleNotFoundError as error:
            raise missing("completion", error) from error
        print(shtab.complete(parser(), options.shell))
        return 0

    return run
