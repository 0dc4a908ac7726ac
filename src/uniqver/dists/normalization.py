"""Normalization of what a hook has built: the same sources give the same bytes, and ``uniqver.json`` is in them.

Of a wheel, only the end (RECORD and the central directory, which has the modes) is written again: a large one takes no
longer. An sdist's order, owners, modes, times and gzip header are fixed. Format: PEP 625, PAX where a name needs it.
"""

from __future__ import annotations

import base64
import csv
import functools
import gzip
import hashlib
import io
import re
import shutil
import stat
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from uniqver.dists import PIECE, Distribution, Entry, Kind, Member, distribution_from, reading
from uniqver.errors import ArtifactError, ProjectError
from uniqver.model.provenance import FILE_NAME

_UNIX = 3
"""ZIP's number for the system of the modes."""
_KINDS: dict[bytes, Kind] = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "symbolic link", tarfile.LNKTYPE: "hard link"}
_LEVEL = 6
"""gzip's default. setuptools takes 9, for a third of its time; of many members ours is still the smaller file."""
_ERRORS = "surrogateescape"
_IN_MEMORY = 1 << 24
"""Bytes; a larger sdist is unpacked to a file."""


def zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Yield all members."""
    for info in archive.infolist():
        member = Member(
            info.filename,
            kind="folder" if info.is_dir() else "file",
            size=info.file_size,
            mode=info.external_attr >> 16,
            time="{}-{:02}-{:02} {:02}:{:02}:{:02}".format(*info.date_time),
            compression=info.compress_type,
        )
        yield Entry(member, functools.partial(archive.open, info))


def tar_entries(archive: tarfile.TarFile, members: Iterable[tarfile.TarInfo]) -> Iterator[Entry]:
    """Yield ``members`` of ``archive``."""
    for info in members:
        member = Member(
            info.name,
            kind="file" if info.isreg() else _KINDS.get(info.type, "other"),
            size=info.size,
            mode=info.mode,
            time=str(info.mtime),
            owner=f"{info.uid}:{info.gid} {info.uname}:{info.gname}",
            target=info.linkname,
        )
        # None only for what is not a file
        yield Entry(member, cast("Any", functools.partial(archive.extractfile, info)))


def recorded_hash(pieces: Iterable[bytes], algorithm: str = "sha256") -> tuple[str, str]:
    """Return hash and size as in RECORD."""
    digest, length = hashlib.new(algorithm), 0
    for piece in pieces:
        digest.update(piece)
        length += len(piece)
    return f"{algorithm}={base64.urlsafe_b64encode(digest.digest()).rstrip(b'=').decode()}", str(length)


def normalize_wheel(path: Path, epoch: int, provenance: str | None, version_file: str | None = None) -> Distribution:
    """Fix the modes of a wheel, and put ``provenance`` (a text) into it. Returns what it held before.

    ``epoch`` is the time of what is written, in seconds; ``version_file`` the project's own, in the project. Raises
    :class:`ArtifactError` if it is not a valid wheel.
    """
    with reading(path.name, "wheel"), zipfile.ZipFile(path, "a") as wheel:
        found = distribution_from(path.name, zip_entries(wheel), version_file)
        _rewrite_end(wheel, provenance, time.gmtime(epoch)[:6])
        return found


def _rewrite_end(wheel: zipfile.ZipFile, provenance: str | None, date: tuple[Any, ...]) -> None:
    """Make ``uniqver.json`` and RECORD the last two members."""
    is_record = re.compile(r"[^/]+\.dist-info/RECORD").fullmatch
    record = next((member for member in wheel.infolist() if is_record(member.filename)), None)
    if record is None:
        raise ArtifactError(what="there is no RECORD in it", fix="build it again")
    record_text = wheel.read(record).decode()
    own = f"{record.filename.rpartition('/')[0]}/{FILE_NAME}"
    replaced = (record.filename,) if provenance is None else (record.filename, own)
    members = sorted(wheel.infolist(), key=lambda member: member.header_offset)
    first = next(index for index, member in enumerate(members) if member.filename in replaced)
    moved = [(member, wheel.read(member)) for member in members[first:] if member.filename not in replaced]
    _cut(wheel, members[first:])
    for member in members:
        _fix_mode(member)
    for member, content in moved:
        wheel.writestr(member, content)
    if provenance is not None:
        wheel.writestr(_fix_mode(zipfile.ZipInfo(own, date)), provenance, record.compress_type)
        record_text = _recorded(record_text, own, provenance.encode())
    wheel.writestr(_fix_mode(zipfile.ZipInfo(record.filename, date)), record_text, record.compress_type)


def _cut(wheel: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Take the last members off: zipfile writes from ``start_dir`` on (CPython issue 51067), and cuts what is left over."""
    for member in members:
        wheel.filelist.remove(member)
        del wheel.NameToInfo[member.filename]
    wheel.start_dir = members[0].header_offset


