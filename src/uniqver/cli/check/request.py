"""What a check is asked for, and what comes out of it: values, with no library behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uniqver.cli.check.demands import Demands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from uniqver.cli.check.judge import RuleSet
    from uniqver.cli.check.verdict import Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One call of ``uniqver check``."""

    files: Sequence[str]
    """Paths and patterns, as given."""
    directory: Path
    """The project's folder."""
    environ: Mapping[str, str]
    now: datetime
    """Aware."""
    index: str | None = None
    repository: str | None = None
    rules: RuleSet | None = None
    demands: Demands = field(default_factory=Demands)
    metadata: bool = True
    install: bool = False
    timeout: float = 20.0
    """Seconds for each answer of the index."""
    progress: bool = False
    """Whether stderr is a terminal that progress may be drawn on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What is said of all files of a call."""

    outcomes: tuple[Outcome, ...]
    """One for each file, in the order given."""
    notes: tuple[str, ...]
    """Sentences about the call as a whole."""
    caveat: str
    """What no index shows: said once, whatever the verdicts."""
