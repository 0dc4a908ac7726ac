"""Takes credentials out of what is shown or written down. Pure."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")  # up to the last @: a password may hold one

_LOOSE_USERINFO = r"(?<=://)[^/?#\s'\"]*@"
"""As a URL that isn't well-formed may have it: a password with an ``@`` of its own."""

_QUERY = r"(://[^?#\s'\"]*)\?[^#\s'\"]*"
"""libpq and redis-py take passwords in the query, too."""


def without_credentials(text: str) -> str:
    """Return ``text`` with the user name and password of every URL in it removed.

    >>> without_credentials("see https://me:secret@host/run/1")
    'see https://host/run/1'
    """
    return _USERINFO.sub("", text)


def address(url: str) -> str:
    """Return where ``url`` points to, for people: without user, password and query.

    >>> address("redis://:secret@host:6379/0?password=secret")
    'redis://host:6379/0'
    """
    return re.sub(_QUERY, r"\1", re.sub(_LOOSE_USERINFO, "", url))
