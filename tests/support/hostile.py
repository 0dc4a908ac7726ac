"""Wheels and sdists that are broken, or made to hurt whoever reads them."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from typing import TYPE_CHECKING

from tests.support.distributions import core_metadata, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[[Path], Path]

MIB = 2**20
WHEEL = "sample-1.0-py3-none-any.whl"
SDIST = "sample-1.0.tar.gz"
INFO = "sample-1.0.dist-info"
ESCAPE = "\x1b[31mred\u202e\r"


def cut(path: Path, keep: float = 0.5) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def plain_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return path


def patched(path: Path, member: str, at: int, value: bytes) -> Path:
    """Change bytes in the central directory's entry of ``member``; ``at`` counts from its beginning (APPNOTE 4.3.12)."""
    content = bytearray(path.read_bytes())
    entry = content.rindex(member.encode())
    start = content.rindex(b"PK\x01\x02", 0, entry)
    assert entry == start + 46
    content[start + at : start + at + len(value)] = value
    path.write_bytes(content)
    return path


def lying_zip(path: Path) -> Path:
    """A wheel whose METADATA claims to unpack to gigabytes."""
    return patched(path, f"{INFO}/METADATA", 24, (3 * 2**30).to_bytes(4, "little"))


def encrypted(path: Path) -> Path:
    return patched(path, f"{INFO}/METADATA", 8, b"\x01\x00")


def oddly_packed(path: Path) -> Path:
    """A method that nobody knows."""
    return patched(path, f"{INFO}/METADATA", 10, b"\x63\x00")


def not_utf8(path: Path) -> Path:
    path = patched(path, f"{INFO}/METADATA", 8, b"\x00\x08")
    return patched(path, f"{INFO}/METADATA", 46, b"\xff\xfe")


def damaged_lzma(folder: Path) -> Path:
    path = wheel(folder, compression=zipfile.ZIP_LZMA)
    content = bytearray(path.read_bytes())
    at = content.index(f"{INFO}/METADATA".encode()) + len(f"{INFO}/METADATA") + 12
    content[at : at + 8] = b"\xff" * 8
    return written(path, bytes(content))


def large_directory(path: Path) -> Path:
    """A zip file that says of its own list of members that it has a gigabyte."""
    size = 2**30
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, size, 0, 0)
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(end)
    return path


def crowded_zip(path: Path, members: int = 100_001) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(members):
            archive.writestr(f"{number}", b"")
    return path


