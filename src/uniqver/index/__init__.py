"""Package indexes: the files that one lists of a project, and its profile, a row of profiles.json. Pure.

A cell that no source confirms is absent there, so ``unknown``, and so is a verdict that rests on it. "Tried" means with
twine and uv, by the tests of ``uniqver check``. :mod:`.address` and :mod:`.client` need the extra ``check``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from packaging.version import Version

from uniqver.dists import parse_filename
from uniqver.errors import UniqverError

ALGORITHMS = ("sha256", "sha512", "sha384", "blake2b", "blake2s", "sha3_256", "sha3_512", "sha224", "sha1", "md5")
"""Of hashlib, best first. Old indexes give only sha1 or md5: enough to tell builds apart."""


class Profile(NamedTuple):
    """How one kind of index treats uploads, and how it is recognized."""

    key: str
    """What ``--rules`` calls it."""
    name: str
    deletion: str
    """How to delete a version, with ``{project}`` and ``{version}``."""
    source: str
    """Origin of this row, with the date when it was read or tried."""
    rules: Literal["pypi", "names", "unknown"] = "names"
    """``pypi``: all of PyPI's rules. ``names``: only that a name, once taken, stays taken."""
    same: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    """The same bytes under a taken name; ``depends``: on what the index doesn't show."""
    other: Literal["refused", "depends", "unknown"] = "unknown"
    """Other bytes under a taken name."""
    local: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    deleted: Literal["taken", "free", "unknown"] = "unknown"
    """The name of a deleted file."""
    quota: int | None = None
    """Bytes of all files of a project, unless it was raised."""
    hosts: str = ""
    """A pattern for the host of its URL."""
    paths: str = ""
    """A pattern for a part of the path."""
    headers: Sequence[str] = ()
    """Starts of lower case response headers, any of which shows it."""

    def is_shown(self, host: str, path: str, sent: Sequence[str]) -> bool:
        """Tell whether host, path or headers are of this kind of index."""
        by_header = any(line.startswith(tuple(self.headers)) for line in sent)
        by_host = self.hosts and re.fullmatch(self.hosts, host, re.IGNORECASE)
        return by_header or bool(by_host or (self.paths and re.search(self.paths, path)))


_DATA = json.loads(resources.files("uniqver.index").joinpath("profiles.json").read_text(encoding="utf-8"))
PROFILES: Mapping[str, Profile] = {key: Profile(key=key, **row) for key, row in _DATA.items()}
PYPI, DEVPI, PYPISERVER, UNRECOGNIZED = (PROFILES[key] for key in ("pypi", "devpi", "pypiserver", "unknown"))
CHOICES = tuple(key for key in PROFILES if key != UNRECOGNIZED.key)
"""What ``--rules`` takes."""


def recognize(url: str, headers: Mapping[str, str], body: bytes, project: str) -> Profile:
    """Return the profile of the index that answered from ``url``.

    pypiserver has no header, but two pages of its own: the 404 and a project's list of links (tried with 2.4.2).
    """
    parts = urlsplit(url)
    sent = [f"{name}: {value}".lower() for name, value in headers.items()]
    shown = [each for each in PROFILES.values() if each.is_shown(parts.hostname or "", parts.path, sent)]
    if _is_pypiserver(body[:4096], project):
        shown.append(PYPISERVER)
    # PyPI comes last: a mirror (devpi) passes its headers on
    return min(shown, key=lambda profile: profile is PYPI, default=UNRECOGNIZED)


def _is_pypiserver(start: bytes, project: str) -> bool:
    missing = f"<pre>Not Found ({project} does not exist)".encode()
    links = f"<title>Links for {project}</title>".encode()
    viewport = b'<meta name="viewport"'
    return missing in start or (links in start and viewport in start and b"pypi:repository-version" not in start)


class IndexFile(NamedTuple):
    """One file that an index lists; size and time only with PEP 700."""

    filename: str
    digests: Mapping[str, str] = MappingProxyType({})
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
