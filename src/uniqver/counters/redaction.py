"""Keeps passwords out of everything that people or files get to see. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "***"

_USER_INFO = re.compile(r"(?<=://)[^/?#\s'\"]*@")
"""Name and password of a URL: a token often stands where the name belongs, so both are hidden."""

_PARAMETERS = re.compile(r"(?<=://)([^?#\s'\"]*)\?[^#\s'\"]*")
"""The query of a URL: libpq and redis-py take passwords there too."""

_SHORTEST = 4
"""Shorter values aren't searched for in texts: they would hide half of every message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Redaction:
    """Hides what is known to be secret, and whatever looks like the credentials of a URL."""

    secrets: tuple[str, ...] = ()
    """Longest first, so that no tail of one is left standing."""

    def __call__(self, text: str) -> str:
        """Return ``text`` without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return _PARAMETERS.sub(rf"\1?{HIDDEN}", _USER_INFO.sub(f"{HIDDEN}@", text))


def redaction_of(urls: Iterable[str], more: Iterable[str] = ()) -> Redaction:
    """Return what hides the credentials of ``urls``, as written and decoded, and the values in ``more``."""
    found = {secret for url in urls for secret in _of_url(url)} | set(more)
    long_enough = {
        form for secret in found for form in (secret, quote(secret, safe="")) if len(form) >= _SHORTEST
    }
    return Redaction(secrets=tuple(sorted(long_enough, key=lambda secret: (-len(secret), secret))))


def without_credentials(url: str) -> str:
    """Return ``url`` for people: no user, password or query."""
    cut = re.sub(r"\?[^#]*", "", url, count=1) if "://" in url else url
    return _USER_INFO.sub("", cut)


def _of_url(url: str) -> Iterable[str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # "[" without "]": hide all that stands before the host
        return _USER_INFO.findall(url)
    user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    named = [value for name, value in parse_qsl(parts.query) if _is_secret(name)]
    # a name alone is a token (https://TOKEN@host); git@host and the like are names that everybody knows
    tokens = [] if colon or parts.scheme not in ("http", "https") else [user]
    return [form for secret in (password, *tokens, *named) for form in (secret, unquote(secret)) if secret]


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in ("pass", "token", "secret", "key", "auth"))
