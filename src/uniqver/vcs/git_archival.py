"""``.git_archival.txt``, which ``git archive`` (and so a code host's tarball) fills in: the tree's commit and nearest tag.

The file is setuptools-scm's ("Git archives"): ``export-subst`` in .gitattributes has git expand its ``$Format:…$``.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from uniqver.files import read_text
from uniqver.vcs import GitState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = ".git_archival.txt"

MOST_BYTES = 64 * 1024
"""The file has some 300 bytes; more is none of git's."""

_DESCRIBED = re.compile(r"(?P<tag>.+?)(?:-(?P<distance>[0-9]{1,18})-g(?P<node>[0-9a-f]+))?(?:-dirty)?")


def read_archive(top: Path, accepts: Callable[[str], bool]) -> GitState | None:
    """Return what the archive at ``top`` tells, or ``None`` if it is none, or git has not filled in the file.

    ``accepts`` takes the tags that name releases.
    """
    try:
        text = read_text(top / NAME, "replace", MOST_BYTES)
    except OSError:
        return None
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}
    commit = fields.get("node", "")
    if re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", commit) is None:
        return None
    described = _DESCRIBED.fullmatch(fields.get("describe-name", ""))
    tag = described["tag"] if described is not None and accepts(described["tag"]) else None
    distance = int(described["distance"] or 0) if described is not None and tag is not None else 0
    refs = re.findall(r"tag: ([^,\s]+)", fields.get("ref-names", ""))
    here = [name for name in refs if accepts(name)]
    if here and (tag is None or distance > 0):
        tag, distance = here[0], 0
    on_tag = tag is not None and distance == 0
    return GitState(
        commit=commit,
        commit_time=_seconds(fields.get("node-date", "")),
        branch=None,
        tag=tag,
        tags=() if tag is None else tuple(sorted({tag, *here})) if on_tag else (tag,),
        distance=distance,
        on_tag=on_tag,
        shallow=False,
        archive=True,
    )


def _seconds(date: str) -> int | None:
    """Return the seconds of a strict ISO 8601 date; ``None`` without an offset from UTC, which git never leaves out."""
    try:
        found = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", date))  # Python 3.10 knows no Z
        return None if found.tzinfo is None else int(found.timestamp())
    except (ValueError, OverflowError):
        return None
