"""Wheels, sdists and installations: what one says about itself, its name, its members and its metadata.

:mod:`.archive` reads files from elsewhere, within limits, and compares them. Hooks, which have just built what they look
at, use :mod:`.normalization`.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any, Literal

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from uniqver.errors import ArtifactError, UniqverError
from uniqver.model import NamedTuple
from uniqver.model.provenance import FILE_NAME, CoreMetadata, core_metadata, header
from uniqver.model.version_text import is_generated, version_in
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

MIB = 1024 * 1024
MAX_TEXT = 8 * MIB
"""Bytes of METADATA, PKG-INFO, RECORD and the like: no real one comes near it."""
PIECE = 256 * 1024
"""Bytes read at once."""

NEVER_UPLOAD = "don't install or upload it; find out what made it, and build again"
NOTHING = "nothing"
"""Stands for a version or a name that a place should have and hasn't."""

_OF_WHEEL = r"[^/]+\.dist-info/(?:METADATA|WHEEL|uniqver\.json)"
_OF_SDIST = r"[^/]+/(?:PKG-INFO|uniqver\.json)"
"""Members whose text is wanted."""

_MAX_VERSION_FILE = 64 * 1024
"""Bytes: what is larger holds more than a version."""


Kind = Literal["file", "folder", "symbolic link", "hard link", "other"]


class Member(NamedTuple):
    """One member of an archive, as far as it is listed there."""

    name: str
    kind: Kind
    size: int
    """Bytes, unpacked."""
    mode: int = 0
    time: str = ""
    owner: str = ""
    target: str = ""
    """Of a link."""
    compression: int = 0
    """Of a zip file's member, by zip's numbers: 0 stored, 8 deflated."""


class Entry(NamedTuple):
    """A member and its contents, which a tar archive gives only until the next member is asked for."""

    member: Member
    open: Callable[[], IO[bytes]]

    def text(self, limit: int = MAX_TEXT) -> str:
        """Return the contents, decoded. Raises :class:`ArtifactError` if they have more than ``limit`` bytes."""
        if self.member.size > limit:
            raise ArtifactError(
                what=f"{printable(self.member.name)} has {self.member.size / MIB:.1f} MiB, which no real one has",
                fix=NEVER_UPLOAD,
            )
        return b"".join(self.pieces()).decode("utf-8", "replace")

    def pieces(self) -> Iterator[bytes]:
        """Yield the contents piece by piece."""
        # bzip2 and others have no limit but that of what goes in: a few KiB can be gigabytes
        size = PIECE if self.member.compression in (0, 8) else 4096
        with self.open() as file:
            while piece := file.read(size):
                yield piece


class Filename(NamedTuple):
    """The name of a wheel or an sdist, taken apart."""

    text: str
    kind: Literal["wheel", "sdist"]
    project: str
    """Normalized (PEP 503)."""
    version: Version
    platforms: tuple[str, ...] = ()
    """A wheel's platform tags, sorted."""


