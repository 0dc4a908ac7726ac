"""What this machine last saw of a shared counter, so that one that was wiped is noticed.

``git push --mirror`` deletes the counter's ref, a Redis server without its file starts empty: both would hand
out number 1 again. A machine that has seen a higher number knows better. It is an aid, not the truth: where
the folder can't be written (many CI machines start empty) nothing is remembered and nothing fails.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from typing import TYPE_CHECKING

from uniqver.errors import CounterError

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.counters.protocol import Stream


class Memory:
    """The highest number seen of each stream of one store: a small JSON file of the user's own."""

    def __init__(self, folder: Path, place: str) -> None:
        """Remember in ``folder``, under a name made from the store's ``place`` (which has no credentials)."""
        self._path = folder / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.json"

    def highest(self, stream: Stream) -> int:
        """Return the highest number seen, or 0 where nothing is known. Ask before asking the store."""
        return self._read().get(str(stream), 0)

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
            held: object = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(held, dict):
            return {}
        return {str(name): seen for name, seen in held.items() if isinstance(seen, int)}

    def _replace(self, text: str) -> None:
        scratch = self._path.with_name(f"{self._path.stem}.{secrets.token_hex(8)}.new")
        try:
            with os.fdopen(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(text)
            scratch.replace(self._path)
        finally:
            scratch.unlink(missing_ok=True)


def refuse_restart(*, place: str, stream: Stream, found: int, seen: int) -> None:
    """Raise ``CounterError`` where a store knows less than it did when it was last seen from here."""
    if found >= seen:
        return
    raise CounterError(
        what=f"{place} says that the highest number of {stream} is {found}, but {seen} was handed out "
        "before: it was deleted, emptied or set back",
        fix=f"uniqver counter floor {seen}   (or take what is published: uniqver counter sync --index URL)",
    )
