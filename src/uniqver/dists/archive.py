"""Members of an archive, what differs in two, and the limits for reading: a file from elsewhere may be broken or hostile.

Nothing is unpacked, no more is read than the limits allow, and what is wrong is an :class:`ArtifactError`, never a
traceback. The limits hold for every command that reads a file; what this process has just built is read without.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import stat
from typing import IO, TYPE_CHECKING, Literal

from uniqver.errors import ArtifactError, UniqverError
from uniqver.model.named_tuple import NamedTuple
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

MIB = 1024 * 1024
MAX_TEXT = 8 * MIB
"""Bytes of METADATA, PKG-INFO, RECORD and the like: no real one comes near it."""
MAX_MEMBERS = 100_000
MAX_RATIO = 50
BOMB_FROM = 64 * MIB
"""A file is a bomb if it unpacks to more than this and to more than ``MAX_RATIO`` times its own size. Ratio and floor
are warehouse's for zip files (``forklift/legacy.py``)."""
PIECE = 256 * 1024
"""Bytes read at once."""

_NEVER_UPLOAD = "don't install or upload it; find out what made it, and build again"


Kind = Literal["file", "folder", "symbolic link", "hard link", "other"]


class Member(NamedTuple):
    """One member of an archive, as far as it is listed there."""

    name: str
    kind: Kind
    size: int
    """Bytes, unpacked."""
    mode: int = 0
    time: str = ""
    owner: str = ""
    target: str = ""
    """Of a link."""
    compression: int = 0
    """Of a zip file's member, by zip's numbers: 0 stored, 8 deflated."""


class Entry(NamedTuple):
    """A member and its contents, which a tar archive gives only until the next member is asked for."""

    member: Member
    open: Callable[[], IO[bytes]]

    def text(self, limit: int = MAX_TEXT) -> str:
        """Return the contents, decoded. Raises :class:`ArtifactError` if they have more than ``limit`` bytes."""
        if self.member.size > limit:
            raise ArtifactError(
                what=f"{printable(self.member.name)} has {self.member.size / MIB:.1f} MiB, which no real one has",
                fix=_NEVER_UPLOAD,
            )
        return b"".join(self.pieces()).decode("utf-8", "replace")

    def pieces(self) -> Iterator[bytes]:
        """Yield the contents piece by piece."""
        # bzip2 and others have no limit but that of what goes in: a few KiB can be gigabytes
        size = PIECE if self.member.compression in (0, 8) else 4096
        with self.open() as file:
            while piece := file.read(size):
                yield piece


def require_file(path: Path) -> None:
    """Raise :class:`ArtifactError` if ``path`` is not a file: a FIFO would never end."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        what = f"{printable(str(path))} can't be read: {error.strerror}"
        raise ArtifactError(what=what, fix="check the path") from error
    if not stat.S_ISREG(mode):
        raise ArtifactError(what=f"{printable(str(path))} is not a file", fix="name a .whl or a .tar.gz")


@contextlib.contextmanager
def reading(name: str, kind: str) -> Iterator[None]:
    """Around everything that reads an archive: whatever its bytes do to the readers becomes :class:`ArtifactError`.

    For a few flipped bits zipfile, tarfile and the decompressors raise more than they document (tests/property).
    """
    shown = printable(name)
    try:
        yield
    except ArtifactError as error:
        raise ArtifactError(what=f"{shown}: {error.what}", fix=error.fix) from None
    except (UniqverError, AttributeError, NameError, TypeError, AssertionError):
        raise  # foreseen, or a bug of uniqver's own
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise ArtifactError(
                what=f"{shown} can't be read or written: {error.strerror}", fix="check permissions and free disk space"
            ) from error
        why = printable(str(error) or type(error).__name__)[:200]
        raise ArtifactError(
            what=f"{shown} is not a valid {kind}: {why}",
            fix="build it again; if it was copied or downloaded, copy it again",
        ) from error


def refuse_bomb(unpacked: int, packed: int) -> None:
    """Raise :class:`ArtifactError` for a file of ``packed`` bytes that unpacks to at least ``unpacked``."""
    if unpacked > BOMB_FROM and unpacked > MAX_RATIO * packed:
        raise ArtifactError(
            what=f"it looks like a bomb: it would unpack to {unpacked / MIB:.0f} MiB or more, so it was read no further",
            fix=_NEVER_UPLOAD,
        )


def refuse_crowd(members: int) -> None:
    """Raise :class:`ArtifactError` for more members than :data:`MAX_MEMBERS`."""
    if members > MAX_MEMBERS:
        raise ArtifactError(
            what=f"it has more than {MAX_MEMBERS} members, so it was read no further", fix=_NEVER_UPLOAD
        )


def refuse_escape(name: str) -> None:
    """Raise :class:`ArtifactError` for a member's name that leads out of the folder that it is unpacked in."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or re.match("[A-Za-z]:", name):
        raise escape(repr(name))


def escape(which: str) -> ArtifactError:
    """Return the error for a member that would be unpacked elsewhere."""
    return ArtifactError(what=f"a member would be unpacked outside its folder: {printable(which)}", fix=_NEVER_UPLOAD)


def digests(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """Return the hex digests of the file at ``path`` by hashlib's names, read once, piece by piece. Raises OSError."""
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            for hasher in hashers.values():
                hasher.update(piece)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def differences(ours: Iterable[Entry], theirs: Iterable[Entry]) -> list[str]:
    """Return sentences: how the members of ``theirs``, the rebuilt archive, differ from those of ``ours``."""
    known, found = dict(map(_digested, ours)), dict(map(_digested, theirs))
    sentences = [f"{printable(name)} is missing in the rebuilt one" for name in known if name not in found]
    sentences += [f"{printable(name)} is only in the rebuilt one" for name in found if name not in known]
    for name, (member, digest) in known.items():
        if name in found and (unlike := _unlike(member, found[name][0], same=digest == found[name][1])):
            sentences.append(f"{printable(name)}: {', '.join(unlike)}")
    if not sentences and list(known) != list(found):
        sentences.append("the members are in another order")
    return sentences or ["the members are the same, but packed in another way (another version of zlib or of Python?)"]


def _digested(entry: Entry) -> tuple[str, tuple[Member, str]]:
    digest = hashlib.sha256()
    for piece in entry.pieces() if entry.member.kind == "file" else ():
        digest.update(piece)
    return entry.member.name, (entry.member, digest.hexdigest())


def _unlike(one: Member, other: Member, *, same: bool) -> list[str]:
    if one.kind != other.kind:
        return [f"{one.kind}, not {other.kind}"]
    facts = [
        ("mode", f"{one.mode:o}", f"{other.mode:o}"),
        ("time", one.time, other.time),
        ("owner", printable(one.owner), printable(other.owner)),
    ]
    unlike = [] if same and one.target == other.target else ["other contents"]
    return [*unlike, *(f"{name} {ours}, not {theirs}" for name, ours, theirs in facts if ours != theirs)]
