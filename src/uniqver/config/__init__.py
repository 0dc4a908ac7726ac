"""``[tool.uniqver]`` and the variables ``UNIQVER_…``: declared once, read and checked. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from uniqver.config.settings import Config, variable_of
from uniqver.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX: Final = "UNIQVER_"
BUILD_NUMBER: Final = "UNIQVER_BUILD_NUMBER"
"""The number, for a CI without one that is safe. ``offset`` is added."""
BUILD_ID: Final = "UNIQVER_BUILD_ID"
"""Builds with the same id are one build, and share a counter's number."""
COMMIT: Final = "UNIQVER_COMMIT"
"""The commit of a CI's run, where the pipeline builds another one on purpose."""
PIN: Final = "UNIQVER_VERSION"
"""The whole version."""
FACTS: Final = "UNIQVER_FACTS"
"""The path of a ``uniqver.json``: builds with exactly its facts."""
GIT_TIMEOUT: Final = "UNIQVER_GIT_TIMEOUT"
"""How many seconds git may take. By default 40."""
EPOCH: Final = "SOURCE_DATE_EPOCH"
"""The time of everything that is packed, in seconds (reproducible-builds.org/specs/source-date-epoch). By default the commit's."""

_WITHOUT_KEY: Final = (BUILD_NUMBER, BUILD_ID, COMMIT, PIN, FACTS, GIT_TIMEOUT)


def variable_for(variable: str, project: str | None) -> str | None:
    """Return the name of ``variable`` for one project: ``UNIQVER_VERSION_FOR_XTRADE_AI``."""
    return None if project is None else f"{variable}_FOR_{re.sub(r'[-_.]+', '_', project).upper()}"


def setting(environ: Mapping[str, str], variable: str, project: str | None) -> tuple[str, str] | None:
    """Return the name and the value of ``variable``, the project's own before the one for all.

    Raises :class:`ConfigError` if it is set but empty: in a pipeline, the job that should have filled it gave
    nothing, and each job would get a version of its own.
    """
    name = _set(environ, variable, project)
    if name is None:
        return None
    if not environ[name].strip():
        fix = f"give {name} its value (is the output of the job before spelled right?), or unset it"
        raise ConfigError(what=f"{name} is set, but empty", fix=fix, topic="pipelines")
    return name, environ[name].strip()


def _set(environ: Mapping[str, str], variable: str, project: str | None) -> str | None:
    names = (variable_for(variable, project), variable)
    return next((name for name in names if name is not None and name in environ), None)


def overrides(environ: Mapping[str, str], project: str | None) -> dict[str, tuple[str, str]]:
    """Return the fields that variables override, each with its variable (the project's own first) and the text."""
    if not any(name.startswith(_PREFIX) for name in environ):
        return {}
    names = ((field, _set(environ, variable_of(field), project)) for field in Config._fields)
    return {field: (name, environ[name]) for field, name in names if name is not None}


def read(table: Mapping[str, object], environ: Mapping[str, str], *, project: str | None) -> Config:
    """Read the table ``[tool.uniqver]``, with ``UNIQVER_<KEY>`` and ``UNIQVER_<KEY>_FOR_<NAME>`` on top.

    Raises :class:`ConfigError` that lists every problem of the table and of the variables.
    """
    overridden = overrides(environ, project)
    if not table and not overridden:
        return Config()
    from uniqver.config.reader import read_table  # the readers of all keys: many builds have no table and no variable

    return read_table(table, overridden)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each ``UNIQVER_…`` variable that nothing reads: most likely mistyped."""
    known = [name.removeprefix(_PREFIX) for name in (*_WITHOUT_KEY, *map(variable_of, Config._fields))]
    ours = [name.partition(_PREFIX)[2] for name in sorted(environ) if name.startswith(_PREFIX)]
    unknown = [name for name in ours if name.partition("_FOR_")[0] not in known]
    if not unknown:
        return []
    from uniqver.config.kinds import suggestion  # only when something is mistyped

    guesses = ((name, suggestion(name.partition("_FOR_")[0], known, prefix=_PREFIX)) for name in unknown)
    return [f"{_PREFIX}{name}: unknown variable{guess}" for name, guess in guesses]
