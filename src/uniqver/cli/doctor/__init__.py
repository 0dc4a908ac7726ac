"""``uniqver doctor``: what stands in the way of a build or an upload, and how to fix it. Its options and its checks.

:mod:`.facts` reads, the checks decide without touching anything, :mod:`.diagnostics` is what they report.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from uniqver.cli.doctor import project_checks, publishing_checks
from uniqver.cli.doctor.diagnostics import as_json, as_text, exit_code, summary

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Sequence

    from uniqver.cli.doctor.diagnostics import Diagnostic
    from uniqver.cli.doctor.facts import ProjectFacts

EXAMPLE = "uniqver doctor --json"


class DoctorCheck(NamedTuple):
    """One check. The first line of the docstring of ``find`` says in a sentence what it finds."""

    name: str
    """Short and stable: what ``--json`` calls it."""
    find: Callable[[ProjectFacts], Iterable[Diagnostic]]


CHECKS: Final = (
    DoctorCheck("settings", project_checks.settings),
    DoctorCheck("backend", project_checks.backend),
    DoctorCheck("static-version", project_checks.static_version),
    DoctorCheck("dynamic", project_checks.missing_dynamic),
    DoctorCheck("version-file", project_checks.version_file),
    DoctorCheck("shallow", project_checks.shallow),
    DoctorCheck("tags", project_checks.tags),
    DoctorCheck("counter", project_checks.counter),
    DoctorCheck("workflow-unreadable", publishing_checks.unreadable),
    DoctorCheck("publishers", publishing_checks.several_publishers),
    DoctorCheck("workflow-setting", publishing_checks.workflow_setting),
    DoctorCheck("stopped-builds", publishing_checks.stopped_builds),
    DoctorCheck("workflow-run", publishing_checks.workflow_run),
    DoctorCheck("matrix-versions", publishing_checks.matrix_versions),
    DoctorCheck("fetch-depth", publishing_checks.fetch_depth),
    DoctorCheck("cibuildwheel", publishing_checks.cibuildwheel),
    DoctorCheck("trusted-publishing", publishing_checks.trusted_publishing),
    DoctorCheck("token", publishing_checks.token),
    DoctorCheck("skip-existing", publishing_checks.skip_existing),
    DoctorCheck("force-replace", publishing_checks.force_replace),
    DoctorCheck("readme", project_checks.readme),
    DoctorCheck("classifiers", project_checks.classifiers),
    DoctorCheck("stale-dist", project_checks.stale_dist),
    DoctorCheck("uv-cache-keys", project_checks.uv_cache_keys),
)
"""All checks, in the order in which their findings are shown."""


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--offline", action="store_true", help="don't ask the remote for its tags")


def run(options: Namespace) -> int:
    """Examine, print, and return the exit code. Raises :class:`~uniqver.errors.UniqverError` without a project."""
    from uniqver.cli.doctor.facts import read_facts  # needs the extra

    found = find_all(read_facts(options.project, os.environ, remote=not options.offline))
    if options.json:
        print(as_json(found))
    else:
        _show(found)
        print(f"uniqver: {summary(found)}", file=sys.stderr)
    return exit_code(found)


def find_all(facts: ProjectFacts) -> tuple[Diagnostic, ...]:
    """Return what every check finds, each with its check's name."""
    return tuple(found._replace(check=check.name) for check in CHECKS for found in check.find(facts))


def _show(diagnostics: Sequence[Diagnostic]) -> None:
    if not sys.stdout.isatty():
        for found in diagnostics:
            print(as_text(found))
        return
    from rich.console import Console  # of the extra; honours NO_COLOR
    from rich.text import Text

    console = Console()
    for found in diagnostics:
        text = Text(as_text(found))
        text.stylize("bold red" if found.severity == "error" else "yellow", 0, len(found.severity))
        console.print(text, soft_wrap=True)
