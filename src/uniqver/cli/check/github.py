"""``--github``: annotations and a step summary, in the words of docs.github.com (workflow commands)."""

from __future__ import annotations

import html
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.cli.check.report import Report, Verdict
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LEVELS = {Verdict.CONFLICT: "error", Verdict.REFUSED: "error", Verdict.UNKNOWN: "warning"}
_MARKUP = "\\`*_|[]#~"
"""What Markdown could take for markup in a cell."""


def annotate(report: Report) -> Iterator[str]:
    """Yield a command for each file that is neither free nor identical, and for a quota that is tight."""
    for verdict, reason, fix, files in report.findings:
        if verdict in _LEVELS:
            name = printable(", ".join(files))
            title = _property(f"uniqver check: {verdict.value}")
            text = _message(f"{name}: {printable(reason)}\nfix: {printable(fix)}")
            yield f"::{_LEVELS[verdict]} file={_property(name)},title={title}::{text}"
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
    notes = [f"- {_cell(': '.join(filter(None, (note.reason, ', '.join(note.files)))))}" for note in report.notes]
    quotas = [f"- {'**Nearly full.** ' if quota.is_tight else ''}{_cell(str(quota))}" for quota in report.quotas]
    head = ["### uniqver check", "", "| verdict | file | why | fix |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, "", *notes, *quotas, ""])


def _cell(text: str) -> str:
    """Return a text that stays in its cell, and is no markup."""
    return "".join(f"&#{ord(char)};" if char in _MARKUP else html.escape(char) for char in printable(text))


def show_on_github(report: Report, environ: Mapping[str, str]) -> None:
    """Write annotations to stderr, which GitHub reads like stdout, and the step summary to its file."""
    for line in annotate(report):
        print(line, file=sys.stderr)
    if path := environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(as_markdown(report))
