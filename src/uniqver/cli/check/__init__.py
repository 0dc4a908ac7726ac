"""``uniqver check``: predicts what an index will do with files, before they are uploaded. Its options and outputs.

:mod:`.pipeline` tries every rule on every file. A rule takes a :class:`~.rules.Case` and yields each
:class:`~.rules.Finding`: those of all indexes are in :mod:`.rules`, PyPI's in :mod:`.pypi` and :mod:`.pypi_archive`,
and a real installation is in :mod:`.install`.
"""

from __future__ import annotations

import io
import json
import os
import sys
import textwrap
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.version import Version

from uniqver.cli import columns_of
from uniqver.cli.arguments import add_index_options
from uniqver.cli.check.rules import FAILED, Finding, note
from uniqver.errors import printable
from uniqver.index.profiles import CHOICES

if TYPE_CHECKING:
    from uniqver.cli.check.pipeline import Report

WIDTH = 120
"""Columns without a terminal."""

CAVEAT = (
    "names of deleted files are taken for ever, and caches lag by minutes: no index shows either, "
    "so free means free as far as can be seen"
)


def add_options(parser: ArgumentParser) -> None:
    """Add to ``parser`` what only this command takes."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="wheels and sdists: dist/*")
    add_index_options(parser)
    parser.add_argument(
        "--rules",
        metavar="NAME",
        choices=CHOICES,
        help="what the index is, if it doesn't show it; names: only taken names count. One of: " + ", ".join(CHOICES),
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--release", action="store_true", help="refuse development, pre- and local versions")
    kind.add_argument("--dev", action="store_true", help="refuse plain releases")
    same = "refuse more than one version of a project (on by default)"
    parser.add_argument("--same-version", action=BooleanOptionalAction, default=True, help=same)
    parser.add_argument("--expect", type=Version, metavar="VERSION", help="refuse every other version")
    twine = "make twine's check of metadata and description (on by default)"
    parser.add_argument("--metadata", action=BooleanOptionalAction, default=True, help=twine)
    parser.add_argument("--install", action="store_true", help="install and import each wheel in a fresh environment")
    parser.add_argument(
        "--timeout", type=seconds, default=20.0, metavar="SECONDS", help="for each answer (default: 20)"
    )
    parser.add_argument("--github", action="store_true", help="also write annotations and a step summary for GitHub")
    parser.add_argument("--print", choices=("free",), help="print only the names of these files, for xargs")


def seconds(text: str) -> float:
    """Read a number that a socket takes. For a ValueError, argparse shows this function's name."""
    number = float(text)
    if not 0 < number < 1e6:
        raise ValueError
    return number


