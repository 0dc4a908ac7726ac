"""Makes the counter that a setting names."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from uniqver.errors import ConfigError
from uniqver.model.redaction import address

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint

    from uniqver.counters.protocol import Counter, Surroundings

FILE_NAME = "counter.sqlite3"

GROUP = "uniqver.counters"
"""The entry points of other distributions: name, the scheme; object, called with setting and surroundings."""

_SCHEME = re.compile(r"([a-z][a-z0-9.-]*)(?:[+:].*)?", re.DOTALL)


def open_counter(setting: str, around: Surroundings) -> Counter:
    """Return the counter that ``counter`` in the settings names; the store itself isn't touched yet.

    Raises :class:`ConfigError` for a scheme that nobody knows, or an option that the scheme doesn't have.
    """
    scheme = scheme_of(setting)
    url, _, fragment = setting.partition("#")
    own = _OWN.get(scheme)
    if own is None:
        return _other(scheme, setting)(setting, around)
    make, known = own
    return make(url, around, _options(fragment, known))


def scheme_of(setting: str) -> str:
    """Return what kind of counter ``setting`` names: ``git`` for ``git+origin``."""
    matched = _SCHEME.fullmatch(setting)
    if matched is None:
        raise ConfigError(what=f"counter = {address(setting)!r}: no kind of counter is named", fix=_FIX)
    return matched[1]


def _local(url: str, around: Surroundings, _: dict[str, str]) -> Counter:
    from uniqver.counters.local import LocalCounter  # each store is imported only where it is used

    if url != "local":
        raise ConfigError(what=f"counter = {url!r}: a local counter takes nothing after its name", fix=_FIX)
    folder = around.state if around.git_dir is None else around.git_dir / "uniqver"
    return LocalCounter(folder / FILE_NAME)


def _git(url: str, around: Surroundings, options: dict[str, str]) -> Counter:
    from uniqver.counters.git_ref import DEFAULT_REF, TIMEOUT_SECONDS, GitRefCounter

    remote = url.removeprefix("git+")
    if not url.startswith("git+") or not remote:
        raise ConfigError(what=f"counter = {address(url)!r}: no remote is named", fix='counter = "git+origin"')
    seconds = float(around.environ.get("UNIQVER_GIT_TIMEOUT") or TIMEOUT_SECONDS)  # the resolution checked it
    return GitRefCounter(remote, options.get("ref", DEFAULT_REF), around, timeout=seconds)


def _redis(url: str, around: Surroundings, options: dict[str, str]) -> Counter:
    from uniqver.counters.redis_store import RedisCounter

    return RedisCounter(url, around, checks_durability=options.get("durability") != "unchecked")


def _postgres(url: str, around: Surroundings, _: dict[str, str]) -> Counter:
    from uniqver.counters.postgres_store import PostgresCounter

    return PostgresCounter(url, around)


_OWN: dict[str, tuple[Callable[[str, Surroundings, dict[str, str]], Counter], tuple[str, ...]]] = {
    "local": (_local, ()),
    "git": (_git, ("ref",)),
    "redis": (_redis, ("durability",)),
    "rediss": (_redis, ("durability",)),
    "postgresql": (_postgres, ()),
    "postgres": (_postgres, ()),
}
"""Our own schemes: what makes the counter, and the options that may stand behind a ``#``."""

_FIX = 'counter = "local", "git+origin", "redis://HOST:6379/0" or "postgresql://USER@HOST/DATABASE"'


def _options(fragment: str, known: tuple[str, ...]) -> dict[str, str]:
    options = dict(parse_qsl(fragment, keep_blank_values=True))
    unknown = [name for name in options if name not in known] or ([fragment] if fragment and not options else [])
    if unknown:
        raise ConfigError(
            what=f"counter: unknown option {unknown[0]!r} behind #",
            fix=f"known here: {', '.join(known)}" if known else "leave it out: this counter has no options",
        )
    return options


def _other(scheme: str, setting: str) -> Callable[[str, Surroundings], Counter]:
    """Return what makes the counters of another distribution's ``scheme``."""
    from importlib.metadata import entry_points  # slow to import, and most builds have no such counter

    found = entry_points(group=GROUP, name=scheme)
    if len(found) > 1:
        names = ", ".join(sorted(_distribution(point) for point in found))
        raise ConfigError(
            what=f"more than one distribution brings counters for {scheme}: {names}", fix="uninstall all but one"
        )
    if not found:
        near = difflib.get_close_matches(scheme, _OWN, n=1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise ConfigError(
            what=f"counter = {address(setting)!r}: no such kind of counter is installed.{meant}",
            fix=f"{_FIX}; for another kind, its distribution among requires of [build-system]",
        )
    (point,) = found
    try:
        make: Callable[[str, Surroundings], Counter] = point.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            what=f"the counter of {_distribution(point)} can't be loaded: {error}",
            fix=f"pip install --force-reinstall {_distribution(point)}, or ask its makers",
        ) from error
    return make


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value
