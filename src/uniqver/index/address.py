"""Addresses of indexes, and credentials for them, found as twine finds them: ``.pypirc``, the environment, keyring.

For ``--repository NAME``: ``TWINE_USERNAME``, ``TWINE_PASSWORD``, ``TWINE_CERT`` and ``TWINE_CLIENT_CERT``, else the
section in ``.pypirc``, else keyring.
For an index given by URL: what the URL holds, else the section in ``.pypirc`` whose upload URL has the same scheme,
host and port, else netrc; keyring is asked only after the index has answered 401.
"""

from __future__ import annotations

import configparser
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from requests.utils import NETRC_FILES, get_netrc_auth
from twine.exceptions import TwineException
from twine.utils import (
    DEFAULT_CONFIG_FILE,
    DEFAULT_REPOSITORY,
    TEST_REPOSITORY,
    RepositoryConfig,
    get_config,
    normalize_repository_url,
)

from uniqver.errors import ConfigError
from uniqver.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 2**20
"""Limit of a ``.pypirc`` and of a netrc."""

PYPI_SIMPLE = "https://pypi.org/simple/"
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
    scheme, host, _ = origin(url) or ("", "", 0)
    if scheme not in ("http", "https") or not host:
        raise ConfigError(
            what="the index is not an http or https URL", fix=f"give the URL of its simple pages: --index {PYPI_SIMPLE}"
        )
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/") + "/"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=path, fragment="")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(urlunsplit(bare), Credentials(user, password) if user or password else None)


def origin(url: str, location: str = "") -> tuple[str, str, int] | None:
    """Return scheme, host and port: credentials go only where all three are the same. ``None`` for what is not a URL.

    ``location`` is where ``url`` redirects to.
    """
    try:
        parts = urlsplit(urljoin(url.strip(), location))
        return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None


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


def pypirc(path: str = DEFAULT_CONFIG_FILE) -> Mapping[str, RepositoryConfig]:
    """Return the sections of a ``.pypirc`` by name, as twine reads them; none if it can't be read.

    ``pypi`` and ``testpypi`` are there also without a file. twine's own error isn't repeated: it may hold a line of it.
    """
    try:
        with contextlib.suppress(FileNotFoundError):
            read_bytes(Path(path).expanduser(), MOST_BYTES)  # twine would wait for a FIFO, and read what never ends
        return get_config(path)
    except (TwineException, OSError, configparser.Error, ValueError, RuntimeError):  # RuntimeError: there is no home
        return {}


def place(url: str | None, name: str | None, environ: Mapping[str, str]) -> Address:
    """Return the index that ``.pypirc`` calls ``name``, else the one at ``url``, else PyPI, with credentials for it.

    Raises :class:`ConfigError` if ``url`` is not the URL of an index, or ``.pypirc`` names none.
    """
    if name is not None:
        return _of_section(name, environ)
    found = parse(url or PYPI_SIMPLE)
    if found.credentials is not None or is_public(found.url):
        return found
    for section in pypirc().values():
        upload, user, password = section.get("repository"), section.get("username"), section.get("password")
        if upload and user and password and origin(upload) == origin(found.url):
            certs = section.get("ca_cert"), section.get("client_cert")
            return Address(found.url, Credentials(user, password), upload, *certs)
    return found


def _of_section(name: str, environ: Mapping[str, str]) -> Address:
    config = pypirc().get(name, {})
    upload = config.get("repository")
    if not upload:
        raise ConfigError(
            what=f".pypirc has no readable section [{name}] with a repository",
            fix=f"add it to {DEFAULT_CONFIG_FILE}, or give the index itself: --index URL",
        )
    try:
        there = parse(normalize_repository_url(upload))
    except (ConfigError, ValueError):
        raise ConfigError(
            what=f".pypirc: the repository of [{name}] is not an http or https URL",
            fix="repository = https://HOST/…   (where files are uploaded to)",
        ) from None
    url = simple_for_upload(there.url)
    if is_public(url):
        return Address(url)
    user = environ.get("TWINE_USERNAME") or config.get("username")
    password = environ.get("TWINE_PASSWORD") or config.get("password")
    ca_cert = environ.get("TWINE_CERT") or config.get("ca_cert")
    client_cert = environ.get("TWINE_CLIENT_CERT") or config.get("client_cert")
    credentials = Credentials(user, password) if user and password else there.credentials
    return Address(url, credentials, upload, ca_cert, client_cert)


def from_netrc(index: Address) -> Credentials | None:
    """Return what netrc has for the host of ``index``; nothing if the file can't be read, whatever is in it."""
    if is_public(index.url):
        return None
    try:
        for name in [os.environ["NETRC"]] if "NETRC" in os.environ else NETRC_FILES:
            path = Path("~", name).expanduser()
            if path.exists():
                read_bytes(path, MOST_BYTES)  # as above
        found = get_netrc_auth(index.url)
    except (OSError, ValueError, RuntimeError):  # ValueError: it is not UTF-8
        return None
    return None if found is None else Credentials(*found)


def from_keyring(index: Address) -> Credentials | None:
    """Return what keyring has for ``index``: under its upload URL (twine's way), its URL or its host."""
    try:
        import keyring  # optional for twine too: some machines have no cryptography wheels
    except ImportError:
        return None
    for service in filter(None, (index.service, index.url, index.url.rstrip("/"), urlsplit(index.url).hostname)):
        try:
            found = keyring.get_credential(service, index.credentials.user if index.credentials else None)
        except Exception:  # backends raise what they like; twine too goes on without
            return None
        if found and found.username and found.password:
            return Credentials(found.username, found.password)
    return None
