"""Whether files are the same bytes; where not, a listing that shows what differs. Without uniqver's own code."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_same(one: Path, *others: Path) -> None:
    """Assert that all files have the name and the bytes of the first; on failure show what differs."""
    assert others
    for other in others:
        assert other.name == one.name
        if sha256(one) != sha256(other):
            raise AssertionError(f"{one}\n{other}\nare not the same bytes:\n" + "\n".join(what_differs(one, other)))


def what_differs(one: Path, other: Path) -> list[str]:
    """List what differs, a little like diffoscope."""
    ours, theirs = listing(one), listing(other)
    lines = [f"  - {line}" for line in ours if line not in theirs] + [
        f"  + {line}" for line in theirs if line not in ours
    ]
    lines += [] if lines or ours == theirs else [f"  another order: {ours}\n  {theirs}"]
    return lines or ["  the listings are the same: packed otherwise"]


def listing(path: Path) -> list[str]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return [
                f"{i.filename} {i.external_attr:#x} {i.create_system} {i.date_time} {hashlib.sha256(wheel.read(i)).hexdigest()[:16]}"
                for i in wheel.infolist()
            ]
    with gzip.open(path) as packed, tarfile.open(fileobj=packed) as sdist:
        lines = [f"gzip header {path.read_bytes()[:10].hex()}"]
        for i in sdist:
            file = sdist.extractfile(i) if i.isreg() else None
            digest = "" if file is None else hashlib.sha256(file.read()).hexdigest()[:16]
            lines.append(
                f"{i.name} {i.type!r} {i.mode:o} {i.uid}:{i.gid} {i.uname}:{i.gname} {i.mtime} {i.linkname} {i.pax_headers} {digest}"
            )
        return lines
