"""Sdists: read with limits, and normalized after a build.

Normalized, an sdist depends on nothing but its files: order, owners, modes, times and gzip's header are fixed.
setuptools writes what it finds: the user's name, the umask, the time of day. No file's contents are changed;
``uniqver.json`` is added. Format: PEP 625 (a gzipped tar, one top folder), PAX where a name needs it.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import tarfile
import tempfile
from typing import IO, TYPE_CHECKING, cast

from uniqver.dists.archive import MIB, PIECE, Entry, Member, escape, reading, refuse_bomb, refuse_crowd, refuse_escape
from uniqver.dists.distribution import Distribution, distribution_from
from uniqver.errors import ArtifactError, ProjectError
from uniqver.model.provenance import FILE_NAME
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from uniqver.dists.archive import Kind

MAX_HEADER = MIB
"""Bytes of one extended header (a long name, PAX): tarfile reads it at once, whatever size it declares."""

_HEADERS = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
)  # fmt: skip
_KINDS: dict[bytes, Kind] = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "symbolic link", tarfile.LNKTYPE: "hard link"}

_LEVEL = 6
"""gzip's own default. setuptools takes 9, for a third of all its time; without the times to the nanosecond that
it keeps beside each member, ours is still the smaller file if there are many."""
_ERRORS = "surrogateescape"
_IN_MEMORY = 1 << 24
"""Larger sdists are unpacked to a temporary file, not into memory."""


@contextlib.contextmanager
def opened_tar(path: Path) -> Iterator[Iterator[Entry]]:
    """Open a .tar.gz from elsewhere, and give its members. Raises :class:`ArtifactError`, also while they are read."""
    with (
        reading(path.name, "sdist"),
        gzip.open(path) as unpacked,
        tarfile.open(
            fileobj=cast("IO[bytes]", _Guarded(unpacked, path.stat().st_size)), mode="r|", tarinfo=_Header
        ) as archive,
    ):
        yield _safe(archive)


class _Guarded:
    """A stream that ends a bomb while it unpacks: a tar archive has no list of its members."""

    def __init__(self, stream: gzip.GzipFile, packed: int) -> None:
        self._stream = stream
        self._packed = packed
        self._unpacked = 0

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self._unpacked += len(piece)
        refuse_bomb(self._unpacked, self._packed)
        return piece


class _Header(tarfile.TarInfo):
    """A member of an archive from elsewhere: refused before tarfile reads what its type makes it read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        found = super().frombuf(buf, encoding, errors)
        if found.type == tarfile.GNUTYPE_SPARSE or (found.type in _HEADERS and found.size > MAX_HEADER):
            raise ArtifactError(what="a header in it is of a kind that no sdist has", fix="build it again")
        return found


def _safe(archive: tarfile.TarFile) -> Iterator[Entry]:
    """Yield the members. What leads out of the archive's folder is refused, as pip does (PEP 721)."""
    if not hasattr(tarfile, "data_filter"):
        raise ArtifactError(
            what="this Python can't check the links in it", fix="update Python to 3.10.12, 3.11.4 or later"
        )
    nowhere = f"{os.sep}uniqver{os.sep}nowhere"
    for number, info in enumerate(archive, 1):
        refuse_crowd(number)
        refuse_escape(info.name)
        if info.issparse():  # also told in a pax header; PyPI refuses them too
            raise ArtifactError(
                what=f"{printable(info.name)} is sparse, which no member of an sdist is", fix="build it again"
            )
        if not (info.isreg() or info.isdir()):
            try:
                tarfile.data_filter(info, nowhere)
            except tarfile.FilterError as error:
                raise escape(str(error)) from None
        yield _entry(archive, info)


def tar_entries(archive: tarfile.TarFile) -> Iterator[Entry]:
    """Yield the members of an open tar archive."""
    return (_entry(archive, info) for info in archive)


def _entry(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Entry:
    member = Member(
        name=info.name,
        kind="file" if info.isreg() else _KINDS.get(info.type, "other"),
        size=info.size,
        mode=info.mode,
        time=str(info.mtime),
        owner=f"{info.uid}:{info.gid} {info.uname}:{info.gname}",
        target=info.linkname,
    )
    return Entry(member, lambda: cast("IO[bytes]", archive.extractfile(info)))  # None only for what is not a file


def normalize_sdist(path: Path, epoch: int, provenance: str | None, version_file: str | None = None) -> Distribution:
    """Write the sdist at ``path`` again, with ``provenance`` (a text) as its ``uniqver.json``.

    Returns what the sdist holds. ``epoch`` is the time of every member, in seconds; ``version_file`` is the path of
    the project's version file. Raises :class:`ArtifactError` if it is not a valid sdist, :class:`ProjectError` if the
    project has a file of its own that is called ``uniqver.json``.
    """
    scratch = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    try:
        with (
            reading(path.name, "sdist"),
            _unpacked(path) as plain,
            tarfile.open(fileobj=plain, mode="r:", encoding="utf-8", errors=_ERRORS) as old,
            scratch.open("xb") as target,
        ):
            found = distribution_from(path.name, tar_entries(old), version_file)
            _rewrite(old, plain, target, epoch, provenance)
        shutil.copymode(path, scratch)
        scratch.replace(path)
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)
    return found


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Yield the plain tar: members are read in another order than they stand in, and gzip can't go back."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
        with gzip.open(path) as packed:
            shutil.copyfileobj(packed, plain, PIECE)
        plain.seek(0)
        yield plain


def _rewrite(old: tarfile.TarFile, plain: IO[bytes], target: IO[bytes], epoch: int, provenance: str | None) -> None:
    """Write the members of ``old``, which is in ``plain``, to ``target``: sorted, without anything of this machine."""
    members = old.getmembers()
    own = f"{members[0].name.partition('/')[0]}/{FILE_NAME}"
    content = b"" if provenance is None else provenance.encode()
    if provenance is not None:
        _refuse_another(old, [member for member in members if member.name == own], content)
    with (
        # neither a name nor a time in gzip's header
        gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8", errors=_ERRORS) as new,
    ):
        for member in sorted(members, key=_place):
            if provenance is None or member.name != own:
                plain.seek(member.offset_data)
                new.addfile(_plain_member(member, epoch), plain)
        if provenance is not None:
            added = tarfile.TarInfo(own)
            added.size = len(content)
            new.addfile(_plain_member(added, epoch), io.BytesIO(content))


def _refuse_another(old: tarfile.TarFile, there: Iterable[tarfile.TarInfo], content: bytes) -> None:
    """Raise :class:`ProjectError` if a ``uniqver.json`` is there that is not the same."""
    for member in there:
        file = old.extractfile(member)
        if file is None or file.read() != content:
            raise ProjectError(
                what=f"the project has a file {FILE_NAME} of its own at its root, where uniqver puts one into the sdist",
                fix=f"rename that file; if it is an old sdist's, delete it: rm {FILE_NAME}",
            )


def _place(member: tarfile.TarInfo) -> tuple[bool, list[str]]:
    """Sort as a walk through folders does; hard links after everything, since their targets must come first."""
    return member.islnk(), member.name.split("/")


def _plain_member(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    """Return a member with nothing of the machine that it was made on."""
    plain = tarfile.TarInfo(member.name)
    plain.type = tarfile.REGTYPE if member.isreg() else member.type
    plain.size = member.size if member.isreg() else 0
    plain.linkname = member.linkname
    plain.devmajor, plain.devminor = member.devmajor, member.devminor
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    plain.mtime = epoch
    return plain
