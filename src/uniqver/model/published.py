"""Versions that are published already: the highest number of each series, and the next free version. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping


def add_number(highest: dict[tuple[str, str], int], version: Version) -> None:
    """Note the number of ``version`` in ``highest``, by series of published versions."""
    before, number, after = _counted(version)
    highest[before, after] = max(number, highest.get((before, after), number))


def next_free(version: Version, highest: Mapping[tuple[str, str], int]) -> Version:
    """Return the lowest version of the same kind above ``version`` and all published of its series.

    The last number grows: ``dev``, else ``post``, else the pre-release's, else the third component of the release. A local part,
    which makes nothing unique on an index, is dropped.
    """
    before, number, after = _counted(version)
    return Version(f"{before}{max(number, highest.get((before, after), 0)) + 1}{after}")


def _counted(version: Version) -> tuple[str, int, str]:
    """Return the text before the last number, that number, and the rest; ``1.4`` is of ``1.4.0``'s series."""
    major, minor, patch, *rest = version.release + (0,) * (3 - len(version.release))
    line, tail = f"{version.epoch}!{major}.{minor}.", "".join(f".{part}" for part in rest)
    text = version.public.removeprefix(version.base_version)
    kind = text.rstrip("0123456789")
    return (f"{line}{patch}{tail}{kind}", int(text[len(kind) :]), "") if kind else (line, patch, tail)
