"""Archives are normalized: everything that a project put in survives, and nothing of the machine."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.support.same import assert_same, sha256

from uniqver.dists.normalization import normalize_sdist, normalize_wheel
from uniqver.errors import ArtifactError, ProjectError

if TYPE_CHECKING:
    from pathlib import Path

LONG = "/".join(["acme-1.0", *(["n" * 95] * 3), "long.py"])
NON_ASCII = "acme-1.0/größe-目录-🐍.py"
EPOCH = 1_700_000_000


def member(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, mode: int = 0o640, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(content)
    info.uid, info.gid, info.uname, info.gname = 1234, 5678, "somebody", "people"
    info.mtime = 1234567890.987  # as setuptools writes it
    return info, content


MEMBERS = [
    member("acme-1.0", kind=tarfile.DIRTYPE, mode=0o2770),
    member("acme-1.0/PKG-INFO", b"Name: acme\n"),
    member("acme-1.0/z.py", b"z" * 5000),
    member("acme-1.0/a-hard-link.py", kind=tarfile.LNKTYPE, link="acme-1.0/z.py"),
    member("acme-1.0/link.py", kind=tarfile.SYMTYPE, link="z.py", mode=0o777),
    member("acme-1.0/run.sh", b"#!/bin/sh\n", mode=0o700),
    member("acme-1.0/empty", kind=tarfile.DIRTYPE, mode=0o700),
    member("acme-1.0/nothing.py"),
    member(NON_ASCII, b"unicode"),
    member(LONG, b"long"),
    member("acme-1.0/large.bin", bytes(range(256)) * 4096),
]  # fmt: skip


def sdist(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], *, name: str = "acme-1.0.tar.gz") -> Path:
    path.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path / name, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path / name


def test_everything_in_an_sdist_survives(tmp_path: Path) -> None:
    """Files, hard and symbolic links, executable bits, empty folders and odd names are in the sdist as before."""
    path = sdist(tmp_path, MEMBERS)
    normalize_sdist(path, epoch=EPOCH, provenance="{}\n")
    with tarfile.open(path) as archive:
        found = {info.name: info for info in archive}
        contents = {
            name: file.read() for name, info in found.items() if info.isreg() and (file := archive.extractfile(info))
        }
    assert set(found) == {info.name for info, _ in MEMBERS} | {"acme-1.0/uniqver.json"}
    assert contents == {info.name: content for info, content in MEMBERS if info.isreg()} | {
        "acme-1.0/uniqver.json": b"{}\n"
    }
    assert (found["acme-1.0/a-hard-link.py"].type, found["acme-1.0/a-hard-link.py"].linkname) == (
        tarfile.LNKTYPE,
        "acme-1.0/z.py",
    )
    assert (found["acme-1.0/link.py"].type, found["acme-1.0/link.py"].linkname) == (tarfile.SYMTYPE, "z.py")
    assert found["acme-1.0/empty"].isdir()
    assert found["acme-1.0/run.sh"].mode == 0o755
    assert found["acme-1.0/z.py"].mode == 0o644


def test_an_sdist_can_be_unpacked(tmp_path: Path) -> None:
    """tarfile unpacks the result with its strictest filter, hard link and all."""
    path = sdist(tmp_path, MEMBERS)
    normalize_sdist(path, epoch=EPOCH, provenance=None)
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert (tmp_path / "out/acme-1.0/a-hard-link.py").read_bytes() == b"z" * 5000
    assert (tmp_path / "out" / NON_ASCII).read_bytes() == b"unicode"


def test_nothing_of_the_machine_is_left(tmp_path: Path) -> None:
    """Owners, times and gzip's header are fixed, members are sorted, and PAX stands only where a name needs it."""
    path = sdist(tmp_path, MEMBERS)
    normalize_sdist(path, epoch=EPOCH, provenance="{}\n")
    assert path.read_bytes()[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    with tarfile.open(path) as archive:
        members = archive.getmembers()
    assert {(info.uid, info.gid, info.uname, info.gname, info.mtime) for info in members} == {(0, 0, "", "", EPOCH)}
    names = [info.name.split("/") for info in members if not info.islnk() and not info.name.endswith("uniqver.json")]
    assert names == sorted(names)
    assert {info.name for info in members if info.pax_headers} == {NON_ASCII, LONG}


def test_order_and_machine_make_no_difference(tmp_path: Path) -> None:
    """The same files by another owner, in another order and at another time give the same bytes."""
    other = []
    for info, content in reversed(MEMBERS):
        mode = {0o640: 0o664, 0o700: 0o755}.get(info.mode, info.mode)
        changed, _ = member(info.name, content, kind=info.type, mode=mode, link=info.linkname)
        changed.uid, changed.uname, changed.mtime = 0, "root", 5
        other.append((changed, content))
    hard = [each for each in other if each[0].islnk()]
    one, two = sdist(tmp_path / "1", MEMBERS), sdist(tmp_path / "2", [e for e in other if not e[0].islnk()] + hard)
    for path in (one, two):
        normalize_sdist(path, epoch=EPOCH, provenance="{}\n")
    assert_same(one, two)
    again = one.read_bytes()
    normalize_sdist(one, epoch=EPOCH, provenance="{}\n")
    assert one.read_bytes() == again


def test_the_end_is_as_tar_wants_it(tmp_path: Path) -> None:
    """The tar ends with two blocks of zeros and fills whole records, as POSIX has it."""
    path = sdist(tmp_path, MEMBERS)
    normalize_sdist(path, epoch=EPOCH, provenance=None)
    plain = gzip.decompress(path.read_bytes())
    assert len(plain) % tarfile.RECORDSIZE == 0
    assert plain.endswith(bytes(2 * tarfile.BLOCKSIZE))


def test_a_projects_own_file_of_that_name_is_refused(tmp_path: Path) -> None:
    """A uniqver.json that isn't uniqver's is not overwritten: error, and the sdist is as it was."""
    path = sdist(tmp_path, [*MEMBERS, member("acme-1.0/uniqver.json", b"mine")])
    before = sha256(path)
    with pytest.raises(ProjectError, match="of its own"):
        normalize_sdist(path, epoch=EPOCH, provenance="{}\n")
    assert sha256(path) == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("damage", ["cut", "no gzip"])
def test_a_damaged_sdist_is_an_error(damage: str, tmp_path: Path) -> None:
    """An sdist that is cut off or no gzip file is an ArtifactError, and no scratch file stays."""
    path = sdist(tmp_path, MEMBERS)
    path.write_bytes(path.read_bytes()[:400] if damage == "cut" else b"nothing")
    with pytest.raises(ArtifactError, match="is not a valid sdist"):
        normalize_sdist(path, epoch=EPOCH, provenance=None)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def wheel(
    path: Path, *, mode: int = 0o664, system: int = 3, after: tuple[str, ...] = (), own: bytes | None = None
) -> Path:
    """Make a wheel as setuptools does: RECORD last, but for what a user's command put ``after``."""
    info = "acme-1.0.dist-info"
    files = {
        "acme/__init__.py": b"x = 1\n",
        "acme/a,b.txt": b"comma",
        "acme/größe.py": b"",
        f"{info}/METADATA": b"Name: acme\n",
    }
    if own is not None:
        files[f"{info}/uniqver.json"] = own
        files[f"{info}/zip-safe"] = b"\n"
    path.mkdir(parents=True, exist_ok=True)
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    with zipfile.ZipFile(path / "acme-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            _put(archive, name, content, mode, system)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            writer.writerow([name, f"sha256={digest}", len(content)])
        writer.writerow([f"{info}/RECORD", "", ""])
        _put(archive, f"{info}/RECORD", rows.getvalue().encode(), mode, system)
        for name in after:
            _put(archive, f"{info}/{name}", b"signature", mode, system)
    return path / "acme-1.0-py3-none-any.whl"


def _put(archive: zipfile.ZipFile, name: str, content: bytes, mode: int, system: int) -> None:
    info = zipfile.ZipInfo(name, date_time=(2020, 1, 2, 3, 4, 6))
    info.external_attr = (0o100000 | mode | (0o111 if name.endswith("__init__.py") else 0)) << 16
    info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, system
    archive.writestr(info, content)


def record_of(path: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(path) as archive:
        text = archive.read("acme-1.0.dist-info/RECORD").decode()
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(text, newline=""))}


@pytest.mark.parametrize("after", [(), ("RECORD.jws",)], ids=["plain", "signed"])
def test_a_wheel_holds_its_provenance_and_record_is_right(after: tuple[str, ...], tmp_path: Path) -> None:
    """uniqver.json is in the wheel and, with its hash and size, in RECORD; every other file is as it was."""
    before = wheel(tmp_path / "before", after=after)
    path = wheel(tmp_path, after=after)
    normalize_wheel(path, epoch=EPOCH, provenance='{"a": 1}\n')
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(before) as old:
        assert archive.testzip() is None
        added = set(archive.namelist()) - set(old.namelist())
        assert added == {"acme-1.0.dist-info/uniqver.json"}
        assert archive.namelist()[-1] == "acme-1.0.dist-info/RECORD"
        unchanged = [name for name in old.namelist() if not name.endswith("/RECORD")]
        assert [archive.read(name) for name in unchanged] == [old.read(name) for name in unchanged]
        rows = record_of(path)
        for name, (hashed, size) in rows.items():
            if name.endswith("/RECORD"):
                assert (hashed, size) == ("", "")
                continue
            content = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (hashed, size) == (f"sha256={digest}", str(len(content)))
    assert list(rows)[-2:] == ["acme-1.0.dist-info/uniqver.json", "acme-1.0.dist-info/RECORD"]


def test_the_umask_does_not_show_in_a_wheel(tmp_path: Path) -> None:
    """Wheels made under another umask, or on a system without modes, are the same bytes; executable bits stay."""
    paths = [wheel(tmp_path / "1", mode=0o664), wheel(tmp_path / "2", mode=0o600), wheel(tmp_path / "3", system=0)]
    for path in paths:
        normalize_wheel(path, epoch=EPOCH, provenance="{}\n")
    assert_same(*paths)
    with zipfile.ZipFile(paths[0]) as archive:
        assert {
            info.filename: info.external_attr >> 16 for info in archive.infolist() if info.filename.startswith("acme/")
        } == {
            "acme/__init__.py": 0o100755,
            "acme/a,b.txt": 0o100644,
            "acme/größe.py": 0o100644,
        }


def test_a_wheel_with_prepared_metadata_is_the_same(tmp_path: Path) -> None:
    """It makes no difference whether uniqver.json came with prepared metadata or is put in now."""
    text = '{"b": 2}\n'
    path = wheel(tmp_path, own=text.encode())
    normalize_wheel(path, epoch=EPOCH, provenance=text)
    first = path.read_bytes()
    normalize_wheel(path, epoch=EPOCH, provenance=text)
    assert path.read_bytes() == first
    with zipfile.ZipFile(path) as archive:
        assert [name.rpartition("/")[2] for name in archive.namelist()][-3:] == ["zip-safe", "uniqver.json", "RECORD"]
    assert list(record_of(path))[-2:] == ["acme-1.0.dist-info/uniqver.json", "acme-1.0.dist-info/RECORD"]


def test_a_wheel_without_record_is_an_error(tmp_path: Path) -> None:
    """A zip file without RECORD, and a file that is no zip, are ArtifactErrors."""
    path = tmp_path / "acme-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("acme.py", "")
    with pytest.raises(ArtifactError, match=r"no \*\.dist-info/METADATA"):
        normalize_wheel(path, epoch=EPOCH, provenance="{}")
    path.write_bytes(b"PK\x03\x04 nothing" * 10)
    with pytest.raises(ArtifactError, match="METADATA in it"):
        normalize_wheel(path, epoch=EPOCH, provenance="{}")
