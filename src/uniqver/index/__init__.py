"""Package indexes: the files that one lists of a project. Pure.

:mod:`.address` and :mod:`.client` need the extra ``check``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from packaging.version import Version

from uniqver.dists import parse_filename
from uniqver.errors import UniqverError
from uniqver.index.profiles import PYPI, Profile

ALGORITHMS = ("sha256", "sha512", "sha384", "blake2b", "blake2s", "sha3_256", "sha3_512", "sha224", "sha1", "md5")
"""Of hashlib, best first. Old indexes give only sha1 or md5: enough to tell builds apart."""


class IndexFile(NamedTuple):
    """One file that an index lists; size and time only with PEP 700."""

    filename: str
    digests: Mapping[str, str] = {}
    """Hex digests by algorithm, lower case."""
    size: int | None = None
    """Bytes."""
    uploaded: datetime | None = None
    """Aware."""
    pending: bool = False
    """Not there yet, but an earlier file of this call."""


class Listing(NamedTuple):
    """An index's answer about one project. With ``trouble``, nothing is known and ``files`` is empty."""

    project: str
    """Normalized (PEP 503)."""
    files: tuple[IndexFile, ...] = ()
    trouble: UniqverError | None = None
    """Why the index couldn't be asked, or can't be believed."""
    profile: Profile = PYPI
    is_new: bool = False
    """There is no such project (404)."""
    status: str = "active"
    """``active``, ``archived``, ``quarantined`` or ``deprecated`` (PEP 792)."""


class Catalog:
    """A project's listing, to be searched by name, release and digest."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.size = self.largest = 0
        """Bytes of all files, and of the largest, if known."""
        self.files: list[IndexFile] = []
        self.algorithms: set[str] = set()
        """Those that :func:`comparable` chose."""
        self.named: dict[str, IndexFile] = {}
        self.releases: dict[Version, list[IndexFile]] = {}
        """``1.0`` and ``1.0.0`` are one."""
        self.same: dict[tuple[str, str], IndexFile] = {}
        """By algorithm and digest."""
        self._highest: dict[tuple[str, str], int] = {}
        for file in listing.files:
            self.add(file)

    def add(self, file: IndexFile) -> None:
        """Add a file of the listing, or one that will be uploaded before the next."""
        self.size += file.size or 0
        self.files.append(file)
        self.largest = max(self.largest, file.size or 0)
        self.named.setdefault(file.filename, file)
        if algorithm := comparable(file.digests):
            self.algorithms.add(algorithm)
        for key in file.digests.items():
            self.same.setdefault(key, file)
        if (name := parse_filename(file.filename)) is None:
            return
        if name.version not in self.releases:
            self.releases[name.version] = []
            before, number, after = _counted(name.version)
            self._highest[before, after] = max(number, self._highest.get((before, after), 0))
        self.releases[name.version].append(file)

    def next_free(self, version: Version) -> Version:
        """Return the lowest version of ``version``'s kind above it and all that are there, without a local part.

        The last number grows: ``dev``, else ``post``, else the pre-release's, else the third component of the release.
        """
        before, number, after = _counted(version)
        return Version(f"{before}{max(number, self._highest.get((before, after), 0)) + 1}{after}")


def comparable(digests: Mapping[str, str]) -> str | None:
    """Return the first of :data:`ALGORITHMS` in ``digests``, or ``None``."""
    return next((name for name in ALGORITHMS if name in digests), None)


def _counted(version: Version) -> tuple[str, int, str]:
    """Return the text before the last number, that number, and the rest; ``1.4`` is of ``1.4.0``'s series."""
    major, minor, patch, *rest = version.release + (0,) * (3 - len(version.release))
    line, tail = f"{version.epoch}!{major}.{minor}.", "".join(f".{part}" for part in rest)
    text = version.public.removeprefix(version.base_version)
    kind = text.rstrip("0123456789")
    return (f"{line}{patch}{tail}{kind}", int(text[len(kind) :]), "") if kind else (line, patch, tail)
