"""Wheels, and other zip files: read with limits, compared with their RECORD, and normalized after a build.

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

from uniqver.dists.archive import MAX_MEMBERS, MIB, Entry, Member, reading, refuse_bomb, refuse_crowd, refuse_escape
from uniqver.dists.distribution import Distribution, distribution_from
from uniqver.errors import ArtifactError
from uniqver.model.provenance import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from pathlib import Path

MAX_DIRECTORY = 16 * MIB
"""Bytes of the central directory, which zipfile reads at once."""

MAX_RECORD = 16 * MIB
"""Bytes of a RECORD."""

_HASHES = hashlib.algorithms_guaranteed - {"md5", "sha1", "sha224", "shake_128", "shake_256"}
"""The binary distribution format wants sha256 or better; shake has no digest of its own length."""
_UNHASHED = ("/RECORD", "/RECORD.jws", "/RECORD.p7s")
"""In ``.dist-info``: what RECORD can't hold a hash of (PEP 427)."""

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
    rows.insert(max(len(rows) - 1, 0), [name, *_hashed([content], "sha256")])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _hashed(pieces: Iterable[bytes], algorithm: str) -> tuple[str, str]:
    """Return hash and size as RECORD has them."""
    digest, length = hashlib.new(algorithm), 0
    for piece in pieces:
        digest.update(piece)
        length += len(piece)
    return f"{algorithm}={base64.urlsafe_b64encode(digest.digest()).rstrip(b'=').decode()}", str(length)


def record_rows(text: str) -> dict[str, tuple[str, str]]:
    """Return the rows of a RECORD (PEP 376): by path, the hash and the size, either may be empty."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    if len(rows) > MAX_MEMBERS:
        raise ArtifactError(what=f"RECORD has more than {MAX_MEMBERS} rows", fix="build it again")
    padded = ([*row, "", ""] for row in rows)
    return {path: (hashed, size) for path, hashed, size, *_ in padded}


def unlike_record(
    rows: Mapping[str, tuple[str, str]], files: Mapping[str, Entry], unhashed: Container[str]
) -> list[str]:
    """Compare the ``rows`` of a RECORD with the files: each must be there, with its hash and its size.

    No library does all of it: wheel and installer don't find what RECORD lists and the wheel lacks.
    """
    sentences = [f"RECORD lists {name}, which isn't there" for name in rows if name not in files]
    for name, file in files.items():
        if name in unhashed:
            continue
        if name not in rows:
            sentences.append(f"{name} is not in RECORD")
        elif not _is_as_recorded(file.pieces(), *rows[name]):
            sentences.append(f"{name} does not match its hash in RECORD")
    return sentences


def wheel_unlike_record(entries: Iterable[Entry], *, metadata_only: bool) -> list[str]:
    """Compare RECORD with the files of a wheel, or with METADATA alone."""
    files = {entry.member.name: entry for entry in entries if entry.member.kind == "file"}
    record = next((name for name in files if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)), None)
    if record is None:
        return []  # a problem already
    folder = record.removesuffix("/RECORD")
    rows = record_rows(files[record].text(MAX_RECORD))
    unhashed = {folder + name for name in _UNHASHED}
    if metadata_only:
        metadata = f"{folder}/METADATA"
        return unlike_record({key: rows[key] for key in rows if key == metadata}, {metadata: files[metadata]}, unhashed)
    return unlike_record(rows, files, unhashed)


def _is_as_recorded(pieces: Iterable[bytes], hashed: str, size: str) -> bool:
    algorithm = hashed.partition("=")[0]
    if algorithm not in _HASHES:
        return False
    found, length = _hashed(pieces, algorithm)
    return found == hashed and size in ("", length)
