"""Wheels, sdists and installations, as they describe themselves.

:mod:`.archive` reads files from elsewhere, within limits; :mod:`.normalization` what a hook has just built.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from uniqver.errors import ArtifactError, UniqverError, printable
from uniqver.model import NamedTuple
from uniqver.model.provenance import FILE_NAME, CoreMetadata, core_metadata, header
from uniqver.model.version_file_text import is_generated, version_in
from uniqver.model.versions import version_of

if TYPE_CHECKING:
    from packaging.version import Version

MIB = 1024 * 1024
MAX_TEXT = 8 * MIB
"""Bytes of METADATA, PKG-INFO and the like."""
PIECE = 256 * 1024
"""Bytes read at once."""

NEVER_UPLOAD = "don't install or upload it; find out what made it, and build again"

_DESCRIBES = r"[^/]+(?:\.dist-info/(?:METADATA|WHEEL)|/PKG-INFO|/uniqver\.json)"
_MAX_VERSION_FILE = 64 * 1024
"""Bytes: a larger one holds more than a version."""

Kind = Literal["file", "folder", "symbolic link", "hard link", "other"]


class Member(NamedTuple):
    """One member of an archive, as listed there."""

    name: str
    kind: Kind
    size: int
    """Bytes, unpacked."""
    mode: int = 0
    time: str = ""
    owner: str = ""
    target: str = ""
    compression: int = 0
    """By zip's numbers: 0 stored, 8 deflated."""


class Entry(NamedTuple):
    """A member and its contents, which a tar archive gives only until the next member."""

    member: Member
    open: Callable[[], IO[bytes]]

    def text(self, limit: int = MAX_TEXT) -> str:
        """Raises :class:`ArtifactError` for more than ``limit`` bytes."""
        if self.member.size > limit:
            raise ArtifactError(
                what=f"{printable(self.member.name)} has {self.member.size / MIB:.1f} MiB, which no real one has",
                fix=NEVER_UPLOAD,
            )
        return b"".join(self.pieces()).decode("utf-8", "replace")

    def pieces(self) -> Iterator[bytes]:
        """Yield the contents in pieces."""
        # of bzip2 and others a few KiB can be gigabytes
        size = PIECE if self.member.compression in (0, 8) else 4096
        with self.open() as file:
            while piece := file.read(size):
                yield piece


class Filename(NamedTuple):
    """The parsed name of a wheel or an sdist."""

    text: str
    kind: Literal["wheel", "sdist"]
    project: str
    """Normalized (PEP 503)."""
    version: Version
    platforms: tuple[str, ...] = ()
    """A wheel's, sorted."""


