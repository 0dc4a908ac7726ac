"""A hook that makes something: resolve the version, write it down, hand it over, check what came out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from uniqver.backend.leftovers import forget_old_manifest
from uniqver.backend.reproducible import reproducible
from uniqver.backend.requirements import ask, provenance, read_here, say, version_file_of
from uniqver.backend.setuptools import told
from uniqver.errors import ArtifactError, ProjectError
from uniqver.model.provenance import FILE_NAME, as_text
from uniqver.model.report import headline
from uniqver.model.version_file import version_text
from uniqver.project.version_file import find_version_file, needs_writing, says_version, write_version_file
from uniqver.resolve.epoch import EARLIEST, epoch_of
from uniqver.resolve.steps import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uniqver.backend.requirements import Hook
    from uniqver.config import Config
    from uniqver.dists.distribution import Distribution
    from uniqver.model.decision import Decision
    from uniqver.model.provenance import Provenance
    from uniqver.project.pyproject import Project


class Stamp(NamedTuple):
    """What the build under way puts into what setuptools makes, and checks it against."""

    version: str
    provenance: str | None
    """The text of ``uniqver.json``; ``None`` for an sdist that came without."""
    epoch: int
    """The time of every member, seconds since the epoch, UTC."""
    version_file: str | None
    """Path of the project's version file, in the project, with slashes."""

    def finish_metadata(self, directory: Path) -> None:
        """Check a ``.dist-info`` folder, and put ``uniqver.json`` into it. Raises :class:`ArtifactError`."""
        from uniqver.project.frozen import version_of_dist_info  # each hook reads one kind of artifact

        found = version_of_dist_info(directory)
        self._require_none({place: version for place, version in found.items() if version != self.version})
        if self.provenance is not None:
            (directory / FILE_NAME).write_bytes(self.provenance.encode())

    def finish_wheel(self, wheel: Path) -> None:
        """Check a wheel, put ``uniqver.json`` into it, and take out what depends on this machine.

        Raises :class:`ArtifactError`, and removes the wheel then.
        """
        from uniqver.dists.wheel import normalize_wheel  # each hook makes one kind of artifact

        with _removed_if_unfinished(wheel):
            self._check(normalize_wheel(wheel, self.epoch, self.provenance, self.version_file))

    def finish_sdist(self, sdist: Path) -> None:
        """Check an sdist, put ``uniqver.json`` into it, and take out what depends on this machine.

        Raises :class:`ArtifactError`, and removes the sdist then.
        """
        from uniqver.dists.sdist import normalize_sdist

        with _removed_if_unfinished(sdist):
            self._check(normalize_sdist(sdist, self.epoch, self.provenance, self.version_file))

    def _check(self, made: Distribution) -> None:
        from uniqver.dists.comparison import other_versions

        self._require_none(other_versions(made, self.version, self.version_file))

    def _require_none(self, wrong: Mapping[str, str]) -> None:
        if wrong:
            found = ", ".join(f"{place} has {version}" for place, version in wrong.items())
            raise ArtifactError(
                what=f"this build is {self.version}, but in what setuptools made {found}",
                fix="remove version= from setup.py, tag_build and tag_date from [egg_info] in setup.cfg, and what else sets a version in the build",
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
def stamped(hook: Hook, metadata_directory: str | None = None) -> Iterator[Stamp]:
    """Around a hook that makes something: it is made with the build's version, which is written down first."""
    project, config = read_here()
    prepared = None if metadata_directory is None else Path(metadata_directory)
    request = ask(project, config, hook, purpose="build", metadata_directory=prepared)
    decision = resolve(request)
    epoch = epoch_of(decision, request)
    _announce(decision)
    facts = provenance(decision, epoch)
    _write_version_file(project, config, decision, facts)
    forget_old_manifest(project)
    text = decision.carried
    if text is None and decision.origin != "sdist":
        text = as_text(facts)
    time = EARLIEST if epoch is None else epoch
    with told(project, config, decision), reproducible(time, project.directory):
        yield Stamp(decision.version, text, time, _path_of_version_file(project, config))


def _path_of_version_file(project: Project, config: Config) -> str | None:
    try:
        path = find_version_file(project, config.version_file)
    except ProjectError:  # an sdist need not have the folder
        return None
    return None if path is None else path.relative_to(project.directory).as_posix()


def _write_version_file(project: Project, config: Config, decision: Decision, facts: Provenance) -> None:
    """Write the version file of the build, where the project has one. An sdist's own is left as it is."""
    path = version_file_of(project, config, decision)
    if path is None:
        return
    if decision.origin == "metadata" and says_version(path, decision.version):
        return  # written by the hook that prepared the metadata, which knew more
    text = version_text(facts)
    if needs_writing(path, text):
        write_version_file(path, text)


def _announce(decision: Decision) -> None:
    say(headline(decision))
    for warning in decision.warnings:
        say(f"warning: {warning}")
