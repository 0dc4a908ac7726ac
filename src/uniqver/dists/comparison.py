"""Compares two artifacts, member by member: what a person needs to see when bytes are not the same."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One member of an archive, as far as it can differ."""

    name: str
    kind: str
    contents: str
    """The digest of a file, the target of a link."""
    mode: int
    time: str
    owner: str = ""


def differences(one: Path, other: Path) -> list[str]:
    """Return sentences: how the members of ``other`` differ from those of ``one``. None for equal bytes.

    Raises what zipfile and tarfile raise for files that they can't read.
    """
    if _digest(one) == _digest(other):
        return []
    ours, theirs = list(_members(one)), list(_members(other))
    known, found = {m.name: m for m in ours}, {m.name: m for m in theirs}
    said = [f"{name} is missing in the rebuilt one" for name in known if name not in found]
    said += [f"{name} is only in the rebuilt one" for name in found if name not in known]
    said += [
        f"{name}: {', '.join(unlike)}"
        for name in known
        if name in found and (unlike := _unlike(known[name], found[name]))
    ]
    if not said and [m.name for m in ours] != [m.name for m in theirs]:
        said.append("the members stand in another order")
    return said or ["the members are the same, but packed in another way (another version of zlib or of Python?)"]


def _unlike(one: Member, other: Member) -> list[str]:
    unlike: list[str] = []
    if one.kind != other.kind:
        unlike.append(f"{one.kind}, not {other.kind}")
    elif one.contents != other.contents:
        unlike.append("other contents")
    if one.mode != other.mode:
        unlike.append(f"mode {one.mode:o}, not {other.mode:o}")
    if one.time != other.time:
        unlike.append(f"time {one.time}, not {other.time}")
    if one.owner != other.owner:
        unlike.append(f"owner {one.owner}, not {other.owner}")
    return unlike


def _members(path: Path) -> Iterator[Member]:
    return _of_wheel(path) if path.suffix == ".whl" else _of_sdist(path)


def _of_wheel(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as wheel:
        for info in wheel.infolist():
            yield Member(
                name=info.filename,
                kind="folder" if info.is_dir() else "file",
                contents=hashlib.sha256(wheel.read(info)).hexdigest(),
                mode=info.external_attr >> 16,
                time="{}-{:02}-{:02} {:02}:{:02}:{:02}".format(*info.date_time),
            )


_KINDS = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "symbolic link", tarfile.LNKTYPE: "hard link"}


def _of_sdist(path: Path) -> Iterator[Member]:
    with tarfile.open(path) as sdist:
        for info in sdist:
            file = sdist.extractfile(info) if info.isreg() else None
            yield Member(
                name=info.name,
                kind="file" if info.isreg() else _KINDS.get(info.type, "other"),
                contents=info.linkname if file is None else hashlib.sha256(file.read()).hexdigest(),
                mode=info.mode,
                time=str(info.mtime),
                owner=f"{info.uid}:{info.gid} {info.uname}:{info.gname}",
            )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
