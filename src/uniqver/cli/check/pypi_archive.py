"""PyPI's rules for what a file holds, with obfuscators' marks and the frame of a zip file.

From pypi/warehouse 6b62157, read 2026-11-24: L is warehouse/forklift/legacy.py there, W warehouse/utils/wheel.py.
"""

from __future__ import annotations

import configparser
import csv
import io
import os
import posixpath
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from packaging.metadata import Metadata

from uniqver.cli.check.pypi import CURRENT, parsed
from uniqver.cli.check.rules import AGAIN, Case, Findings, note, refused
from uniqver.errors import printable

SCANNED = (".py", ".pye")
"""Members that PyPI looks into (warehouse/utils/scanner.py:19)."""
MAX_SCANNED = 5 * 1024 * 1024
"""Bytes (line 22)."""
RECORD_ANNOUNCED = "2026-02-01"
"""PyPI's date for refusing wheels unlike RECORD (its blog, 2025-08-07); it still only mails."""


def container(case: Case) -> Findings:
    """The file's format."""
    file, is_sdist = case.artifact, case.name.kind == "sdist"
    if file.is_both:  # L319
        yield refused("it can be read both as a zip file and as a tar file: PyPI refuses that", AGAIN)
    accepted = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(member.compression not in accepted for member in file.content.members):  # L356; pip reads others too
        yield refused("a member is packed in a way that PyPI refuses: it is neither stored nor deflated", CURRENT)
    yield from _folder(case)
    for member, made_by in file.marks:  # L391, L462; warehouse/utils/scanner_rules
        reason = f"{printable(member)} is encrypted by {made_by}: PyPI refuses it"
        yield refused(reason, "upload the source, or to an index of your own")
    if file.framing is not None:  # L403; warehouse/utils/zipfiles.py
        yield refused(f"the zip file {file.framing}: PyPI refuses it", CURRENT)
    if is_sdist and not case.name.text.endswith(".tar.gz"):  # L1382, PEP 625
        yield refused("it is a .zip: PyPI accepts sdists as .tar.gz only", "python -m build --sdist")


def _folder(case: Case) -> Findings:
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
    for wanted in (posixpath.join(root, name) for name in license_files or ()):  # L1397, L1515; PEP 639
        if wanted not in names:
            fix = "build it again with setuptools 77 or newer, or correct license-files"
            yield refused(f"there is no {printable(wanted)}, a License-File of its metadata: PyPI refuses it", fix)
    record = _text(case, "RECORD")
    if record is not None and _recorded(record) is None:  # W125-133; W128 fails on an empty line
        yield refused("RECORD is not CSV in UTF-8, or has an empty line: PyPI refuses it", AGAIN)
    entry_points = _text(case, "entry_points.txt")
    if entry_points is not None and (problem := _entry_point_problem(entry_points)) is not None:  # L1567; W240-290
        yield refused(f"entry_points.txt {problem}: PyPI refuses it", "correct [project.scripts]")


def unlike_record(case: Case) -> Findings:
    """A note: RECORD must list exactly the files of a wheel (L1558, W110-150)."""
    record = _text(case, "RECORD")
    members = {name for name in _members(case) if not name.endswith(("/", "\\"))}
    exempt = {f"{_dist_info(case)}/{name}" for name in ("RECORD.jws", "RECORD.p7s")}
    if case.profile.rules != "names" and record is not None and _recorded(record) not in (None, members - exempt):
        then = f"PyPI mails its owners, and will refuse such wheels (it announced that for {RECORD_ANNOUNCED})"
        yield note(f"RECORD does not list exactly the members: {then}", files=(case.name.text,))


def _members(case: Case) -> list[str]:
    return [member.name for member in case.artifact.content.members]


def _root(case: Case) -> str:
    return posixpath.commonpath(names) if (names := _members(case)) else ""


def _dist_info(case: Case) -> str:
    """Name and version are as the file name spells them."""
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
    """Return who wrote ``content``, by warehouse/utils/scanner_rules: one of pyarmor's marks, both of sourcedefender's."""
    if _PYARMOR.search(content):
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
    """Return a clause about what is wrong with the frame of a zip file."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            _walk(file, {info.orig_filename: (info.compress_size, info.file_size) for info in archive.filelist})
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
    local: list[bytes] = []
    central: list[bytes] = []
    while (signature := _read(file, 4)) == _LOCAL:
        local.append(_local(file, sizes))
    start = file.tell() - 4
    while signature == _CENTRAL:
        name_size, extra_size, comment_size = _fields(file, "24xHHH12x")
        _require(not comment_size, "has a comment on a member")
        central.append(_name(_read(file, name_size)))
        _read(file, extra_size)
        signature = _read(file, 4)
    _require(len(set(central)) == len(central), "lists a member twice")
    _require(sorted(central) == sorted(local), "has other members than it lists")
    listed = [len(central), file.tell() - 4 - start, start]
    declared: list[int] = []
    if signature == _END64:
        own, here, *declared = _fields(file, "Q12xQQQQ")
        _require(own == 44 and here == declared[0], "has a ZIP64 end with extensible data, or of several parts")
        signature = _read(file, 4)
        _require(signature == _LOCATOR64, "has a ZIP64 end without its locator")
    if signature == _LOCATOR64:
        _read(file, 16)
        signature = _read(file, 4)
    _require(signature == _END, "has bytes before, between or after its records")
    here, *short, comment_size = _fields(file, "4xHHLLH")
    _require(here == short[0], "is in several parts")
    _require((declared or short) == listed, "has an end that doesn't fit its list of members")
    _read(file, comment_size)
    _require(not file.read(1), "has bytes after its end")


def _local(file: IO[bytes], sizes: Mapping[str, tuple[int, int]]) -> bytes:
    """Read the rest of a member's header, and pass over its contents; return the name."""
    flags, method, packed, unpacked, name_size, extra_size = _fields(file, "2xHH8xLLHH")
    name = _name(_read(file, name_size))
    extras = _extras(_read(file, extra_size))
    _name(extras.get(_UNICODE_PATH, b"")[5:]).decode()
    if (own := extras.get(_ZIP64)) is not None:
        _require(len(own) in (0, 8, 16, 24, 28), "has a broken extra field")
        has_sizes = method == zipfile.ZIP_STORED if len(own) == 8 else own or _FULL not in (packed, unpacked)
        _require(bool(has_sizes), "has a member without a size")
        if own:
            first, packed = struct.unpack("<QQ", (own * 2)[:16])
            unpacked = first if unpacked == _FULL else unpacked
    _require(not flags & 0x08, "has a data descriptor: it was written as a stream")
    listed = sizes.get(name.decode())
    _require(listed is not None, "has a member that it doesn't list")
    _require(listed == (packed, unpacked), "has a member whose size isn't the one listed")
    file.seek(packed, os.SEEK_CUR)
    return name


def _extras(extra: bytes) -> dict[int, bytes]:
    """Return the extra fields about name and size."""
    file = io.BytesIO(extra)
    found: dict[int, bytes] = {}
    while file.tell() < len(extra):
        kind, size = _fields(file, "HH")
        body = _read(file, size)
        _require(kind not in found, "has an extra field twice")
        if kind in (_ZIP64, _UNICODE_PATH):
            found[kind] = body
    return found


def _fields(file: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack(f"<{layout}", _read(file, struct.calcsize(f"<{layout}")))


def _read(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    _require(len(data) == size, "has a record that is cut off")
    return data


def _name(name: bytes) -> bytes:
    _require(all(byte >= 0x20 and byte != 0x7F for byte in name), "has an unprintable character in a member's name")
    return name