class Distribution(NamedTuple):
    """What one distribution says about itself."""

    name: str
    """Its file name; of an installed one, the name that it was asked for by."""
    kind: Literal["wheel", "sdist", "installed"]
    metadata: CoreMetadata
    projects: Mapping[str, str]
    """Each place that names the project, with that name, normalized."""
    versions: Mapping[str, str]
    """Each place that has the version, with that version, normalized."""
    version_files: Mapping[str, str]
    """Each version file that uniqver wrote, and the project's own, with the version in it."""
    provenance: str | None
    """The text of ``uniqver.json``."""
    generator: str | None = None
    """What made a wheel, by its file WHEEL: ``setuptools (84.2.1)``."""
    members: tuple[Member, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences: what isn't as the format demands."""


@contextlib.contextmanager
def reading(name: str, kind: str) -> Iterator[None]:
    """Around everything that reads an archive: whatever its bytes do to the readers becomes :class:`ArtifactError`.

    For a few flipped bits zipfile, tarfile and the decompressors raise more than they document (tests/property).
    """
    shown = printable(name)
    try:
        yield
    except ArtifactError as error:
        raise ArtifactError(what=f"{shown}: {error.what}", fix=error.fix) from None
    except (UniqverError, AttributeError, NameError, TypeError, AssertionError):
        raise  # foreseen, or a bug of uniqver's own
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise ArtifactError(
                what=f"{shown} can't be read or written: {error.strerror}", fix="check permissions and free disk space"
            ) from error
        why = printable(str(error) or type(error).__name__)[:200]
        raise ArtifactError(
            what=f"{shown} is not a valid {kind}: {why}",
            fix="build it again; if it was copied or downloaded, copy it again",
        ) from error


@lru_cache(maxsize=1024)  # rules ask again for each file of a call
def parse_filename(text: str) -> Filename | None:
    """Take apart the name of a file (without folders); ``None`` if it is neither a wheel's nor an sdist's.

    The grammar is that of the binary distribution format and of PEP 625, as packaging reads them; spellings that
    aren't normalized are accepted.
    """
    try:
        if text.endswith(".whl"):
            project, version, _, tags = parse_wheel_filename(text)
            return Filename(text, "wheel", project, version, tuple(sorted({tag.platform for tag in tags})))
        project, version = parse_sdist_filename(text)
    except ValueError:  # packaging's errors are; so is a version of more digits than Python reads
        return None
    return Filename(text, "sdist", project, version)


def distribution_from(name: str, entries: Iterable[Entry], version_file: str | None = None) -> Distribution:
    """Return what a wheel or an sdist says, by its file name and its members.

    ``version_file`` is the path of the project's version file, in the project. Raises :class:`ArtifactError` if it is
    neither: file name and METADATA (PKG-INFO in sdists) are required.
    """
    filename = required_filename(name)
    is_wheel = filename.kind == "wheel"
    members, texts, version_files = _read(entries, _OF_WHEEL if is_wheel else _OF_SDIST, version_file)
    place, metadata = _metadata(members, texts, ".dist-info/METADATA" if is_wheel else "/PKG-INFO")
    folder, _, called = place.partition("/")
    places: dict[str, tuple[str | None, str | None]] = {"file name": (filename.project, str(filename.version))}
    if is_wheel:
        project, _, version = folder.removesuffix(".dist-info").rpartition("-")
        places[".dist-info"] = project, version.replace("_", "-")
    inside = {path.partition("/")[2]: found for path, found in version_files.items()}
    return Distribution(
        name=name,
        kind=filename.kind,
        metadata=metadata,
        **_named({**places, called: (metadata.name, metadata.version)}),
        version_files=version_files if is_wheel else inside,
        provenance=texts.get(f"{folder}/{FILE_NAME}"),
        generator=header(texts.get(f"{folder}/WHEEL", ""), "Generator"),
        members=members,
        problems=tuple(_problems(members, f"{folder}/" if is_wheel else None)),
    )


def _problems(members: Sequence[Member], dist_info: str | None) -> Iterator[str]:
    """Yield sentences: what a wheel with the folder ``dist_info``, or an sdist, has too few or too many of."""
    counted = Counter(member.name for member in members)
    for path in () if dist_info is None else (f"{dist_info}WHEEL", f"{dist_info}RECORD"):
        if counted[path] != 1:
            yield f"there is {'more than one' if counted[path] else 'no'} {path}"
    folders = {member.name.partition("/")[0] for member in members}
    if dist_info is None and len(folders) != 1:
        yield f"an sdist has exactly one folder at its top, not {len(folders)}"


def installation_from(name: str, text_of: Callable[[str], str | None], entries: Iterable[Entry]) -> Distribution:
    """Return what an installed distribution says: ``text_of`` gives the text of a file of its ``.dist-info``."""
    metadata = core_metadata(text_of("METADATA") or text_of("PKG-INFO") or "")
    _, _, version_files = _read(entries, "", None)
    return Distribution(
        name=name,
        kind="installed",
        metadata=metadata,
        **_named({"METADATA": (metadata.name, metadata.version)}),
        version_files=version_files,
        provenance=text_of(FILE_NAME),
    )


def _named(places: Mapping[str, tuple[str | None, str | None]]) -> dict[str, Any]:
    """Return ``projects`` and ``versions`` of a distribution that has these names and versions at ``places``."""
    return {
        "projects": {place: canonicalize_name(name or NOTHING) for place, (name, _) in places.items()},
        "versions": {place: normalized(version) for place, (_, version) in places.items()},
    }


def normalized(version: str | None) -> str:
    """Return ``version`` as PEP 440 spells it; as it is if it isn't one."""
    try:
        return str(Version(version or ""))
    except ValueError:  # InvalidVersion is one
        return version or NOTHING


def is_at(version_file: str | None, member: str) -> bool:
    """Tell whether ``member``, a path in a wheel or an sdist, may be the project's ``version_file`` (in the project)."""
    return version_file is not None and (version_file == member or version_file.endswith(f"/{member}"))


def _read(
    entries: Iterable[Entry], wanted: str, version_file: str | None
) -> tuple[tuple[Member, ...], dict[str, str], dict[str, str]]:
    """Return the members, the texts of those whose path matches ``wanted``, and the versions in version files."""
    members: list[Member] = []
    texts: dict[str, str] = {}
    version_files: dict[str, str] = {}
    for entry in entries:
        member = entry.member
        members.append(member)
        if member.kind != "file":
            continue
        if re.fullmatch(wanted, member.name):
            texts[member.name] = entry.text()
            continue
        own = is_at(version_file, member.name) or is_at(version_file, member.name.partition("/")[2])
        if (own or member.name.endswith("_version.py")) and member.size <= _MAX_VERSION_FILE:
            text = entry.text()
            if is_generated(text) or (own and version_in(text) is not None):
                version_files[member.name] = normalized(version_in(text))
    return tuple(members), texts, version_files


def _metadata(members: Iterable[Member], texts: Mapping[str, str], ending: str) -> tuple[str, CoreMetadata]:
    """Return the place of METADATA or PKG-INFO, and what is in it."""
    found = [member.name for member in members if member.name in texts and member.name.endswith(ending)]
    if len(found) != 1:
        number = "no" if not found else "more than one"
        raise ArtifactError(what=f"there is {number} *{ending} in it", fix="build it again: python -m build")
    return found[0], core_metadata(texts[found[0]])


def required_filename(name: str) -> Filename:
    """Take apart the name of a file, as :func:`parse_filename`. Raises :class:`ArtifactError` if it is another name."""
    found = parse_filename(name)
    if found is None:
        raise ArtifactError(
            what=f"{printable(name)} is neither the name of a wheel nor of an sdist",
            fix="name a file as its index would: NAME-VERSION….whl or .tar.gz",
        )
    return found


def other_versions(found: Distribution, version: str, version_file: str | None = None) -> dict[str, str]:
    """Return each place of a distribution that has another version than ``version``, with that version.

    ``version_file`` is the path of the project's version file, in the project: the packed one must have the version.
    Where the build moved it, one that uniqver wrote must: others may be those of packages that were copied in.
    """
    wrong = {place: text for place, text in found.versions.items() if text != version}
    if version_file is None:
        return wrong
    own = [place for place in found.version_files if is_at(version_file, place)]
    packed = {max(own, key=len): found.version_files[max(own, key=len)]} if own else found.version_files
    return wrong if version in packed.values() else {**wrong, **packed}
