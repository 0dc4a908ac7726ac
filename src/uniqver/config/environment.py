"""The variables ``UNIQVER_…``: what they are called, which of them nobody reads, and what they change in the settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from uniqver.config.settings import Config
from uniqver.errors import ConfigError
from uniqver.model.value import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    Override: TypeAlias = tuple[str, str, str]
    """A variable, the key that it overrides, and its text."""

_PREFIX: Final = "UNIQVER_"
BUILD_NUMBER: Final = "UNIQVER_BUILD_NUMBER"
BUILD_ID: Final = "UNIQVER_BUILD_ID"
PIN: Final = "UNIQVER_VERSION"
FACTS: Final = "UNIQVER_FACTS"
GIT_TIMEOUT: Final = "UNIQVER_GIT_TIMEOUT"
EPOCH: Final = "SOURCE_DATE_EPOCH"
"""Everybody's variable for the time of what is built (reproducible-builds.org/specs/source-date-epoch)."""

_VARIABLES_THAT_ARE_NO_KEYS: Final = (BUILD_NUMBER, BUILD_ID, PIN, FACTS, GIT_TIMEOUT)


def variable_for(variable: str, project: str | None) -> str | None:
    """Return the name of ``variable`` for one project: ``UNIQVER_VERSION_FOR_XTRADE_AI``."""
    return None if project is None else f"{variable}_FOR_{re.sub(r'[-_.]+', '_', project).upper()}"


def setting(environ: Mapping[str, str], variable: str, project: str | None) -> tuple[str, str] | None:
    """Return the name and the value of ``variable``, the project's own before the one for all.

    Raises :class:`ConfigError` where it is set but empty: in a pipeline that means that the job that
    should have filled it gave nothing, and going on would give each job a version of its own.
    """
    for name in (variable_for(variable, project), variable):
        if name is not None and name in environ:
            if not environ[name].strip():
                raise ConfigError(
                    what=f"{name} is set, but empty",
                    fix=f"give {name} its value (is the output of the job before spelled right?), or unset it",
                )
            return name, environ[name].strip()
    return None


def overrides(environ: Mapping[str, str], project: str | None) -> Iterator[Override]:
    """Yield each override, the project's own instead of the one for all."""
    if not any(name.startswith(_PREFIX) for name in environ):
        return
    for key in _keys():
        for name in (variable_for(_variable(key), project), _variable(key)):
            if name is not None and name in environ:
                yield name, key, environ[name]
                break


def read(table: Mapping[str, object], environ: Mapping[str, str], *, project: str | None) -> Config:
    """Read the table ``[tool.uniqver]``, with ``UNIQVER_<KEY>`` and ``UNIQVER_<KEY>_FOR_<NAME>`` on top.

    Raises :class:`ConfigError` that lists every problem of the table and of the variables.
    """
    overridden = list(overrides(environ, project))
    if not table and not overridden:
        return Config()
    from uniqver.config.table import read_table  # the readers of all keys, which many builds don't need

    return read_table(table, overridden)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each ``UNIQVER_…`` variable that nothing reads: most likely mistyped."""
    known = [name.removeprefix(_PREFIX) for name in (*_VARIABLES_THAT_ARE_NO_KEYS, *map(_variable, _keys()))]
    ours = (name for name in sorted(environ) if name.startswith(_PREFIX))
    words = ((name, name.removeprefix(_PREFIX).partition("_FOR_")[0]) for name in ours)
    unknown = [(name, word) for name, word in words if word not in known]
    if not unknown:
        return []
    from uniqver.config.values import suggestion  # only when something is mistyped

    return [f"{name} is no variable of uniqver{suggestion(word, known, prefix=_PREFIX)}" for name, word in unknown]


def _keys() -> Iterator[str]:
    """Yield the keys of ``[tool.uniqver]``, without importing what reads them: the fields go by the same names."""
    return (field.replace("_", "-") for field in fields(Config))


def _variable(key: str) -> str:
    return _PREFIX + key.upper().replace("-", "_")
