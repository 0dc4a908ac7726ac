"""``uniqver doctor``: what stands in the way of a build or an upload, and how to fix it. Its options and its checks.

:mod:`.facts` reads, the checks decide without touching anything, :mod:`.diagnostics` is what they report.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Final

from uniqver.cli import ci_account
from uniqver.cli.doctor import project_checks, publishing_checks
from uniqver.cli.doctor.diagnostics import as_json, as_text, exit_code, summary

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Sequence

    from uniqver.cli.doctor.diagnostics import Diagnostic
    from uniqver.cli.doctor.facts import ProjectFacts

EXAMPLE = "uniqver doctor --json"

CHECKS: Final = (
    project_checks.settings,
    project_checks.backend,
    project_checks.static_version,
    project_checks.stale_version,
    project_checks.dynamic,
    project_checks.version_file,
    project_checks.git,
    project_checks.shallow,
    project_checks.tags,
    project_checks.counter,
    publishing_checks.workflow_unreadable,
    publishing_checks.publishers,
    publishing_checks.workflow_setting,
    publishing_checks.workflow_run,
    publishing_checks.matrix_versions,
    publishing_checks.fetch_depth,
    publishing_checks.cibuildwheel,
    publishing_checks.trusted_publishing,
    publishing_checks.token,
    publishing_checks.skip_existing,
    publishing_checks.force_replace,
    project_checks.readme,
    project_checks.classifiers,
    project_checks.stale_dist,
    project_checks.uv_cache_keys,
)
"""All checks, in the order in which their findings are shown: the first line of a docstring says what it finds."""


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--offline", action="store_true", help="don't ask the remote for its tags")
    parser.add_argument(
        "--ci",
        action="store_true",
        help="only print what is detected of the CI, without secrets, for a support request",
    )


def run(options: Namespace) -> int:
    """Examine, print, and return the exit code. Raises :class:`~uniqver.errors.UniqverError` without a project."""
    if options.ci:
        account = ci_account.ci_account(options.project, os.environ)
        print(json.dumps(ci_account.as_json(account), indent=2) if options.json else ci_account.as_text(account))
        return 0
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
    return tuple(found._replace(check=name_of(check)) for check in CHECKS for found in check(facts))


def name_of(check: Callable[[ProjectFacts], Iterable[Diagnostic]]) -> str:
    """Return what ``--json`` calls a check; it never changes."""
    return check.__name__.replace("_", "-")


def _show(diagnostics: Sequence[Diagnostic]) -> None:
    from rich.console import Console  # of the extra; plain text in a pipe, and under NO_COLOR
    from rich.text import Text

    console = Console()
    for found in diagnostics:
        text = Text(as_text(found))
        text.stylize("bold red" if found.severity == "error" else "yellow", 0, len(found.severity))
        console.print(text, soft_wrap=True)
