"""Profiles of index software: what each does with an upload, and how each is recognized. The data is profiles.json.

A cell that no source confirms is absent there, so ``unknown``, and a verdict that rests on it is unknown too; so is one
that rests on a cell that depends on what can't be seen. "Tried" means: with twine and uv, by the tests of
``uniqver check``.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Profile(NamedTuple):
    """How one kind of index treats uploads, and how it shows itself."""

    key: str
    """What ``--rules`` calls it."""
    name: str
    """What people call it."""
    deletion: str
    """How a version is deleted there, for people; ``{project}`` and ``{version}`` are filled in."""
    source: str
    """Where all of this comes from, and when it was read or tried."""
    rules: Literal["pypi", "names", "unknown"] = "names"
    """``pypi``: all of PyPI's rules. ``names``: only that a name, once taken, stays taken. ``unknown``: nobody knows."""
    same: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    """What the same bytes under a name that it has get; ``depends``: on a setting or a version that it doesn't show."""
    other: Literal["refused", "replaced", "depends", "unknown"] = "unknown"
    """What other bytes under a name that it has get."""
    local: Literal["accepted", "refused", "depends", "unknown"] = "unknown"
    """What a local version gets."""
    deleted: Literal["taken", "free", "unknown"] = "unknown"
    """What the name of a deleted file is."""
    quota: int | None = None
    """Bytes of all files of a project, unless a project's was raised; ``None`` if there is none that is known."""
    hosts: str = ""
    """A pattern for the whole host of its URL."""
    paths: str = ""
    """A pattern for a part of its URL's path."""
    headers: Sequence[str] = ()
    """Response headers, any of which shows it; ``name: start`` asks for the start of the value too. Lower case."""

    def is_shown(self, host: str, path: str, sent: Sequence[str]) -> bool:
        """Whether an index at ``host`` and ``path`` that sent these headers shows that it is of this kind."""
        wanted = [header if ": " in header else f"{header}:" for header in self.headers]
        return (
            any(line.startswith(header) for header in wanted for line in sent)
            or (bool(self.hosts) and re.fullmatch(self.hosts, host, re.IGNORECASE) is not None)
            or (bool(self.paths) and re.search(self.paths, path) is not None)
        )


def _read() -> dict[str, Profile]:
    text = resources.files("uniqver.index").joinpath("profiles.json").read_text(encoding="utf-8")
    return {key: Profile(key=key, **row) for key, row in json.loads(text).items()}


PROFILES: Mapping[str, Profile] = _read()
"""All profiles by key."""
PYPI, DEVPI, PYPISERVER, UNRECOGNIZED = (PROFILES[key] for key in ("pypi", "devpi", "pypiserver", "unknown"))
CHOICES = tuple(key for key in PROFILES if key != UNRECOGNIZED.key)
"""What ``--rules`` takes."""


def recognize(url: str, headers: Mapping[str, str], body: bytes, project: str) -> Profile:
    """Return the profile of the index that answered from ``url``; :data:`UNRECOGNIZED` if it doesn't show itself.

    By what it sends, or by host and path. PyPI comes last, since a mirror (devpi) passes its headers on. pypiserver has
    no header: it's known by its own two pages for a project, the 404 and the list of links (tried with 2.4.2).
    """
    parts = urlsplit(url)
    sent = [f"{name}: {value}".lower() for name, value in headers.items()]
    others = (profile for profile in PROFILES.values() if profile is not PYPI)
    found = next((profile for profile in others if profile.is_shown(parts.hostname or "", parts.path, sent)), None)
    if found is not None:
        return found
    if _is_pypiserver(body[:4096], project):
        return PYPISERVER
    return PYPI if PYPI.is_shown(parts.hostname or "", parts.path, sent) else UNRECOGNIZED


def _is_pypiserver(start: bytes, project: str) -> bool:
    missing = f"<pre>Not Found ({project} does not exist)".encode()
    links = f"<title>Links for {project}</title>".encode()
    viewport = b'<meta name="viewport"'
    return missing in start or (links in start and viewport in start and b"pypi:repository-version" not in start)
