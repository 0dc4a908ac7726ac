"""What ``doctor`` reports: one diagnostic for each thing that is wrong, as text and as JSON. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Diagnostic(NamedTuple):
    """One thing that is wrong, and how to fix it."""

    severity: Literal["error", "warning"]
    """``error``: a build or an upload would fail, or go wrong unseen. ``warning``: it works until something happens."""
    what: str
    fix: str
    """The command or the line to type."""
    where: str | None = None
    """The file that it is about."""
    check: str = ""
    """The name of the check that found it; the table of checks fills it in."""


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return what ``--json`` prints. Keys are never renamed or removed within a major version."""
    findings = [found._asdict() for found in diagnostics]
    return json.dumps({"ok": exit_code(diagnostics) == 0, "findings": findings}, indent=2)


def as_text(diagnostic: Diagnostic) -> str:
    """Return one diagnostic as lines."""
    where = f"{diagnostic.where}: " if diagnostic.where else ""
    fix = diagnostic.fix.replace("\n", "\n       ")
    return f"{diagnostic.severity}: {where}{diagnostic.what}\n  fix: {fix}"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the last line."""
    errors = sum(found.severity == "error" for found in diagnostics)
    warnings = len(diagnostics) - errors
    if not diagnostics:
        return "nothing found: builds and uploads should work"
    return f"{errors} {'error' if errors == 1 else 'errors'}, {warnings} {'warning' if warnings == 1 else 'warnings'}"


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """Return 1 if a build or an upload would fail, else 0."""
    return int(any(found.severity == "error" for found in diagnostics))
