"""Tells findings: to a person as text, to a machine as JSON. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uniqver.cli.doctor.values import Finding


def as_json(findings: Sequence[Finding]) -> str:
    """Return what ``--json`` prints. Keys are never renamed or removed within a major version."""
    rows = [
        {"check": f.check, "severity": f.severity, "where": f.where, "what": f.what, "fix": f.fix} for f in findings
    ]
    return json.dumps({"ok": exit_code(findings) == 0, "findings": rows}, indent=2)


def as_text(finding: Finding) -> str:
    """Return one finding as lines."""
    where = f"{finding.where}: " if finding.where else ""
    fix = finding.fix.replace("\n", "\n       ")
    return f"{finding.severity}: {where}{finding.what}\n  fix: {fix}"


def summary(findings: Sequence[Finding]) -> str:
    """Return the last line."""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    if not findings:
        return "nothing found: builds and uploads should work"
    return f"{errors} {'error' if errors == 1 else 'errors'}, {warnings} {'warning' if warnings == 1 else 'warnings'}"


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 1 where a build or an upload would fail, else 0."""
    return int(any(finding.severity == "error" for finding in findings))
