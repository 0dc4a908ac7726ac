"""Index client: one GET for each project over the simple API (PEP 503, 629, 691, 700, 792), and its page read."""

from __future__ import annotations

import json
import re
import warnings
from concurrent import futures
from datetime import timezone
from threading import Thread
from urllib.parse import unquote, urljoin

import requests
from pydantic import ValidationError
from pypi_simple import (
    ACCEPT_JSON_PREFERRED,
    DistributionPackage,
    ProjectPage,
    UnexpectedRepoVersionWarning,
    UnsupportedRepoVersionError,
    parse_links_stream,
)
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3 import Retry
from urllib3.exceptions import HTTPError as Urllib3Error

from uniqver.dists import MIB, parse_filename
from uniqver.errors import UniqverError
from uniqver.index import IndexFile, Listing, address
from uniqver.index.address import Address, Credentials
from uniqver.index.profiles import DEVPI, recognize

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPES = ("application/vnd.pypi.simple.v1+html", "text/html")
MAX_HTML = 8 * MIB
"""Some 40,000 files, a minute of parsing."""
MAX_JSON = 64 * MIB
MAX_HOPS = 5
RETRIES = 3
"""Of answers of 5xx."""
BACKOFF = 0.5
"""Seconds before the second retry; doubles with each."""
TIMEOUT = 20.0
"""Seconds for the connection, and for each piece of an answer."""
WHOLE = 120.0
"""Seconds for one project: a server may send a byte now and then for ever."""
MAX_OPEN = 100
"""Links of a page that may lack their end."""
MAX_TAG = 8192
"""Bytes; a file's link has some 300."""

_LATER = "ask again later"
_CHECK_URL = "check the URL given to --index"
_BROKEN_OFF = "breaks off in the middle of its answer"

_LINK = re.compile(rb"<a[\s>]", re.IGNORECASE)
_TAG = re.compile(rb"<[^>]*")
_STATUS = re.compile(rb'<meta\s+name="pypi:project-status"\s+content="([a-z]+)"')
"""PEP 792."""
_HEX = re.compile(r"[0-9A-Fa-f]{32,}")


def _fault(what: str, fix: str) -> UniqverError:
    return UniqverError(what=f"the index {what}", fix=fix)


