"""``uniqver check``: predicts what an index will do with files, before they are uploaded.

:mod:`.pipeline` tries every rule on every file. A rule takes a :class:`~.rules.Case` and yields each
:class:`~.report.Finding`: those of all indexes are in :mod:`.rules`, PyPI's in :mod:`.pypi` and :mod:`.pypi_archive`,
and a real installation is in :mod:`.install`.
"""

from __future__ import annotations

from argparse import BooleanOptionalAction
from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.cli.arguments import add_index_options
from uniqver.index import CHOICES

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_options(parser: ArgumentParser) -> None:
    """Add to ``parser`` what only this command takes."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="wheels and sdists: dist/*")
    add_index_options(parser)
    parser.add_argument(
        "--rules",
        metavar="NAME",
        choices=CHOICES,
        help="what the index is, if it doesn't show it itself; names: only that a taken name stays taken. One of: "
        + ", ".join(CHOICES),
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--release", action="store_true", help="refuse development, pre- and local versions")
    kind.add_argument("--dev", action="store_true", help="refuse plain releases")
    same = "refuse more than one version of a project (on by default)"
    parser.add_argument("--same-version", action=BooleanOptionalAction, default=True, help=same)
    parser.add_argument("--expect", type=Version, metavar="VERSION", help="refuse every other version")
    twine = "make twine's check of metadata and description (on by default)"
    parser.add_argument("--metadata", action=BooleanOptionalAction, default=True, help=twine)
    parser.add_argument("--install", action="store_true", help="install and import each wheel in a fresh environment")
    parser.add_argument(
        "--timeout", type=seconds, default=20.0, metavar="SECONDS", help="for each answer (default: 20)"
    )
    parser.add_argument("--github", action="store_true", help="also write annotations and a step summary for GitHub")
    parser.add_argument("--print", choices=("free",), help="print only the names of these files, for xargs")


def seconds(text: str) -> float:
    """Return a number of seconds that a socket takes. For a ValueError, argparse shows this function's name."""
    number = float(text)
    if not 0 < number < 1e6:
        raise ValueError
    return number


def run(options: Namespace) -> int:
    """Check, print, and return the exit code."""
    # the extra's libraries: --help does without
    from uniqver.cli.check.pipeline import check
    from uniqver.cli.check.report import exit_code, show, show_on_github

    report = check(options)
    show(report, "json" if options.json else options.print or "table")
    if options.github:
        show_on_github(report)
    return exit_code(report.findings)
