"""What a file holds, as far as rules judge it: read once, within the limits of :mod:`uniqver.dists.archive`."""

from __future__ import annotations

import io
import os
import re
import struct
import tarfile
import zipfile
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, NamedTuple

from uniqver.dists.archive import opened, record_rows
from uniqver.dists.distribution import MAX_TEXT, Entry, distribution_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from uniqver.dists.distribution import Distribution

SCANNED = (".py", ".pye")
"""Endings of members that PyPI looks into (warehouse/utils/scanner.py:19, read 2026-11-24)."""
MAX_SCANNED = 5 * 1024 * 1024
"""Bytes: PyPI looks into no larger member (warehouse/utils/scanner.py:22, read 2026-11-24)."""

_KEPT = re.compile(r"[^/]+\.dist-info/(?:METADATA|RECORD|entry_points\.txt)|(?:.*/)?PKG-INFO")


class Contents(NamedTuple):
    """What a file holds beside what its :class:`~uniqver.dists.distribution.Distribution` says."""

    texts: Mapping[str, bytes] = MappingProxyType({})
    """METADATA, RECORD, entry points and PKG-INFO, by member."""
    marks: tuple[tuple[str, str], ...] = ()
    """Each member that an obfuscator made, with the obfuscator's name."""
    framing: str | None = None
    """What is wrong with a zip file's frame: a clause."""
    is_both: bool = False
    """Whether it can be read as a zip file and as a tar file."""


def read_file(path: Path) -> tuple[Distribution, Contents]:
    """Return what the wheel or sdist at ``path`` says and holds. Raises :class:`ArtifactError` if it can't be read."""
    texts: dict[str, bytes] = {}
    marks: list[tuple[str, str]] = []
    with opened(path) as entries:
        looked = _looked_into(entries, texts, marks)
        found = distribution_from(path.name, looked)
        for name, text in texts.items():
            if name.endswith("/RECORD"):
                record_rows(text.decode("utf-8", "replace"))  # within the limits for hostile files
    is_zip = zipfile.is_zipfile(path)
    return found, Contents(
        texts=texts,
        marks=tuple(marks),
        framing=framing_fault(path) if path.suffix == ".whl" else None,
        is_both=is_zip and tarfile.is_tarfile(path),
    )


def _looked_into(entries: Iterable[Entry], texts: dict[str, bytes], marks: list[tuple[str, str]]) -> Iterator[Entry]:
    """Yield ``entries``, and note in ``texts`` and ``marks`` what is in them. A tar's member can be read only once."""
    for entry in entries:
        name, size = entry.member.name, entry.member.size
        is_kept = _KEPT.fullmatch(name) is not None and size <= MAX_TEXT
        is_scanned = PurePosixPath(name).suffix.lower() in SCANNED and size <= MAX_SCANNED
        if entry.member.kind != "file" or not (is_kept or is_scanned):
            yield entry
            continue
        content = b"".join(entry.pieces())
        if is_kept:
            texts[name] = content
        elif (made_by := obfuscator(content)) is not None:
            marks.append((name, made_by))
        yield Entry(entry.member, lambda content=content: io.BytesIO(content))  # type: ignore[misc]


_PYARMOR = re.compile(rb"__pyarmor__\(__name__, __file__,|__pyarmor_(?:enter|exit|assert|bcc)__")
_SOURCEDEFENDER = (b"---BEGIN PYE FILE---", b"---END PYE FILE---")


def obfuscator(content: bytes) -> str | None:
    """Return the name of the obfuscator that wrote ``content``, by its marks.

    warehouse/utils/scanner_rules: pyarmor.yar (any of its marks), sourcedefender.yar (both), read 2026-11-24.
    """
    if _PYARMOR.search(content) is not None:
        return "PyArmor"
    return "SourceDefender" if all(mark in content for mark in _SOURCEDEFENDER) else None


# The frame of a zip file: its records from the first byte to the last, as a reader without the directory sees them. PyPI
# refuses a wheel that such a reader and one that trusts the central directory would unpack differently. All of this is
# warehouse/utils/zipfiles.py:75-392, read 2026-11-24; the layout of records is APPNOTE.TXT 4.3.

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_FULL = 0xFFFFFFFF
"""Stands in a field whose value is in the ZIP64 extra."""
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075


class _FramingError(Exception):
    """The message is a clause."""


