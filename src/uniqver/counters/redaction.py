"""Keeps passwords out of what stores say: their own errors, and those of libraries and of git. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = "***"

_LOOSE_USERINFO = re.compile(r"(?<=://)[^/?#\s'\"]*@")
"""As a URL that isn't well-formed may have it: a password with an ``@`` of its own."""

_QUERY = re.compile(r"(://[^?#\s'\"]*)\?[^#\s'\"]*")
"""libpq and redis-py take passwords in the query, too."""

_SHORTEST = 4
"""Shorter values aren't searched for in texts: they would hide half of every message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Redaction:
    """Hides known secrets in a text, and whatever in it looks like the credentials of a URL."""

    secrets: tuple[str, ...] = ()
    """Longest first, so that no tail of one is left standing."""

    def __call__(self, text: str) -> str:
        """Return ``text`` without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return _QUERY.sub(rf"\1?{HIDDEN}", _LOOSE_USERINFO.sub(f"{HIDDEN}@", text))


def redaction_of(urls: Iterable[str], more: Iterable[str] = ()) -> Redaction:
    """Return what hides the credentials of ``urls``, as written and decoded, and the values in ``more``."""
    found = {secret for url in urls for secret in _secrets_of(url)} | set(more)
    forms = {form for secret in found for form in (secret, quote(secret, safe="")) if len(form) >= _SHORTEST}
    return Redaction(secrets=tuple(sorted(forms, key=lambda secret: (-len(secret), secret))))


def has_secret(url: str) -> bool:
    """Tell whether ``url`` holds a password or a token."""
    return any(True for _ in _secrets_of(url))


def _secrets_of(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # "[" without "]": take all that stands before the host
        yield from _LOOSE_USERINFO.findall(url)
        return
    user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    # a name alone is a token (https://TOKEN@host), but git@host and the like are names that everybody knows
    alone = user if not colon and parts.scheme.rpartition("+")[2] in ("http", "https") else ""
    named = [value for name, value in parse_qsl(parts.query) if _is_secret(name)]
    for secret in (password, alone, *named):
        if secret:
            yield secret
            yield unquote(secret)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in ("pass", "token", "secret", "key", "auth"))