def _fix_mode(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    runs = member.is_dir() or member.external_attr >> 16 & 0o100
    kind = stat.S_IFDIR if member.is_dir() else stat.S_IFREG
    member.external_attr = (kind | (0o755 if runs else 0o644)) << 16
    member.create_system = _UNIX
    return member


def _recorded(record: str, name: str, content: bytes) -> str:
    """Return RECORD with ``name`` as its last row but RECORD's own (PEP 376, PEP 427)."""
    rows = [row for row in csv.reader(io.StringIO(record, newline="")) if row and row[0] != name]
    rows.insert(max(len(rows) - 1, 0), [name, *recorded_hash([content])])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def normalize_sdist(path: Path, epoch: int, provenance: str | None, version_file: str | None = None) -> Distribution:
    """Do as :func:`normalize_wheel` with an sdist; ``epoch`` is the time of every member.

    Raises :class:`ProjectError`, too, if the project has another ``uniqver.json``.
    """
    with reading(path.name, "sdist"), tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
        with gzip.open(path) as packed:  # members are read in another order, and gzip can't go back
            shutil.copyfileobj(packed, plain, PIECE)
        plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:", encoding="utf-8", errors=_ERRORS) as old:
            found = distribution_from(path.name, tar_entries(old, old), version_file)
            _rewrite(old, plain, path, epoch, provenance)
    return found


def _rewrite(old: tarfile.TarFile, plain: IO[bytes], path: Path, epoch: int, provenance: str | None) -> None:
    """Write ``old``, whose bytes are in ``plain``, to ``path``."""
    # as a walk through folders; hard links after their targets
    members = sorted(old, key=lambda member: (member.islnk(), member.name.split("/")))
    added = tarfile.TarInfo(f"{old.getmembers()[0].name.partition('/')[0]}/{FILE_NAME}")
    content = (provenance or "").encode()
    added.size = len(content)
    if provenance is not None:
        there = [member for member in members if member.name == added.name]
        if any((file := old.extractfile(member)) is None or file.read() != content for member in there):
            raise ProjectError(
                what=f"the project has a {FILE_NAME} of its own at its root, where uniqver puts one into the sdist",
                fix=f"rename it; if it is an old sdist's, delete it: rm {FILE_NAME}",
            )
        members = [member for member in members if member.name != added.name]
    with (
        path.open("wb") as target,
        gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8", errors=_ERRORS) as new,
    ):
        for member in members:
            plain.seek(member.offset_data)
            new.addfile(_plain_member(member, epoch), plain)
        if provenance is not None:
            new.addfile(_plain_member(added, epoch), io.BytesIO(content))


def _plain_member(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    plain = tarfile.TarInfo(member.name)
    plain.type = tarfile.REGTYPE if member.isreg() else member.type
    plain.size = member.size if member.isreg() else 0
    plain.linkname = member.linkname
    plain.devmajor, plain.devminor = member.devmajor, member.devminor
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    plain.mtime = epoch
    return plain
