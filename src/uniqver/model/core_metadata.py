"""Core metadata (PKG-INFO, METADATA) and other files of ``Name: value`` lines. Pure.

By email's parser, as in packaging.metadata and importlib.metadata. packaging.metadata itself would cost each hook 2 ms
more: setuptools has imported email already.
"""

from __future__ import annotations

from email.parser import HeaderParser

from uniqver.model.named_tuple import NamedTuple


class CoreMetadata(NamedTuple):
    """The fields of METADATA or PKG-INFO that uniqver uses, as written; ``None`` if missing or specified twice."""

    metadata_version: str | None
    name: str | None
    version: str | None


def core_metadata(text: str) -> CoreMetadata:
    """Return the fields in the text of METADATA or PKG-INFO."""
    found = HeaderParser().parsestr(text)
    return CoreMetadata(*(_only(found.get_all(key, ())) for key in ("Metadata-Version", "Name", "Version")))


def header(text: str, key: str) -> str | None:
    """Return one field of a file like ``WHEEL``, or ``None``."""
    return _only(HeaderParser().parsestr(text).get_all(key, ()))


def _only(values: object) -> str | None:
    found = [str(value).strip() for value in values] if isinstance(values, list) else []
    return found[0] if len(found) == 1 else None
