"""Wheels, and other zip files: read with limits, and normalized after a build.

Normalized, a wheel has ``uniqver.json`` in it and in RECORD, and modes no longer depend on the builder's umask. What
setuptools wrote stays where it is: only the end of the file (RECORD and the central directory, where modes are) is
written again, so that a large wheel takes no longer than a small one.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import functools
import hashlib
import io
import re
import time
import zipfile
from typing import TYPE_CHECKING, Any

from uniqver.dists.archive import MIB, Entry, Member, reading, refuse_bomb, refuse_crowd, refuse_escape
from uniqver.dists.distribution import Distribution, wheel_from
from uniqver.errors import ArtifactError
from uniqver.model.provenance import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_DIRECTORY = 16 * MIB
"""Bytes of the central directory, which zipfile reads at once."""

_REGULAR, _FOLDER = 0o100000, 0o040000
_UNIX = 3
"""ZIP's number for the system whose modes are in a member's attributes."""


@contextlib.contextmanager
def opened_zip(path: Path, kind: str = "wheel") -> Iterator[Iterator[Entry]]:
    """Open a zip file from elsewhere, and give its members. Raises :class:`ArtifactError`, also while they are read."""
    with reading(path.name, kind), _Guarded(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        refuse_crowd(len(infos))
        refuse_bomb(sum(info.file_size for info in infos), path.stat().st_size)
        for info in infos:
            refuse_escape(info.filename)
        yield zip_entries(archive)


class _Guarded(io.BufferedReader):
    """A file that is never read in pieces larger than a central directory may be: its size stands in the file."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise ArtifactError(what="its list of members is too long", fix="build it again")
        return super().read(size)


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


def normalize_wheel(path: Path, epoch: int, provenance: str | None, version_file: str | None = None) -> Distribution:
    """Fix the modes of the wheel at ``path``, with ``provenance`` (a text) as the ``uniqver.json`` in ``.dist-info``.

    Returns what the wheel holds. ``epoch`` is the time of what is written, in seconds; ``version_file`` is the path
    of the project's version file. Raises :class:`ArtifactError` if it is not a valid wheel.
    """
    with reading(path.name, "wheel"), zipfile.ZipFile(path, "a") as wheel:
        found = wheel_from(path.name, zip_entries(wheel), version_file)
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
    mode = member.external_attr >> 16
    runs = member.is_dir() or mode & 0o100
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
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    rows.insert(max(len(rows) - 1, 0), [name, f"sha256={digest}", str(len(content))])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