def run(options: Namespace) -> int:
    """Check, print, and return the exit code."""
    from uniqver.cli.check.pipeline import check  # the extra's libraries: --help does without

    report = check(options)
    show(report, "json" if options.json else options.print or "table")
    if options.github:
        show_on_github(report)
    return exit_code(report.findings)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 1 if any file is a conflict or refused, else 3 if any is unknown, else 0."""
    verdicts = {finding.verdict for finding in findings}
    if not verdicts.isdisjoint(FAILED):
        return 1
    return 3 if "unknown" in verdicts else 0


def show(report: Report, form: Literal["table", "json", "free"]) -> None:
    """Print the verdicts to stdout, and the rest to stderr."""
    for each in report.notes:
        print(f"uniqver: {each.line}", file=sys.stderr)
    if form == "json":
        print(as_json(report.findings))
    elif form == "free":
        if left_out := [finding for finding in report.findings if finding.verdict != "free"]:
            print(as_text(left_out), file=sys.stderr)
        for finding in report.findings:
            if finding.verdict == "free":
                print(*finding.files)
    else:
        is_terminal = sys.stdout.isatty()
        width = columns_of(sys.stdout) if is_terminal else WIDTH
        print(as_text(report.findings, width=width, color=is_terminal and "NO_COLOR" not in os.environ))
    for each in (*report.quotas, note(CAVEAT)):
        print(f"uniqver: {each.line}", file=sys.stdout if form == "table" else sys.stderr)


def as_json(findings: Sequence[Finding]) -> str:
    """Return a list of objects whose values are strings."""
    rows = [
        {"file": file, "verdict": verdict, "reason": reason, "fix": fix}
        for verdict, reason, fix, files in findings
        for file in files
    ]
    return json.dumps(rows, indent=2)


_STYLES = {"free": "green", "identical": "cyan", "conflict": "bold red", "refused": "bold red", "unknown": "yellow"}
_BESIDE_NAME = 11 + 2 + 45
"""Columns that a table needs for the verdict and the reason."""


def as_text(findings: Sequence[Finding], *, width: int = WIDTH, color: bool = False) -> str:
    """Return the findings as a table if it fits, else as a block for each file."""
    # of the extra, which --help does without
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    fits = max((len(finding.names) for finding in findings), default=0) + _BESIDE_NAME <= width
    # Text, never markup: a file name may hold square brackets
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("verdict", no_wrap=True)
    table.add_column("file", overflow="fold", ratio=2)
    table.add_column("why, and what to do", overflow="fold", ratio=3)
    blocks = Text()
    for finding in findings:
        verdict, reason, fix = finding.verdict, printable(finding.reason), f"fix: {printable(finding.fix)}"
        style = _STYLES[verdict]
        table.add_row(Text(verdict, style), Text(finding.names), Text(f"{reason}\n").append(fix, "dim"))
        gap = "  " if len(verdict) + 2 + len(finding.names) <= width else "\n  "
        blocks.append(verdict, style).append(f"{gap}{finding.names}\n{_filled(reason, width)}\n")
        blocks.append(f"{_filled(fix, width)}\n\n", "dim")
    target = io.StringIO()
    console = Console(file=target, width=width, force_terminal=color, no_color=not color, legacy_windows=False)
    console.print(table if fits else blocks, soft_wrap=not fits)
    text = "\n".join(line.rstrip() for line in target.getvalue().rstrip().splitlines())
    return text if fits else f"{text}\n"


def _filled(text: str, width: int) -> str:
    """No word is broken, so that a path or a command can be copied."""
    wrapper = textwrap.TextWrapper(width, "  ", "  ", break_long_words=False, break_on_hyphens=False)
    return wrapper.fill(text)


def show_on_github(report: Report) -> None:
    """Write annotations to stderr, which GitHub reads like stdout, and the step summary."""
    for line in annotate(report):
        print(line, file=sys.stderr)
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(as_markdown(report))


_LEVELS = {"conflict": "error", "refused": "error", "unknown": "warning"}
_VALUE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_VALUE, **str.maketrans({":": "%3A", ",": "%2C"})}
_MARKUP = str.maketrans({char: f"&#{ord(char)};" for char in "\\`*_|[]#~&<>\"'"})
"""Markdown's and HTML's, in a cell."""


def annotate(report: Report) -> Iterator[str]:
    """Yield GitHub's commands for what needs action."""
    for finding in report.findings:
        if level := _LEVELS.get(verdict := finding.verdict):
            name = finding.names
            text = f"{name}: {printable(finding.reason)}\nfix: {printable(finding.fix)}".translate(_VALUE)
            yield f"::{level} file={name.translate(_PROPERTY)},title=uniqver check%3A {verdict}::{text}"
    for quota in report.quotas:
        if quota.verdict == "warning":
            yield f"::warning title=uniqver check%3A quota::{quota.reason.translate(_VALUE)}"


def as_markdown(report: Report) -> str:
    """Return the report for a step summary."""
    rows = [
        f"| {finding.verdict} | <code>{_cell(finding.names)}</code> | {_cell(finding.reason)} | {_cell(finding.fix)} |"
        for finding in report.findings
    ]
    lines = [f"- {_cell(each.line)}" for each in (*report.notes, *report.quotas)]
    return "\n".join(
        ["### uniqver check", "", "| verdict | file | why | fix |", "| --- | --- | --- | --- |", *rows, "", *lines, ""]
    )


def _cell(text: str) -> str:
    return printable(text).translate(_MARKUP)
