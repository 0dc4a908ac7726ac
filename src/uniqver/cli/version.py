"""``uniqver version``, and ``uniqver allocate``, which takes a number: the version of this tree."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.cli import show_json
from uniqver.config import unknown_variables
from uniqver.model.decision import Decision
from uniqver.model.wording import lines
from uniqver.resolve import resolve
from uniqver.resolve.request import Purpose, request_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_options(parser: ArgumentParser) -> None:
    """Add nothing."""


def run(options: Namespace) -> int:
    """Print the version."""
    decision = decide(options.project, options.command)
    for line in lines(decision)[int(decision.public) :]:
        print(f"uniqver: {line}", file=sys.stderr)
    if options.json:
        from uniqver.model.report import as_json  # pipelines ask for the bare version, many times

        show_json(as_json(decision))
    else:
        print(decision.version)
    return 0


def decide(directory: Path, purpose: Purpose) -> Decision:
    """Return the project's version; warn of variables that are not known."""
    decision = resolve(request_for(directory, os.environ, purpose))
    for warning in unknown_variables(os.environ):
        print(f"uniqver: warning: {warning}", file=sys.stderr)
    return decision
