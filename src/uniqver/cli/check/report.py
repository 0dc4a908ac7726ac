"""What is said of files, and how it is shown: a table for people, JSON for programs, names for ``xargs``, GitHub's forms."""

from __future__ import annotations

import html
import io
import json
import os
import sys
import textwrap
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from uniqver.cli import columns_of, wrapped
from uniqver.model.wording import printable, readable_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uniqver.index import Catalog

TIGHT = 0.1
"""Below this part of the limit, what is left of a quota is a warning."""
WIDTH = 120
"""Columns without a terminal: a CI's log."""

CAVEAT = (
    "names of deleted files are taken for ever, and caches lag by minutes: no index shows either, "
    "so free means free as far as can be seen"
)


class Verdict(str, Enum):
    """What an index will do with a file."""

    FREE = "free"
    """The name is free, as far as the index shows."""
    IDENTICAL = "identical"
    """The index has these very bytes under this name: uploading again changes nothing."""
    CONFLICT = "conflict"
    """The index has this name with other bytes."""
    REFUSED = "refused"
    """A rule that can be known here stands against the file."""
    UNKNOWN = "unknown"
    """The index couldn't be asked, or doesn't say enough. Never to be taken for free."""
    NOTE = "note"
    """No verdict: something worth knowing beside the verdicts."""


FAILED = (Verdict.CONFLICT, Verdict.REFUSED)
"""Verdicts that no other rule can make better or worse."""


class Finding(NamedTuple):
    """What a rule says of a file."""

    verdict: Verdict
    reason: str
    """A sentence for people."""
    fix: str = ""
    """The command or the step that helps; empty for a note."""
    files: tuple[str, ...] = ()
    """A verdict's one file, as it was given; the files that a note names."""

    @property
    def told(self) -> str:
        """A note in one line."""
        return ": ".join(filter(None, (self.reason, ", ".join(self.files))))


refused = partial(Finding, Verdict.REFUSED)
unknown = partial(Finding, Verdict.UNKNOWN)
note = partial(Finding, Verdict.NOTE)


class Quota(NamedTuple):
    """The room of one project on its index."""

    project: str
    used: int
    """Bytes of all listed files."""
    adds: int
    """Bytes of the files of this call that are free."""
    limit: int | None
    """Bytes; ``None`` if the index has no limit that is known, or if it was raised."""

    @property
    def left(self) -> int | None:
        """How many more builds of this size fit after this one; ``None`` if nobody knows."""
        if self.limit is None or not self.adds:
            return None
        return max(0, self.limit - self.used - self.adds) // self.adds

    @property
    def is_tight(self) -> bool:
        """Whether less than a tenth of the limit is left after this upload."""
        return self.limit is not None and self.limit - self.used - self.adds < TIGHT * self.limit

    def __str__(self) -> str:
        of = "" if self.limit is None else f" of {readable_size(self.limit)}"
        text = f"{self.project}: {readable_size(self.used)}{of} used, this upload adds {readable_size(self.adds)}"
        if self.left is not None:
            text += f", room for {self.left:,} more of this size"
        return f"{text} (uniqver prune lists what may go)" if self.is_tight else text


class Report(NamedTuple):
    """What is said of all files of a call."""

    findings: tuple[Finding, ...]
    """One verdict for each file, in the order given."""
    notes: tuple[Finding, ...]
    quotas: tuple[Quota, ...] = ()
    """The room of each project that gets files, where the index shows sizes."""


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 0 if all files are free or identical, 1 if any is a conflict or refused, else 3.

    1 wins over 3: what surely fails matters more than what isn't known.
    """
    verdicts = {finding.verdict for finding in findings}
    if not verdicts.isdisjoint(FAILED):
        return 1
    return 3 if Verdict.UNKNOWN in verdicts else 0


def show(report: Report, form: Literal["table", "json", "free"]) -> None:
    """Print the verdicts to stdout, and to stderr what stands beside them."""
    for each in report.notes:
        _tell(printable(f"note: {each.told}"), sys.stderr)
    if form == "json":
        print(as_json(report.findings))
    elif form == "free":
        if left_out := [finding for finding in report.findings if finding.verdict is not Verdict.FREE]:
            print(as_text(left_out), file=sys.stderr)
        for finding in report.findings:
            if finding.verdict is Verdict.FREE:
                print(*finding.files)
    else:
        is_terminal = sys.stdout.isatty()
        width = columns_of(sys.stdout) if is_terminal else WIDTH
        print(as_text(report.findings, width=width, color=is_terminal and "NO_COLOR" not in os.environ))
    beside = sys.stdout if form == "table" else sys.stderr
    for quota in report.quotas:
        _tell(f"{'warning' if quota.is_tight else 'note'}: {quota}", beside)
    _tell(f"note: {CAVEAT}", beside)


def _tell(text: str, stream: TextIO) -> None:
    print(wrapped(f"uniqver: {text}", stream), file=stream)


def as_json(findings: Sequence[Finding]) -> str:
    """Return a list of objects with ``file``, ``verdict``, ``reason`` and ``fix``, all strings."""
    rows = [
        {"file": file, "verdict": finding.verdict.value, "reason": finding.reason, "fix": finding.fix}
        for finding in findings
        for file in finding.files
    ]
    return json.dumps(rows, indent=2)


_STYLES = {"free": "green", "identical": "cyan", "conflict": "bold red", "refused": "bold red", "unknown": "yellow"}
_BESIDE_NAME = 11 + 2 + 45
"""Columns that a table needs beside a file's name: the verdict, and enough for the reason."""


