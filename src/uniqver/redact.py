"""Takes credentials out of what is shown or written down."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")  # up to the last @: a password may hold one


def without_credentials(text: str) -> str:
    """Return ``text`` with the user name and password of every URL in it removed.

    >>> without_credentials("see https://me:secret@host/run/1")
    'see https://host/run/1'
    """
    return _USERINFO.sub("", text)