def framing_fault(path: Path) -> str | None:
    """Return what is wrong with the frame of the zip file at ``path``, as a clause; ``None`` if it is sound."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            sizes = {info.orig_filename: (info.compress_size, info.file_size) for info in archive.filelist}
            _walk(file, sizes)
    except zipfile.BadZipFile as error:
        return f"is not a zip file: {error}"
    except _FramingError as error:
        return str(error)
    return None


def _require(sound: bool, fault: str) -> None:
    if not sound:
        raise _FramingError(fault)


def _walk(file: IO[bytes], sizes: Mapping[str, tuple[int, int]]) -> None:
    """Read every record. Raises :class:`_FramingError`."""
    local: set[bytes] = set()
    central: set[bytes] = set()
    while (signature := _read(file, 4)) == _LOCAL:
        name = _local(file, sizes)
        _require(name not in local, "has a member twice")
        local.add(name)
    start, size = file.tell() - 4, 0
    while signature == _CENTRAL:
        name, extra = _central(file)
        _require(name not in central, "lists a member twice")
        central.add(name)
        size += 46 + len(name) + extra
        signature = _read(file, 4)
    _require(central == local, "has other members than it lists")
    _require(_last(file, signature) == (len(central), size, start), "has an end that doesn't fit its list of members")
    here = file.tell()
    _require(file.seek(0, os.SEEK_END) == here, "has bytes after its end")


def _last(file: IO[bytes], signature: bytes) -> tuple[int, int, int]:
    """Read what comes after the list of members, and return its records, size and offset as they are there."""
    end64 = None
    if signature == _END64:
        own, here, records, size, offset = _fields(file, "Q12xQQQQ")
        _require(here == records, "is in several parts")
        _require(own == 44, "has extensible data in its ZIP64 end")
        end64 = records, size, offset
        signature = _read(file, 4)
        _require(signature == _LOCATOR64, "has a ZIP64 end without its locator")
    if signature == _LOCATOR64:
        _read(file, 16)
        signature = _read(file, 4)
    _require(signature == _END, "has bytes before, between or after its records")
    here, records, size, offset, comment_size = _fields(file, "4xHHLLH")
    _require(here == records, "is in several parts")
    file.seek(comment_size, os.SEEK_CUR)
    return end64 or (records, size, offset)


def _local(file: IO[bytes], sizes: Mapping[str, tuple[int, int]]) -> bytes:
    """Read the rest of a member's own header, and pass over its contents. Returns the name."""
    flags, method, packed, unpacked, name_size, extra_size = _fields(file, "2xHH8xLLHH")
    name = _printable(_read(file, name_size))
    for kind, body in _extras(_read(file, extra_size)):
        if kind == _ZIP64:
            packed, unpacked = _sizes64(body, method, packed, unpacked)
        elif kind == _UNICODE_PATH:
            _utf8(_printable(body[5:]))
    _require(not flags & 0x08, "has a data descriptor: it was written as a stream")
    listed = sizes.get(_utf8(name))
    _require(listed is not None, "has a member that it doesn't list")
    _require(listed == (packed, unpacked), "has a member whose size isn't the one listed")
    file.seek(packed, os.SEEK_CUR)
    return name


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    seen = set()
    while extra:
        kind, size = struct.unpack("<HH", extra[:4]) if len(extra) >= 4 else (0, len(extra))
        _require(len(extra) >= 4 + size, "has a broken extra field")
        _require(kind not in seen or kind not in (_ZIP64, _UNICODE_PATH), "has an extra field twice")
        seen.add(kind)
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def _sizes64(body: bytes, method: int, packed: int, unpacked: int) -> tuple[int, int]:
    """Return both sizes as the ZIP64 extra gives them."""
    _require(len(body) in (0, 8, 16, 24, 28), "has a broken extra field")
    if not body:
        _require(_FULL not in (packed, unpacked), "has a member without a size")
        return packed, unpacked
    first, second = struct.unpack("<QQ", body[:16].ljust(16, b"\0"))
    _require(len(body) > 8 or method == zipfile.ZIP_STORED, "has a member without a size")
    return second if len(body) > 8 else first, first if unpacked == _FULL else unpacked


def _central(file: IO[bytes]) -> tuple[bytes, int]:
    """Read the rest of one entry of the list of members. Returns the name and the length of the extra field."""
    name_size, extra_size, comment_size = _fields(file, "24xHHH12x")
    _require(not comment_size, "has a comment on a member")
    name = _printable(_read(file, name_size))
    _read(file, extra_size)
    return name, extra_size


def _fields(file: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack(f"<{layout}", _read(file, struct.calcsize(f"<{layout}")))


def _read(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    _require(len(data) == size, "is cut off")
    return data


def _printable(name: bytes) -> bytes:
    _require(all(byte >= 0x20 and byte != 0x7F for byte in name), "has an unprintable character in a member's name")
    return name


def _utf8(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise _FramingError("has a member's name that isn't UTF-8") from None