class IndexClient:
    """Client for one index, with one session."""

    def __init__(self, place: Address, timeout: float = TIMEOUT, whole: float = WHOLE) -> None:
        self._place, self._timeout, self._whole = place, timeout, whole
        self._base = place.url
        self._session = _session()
        self._asked_keyring = False
        if found := place.credentials or address.from_netrc(place):
            self._use(found)
        self._session.verify = place.ca_cert or True
        self._session.cert = place.client_cert

    def __enter__(self) -> IndexClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ask(self, project: str) -> Listing:
        """Return the answer about ``project`` (normalized), whatever the index does.

        A thread asks: names that never resolve and headers that come byte by byte know no other limit.
        """
        answer: futures.Future[Listing] = futures.Future()

        def ask() -> None:
            try:
                answer.set_result(self._ask(project))
            except BaseException as error:
                answer.set_exception(error)

        Thread(target=ask, daemon=True).start()
        try:
            return answer.result(self._whole)
        except futures.TimeoutError:  # before Python 3.11 not the builtin one
            trouble = _fault(f"takes more than {self._whole:g} s for one page", _LATER)
        except UniqverError as error:
            trouble = error
        return Listing(project, trouble=trouble, profile=recognize(self._base, {}, b"", project))

    def _ask(self, project: str) -> Listing:
        """Raise :class:`UniqverError` for any answer but a whole page and a 404."""
        with self._get(project) as response:
            body = self._body(response)
            profile = recognize(self._base, response.headers, body, project)
            if response.status_code == 404:
                if profile is DEVPI and "/+simple/" not in self._base:  # its pages are nowhere else
                    self._base = self._base.removesuffix("simple/") + "+simple/"
                    return self._ask(project)
                return Listing(project=project, profile=profile, is_new=True)
            self._refuse(response.status_code)
            return parse_page(body, response.headers.get("Content-Type", ""), project)._replace(profile=profile)

    def _get(self, project: str) -> requests.Response:
        response = self._follow(address.page(self._base, project))
        if response.status_code == 401 and not self._asked_keyring:
            self._asked_keyring = True
            if found := address.from_keyring(self._place):
                response.close()
                self._use(found)
                return self._get(project)
        return response

    def _follow(self, url: str) -> requests.Response:
        """GET ``url``; follow redirects on the same scheme, host and port."""
        for _ in range(MAX_HOPS):
            response = self._request(url)
            if not response.is_redirect:
                return response
            response.close()
            url = _next_hop(url, response.headers["Location"])
        raise _fault(f"redirects more than {MAX_HOPS} times", _CHECK_URL)

    def _request(self, url: str) -> requests.Response:
        try:
            return self._session.get(url, timeout=self._timeout, stream=True, allow_redirects=False)
        except requests.exceptions.SSLError:
            found = "has a certificate that can't be checked", "set REQUESTS_CA_BUNDLE to your CA's file"
        except requests.exceptions.ConnectTimeout:
            found = f"can't be reached within {self._timeout:g} s", _LATER
        except requests.exceptions.ReadTimeout:
            found = f"doesn't answer within {self._timeout:g} s", _LATER
        except requests.exceptions.ConnectionError:
            found = f"can't be reached ({self._place.shown})", f"check the URL, or {_LATER}"
        except (requests.exceptions.RequestException, Urllib3Error, ValueError):
            found = "gives no answer that can be read", _CHECK_URL
        raise _fault(*found)

    def _body(self, response: requests.Response) -> bytes:
        is_json = response.headers.get("Content-Type", "").startswith(JSON_TYPE)
        limit = MAX_JSON if is_json else MAX_HTML
        pieces = bytearray()
        try:
            # iter_content would wait until a piece is full
            while piece := response.raw.read1(64 * 1024, decode_content=True):
                pieces += piece
                if len(pieces) > limit:
                    raise _fault(f"answers more than {limit // MIB} MiB, so it was read no further", _CHECK_URL)
        except (requests.exceptions.RequestException, Urllib3Error):
            raise _fault(_BROKEN_OFF, _LATER) from None
        if not is_json and _is_cut(response, pieces):
            raise _fault(_BROKEN_OFF, _LATER)
        return bytes(pieces)

    def _refuse(self, status: int) -> None:
        if status == 200:  # 206, for one, is a part of a page
            return
        what, fix = {
            401: ("wants credentials", f"put them in .pypirc, netrc or: keyring set {self._place.shown} USER"),
            403: ("doesn't let these credentials read", "use a token that may read the project's page"),
            429: ("has been asked too often", _LATER),
            500: (f"has an error of its own, also after {RETRIES} retries", _LATER),
        }.get(min(status, 500), ("gives an answer that says nothing about the project", _CHECK_URL))
        raise _fault(f"{what} ({status})", fix)

    def _use(self, found: Credentials) -> None:
        # as bytes: requests would encode them as latin-1
        self._session.auth = HTTPBasicAuth(found.user.encode(), found.password.encode())


def _is_cut(response: requests.Response, body: bytearray) -> bool:
    """Tell whether a page of HTML that ends with its connection lacks its end; urllib3 knows of others."""
    delimited = "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "")
    text = body.lower()
    return not delimited and b"<html" in text and b"</html" not in text


def _next_hop(url: str, location: str) -> str:
    """Another place must not get the credentials."""
    old, new = address.origin(url), address.origin(url, location)
    if old is None or new is None:
        raise _fault("redirects to what is not a URL", _CHECK_URL)
    _, host, port = new
    if new != old and (old, new) != (("http", host, 80), ("https", host, 443)):
        raise _fault(
            f"redirects to another place ({f'{host}:{port}' if host else 'no host'}), which isn't followed",
            "if that's the index that is uploaded to: --index URL; pypiserver: start it with --disable-fallback",
        )
    return urljoin(url, location)


