"""The edge to the files: names, metadata and hashes of wheels and sdists, read piece by piece.

A file given here may be broken or hostile: nothing is unpacked, no more is read than the limits allow, and what is
wrong with it comes back as a :class:`~uniqver.dists.artifact.Flaw`, never as a traceback.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from wheel.wheelfile import WheelError, WheelFile  # type: ignore[import-untyped]  # wheel ships no types

from uniqver.dists.artifact import Artifact, CoreMetadata, Flaw, Name, parse_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

CHUNK = 1024 * 1024
"""Bytes read at once when hashing."""
MAX_METADATA = 8 * 1024 * 1024
"""Bytes of METADATA or PKG-INFO: no real one comes near it."""
MAX_RECORD = 64 * 1024 * 1024
MAX_RATIO = 50
BOMB_FROM = 64 * 1024 * 1024
"""A file is a bomb if it unpacks to more than this and to more than ``MAX_RATIO`` times its own size."""

# What the readers raise for a few flipped bits (tests/property flips them): more than they document.
_BROKEN_ANY = (zlib.error, struct.error, EOFError, OSError, ArithmeticError, ValueError)
_BROKEN_ZIP = (*_BROKEN_ANY, zipfile.BadZipFile, RuntimeError, NotImplementedError, LookupError, csv.Error)
_BROKEN_TAR = (*_BROKEN_ANY, tarfile.TarError)
_AGAIN = "build it again; if it was copied or downloaded, copy it again"


class _FlawError(Exception):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.what)
        self.flaw = flaw


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def read(path: str) -> Artifact:
    """Return the artifact at ``path``, not hashed yet. Raises OSError where the file can't be opened at all."""
    file = Path(path)
    name = parse_name(file.name)
    artifact = Artifact(path=path, filename=file.name, size=file.stat().st_size, name=name)
    with file.open("rb"):
        pass  # unreadable is the caller's to tell, not a flaw of the content
    if name is None:
        return artifact
    try:
        return _READERS[file.suffix](file, artifact, name)
    except _FlawError as error:
        return replace(artifact, flaws=(error.flaw,))


def hash_file(path: str, algorithms: Iterable[str], progress: Callable[[int], None]) -> dict[str, str]:
    """Return the hex digests of the file at ``path``, read once and :data:`CHUNK` bytes at a time.

    ``progress`` is told the bytes of each piece. ``algorithms`` are hashlib's names.
    """
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with Path(path).open("rb", buffering=0) as file:
        while piece := file.read(CHUNK):
            for hasher in hashers.values():
                hasher.update(piece)
            progress(len(piece))
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def _read_wheel(file: Path, artifact: Artifact, name: Name) -> Artifact:
    infos = _zip_members(file, artifact.size)
    try:
        with _opened_wheel(file, infos) as wheel:
            data = wheel.read(_only(infos, ".dist-info/METADATA", MAX_METADATA))
    except WheelError as error:
        raise _FlawError(Flaw(what=f"this is no sound wheel: {error}", fix=_AGAIN)) from None
    except _BROKEN_ZIP:
        raise _FlawError(_truncated("wheel")) from None
    members = tuple(info.filename for info in infos)
    metadata = _parse(data)
    flaws = (*_mismatch(name, metadata, "METADATA"), *_compression(infos))
    return replace(artifact, metadata=metadata, members=members, flaws=flaws)


def _opened_wheel(file: Path, infos: Sequence[zipfile.ZipInfo]) -> zipfile.ZipFile:
    """Open with wheel's own reader, which checks what it reads against RECORD.

    It looks for RECORD under the file's own name. Where that differs, the metadata tells why, so it's read without.
    """
    record = _only(infos, ".dist-info/RECORD", MAX_RECORD)
    wanted = f"{'-'.join(file.name.split('-')[:2])}.dist-info/RECORD"
    if record.lower() != wanted.lower():
        return zipfile.ZipFile(file)
    return cast("zipfile.ZipFile", WheelFile(file))


