"""Index client: one GET for each project, and a sentence for every way in which that can fail."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3 import Retry
from urllib3.exceptions import HTTPError as Urllib3Error

from uniqver.index import address
from uniqver.index.listing import HTML_TYPES, JSON_TYPE, Listing, PageError, Trouble, parse_page
from uniqver.index.profiles import DEVPI, recognize

if TYPE_CHECKING:
    from uniqver.index.address import Address, Credentials

ACCEPT = f"{JSON_TYPE}, {HTML_TYPES[0]};q=0.2, {HTML_TYPES[1]};q=0.01"
"""What PEP 691 advises to send, so that an index may answer in the form it has."""
MAX_HTML = 8 * 1024 * 1024
"""Bytes of an HTML page: some 40,000 files. Parsing more of it would take minutes."""
MAX_JSON = 64 * 1024 * 1024
MAX_HOPS = 5
_RETRIED = (500, 502, 503, 504)

_LATER = "ask again later"
_CHECK_URL = "check the URL given to --index"
_BROKEN_OFF = "the index breaks off in the middle of its answer"


class Patience(NamedTuple):
    """How long an index is waited for."""

    timeout: float = 20.0
    """Seconds for the connection, and for each piece of an answer."""
    whole: float = 120.0
    """Seconds for one project, redirects and retries included: a server may send a byte now and then for ever."""
    retries: int = 3
    """How often an answer of 5xx is asked for again."""
    backoff: float = 0.5
    """Seconds: the second retry waits twice as long, the third four times."""


class _AskError(Exception):
    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.trouble = Trouble(what=what, fix=fix)


class IndexClient:
    """Client for one index, asked about projects; holds one session open until it's closed."""

    def __init__(self, place: Address, patience: Patience) -> None:
        self._place = place
        self._base = place.url
        self._patience = patience
        self._session = _session(patience)
        self._asked_keyring = False
        found = place.credentials or address.from_netrc(place)
        if found is not None:
            self._use(found)
        if place.ca_cert is not None:
            self._session.verify = place.ca_cert
        self._session.cert = place.client_cert

    def __enter__(self) -> IndexClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ask(self, project: str) -> Listing:
        """Return what the index says about ``project`` (normalized). Never raises for what an index may do.

        A thread asks: names that take for ever to resolve and headers that come byte by byte know no other limit.
        """
        answers: list[Listing | BaseException] = []
        thread = threading.Thread(target=lambda: answers.append(self._answer(project)), daemon=True)
        thread.start()
        thread.join(self._patience.whole)
        if not answers:
            what = f"the index takes more than {self._patience.whole:g} s for one page"
            return self._trouble(project, Trouble(what, _LATER))
        if isinstance(answers[0], BaseException):
            raise answers[0]
        return answers[0]

    def _answer(self, project: str) -> Listing | BaseException:
        try:
            return self._ask(project)
        except _AskError as error:
            return self._trouble(project, error.trouble)
        except BaseException as error:  # not foreseen: raised again where it can be seen
            return error

    def _trouble(self, project: str, trouble: Trouble) -> Listing:
        return Listing(project=project, trouble=trouble, profile=recognize(self._base, {}, b"", project))

    def _ask(self, project: str) -> Listing:
        with self._get(project) as response:
            body = self._body(response)
            profile = recognize(self._base, response.headers, body, project)
            if response.status_code == 404:
                if profile is DEVPI and "/+simple/" not in self._base:
                    # devpi answers 404 for paths that it doesn't know, and its pages are at +simple/ only.
                    self._base = self._base.removesuffix("simple/") + "+simple/"
                    return self._ask(project)
                return Listing(project=project, profile=profile, is_new=True)
            self._refuse(response.status_code)
            try:
                listing = parse_page(body, response.headers.get("Content-Type", ""), project)
            except PageError as error:
                raise _AskError(
                    f"the index answers a page that {error}",
                    "give the URL of the simple pages (it mostly ends in /simple/), or log in at a proxy before",
                ) from None
        return listing._replace(profile=profile)

    def _get(self, project: str) -> requests.Response:
        response = self._follow(address.page(self._base, project))
        if response.status_code == 401 and not self._asked_keyring:
            self._asked_keyring = True
            if found := address.from_keyring(self._place):
                response.close()
                self._use(found)
                response = self._follow(address.page(self._base, project))
        return response

    def _follow(self, url: str) -> requests.Response:
        """GET ``url``; redirects are followed on the same scheme, host and port only."""
        for _ in range(MAX_HOPS):
            response = self._request(url)
            if not response.is_redirect:
                return response
            response.close()
            url = _next_hop(url, response.headers["Location"])
        raise _AskError(f"the index redirects more than {MAX_HOPS} times", _CHECK_URL)

    def _request(self, url: str) -> requests.Response:
        seconds = f"{self._patience.timeout:g} s"
        try:
            return self._session.get(url, timeout=self._patience.timeout, stream=True, allow_redirects=False)
        except requests.exceptions.SSLError:
            what, fix = "the index's certificate can't be checked", "set REQUESTS_CA_BUNDLE to your CA's file"
        except requests.exceptions.ConnectTimeout:
            what, fix = f"the index can't be reached within {seconds}", _LATER
        except requests.exceptions.ReadTimeout:
            what, fix = f"the index doesn't answer within {seconds}", _LATER
        except requests.exceptions.ConnectionError:
            what, fix = f"the index can't be reached ({self._place.shown})", f"check the URL, or {_LATER}"
        except (requests.exceptions.RequestException, Urllib3Error, ValueError):
            what, fix = "the index gives no answer that can be read", _CHECK_URL
        raise _AskError(what, fix)

    def _body(self, response: requests.Response) -> bytes:
        is_json = response.headers.get("Content-Type", "").startswith(JSON_TYPE)
        limit = MAX_JSON if is_json else MAX_HTML
        pieces = bytearray()
        try:
            # Not iter_content: that waits until a piece is full, and a byte now and then would hold it for hours.
            while piece := response.raw.read1(64 * 1024, decode_content=True):
                pieces += piece
                if len(pieces) > limit:
                    raise _AskError(
                        f"the index answers more than {limit // 1024 // 1024} MiB, so it was read no further",
                        "check that --index is the URL of an index's simple pages",
                    )
        except (requests.exceptions.RequestException, Urllib3Error):
            raise _AskError(_BROKEN_OFF, _LATER) from None
        if not is_json and _is_cut(response, pieces):
            raise _AskError(_BROKEN_OFF, _LATER)
        return bytes(pieces)

    def _refuse(self, status: int) -> None:
        """Raise for every status but 200: 206, for one, is a part of a page."""
        if status == 200:
            return
        keyring = f"put them in .pypirc, netrc or keyring: keyring set {self._place.shown} USER"
        own_error = f"has an error of its own, also after {self._patience.retries} retries"
        what, fix = {
            401: ("wants credentials", keyring),
            403: ("doesn't let these credentials read", "use a token that may read the project's page"),
            429: ("has been asked too often", _LATER),
            500: (own_error, _LATER),
        }.get(min(status, 500), ("gives an answer that says nothing about the project", _CHECK_URL))
        raise _AskError(f"the index {what} ({status})", fix)

    def _use(self, found: Credentials) -> None:
        # As bytes: requests would encode them as latin-1.
        self._session.auth = HTTPBasicAuth(found.user.encode(), found.password.encode())


