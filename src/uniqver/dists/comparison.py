"""Comparisons: the places of a distribution with each other, its files with RECORD, and two archives."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from typing import TYPE_CHECKING

from uniqver.dists.archive import MAX_MEMBERS, Entry
from uniqver.dists.distribution import is_at
from uniqver.errors import ArtifactError
from uniqver.model.provenance import FILE_NAME, parsed
from uniqver.model.versions import NODE_DIGITS
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from uniqver.dists.archive import Member
    from uniqver.dists.distribution import Distribution

MAX_RECORD = 16 * 1024 * 1024
"""Bytes of a RECORD."""

_HASHES = hashlib.algorithms_guaranteed - {"md5", "sha1", "sha224", "shake_128", "shake_256"}
"""The binary distribution format wants sha256 or better; shake has no digest of its own length."""
_UNHASHED = ("/RECORD", "/RECORD.jws", "/RECORD.p7s")
"""In ``.dist-info``: what RECORD can't hold a hash of (PEP 427)."""


def other_versions(found: Distribution, version: str, version_file: str | None = None) -> dict[str, str]:
    """Return each place of a distribution that has another version than ``version``, with that version.

    ``version_file`` is the path of the project's version file, in the project: the packed one must have the version.
    Where the build moved it, one that uniqver wrote must: others may be those of packages that were copied in.
    """
    wrong = {place: text for place, text in found.versions.items() if text != version}
    if version_file is None:
        return wrong
    own = [place for place in found.version_files if is_at(version_file, place)]
    packed = {max(own, key=len): found.version_files[max(own, key=len)]} if own else found.version_files
    return wrong if version in packed.values() else {**wrong, **packed}


def contradictions(found: Distribution) -> list[str]:
    """Return sentences: what in a distribution is not of one project and one version."""
    sentences = [*_not_the_same("project", found.projects), *_not_the_same("version", found.versions)]
    if found.kind == "sdist" and found.members:
        folder = found.members[0].name.partition("/")[0]
        if not found.name.startswith(f"{folder}."):
            sentences.append(f"its files are in a folder {folder}, and not in one of its own name")
    versions = set(found.versions.values())
    if found.version_files and not versions & set(found.version_files.values()):
        # one that agrees is enough: others may be those of packages that were copied in
        sentences += [f"{place} has {version}" for place, version in found.version_files.items()]
    return sentences


def builds_of_versions(distributions: Iterable[Distribution]) -> dict[str, dict[str, list[str]]]:
    """Return, by ``project==version``, the contents that ``distributions`` were built from, each with their names.

    Contents are a commit, or a commit with the digest of changes. More than one are two builds that share the version.
    What holds no readable ``uniqver.json`` doesn't tell its commit, and is left out.
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
    return found


def _not_the_same(what: str, places: Mapping[str, str]) -> Iterator[str]:
    if len(set(places.values())) > 1:
        yield f"the {what} is not the same everywhere: " + ", ".join(f"{at} has {text}" for at, text in places.items())


def record_rows(text: str) -> dict[str, tuple[str, str]]:
    """Return the rows of a RECORD (PEP 376): by path, the hash and the size, either may be empty."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    if len(rows) > MAX_MEMBERS:
        raise ArtifactError(what=f"RECORD has more than {MAX_MEMBERS} rows", fix="build it again")
    padded = ([*row, "", ""] for row in rows)
    return {path: (hashed, size) for path, hashed, size, *_ in padded}


def unlike_record(
    rows: Mapping[str, tuple[str, str]], files: Mapping[str, Entry], unhashed: Container[str]
) -> list[str]:
    """Compare the ``rows`` of a RECORD with the files: each must be there, with its hash and its size.

    No library does all of it: wheel and installer don't find what RECORD lists and the wheel lacks.
    """
    sentences = [f"RECORD lists {name}, which isn't there" for name in rows if name not in files]
    for name, file in files.items():
        if name in unhashed:
            continue
        if name not in rows:
            sentences.append(f"{name} is not in RECORD")
        elif not _is_as_recorded(file.pieces(), *rows[name]):
            sentences.append(f"{name} does not match its hash in RECORD")
    return sentences


def wheel_unlike_record(entries: Iterable[Entry], *, metadata_only: bool) -> list[str]:
    """Compare RECORD with the files of a wheel, or with METADATA alone."""
    files = {entry.member.name: entry for entry in entries if entry.member.kind == "file"}
    record = next((name for name in files if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)), None)
    if record is None:
        return []  # a problem already
    folder = record.removesuffix("/RECORD")
    rows = record_rows(files[record].text(MAX_RECORD))
    unhashed = {folder + name for name in _UNHASHED}
    if metadata_only:
        metadata = f"{folder}/METADATA"
        return unlike_record({key: rows[key] for key in rows if key == metadata}, {metadata: files[metadata]}, unhashed)
    return unlike_record(rows, files, unhashed)


def _is_as_recorded(pieces: Iterable[bytes], hashed: str, size: str) -> bool:
    algorithm, _, wanted = hashed.partition("=")
    if algorithm not in _HASHES:
        return False
    digest, length = hashlib.new(algorithm), 0
    for piece in pieces:
        digest.update(piece)
        length += len(piece)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode() == wanted and size in ("", str(length))


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
    unlike = [] if same and one.target == other.target else ["other contents"]
    if one.mode != other.mode:
        unlike.append(f"mode {one.mode:o}, not {other.mode:o}")
    if one.time != other.time:
        unlike.append(f"time {one.time}, not {other.time}")
    if one.owner != other.owner:
        unlike.append(f"owner {printable(one.owner)}, not {printable(other.owner)}")
    return unlike