def _session() -> requests.Session:
    session = requests.Session()
    session.auth = lambda request: request  # else requests looks into netrc, and fails with it
    retry = Retry(
        RETRIES,
        connect=1,
        read=False,
        other=0,
        status_forcelist=(500, 502, 503, 504),
        backoff_factor=BACKOFF,
        respect_retry_after_header=False,  # it may say an hour
        raise_on_status=False,
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    session.headers.update({"Accept": ACCEPT_JSON_PREFERRED, "User-Agent": "uniqver", "Cache-Control": "no-cache"})
    return session


def parse_page(body: bytes, content_type: str, project: str) -> Listing:
    """Read a project's page by its Content-Type. Raises :class:`UniqverError` if it is not such a page.

    HTML must name its repository version (PEP 629) or link to a file of ``project``: a login page that answers 200 would
    make every name look free.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind != JSON_TYPE and kind not in HTML_TYPES:
        raise _not_a_page(f"is of a type that no index answers: {kind or 'none'}")
    with warnings.catch_warnings():  # a newer minor version is fine (PEP 629)
        warnings.simplefilter("ignore", UnexpectedRepoVersionWarning)
        try:
            return _from_json(body, project) if kind == JSON_TYPE else _from_html(body, project)
        except UnsupportedRepoVersionError:
            raise _not_a_page("is of a newer repository version than is known here") from None


def _not_a_page(clause: str) -> UniqverError:
    return _fault(
        f"answers a page that {clause}",
        "give the URL of the simple pages (it mostly ends in /simple/), or log in at a proxy before",
    )


def _from_json(body: bytes, project: str) -> Listing:
    try:
        page = ProjectPage.from_json_data(json.loads(body))
    except ValidationError:
        raise _not_a_page("lacks what PEP 691 asks for") from None
    except (ValueError, RecursionError):
        raise _not_a_page("is not JSON") from None
    return Listing(
        project, tuple(map(_index_file, page.packages)), status=page.status.value if page.status else "active"
    )


def _from_html(body: bytes, project: str) -> Listing:
    try:
        # html.parser takes the square of the time for what is left open
        unclosed = len(_LINK.findall(body)) - body.lower().count(b"</a")
        if unclosed > MAX_OPEN or any(len(tag) > MAX_TAG for tag in _TAG.findall(body)):
            raise ValueError
        links = [
            DistributionPackage.from_link(link, project)
            for link in parse_links_stream([body.decode("utf-8", "replace")])
        ]
    except (ValueError, AssertionError, RecursionError):
        raise _not_a_page("is HTML that can't be read") from None
    files = tuple(
        _index_file(link)._replace(filename=name)
        for link in links
        # PEP 503: a link's text is the file's name; but a web server's list of a folder cuts long texts off
        for name in dict.fromkeys((link.filename, unquote(link.url.partition("?")[0].rpartition("/")[2])))
        if (parsed := parse_filename(name)) is not None and parsed.project == project
    )
    if not files and b"pypi:repository-version" not in body:
        raise _not_a_page(f"is HTML that links to no file of {project}")
    status = _STATUS.search(body)
    return Listing(project, files, status=status[1].decode() if status else "active")


def _index_file(package: DistributionPackage) -> IndexFile:
    digests = {name.lower(): value.lower() for name, value in package.digests.items() if _HEX.fullmatch(value)}
    uploaded = package.upload_time
    if uploaded is not None and uploaded.tzinfo is None:  # PEP 700 asks for UTC
        uploaded = uploaded.replace(tzinfo=timezone.utc)
    return IndexFile(filename=package.filename, digests=digests, size=package.size, uploaded=uploaded)
