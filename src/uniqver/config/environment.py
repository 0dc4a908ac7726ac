"""The variables ``UNIQVER_…``: what they are called, and which of them nobody reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from uniqver.config.keys import KEYS
from uniqver.config.values import suggestion
from uniqver.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def overrides(environ: Mapping[str, str], project: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield variable, key and text of each override, the project's own instead of the one for all."""
    for key in KEYS:
        for name in (variable_for(_variable(key), project), _variable(key)):
            if name is not None and name in environ:
                yield name, key, environ[name]
                break


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each ``UNIQVER_…`` variable that nothing reads: most likely mistyped."""
    known = [name.removeprefix(_PREFIX) for name in (*_VARIABLES_THAT_ARE_NO_KEYS, *map(_variable, KEYS))]
    ours = (name for name in sorted(environ) if name.startswith(_PREFIX))
    return [
        f"{name} is no variable of uniqver{suggestion(word, known, prefix=_PREFIX)}"
        for name in ours
        if (word := name.removeprefix(_PREFIX).partition("_FOR_")[0]) not in known
    ]


def _variable(key: str) -> str:
    return _PREFIX + key.upper().replace("-", "_")
