"""Puts another number into a version that a scheme of setuptools-scm made. Pure.

A scheme may make whatever it likes of tag and distance; two forms have a number that counts builds (setuptools-scm,
"Extending": ``guess-next-dev``, ``no-guess-dev`` and the calendar end in a dev number, ``post-release`` in a
post number). Everything before that number is the base, and stays as the scheme made it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import InvalidVersion, Version

from uniqver.errors import BaseVersionError

if TYPE_CHECKING:
    from uniqver.model.decision import Segment

_OF_THE_TREE = r"(?i)[gjh][0-9a-f]{6,}|d?[0-9]{8}(?:[0-9]{6})?|dirty|unknown"
"""Parts of a local version that setuptools-scm's own local schemes make: commit, date of the build, dirtiness."""


class Numbered(NamedTuple):
    """A version taken apart around the number that counts builds."""

    base: str
    """Normalized PEP 440: what stands before the number's segment."""
    segment: Segment
    number: int
    local: str | None
    """What the local part says besides commit, date and dirtiness: a variant of the build, like ``cu118``."""


def taken_apart(version: str) -> Numbered | None:
    """Return the parts of a version, or ``None`` where it has neither a dev nor a post number.

    Raises :class:`BaseVersionError` for what is no PEP 440 version.
    """
    parsed = parse(version)
    if parsed.dev is not None:
        base, _, _ = parsed.public.rpartition(".dev")
        return Numbered(base=base, segment="dev", number=parsed.dev, local=kept_local(parsed.local))
    if parsed.post is not None:
        base, _, _ = parsed.public.rpartition(".post")
        return Numbered(base=base, segment="post", number=parsed.post, local=kept_local(parsed.local))
    return None


def parse(version: str) -> Version:
    """Read a version that setuptools-scm made. Raises :class:`BaseVersionError` for what is none."""
    try:
        return Version(version)
    except InvalidVersion:
        raise BaseVersionError(
            what=f"setuptools-scm's schemes make {version[:60]!r}, which is no PEP 440 version",
            fix="correct version_scheme, local_scheme or the tag",
        ) from None


def kept_local(local: str | None) -> str | None:
    """Return what stays of a local part: not what tells commit, date or dirtiness, for which the number stands."""
    if local is None:
        return None
    return ".".join(part for part in local.split(".") if not re.fullmatch(_OF_THE_TREE, part)) or None


def joined_local(*parts: str | None) -> str | None:
    """Return one local part of several."""
    return ".".join(part for part in parts if part) or None


def no_number(version: str, scheme: str) -> BaseVersionError:
    """Return the error for a scheme whose versions have no number that could be replaced."""
    return BaseVersionError(
        what=f"setuptools-scm's version_scheme {scheme} makes {version}, which has neither a dev nor a post number: "
        "every build of this line would get it",
        fix='version_scheme = "guess-next-dev" in [tool.setuptools_scm]; or pin this build: UNIQVER_VERSION=1.4.1.dev1',
    )
