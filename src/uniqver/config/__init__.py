"""TOML, and the settings in it: ``[tool.uniqver]``, with the variables ``UNIQVER_…`` on top. Pure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from uniqver.config.settings import Config, name_set, variable_of

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


def read_config(table: Mapping[str, object], environ: Mapping[str, str], *, project: str | None) -> Config:
    """Read the table ``[tool.uniqver]``, with ``UNIQVER_<KEY>`` and ``UNIQVER_<KEY>_FOR_<NAME>`` on top.

    Raises one :class:`ConfigError` for all problems of the table and of the variables.
    """
    names = {field: name_set(environ, variable_of(field), project) for field in Config._fields}
    overrides = {field: (name, environ[name]) for field, name in names.items() if name is not None}
    if not table and not overrides:
        return Config()
    from uniqver.config.reader import read_table  # 5 ms; many builds have no table and no variable

    return read_table(table, overrides)
