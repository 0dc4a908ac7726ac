"""Makes an sdist that depends on nothing but its files: order, owners, modes, times and gzip's header are fixed.

setuptools writes what it finds: the user's name, the umask, the time of day. No file's contents are changed
here; ``uniqver.json`` is added. Format: PEP 625 (a gzipped tar, one top folder), PAX where a name needs it.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import tarfile
import tempfile
from typing import IO, TYPE_CHECKING

from uniqver.errors import ArtifactError
from uniqver.model.provenance import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LEVEL = 6
"""gzip's own default. setuptools takes 9, for a third of all its time; without the times to the nanosecond that
it keeps beside each member, ours is still the smaller file where there are many."""
_PIECE = 1 << 18
_IN_MEMORY = 1 << 24
"""Larger sdists are unpacked to a temporary file, not into memory."""


def normalize_sdist(path: Path, *, epoch: int, provenance: str | None) -> None:
    """Write the sdist at ``path`` anew, with ``provenance`` (a text) as its ``uniqver.json``.

    ``epoch`` is the time of every member, in seconds. Raises :class:`ArtifactError` where it is no valid
    sdist, or where the project has a file of its own that is called ``uniqver.json``.
    """
    scratch = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    try:
        with _unpacked(path) as plain, scratch.open("xb") as target:
            _rewrite(plain, target, path.name, epoch, provenance)
        shutil.copymode(path, scratch)
        scratch.replace(path)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
        raise ArtifactError(what=f"{path.name} is no valid sdist: {error}", fix="build it again") from error
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Yield the plain tar: members are read in another order than they stand in, and gzip can't go back."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
        with gzip.open(path) as packed:
            shutil.copyfileobj(packed, plain, _PIECE)
        plain.seek(0)
        yield plain


def _rewrite(plain: IO[bytes], target: IO[bytes], name: str, epoch: int, provenance: str | None) -> None:
    with (
        tarfile.open(fileobj=plain, mode="r:", encoding="utf-8", errors="surrogateescape") as old,
        # neither a name nor a time in gzip's header
        gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=target, mtime=0) as packed,
    ):
        members = old.getmembers()
        added = None if provenance is None else _added_member(members, old, provenance, name)
        kept = [member for member in members if added is None or member.name != added.name]
        new = _Writer(packed)
        for member in sorted(kept, key=_place):
            new.add(_plain_member(member, epoch), _contents(plain, member))
        if added is not None and provenance is not None:
            new.add(_plain_member(added, epoch), iter([provenance.encode()]))
        new.finish()


class _Writer:
    """Writes a tar, in pieces large enough for gzip. Without TarFile, which asks its target where it stands."""

    def __init__(self, target: gzip.GzipFile) -> None:
        self._target = target
        self._pending = bytearray()
        self._size = 0

    def add(self, member: tarfile.TarInfo, contents: Iterator[bytes]) -> None:
        """Write a member: its header, its contents, and zeros up to a full block."""
        self._write(member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        for piece in contents:
            self._write(piece)
        self._write(bytes(-member.size % tarfile.BLOCKSIZE))

    def finish(self) -> None:
        """Write the end: two blocks of zeros, then zeros up to a full record."""
        end = 2 * tarfile.BLOCKSIZE
        self._write(bytes(end + -(self._size + end) % tarfile.RECORDSIZE))
        self._target.write(self._pending)

    def _write(self, piece: bytes) -> None:
        self._size += len(piece)
        self._pending += piece
        if len(self._pending) >= _PIECE:
            self._target.write(self._pending)
            self._pending.clear()


def _contents(plain: IO[bytes], member: tarfile.TarInfo) -> Iterator[bytes]:
    if not member.isreg():
        return
    plain.seek(member.offset_data)
    left = member.size
    while left:
        piece = plain.read(min(left, _PIECE))
        if not piece:
            raise tarfile.ReadError(f"{member.name} is cut short")
        left -= len(piece)
        yield piece


def _place(member: tarfile.TarInfo) -> tuple[bool, list[str]]:
    """Sort as a walk through folders does; hard links after everything, since their targets must come first."""
    return member.islnk(), member.name.split("/")


def _plain_member(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    """Return a member with nothing of the machine that it was made on."""
    plain = tarfile.TarInfo(member.name)
    plain.type = tarfile.REGTYPE if member.isreg() else member.type
    plain.size = member.size if member.isreg() else 0
    plain.linkname = member.linkname
    plain.devmajor, plain.devminor = member.devmajor, member.devminor
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    plain.mtime = epoch
    return plain


def _added_member(members: list[tarfile.TarInfo], old: tarfile.TarFile, provenance: str, name: str) -> tarfile.TarInfo:
    """Return the member for ``uniqver.json``; one that is there already must be the same."""
    top = members[0].name.partition("/")[0] if members else name.removesuffix(".tar.gz")
    added = tarfile.TarInfo(f"{top}/{FILE_NAME}")
    added.size = len(provenance.encode())
    for member in members:
        if member.name == added.name:
            file = old.extractfile(member)
            if file is None or file.read() != provenance.encode():
                raise ArtifactError(
                    what=f"the project has a file {FILE_NAME} of its own at its root, where uniqver puts one into the sdist",
                    fix=f"rename that file; if it is an old sdist's, delete it: rm {FILE_NAME}",
                )
    return added
