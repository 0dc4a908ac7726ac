"""PyPI's rules for what a file holds, with obfuscators' marks and the frame of a zip file.

From pypi/warehouse 6b62157, read 2026-11-24: L is warehouse/forklift/legacy.py there, W warehouse/utils/wheel.py.
"""

from __future__ import annotations

import configparser
import csv
import os
import posixpath
import re
import struct
import zipfile
from typing import IO, TYPE_CHECKING

from packaging.metadata import Metadata

from uniqver.cli.check.pypi import CURRENT, parsed
from uniqver.cli.check.report import note, refused
from uniqver.cli.check.rules import AGAIN
from uniqver.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from uniqver.cli.check.rules import Case, Findings

SCANNED = (".py", ".pye")
"""Members that PyPI looks into (warehouse/utils/scanner.py:19)."""
MAX_SCANNED = 5 * 1024 * 1024
"""Bytes of such a member (warehouse/utils/scanner.py:22)."""
RECORD_ANNOUNCED = "2026-02-01"
"""PyPI's date for refusing wheels that don't match RECORD (its blog, 2025-08-07); it still only mails."""


def container(case: Case) -> Findings:
    """The file's format."""
    file, is_sdist = case.artifact, case.name.kind == "sdist"
    if file.is_both:  # L319
        yield refused("it can be read both as a zip file and as a tar file: PyPI refuses that", AGAIN)
    accepted = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(member.compression not in accepted for member in file.content.members):  # L356; pip reads others too
        yield refused("a member is packed in a way that PyPI doesn't accept (only stored and deflated)", CURRENT)
    yield from _folder(case)
    for member, made_by in file.marks:  # L391, L462; warehouse/utils/scanner_rules
        reason = f"{printable(member)} is encrypted by {made_by}: PyPI refuses it"
        yield refused(reason, "upload the source, or to an index of your own")
    if file.framing is not None:  # L403; warehouse/utils/zipfiles.py
        yield refused(f"the zip file {file.framing}: PyPI refuses it", CURRENT)
    if is_sdist and not case.name.text.endswith(".tar.gz"):  # L1382, PEP 625
        yield refused("it is a .zip: PyPI accepts sdists as .tar.gz only", "python -m build --sdist")


def _folder(case: Case) -> Findings:
    """An sdist has one folder at its top, a wheel the ``.dist-info`` of its file name."""
    root, members = _root(case), _members(case)
    if case.name.kind == "wheel":  # L387, L1541, L1587
        for wanted in (f"{_dist_info(case)}/{file}" for file in ("WHEEL", "RECORD", "METADATA")):
            if wanted not in members:
                reason = f"there is no {printable(wanted)}: PyPI wants .dist-info named as the file, letter for letter"
                yield refused(reason, f"{CURRENT}; never rename a wheel")
    elif root in ("", ".", "/"):  # L369, L433
        yield refused("an sdist has exactly one folder at its top: PyPI refuses this one", AGAIN)
    elif (wanted := posixpath.join(root, "PKG-INFO")) not in members:
        yield refused(f"there is no {printable(wanted)}: PyPI refuses the sdist", AGAIN)


def contents(case: Case) -> Findings:
    """Single members; PyPI looks at them after the file name."""
    text = case.artifact.metadata_text
    metadata = None if text is None else parsed(text)
    names = {name.rstrip("/") for name in _members(case)}
    root = f"{_dist_info(case)}/licenses" if case.name.kind == "wheel" else _root(case)
    license_files = metadata.license_files if isinstance(metadata, Metadata) else None
    for license_file in license_files or ():  # L1397, L1515; PEP 639
        wanted = posixpath.join(root, license_file)
        if wanted not in names:
            what = f"its metadata names the License-File {printable(license_file)}, and there is no {printable(wanted)}"
            fix = "build it again with setuptools 77 or newer, or correct license-files"
            yield refused(f"{what}: PyPI refuses it", fix)
    record = _text(case, "RECORD")
    if record is not None and _recorded(record) is None:  # W125-133; on an empty line PyPI's code fails (W128)
        yield refused("RECORD is not CSV in UTF-8, or has an empty line: PyPI refuses it", AGAIN)
    entry_points = _text(case, "entry_points.txt")
    if entry_points is not None and (problem := _entry_point_problem(entry_points)) is not None:  # L1567; W240-290
        yield refused(f"entry_points.txt {problem}: PyPI refuses it", "correct [project.scripts]")


def unlike_record(case: Case) -> Findings:
    """A note: RECORD must list exactly the files of a wheel (L1558, W110-150)."""
    record = _text(case, "RECORD")
    members = {name for name in _members(case) if not name.endswith(("/", "\\"))}
    exempt = {f"{_dist_info(case)}/{name}" for name in ("RECORD.jws", "RECORD.p7s")}
    recorded = None if record is None else _recorded(record)
    if case.profile.rules != "names" and recorded not in (None, members - exempt):
        then = f"PyPI mails its owners, and refuses such wheels in future (announced for {RECORD_ANNOUNCED})"
        yield note(f"RECORD does not list exactly the members: {then}", files=(case.name.text,))


def _members(case: Case) -> list[str]:
    return [member.name for member in case.artifact.content.members]


def _root(case: Case) -> str:
    """Return the folder of all members, or an empty text."""
    return posixpath.commonpath(names) if (names := _members(case)) else ""


