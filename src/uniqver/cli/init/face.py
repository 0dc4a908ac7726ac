"""The face of ``uniqver init``: its options, what it prints where, what it asks. Holds no logic.

Everything that needs the extra's libraries is imported when the command runs, since no other command needs them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, get_args

from uniqver.cli.init.values import Ci
from uniqver.errors import UniqverError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from uniqver.cli.init.values import Plan

EXAMPLE = "uniqver init --ci github --dry-run"


def add_options(parser: ArgumentParser) -> None:
    """Add to ``parser`` what only this command takes."""
    parser.add_argument("--ci", choices=get_args(Ci), help="whose pipeline to write (default: by the repository)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="show the changes and write nothing")
    how.add_argument("--yes", action="store_true", help="write the changes without asking")


def run(options: Namespace) -> int:
    """Plan, show, ask, write; return the exit code. Raises :class:`UniqverError`."""
    from uniqver.cli.init.command import plan_for, write  # needs the extra

    plan = plan_for(options.project, options.ci)
    _show(plan)
    if not plan.changes:
        print("uniqver: nothing to do: this project is set up", file=sys.stderr)
        return 0
    if options.dry_run:
        return 0
    if not options.yes and not _agreed():
        print("uniqver: nothing was written", file=sys.stderr)
        return 1
    write(options.project, plan)
    for number, step in enumerate(plan.next_steps, start=1):
        print(f"uniqver: next, {number}: {step}", file=sys.stderr)
    return 0


def _show(plan: Plan) -> None:
    from uniqver.cli.init.diff import as_diff

    diff = as_diff(plan.changes)
    if sys.stdout.isatty():
        from rich.console import Console  # keeps to NO_COLOR by itself
        from rich.text import Text

        console = Console()
        for line in diff.splitlines():
            console.print(Text(line, style=_style(line)), soft_wrap=True)
    else:
        sys.stdout.write(diff)
    sys.stdout.flush()
    for note in plan.notes:
        print(f"uniqver: note: {note}", file=sys.stderr)


def _style(line: str) -> str:
    styles = {"+++": "bold", "---": "bold", "+": "green", "-": "red", "@": "cyan"}
    return next((style for start, style in styles.items() if line.startswith(start)), "")


def _agreed() -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UniqverError(
            what="these changes want a yes, and there is no terminal to ask on",
            fix="uniqver init --yes   (or --dry-run, to see them only)",
        )
    try:
        return input("Write these changes? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
