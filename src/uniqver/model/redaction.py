"""The one redactor: keeps credentials out of what is shown or written down. Pure.

It works by allow-list: scheme, host, port and path of a URL are shown, and nothing of what does not parse as a whole. So a
``/`` or ``#`` inside a password, which ends the host for every parser, gives nothing away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

HIDDEN = "***"

_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[\w.~%-]*)(?::[0-9]+)?"

_URL = (
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?:(?P<user>[^/?#\[\]\x00-\x1f\x7f]*)@)?"  # parsers look for [ before they look for @, and show what follows
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)"  # libpq takes more than one
    r"(?P<path>/[^@?#;&\x00-\x1f\x7f]*)?"
    r"(?:[?#;&][^@\x00-\x1f\x7f]*)?"  # an @ here means that a password was cut in two
)
"""RFC 3986, as far as it is shown. Not compiled: few hooks show a URL."""

_PLACE = r"(?:[\w.+-]+@)?(?:[\w.+-]+:)?[\w./\\~+ -]*"
"""A remote's name, a path, or what ssh takes (``git@host:x/y.git``): no place for a password."""

_IN_SCHEME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-"

_SHORTEST = 4
"""Shorter values are not searched for: they would hide half of every message."""


def address(url: str) -> str:
    """Return ``url`` for people: without user, password, query and fragment.

    >>> address("redis://:secret@host:6379/0?password=secret")
    'redis://host:6379/0'
    >>> address("redis://:aaaa#secret@host/0")
    'redis://***'
    """
    found = re.fullmatch(_URL, url)
    if found is not None:
        return f"{found['scheme']}://{found['hosts']}{found['path'] or ''}"
    if "://" not in url and re.fullmatch(_PLACE, url):
        return url
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?://)?", url)
    return f"{scheme[0] if scheme else ''}{HIDDEN}"


def is_url(text: str) -> bool:
    """Tell whether ``text`` is a URL with ``//`` that parses as a whole."""
    return re.fullmatch(_URL, text) is not None


def has_secret(url: str) -> bool:
    """Tell whether ``url`` holds a password or a token."""
    return any(True for _ in _secrets_of(url))


def without_credentials(text: str) -> str:
    """Return ``text`` with every URL shown as its :func:`address`.

    >>> without_credentials("see https://me:secret@host/run/1")
    'see https://host/run/1'
    """
    return "\n".join(map(_clean_line, text.split("\n"))) if "://" in text else text


def redactor(urls: Iterable[str], more: Iterable[str] = ()) -> Callable[[str], str]:
    """Return what hides ``more``, the credentials of ``urls`` (as written and decoded) and those of any URL in a text."""
    from urllib.parse import quote

    found = {secret for url in urls for secret in _secrets_of(url)} | set(more)
    forms = {form for secret in found for form in (secret, quote(secret, safe="")) if len(form) >= _SHORTEST}
    secrets = sorted(forms, key=len, reverse=True)  # so that no tail of one is left standing

    def redact(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, HIDDEN)
        return without_credentials(text)

    return redact


def _clean_line(line: str) -> str:
    parts: list[str] = []
    done = 0
    while (at := line.find("://", done)) >= 0:
        head = line[done:at].rstrip(_IN_SCHEME)
        start = at - len(line[done + len(head) : at].lstrip("0123456789+.-"))
        url = line[start:].split(maxsplit=1)[0].rstrip("'\"`,.;:)]}>")
        end = start + len(url)
        if not is_url(url):  # nobody knows where it ends; whatever stands before an @ may be a password
            end = max(end, line.rfind("@") + 1)
            end += len(re.match(r"[\w.:/-]*", line[end:])[0].rstrip(".:"))  # type: ignore[index]
        parts += line[done:start], address(line[start:end])
        done = end
    return "".join((*parts, line[done:]))


def _secrets_of(url: str) -> Iterator[str]:
    from urllib.parse import parse_qsl, unquote

    found = re.fullmatch(_URL, url)
    if found is None:
        secret = url.partition("://")[2].rpartition("@")[0]
        # parsers complain about what they take for host, port or path
        yield from (piece for piece in (secret, *re.split(r"[:/?#@\[\]]", secret)) if piece)
        return
    user, _, password = (found["user"] or "").partition(":")
    # a name alone is a token (https://TOKEN@host), but git@host and the like are names that everybody knows
    alone = user if not password and found["scheme"].rpartition("+")[2] in ("http", "https") else ""
    query = url.partition("?")[2].partition("#")[0]
    named = [value for name, value in parse_qsl(query) if _is_secret(name)]
    for secret in (password, alone, *named):
        if secret:
            yield secret
            yield unquote(secret)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in ("pass", "token", "secret", "key", "auth"))
