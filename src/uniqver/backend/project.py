"""The project that a hook is called for: PEP 517 has hooks run in its folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver import config as settings
from uniqver.project.version_file import find_version_file
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from uniqver.model.decision import Decision
    from uniqver.resolve.request import Hook, Purpose, Request


def request_here(hook: Hook, purpose: Purpose, metadata_directory: Path | None = None) -> Request:
    """Return the question which version ``hook`` gets here and now.

    Prints a line for each ``UNIQVER_…`` variable that nothing reads. Raises ``ConfigError``.
    """
    request = request_for(Path.cwd(), os.environ, purpose, hook=hook, metadata_directory=metadata_directory)
    for sentence in settings.unknown_variables(os.environ):
        log(f"warning: {sentence}")
    return request


def version_file_of(request: Request, decision: Decision) -> Path | None:
    """Return where the version file of the build belongs; ``None`` if it has none, or keeps an sdist's own."""
    return None if decision.origin == "sdist" else find_version_file(request.project, request.config.version_file)


def log(line: str) -> None:
    """Print a line to the log of the build."""
    print(f"uniqver: {line}", file=sys.stderr, flush=True)  # noqa: T201