class Distribution(NamedTuple):
    """One distribution, as it describes itself."""

    name: str
    """Its file name; an installed one's as given."""
    kind: Literal["wheel", "sdist", "installed"]
    metadata: CoreMetadata
    places: Mapping[str, tuple[str, str]]
    """Project and version, normalized, by place."""
    version_files: Mapping[str, str]
    """Versions by version file: those that uniqver wrote, and the project's own."""
    provenance: str | None
    """The text of ``uniqver.json``."""
    generator: str | None = None
    """From WHEEL: ``setuptools (84.2.1)``."""
    members: tuple[Member, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences about what isn't as the format demands."""


@contextlib.contextmanager
def reading(name: str, kind: str) -> Iterator[None]:
    """Turn what zipfile, tarfile and the decompressors raise into :class:`ArtifactError`: more than they document."""
    shown = printable(name)
    try:
        yield
    except ArtifactError as error:
        raise ArtifactError(what=f"{shown}: {error.what}", fix=error.fix) from None
    except (UniqverError, AttributeError, NameError, TypeError, AssertionError):
        raise  # foreseen, or a bug
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            what, fix = f"can't be read or written: {error.strerror}", "check permissions and free disk space"
        else:
            what = f"is not a valid {kind}: {printable(str(error) or type(error).__name__)[:200]}"
            fix = "build it again; if it was copied or downloaded, copy it again"
        raise ArtifactError(what=f"{shown} {what}", fix=fix) from error


@lru_cache(maxsize=1024)  # rules ask for each file again
def parse_filename(text: str) -> Filename | None:
    """Parse a file name; ``None`` if it is neither a wheel's nor an sdist's."""
    try:
        if text.endswith(".whl"):
            project, version, _, tags = parse_wheel_filename(text)
            return Filename(text, "wheel", project, version, tuple(sorted({tag.platform for tag in tags})))
        return Filename(text, "sdist", *parse_sdist_filename(text))
    except ValueError:  # packaging's are, and that of a version with more digits than Python reads
        return None


def required_filename(name: str) -> Filename:
    """Parse a file name. Raises :class:`ArtifactError` if it is neither a wheel's nor an sdist's."""
    found = parse_filename(name)
    if found is None:
        raise ArtifactError(
            what=f"{printable(name)} is neither the name of a wheel nor of an sdist",
            fix="name a file as its index would: NAME-VERSION….whl or .tar.gz",
        )
    return found


def distribution_from(name: str, entries: Iterable[Entry], version_file: str | None = None) -> Distribution:
    """Read a wheel or an sdist. ``version_file`` is the path of the project's own, in the project.

    Raises :class:`ArtifactError` if the file name, METADATA or PKG-INFO is wrong or missing.
    """
    filename = required_filename(name)
    is_wheel = filename.kind == "wheel"
    members, texts, version_files = _read(entries, version_file)
    ending = ".dist-info/METADATA" if is_wheel else "/PKG-INFO"
    paths = [member.name for member in members if member.name in texts and member.name.endswith(ending)]
    if len(paths) != 1:
        number = "more than one" if paths else "no"
        raise ArtifactError(what=f"there is {number} *{ending} in it", fix="build it again: python -m build")
    metadata = core_metadata(texts[paths[0]])
    folder, _, called = paths[0].partition("/")
    places: dict[str, tuple[str | None, str | None]] = {"file name": (filename.project, str(filename.version))}
    if is_wheel:
        project, _, version = folder.removesuffix(".dist-info").rpartition("-")
        places[".dist-info"] = project, version.replace("_", "-")
    inside = {path.partition("/")[2]: packed for path, packed in version_files.items()}
    return Distribution(
        name=name,
        kind=filename.kind,
        metadata=metadata,
        places=_normalized({**places, called: (metadata.name, metadata.version)}),
        version_files=version_files if is_wheel else inside,
        provenance=texts.get(f"{folder}/{FILE_NAME}"),
        generator=header(texts.get(f"{folder}/WHEEL", ""), "Generator"),
        members=members,
        problems=tuple(_problems(Counter(member.name for member in members), f"{folder}/" if is_wheel else None)),
    )


def _problems(counted: Mapping[str, int], dist_info: str | None) -> Iterator[str]:
    for path in () if dist_info is None else (f"{dist_info}WHEEL", f"{dist_info}RECORD"):
        if counted[path] != 1:
            yield f"there is {'more than one' if counted[path] else 'no'} {path}"
    folders = {name.partition("/")[0] for name in counted}
    if dist_info is None and len(folders) != 1:
        yield f"an sdist has exactly one folder at its top, not {len(folders)}"


def installation_from(name: str, text_of: Callable[[str], str | None], entries: Iterable[Entry]) -> Distribution:
    """Read an installed distribution; ``text_of`` reads a file of its ``.dist-info``."""
    metadata = core_metadata(text_of("METADATA") or text_of("PKG-INFO") or "")
    return Distribution(
        name=name,
        kind="installed",
        metadata=metadata,
        places=_normalized({"METADATA": (metadata.name, metadata.version)}),
        version_files=_read(entries)[2],
        provenance=text_of(FILE_NAME),
    )


def _normalized(places: Mapping[str, tuple[str | None, str | None]]) -> dict[str, tuple[str, str]]:
    return {
        place: (canonicalize_name(name or "nothing"), _pep440(version)) for place, (name, version) in places.items()
    }


def _pep440(version: str | None) -> str:
    return str(version_of(version or "") or version or "nothing")


def _is_at(version_file: str | None, member: str) -> bool:
    return version_file is not None and (version_file == member or version_file.endswith(f"/{member}"))


def _read(
    entries: Iterable[Entry], version_file: str | None = None
) -> tuple[tuple[Member, ...], dict[str, str], dict[str, str]]:
    """Return the members, texts by member, and versions by version file."""
    members: list[Member] = []
    texts: dict[str, str] = {}
    version_files: dict[str, str] = {}
    for entry in entries:
        member = entry.member
        members.append(member)
        if member.kind != "file":
            continue
        if re.fullmatch(_DESCRIBES, member.name):
            texts[member.name] = entry.text()
            continue
        own = _is_at(version_file, member.name) or _is_at(version_file, member.name.partition("/")[2])
        if (own or member.name.endswith("_version.py")) and member.size <= _MAX_VERSION_FILE:
            text = entry.text()
            if is_generated(text) or (own and version_in(text) is not None):
                version_files[member.name] = _pep440(version_in(text))
    return tuple(members), texts, version_files


def other_versions(found: Distribution, version: str, version_file: str | None = None) -> dict[str, str]:
    """Return, by place, the versions in a distribution that are not ``version``.

    The packed ``version_file``, the project's own, must have it. If the build moved that, one that uniqver wrote must: others
    may be of packages that were copied in.
    """
    wrong = {place: other for place, (_, other) in found.places.items() if other != version}
    if version_file is None:
        return wrong
    own = max((place for place in found.version_files if _is_at(version_file, place)), key=len, default=None)
    packed = found.version_files if own is None else {own: found.version_files[own]}
    return wrong if version in packed.values() else {**wrong, **packed}
