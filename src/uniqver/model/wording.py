"""Small matters of wording. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.errors import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Return ``1 commit``, ``2 commits``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return the first few of ``names``, each in a form that any terminal can show."""
    more = f", … ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(name if name.isprintable() else ascii(name) for name in names[:most]) + more


def printable(text: str) -> str:
    """Return ``text`` with whatever a terminal would obey (escapes, line breaks, text direction) as an escape.

    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return escaped(text, kept="")


def readable_size(size: int) -> str:
    """Return a number of bytes as people read it: ``12.0 MiB``."""
    if size < 1024**2:
        return f"{size / 1024:.1f} KiB"
    return f"{size / 1024**2:.1f} MiB" if size < 1024**3 else f"{size / 1024**3:.1f} GiB"
