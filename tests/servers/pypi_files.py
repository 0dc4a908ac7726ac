"""What PyPI finds wrong with a file: for the loopback index, written without uniqver's own code.

The lines are those of pypi/warehouse 6b62157, read 2026-11-24. Where uniqver walks through a zip file's records, this
starts from the list of members and asks each for its place.
"""

from __future__ import annotations

import configparser
import csv
import io
import os.path
import re
import struct
import tarfile
import zipfile
import zlib

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

MIB = 1024 * 1024


class RefusedError(Exception):
    """PyPI's answer 400; the message is its reason."""


def check_file(filename: str, kind: str, content: bytes, name: str, version: str, licenses: list[str]) -> list[str]:
    """Raise :class:`RefusedError` as PyPI does for a file that it hasn't yet; return what it mails its owners."""
    try:
        is_zip, is_tar = zipfile.is_zipfile(io.BytesIO(content)), tarfile.is_tarfile(io.BytesIO(content))
    except (OSError, EOFError, zlib.error):
        is_zip, is_tar = False, False
    if is_zip and is_tar:  # legacy.py:319
        raise RefusedError("Invalid distribution file. File is both a zip and a tar file")
    try:
        if kind == "sdist":
            _sdist(filename, content, name, version, licenses, is_zip=is_zip, is_tar=is_tar)
            return []
        if not is_zip:
            raise RefusedError("Invalid distribution file. File is not a zipfile")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _zip(filename, content, archive)
            return _wheel(filename, archive, name, version, licenses)
    except (zipfile.BadZipFile, tarfile.ReadError, EOFError, zlib.error) as error:
        raise RefusedError("Invalid distribution file.") from error


def _sdist(
    filename: str, content: bytes, name: str, version: str, licenses: list[str], *, is_zip: bool, is_tar: bool
) -> None:
    if filename.endswith(".zip"):
        if not is_zip:
            raise RefusedError("Invalid distribution file. File is not a zipfile")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _zip(filename, content, archive)
    elif not is_tar:
        raise RefusedError("Invalid distribution file. File is not a tarfile")
    names: list[str] = []
    if not filename.endswith(".zip"):
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive_:
            names = _tar(archive_)
    wanted = f"{_escaped(name)}-{Version(version)}.tar.gz"
    if filename != wanted:  # legacy.py:1385; zip files fail here
        raise RefusedError(f"Filename '{filename}' is invalid, should be '{wanted}'.")
    top = os.path.commonpath(names)
    for license_file in licenses:  # legacy.py:1397
        if f"{top}/{license_file}" not in names:
            raise RefusedError(f"License-File {license_file} does not exist in distribution file")


def _tar(archive: tarfile.TarFile) -> list[str]:
    members = archive.getmembers()
    names = [member.name for member in members]
    top = os.path.commonpath(names) if names else ""
    if any(member.issparse() for member in members):  # legacy.py:421
        raise RefusedError("Invalid distribution file. Sparse members are not allowed.")
    if top in (".", "/", ""):  # legacy.py:433
        raise RefusedError("Invalid distribution file. Incorrect number of top-level directories in sdist")
    if f"{top}/PKG-INFO" not in names:
        raise RefusedError(f"Invalid distribution file. PKG-INFO not found at {top}/PKG-INFO")
    for member in members:
        if member.isfile():
            stream = archive.extractfile(member)
            assert stream is not None
            _scan(member.name, stream.read())
    return names


