"""Archives from elsewhere, which may be broken or hostile: read with limits, and compared with RECORD and each other.

Nothing is unpacked; what is wrong is an :class:`ArtifactError`. No hook needs this.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import importlib.metadata
import io
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

from uniqver.dists import (
    MIB,
    NEVER_UPLOAD,
    PIECE,
    Distribution,
    Entry,
    Member,
    distribution_from,
    installation_from,
    reading,
    required_filename,
)
from uniqver.dists.normalization import recorded_hash, tar_entries, zip_entries
from uniqver.errors import ArtifactError, printable
from uniqver.model.provenance import FILE_NAME, parsed
from uniqver.model.versions import NODE_DIGITS
from uniqver.model.wording import listed

MAX_MEMBERS = 100_000
MAX_RATIO = 50
BOMB_FROM = 64 * MIB
"""A bomb unpacks to more, and to more than ``MAX_RATIO`` times its size: warehouse's numbers for zip files
(``forklift/legacy.py``)."""
MAX_DIRECTORY = 16 * MIB
"""Bytes of a zip file's central directory."""
MAX_HEADER = MIB
"""Bytes of one extended header (a long name, PAX)."""
MAX_RECORD = 16 * MIB

_HEADERS = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
)  # fmt: skip
_HASHES = hashlib.algorithms_guaranteed - {"md5", "sha1", "sha224", "shake_128", "shake_256"}
"""sha256 or better (binary distribution format); shake's digests have no fixed length."""
_UNHASHED = ("", ".jws", ".p7s")
"""Endings of RECORD and its signatures, which it has no hash of (PEP 427)."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Iterator[Entry]]:
    """Open the archive at ``path``, and give its members one after another. That raises :class:`ArtifactError`, too."""
    limit = max(BOMB_FROM, MAX_RATIO * _size(path))
    with reading(path.name, "wheel" if path.suffix == ".whl" else "sdist"):
        if path.name.endswith(".tar.gz"):
            with _Unpacked(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r|", tarinfo=_Header) as tar:
                unpacked.limit = limit
                yield tar_entries(tar, _safe(tar))
        else:
            with _File(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
                infos = archive.infolist()
                _refuse_excess(len(infos), sum(info.file_size for info in infos), limit)
                for info in infos:
                    _refuse_escape(info.filename)
                yield zip_entries(archive)


def _size(path: Path) -> int:
    """Return the bytes of a file, which a FIFO is not."""
    shown = printable(str(path))
    try:
        found = path.stat()
    except OSError as error:
        raise ArtifactError(what=f"{shown} can't be read: {error.strerror}", fix="check the path") from error
    if not stat.S_ISREG(found.st_mode):
        raise ArtifactError(what=f"{shown} is not a file", fix="name a .whl or a .tar.gz")
    return found.st_size


class _File(io.BufferedReader):
    """A zip file whose central directory, read at once, has a limit."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY:
            raise ArtifactError(what="its list of members is too long", fix="build it again")
        return super().read(size)


class _Unpacked(gzip.GzipFile):
    """A tar archive, which has no list of its members: a bomb is stopped while it unpacks."""

    limit = BOMB_FROM
    """Bytes."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        _refuse_excess(0, self.tell(), self.limit)
        return piece


class _Header(tarfile.TarInfo):
    """A tar member, refused before tarfile reads what belongs to it."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        found = super().frombuf(buf, encoding, errors)
        if found.type == tarfile.GNUTYPE_SPARSE or (found.type in _HEADERS and found.size > MAX_HEADER):
            raise ArtifactError(what="a header in it is of a kind that no sdist has", fix="build it again")
        return found


