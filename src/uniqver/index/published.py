"""The edge to a package index, for ``uniqver counter sync``: which files of a project it has.

Only what is surely an index's answer counts: a login page that looks like an empty project would make the counter
hand out numbers that are taken.
"""

from __future__ import annotations

import base64
import html
import json
import netrc
import re
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from uniqver.errors import UniqverError
from uniqver.model.redaction import address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPMessage
    from typing import IO

JSON_TYPE = "application/vnd.pypi.simple.v1+json"

ACCEPT = f"{JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
"""PEP 691: an index answers in the form that it has."""

TIMEOUT_SECONDS = 30.0

_MOST_BYTES = 64 * 1024 * 1024

_LINK = re.compile(r"<a\s[^>]*?href\s*=\s*[\"']([^\"'#]+)", re.IGNORECASE)

_AGAIN = "see that this is the index's simple API and that it can be read from here, then ask again: --index URL"


class PublishedError(UniqverError):
    """The index can't be asked, or its answer not be believed."""


def published_files(index: str, project: str, *, timeout: float = TIMEOUT_SECONDS) -> tuple[str, ...]:
    """Return the names of the files that ``index`` has of ``project`` (normalized); none where it knows none.

    ``index`` is the URL of a simple API (PEP 503, 691); credentials stand in it or in netrc. Raises
    :class:`PublishedError` for every answer but a page and a 404.
    """
    url, headers = _request(index, project)
    opener = urllib.request.build_opener(_SameHost)
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme was looked at
        with opener.open(request, timeout=timeout) as response:
            return _files(response.read(_MOST_BYTES), response.headers)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            return ()
        raise PublishedError(what=f"{address(url)} answers {error.code} {error.reason}", fix=_AGAIN) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        told = getattr(error, "reason", None) or error
        raise PublishedError(what=f"{address(url)} can't be read: {told}", fix=_AGAIN) from None


def _request(index: str, project: str) -> tuple[str, Mapping[str, str]]:
    parts = urlsplit(index)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PublishedError(what=f"{address(index)!r} is no URL of an index", fix="--index https://HOST/simple/")
    place = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, place, f"{parts.path.rstrip('/')}/{quote(project)}/", "", ""))
    headers = {"Accept": ACCEPT, "User-Agent": "uniqver", "Cache-Control": "no-cache"}
    user, password = parts.username, parts.password
    if user is None:
        user, password = _from_netrc(parts.hostname)
    if user is not None:
        pair = f"{unquote(user)}:{unquote(password or '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return url, headers


def _from_netrc(host: str) -> tuple[str | None, str | None]:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None, None
    # quoted as in a URL, where the other ones come from
    return (None, None) if found is None else (quote(found[0], safe=""), quote(found[2] or "", safe=""))


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects on the same host only: another one would get the credentials, and isn't that index."""

    def redirect_request(  # noqa: PLR0917 - urllib's own
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Refuse another host, and the way back from https to http."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.hostname != old.hostname or (old.scheme, new.scheme) == ("https", "http"):
            raise urllib.error.URLError(f"it sends on to another place: {address(newurl)}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _files(body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
    if len(body) >= _MOST_BYTES:
        raise ValueError("it answers more than an index would")
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        return tuple(str(file["filename"]) for file in json.loads(body)["files"])
    if kind not in ("text/html", "application/vnd.pypi.simple.v1+html"):
        raise ValueError(f"it answers {kind or 'something'}, which no index does")
    text = body.decode(errors="replace")
    links = (urlsplit(html.unescape(link)).path for link in _LINK.findall(text))
    names = tuple(unquote(link.rpartition("/")[2]) for link in links)
    files = tuple(name for name in names if name.endswith((".whl", ".tar.gz", ".zip")))
    if not files and "pypi:repository-version" not in text:
        raise ValueError("it answers a page that lists no file, a login perhaps")
    return files
