"""The next version that is free, as far as an index shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Series(NamedTuple):
    """Versions that differ only in their last number."""

    before: str
    after: str


def next_free(version: Version, listed: Iterable[Version]) -> Version:
    """Return the lowest version of ``version``'s own kind that sorts above it and above all ``listed`` of its series.

    The number that grows is the last one: ``dev``, else ``post``, else the pre-release's, else the third component
    of the release (the design's ``bump = "patch"``). A local part is dropped, since it makes nothing unique on an
    index. Yanked files count as listed: they still hold their names.
    """
    series, number = _split(version)
    taken = [number]
    for other in listed:
        its_series, its_number = _split(other)
        if its_series == series:
            taken.append(its_number)
    return Version(f"{series.before}{max(taken) + 1}{series.after}")


def _split(version: Version) -> tuple[_Series, int]:
    epoch = f"{version.epoch}!" if version.epoch else ""
    release = ".".join(map(str, _three(version.release)))
    pre = f"{version.pre[0]}{version.pre[1]}" if version.pre else ""
    post = f".post{version.post}" if version.post is not None else ""
    if version.dev is not None:
        return _Series(f"{epoch}{release}{pre}{post}.dev", ""), version.dev
    if version.post is not None:
        return _Series(f"{epoch}{release}{pre}.post", ""), version.post
    if version.pre is not None:
        return _Series(f"{epoch}{release}{version.pre[0]}", ""), version.pre[1]
    major, minor, patch, *rest = _three(version.release)
    tail = "".join(f".{part}" for part in rest)
    return _Series(f"{epoch}{major}.{minor}.", tail), patch


def _three(release: tuple[int, ...]) -> tuple[int, ...]:
    """Pad to three components, so that ``1.4`` and ``1.4.0`` are of one series."""
    return release + (0,) * (3 - len(release))
