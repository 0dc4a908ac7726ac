"""The face of ``uniqver doctor``: its options, what it prints where, its exit code. Holds no logic.

Everything that needs the extra's libraries is imported when the command runs, since no other command needs them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from uniqver.cli.doctor.values import Finding

EXAMPLE = "uniqver doctor --json"


def add_options(parser: ArgumentParser) -> None:
    """Add to ``parser`` what only this command takes."""
    parser.add_argument("--offline", action="store_true", help="don't ask the remote for its tags")


def run(options: Namespace) -> int:
    """Examine, print, and return the exit code. Raises :class:`~uniqver.errors.UniqverError`."""
    from uniqver.cli.doctor.command import examine  # needs the extra
    from uniqver.cli.doctor.report import as_json, exit_code, summary

    findings = examine(options.project, os.environ, remote=not options.offline)
    if options.json:
        print(as_json(findings))
    else:
        _show(findings)
        print(f"uniqver: {summary(findings)}", file=sys.stderr)
    return exit_code(findings)


def _show(findings: Sequence[Finding]) -> None:
    from uniqver.cli.doctor.report import as_text

    if not sys.stdout.isatty():
        for finding in findings:
            print(as_text(finding))
        return
    from rich.console import Console  # keeps to NO_COLOR by itself
    from rich.text import Text

    console = Console()
    for finding in findings:
        text = Text(as_text(finding))
        text.stylize("bold red" if finding.severity == "error" else "yellow", 0, len(finding.severity))
        console.print(text, soft_wrap=True)
