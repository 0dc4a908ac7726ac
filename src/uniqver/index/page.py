"""The pure reading of an index's page for one project."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timezone
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pydantic import ValidationError
from pypi_simple import DistributionPackage, ProjectPage, UnsupportedRepoVersionError, parse_links_stream

from uniqver.dists.artifact import parse_name
from uniqver.index.listing import IndexFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uniqver.index.listing import Product

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPES = ("application/vnd.pypi.simple.v1+html", "text/html")

_HEX = re.compile(r"[0-9A-Fa-f]{32,}")
"""What a hash looks like; anything else is as good as none."""


class PageError(ValueError):
    """A page isn't what an index answers. The message is a clause: "is no JSON"."""


def parse_page(body: bytes, content_type: str, project: str) -> tuple[IndexFile, ...]:
    """Return the files that a project's page lists; raises :class:`PageError` where it is none.

    ``content_type`` is the response's header; the forms are those of PEP 691 (JSON) and PEP 503 (HTML). A page of
    HTML is believed only if it names its repository version (PEP 629) or links to a file of ``project``: a login
    page that answers 200 would otherwise make every name look free.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return _from_json(body)
    if kind in HTML_TYPES:
        return _from_html(body, project)
    raise PageError(f"is of a type that no index answers: {kind or 'none'}")


def _from_json(body: bytes) -> tuple[IndexFile, ...]:
    try:
        page = ProjectPage.from_json_data(json.loads(body))
    except ValidationError:
        raise PageError("lacks what PEP 691 asks for") from None
    except UnsupportedRepoVersionError:
        raise PageError("is of a newer repository version than is known here") from None
    except (ValueError, RecursionError):
        raise PageError("is no JSON") from None
    return tuple(map(_index_file, page.packages))


def _from_html(body: bytes, project: str) -> tuple[IndexFile, ...]:
    files = tuple(_linked(body, project)) if re.search(rb"(?i)<a\s", body) else ()
    if not files and b"pypi:repository-version" not in body:
        raise PageError(f"is HTML that links to no file of {project}")
    return files


def _linked(body: bytes, project: str) -> list[IndexFile]:
    try:
        packages = [
            DistributionPackage.from_link(link, project)
            for link in parse_links_stream([body.decode("utf-8", "replace")])
        ]
    except (ValueError, AssertionError, RecursionError):
        raise PageError("is HTML that can't be read") from None
    return [
        replace(_index_file(package), filename=name)
        for package in packages
        for name in dict.fromkeys((package.filename, _last_part(package.url)))
        if _belongs(name, project)
    ]


def _last_part(url: str) -> str:
    """PEP 503 wants a link's text to be the file's name; a web server's own list of a folder cuts long texts off."""
    return unquote(url.partition("?")[0].rpartition("/")[2])


def _belongs(filename: str, project: str) -> bool:
    name = parse_name(filename)
    return name is not None and name.project == project


def _index_file(package: DistributionPackage) -> IndexFile:
    digests = {name.lower(): value.lower() for name, value in package.digests.items() if _HEX.fullmatch(value)}
    uploaded = package.upload_time
    if uploaded is not None and uploaded.tzinfo is None:  # PEP 700 asks for UTC
        uploaded = uploaded.replace(tzinfo=timezone.utc)
    return IndexFile(filename=package.filename, digests=digests, size=package.size, uploaded=uploaded)


def recognize(header_names: Iterable[str], body: bytes, project: str) -> Product | None:
    """Return which index software answered, where it shows itself, else ``None``.

    devpi names itself in its headers. pypiserver doesn't: it's known by its own two pages for a project, the 404
    and the list of links (tried with 2.4.2); PyPI's list has the same title, but names its repository version.
    """
    if any(name.lower() == "x-devpi-api-version" for name in header_names):
        return "devpi"
    start = body[:4096]
    missing = f"<pre>Not Found ({project} does not exist)".encode()
    links = f"<title>Links for {project}</title>".encode()
    viewport = b'<meta name="viewport"'
    if missing in start:
        return "pypiserver"
    if links in start and viewport in start and b"pypi:repository-version" not in start:
        return "pypiserver"
    return None
