"""Credentials for an index, found as twine finds them: ``.pypirc``, the environment, keyring.

For ``--repository NAME``: ``TWINE_USERNAME``, ``TWINE_PASSWORD``, ``TWINE_CERT`` and ``TWINE_CLIENT_CERT``, else the
section in ``.pypirc``, else keyring.
For an index given by URL: what the URL holds, else the section in ``.pypirc`` whose upload URL has the same scheme,
host and port. requests reads netrc by itself, and keyring is asked only after the index has answered 401.
"""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from twine.exceptions import TwineException
from twine.utils import DEFAULT_CONFIG_FILE, RepositoryConfig, get_config, get_repository_from_config

from uniqver.errors import ConfigError
from uniqver.index import address
from uniqver.index.address import Address, Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNREADABLE = (TwineException, OSError, configparser.Error, ValueError)


def place(url: str | None, name: str | None, environ: Mapping[str, str]) -> Address:
    """Return the index that ``.pypirc`` calls ``name``, else the one at ``url``, else PyPI.

    Raises :class:`ConfigError` if that can't be told.
    """
    return for_url(url or address.PYPI_SIMPLE) if name is None else repository(name, environ)


def repository(name: str, environ: Mapping[str, str]) -> Address:
    """Return the address of the index that ``.pypirc`` calls ``name``.

    ``pypi`` and ``testpypi`` need no ``.pypirc``. Raises :class:`ConfigError` if there is no such section, or the
    file can't be read; twine's own text isn't repeated, since it may hold a line of the file.
    """
    try:
        config = get_repository_from_config(DEFAULT_CONFIG_FILE, name)
    except (*_UNREADABLE, KeyError):  # KeyError: a section without repository
        config = {}
    upload = config.get("repository")
    if not upload:
        raise ConfigError(
            what=f".pypirc has no readable section [{name}] with a repository",
            fix=f"add it to {DEFAULT_CONFIG_FILE}, or give the index itself: --index URL",
        )
    there = _parsed(upload, name)
    url = address.simple_for_upload(there.url)
    if address.is_public(url):
        return Address(url=url)
    user = environ.get("TWINE_USERNAME") or config.get("username")
    password = environ.get("TWINE_PASSWORD") or config.get("password")
    return Address(
        url=url,
        credentials=Credentials(user, password) if user and password else there.credentials,
        service=upload,
        ca_cert=environ.get("TWINE_CERT") or config.get("ca_cert"),
        client_cert=environ.get("TWINE_CLIENT_CERT") or config.get("client_cert"),
    )


def _parsed(upload: str, section: str) -> Address:
    try:
        return address.parse(upload)
    except ConfigError:
        raise ConfigError(
            what=f".pypirc: the repository of [{section}] is not an http or https URL",
            fix="repository = https://HOST/…   (where files are uploaded to)",
        ) from None


def for_url(url: str) -> Address:
    """Return the address of the index at ``url``, with the credentials that ``.pypirc`` has for its origin.

    Raises :class:`ConfigError` if ``url`` is not the URL of an index.
    """
    found = address.parse(url)
    if found.credentials is not None or address.is_public(found.url):
        return found
    for section in _sections():
        upload, user, password = section.get("repository"), section.get("username"), section.get("password")
        if upload and user and password and _same_origin(upload, found.url):
            return Address(
                url=found.url,
                credentials=Credentials(user, password),
                service=upload,
                ca_cert=section.get("ca_cert"),
                client_cert=section.get("client_cert"),
            )
    return found


def _sections() -> list[RepositoryConfig]:
    """Return the sections of ``.pypirc``; none if it can't be read, since an index by URL doesn't need it."""
    try:
        return list(get_config(DEFAULT_CONFIG_FILE).values())
    except _UNREADABLE:
        return []


def _same_origin(upload: str, url: str) -> bool:
    try:
        return address.origin(upload) == address.origin(url)
    except ValueError:  # another index's section may hold anything
        return False


def from_keyring(index: Address) -> Credentials | None:
    """Return what keyring has for ``index``: under its upload URL (twine's way), its URL or its host."""
    try:
        import keyring  # optional for twine too: some machines have no cryptography wheels
    except ImportError:
        return None
    host = address.origin(index.url)[1]
    for service in filter(None, (index.service, index.url, index.url.rstrip("/"), host)):
        try:
            found = keyring.get_credential(service, index.credentials.user if index.credentials else None)
        except Exception:  # backends raise what they like; twine too goes on without
            return None
        if found and found.username and found.password:
            return Credentials(found.username, found.password)
    return None
