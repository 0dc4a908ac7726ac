"""Lines of a text, as git and Python's tokenizer see them: only ``\\n`` ends one. Pure."""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def lines(text: str) -> list[str]:
    """Return the lines of ``text`` with their ends (:meth:`str.splitlines` also splits at form feeds)."""
    return _LINE.findall(text)