def _zip_members(file: Path, size: int) -> Sequence[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except _BROKEN_ZIP:
        raise _FlawError(_truncated("zip file")) from None
    _refuse_bomb(sum(info.file_size for info in infos), size)
    for info in infos:
        _refuse_escape(info.filename)
    if file.suffix == ".whl":
        for suffix in (".dist-info/METADATA", ".dist-info/WHEEL"):
            _only(infos, suffix, MAX_METADATA)
        _only(infos, ".dist-info/RECORD", MAX_RECORD)
    return infos


def _only(infos: Sequence[zipfile.ZipInfo], suffix: str, limit: int) -> str:
    """Return the name of the one member that ends so; a flaw if there's none, several or one over ``limit``."""
    found = [i for i in infos if i.filename.endswith(suffix) and i.filename.count("/") == 1]
    if len(found) != 1:
        number = "no" if not found else str(len(found))
        what = f"this is a zip file, but no wheel: it has {number} *{suffix}"
        raise _FlawError(Flaw(what=what, fix="build the wheel again: python -m build"))
    if found[0].file_size > limit:
        raise _FlawError(_bomb(found[0].file_size))
    return found[0].filename


def _read_zip_sdist(file: Path, artifact: Artifact, name: Name) -> Artifact:
    infos = _zip_members(file, artifact.size)
    _one_folder([info.filename for info in infos])
    wanted = f"{infos[0].filename.split('/')[0]}/PKG-INFO"
    try:
        with zipfile.ZipFile(file) as archive:
            info = archive.getinfo(wanted)
            _refuse_large(info.file_size)
            data = archive.read(info)
    except KeyError:  # a LookupError too: this one stands before
        raise _FlawError(_no_pkg_info()) from None
    except _BROKEN_ZIP:
        raise _FlawError(_truncated("zip file")) from None
    metadata = _parse(data)
    return replace(artifact, metadata=metadata, flaws=_mismatch(name, metadata, "PKG-INFO"))


def _read_tar_sdist(file: Path, artifact: Artifact, name: Name) -> Artifact:
    try:
        with gzip.open(file) as unpacked:
            metadata = _parse(_pkg_info(_Guarded(unpacked, artifact.size)))
    except _BROKEN_TAR:
        raise _FlawError(_truncated(".tar.gz file")) from None
    return replace(artifact, metadata=metadata, flaws=_mismatch(name, metadata, "PKG-INFO"))


class _Guarded:
    """A stream that stops a bomb while it unpacks: tarfile reads headers of any declared size at once."""

    def __init__(self, stream: _Readable, packed: int) -> None:
        self._stream = stream
        self._packed = packed
        self._unpacked = 0

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self._unpacked += len(piece)
        _refuse_bomb(self._unpacked, self._packed)
        return piece


def _pkg_info(stream: _Guarded) -> bytes:
    names: list[str] = []
    data: bytes | None = None
    with tarfile.open(fileobj=cast("gzip.GzipFile", stream), mode="r|") as archive:
        for member in archive:
            _refuse_escape(member.name)
            if member.issym() or member.islnk():
                _refuse_link(member)
            names.append(member.name)
            if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO") and member.isfile():
                _refuse_large(member.size)
                content = archive.extractfile(member)
                data = content.read() if content else None
    _one_folder(names)
    if data is None:
        raise _FlawError(_no_pkg_info())
    return data


def _refuse_bomb(unpacked: int, packed: int) -> None:
    # The ratio and the floor are warehouse's own for zip files (forklift/legacy.py).
    if unpacked > BOMB_FROM and unpacked > MAX_RATIO * packed:
        raise _FlawError(_bomb(unpacked))


def _refuse_large(size: int) -> None:
    if size > MAX_METADATA:
        raise _FlawError(_bomb(size))


def _refuse_escape(member: str) -> None:
    parts = member.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        what = f"a member would be unpacked outside its folder: {member!r}"
        raise _FlawError(Flaw(what=what, fix="don't upload it; find out what made it, and build again"))


def _refuse_link(member: tarfile.TarInfo) -> None:
    """Links may point anywhere within the archive's folder (PEP 721's ``data`` filter)."""
    base = member.name.split("/")[:-1] if member.issym() else []
    for part in member.linkname.split("/"):
        if part == "..":
            base = base[:-1]
        elif part != ".":
            base = [*base, part]
        if not base or member.linkname.startswith("/"):
            _refuse_escape(f"../ (the link {member.name} to {member.linkname})")


def _one_folder(names: Sequence[str]) -> None:
    """An sdist has one top folder (PEP 625); twine refuses others too."""
    if len({name.split("/")[0] for name in names}) != 1:
        what = "an sdist has exactly one folder at its top, this one hasn't"
        raise _FlawError(Flaw(what=what, fix="build the sdist again: python -m build --sdist"))


def _compression(infos: Sequence[zipfile.ZipInfo]) -> tuple[Flaw, ...]:
    """PyPI takes members that are stored or deflated (``_is_valid_dist_file``)."""
    if all(info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        return ()
    what = "a member is packed in a way that PyPI doesn't take (only stored and deflated)"
    return (Flaw(what=what, fix="build the wheel again with a current setuptools", pypi_only=True),)


def _parse(data: bytes) -> CoreMetadata:
    raw, _ = parse_email(data)
    return CoreMetadata(metadata_version=raw.get("metadata_version"), name=raw.get("name"), version=raw.get("version"))


def _mismatch(name: Name, metadata: CoreMetadata, where: str) -> tuple[Flaw, ...]:
    """A file whose name and metadata disagree is corrupt: pip and uv refuse to install it."""
    if canonicalize_name(metadata.name or "") != name.project:
        found, wanted = metadata.name or "no name", name.project
    elif not _same_version(metadata.version, name.version):
        found, wanted = metadata.version or "no version", str(name.version)
    else:
        return ()
    what = f"the file name says {wanted}, its {where} says {found}"
    return (Flaw(what=what, fix="build it again: never rename a wheel or an sdist"),)


def _same_version(written: str | None, version: Version) -> bool:
    try:
        return Version(written or "") == version
    except InvalidVersion:
        return False


def _truncated(kind: str) -> Flaw:
    return Flaw(what=f"this is no complete {kind}: truncated, or not one at all", fix=_AGAIN)


def _bomb(unpacked: int) -> Flaw:
    mib = unpacked / 1024 / 1024
    what = f"this looks like a bomb: it would unpack to {mib:.0f} MiB or more, so it was read no further"
    return Flaw(what=what, fix="don't upload it; find out what made it, and build again")


def _no_pkg_info() -> Flaw:
    return Flaw(what="this is no sdist: it has no PKG-INFO", fix="build it again: python -m build --sdist")


_READERS: dict[str, Callable[[Path, Artifact, Name], Artifact]] = {
    ".whl": _read_wheel,
    ".zip": _read_zip_sdist,
    ".gz": _read_tar_sdist,
}
