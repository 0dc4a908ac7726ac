"""``uniqver doctor``: what stands in the way of a build or an upload, and its fix.

:mod:`.project` reads and checks the project, :mod:`.publishing` checks what uploads it, by its :mod:`.workflows`.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from uniqver.cli import show, show_json, wrapped
from uniqver.cli.explain import ci_account, ci_as_text
from uniqver.model.wording import counted

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from uniqver.cli.doctor.project import Diagnostic, ProjectFacts


def add_options(parser: ArgumentParser) -> None:
    """Add its options."""
    parser.add_argument("--offline", action="store_true", help="don't ask the remote for its tags")
    ci = "only print what is detected of the CI, without secrets"
    parser.add_argument("--ci", action="store_true", help=ci)


def run(options: Namespace) -> int:
    """Print the findings; return 1 if a build or an upload would fail."""
    if options.ci:
        account = ci_account(options.project, os.environ)
        show(options, ci_as_text(account), account)
        return 0
    from uniqver.cli.doctor.project import read_facts  # needs the extra

    found = find_all(read_facts(options.project, os.environ, remote=not options.offline))
    data = as_json(found)
    if options.json:
        show_json(data)
    else:
        _show(found)
    return int(not data["ok"])


def checks() -> dict[str, Callable[[ProjectFacts], Iterable[Diagnostic]]]:
    """Return the public generators of two modules, by the names of ``--json``. The manual has their docstrings."""
    from uniqver.cli.doctor import project, publishing  # need the extra, which help and --ci do without

    return {
        name.replace("_", "-"): check
        for module in (project, publishing)
        for name, check in vars(module).items()
        if inspect.isgeneratorfunction(check) and check.__module__ == module.__name__ and not name.startswith("_")
    }


def find_all(facts: ProjectFacts) -> list[Diagnostic]:
    """Run every check."""
    return [found._replace(check=name) for name, check in checks().items() for found in check(facts)]


def as_json(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    findings = [found._asdict() for found in diagnostics]
    return {"ok": all(found.severity != "error" for found in diagnostics), "findings": findings}


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the last line."""
    if not diagnostics:
        return "nothing found: builds and uploads should work"
    errors = sum(found.severity == "error" for found in diagnostics)
    return f"{counted(errors, 'error')}, {counted(len(diagnostics) - errors, 'warning')}"


def _show(diagnostics: Sequence[Diagnostic]) -> None:
    from rich.console import Console  # of the extra; plain text in a pipe, and under NO_COLOR
    from rich.text import Text

    console = Console()
    for severity, what, fix, where, _ in diagnostics:
        lines = f"{severity}: {f'{where}: ' if where else ''}{what}\n  fix: " + fix.replace("\n", "\n       ")
        text = Text(wrapped(lines, sys.stdout) + ("\n" if console.is_terminal else ""))
        text.stylize("bold red" if severity == "error" else "yellow", 0, len(severity))
        console.print(text, soft_wrap=True)
    print(f"uniqver: {summary(diagnostics)}", file=sys.stderr)