def _dist_info(case: Case) -> str:
    """Return the ``.dist-info`` with name and version as the file name spells them."""
    return f"{'-'.join(case.name.text.split('-', 2)[:2])}.dist-info"


def _text(case: Case, name: str) -> bytes | None:
    return case.artifact.texts.get(f"{_dist_info(case)}/{name}")


def _entry_point_problem(text: bytes) -> str | None:
    parser = configparser.ConfigParser(delimiters=("=",))  # as the entry points specification has it
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their case
    try:
        parser.read_string(text.decode())
    except UnicodeDecodeError:
        return "is not UTF-8"
    except configparser.Error as error:
        return f"is not an INI file ({printable(str(error).splitlines()[0])})"
    for group in ("console_scripts", "gui_scripts"):
        for name in parser.options(group) if parser.has_section(group) else ():
            if re.fullmatch(r"[\w.-]+", name) is None:
                return f"has a script with the name {printable(name)!r}"
    return None


def _recorded(text: bytes) -> set[str] | None:
    """Return the files in a RECORD; ``None`` if PyPI can't read it."""
    try:
        return {row[0].replace("\\", "/") for row in csv.reader(text.decode().splitlines())}
    except (UnicodeDecodeError, csv.Error, IndexError):
        return None


_PYARMOR = re.compile(rb"__pyarmor__\(__name__, __file__,|__pyarmor_(?:enter|exit|assert|bcc)__")
_SOURCEDEFENDER = (b"---BEGIN PYE FILE---", b"---END PYE FILE---")


def obfuscator(content: bytes) -> str | None:
    """Return the name of the obfuscator that wrote ``content``.

    warehouse/utils/scanner_rules: pyarmor.yar (any of its marks), sourcedefender.yar (both).
    """
    if _PYARMOR.search(content) is not None:
        return "PyArmor"
    return "SourceDefender" if all(mark in content for mark in _SOURCEDEFENDER) else None


# The frame of a zip file: its records from the first byte to the last. PyPI refuses a wheel that a reader of these and one
# that trusts the central directory would unpack differently (warehouse/utils/zipfiles.py:75-392; layout: APPNOTE.TXT 4.3).

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_FULL = 0xFFFFFFFF
"""The value is in the ZIP64 extra."""
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075


class _FramingError(Exception):
    """The message is a clause."""


def framing_fault(path: Path) -> str | None:
    """Return a clause about what is wrong with the frame of a zip file; ``None`` if it is sound."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            sizes = {info.orig_filename: (info.compress_size, info.file_size) for info in archive.filelist}
            _walk(file, sizes)
    except zipfile.BadZipFile as error:
        return f"is not a zip file: {error}"
    except UnicodeDecodeError:
        return "has a member's name that isn't UTF-8"
    except _FramingError as error:
        return str(error)
    return None


def _require(sound: bool, fault: str) -> None:
    if not sound:
        raise _FramingError(fault)


def _walk(file: IO[bytes], sizes: Mapping[str, tuple[int, int]]) -> None:
    local: set[bytes] = set()
    central: set[bytes] = set()
    while (signature := _read(file, 4)) == _LOCAL:
        name = _local(file, sizes)
        _require(name not in local, "has a member twice")
        local.add(name)
    start, size = file.tell() - 4, 0
    while signature == _CENTRAL:
        name_size, extra_size, comment_size = _fields(file, "24xHHH12x")
        _require(not comment_size, "has a comment on a member")
        name = _printable(_read(file, name_size))
        _read(file, extra_size)
        _require(name not in central, "lists a member twice")
        central.add(name)
        size += 46 + name_size + extra_size
        signature = _read(file, 4)
    _require(central == local, "has other members than it lists")
    _require(_last(file, signature) == (len(central), size, start), "has an end that doesn't fit its list of members")
    _require(not file.read(1), "has bytes after its end")


def _local(file: IO[bytes], sizes: Mapping[str, tuple[int, int]]) -> bytes:
    """Read the rest of a member's header, and pass over its contents. Returns the name."""
    flags, method, packed, unpacked, name_size, extra_size = _fields(file, "2xHH8xLLHH")
    name = _printable(_read(file, name_size))
    for kind, body in _extras(_read(file, extra_size)):
        if kind == _ZIP64:
            packed, unpacked = _sizes64(body, method, packed, unpacked)
        elif kind == _UNICODE_PATH:
            _printable(body[5:]).decode()
    _require(not flags & 0x08, "has a data descriptor: it was written as a stream")
    listed = sizes.get(name.decode())
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
    _require(len(body) in (0, 8, 16, 24, 28), "has a broken extra field")
    if not body:
        _require(_FULL not in (packed, unpacked), "has a member without a size")
        return packed, unpacked
    first, second = struct.unpack("<QQ", body[:16].ljust(16, b"\0"))
    _require(len(body) > 8 or method == zipfile.ZIP_STORED, "has a member without a size")
    return second if len(body) > 8 else first, first if unpacked == _FULL else unpacked


def _last(file: IO[bytes], signature: bytes) -> tuple[int, int, int]:
    """Read what comes after the list of members: its records, size and offset."""
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
    _read(file, comment_size)
    return end64 or (records, size, offset)


def _fields(file: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack(f"<{layout}", _read(file, struct.calcsize(f"<{layout}")))


def _read(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    _require(len(data) == size, "is cut off")
    return data


def _printable(name: bytes) -> bytes:
    _require(all(byte >= 0x20 and byte != 0x7F for byte in name), "has an unprintable character in a member's name")
    return name
