"""``uniqver init`` from the folder to the files. Prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.cli.init.plan import make_plan
from uniqver.cli.init.snapshot import guess_ci, repository_top, take_snapshot
from uniqver.cli.init.write import write_changes

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.cli.init.values import Ci, Plan


def plan_for(directory: Path, ci: Ci | None) -> Plan:
    """Return what ``init`` would do to the project at ``directory``. Raises :class:`~uniqver.errors.UniqverError`."""
    snapshot = take_snapshot(directory)
    return make_plan(snapshot, ci or guess_ci(snapshot))


def write(directory: Path, plan: Plan) -> None:
    """Write what ``plan`` says. Raises :class:`~uniqver.errors.ProjectError`."""
    directory = directory.resolve()
    write_changes(repository_top(directory) or directory, plan.changes)
