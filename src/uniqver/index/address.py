"""Addresses of indexes, and credentials for them.

For ``--repository NAME`` as twine: ``TWINE_USERNAME`` and so on, else the section in ``.pypirc``, else keyring. For a
URL: its own, else those of the section in ``.pypirc`` whose upload URL has the same scheme, host and port, else netrc,
else, after a 401, keyring.
"""

from __future__ import annotations

import configparser
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
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

_MOST_BYTES = 2**20
"""Of a ``.pypirc`` or a netrc. Their readers would wait for a FIFO, and read what never ends."""

PYPI_SIMPLE = "https://pypi.org/simple/"
TESTPYPI_SIMPLE = urljoin(TEST_REPOSITORY, "/simple/")


class Credentials(NamedTuple):
    """A user and a password or token, which no repr shows."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Address(NamedTuple):
    """The place of an index's simple pages."""

    url: str
    """Ends with ``/``; without credentials."""
    credentials: Credentials | None = None
    service: str | None = None
    """Keyring's name for the credentials, if not ``url``."""
    ca_cert: str | None = None
    client_cert: str | None = None
    """Files, as requests takes them."""

    @property
    def shown(self) -> str:
        """The URL for people: without a query, which may hold a token."""
        return urlunsplit(urlsplit(self.url)._replace(query="", fragment=""))


def parse(url: str) -> Address:
    """Raises :class:`ConfigError`, without the URL, if it isn't an http or https one."""
    scheme, host, _ = origin(url) or ("", "", 0)
    if scheme not in ("http", "https") or not host:
        what = "the index is not an http or https URL"
        raise ConfigError(what=what, fix=f"give the URL of its simple pages: --index {PYPI_SIMPLE}")
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/") + "/"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=path, fragment="")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(urlunsplit(bare), Credentials(user, password) if user or password else None)


def origin(url: str, location: str = "") -> tuple[str, str, int] | None:
    """Return scheme, host and port of ``url``, or of the ``location`` that it redirects to; ``None`` if it isn't a URL.

    Credentials are for the same three only.
    """
    try:
        parts = urlsplit(urljoin(url.strip(), location))
        return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None


def is_public(url: str) -> bool:
    """Tell whether ``url`` is PyPI's or TestPyPI's, which need no credentials and get none."""
    return origin(url) in (origin(PYPI_SIMPLE), origin(TESTPYPI_SIMPLE))


def simple_for_upload(upload_url: str) -> str:
    """Return the simple pages of an upload URL: beside ``legacy/``, and below any other.

    Those are pypiserver, GitLab, Nexus, Artifactory; the client finds devpi's ``+simple/``.
    """
    if origin(upload_url) == origin(DEFAULT_REPOSITORY):
        return PYPI_SIMPLE
    parts = urlsplit(upload_url)
    path = parts.path.rstrip("/").removesuffix("/legacy")
    return urlunsplit(parts._replace(path=f"{path}/simple/"))


def page(base: str, project: str) -> str:
    """Return the page of ``project`` (normalized), with the query of ``base``."""
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=f"{parts.path}{project}/"))


def pypirc() -> Mapping[str, RepositoryConfig]:
    """Return the sections of ``.pypirc``; none if it can't be read: twine's error may hold a line of it."""
    try:
        with contextlib.suppress(FileNotFoundError):
            read_bytes(Path(DEFAULT_CONFIG_FILE).expanduser(), _MOST_BYTES)
        return get_config(DEFAULT_CONFIG_FILE)
    except (TwineException, OSError, configparser.Error, ValueError, RuntimeError):  # RuntimeError: there is no home
        return {}


def place(url: str | None, name: str | None, environ: Mapping[str, str]) -> Address:
    """Return the index that ``.pypirc`` calls ``name``, else the one at ``url``, else PyPI, with its credentials.

    Raises :class:`ConfigError` for a name or a URL that isn't an index's.
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
    """Return what netrc has for the host of ``index``, if it can be read."""
    if is_public(index.url):
        return None
    try:
        for name in [os.environ["NETRC"]] if "NETRC" in os.environ else NETRC_FILES:
            path = Path("~", name).expanduser()
            if path.exists():
                read_bytes(path, _MOST_BYTES)
        found = get_netrc_auth(index.url)
    except (OSError, ValueError, RuntimeError):  # ValueError: it is not UTF-8
        return None
    return None if found is None else Credentials(*found)


def from_keyring(index: Address) -> Credentials | None:
    """Return what keyring has under the upload URL (twine's way), the URL or the host of ``index``."""
    try:
        import keyring  # optional: some machines have no wheels of cryptography
    except ImportError:
        return None
    for service in filter(None, (index.service, index.url, index.url.rstrip("/"), urlsplit(index.url).hostname)):
        try:
            found = keyring.get_credential(service, index.credentials.user if index.credentials else None)
        except Exception:  # backends raise what they like; twine goes on without, too
            return None
        if found and found.username and found.password:
            return Credentials(found.username, found.password)
    return None
