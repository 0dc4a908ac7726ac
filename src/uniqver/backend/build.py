"""A hook that makes something: resolve the version, write it down, hand it over, check what came out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from uniqver.backend.leftovers import forget_old_manifest
from uniqver.backend.reproducible import reproducible
from uniqver.backend.requirements import ask, provenance, read_here, say, version_file_of
from uniqver.backend.setuptools import told
from uniqver.errors import ArtifactError
from uniqver.model.provenance import FILE_NAME, as_text
from uniqver.model.report import headline
from uniqver.model.version_file import version_text
from uniqver.project.version_file import needs_writing, says_version, write_version_file
from uniqver.resolve.epoch import EARLIEST, epoch_of
from uniqver.resolve.steps import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.backend.requirements import Hook
    from uniqver.config import Config
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

    def finish_metadata(self, directory: Path) -> None:
        """Check a ``.dist-info`` folder, and put ``uniqver.json`` into it. Raises :class:`ArtifactError`."""
        from uniqver.project.frozen import version_of_dist_info  # each hook reads one kind of artifact

        self._check(directory, version_of_dist_info(directory))
        if self.provenance is not None:
            (directory / FILE_NAME).write_bytes(self.provenance.encode())

    def finish_wheel(self, wheel: Path) -> None:
        """Check a wheel, put ``uniqver.json`` into it, and take out what tells of this machine.

        Raises :class:`ArtifactError`.
        """
        from uniqver.dists.artifacts import versions_of_wheel
        from uniqver.dists.wheel import normalize_wheel

        self._check(wheel, versions_of_wheel(wheel))
        with _removed_if_unfinished(wheel):
            normalize_wheel(wheel, epoch=self.epoch, provenance=self.provenance)

    def finish_sdist(self, sdist: Path) -> None:
        """Check an sdist, put ``uniqver.json`` into it, and take out what tells of this machine.

        Raises :class:`ArtifactError`.
        """
        from uniqver.dists.artifacts import versions_of_sdist
        from uniqver.dists.sdist import normalize_sdist

        self._check(sdist, versions_of_sdist(sdist))
        with _removed_if_unfinished(sdist):
            normalize_sdist(sdist, epoch=self.epoch, provenance=self.provenance)

    def _check(self, artifact: Path, said: dict[str, str]) -> None:
        """Raise :class:`ArtifactError` where ``artifact`` says another version somewhere, and remove it."""
        wrong = {place: version for place, version in said.items() if version != self.version}
        if not wrong:
            return
        if artifact.is_file():
            artifact.unlink()
        found = ", ".join(f"{place} says {version}" for place, version in wrong.items())
        raise ArtifactError(
            what=f"this build is {self.version}, but in what setuptools made {found}",
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
    earliest = EARLIEST if epoch is None else max(epoch, EARLIEST)
    with told(project, config, decision), reproducible(earliest, project.directory):
        yield Stamp(version=decision.version, provenance=text, epoch=earliest)


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
