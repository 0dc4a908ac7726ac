"""One hook's work around setuptools: resolve the version, write it down, hand it over, check what came out."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from uniqver import config as settings
from uniqver.counters.clients import requirements
from uniqver.errors import ArtifactError
from uniqver.handover import handed_over
from uniqver.report import headline
from uniqver.resolve import Request, resolve
from uniqver.scm import is_missing
from uniqver.telling import UNKNOWN, scm_requirements, told
from uniqver.tree import find_version_file, needs_writing, read_project, write_version_file
from uniqver.tree.version_file import says_version
from uniqver.version_text import version_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uniqver.config import Config
    from uniqver.model import Decision
    from uniqver.tree import Project

Hook = Literal[
    "build_sdist",
    "build_wheel",
    "build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
]
"""The hooks that make something; a ``get_requires_for_…`` goes by the name of the hook it is for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """The version of the build under way, for the check of what setuptools makes of it."""

    version: str

    def check(self, artifact: Path, read: Callable[[Path], dict[str, str]]) -> None:
        """Raise :class:`ArtifactError` where ``artifact`` carries another version, and remove it."""
        wrong = {place: version for place, version in read(artifact).items() if version != self.version}
        if not wrong:
            return
        if artifact.is_file():
            artifact.unlink()
        said = ", ".join(f"{place} says {version}" for place, version in wrong.items())
        raise ArtifactError(
            what=f"this build is {self.version}, but in what setuptools made {said}",
            fix="remove version= from setup.py, tag_build and tag_date from [egg_info] in setup.cfg, and plugins that set a version",
        )


@contextlib.contextmanager
def peeked(hook: Hook) -> Iterator[tuple[str, ...]]:
    """Around a ``get_requires_for_…``: setup.py runs with the version that ``hook`` will get; none is taken.

    Gives what the build needs besides: setuptools-scm for some projects, the client library of its counter. The
    version file is written only if there is none, for a setup.py that imports it.
    """
    project, config = _read_here()
    needed = scm_requirements(project, config)
    if needed and is_missing():
        with handed_over(UNKNOWN):
            yield (*needed, *requirements(config.counter.partition(":")[0]))
        return
    decision = resolve(_request(project, config, hook, purpose="peek"))
    _write_version_file(project, config, decision, only_missing=True)
    with told(project, config, decision):
        yield needed if decision.counter_kind is None else (*needed, *requirements(decision.counter_kind))


@contextlib.contextmanager
def stamped(hook: Hook, metadata_directory: str | None = None) -> Iterator[Stamp]:
    """Around a hook that makes something: it is made with the build's version, which is written down first."""
    project, config = _read_here()
    prepared = None if metadata_directory is None else Path(metadata_directory)
    decision = resolve(_request(project, config, hook, purpose="build", metadata_directory=prepared))
    _announce(decision)
    _write_version_file(project, config, decision)
    with told(project, config, decision):
        yield Stamp(version=decision.version)


def _read_here() -> tuple[Project, Config]:
    project = read_project(Path.cwd())
    for sentence in settings.unknown_variables(os.environ):
        _say("warning", sentence)
    return project, settings.read(project.settings, os.environ, project=project.name)


def _request(
    project: Project,
    config: Config,
    hook: Hook,
    *,
    purpose: Literal["peek", "build"],
    metadata_directory: Path | None = None,
) -> Request:
    return Request(
        project=project,
        config=config,
        environ=os.environ,
        now=int(time.time()),
        purpose=purpose,
        hook=hook,
        metadata_directory=metadata_directory,
    )


def _write_version_file(project: Project, config: Config, decision: Decision, *, only_missing: bool = False) -> None:
    """Write the version file of the build, where the project has one. An sdist's own is left as it is."""
    if decision.origin == "sdist":
        return
    path = find_version_file(project, config.version_file)
    if path is None:
        return
    if decision.origin == "metadata" and says_version(path, decision.version):
        return  # written by the hook that prepared the metadata, which knew more
    text = version_text(decision)
    if needs_writing(path, text) and not (only_missing and path.exists()):
        write_version_file(path, text)


def _announce(decision: Decision) -> None:
    _say("", headline(decision))
    for warning in decision.warnings:
        _say("warning", warning)


def _say(kind: str, sentence: str) -> None:
    print(f"uniqver: {kind}: {sentence}" if kind else f"uniqver: {sentence}", file=sys.stderr, flush=True)  # noqa: T201
