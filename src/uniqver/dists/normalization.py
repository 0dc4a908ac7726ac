"""Normalization of what a hook has built: the same sources give the same bytes, and ``uniqver.json`` is in them.

A wheel: modes no longer depend on the builder's umask. What setuptools wrote stays where it is: only the end of the
file (RECORD and the central directory, where modes are) is written again, so that a large wheel takes no longer than a
small one. An sdist: it depends on nothing but its files. Order, owners, modes, times and gzip's header are fixed, where
setuptools writes the user's name, the umask and the time of day. Format: PEP 625, PAX where a name needs it.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import functools
import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
import time
import zipfile
from typing import IO, TYPE_CHECKING, Any, cast

from uniqver.dists import PIECE, Distribution, Entry, Member, distribution_from, reading
from uniqver.errors import ArtifactError, ProjectError
from uniqver.model.provenance import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from uniqver.dists import Kind

_REGULAR, _FOLDER = 0o100000, 0o040000
_UNIX = 3
"""ZIP's number for the system whose modes are in a member's attributes."""

_KINDS: dict[bytes, Kind] = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "symbolic link", tarfile.LNKTYPE: "hard link"}
_LEVEL = 6
"""gzip's own default. setuptools takes 9, for a third of all its time; without the times to the nanosecond that
it keeps beside each member, ours is still the smaller file if there are many."""
_ERRORS = "surrogateescape"
_IN_MEMORY = 1 << 24
"""Larger sdists are unpacked to a temporary file, not into memory."""


def zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Yield the members of an open zip file."""
    for info in archive.infolist():
        member = Member(
            name=info.filename,
            kind="folder" if info.is_dir() else "file",
            size=info.file_size,
            mode=info.external_attr >> 16,
            time="{}-{:02}-{:02} {:02}:{:02}:{:02}".format(*info.date_time),
            compression=info.compress_type,
        )
        yield Entry(member, functools.partial(archive.open, info))


def tar_entries(archive: tarfile.TarFile, members: Iterable[tarfile.TarInfo]) -> Iterator[Entry]:
    """Yield ``members`` of an open tar archive."""
    for info in members:
        member = Member(
            name=info.name,
            kind="file" if info.isreg() else _KINDS.get(info.type, "other"),
            size=info.size,
            mode=info.mode,
            time=str(info.mtime),
            owner=f"{info.uid}:{info.gid} {info.uname}:{info.gname}",
            target=info.linkname,
        )
        # extractfile gives None only for what is not a file
        yield Entry(member, cast("Any", functools.partial(archive.extractfile, info)))


def recorded_hash(pieces: Iterable[bytes], algorithm: str = "sha256") -> tuple[str, str]:
    """Return hash and size as RECORD has them."""
    digest, length = hashlib.new(algorithm), 0
    for piece in pieces:
        digest.update(piece)
        length += len(piece)
    return f"{algorithm}={base64.urlsafe_b64encode(digest.digest()).rstrip(b'=').decode()}", str(length)


def normalize_wheel(path: Path, epoch: int, provenance: str | None, version_file: str | None = None) -> Distribution:
    """Fix the modes of the wheel at ``path``, with ``provenance`` (a text) as the ``uniqver.json`` in ``.dist-info``.

    Returns what the wheel holds. ``epoch`` is the time of what is written, in seconds; ``version_file`` is the path
    of the project's version file. Raises :class:`ArtifactError` if it is not a valid wheel.
    """
    with reading(path.name, "wheel"), zipfile.ZipFile(path, "a") as wheel:
        found = distribution_from(path.name, zip_entries(wheel), version_file)
        _rewrite_end(wheel, provenance, time.gmtime(epoch)[:6])
        return found


def _rewrite_end(wheel: zipfile.ZipFile, provenance: str | None, date: tuple[Any, ...]) -> None:
    """Write ``uniqver.json`` and RECORD as the last two members, and before them what stood behind them."""
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
    for member in wheel.infolist():
        _fix_mode(member)
    for member, content in moved:
        _fix_mode(member)
        wheel.writestr(member, content)
    if provenance is not None:
        wheel.writestr(_new_member(own, record, date), provenance)
        record_text = _recorded(record_text, own, provenance.encode())
    wheel.writestr(_new_member(record.filename, record, date), record_text)


def _cut(wheel: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Take the last members off; what is written next goes where the first of them began.

    zipfile has no method for that (CPython issue 51067). It writes new members, and the central directory
    after them, from ``start_dir`` on, and shortens the file where that makes it shorter.
    """
    for member in members:
        wheel.filelist.remove(member)
        del wheel.NameToInfo[member.filename]
    wheel.start_dir = members[0].header_offset


def _fix_mode(member: zipfile.ZipInfo) -> None:
    runs = member.is_dir() or member.external_attr >> 16 & 0o100
    member.external_attr = ((_FOLDER if member.is_dir() else _REGULAR) | (0o755 if runs else 0o644)) << 16
    member.create_system = _UNIX


def _new_member(name: str, like: zipfile.ZipInfo, date: tuple[Any, ...]) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date)
    member.compress_type = like.compress_type
    _fix_mode(member)
    return member


def _recorded(record: str, name: str, content: bytes) -> str:
    """Return RECORD with ``name`` as its last file before RECORD itself (PEP 376, PEP 427)."""
    rows = [row for row in csv.reader(io.StringIO(record, newline="")) if row and row[0] != name]
    rows.insert(max(len(rows) - 1, 0), [name, *recorded_hash([content])])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


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
            gzip.open(path) as packed,
            tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain,
        ):
            # members are read in another order than they stand in, and gzip can't go back
            shutil.copyfileobj(packed, plain, PIECE)
            plain.seek(0)
            with tarfile.open(fileobj=plain, mode="r:", encoding="utf-8", errors=_ERRORS) as old:
                found = distribution_from(path.name, tar_entries(old, old), version_file)
                with scratch.open("xb") as target:
                    _rewrite(old, plain, target, epoch, provenance)
        shutil.copymode(path, scratch)
        scratch.replace(path)
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)
    return found


def _rewrite(old: tarfile.TarFile, plain: IO[bytes], target: IO[bytes], epoch: int, provenance: str | None) -> None:
    """Write the members of ``old``, which is in ``plain``, to ``target``: sorted, without anything of this machine."""
    # as a walk through folders does; hard links after everything, since their targets must come first
    members = sorted(old, key=lambda member: (member.islnk(), member.name.split("/")))
    added = tarfile.TarInfo(f"{old.getmembers()[0].name.partition('/')[0]}/{FILE_NAME}")
    if provenance is not None:
        content = provenance.encode()
        added.size = len(content)
        there = [member for member in members if member.name == added.name]
        if any((file := old.extractfile(member)) is None or file.read() != content for member in there):
            raise ProjectError(
                what=f"the project has a file {FILE_NAME} of its own at its root, where uniqver puts one into the sdist",
                fix=f"rename that file; if it is an old sdist's, delete it: rm {FILE_NAME}",
            )
        members = [member for member in members if member.name != added.name]
    with (
        # neither a name nor a time in gzip's header
        gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8", errors=_ERRORS) as new,
    ):
        for member in members:
            plain.seek(member.offset_data)
            new.addfile(_plain_member(member, epoch), plain)
        if provenance is not None:
            new.addfile(_plain_member(added, epoch), io.BytesIO(provenance.encode()))


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
