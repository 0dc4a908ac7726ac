"""``uniqver init``: moves a project to uniqver, with its pipeline. Its options, and its dialogue with the user.

:mod:`.source_tree` reads the project, :mod:`.changes` builds what would come of it, and writes it; :mod:`.plan` and what
it asks only decide.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, get_args

from uniqver import config
from uniqver.cli.init.pipelines import Ci
from uniqver.errors import UniqverError
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from uniqver.cli.init.plan import Question, SetupPlan
    from uniqver.cli.init.source_tree import SourceTree

EXAMPLE = "uniqver init --ci github --dry-run"

_STYLES = {"+++": "bold", "---": "bold", "+": "green", "-": "red", "@": "cyan"}
"""Of the lines of a diff, by their beginning."""


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--ci", choices=get_args(Ci), help="the CI to write a pipeline for (default: the repository's)")
    parser.add_argument("--base", metavar="VERSION", help="the release that is being worked toward")
    parser.add_argument("--workflow", metavar="FILE", help="the workflow on GitHub that publishes dev builds")
    parser.add_argument(
        "--archives", action="store_true", help="let archives of git (tarballs of code hosts) know their version"
    )
    parser.add_argument(
        "--check", action="store_true", help="build it before and after, in temporary copies, and compare"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="show the changes and write nothing")
    how.add_argument("--yes", action="store_true", help="write the changes without asking")


def run(options: Namespace) -> int:
    """Plan, show, ask, write; return the exit code. Raises :class:`UniqverError`."""
    from uniqver.cli.init.changes import as_diff, try_changes, write_changes  # needs the extra
    from uniqver.cli.init.source_tree import read_source_tree, with_sources

    tree = with_sources(read_source_tree(options.project))
    config.read(tree.tool("uniqver"), {}, project=None)  # settings that are wrong stay wrong
    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    person = not options.yes and not options.dry_run and at_terminal
    plan = _decided(tree, options, asks=person)
    _show(plan, as_diff(plan.changes))
    if not plan.changes:
        print("uniqver: nothing to do: this project is set up", file=sys.stderr)
        return 0
    if options.check:
        print(f"uniqver: checked: {try_changes(tree, plan, os.environ)}", file=sys.stderr)
    if options.dry_run:
        return 0
    if not options.yes and not _confirmed(person):
        print("uniqver: nothing was written", file=sys.stderr)
        return 1
    write_changes(tree.top, plan.changes)
    for number, step in enumerate(plan.next_steps, start=1):
        print(f"uniqver: next, {number}: {step}", file=sys.stderr)
    return 0


def _decided(tree: SourceTree, options: Namespace, *, asks: bool) -> SetupPlan:
    """Return the plan by the options, and by what a person answers to its questions."""
    from uniqver.cli.init.plan import make_plan

    chosen = {key: getattr(options, key) for key in ("ci", "base", "workflow")}
    while True:
        plan = make_plan(tree, **chosen, archives=options.archives)
        open_ones = [question for question in plan.questions if chosen[question.option] is None]
        if not asks or not plan.changes or not open_ones:
            return plan
        chosen[open_ones[0].option] = _answer(open_ones[0])


def _answer(question: Question) -> str:
    """Return what a person answers: the default for an empty line, and nothing that can't be."""
    from packaging.version import InvalidVersion, Version

    choices = f":\n  {', '.join(question.choices)}\n" if question.choices else " "
    while True:
        try:
            text = input(f"{question.text}{choices}[{question.default}]: ").strip() or question.default
            if text in question.choices or (not question.choices and Version(text)):
                return text
            print(f"uniqver: {text} is not one of these", file=sys.stderr)
        except EOFError:
            return question.default
        except InvalidVersion:
            print(f"uniqver: {text} is not a version", file=sys.stderr)


def _show(plan: SetupPlan, diff: str) -> None:
    diff = "\n".join("\t".join(map(printable, line.split("\t"))) for line in diff.split("\n"))
    if sys.stdout.isatty():
        from rich.console import Console  # of the extra; honours NO_COLOR
        from rich.text import Text

        console = Console()
        for line in diff.splitlines():
            style = next((style for start, style in _STYLES.items() if line.startswith(start)), "")
            console.print(Text(line, style=style), soft_wrap=True)
    else:
        sys.stdout.write(diff)
    sys.stdout.flush()
    for note in plan.notes:
        print(f"uniqver: note: {note}", file=sys.stderr)


def _confirmed(person: bool) -> bool:
    if not person:
        raise UniqverError(
            what="confirmation required, but stdin or stdout is not a terminal",
            fix="uniqver init --yes   (or --dry-run, to see the changes only)",
        )
    try:
        return input("Write these changes? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
