"""Package indexes: what one lists of a project, and its profile. Pure, without the extra.

A profile says what a kind of index does with an upload, and how it is recognized; the data is profiles.json. A cell that
no source confirms is absent there, so ``unknown``, and a verdict that rests on it is unknown too; so is one that rests
on a cell that depends on what can't be seen. "Tried" means: with twine and uv, by the tests of ``uniqver check``.

:mod:`.address` says where an index is and who asks. :mod:`.client` asks over the simple API (PEP 503, 629, 691, 700, 792)
and reads the page; it needs the extra ``check``.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from uniqver.dists import parse_filename
from uniqver.model.versions import add_number, next_free

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from packaging.version import Version

    from uniqver.errors import UniqverError

ALGORITHMS = ("sha256", "sha512", "sha384", "blake2b", "blake2s", "sha3_256", "sha3_512", "sha224", "sha1", "md5")
"""The algorithms of index pages that are compared, best first."""


class Profile(NamedTuple):
    """How one kind of index treats uploads, and how it shows itself."""

    key: str
    """What ``--rules`` calls it."""
    name: str
    """What people call it."""
    deletion: str
    """How a version is deleted there, for people; ``{project}`` and ``{version}`` are filled in."""
    source: str
    """Where all of this comes from, and when it was read or tried."""
    rules: Literal["pypi", "names", "unknown"] = "names"
    """``pypi``: all of PyPI's rules. ``names``: only that a name, once taken, stays taken. ``unknown``: nobody knows."""
    same: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    """What the same bytes under a name that it has get; ``depends``: on a setting or a version that it doesn't show."""
    other: Literal["refused", "replaced", "depends", "unknown"] = "unknown"
    """What other bytes under a name that it has get."""
    local: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    """What a local version gets."""
    deleted: Literal["taken", "free", "unknown"] = "unknown"
    """What the name of a deleted file is."""
    quota: int | None = None
    """Bytes of all files of a project, unless a project's was raised; ``None`` if there is none that is known."""
    hosts: str = ""
    """A pattern for the whole host of its URL."""
    paths: str = ""
    """A pattern for a part of its URL's path."""
    headers: Sequence[str] = ()
    """Response headers, any of which shows it; ``name: start`` asks for the start of the value too. Lower case."""

    def is_shown(self, host: str, path: str, sent: Sequence[str]) -> bool:
        """Whether an index at ``host`` and ``path`` that sent these headers shows that it is of this kind."""
        wanted = [header if ": " in header else f"{header}:" for header in self.headers]
        return (
            any(line.startswith(header) for header in wanted for line in sent)
            or (bool(self.hosts) and re.fullmatch(self.hosts, host, re.IGNORECASE) is not None)
            or (bool(self.paths) and re.search(self.paths, path) is not None)
        )


_DATA = json.loads(resources.files("uniqver.index").joinpath("profiles.json").read_text(encoding="utf-8"))
PROFILES: Mapping[str, Profile] = {key: Profile(key=key, **row) for key, row in _DATA.items()}
"""All profiles by key."""
PYPI, DEVPI, PYPISERVER, UNRECOGNIZED = (PROFILES[key] for key in ("pypi", "devpi", "pypiserver", "unknown"))
CHOICES = tuple(key for key in PROFILES if key != UNRECOGNIZED.key)
"""What ``--rules`` takes."""


def recognize(url: str, headers: Mapping[str, str], body: bytes, project: str) -> Profile:
    """Return the profile of the index that answered from ``url``; :data:`UNRECOGNIZED` if it doesn't show itself.

    By what it sends, or by host and path. PyPI comes last, since a mirror (devpi) passes its headers on. pypiserver has
    no header: it's known by its own two pages for a project, the 404 and the list of links (tried with 2.4.2).
    """
    parts = urlsplit(url)
    sent = [f"{name}: {value}".lower() for name, value in headers.items()]
    others = (profile for profile in PROFILES.values() if profile is not PYPI)
    found = next((profile for profile in others if profile.is_shown(parts.hostname or "", parts.path, sent)), None)
    if found is not None:
        return found
    if _is_pypiserver(body[:4096], project):
        return PYPISERVER
    return PYPI if PYPI.is_shown(parts.hostname or "", parts.path, sent) else UNRECOGNIZED


def _is_pypiserver(start: bytes, project: str) -> bool:
    missing = f"<pre>Not Found ({project} does not exist)".encode()
    links = f"<title>Links for {project}</title>".encode()
    viewport = b'<meta name="viewport"'
    return missing in start or (links in start and viewport in start and b"pypi:repository-version" not in start)


class IndexFile(NamedTuple):
    """One file that an index lists."""

    filename: str
    digests: Mapping[str, str] = MappingProxyType({})
    """Hex digests by algorithm, lower case; empty if the index gives none."""
    size: int | None = None
    """Bytes, if the index says (PEP 700)."""
    uploaded: datetime | None = None
    """When it came to the index, if the index says (PEP 700). Aware."""
    pending: bool = False
    """Whether it isn't on the index yet, but an earlier file of the same call."""


class Listing(NamedTuple):
    """What an index says about one project. With ``trouble``, nothing is known and ``files`` is empty."""

    project: str
    """Normalized (PEP 503)."""
    files: tuple[IndexFile, ...] = ()
    trouble: UniqverError | None = None
    """Why the index couldn't be asked, or can't be believed."""
    profile: Profile = PYPI
    is_new: bool = False
    """Whether the index answered that it has no such project (404)."""
    status: str = "active"
    """The project's status (PEP 792): ``active``, ``archived``, ``quarantined`` or ``deprecated``."""


class Catalog:
    """A project's listing, to be searched by name, release and digest: each listed file is looked at once."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.size = 0
        """Bytes of all files, as far as the index says."""
        self.adds = 0
        """Bytes of the files of the same call."""
        self.is_sized = True
        """Whether the index says the size of each file."""
        self.largest = 0
        """Bytes of the largest file."""
        self.algorithms: set[str] = set()
        """Those whose digests are compared (:func:`comparable`)."""
        self.named: dict[str, IndexFile] = {}
        """The files by name."""
        self.releases: dict[Version, list[IndexFile]] = {}
        """The files by version; ``1.0`` and ``1.0.0`` are one."""
        self.same: dict[tuple[str, str], IndexFile] = {}
        """The first file by algorithm and digest."""
        self._highest: dict[tuple[str, str], int] = {}
        for file in listing.files:
            self.add(file)

    def add(self, file: IndexFile) -> None:
        """Add a file: one of the listing, or one of the same call that will be uploaded before the next."""
        self.size += file.size or 0
        self.adds += (file.size or 0) if file.pending else 0
        self.is_sized &= file.size is not None
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
            add_number(self._highest, name.version)
        self.releases[name.version].append(file)

    def next_free(self, version: Version) -> Version:
        """Return the lowest version of ``version``'s own kind above it and all that are there, yanked ones too."""
        return next_free(version, self._highest)


def comparable(digests: Mapping[str, str]) -> str | None:
    """Return the strongest algorithm in ``digests`` that hashlib has everywhere, or ``None``.

    md5 and sha1 come last: old indexes give nothing else, and for telling two builds apart they are enough.
    """
    return next((name for name in ALGORITHMS if name in digests), None)
