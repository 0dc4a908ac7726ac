"""Around a hook that makes something: resolve the version, write it down, pass it on, check what came out."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from posixpath import normpath

from uniqver.backend.environment import imported_setuptools, log, request_here, run_setuptools, version_file_of
from uniqver.backend.lock import tree_lock
from uniqver.backend.setuptools import files_in_git, setuptools_knows
from uniqver.backend.source_date import EARLIEST, epoch_of, reproducible
from uniqver.errors import ArtifactError
from uniqver.files import read_text
from uniqver.model import NamedTuple
from uniqver.model.decision import Decision
from uniqver.model.provenance import FILE_NAME, Provenance, as_text, parsed, provenance_of, version_in_metadata
from uniqver.model.version_file_text import version_text
from uniqver.model.wording import lines, listed
from uniqver.project.version_file import says_version, write_version_file
from uniqver.resolve import resolve
from uniqver.resolve.request import Hook, Request

_UNFINISHED = ".tmp-uniqver-"


class Stamp(NamedTuple):
    """What an artifact gets, and is checked against."""

    version: str
    provenance: Provenance | None
    """For ``uniqver.json``; ``None`` if the sdist that is built has none."""
    epoch: int
    """Of every member, seconds, UTC."""
    version_file: str | None
    """From the project."""
    untracked: Callable[[Iterable[str]], list[str]]
    """Those of an artifact's members that no commit has, if the version is public."""
    strict: bool
    """Whether a wheel with such a member is an error: whoever only installs it is not stopped."""

    def finish_metadata(self, directory: Path) -> None:
        """Check a ``.dist-info`` folder, and put ``uniqver.json`` into it. Raises :class:`ArtifactError`."""
        found = version_in_metadata(read_text(directory / "METADATA", "replace"), directory.name)
        self._require_none({"METADATA": found} if found != self.version else {})
        text = self._text(tools=True)
        if text is not None:
            (directory / FILE_NAME).write_bytes(text.encode())

    def finish(self, artifact: Path) -> None:
        """Normalize and check a wheel or an sdist, with ``uniqver.json`` in it. Raises :class:`ArtifactError`."""
        from uniqver.dists import other_versions  # for these hooks alone
        from uniqver.dists.normalization import normalize_sdist, normalize_wheel

        is_wheel = artifact.suffix == ".whl"
        normalize = normalize_wheel if is_wheel else normalize_sdist
        made = normalize(artifact, self.epoch, self._text(tools=is_wheel), self.version_file)
        self._require_none(other_versions(made, self.version, self.version_file))
        names = (member.name if is_wheel else member.name.partition("/")[2] for member in made.members)
        packed = self.untracked(names)
        if packed:
            found = ArtifactError(
                what=f"{made.name} is public and holds {listed(packed)}, which git does not track",
                fix="git add (or remove, or ignore) these files; or name them in allow-changes in [tool.uniqver]",
            )
            if self.strict or not is_wheel:
                raise found
            log(f"warning: {found.what}; {found.fix}")

    def _text(self, *, tools: bool) -> str | None:
        """Return the text of ``uniqver.json``: a wheel's names the tools that made it."""
        if self.provenance is None:
            return None
        made_with = (self.provenance.tools or _tools()) if tools else None
        return as_text(self.provenance._replace(tools=made_with))

    def _require_none(self, wrong: Mapping[str, str]) -> None:
        if wrong:
            found = ", ".join(f"{place} has {version}" for place, version in wrong.items())
            raise ArtifactError(
                what=f"this build is {self.version}, but in what setuptools made {found}",
                fix="remove version= from setup.py, tag-build from [tool.distutils.egg_info], and what else sets a version in the build",
            )


def prepared(hook: Hook, directory: str, config_settings: object, *, legacy: bool) -> str:
    """Have setuptools make a ``.dist-info`` in ``directory``; return its name."""
    with _stamped(hook) as stamp:
        name = str(run_setuptools(hook, directory, config_settings, legacy=legacy))
        stamp.finish_metadata(Path(directory, name))
    return name


