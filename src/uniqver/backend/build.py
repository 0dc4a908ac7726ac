"""Around a hook that makes something: resolve the version, write it down, hand it over, check what came out."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.backend.environment import imported_setuptools, log, request_here, version_file_of
from uniqver.backend.lock import tree_lock
from uniqver.backend.setuptools import setuptools_knows
from uniqver.backend.source_date import EARLIEST, epoch_of, reproducible
from uniqver.errors import ArtifactError, ProjectError
from uniqver.model.named_tuple import NamedTuple
from uniqver.model.provenance import FILE_NAME, as_text, parsed, provenance_of
from uniqver.model.version_text import version_text
from uniqver.model.wording import lines
from uniqver.project.version_file import find_version_file, says_version, write_version_file
from uniqver.resolve.precedence import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uniqver.dists.distribution import Distribution
    from uniqver.model.decision import Decision
    from uniqver.model.provenance import Provenance
    from uniqver.resolve.request import Hook, Request

_UNFINISHED = ".tmp-uniqver-"


class Stamp(NamedTuple):
    """What the build under way puts into what setuptools makes, and checks it against."""

    version: str
    provenance: Provenance | None
    """The contents of ``uniqver.json``; ``None`` for an sdist that came without."""
    epoch: int
    """The time of every member, seconds since the epoch, UTC."""
    version_file: str | None
    """Path of the project's version file, in the project, with slashes."""
    unknown: frozenset[str]
    """Paths, from the project or from its package folders, that git neither tracks nor ignores."""

    def finish_metadata(self, directory: Path) -> None:
        """Check a ``.dist-info`` folder, and put ``uniqver.json`` into it. Raises :class:`ArtifactError`."""
        from uniqver.project.frozen import version_of_dist_info  # each hook reads one kind of artifact

        found = version_of_dist_info(directory)
        self._require_none({place: version for place, version in found.items() if version != self.version})
        text = self._text(tools=True)
        if text is not None:
            (directory / FILE_NAME).write_bytes(text.encode())

    def finish_wheel(self, wheel: Path) -> None:
        """Check a wheel, put ``uniqver.json`` into it, and take out what depends on this machine.

        Raises :class:`ArtifactError`.
        """
        from uniqver.dists.normalization import normalize_wheel  # each hook makes one kind of artifact

        self._check(normalize_wheel(wheel, self.epoch, self._text(tools=True), self.version_file))

    def finish_sdist(self, sdist: Path) -> None:
        """Check an sdist, put ``uniqver.json`` into it, and take out what depends on this machine.

        Raises :class:`ArtifactError`.
        """
        from uniqver.dists.normalization import normalize_sdist

        self._check(normalize_sdist(sdist, self.epoch, self._text(tools=False), self.version_file))

    def _text(self, *, tools: bool) -> str | None:
        """Return the text of ``uniqver.json``: an sdist doesn't name the tools that made it, a wheel does."""
        if self.provenance is None:
            return None
        made_with = (self.provenance.tools or _tools()) if tools else None
        return as_text(self.provenance._replace(tools=made_with))

    def _check(self, made: Distribution) -> None:
        from uniqver.dists.distribution import other_versions

        self._require_none(other_versions(made, self.version, self.version_file))
        if self.unknown and "+" not in self.version:
            in_folder = made.kind == "sdist"  # of its own name: so may be what a killed build left at the root
            names = {member.name.partition("/")[2] if in_folder else member.name for member in made.members}
            packed = sorted(names & self.unknown)
            if packed:
                raise ArtifactError(
                    what=f"{made.name} holds {', '.join(packed[:5])}, which git neither tracks nor ignores: no commit "
                    f"has what {self.version} would be",
                    fix="git add (or remove, or ignore) these files; or name them in allow-changes in [tool.uniqver]",
                )

    def _require_none(self, wrong: Mapping[str, str]) -> None:
        if wrong:
            found = ", ".join(f"{place} has {version}" for place, version in wrong.items())
            raise ArtifactError(
                what=f"this build is {self.version}, but in what setuptools made {found}",
                fix="remove version= from setup.py, tag-build from [tool.distutils.egg_info], and what else sets a version in the build",
            )


@contextlib.contextmanager
def unfinished(directory: str) -> Iterator[str]:
    """A folder in ``directory``, made if it is missing. What is made there moves up when it is finished, in one step.

    So whatever ends the build, nobody finds half an artifact. What killed builds left goes after a day: other projects
    may build into ``directory`` too, and no build takes that long.
    """
    Path(directory).mkdir(parents=True, exist_ok=True)
    for old in Path(directory).glob(f"{_UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if time.time() - old.lstat().st_mtime > 86400:
                shutil.rmtree(old)
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=directory) as folder:
        yield folder
        for path in Path(folder).iterdir():
            path.replace(Path(directory, path.name))


@contextlib.contextmanager
def stamped(hook: Hook, metadata_directory: str | None = None) -> Iterator[Stamp]:
    """Around a hook that makes something: it is made with the build's version, which is written down first."""
    request = request_here(hook, "build", None if metadata_directory is None else Path(metadata_directory))
    directory = request.project.directory
    with tree_lock(directory):
        decision = resolve(request, meanwhile=imported_setuptools)
        epoch = epoch_of(decision, request)
        for line in lines(decision):
            log(line)
        carried = decision.carried
        provenance = provenance_of(decision, epoch=epoch) if carried is None else parsed(carried, FILE_NAME)
        _write_version_file(request, decision, provenance)
        seconds = EARLIEST if epoch is None else epoch
        with setuptools_knows(request, decision), reproducible(seconds, directory):
            yield Stamp(
                version=decision.version,
                provenance=None if decision.origin == "sdist" and carried is None else provenance,
                epoch=seconds,
                version_file=_path_of_version_file(request),
                unknown=_unknown(request, decision),
            )


def _tools() -> dict[str, str]:
    import setuptools

    try:
        from uniqver._version import __version__
    except ImportError:  # uniqver builds itself, before its own version is written down
        __version__ = "unknown"
    return {"setuptools": setuptools.__version__, "uniqver": __version__}


def _path_of_version_file(request: Request) -> str | None:
    try:
        path = find_version_file(request.project, request.config.version_file)
    except ProjectError:  # an sdist need not have the folder
        return None
    return None if path is None else path.relative_to(request.project.directory).as_posix()


def _unknown(request: Request, decision: Decision) -> frozenset[str]:
    """Return the untracked paths as members of an artifact are called: from the project, or from a package folder."""
    if not decision.untracked:
        return frozenset()
    project = request.project
    top = request.top
    inside = "" if top == project.directory else f"{project.directory.relative_to(top).as_posix()}/"
    paths = {path.removeprefix(inside) for path in decision.untracked if path.startswith(inside)}
    roots = [f"{root}/" for root in project.package_roots if root != "."]
    return frozenset(paths | {path.removeprefix(root) for path in paths for root in roots if path.startswith(root)})


def _write_version_file(request: Request, decision: Decision, provenance: Provenance) -> None:
    """Write the version file of the build, if the project has one. An sdist's own is left as it is."""
    path = version_file_of(request, decision)
    # the hook that prepared the metadata has written it, and knew more
    if path is not None and not (decision.origin == "metadata" and says_version(path, decision.version)):
        write_version_file(path, version_text(provenance))
