"""What a distribution says about itself: in its file name, its metadata, its version files and ``uniqver.json``.

Read from the members of a wheel or an sdist, or from an installation; :mod:`uniqver.dists` opens them.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from uniqver.errors import ArtifactError
from uniqver.model.core_metadata import CoreMetadata, core_metadata, header
from uniqver.model.named_tuple import NamedTuple
from uniqver.model.provenance import FILE_NAME
from uniqver.model.version_text import is_generated, version_in
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from uniqver.dists.archive import Entry, Member

SDIST_SUFFIXES = (".tar.gz", ".zip")
"""What PyPI takes as a source archive (PEP 527)."""

NOTHING = "nothing"
"""Stands for a version or a name that a place should have and hasn't."""

_MAX_VERSION_FILE = 64 * 1024
"""Bytes: what is larger holds more than a version."""


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


def normalized_filename(name: Filename) -> str:
    """Return the one spelling that PyPI takes for the file that ``name`` is of.

    Name and version normalized, ``-`` in the name as ``_`` (binary distribution format; PEP 625 for sdists).
    """
    stem = f"{name.project.replace('-', '_')}-{name.version}"
    if name.kind == "wheel":
        return f"{stem}-{name.text.split('-', 2)[2]}"
    return stem + next(suffix for suffix in SDIST_SUFFIXES if name.text.endswith(suffix))


def wheel_from(name: str, entries: Iterable[Entry], version_file: str | None = None) -> Distribution:
    """Return what a wheel says, by its file name and its members.

    ``version_file`` is the path of the project's version file, in the project. Raises :class:`ArtifactError` if it is
    not a wheel: file name and METADATA are required.
    """
    filename = required_filename(name)
    members, texts, version_files = _read(entries, r"[^/]+\.dist-info/(?:METADATA|WHEEL|uniqver\.json)", version_file)
    place, metadata = _metadata(members, texts, ".dist-info/METADATA")
    folder = place.removesuffix("/METADATA")
    project, _, version = folder.removesuffix(".dist-info").rpartition("-")
    counted = Counter(member.name for member in members)
    required = (f"{folder}/WHEEL", f"{folder}/RECORD")
    return Distribution(
        name=name,
        kind="wheel",
        metadata=metadata,
        projects={
            "file name": filename.project,
            ".dist-info": canonicalize_name(project),
            "METADATA": canonicalize_name(metadata.name or NOTHING),
        },
        versions={
            "file name": str(filename.version),
            ".dist-info": normalized(version.replace("_", "-")),
            "METADATA": normalized(metadata.version),
        },
        version_files=version_files,
        provenance=texts.get(f"{folder}/{FILE_NAME}"),
        generator=header(texts.get(f"{folder}/WHEEL", ""), "Generator"),
        members=members,
        problems=tuple(
            f"there is {'more than one' if counted[path] else 'no'} {path}" for path in required if counted[path] != 1
        ),
    )


def sdist_from(name: str, entries: Iterable[Entry], version_file: str | None = None) -> Distribution:
    """Return what an sdist says, by its file name and its members.

    ``version_file`` as for :func:`wheel_from`. Raises :class:`ArtifactError` if it is not an sdist: file name and
    PKG-INFO are required.
    """
    filename = required_filename(name)
    members, texts, version_files = _read(entries, r"[^/]+/(?:PKG-INFO|uniqver\.json)", version_file)
    place, metadata = _metadata(members, texts, "/PKG-INFO")
    folders = {member.name.partition("/")[0] for member in members}
    return Distribution(
        name=name,
        kind="sdist",
        metadata=metadata,
        projects={"file name": filename.project, "PKG-INFO": canonicalize_name(metadata.name or NOTHING)},
        versions={"file name": str(filename.version), "PKG-INFO": normalized(metadata.version)},
        version_files={path.partition("/")[2]: version for path, version in version_files.items()},
        provenance=texts.get(f"{place.removesuffix('/PKG-INFO')}/{FILE_NAME}"),
        members=members,
        problems=() if len(folders) == 1 else (f"an sdist has exactly one folder at its top, not {len(folders)}",),
    )


def installation_from(name: str, text_of: Callable[[str], str | None], entries: Iterable[Entry]) -> Distribution:
    """Return what an installed distribution says: ``text_of`` gives the text of a file of its ``.dist-info``."""
    metadata = core_metadata(text_of("METADATA") or text_of("PKG-INFO") or "")
    _, _, version_files = _read(entries, "", None)
    return Distribution(
        name=name,
        kind="installed",
        metadata=metadata,
        projects={"METADATA": canonicalize_name(metadata.name or NOTHING)},
        versions={"METADATA": normalized(metadata.version)},
        version_files=version_files,
        provenance=text_of(FILE_NAME),
    )


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