def as_text(findings: Sequence[Finding], *, width: int = WIDTH, color: bool = False) -> str:
    """Return the findings as a table where that fits, else as a block for each file."""
    longest = max((len(printable(name)) for finding in findings for name in finding.files), default=0)
    fits = longest + _BESIDE_NAME <= width
    return (as_table if fits else as_blocks)(findings, width=width, color=color)


def as_blocks(findings: Sequence[Finding], *, width: int = WIDTH, color: bool = False) -> str:
    """Return the findings as a block for each file, without trailing spaces. No name and no word is broken."""
    shown = Text()
    fill = partial(  # a longer word stays whole, so that a path or a command can be copied
        textwrap.fill, width=width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    for verdict, reason, fix, files in findings:
        name = printable(", ".join(files))
        gap = "  " if len(verdict.value) + 2 + len(name) <= width else "\n  "
        shown.append(verdict.value, _STYLES[verdict.value]).append(f"{gap}{name}\n")
        shown.append(f"{fill(f'  {printable(reason)}')}\n")
        shown.append(f"{fill(f'  fix: {printable(fix)}')}\n\n", "dim")
    return f"{_rendered(shown, width=width, color=color)}\n"


def as_table(findings: Sequence[Finding], *, width: int = WIDTH, color: bool = False) -> str:
    """Return the findings as a table of ``width`` columns, without trailing spaces."""
    # Text, never markup: a file name or an index's words may hold square brackets, or what a terminal would obey.
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("verdict", no_wrap=True)
    table.add_column("file", overflow="fold", ratio=2)
    table.add_column("why, and what to do", overflow="fold", ratio=3)
    for verdict, reason, fix, files in findings:
        why = Text(f"{printable(reason)}\n").append(f"fix: {printable(fix)}", style="dim")
        table.add_row(Text(verdict.value, style=_STYLES[verdict.value]), Text(printable(", ".join(files))), why)
    return _rendered(table, width=width, color=color)


def _rendered(shown: Table | Text, *, width: int, color: bool) -> str:
    target = io.StringIO()
    console = Console(file=target, width=width, force_terminal=color, no_color=not color, legacy_windows=False)
    console.print(shown, soft_wrap=isinstance(shown, Text))
    return "\n".join(line.rstrip() for line in target.getvalue().rstrip().splitlines())


_LEVELS = {"conflict": "error", "refused": "error", "unknown": "warning"}
_MARKUP = "\\`*_|[]#~"
"""What Markdown could take for markup in a cell."""


def annotate(report: Report) -> Iterator[str]:
    """Yield a command for each file that is neither free nor identical, and for a quota that is tight."""
    for verdict, reason, fix, files in report.findings:
        if level := _LEVELS.get(verdict.value):
            name = printable(", ".join(files))
            title = _property(f"uniqver check: {verdict.value}")
            text = _message(f"{name}: {printable(reason)}\nfix: {printable(fix)}")
            yield f"::{level} file={_property(name)},title={title}::{text}"
    for quota in report.quotas:
        if quota.is_tight:
            yield f"::warning title={_property('uniqver check: quota')}::{_message(str(quota))}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def as_markdown(report: Report) -> str:
    """Return the report as a table for the step summary."""
    rows = [
        f"| {finding.verdict.value} | <code>{_cell(', '.join(finding.files))}</code> | {_cell(finding.reason)} "
        f"| {_cell(finding.fix)} |"
        for finding in report.findings
    ]
    notes = [f"- {_cell(each.told)}" for each in report.notes]
    quotas = [f"- {'**Nearly full.** ' if quota.is_tight else ''}{_cell(str(quota))}" for quota in report.quotas]
    head = ["### uniqver check", "", "| verdict | file | why | fix |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, "", *notes, *quotas, ""])


def _cell(text: str) -> str:
    """Return a text that stays in its cell, and is no markup."""
    return "".join(f"&#{ord(char)};" if char in _MARKUP else html.escape(char) for char in printable(text))


def show_on_github(report: Report) -> None:
    """Write annotations to stderr, which GitHub reads like stdout, and the step summary to its file."""
    for line in annotate(report):
        print(line, file=sys.stderr)
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(as_markdown(report))


def quota_of(catalog: Catalog) -> Quota | None:
    """Return the room of a project that gets files; ``None`` if the index doesn't show sizes."""
    used, limit = catalog.size - catalog.adds, catalog.listing.profile.quota
    if not catalog.adds or not used or not catalog.is_sized:
        return None
    return Quota(catalog.listing.project, used, catalog.adds, limit if limit is not None and used <= limit else None)