def with_record(folder: Path, row: str) -> Path:
    """A wheel whose RECORD has one more row."""
    path = wheel(folder)
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[f"{INFO}/RECORD"] += row.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """An sdist with PKG-INFO and ``members``."""
    with tarfile.open(path, "w:gz") as archive:
        for info, content in (member("sample-1.0/PKG-INFO", core_metadata("sample", "1.0").encode()), *members):
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def member(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, target: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, content


def with_link(path: Path, target: str) -> Path:
    """An sdist with a symbolic link."""
    return tar(path, member("sample-1.0/docs/link", kind=tarfile.SYMTYPE, target=target))


def linked_pkg_info(path: Path) -> Path:
    """An sdist whose PKG-INFO is a link to a file of the reader's."""
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(member("sample-1.0/PKG-INFO", kind=tarfile.SYMTYPE, target="pyproject.toml")[0])
    return path


def raw_tar(path: Path, content: bytes) -> Path:
    """An sdist made of ``content``, blocks of a tar archive."""
    return written(path, gzip.compress(content, 1))


def pax_bomb(path: Path) -> Path:
    """An sdist with a header that claims to be, and is, 80 MiB long."""
    return raw_tar(path, tarfile.TarInfo.create_pax_global_header({"comment": "x" * (80 * MIB)}))


def pax_chain(path: Path) -> Path:
    """An sdist with thousands of headers one after another, each of which makes tarfile call itself."""
    return raw_tar(path, tarfile.TarInfo.create_pax_global_header({"comment": "x"}) * 5000)


def sparse(path: Path) -> Path:
    """An sdist with a GNU sparse member, whose map goes on and on."""
    info = tarfile.TarInfo("sample-1.0/sparse")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[482] = 1
    header[148:156] = b"%06o\0 " % (sum(header) - sum(header[148:156]) + 8 * 32)
    block = bytearray(512)
    block[504] = 1
    return raw_tar(path, bytes(header) + bytes(block) * 100_000)


def negative_pax(path: Path) -> Path:
    info, _ = member("sample-1.0/x")
    info.pax_headers = {"size": "-1", "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "x"}
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    return path


def crowded_tar(path: Path, members: int = 100_001) -> Path:
    block = tarfile.TarInfo("sample-1.0/x").tobuf(tarfile.USTAR_FORMAT)
    return raw_tar(path, block * members)


def with_facts(folder: Path, text: str) -> Path:
    return wheel(folder, members={f"{INFO}/uniqver.json": text.encode("utf-8", "surrogatepass")})


FACTS: dict[str, object] = {
    "schema_version": 1, "project": "sample", "version": "1.0", "base": None, "segment": None, "number": None,
    "commit": None, "dirty": False, "source_date_epoch": None,
}  # fmt: skip


def facts(**changes: object) -> str:
    """The text of a ``uniqver.json``."""
    return json.dumps({**FACTS, **changes})


UNREADABLE: dict[str, tuple[Maker, str]] = {
    "truncated wheel": (lambda d: cut(wheel(d)), "is not a valid wheel: File is not a zip file"),
    "empty wheel": (lambda d: cut(wheel(d), 0), "is not a valid wheel"),
    "no zip": (lambda d: written(d / WHEEL, b"hello"), "is not a valid wheel"),
    "zip, no wheel": (lambda d: plain_zip(d / WHEEL), "there is no *.dist-info/METADATA in it"),
    "two METADATA": (
        lambda d: wheel(d, members={"x.dist-info/METADATA": b""}),
        "there is more than one *.dist-info/METADATA in it",
    ),
    "bomb": (lambda d: wheel(d, members={"sample/zeros": bytes(70 * MIB)}), "looks like a bomb"),
    "lying bomb": (lambda d: lying_zip(wheel(d)), "looks like a bomb"),
    "tar bomb": (lambda d: sdist(d, members={"sample-1.0/zeros": bytes(70 * MIB)}), "looks like a bomb"),
    "pax bomb": (lambda d: pax_bomb(d / SDIST), "a header in it is of a kind that no sdist has"),
    "pax chain": (lambda d: pax_chain(d / SDIST), "is not a valid sdist"),
    "pax nonsense": (lambda d: negative_pax(d / SDIST), SDIST),
    "sparse": (lambda d: sparse(d / SDIST), "a header in it is of a kind that no sdist has"),
    "large directory": (lambda d: large_directory(d / WHEEL), "its list of members is too long"),
    "large METADATA": (
        lambda d: wheel(d, metadata=core_metadata("sample", "1.0", text="x" * (9 * MIB))),
        "has 9.0 MiB, which no real one has",
    ),
    "encrypted": (lambda d: encrypted(wheel(d)), "is not a valid wheel"),
    "unknown compression": (lambda d: oddly_packed(wheel(d)), "is not a valid wheel"),
    "damaged lzma": (damaged_lzma, "is not a valid wheel"),
    "not UTF-8": (lambda d: not_utf8(wheel(d)), WHEEL),
    "wheel with ../": (lambda d: wheel(d, members={"sample/../../x": b""}), "outside its folder"),
    "sdist with ../": (lambda d: sdist(d, members={"sample-1.0/../../x": b""}), "outside its folder"),
    "zip sdist with /": (lambda d: sdist(d, suffix=".zip", members={"/x": b""}), "outside its folder"),
    "wheel with a drive": (lambda d: wheel(d, members={"C:x": b""}), "outside its folder"),
    "link outside": (lambda d: with_link(d / SDIST, "../../../x"), "outside its folder"),
    "absolute link": (lambda d: with_link(d / SDIST, "/etc/passwd"), "outside its folder"),
    "device": (lambda d: tar(d / SDIST, member("sample-1.0/x", kind=tarfile.CHRTYPE)), "outside its folder"),
    "PKG-INFO is a link": (lambda d: linked_pkg_info(d / SDIST), "there is no */PKG-INFO in it"),
    "truncated sdist": (lambda d: cut(sdist(d)), "is not a valid sdist: Compressed file ended"),
    "no gzip": (lambda d: written(d / SDIST, b"hello"), "is not a valid sdist: Not a gzipped file"),
    "no PKG-INFO": (lambda d: sdist(d, without=("/PKG-INFO",)), "there is no */PKG-INFO in it"),
    "no PKG-INFO in zip": (lambda d: sdist(d, suffix=".zip", without=("/PKG-INFO",)), "there is no */PKG-INFO in it"),
    "RECORD with a huge field": (lambda d: with_record(d, "x" * 131_073 + ",,\n"), "is not a valid wheel"),
    "RECORD with many rows": (
        lambda d: with_record(d, "".join(f"{n},,\n" for n in range(100_001))),
        "RECORD has more than 100000 rows",
    ),
    "no distribution": (lambda d: written(d / "notes.txt", b"hello"), "neither the name of a wheel nor of an sdist"),
}
"""Files that no command can read, each with a part of what is said of it."""

CROWDED: dict[str, tuple[Maker, str]] = {
    "crowded wheel": (lambda d: crowded_zip(d / WHEEL), "more than 100000 members"),
    "crowded sdist": (lambda d: crowded_tar(d / SDIST), "more than 100000 members"),
}
"""The same, and slow."""
