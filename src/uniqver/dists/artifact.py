"""One wheel or sdist as a value, and what its file name says."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.version import Version

Kind = Literal["wheel", "sdist"]
"""The two kinds of file that an index takes."""

SDIST_SUFFIXES = (".tar.gz", ".zip")
"""What PyPI takes as a source archive (PEP 527)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """What a file name says about the file."""

    filename: str
    kind: Kind
    project: str
    """Normalized (PEP 503)."""
    version: Version
    spelled: str
    """The part before the first ``-`` that belongs to the version, as written: ``Foo.Bar`` of ``Foo.Bar-1.0…``."""
    platforms: tuple[str, ...] = ()
    """A wheel's platform tags, sorted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CoreMetadata:
    """The three fields of METADATA or PKG-INFO that rules depend on, as written; ``None`` where missing."""

    metadata_version: str | None
    name: str | None
    version: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Flaw:
    """Something wrong with a file's content."""

    what: str
    """A sentence."""
    fix: str
    pypi_only: bool = False
    """Whether other indexes take such a file (and pip installs it)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """One file to be uploaded, with all that a verdict depends on."""

    path: str
    """As it was given."""
    filename: str
    size: int
    """Bytes."""
    name: Name | None = None
    """``None`` where the file name is neither a wheel's nor an sdist's."""
    metadata: CoreMetadata | None = None
    """``None`` where it couldn't be read; then ``flaws`` says why."""
    members: tuple[str, ...] = ()
    """A wheel's member names."""
    flaws: tuple[Flaw, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    """Hex digests by hashlib's name of the algorithm; ``sha256`` always once the file was hashed."""


@lru_cache(maxsize=65536)  # each rule asks again for each listed file: 500 files against 500 listed
def parse_name(filename: str) -> Name | None:
    """Return what ``filename`` (without folders) says, or ``None`` if it is no wheel's or sdist's name.

    The grammar is that of the binary distribution format and of PEP 625, as packaging reads them; spellings that
    aren't normalized are accepted here, it's for the rules to refuse them.
    """
    try:
        if filename.endswith(".whl"):
            project, version, _, tags = parse_wheel_filename(filename)
            platforms = tuple(sorted({tag.platform for tag in tags}))
            return Name(
                filename=filename,
                kind="wheel",
                project=project,
                version=version,
                spelled=filename.split("-", 1)[0],
                platforms=platforms,
            )
        project, version = parse_sdist_filename(filename)
    except (InvalidSdistFilename, InvalidWheelFilename):
        return None
    spelled = filename.rpartition("-")[0]
    return Name(filename=filename, kind="sdist", project=project, version=version, spelled=spelled)


def normalized_filename(name: Name) -> str:
    """Return the one spelling that PyPI takes for the file that ``name`` tells of.

    Name and version normalized, ``-`` in the name as ``_`` (binary distribution format; PEP 625 for sdists).
    """
    stem = f"{canonicalize_name(name.project).replace('-', '_')}-{name.version}"
    if name.kind == "wheel":
        rest = name.filename.split("-", 2)[2]
        return f"{stem}-{rest}"
    suffix = next(suffix for suffix in SDIST_SUFFIXES if name.filename.endswith(suffix))
    return stem + suffix
