"""Addresses of indexes: pure work on URLs, so that no secret in one is ever printed."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from pypi_simple import PYPI_SIMPLE_ENDPOINT
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from uniqver.errors import ConfigError

PYPI_SIMPLE = PYPI_SIMPLE_ENDPOINT
TESTPYPI_SIMPLE = urljoin(TEST_REPOSITORY, "/simple/")


class Credentials(NamedTuple):
    """A user and a password or token. Their text never shows in a repr."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Address(NamedTuple):
    """Where an index's simple pages are."""

    url: str
    """Ends with ``/``; never with credentials in it."""
    credentials: Credentials | None = None
    service: str | None = None
    """The name under which keyring has the credentials, if not ``url``."""
    ca_cert: str | None = None
    """A file of certificates to check the index's with, instead of the usual ones."""
    client_cert: str | None = None
    """A file with a certificate and its key, for indexes that ask for one."""

    @property
    def shown(self) -> str:
        """The URL as people may see it: without a query, which may hold a token."""
        return urlunsplit(urlsplit(self.url)._replace(query="", fragment=""))


def parse(url: str) -> Address:
    """Return the address that ``url`` names, with its credentials taken out of the URL.

    Raises :class:`ConfigError`, without repeating the URL, if it is not an ``http`` or ``https`` one.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            what="the index is not an http or https URL",
            fix=f"give the URL of its simple pages: --index {PYPI_SIMPLE}",
        )
    path = parts.path.rstrip("/") + "/"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=path, fragment="")
    return Address(url=urlunsplit(bare), credentials=_credentials(parts))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port  # raises if it is not a number
    except ValueError:
        return None
    return parts


def _credentials(parts: SplitResult) -> Credentials | None:
    if not parts.username and not parts.password:
        return None
    return Credentials(user=unquote(parts.username or ""), password=unquote(parts.password or ""))


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port: credentials go only where all three are the same. Raises ValueError."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.hostname or "", port


def is_public(url: str) -> bool:
    """Whether ``url`` is PyPI's or TestPyPI's: their pages need no credentials, so none are sent there."""
    return origin(url) in (origin(PYPI_SIMPLE), origin(TESTPYPI_SIMPLE))


def simple_for_upload(upload_url: str) -> str:
    """Return the URL of the simple pages that belong to an upload URL (``repository`` in ``.pypirc``).

    PyPI's and TestPyPI's are known. Elsewhere ``…/legacy/`` has ``…/simple/`` beside it, and any other upload URL
    has ``simple/`` below it (pypiserver, GitLab, Nexus, Artifactory; the client finds devpi's ``+simple/`` itself).
    """
    if origin(upload_url) == origin(DEFAULT_REPOSITORY):
        return PYPI_SIMPLE
    parts = urlsplit(upload_url)
    path = parts.path.rstrip("/").removesuffix("/legacy")
    return urlunsplit(parts._replace(path=f"{path}/simple/"))


def page(base: str, project: str) -> str:
    """Return the URL of the page of ``project`` (normalized), with the query of the index's URL kept."""
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=f"{parts.path}{project}/"))
