"""TOML, read by the standard library, or by tomli before 3.11."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TOMLDecodeError(ValueError):
    """The text is not TOML, or more than a reader takes: numbers of 5,000 digits, lists a thousand deep."""


def loads(text: str) -> dict[str, Any]:
    """Parse TOML. Raises :class:`TOMLDecodeError`."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TOMLDecodeError(str(error)) from None


def table(parent: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """Return the table that ``keys`` lead to, empty if there is none."""
    for key in keys:
        value = parent.get(key)
        parent = cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
    return parent
