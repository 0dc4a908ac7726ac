"""PEP 440 arithmetic: tags and numbers become versions, and versions are taken apart again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.version import Version

from uniqver.errors import BaseVersionError
from uniqver.model import NamedTuple
from uniqver.model.decision import Segment

MAX_NUMBER = 2**63 - 1
"""uv refuses numbers of more than 64 bits, SQLite and PostgreSQL of more than 63."""

MAX_ATTEMPT = 99
"""GitHub allows 50; ``run * 100 + attempt`` must not run over."""

NODE_DIGITS = 12
"""Hex digits of a commit in a local part: git's own abbreviation differs between clones."""

_PRE_RELEASES = ("a", "b", "rc")

_OF_THE_TREE = r"(?i)[gjh][0-9a-f]{6,}|d?[0-9]{8}(?:[0-9]{6})?|d[0-9a-f]{12}|dirty|unknown"
"""Commit, date and changes in local parts of setuptools-scm's schemes, and ours."""


class Numbered(NamedTuple):
    """A version taken apart around the number that counts builds."""

    base: str
    """Normalized PEP 440."""
    segment: Segment
    number: int
    local: str | None
    """A variant of the build, like ``cu118``: without commit, date and changes."""


def release_of_tag(tag: str, prefix: str | None) -> Version | None:
    """Return the version that a tag names, or ``None``.

    Without a ``prefix``, a ``v`` may stand before the version; with one, ``_`` for dots (``rel_2_1_0b3``). Local parts and implicit
    post releases (``1.4.0-1``, how packages are counted) name no release.
    """
    text = tag.removeprefix("v" if prefix is None else prefix)
    if prefix is not None:
        text = text.replace("_", ".") if tag.startswith(prefix) else ""
    if not text[:1].isdigit() or re.search(r"\d-\d+$", text):
        return None
    version = version_of(text)
    return version if version is not None and version.local is None and fits(version) else None


def version_of(text: str) -> Version | None:
    """Return the version that ``text`` is by PEP 440, or ``None``."""
    try:
        return Version(text)
    except ValueError:  # InvalidVersion is one; Python's own, if a number has thousands of digits, is another
        return None


def releases(tags: Iterable[str], prefix: str | None) -> list[Version]:
    """Return the versions that ``tags`` name."""
    return [version for version in (release_of_tag(tag, prefix) for tag in tags) if version is not None]


def fitting_prefix(tags: Iterable[str], name: str | None) -> str | None:
    """Return the prefix under which most of ``tags`` name a version with a dot: one with the project's ``name`` if possible."""
    counts: dict[str, int] = {}
    for tag in tags:
        match = re.match(r"(.*?)[0-9]+[._][0-9]", tag)
        if match is not None and release_of_tag(tag, match[1]) is not None:
            counts[match[1]] = counts.get(match[1], 0) + 1
    own = [prefix for prefix in counts if name is not None and re.sub(r"[-_.]+", "-", prefix).lower().startswith(name)]
    return max(own or counts, key=counts.__getitem__, default=None)


def tags_above(tags: Iterable[str], prefix: str | None, version: Version | None) -> list[str]:
    """Return the tags of versions above ``version``; of all, without one."""
    named = ((tag, release_of_tag(tag, prefix)) for tag in tags)
    return [tag for tag, found in named if found is not None and (version is None or found > version)]


def is_release(version: Version) -> bool:
    """Tell whether a tag of this version is a release: ``X.dev0`` only starts a line."""
    return version.dev != 0


def fits(version: Version) -> bool:
    """Tell whether every number of ``version`` fits into 63 bits."""
    pre = version.pre[1] if version.pre else 0
    return max(version.epoch, *version.release, pre, version.post or 0, version.dev or 0) <= MAX_NUMBER


def compose(base: str, segment: Segment, number: int, *local: str | None) -> str:
    """Return ``base`` with ``number`` in ``segment`` and local parts; :func:`taken_apart` is the inverse.

    Raises :class:`BaseVersionError` for a number that doesn't fit in 63 bits.
    """
    if not 0 <= number <= MAX_NUMBER:
        raise BaseVersionError(
            what=f"the number {number} doesn't fit into a version (0 to {MAX_NUMBER})",
            fix="lower offset in [tool.uniqver], or the number that was provided",
        )
    if segment in _PRE_RELEASES:
        return with_local(f"{Version(base).base_version}{segment}{number}", *local)
    return with_local(f"{base}.{segment}{number}", *local)


def taken_apart(version: str) -> Numbered | None:
    """Return the parts of a version around its dev, post or pre-release number; ``None`` without one.

    Raises ``ValueError`` for what is not a PEP 440 version.
    """
    parsed = Version(version)
    local = kept_local(parsed.local)
    if parsed.dev is not None:
        return Numbered(parsed.public.rpartition(".dev")[0], "dev", parsed.dev, local)
    if parsed.post is not None:
        return Numbered(parsed.public.rpartition(".post")[0], "post", parsed.post, local)
    if parsed.pre is not None:
        phase, count = parsed.pre
        return Numbered(parsed.base_version, phase, count, local)
    return None


def series(base: str, segment: Segment) -> str:
    """Return the name of the series of numbers of ``base`` in ``segment``.

    Bases of equal versions share one: 2.0 and 2.0.0; with segment rc also 2.0rc1, as both lead to 2.0rc7.
    """
    version = Version(base)
    suffix = "" if segment in _PRE_RELEASES else str(version).removeprefix(version.base_version)
    release = re.sub(r"(\.0)+$", "", version.base_version)
    return release + ".0" * (2 - release.count(".")) + suffix


def local_part(commit: str, digest: str | None, *, letter: str = "g", dirty: bool = False) -> str:
    """Return the local part that names a tree: the commit, and its changes.

    ``letter``: PEP 440 strips leading zeros of digits. ``dirty``: changed, also without a ``digest``.
    """
    node = f"{letter}{commit[:NODE_DIGITS]}" if commit else "unknown"
    if digest is not None:
        return f"{node}.d{digest[:NODE_DIGITS]}"
    return f"{node}.dirty" if dirty else node


def with_local(version: str, *parts: str | None) -> str:
    """Add local parts to ``version``, which has none."""
    local = ".".join(filter(None, parts))
    return f"{version}+{local}" if local else version


def kept_local(local: str | None) -> str | None:
    """Return a local part without commit, date and changes, which are another tree's."""
    if local is None:
        return None
    return ".".join(part for part in local.split(".") if not re.fullmatch(_OF_THE_TREE, part)) or None


def has_changes(version: str) -> bool:
    """Tell whether the local part shows that the tree differed from its commit."""
    local = Version(version).local or ""
    return any(re.fullmatch(r"d[0-9a-f]+|dirty", part) for part in local.split("."))


def parse(version: str) -> Version:
    """Read a version of setuptools-scm's. Raises :class:`BaseVersionError`."""
    found = version_of(version)
    if found is None:
        raise BaseVersionError(
            what=f"setuptools-scm's schemes make {version[:60]!r}, which is not a PEP 440 version",
            fix="correct version_scheme, local_scheme or the tag",
        )
    return found
