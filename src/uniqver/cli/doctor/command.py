"""``uniqver doctor`` from the folder to the findings. Prints nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from uniqver import config as settings
from uniqver.cli.doctor.checks import find_all
from uniqver.cli.doctor.gather import gather
from uniqver.project.pyproject import read_project
from uniqver.resolve.steps import Request, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from uniqver.cli.doctor.values import Finding


def examine(directory: Path, environ: Mapping[str, str], *, remote: bool = True) -> tuple[Finding, ...]:
    """Return what stands in the way. Raises :class:`~uniqver.errors.UniqverError` where there is no project."""

    def ask_counter(at: Path) -> None:
        """Ask for the version that would be next, by the counter: takes no number."""
        project = read_project(at)
        config = settings.read(project.settings, {"UNIQVER_SOURCE": "counter"}, project=project.name)
        resolve(Request(project=project, config=config, environ=environ, now=int(time.time()), purpose="peek"))

    return find_all(gather(directory, environ, ask_counter=ask_counter, remote=remote))
