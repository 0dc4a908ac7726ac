"""One hook's work around setuptools: resolve the version, write it down, hand it over, check what came out."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import setuptools

from uniqver import config as settings
from uniqver.counters.clients import requirements
from uniqver.errors import ArtifactError
from uniqver.handover import handed_over
from uniqver.provenance import FILE_NAME, as_text, parsed, provenance_of
from uniqver.report import headline
from uniqver.resolve import Request, resolve
from uniqver.resolve.epoch import EARLIEST, epoch_of
from uniqver.scm import is_missing
from uniqver.surroundings import reproducible
from uniqver.telling import UNKNOWN, scm_requirements, told
from uniqver.tree import find_version_file, forget_old_manifest, needs_writing, read_project, write_version_file
from uniqver.tree.version_file import says_version
from uniqver.value import Value
from uniqver.version_text import version_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uniqver.config import Config
    from uniqver.model import Decision
    from uniqver.provenance import Provenance
    from uniqver.tree import Project

Hook = Literal[
    "build_sdist",
    "build_wheel",
    "build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
]
"""The hooks that make something; a ``get_requires_for_…`` goes by the name of the hook it is for."""


class Stamp(Value):
    """What the build under way puts into what setuptools makes, and checks it against."""

    version: str
    provenance: str | None
    """The text of ``uniqver.json``; ``None`` for an sdist that came without."""
    epoch: int
    """The time of every member, seconds since the epoch, UTC."""

    def finish_metadata(self, directory: Path) -> None:
        """Put ``uniqver.json`` into a ``.dist-info`` folder."""
        if self.provenance is not None:
            (directory / FILE_NAME).write_bytes(self.provenance.encode())

    def finish_wheel(self, wheel: Path) -> None:
        """Put ``uniqver.json`` into a wheel, and take out what tells of this machine."""
        from uniqver.wheel_archive import normalize_wheel  # only this hook needs it

        with _removed_if_unfinished(wheel):
            normalize_wheel(wheel, epoch=self.epoch, provenance=self.provenance)

    def finish_sdist(self, sdist: Path) -> None:
        """Put ``uniqver.json`` into an sdist, and take out what tells of this machine."""
        from uniqver.sdist_archive import normalize_sdist  # as above

        with _removed_if_unfinished(sdist):
            normalize_sdist(sdist, epoch=self.epoch, provenance=self.provenance)

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
def _removed_if_unfinished(artifact: Path) -> Iterator[None]:
    """Leave no artifact behind that is only half of what it should be."""
    try:
        yield
    except BaseException:
        artifact.unlink(missing_ok=True)
        raise


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
    _write_version_file(project, config, decision, _provenance(decision, None), only_missing=True)
    client = () if decision.counter_kind is None else requirements(decision.counter_kind)
    with told(project, config, decision):
        yield (*needed, *client)


@contextlib.contextmanager
def stamped(hook: Hook, metadata_directory: str | None = None) -> Iterator[Stamp]:
    """Around a hook that makes something: it is made with the build's version, which is written down first."""
    project, config = _read_here()
    prepared = None if metadata_directory is None else Path(metadata_directory)
    request = _request(project, config, hook, purpose="build", metadata_directory=prepared)
    decision = resolve(request)
    epoch = epoch_of(decision, request)
    _announce(decision)
    provenance = _provenance(decision, epoch)
    _write_version_file(project, config, decision, provenance)
    forget_old_manifest(project)
    text = decision.carried
    if text is None and decision.origin != "sdist":
        text = as_text(provenance)
    earliest = EARLIEST if epoch is None else max(epoch, EARLIEST)
    with told(project, config, decision), reproducible(earliest, project.directory):
        yield Stamp(version=decision.version, provenance=text, epoch=earliest)


def _provenance(decision: Decision, epoch: int | None) -> Provenance:
    if decision.carried is not None:
        return parsed(decision.carried, FILE_NAME)
    return provenance_of(decision, epoch=epoch, uniqver=_own_version(), setuptools=setuptools.__version__)


def _own_version() -> str:
    """Return uniqver's version; uniqver building itself has none before its own is written down."""
    try:
        from uniqver._version import __version__
    except ImportError:
        return "unknown"
    return __version__


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


def _write_version_file(
    project: Project, config: Config, decision: Decision, provenance: Provenance, *, only_missing: bool = False
) -> None:
    """Write the version file of the build, where the project has one. An sdist's own is left as it is."""
    if decision.origin == "sdist":
        return
    path = find_version_file(project, config.version_file)
    if path is None:
        return
    if decision.origin == "metadata" and says_version(path, decision.version):
        return  # written by the hook that prepared the metadata, which knew more
    text = version_text(provenance)
    if needs_writing(path, text) and not (only_missing and path.exists()):
        write_version_file(path, text)


def _announce(decision: Decision) -> None:
    _say("", headline(decision))
    for warning in decision.warnings:
        _say("warning", warning)


def _say(kind: str, sentence: str) -> None:
    print(f"uniqver: {kind}: {sentence}" if kind else f"uniqver: {sentence}", file=sys.stderr, flush=True)  # noqa: T201
