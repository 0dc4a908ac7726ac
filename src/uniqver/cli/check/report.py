"""Findings about files, and their forms: a table for people, JSON, names for ``xargs``, annotations for GitHub."""

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

from uniqver.cli import columns_of, readable_size, wrapped
from uniqver.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uniqver.index import Catalog

TIGHT = 0.1
"""Part of a quota: less left than this is a warning."""
WIDTH = 120
"""Columns without a terminal."""

CAVEAT = (
    "names of deleted files are taken for ever, and caches lag by minutes: no index shows either, "
    "so free means free as far as can be seen"
)


class Verdict(str, Enum):
    """The predicted answer of an index to a file."""

    FREE = "free"
    """The name is free, as far as the index shows."""
    IDENTICAL = "identical"
    """The index has these very bytes under this name."""
    CONFLICT = "conflict"
    """The index has this name with other bytes."""
    REFUSED = "refused"
    """A known rule stands against the file."""
    UNKNOWN = "unknown"
    """The index couldn't be asked, or doesn't show enough."""
    NOTE = "note"
    """Not a verdict: worth knowing beside them."""


FAILED = (Verdict.CONFLICT, Verdict.REFUSED)


class Finding(NamedTuple):
    """The result of a rule for a file."""

    verdict: Verdict
    reason: str
    fix: str = ""
    """Empty for a note."""
    files: tuple[str, ...] = ()
    """A verdict's one file, as given; the files that a note names."""

    @property
    def told(self) -> str:
        """A note in one line."""
        return ": ".join(filter(None, (self.reason, ", ".join(self.files))))


refused = partial(Finding, Verdict.REFUSED)
unknown = partial(Finding, Verdict.UNKNOWN)
note = partial(Finding, Verdict.NOTE)


class Quota(NamedTuple):
    """The room of one project on its index, in bytes."""

    project: str
    used: int
    adds: int
    """Of the files of this call that are free; never 0."""
    limit: int | None
    """``None`` if it isn't known, or was raised."""

    @property
    def is_tight(self) -> bool:
        """Tell whether less than a tenth of the limit is left after this upload."""
        return self.limit is not None and self.limit - self.used - self.adds < TIGHT * self.limit

    def __str__(self) -> str:
        of = "" if self.limit is None else f" of {readable_size(self.limit)}"
        text = f"{self.project}: {readable_size(self.used)}{of} used, this upload adds {readable_size(self.adds)}"
        if self.limit is not None:
            left = max(0, self.limit - self.used - self.adds) // self.adds
            text += f", room for {left:,} more of this size"
        return f"{text} (uniqver prune lists what may go)" if self.is_tight else text


class Report(NamedTuple):
    """All findings of a call."""

    findings: tuple[Finding, ...]
    """One verdict for each file, in the order given."""
    notes: tuple[Finding, ...]
    quotas: tuple[Quota, ...] = ()


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 1 if any file is a conflict or refused, else 3 if any is unknown, else 0."""
    verdicts = {finding.verdict for finding in findings}
    if not verdicts.isdisjoint(FAILED):
        return 1
    return 3 if Verdict.UNKNOWN in verdicts else 0


def show(report: Report, form: Literal["table", "json", "free"]) -> None:
    """Print the verdicts to stdout, and the rest to stderr."""
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
        {"file": file, "verdict": verdict.value, "reason": reason, "fix": fix}
        for verdict, reason, fix, files in findings
        for file in files
    ]
    return json.dumps(rows, indent=2)


_STYLES = {"free": "green", "identical": "cyan", "conflict": "bold red", "refused": "bold red", "unknown": "yellow"}
_BESIDE_NAME = 11 + 2 + 45
"""Columns that a table needs for the verdict and the reason."""


def as_text(findings: Sequence[Finding], *, width: int = WIDTH, color: bool = False) -> str:
    """Return the findings as a table if it fits, else as a block for each file."""
    longest = max((len(printable(name)) for finding in findings for name in finding.files), default=0)
    fits = longest + _BESIDE_NAME <= width
    target = io.StringIO()
    console = Console(file=target, width=width, force_terminal=color, no_color=not color, legacy_windows=False)
    console.print(_table(findings) if fits else _blocks(findings, width), soft_wrap=not fits)
    text = "\n".join(line.rstrip() for line in target.getvalue().rstrip().splitlines())
    return text if fits else f"{text}\n"


def _blocks(findings: Sequence[Finding], width: int) -> Text:
    """No word is broken, so that a path or a command can be copied."""
    shown = Text()
    fill = partial(textwrap.fill, width=width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    for verdict, reason, fix, files in findings:
        name = printable(", ".join(files))
        gap = "  " if len(verdict.value) + 2 + len(name) <= width else "\n  "
        shown.append(verdict.value, _STYLES[verdict.value]).append(f"{gap}{name}\n")
        shown.append(f"{fill(f'  {printable(reason)}')}\n")
        shown.append(f"{fill(f'  fix: {printable(fix)}')}\n\n", "dim")
    return shown


def _table(findings: Sequence[Finding]) -> Table:
    # Text, never markup: a file name may hold square brackets
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("verdict", no_wrap=True)
    table.add_column("file", overflow="fold", ratio=2)
    table.add_column("why, and what to do", overflow="fold", ratio=3)
    for verdict, reason, fix, files in findings:
        why = Text(f"{printable(reason)}\n").append(f"fix: {printable(fix)}", style="dim")
        table.add_row(Text(verdict.value, style=_STYLES[verdict.value]), Text(printable(", ".join(files))), why)
    return table


_LEVELS = {"conflict": "error", "refused": "error", "unknown": "warning"}
_MARKUP = "\\`*_|[]#~"
"""Markdown's, in a cell."""


def annotate(report: Report) -> Iterator[str]:
    """Yield GitHub's commands for files that are neither free nor identical, and for tight quotas."""
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
    """Return the report for a step summary."""
    rows = [
        f"| {verdict.value} | <code>{_cell(', '.join(files))}</code> | {_cell(reason)} | {_cell(fix)} |"
        for verdict, reason, fix, files in report.findings
    ]
    notes = [f"- {_cell(each.told)}" for each in report.notes]
    quotas = [f"- {'**Nearly full.** ' if quota.is_tight else ''}{_cell(str(quota))}" for quota in report.quotas]
    head = ["### uniqver check", "", "| verdict | file | why | fix |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, "", *notes, *quotas, ""])


def _cell(text: str) -> str:
    return "".join(f"&#{ord(char)};" if char in _MARKUP else html.escape(char) for char in printable(text))


def show_on_github(report: Report) -> None:
    """Write annotations to stderr, which GitHub reads like stdout, and the step summary."""
    for line in annotate(report):
        print(line, file=sys.stderr)
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(as_markdown(report))


def quota_of(catalog: Catalog) -> Quota | None:
    """Return the room of a project; ``None`` if it gets no file, or the index doesn't show sizes."""
    adds = sum(file.size or 0 for file in catalog.files if file.pending)
    used, limit = catalog.size - adds, catalog.listing.profile.quota
    if not adds or not used or any(file.size is None for file in catalog.files):
        return None
    return Quota(catalog.listing.project, used, adds, limit if limit is not None and used <= limit else None)
