"""What an index lists of one project: the values, and the pure reading of its pages (PEP 503, 629, 691, 700)."""

from __future__ import annotations

import json
import re
import warnings
from datetime import timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from pydantic import ValidationError
from pypi_simple import (
    DistributionPackage,
    ProjectPage,
    UnexpectedRepoVersionWarning,
    UnsupportedRepoVersionError,
    parse_links_stream,
)

from uniqver.dists.distribution import parse_filename
from uniqver.index.profiles import PYPI, Profile
from uniqver.model.versions import add_number, next_free

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from packaging.version import Version

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPES = ("application/vnd.pypi.simple.v1+html", "text/html")

ALGORITHMS = ("sha256", "sha512", "sha384", "blake2b", "blake2s", "sha3_256", "sha3_512", "sha224", "sha1", "md5")
"""The algorithms of index pages that are compared, best first."""

_HEX = re.compile(r"[0-9A-Fa-f]{32,}")
"""What a hash looks like; anything else is as good as none."""
MAX_OPEN = 100
"""How many links of a page may lack their end."""
MAX_TAG = 8192
"""Bytes of one tag: a file's URL with its hash has some 300."""
_LINK = re.compile(rb"<a[\s>]", re.IGNORECASE)
_STATUS = re.compile(rb'<meta\s+name="pypi:project-status"\s+content="([a-z]+)"')
"""PEP 792's tag in a page of HTML."""


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


class Trouble(NamedTuple):
    """Why an index couldn't be asked, or can't be believed."""

    what: str
    """A sentence without secrets."""
    fix: str


class Listing(NamedTuple):
    """What an index says about one project. With ``trouble``, nothing is known and ``files`` is empty."""

    project: str
    """Normalized (PEP 503)."""
    files: tuple[IndexFile, ...] = ()
    trouble: Trouble | None = None
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
        self._named: dict[str, IndexFile] = {}
        self._releases: dict[Version, list[IndexFile]] = {}
        self._same: dict[tuple[str, str], IndexFile] = {}
        self._highest: dict[tuple[str, str], int] = {}
        for file in listing.files:
            self.add(file)

    def add(self, file: IndexFile) -> None:
        """Add a file: one of the listing, or one of the same call that will be uploaded before the next."""
        self.size += file.size or 0
        self.adds += (file.size or 0) if file.pending else 0
        self.is_sized &= file.size is not None
        self.largest = max(self.largest, file.size or 0)
        self._named.setdefault(file.filename, file)
        if algorithm := comparable(file.digests):
            self.algorithms.add(algorithm)
        for key in file.digests.items():
            self._same.setdefault(key, file)
        if (name := parse_filename(file.filename)) is None:
            return
        if name.version not in self._releases:
            self._releases[name.version] = []
            add_number(self._highest, name.version)
        self._releases[name.version].append(file)

    def named(self, filename: str) -> IndexFile | None:
        """Return the file of that name."""
        return self._named.get(filename)

    def release(self, version: Version) -> Sequence[IndexFile]:
        """Return the files of a release; ``1.0`` and ``1.0.0`` are one."""
        return self._releases.get(version, ())

    def same(self, algorithm: str, digest: str) -> IndexFile | None:
        """Return the first file with that digest."""
        return self._same.get((algorithm, digest))

    def next_free(self, version: Version) -> Version:
        """Return the lowest version of ``version``'s own kind above it and all that are there, yanked ones too."""
        return next_free(version, self._highest)


def comparable(digests: Mapping[str, str]) -> str | None:
    """Return the strongest algorithm in ``digests`` that hashlib has everywhere, or ``None``.

    md5 and sha1 come last: old indexes give nothing else, and for telling two builds apart they are enough.
    """
    return next((name for name in ALGORITHMS if name in digests), None)


class PageError(ValueError):
    """A page isn't what an index answers. The message is a clause: "is not JSON"."""


def parse_page(body: bytes, content_type: str, project: str) -> Listing:
    """Return what a project's page says; raises :class:`PageError` if it is not such a page.

    ``content_type`` is the response's header; the forms are those of PEP 691 (JSON) and PEP 503 (HTML). A page of
    HTML is believed only if it names its repository version (PEP 629) or links to a file of ``project``: a login
    page that answers 200 would otherwise make every name look free.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind != JSON_TYPE and kind not in HTML_TYPES:
        raise PageError(f"is of a type that no index answers: {kind or 'none'}")
    with warnings.catch_warnings():  # a newer minor version is fine (PEP 629), and nothing the user could act on
        warnings.simplefilter("ignore", UnexpectedRepoVersionWarning)
        try:
            return _from_json(body, project) if kind == JSON_TYPE else _from_html(body, project)
        except UnsupportedRepoVersionError:
            raise PageError("is of a newer repository version than is known here") from None


def _from_json(body: bytes, project: str) -> Listing:
    try:
        page = ProjectPage.from_json_data(json.loads(body))
    except ValidationError:
        raise PageError("lacks what PEP 691 asks for") from None
    except (ValueError, RecursionError):
        raise PageError("is not JSON") from None
    status = "active" if page.status is None else page.status.value
    return Listing(project, tuple(map(_index_file, page.packages)), status=status)


def _from_html(body: bytes, project: str) -> Listing:
    # html.parser takes the square of the time for what is left open
    unclosed = len(_LINK.findall(body)) - body.lower().count(b"</a")
    if unclosed > MAX_OPEN or any(
        len(piece) - piece.find(b"<") > MAX_TAG for piece in body.split(b">") if b"<" in piece
    ):
        raise PageError("is HTML that can't be read")
    try:
        links = [
            DistributionPackage.from_link(link, project)
            for link in parse_links_stream([body.decode("utf-8", "replace")])
        ]
    except (ValueError, AssertionError, RecursionError):
        raise PageError("is HTML that can't be read") from None
    files = tuple(
        _index_file(link)._replace(filename=name)
        for link in links
        # PEP 503 wants a link's text to be the file's name; a web server's own list of a folder cuts long texts off
        for name in dict.fromkeys((link.filename, unquote(link.url.partition("?")[0].rpartition("/")[2])))
        if (parsed := parse_filename(name)) is not None and parsed.project == project
    )
    if not files and b"pypi:repository-version" not in body:
        raise PageError(f"is HTML that links to no file of {project}")
    status = _STATUS.search(body)
    return Listing(project, files, status=status[1].decode() if status else "active")


def _index_file(package: DistributionPackage) -> IndexFile:
    digests = {name.lower(): value.lower() for name, value in package.digests.items() if _HEX.fullmatch(value)}
    uploaded = package.upload_time
    if uploaded is not None and uploaded.tzinfo is None:  # PEP 700 asks for UTC
        uploaded = uploaded.replace(tzinfo=timezone.utc)
    return IndexFile(filename=package.filename, digests=digests, size=package.size, uploaded=uploaded)