def built(hook: Hook, directory: str, config_settings: object, *metadata: str | None, legacy: bool) -> str:
    """Have setuptools make a wheel or an sdist in ``directory``; return its name. ``metadata``: the folder that was prepared."""
    with _stamped(hook, *metadata) as stamp, _unfinished(directory) as folder:
        name = str(run_setuptools(hook, folder, config_settings, *metadata, legacy=legacy))
        stamp.finish(Path(folder, name))
    return name


@contextlib.contextmanager
def _unfinished(directory: str) -> Iterator[str]:
    """Make a folder in ``directory``, whose contents move up at the end: nobody finds half an artifact.

    What killed builds left goes after a day, as other builds may be at work in ``directory``.
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
def _stamped(hook: Hook, metadata_directory: str | None = None) -> Iterator[Stamp]:
    request = request_here(hook, "build", None if metadata_directory is None else Path(metadata_directory))
    directory = request.project.directory
    with tree_lock(directory):
        decision = resolve(request, meanwhile=imported_setuptools)
        carried = None if decision.carried is None else parsed(decision.carried, FILE_NAME)
        epoch = epoch_of(decision, request, carried)
        for line in lines(decision):
            log(line)
        provenance = carried or provenance_of(decision, epoch=epoch)
        version_file = version_file_of(request, decision)
        # an sdist's stays as it is, and that of the hook that prepared the metadata, which knew more
        if version_file is not None and not (
            decision.origin == "sdist"
            or (decision.origin == "metadata" and says_version(version_file, decision.version))
        ):
            write_version_file(version_file, version_text(provenance))
        seconds = EARLIEST if epoch is None else epoch
        with setuptools_knows(request, decision), reproducible(seconds, directory):
            yield Stamp(
                version=decision.version,
                provenance=carried if decision.origin == "sdist" else provenance,
                epoch=seconds,
                version_file=None if version_file is None else version_file.relative_to(directory).as_posix(),
                untracked=partial(_untracked, request, decision, is_wheel=hook != "build_sdist"),
                strict=request.insists,
            )


def _tools() -> dict[str, str]:
    import setuptools

    try:
        from uniqver._version import __version__
    except ImportError:  # uniqver builds itself, before its own version is written down
        __version__ = "unknown"
    return {"setuptools": setuptools.__version__, "uniqver": __version__}


_BEFORE = r"^[^/]+(?:\.dist-info/licenses/|\.data/(?:.*/)?)"
"""What a wheel has before the path of a license, or the name of a script or a data file."""

_COPIES = r"^build/|/site-packages/"
"""Where copies of what a build makes lie, and are not packed."""


def _untracked(request: Request, decision: Decision, members: Iterable[str], *, is_wheel: bool) -> list[str]:
    """Return the members that are untracked files. A wheel lacks the folders above a package, which setup.py may choose."""
    if not decision.public or not decision.untracked:
        return []
    inside = request.project.inside(request.top)
    paths = [path.removeprefix(inside) for path in decision.untracked if path.startswith(inside)]
    if not is_wheel:
        return sorted({*paths} & {*members})
    named = {re.sub(_BEFORE, "", member): member for member in members}
    packed = {*paths, *_endings(path for path in paths if not re.search(_COPIES, path))} & named.keys()
    # what git ignores in a package, as the version file
    places = {normpath(f"{root}/{path}"): path for root in request.project.package_roots for path in packed}
    there = (place for place in places.keys() - paths if (request.project.directory / place).is_file())
    packed -= {places[place] for place in there}
    packed -= _endings(files_in_git(request)) if packed else set()
    return sorted(named[path] for path in packed)


def _endings(paths: Iterable[str]) -> set[str]:
    """Return all ends of ``a/b/c``: ``c`` and ``b/c``, too."""
    return {path[start.start() :] for path in paths for start in re.finditer("(?<=/)[^/]|^.", path)}