def _is_cut(response: requests.Response, body: bytearray) -> bool:
    """Whether a page of HTML lacks its end, and HTTP can't tell: an answer that ends with its connection.

    Otherwise urllib3 raises if an answer is shorter than its Content-Length, or its last chunk is missing.
    """
    delimited = "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "")
    text = body.lower()
    return not delimited and b"<html" in text and b"</html" not in text


def _next_hop(url: str, location: str) -> str:
    """Return where a redirect leads; raises if that's another place, which must not get the credentials."""
    old, new = address.origin(url), address.origin(url, location)
    if old is None or new is None:
        raise _AskError("the index redirects to what is not a URL", _CHECK_URL)
    upgraded = (old, new) == (("http", old[1], 80), ("https", old[1], 443))
    if new != old and not upgraded:
        place = f"{new[1]}:{new[2]}" if new[1] else "no host"
        raise _AskError(
            f"the index redirects to another place ({place}), which isn't followed",
            "if that's the index that is uploaded to, give its URL: --index URL (pypiserver does this for projects it "
            "hasn't, unless it's started with --disable-fallback)",
        )
    return urljoin(url, location)


def _session(patience: Patience) -> requests.Session:
    session = requests.Session()
    session.auth = lambda request: request  # else requests looks into netrc, and fails with it
    retry = Retry(
        total=None,
        connect=1,
        read=False,
        redirect=False,
        other=0,
        status=patience.retries,
        status_forcelist=_RETRIED,
        allowed_methods=["GET"],
        backoff_factor=patience.backoff,
        respect_retry_after_header=False,  # it may say an hour
        raise_on_status=False,
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    session.headers.update({"Accept": ACCEPT, "User-Agent": "uniqver", "Cache-Control": "no-cache"})
    return session
