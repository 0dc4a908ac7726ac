"""``uniqver version`` and ``uniqver allocate``: the version of the tree, without and with a number taken for it."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from uniqver import config as settings
from uniqver.project.pyproject import read_project
from uniqver.resolve.steps import Request, resolve

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from pathlib import Path

    from uniqver.model.decision import Decision
    from uniqver.resolve.steps import Purpose

EXAMPLE = 'echo "version=$(uniqver allocate)" >> "$GITHUB_OUTPUT"; uniqver version --json'


def add_options(parser: ArgumentParser) -> None:
    """Add nothing: what every command takes is enough."""


def run(options: Namespace) -> int:
    """Print the version, and its warnings on stderr."""
    decision = decide(options.project, "allocate" if options.command == "allocate" else "peek")
    if options.json:
        import json  # pipelines ask for the bare version, many times

        from uniqver.model.report import as_json

        print(json.dumps(as_json(decision), indent=2))
    else:
        print(decision.version)
    return 0


def request_for(directory: Path, purpose: Purpose) -> Request:
    """Return the question for the project at ``directory``, with this process's environment and clock."""
    project = read_project(directory)
    config = settings.read(project.settings, os.environ, project=project.name)
    return Request(project=project, config=config, environ=os.environ, now=int(time.time()), purpose=purpose)


def decide(directory: Path, purpose: Purpose, *, quiet: bool = False) -> Decision:
    """Resolve the version of the project at ``directory``; warnings go to stderr, unless ``quiet``."""
    decision = resolve(request_for(directory, purpose))
    warnings = () if quiet else decision.warnings
    for warning in (*settings.unknown_variables(os.environ), *warnings):
        print(f"uniqver: warning: {warning}", file=sys.stderr)
    return decision