def _safe(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members; refuse what leads out of the archive's folder (PEP 721)."""
    if not hasattr(tarfile, "data_filter"):
        raise ArtifactError(what="this Python can't check its links", fix="update Python to 3.10.12, 3.11.4 or later")
    nowhere = f"{os.sep}uniqver{os.sep}nowhere"
    for number, info in enumerate(archive, 1):
        _refuse_excess(number)
        _refuse_escape(info.name)
        if info.issparse():  # also by a PAX header
            raise ArtifactError(what=f"{printable(info.name)} is a sparse file", fix="build it again")
        if not (info.isreg() or info.isdir()):
            try:
                tarfile.data_filter(info, nowhere)
            except tarfile.FilterError as error:
                raise _outside(str(error)) from None
        yield info


def _refuse_excess(members: int, unpacked: int = 0, limit: int = 0) -> None:
    if members > MAX_MEMBERS:
        raise ArtifactError(what=f"it has more than {MAX_MEMBERS} members", fix=NEVER_UPLOAD)
    if unpacked > limit:
        what = f"it looks like a bomb: it would unpack to {unpacked / MIB:.0f} MiB or more"
        raise ArtifactError(what=what, fix=NEVER_UPLOAD)


def _refuse_escape(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or re.match("[A-Za-z]:", name):
        raise _outside(repr(name))


def _outside(which: str) -> ArtifactError:
    return ArtifactError(what=f"a member would be unpacked outside its folder: {printable(which)}", fix=NEVER_UPLOAD)


def read(path: Path) -> Distribution:
    """Read a wheel or an sdist; what differs in a wheel from its RECORD is a problem.

    Raises :class:`ArtifactError` if it is neither, or broken.
    """
    required_filename(path.name)
    with opened(path) as entries:
        if path.suffix != ".whl":
            return distribution_from(path.name, entries)
        members = list(entries)
        found = distribution_from(path.name, members)
        files = {entry.member.name: entry for entry in members if entry.member.kind == "file"}
        record = next((name for name in files if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)), None)
        if record is None:
            return found  # a problem already
        unhashed = {record + ending for ending in _UNHASHED}
        unlike = _unlike_record(record_rows(files[record].text(MAX_RECORD)), files, unhashed)
        return found._replace(problems=(*found.problems, *unlike))


def read_installed(name: str) -> Distribution:
    """Read an installed distribution; files that differ from RECORD are problems.

    Raises :class:`ArtifactError` if there is none called ``name``.
    """
    try:
        found = importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError) as error:
        raise ArtifactError(
            what=f"{printable(name)} is not a file, a folder or an installed distribution",
            fix="name a .whl, a .tar.gz, a folder with some, or what is installed in this environment",
        ) from error
    with reading(name, "installation"):
        rows = record_rows(found.read_text("RECORD") or "")
        files: dict[str, Entry] = {}
        for place in list(rows):
            path = Path(str(found.locate_file(place)))
            if path.is_file():
                files[place] = Entry(Member(place, "file", path.stat().st_size), partial(io.FileIO, path))
            elif place.endswith(".pyc") or ".." in place.split("/"):
                del rows[place]  # scripts are elsewhere after `pip install --target`
        problems = _unlike_record(rows, files, unhashed={place for place, (hashed, _) in rows.items() if not hashed})
        return installation_from(name, found.read_text, files.values())._replace(problems=tuple(problems))


def record_rows(text: str) -> dict[str, tuple[str, str]]:
    """Return the rows of a RECORD (PEP 376): hash and size, which may be empty, by path."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    if len(rows) > MAX_MEMBERS:
        raise ArtifactError(what=f"RECORD has more than {MAX_MEMBERS} rows", fix="build it again")
    padded = ([*row, "", ""] for row in rows)
    return {path: (hashed, size) for path, hashed, size, *_ in padded}


def _unlike_record(
    rows: Mapping[str, tuple[str, str]], files: Mapping[str, Entry], unhashed: Container[str]
) -> list[str]:
    sentences = [f"RECORD lists {name}, which isn't there" for name in rows if name not in files]
    for name, file in files.items():
        if name in unhashed:
            continue
        if name not in rows:
            sentences.append(f"{name} is not in RECORD")
        elif not _is_as_recorded(file, *rows[name]):
            sentences.append(f"{name} does not match its hash in RECORD")
    return sentences


def _is_as_recorded(file: Entry, hashed: str, size: str) -> bool:
    algorithm = hashed.partition("=")[0]
    if algorithm not in _HASHES:
        return False
    found, length = recorded_hash(file.pieces(), algorithm)
    return found == hashed and size in ("", length)


def digests(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """Return hex digests by hashlib's names. Raises OSError."""
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            for hasher in hashers.values():
                hasher.update(piece)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def contradictions(found: Distribution) -> list[str]:
    """Return sentences about what is not of one project and one version."""
    sentences = []
    for index, what in enumerate(("project", "version")):
        told = {place: names[index] for place, names in found.places.items()}
        if len(set(told.values())) > 1:
            each = ", ".join(f"{place} has {name}" for place, name in told.items())
            sentences.append(f"the {what} is not the same everywhere: {each}")
    if found.kind == "sdist" and found.members:
        folder = found.members[0].name.partition("/")[0]
        if not found.name.startswith(f"{folder}."):
            sentences.append(f"its files are in a folder {folder}, and not in one of its own name")
    versions = {version for _, version in found.places.values()}
    if versions.isdisjoint(found.version_files.values()):
        # one that agrees is enough, as in other_versions
        sentences += [f"{place} has {version}" for place, version in found.version_files.items()]
    return sentences


def builds_that_share(distributions: Iterable[Distribution]) -> dict[str, str]:
    """Return, by the names of ``distributions``, a sentence for those that share a version with another build.

    A build is of one commit, with the digest of changes. Those without a readable ``uniqver.json`` are left out.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for each in distributions:
        try:
            facts = None if each.provenance is None else parsed(each.provenance, FILE_NAME)
        except ArtifactError:
            continue
        if facts is not None and facts.commit is not None:
            contents = facts.commit[:NODE_DIGITS] + (f" with changes {facts.digest[:8]}" if facts.digest else "")
            found.setdefault(f"{facts.project}=={facts.version}", {}).setdefault(contents, []).append(each.name)
    sentences: dict[str, str] = {}
    for version, builds in found.items():
        if len(builds) > 1:
            made = "; ".join(f"{source} made {listed(names)}" for source, names in builds.items())
            sentences |= dict.fromkeys(chain(*builds.values()), f"two builds share {version}: {made}")
    return sentences