def _zip(filename: str, content: bytes, archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    if unpacked > 64 * MIB and unpacked / len(content) > 50:  # legacy.py:338
        raise RefusedError("Invalid distribution file. File exceeds compression ratio of 50")
    if {info.compress_type for info in infos} - {0, 8}:  # legacy.py:356
        raise RefusedError("Invalid distribution file. File does not use a supported compression type")
    names = archive.namelist()
    if filename.endswith(".whl"):
        wanted = "-".join(filename.split("-")[:2]) + ".dist-info/WHEEL"  # legacy.py:387
    else:
        top = os.path.commonpath(names) if names else ""
        if top in (".", "/", ""):
            raise RefusedError("Invalid distribution file. Incorrect number of top-level directories in sdist")
        wanted = f"{top}/PKG-INFO"
    if wanted not in names:
        raise RefusedError(f"Invalid distribution file. {wanted} not found")
    for info in infos:
        if not info.is_dir() and info.filename.lower().endswith((".py", ".pye")):
            _scan(info.filename, archive.read(info.filename))
    if fault := zip_fault(content):  # legacy.py:403
        raise RefusedError(f"Invalid distribution file. ZIP archive not accepted: {fault}.")


def _scan(name: str, content: bytes) -> None:
    """legacy.py:391, 462; utils/scanner_rules/*.yar."""
    if not name.lower().endswith((".py", ".pye")) or len(content) > 5 * MIB:
        return
    if re.search(rb"__pyarmor__\(__name__, __file__,|__pyarmor_(?:enter|exit|assert|bcc)__", content):
        raise RefusedError("Invalid distribution file. PyArmor-encrypted content is not allowed.")
    if b"---BEGIN PYE FILE---" in content and b"---END PYE FILE---" in content:
        raise RefusedError("Invalid distribution file. SourceDefender-encrypted content is not allowed.")


def zip_fault(content: bytes) -> str | None:
    """Return what utils/zipfiles.py finds wrong with the frame of a zip file; ``None`` if nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        directory = archive.start_dir
        comment = len(archive.comment)
    place, seen = 0, set()
    for info in infos:
        if info.header_offset != place:
            return "Unknown record signature"
        if info.comment:
            return "Comment in central directory"
        fault, place, raw = _local_header(content, info)
        if fault:
            return fault
        if raw in seen:
            return "Duplicate filename in local headers"
        seen.add(raw)
    if place != directory:
        return "Unknown record signature"
    return _tail(content, directory, len(infos), comment)


def _local_header(content: bytes, info: zipfile.ZipInfo) -> tuple[str, int, bytes]:
    """Return what is wrong with a member's own header, where the member ends, and its name."""
    start = info.header_offset
    if len(content) < start + 30:
        return "Malformed zip file", 0, b""
    flags, method = struct.unpack("<HH", content[start + 6 : start + 10])
    packed, unpacked, name_size, extra_size = struct.unpack("<LLHH", content[start + 18 : start + 30])
    name = content[start + 30 : start + 30 + name_size]
    end = start + 30 + name_size + extra_size
    if re.search(rb"[\x00-\x1f\x7f]", name):
        return "Invalid character in filename", 0, name
    try:
        packed, unpacked = _with_extras(content[end - extra_size : end], method, packed, unpacked)
    except ValueError as error:
        return str(error), 0, name
    if flags & 8:
        return "ZIP contains a data descriptor", 0, name
    if (packed, unpacked) != (info.compress_size, info.file_size):
        return "Mis-matched data size", 0, name
    try:
        if name.decode() != info.orig_filename:
            return "Filename not in central directory", 0, name
    except UnicodeDecodeError:
        return "Filename not unicode", 0, name
    return "", end + packed, name


def _with_extras(extra: bytes, method: int, packed: int, unpacked: int) -> tuple[int, int]:
    """Return the sizes that ZIP64's field gives, else those of the header. Raises ValueError."""
    kinds: list[int] = []
    while extra:
        if len(extra) < 4 or len(extra) < 4 + struct.unpack("<H", extra[2:4])[0]:
            raise ValueError("Malformed zip file")
        kind, size = struct.unpack("<HH", extra[:4])
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind in (1, 0x7075) and kind in kinds:
            raise ValueError("Invalid duplicate extra in local file")
        kinds.append(kind)
        if kind == 1:
            packed, unpacked = _zip64(body, method, packed, unpacked)
        if kind == 0x7075 and (
            re.search(rb"[\x00-\x1f\x7f]", body[5:]) or body[5:].decode("utf-8", "ignore").encode() != body[5:]
        ):
            raise ValueError("Invalid character in filename")
    return packed, unpacked


def _zip64(body: bytes, method: int, packed: int, unpacked: int) -> tuple[int, int]:
    sizeless = 2**32 - 1
    if (
        len(body) not in (0, 8, 16, 24, 28)
        or (len(body) == 8 and method)
        or (not body and sizeless in (packed, unpacked))
    ):
        raise ValueError("Malformed zip file")
    if not body:
        return packed, unpacked
    first = int.from_bytes(body[:8], "little")
    packed = int.from_bytes(body[8:16], "little") if len(body) > 8 else first
    return packed, first if unpacked == sizeless else unpacked


def _tail(content: bytes, directory: int, count: int, comment: int) -> str | None:
    end = len(content) - 22 - comment
    if content[end : end + 4] != b"PK\5\6":
        return "Trailing data"
    here, total, size, offset, _ = struct.unpack("<HHLLH", content[end + 8 : end + 22])
    listed = end
    if content[end - 20 : end - 16] == b"PK\6\7":
        listed = end - 20 - 56
        (own,) = struct.unpack("<Q", content[listed + 4 : listed + 12])
        here, total, size, offset = struct.unpack("<QQQQ", content[listed + 24 : listed + 56])
        if content[listed : listed + 4] != b"PK\6\6" or own != 44:
            return "ZIP64 extensible data not allowed"
    if here != total or total != count:
        return "Mismatched central directory records"
    if offset != directory or size != listed - directory:
        return "Mismatched central directory offset"
    return None


def _wheel(filename: str, archive: zipfile.ZipFile, name: str, version: str, licenses: list[str]) -> list[str]:
    try:
        project, found, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise RefusedError(str(error)) from error
    for tag in tags:
        if not takes_platform(tag.platform):
            raise RefusedError(f"Binary wheel '{filename}' has an unsupported platform tag '{tag.platform}'.")
    if canonicalize_name(name) != project or filename.split("-", maxsplit=1)[0] != _escaped(
        name
    ):  # legacy.py:1446, 1467
        raise RefusedError(f"Start filename for '{name}' with '{_escaped(name)}'.")
    if Version(version) != found:  # legacy.py:1483
        raise RefusedError(f"Version in filename should be '{version}' not '{found}'.")
    folder = "-".join(filename.split("-")[:2]) + ".dist-info"
    names = archive.namelist()
    for license_file in licenses:  # legacy.py:1515
        if f"{folder}/licenses/{license_file}" not in names:
            raise RefusedError(f"License-File {license_file} does not exist in distribution file")
    mails = _record(archive, folder)
    _entry_points(archive, f"{folder}/entry_points.txt")
    if f"{folder}/METADATA" not in names:  # legacy.py:1587
        raise RefusedError(f"Wheel '{filename}' does not contain the required METADATA file")
    if len(filename.encode()) + len(".metadata") > 255:  # legacy.py:1600
        raise RefusedError(f"Filename is too long: '{filename}'")
    return mails


def _record(archive: zipfile.ZipFile, folder: str) -> list[str]:
    """utils/wheel.py:110-150."""
    try:
        text = archive.read(f"{folder}/RECORD").decode()
        rows = list(csv.reader(text.splitlines()))
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise RefusedError("Wheel does not contain the required RECORD file") from error
    if not all(rows):
        raise RefusedError("500: an empty line in RECORD")
    files = {name for name in archive.namelist() if name[-1] not in "/\\"}
    files -= {f"{folder}/RECORD.jws", f"{folder}/RECORD.p7s"}
    return [] if files == {row[0].replace("\\", "/") for row in rows} else ["wheel record mismatch"]


def _entry_points(archive: zipfile.ZipFile, place: str) -> None:
    """utils/wheel.py:240-290."""
    if place not in archive.namelist():
        return
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    try:
        parser.read_string(archive.read(place).decode())
        names = [name for group in ("console_scripts", "gui_scripts") if group in parser for name in parser[group]]
    except (UnicodeDecodeError, configparser.Error) as error:
        raise RefusedError("Wheel has invalid entry points") from error
    if any(re.search(r"[^\w.-]", name) for name in names):
        raise RefusedError("Wheel has invalid entry points")


_OLD_LINUX = {"1": "x86_64 i686", "2010": "x86_64 i686", "2014": "x86_64 i686 aarch64 armv7l ppc64 ppc64le s390x"}
_PLATFORM = re.compile(
    r"any|win32|win_(?:arm64|amd64|ia64)|linux_armv[67]l"
    r"|macosx_(?:10_\d+|(?:1[1-5]|26)_0)_(?:ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2)"
    r"|(?:many|musl)linux_\d+_\d+_(?:x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64)|manylinux_\d+_\d+_ppc64"
    r"|ios_\d+_\d+_(?:arm64|x86_64)_(?:iphoneos|iphonesimulator)"
    r"|android_\d+_(?:armeabi_v7a|arm64_v8a|x86|x86_64)|pyemscripten_\d+_\d+_wasm32"
)


def takes_platform(tag: str) -> bool:
    """legacy.py:105-226."""
    old = re.fullmatch(r"manylinux(1|2010|2014)_(\w+)", tag)
    return (old is not None and old[2] in _OLD_LINUX[old[1]].split()) or _PLATFORM.fullmatch(tag) is not None


def _escaped(name: str) -> str:
    return canonicalize_name(name).replace("-", "_")
