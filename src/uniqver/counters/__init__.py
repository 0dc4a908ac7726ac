"""Counters: stores that give out numbers, uniqver's own and those of plugins; and the one that a setting names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.errors import ConfigError
from uniqver.model.redaction import is_url
from uniqver.model.wording import suggestion

if TYPE_CHECKING:
    from uniqver.counters.protocol import Counter, CounterContext

GROUP = "uniqver.counters"
"""The entry points of plugins, by scheme: see :mod:`uniqver.counters.protocol`."""

REQUIREMENTS = {"redis": "redis>=5", "postgres": "psycopg[binary]>=3.1"}
"""By extra, as in pyproject.toml."""

_OWN: dict[str, tuple[str | None, str | None]] = {
    "local": (None, None), "sqlite": (None, None), "git": ("ref", None),
    "redis": ("durability", "redis"), "rediss": ("durability", "redis"),
    "postgresql": (None, "postgres"), "postgres": (None, "postgres"),
}  # fmt: skip
"""uniqver's own, by scheme: the option that a ``#`` may introduce, and the extra."""

_SCHEME = r"([a-z][a-z0-9.-]*)([+:].*)?"
_FIX = (
    'counter = "local", "sqlite:///FOLDER/numbers.sqlite3", "git+origin", "redis://HOST:6379/0" or '
    '"postgresql://USER@HOST/DATABASE"'
)


def open_counter(setting: str, context: CounterContext) -> Counter:
    """Return the counter that the ``setting`` names, without touching the store.

    Raises :class:`ConfigError`, which never repeats the setting: it may hold a password.
    """
    scheme = scheme_of(setting)
    if scheme not in _OWN:
        return _of_plugin(scheme)(setting, context)
    if (scheme not in ("local", "git") or "://" in setting) and not is_url(setting):
        raise ConfigError(
            what=f"counter is not a valid URL of the kind {scheme}://…",
            fix=f"{_FIX}; in user and password write %2F for /, %3F for ?, %23 for #, %40 for @, %5B for [ and %3A for :",
        )
    url, _, fragment = setting.partition("#")
    return _own(scheme, url, context, _option(fragment, _OWN[scheme][0]))


def scheme_of(setting: str) -> str:
    """Return the kind of counter that ``setting`` names: ``git`` for ``git+origin``."""
    matched = re.fullmatch(_SCHEME, setting, re.DOTALL)
    if matched is None:
        raise ConfigError(what="counter does not name a kind of counter", fix=_FIX)
    return matched[1]


def requirements(scheme: str) -> tuple[str, ...]:
    """Return what ``get_requires_for_build_*`` asks for, for a counter of ``scheme``."""
    _, extra = _OWN.get(scheme, (None, None))
    return () if extra is None else (REQUIREMENTS[extra],)


def _own(scheme: str, url: str, context: CounterContext, option: str | None) -> Counter:
    # imported only if used: they bring sqlite3, subprocess or a client
    if scheme in ("local", "sqlite"):
        from uniqver.counters.sqlite import LocalCounter

        if scheme == "sqlite":  # only `uniqver counter init` makes the file
            return LocalCounter(_file_of(url), named=True)
        if url != "local":
            raise ConfigError(what="counter: a local counter takes nothing after its name", fix=_FIX)
        # not in the clone: two clones on one machine must not take the same number
        return LocalCounter(context.state / "counter.sqlite3")
    if scheme == "git":
        from uniqver.counters.git import DEFAULT_REF, GitCounter

        remote = url.removeprefix("git+")
        if not url.startswith("git+") or not remote:
            raise ConfigError(what="counter = git+…: no remote is named", fix='counter = "git+origin"')
        return GitCounter(remote, DEFAULT_REF if option is None else option, context)
    if scheme in ("redis", "rediss"):
        from uniqver.counters.redis import RedisCounter

        return RedisCounter(url, context, checks_durability=option != "unchecked")
    from uniqver.counters.postgresql import PostgresCounter

    return PostgresCounter(url, context)


def _file_of(url: str) -> Path:
    """Return the file of a ``sqlite:///…`` URL (with SQLAlchemy's four slashes, too): the same wherever a build runs."""
    from urllib.parse import unquote

    path = url.removeprefix("sqlite://")
    if not path.startswith("/") or path.endswith("/"):
        raise ConfigError(what="counter = sqlite:…: it does not name a file", fix=f"{_FIX}; the path is absolute")
    named = unquote(path).lstrip("/")
    return Path(named if re.match("[A-Za-z]:/", named) else f"/{named}")


def _option(fragment: str, known: str | None) -> str | None:
    name, equals, value = fragment.partition("=")
    if fragment and name != known:
        # only what looks like an option is repeated: there may be a # in a password
        named = f" {name!r}" if equals and re.fullmatch("[a-z]+", name) else ""
        raise ConfigError(
            what=f"counter: unknown option{named} behind #",
            fix=f"known here: {known}" if known else "leave it out: this counter has no options",
        )
    return value if fragment else None


def _of_plugin(scheme: str) -> Callable[[str, CounterContext], Counter]:
    from importlib.metadata import entry_points  # slow to import

    found = tuple(entry_points(group=GROUP, name=scheme))
    names = ", ".join(sorted(point.value if point.dist is None else point.dist.name for point in found))
    if len(found) > 1:
        what = f"more than one distribution brings counters for {scheme}: {names}"
        raise ConfigError(what=what, fix="uninstall all but one")
    if not found:
        raise ConfigError(
            what=f"counter: no counter of the kind {scheme!r} is installed{suggestion(scheme, _OWN)}",
            fix=f"{_FIX}; for another kind, its distribution among requires of [build-system]",
        )
    try:
        make: Callable[[str, CounterContext], Counter] = found[0].load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            what=f"the counter of {names} can't be loaded: {error}",
            fix=f"pip install --force-reinstall {names}, or ask its makers",
        ) from error
    return make
