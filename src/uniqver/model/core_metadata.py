"""Core metadata (PKG-INFO, METADATA), as far as name and version go. Pure."""

from __future__ import annotations


def headers(text: str) -> dict[str, str]:
    """Return the first line of each header, by lower-cased name, up to the empty line before the description."""
    found: dict[str, str] = {}
    for line in text.split("\n"):  # not splitlines(): a summary may hold U+2028, which ends no header
        if not line.strip("\r"):
            break
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            found.setdefault(name.lower(), value.strip())
    return found
