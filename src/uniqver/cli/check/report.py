"""How outcomes are shown: a table for people, JSON for programs. Returns text, prints nothing."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from uniqver.cli.check.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uniqver.cli.check.verdict import Outcome

WIDTH = 120
"""Columns where there's no terminal: a CI's log."""

_STYLES = {
    Verdict.FREE: "green",
    Verdict.IDENTICAL: "cyan",
    Verdict.CONFLICT: "bold red",
    Verdict.REFUSED: "bold red",
    Verdict.UNKNOWN: "yellow",
}


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Return a list of objects with ``file``, ``verdict``, ``reason`` and ``fix``, all strings."""
    rows = [{"file": row.file, "verdict": row.verdict.value, "reason": row.reason, "fix": row.fix} for row in outcomes]
    return json.dumps(rows, indent=2)


def as_table(outcomes: Sequence[Outcome], *, width: int | None, color: bool) -> str:
    """Return the table. ``width`` ``None`` stands for a log without a terminal."""
    # Text, never markup: a file name or an index's words may hold square brackets.
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("verdict", no_wrap=True)
    table.add_column("file", overflow="fold", ratio=2)
    table.add_column("why, and what to do", overflow="fold", ratio=3)
    for row in outcomes:
        why = Text(f"{row.reason}\n").append(f"fix: {row.fix}", style="dim")
        table.add_row(Text(row.verdict.value, style=_STYLES[row.verdict]), Text(row.file), why)
    target = io.StringIO()
    Console(file=target, width=width or WIDTH, force_terminal=color, no_color=not color, legacy_windows=False).print(
        table
    )
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines())
