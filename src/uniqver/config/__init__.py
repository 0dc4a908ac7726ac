"""``[tool.uniqver]`` and the variables ``UNIQVER_…``. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.config.settings import Config, name_set, variable_of

if TYPE_CHECKING:
    from collections.abc import Mapping


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
