"""What every hook does first: reads the project in this folder, and asks which version it gets.

A ``get_requires_for_…`` does no more than that, and needs nothing of what stamps files.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from uniqver import config as settings
from uniqver.backend.handover import handed_over
from uniqver.backend.setuptools import UNKNOWN, told
from uniqver.backend.startup import preload
from uniqver.project.pyproject import read_project
from uniqver.project.version_file import find_version_file, refuse_to_lose, write_version_file
from uniqver.resolve.requirements import client_requirements, scm_is_missing, scm_requirements
from uniqver.resolve.steps import Request, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.config import Config
    from uniqver.model.decision import Decision
    from uniqver.model.provenance import Provenance
    from uniqver.project.pyproject import Project

Hook = Literal[
    "build_sdist",
    "build_wheel",
    "build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
]
"""The hooks that make something; a ``get_requires_for_…`` goes by the name of the hook it is for."""


def read_here() -> tuple[Project, Config]:
    """Return the project in the current folder (PEP 517 has hooks run there) and its settings.

    Says on stderr which ``UNIQVER_…`` variables nothing reads. Raises :class:`ConfigError`.
    """
    project = read_project(Path.cwd())
    for sentence in settings.unknown_variables(os.environ):
        say(f"warning: {sentence}")
    return project, settings.read(project.settings, os.environ, project=project.name)


def ask(
    project: Project,
    config: Config,
    hook: Hook,
    *,
    purpose: Literal["peek", "build"],
    metadata_directory: Path | None = None,
) -> Request:
    """Return the question which version ``hook`` gets here and now."""
    return Request(
        project=project,
        config=config,
        environ=os.environ,
        now=int(time.time()),
        purpose=purpose,
        hook=hook,
        metadata_directory=metadata_directory,
        # a setup.py may want to change something before setuptools imports its commands
        meanwhile=preload if project.declarative else None,
    )


def version_file_of(project: Project, config: Config, decision: Decision) -> Path | None:
    """Return where the version file of the build belongs; ``None`` where it has none, or keeps an sdist's own."""
    return None if decision.origin == "sdist" else find_version_file(project, config.version_file)


def provenance(decision: Decision, epoch: int | None) -> Provenance:
    """Return what the artifacts of the build say about where they came from."""
    import setuptools

    from uniqver.model.provenance import FILE_NAME, parsed, provenance_of

    if decision.carried is not None:
        return parsed(decision.carried, FILE_NAME)
    return provenance_of(decision, epoch=epoch, uniqver=_own_version(), setuptools=setuptools.__version__)


def say(sentence: str) -> None:
    """Print a line to the log of the build."""
    print(f"uniqver: {sentence}", file=sys.stderr, flush=True)  # noqa: T201


@contextlib.contextmanager
def peeked(hook: Hook) -> Iterator[tuple[str, ...]]:
    """Around a ``get_requires_for_…``: setup.py runs with the version that ``hook`` will get; none is taken.

    Gives what the build needs besides: setuptools-scm for some projects, the client library of its counter. The
    version file is written only if there is none, for a setup.py that imports it.
    """
    project, config = read_here()
    needed = scm_requirements(project, config)
    if needed and scm_is_missing():
        with handed_over(UNKNOWN):
            yield (*needed, *client_requirements(config.counter.partition(":")[0]))
        return
    decision = resolve(ask(project, config, hook, purpose="peek"))
    _write_missing_version_file(project, config, decision)
    client = () if decision.counter_kind is None else client_requirements(decision.counter_kind)
    with told(project, config, decision):
        yield (*needed, *client)


def _write_missing_version_file(project: Project, config: Config, decision: Decision) -> None:
    path = version_file_of(project, config, decision)
    if path is None:
        return
    if path.exists():  # mostly, from the build before
        refuse_to_lose(path)  # sooner than the hook that would write it
        return
    from uniqver.model.version_file import version_text

    write_version_file(path, version_text(provenance(decision, None)))


def _own_version() -> str:
    """Return uniqver's version; uniqver building itself has none before its own is written down."""
    try:
        from uniqver._version import __version__
    except ImportError:
        return "unknown"
    return __version__
