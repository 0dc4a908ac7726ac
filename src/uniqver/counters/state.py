"""The user's own state: the folder for it, and what this machine last saw of a shared counter."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.errors import CounterError
from uniqver.files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.counters.protocol import Stream


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return the folder for uniqver's state: by the XDG base directories, or the system's own custom.

    Never one that others can write. It may not exist yet; who makes it makes it private (0700). Raises
    :class:`CounterError` for a user without a home folder.
    """
    configured = environ.get("XDG_STATE_HOME", "")
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local") / "uniqver"
    # "All paths must be absolute. … a relative path … should be considered invalid and ignored." (XDG)
    if os.path.isabs(configured):  # noqa: PTH117
        return Path(configured, "uniqver")
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "uniqver"
    return _home() / ".local" / "state" / "uniqver"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:  # a container that runs as a user nobody knows
        raise CounterError(
            what="this user has no home folder, and the record of builds belongs there",
            fix="XDG_STATE_HOME=/a/folder/of/this/user   (an absolute path that is kept from build to build)",
        ) from error


class Memory:
    """The highest number seen of each stream of one shared store, so that one that was wiped is noticed.

    ``git push --mirror`` deletes the counter's ref, a Redis server without its file starts empty: both would give out
    number 1 again. A machine that has seen a higher number knows better. It is an aid, not the truth: if the folder
    can't be written (many CI machines start empty), nothing is remembered and nothing fails.
    """

    def __init__(self, state: Path, url: str, place: str) -> None:
        """Remember in the folder ``state``. ``url`` tells stores apart, ``place`` names this one to people."""
        name = re.sub("://.*@", "://", url.partition("?")[0])  # a new password does not make a new store
        self._path = state / "seen" / f"{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:32]}.json"
        self._place = place

    def highest(self, stream: Stream) -> int:
        """Return the highest number seen, or 0 if nothing is known. Ask before asking the store."""
        return self._read().get(str(stream), 0)

    def refuse_restart(self, stream: Stream, *, found: int, seen: int) -> None:
        """Raise ``CounterError`` if a store knows less than it did when it was last seen from here."""
        if found < seen:
            raise CounterError(
                what=f"{self._place} reports {found} as the highest number of {stream}, but {seen} was given out "
                "before: it was deleted, emptied or set back",
                fix=f"uniqver counter floor {seen}   (or take what is published: uniqver counter sync --index URL)",
            )

    def remember(self, stream: Stream, number: int) -> None:
        """Note that ``number`` was seen. Two at once may lose one of the notes, never garble the file."""
        seen = self._read()
        if number <= seen.get(str(stream), 0):
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(json.dumps({**seen, str(stream): number}))

    def _read(self) -> dict[str, int]:
        try:
            held: object = json.loads(read_text(self._path))
        except (OSError, ValueError):
            return {}
        if not isinstance(held, dict):
            return {}
        return {str(name): seen for name, seen in held.items() if isinstance(seen, int)}

    def _replace(self, text: str) -> None:
        scratch = self._path.with_name(f"{self._path.stem}.{os.urandom(8).hex()}.new")
        try:
            with os.fdopen(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(text)
            scratch.replace(self._path)
        finally:
            scratch.unlink(missing_ok=True)
