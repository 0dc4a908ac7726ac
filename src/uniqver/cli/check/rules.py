"""PyPI's rules that can be known before an upload. Pure: each takes values and returns a finding or ``None``.

They are those of warehouse's ``forklift/legacy.py`` in November 2026 (the project's notes of facts list them); the
numbers below are its own. A rule that a project had lifted (size limits) shows in what the index lists already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from uniqver.cli.check.verdict import Finding, Verdict
from uniqver.dists.artifact import Artifact, Name, normalized_filename, parse_name
from uniqver.index.listing import comparable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from uniqver.index.listing import IndexFile, Listing

MIB = 1024 * 1024
MAX_FILE_SIZE = 100 * MIB
"""Bytes of one file, where the project has no higher limit of its own."""
MAX_PROJECT_SIZE = 10 * 1024 * MIB
"""Bytes of all files of a project, where it has no higher limit of its own."""
MAX_NAME_BYTES = 255 - len(".metadata")
"""PyPI stores a wheel's metadata beside it, under the file's name and ``.metadata`` (pypi/warehouse#18658)."""
RELEASE_OPEN = timedelta(days=14)
"""How long a release takes new files (pypi/warehouse#19727, since July 2026)."""
METADATA_VERSIONS = ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5")
"""Core metadata versions that PyPI takes (2.5 since pypi/warehouse#19083)."""

_PLATFORMS = re.compile(
    r"any"
    r"|win32|win_(?:amd64|arm64|ia64)"
    r"|linux_armv[67]l"
    r"|manylinux(?:1|2010|2014)_\w+|(?:many|musl)linux_\d+_\d+_\w+"
    r"|macosx_\d+_\d+_\w+"
    r"|ios_\d+_\d+_\w+|android_\d+_\w+"
    r"|(?:pyodide|pyemscripten)_\d+_\d+_wasm32"
)
"""Families of platform tags that PyPI takes. Which machines it takes within a family changes, so that isn't judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One file whose name could be read, and what its index says."""

    artifact: Artifact
    name: Name
    listing: Listing
    now: datetime
    """Aware, any zone."""


def _refused(reason: str, fix: str) -> Finding:
    return Finding(verdict=Verdict.REFUSED, reason=reason, fix=fix)


def local_version(case: Case) -> Finding | None:
    """PyPI takes no local versions (PEP 440: "public index servers should not allow" them)."""
    if case.name.version.local is None:
        return None
    return _refused(
        f"{case.name.version} is a local version: PyPI takes none",
        "build it where uniqver finds a public number (on CI, or source = 'counter'); "
        "for an index that takes local versions: --rules names",
    )


def normalized_name(case: Case) -> Finding | None:
    """The file name must be the normalized name and version, letter for letter (PEP 625 for sdists)."""
    wanted = normalized_filename(case.name)
    if case.name.filename == wanted:
        return None
    return _refused(
        f"the file name isn't normalized: PyPI takes it as {wanted} only",
        "build it again with setuptools 69.3 or newer (renaming a wheel by hand breaks it)",
    )


def name_length(case: Case) -> Finding | None:
    """A file name has at most :data:`MAX_NAME_BYTES` bytes."""
    length = len(case.name.filename.encode())
    if length <= MAX_NAME_BYTES:
        return None
    return _refused(
        f"the file name has {length} bytes, PyPI takes {MAX_NAME_BYTES}",
        "give the project a shorter name, or the wheel fewer tags",
    )


def metadata_version(case: Case) -> Finding | None:
    """Metadata-Version must be one of :data:`METADATA_VERSIONS`."""
    metadata = case.artifact.metadata
    if metadata is None or metadata.metadata_version in METADATA_VERSIONS:
        return None
    found = metadata.metadata_version or "missing"
    return _refused(
        f"Metadata-Version is {found}, PyPI takes {METADATA_VERSIONS[0]} to {METADATA_VERSIONS[-1]}",
        "build it again with a current setuptools",
    )


def wheel_tag(case: Case) -> Finding | None:
    """Every platform tag of a wheel must be of a family that PyPI takes: no plain ``linux_x86_64``."""
    bad = [tag for tag in case.name.platforms if not _PLATFORMS.fullmatch(tag)]
    if not bad:
        return None
    fix = "build it with the platform tag of the system that it's for"
    if any(tag.startswith("linux_") for tag in bad):
        fix = f"auditwheel repair {case.artifact.path}   (or build it with cibuildwheel)"
    return _refused(f"PyPI takes no wheel with the platform tag {', '.join(bad)}", fix)


def content(case: Case) -> Finding | None:
    """What is wrong with the content in PyPI's eyes only."""
    for flaw in case.artifact.flaws:
        if flaw.pypi_only:
            return _refused(flaw.what, flaw.fix)
    return None


def file_size(case: Case) -> Finding | None:
    """A file has at most :data:`MAX_FILE_SIZE` bytes, or what the largest listed file has (a lifted limit)."""
    limit = max((file.size or 0 for file in case.listing.files), default=0)
    limit = max(limit, MAX_FILE_SIZE)
    if case.artifact.size <= limit:
        return None
    return _refused(
        f"the file has {case.artifact.size / MIB:.1f} MiB, PyPI takes {limit / MIB:.0f} MiB",
        "make it smaller, or ask PyPI to raise the project's limit",
    )


def project_size(case: Case) -> Finding | None:
    """All files of a project have at most :data:`MAX_PROJECT_SIZE` bytes, unless they already have more."""
    there = sum(file.size or 0 for file in case.listing.files)
    if there > MAX_PROJECT_SIZE or there + case.artifact.size <= MAX_PROJECT_SIZE:
        return None
    return _refused(
        f"{case.name.project} would have more than {MAX_PROJECT_SIZE / MIB / 1024:.0f} GiB on PyPI",
        "delete old development versions there, or ask PyPI to raise the project's limit",
    )


def same_bytes(case: Case) -> Finding | None:
    """The same bytes under another name are refused too (``_is_duplicate_file`` looks for both)."""
    for file in case.listing.files:
        if file.filename != case.name.filename and _same_digest(case.artifact, file):
            where = "an earlier file of this call" if file.pending else "on the index already"
            return _refused(
                f"these very bytes are {where}, as {file.filename}: PyPI takes no bytes twice",
                "leave the copy out",
            )
    return None


def hidden_copy(case: Case) -> Finding | None:
    """A file listed without a hash may have the same bytes: one of the same release and kind, as metadata has both."""
    for file in _siblings(case):
        if not comparable(file.digests) and file.filename.endswith(".whl") == (case.name.kind == "wheel"):
            return Finding(
                verdict=Verdict.UNKNOWN,
                reason=f"the index lists {file.filename} without a hash, and PyPI takes no bytes twice",
                fix="build a version of its own; for an index without this rule: --rules names",
            )
    return None


def _same_digest(artifact: Artifact, file: IndexFile) -> bool:
    # Only algorithms nobody can make collide: this verdict rests on the digest alone.
    strong = ("sha256", "sha512", "sha384", "blake2b")
    return any(
        artifact.digests[name] == file.digests[name]
        for name in strong
        if name in artifact.digests and name in file.digests
    )


def closed_release(case: Case) -> Finding | None:
    """A release older than :data:`RELEASE_OPEN` takes no new file."""
    times = [file.uploaded for file in _siblings(case) if file.uploaded is not None]
    if not times or case.now - min(times) <= RELEASE_OPEN:
        return None
    return _refused(
        f"{case.name.version} came out on {min(times):%Y-%m-%d}: "
        f"PyPI takes no new file for a release older than {RELEASE_OPEN.days} days",
        "release a new version with all its files",
    )


def age_not_shown(case: Case) -> Finding | None:
    """Whether a release is closed isn't known where the index gives no upload times."""
    times = [file.uploaded for file in _siblings(case) if not file.pending]
    if not times or any(times):
        return None
    return Finding(
        verdict=Verdict.UNKNOWN,
        reason=f"{case.name.version} is on the index already, which doesn't say since when: "
        f"PyPI takes no new file for a release older than {RELEASE_OPEN.days} days",
        fix="build a version of its own; for an index without this rule: --rules names",
    )


def second_sdist(case: Case) -> Finding | None:
    """A release has one sdist. ``1.0`` and ``1.0.0`` are one release."""
    if case.name.kind != "sdist":
        return None
    for file in _siblings(case):
        if not file.filename.endswith(".whl"):
            where = "in this call" if file.pending else "on the index"
            return _refused(
                f"{case.name.version} has an sdist {where} already, {file.filename}: PyPI takes one a release",
                "leave one of the two out",
            )
    return None


def _siblings(case: Case) -> list[IndexFile]:
    """Return the listed files of the same release."""
    siblings = []
    for file in case.listing.files:
        name = parse_name(file.filename)
        if name is not None and name.version == case.name.version:
            siblings.append(file)
    return siblings


FILE_RULES: tuple[Callable[[Case], Finding | None], ...] = (
    local_version,
    normalized_name,
    name_length,
    metadata_version,
    wheel_tag,
    content,
)
"""What the file alone tells; these hold whatever the index answers."""

LISTING_RULES: tuple[Callable[[Case], Finding | None], ...] = (
    file_size,
    project_size,
    same_bytes,
    closed_release,  # before second_sdist, as PyPI has it: pypi/warehouse#20260
    second_sdist,
    age_not_shown,  # what isn't known comes after all that is
    hidden_copy,
)
"""What takes the index's word too."""
