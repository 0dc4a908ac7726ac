"""Stale files: artifacts in a folder that are of another version than the last build. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.dists.artifact import parse_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version


def stale(filenames: Iterable[str], project: str, last: Version) -> list[str]:
    """Return those of ``filenames`` (a folder's) that are ``project``'s, but of another version than ``last``."""
    names = filter(None, map(parse_name, filenames))
    return sorted(name.filename for name in names if name.project == project and name.version != last)
