"""The face of ``uniqver check``: its options, what it prints where, its exit code. Holds no logic.

Everything that needs the extra's libraries is imported when the command runs, since no other command needs them.
"""

from __future__ import annotations

import os
import shutil
import sys
from argparse import BooleanOptionalAction
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.cli.check.demands import Demands
from uniqver.cli.check.request import Request
from uniqver.cli.check.verdict import Verdict, exit_code

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from uniqver.cli.check.request import Report

EXAMPLE = "uniqver check --print free dist/* | xargs -r twine upload"


def add_options(parser: ArgumentParser) -> None:
    """Add to ``parser`` what only this command takes (``--project`` and ``--json`` are there already)."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="wheels and sdists: dist/*")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--index", metavar="URL", help="the simple pages (default: index in [tool.uniqver], else PyPI)")
    where.add_argument("--repository", metavar="NAME", help="a section of .pypirc; also pypi and testpypi")
    parser.add_argument(
        "--rules",
        choices=("pypi", "names"),
        help="all of PyPI's rules, or only that a taken name stays taken (default: pypi, but names on devpi and pypiserver)",
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--release", action="store_true", help="refuse development, pre- and local versions")
    kind.add_argument("--dev", action="store_true", help="refuse plain releases")
    _flag(parser, "--same-version", "refuse more than one version of a project (on by default)")
    parser.add_argument("--expect", type=Version, metavar="VERSION", help="refuse every other version")
    _flag(parser, "--metadata", "make twine's check of metadata and description (on by default)")
    parser.add_argument("--install", action="store_true", help="install and import each wheel in a fresh environment")
    parser.add_argument("--timeout", type=float, default=20.0, metavar="SECONDS", help="for each answer (default: 20)")
    parser.add_argument("--print", choices=("free",), help="print only the names of these files, for xargs")


def _flag(parser: ArgumentParser, name: str, text: str) -> None:
    parser.add_argument(name, action=BooleanOptionalAction, default=True, help=text)


def run(options: Namespace) -> int:
    """Check, print, and return the exit code."""
    from uniqver.cli.check.command import check  # needs the extra

    report = check(_request(options))
    _show(report, options)
    return exit_code(report.outcomes)


def _request(options: Namespace) -> Request:
    return Request(
        files=options.files,
        directory=options.project,
        environ=os.environ,
        now=datetime.now(timezone.utc),
        index=options.index,
        repository=options.repository,
        rules=options.rules,
        demands=Demands(
            release=options.release, dev=options.dev, same_version=options.same_version, expect=options.expect
        ),
        metadata=options.metadata,
        install=options.install,
        timeout=options.timeout,
        progress=sys.stderr.isatty(),
    )


def _show(report: Report, options: Namespace) -> None:
    """Print results to stdout, and to stderr what stands beside them."""
    from uniqver.cli.check.report import as_json, as_table  # needs the extra

    for note in report.notes:
        print(f"uniqver: note: {note}", file=sys.stderr)
    caveat_to = sys.stderr
    if options.json:
        print(as_json(report.outcomes))
    elif options.print:
        left_out = [outcome for outcome in report.outcomes if outcome.verdict is not Verdict.FREE]
        if left_out:
            print(as_table(left_out, width=None, color=False), file=sys.stderr)
        for outcome in report.outcomes:
            if outcome.verdict is Verdict.FREE:
                print(outcome.file)
    else:
        caveat_to = sys.stdout
        on_terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if on_terminal else None
        print(as_table(report.outcomes, width=width, color=on_terminal and "NO_COLOR" not in os.environ))
    print(f"uniqver: note: {report.caveat}", file=caveat_to)
