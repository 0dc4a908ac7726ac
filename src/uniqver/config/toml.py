"""TOML, by whatever this Python has: the standard library's reader, or tomli before 3.11."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TOMLDecodeError(ValueError):
    """The text is not TOML, or holds what no reader can take: numbers of 5,000 digits, lists a thousand deep."""


def loads(text: str) -> dict[str, Any]:
    """Parse TOML. Raises :class:`TOMLDecodeError`, whatever is wrong with the text."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TOMLDecodeError(str(error)) from None
