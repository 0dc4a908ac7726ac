"""The next free version of a series, as the fix of a conflict. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable


def next_free(version: Version, listed: Iterable[Version]) -> Version:
    """Return the lowest version of ``version``'s own kind that sorts above it and above all ``listed`` of its series.

    The number that grows is the last one: ``dev``, else ``post``, else the pre-release's, else the third component
    of the release (as with ``bump = "patch"``). A local part is dropped, since it makes nothing unique on an index.
    Yanked files count as listed: they still hold their names.
    """
    before, number, after = _series(version)
    taken = [number]
    for other in listed:
        its_before, its_number, its_after = _series(other)
        if (its_before, its_after) == (before, after):
            taken.append(its_number)
    return Version(f"{before}{max(taken) + 1}{after}")


def _series(version: Version) -> tuple[str, int, str]:
    """Return the text before the last number, that number, and the text after it; ``1.4`` is of ``1.4.0``'s series."""
    major, minor, patch, *rest = version.release + (0,) * (3 - len(version.release))
    line, tail = f"{version.epoch}!{major}.{minor}.", "".join(f".{part}" for part in rest)
    text = version.public.removeprefix(version.base_version)
    kind = text.rstrip("0123456789")
    return (f"{line}{patch}{tail}{kind}", int(text[len(kind) :]), "") if kind else (line, patch, tail)
