"""Changes of files: shown as a diff, written to disk."""

from __future__ import annotations

import difflib
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from uniqver.errors import ProjectError
from uniqver.files import leaves, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class FileChange(NamedTuple):
    """The old and the new text of one file, with ``\\n`` for line ends."""

    path: str
    """From the repository's top, with forward slashes."""
    before: str | None
    """``None``: there is no such file."""
    after: str | None
    """``None``: it is deleted."""


def lines(text: str) -> list[str]:
    """Return the lines of ``text``, split at ``\\n`` alone: :meth:`str.splitlines` also splits at form feeds."""
    return StringIO(text).readlines()


def as_diff(changes: Iterable[FileChange]) -> str:
    """Return the unified diff of all changes, as ``git apply`` takes it."""
    return "".join(line for change in changes for line in _diff(change))


def _diff(change: FileChange) -> Iterator[str]:
    old = "/dev/null" if change.before is None else f"a/{change.path}"
    new = "/dev/null" if change.after is None else f"b/{change.path}"
    yield f"diff --git a/{change.path} b/{change.path}\n"
    if change.before is None:
        yield "new file mode 100644\n"
    if change.after is None:
        yield "deleted file mode 100644\n"
    for line in difflib.unified_diff(lines(change.before or ""), lines(change.after or ""), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def write_changes(top: Path, changes: Iterable[FileChange]) -> None:
    """Write each file below ``top``. A file keeps the line ends that it has. Raises :class:`ProjectError`."""
    for change in changes:
        path = top / change.path
        if leaves(path, top):
            raise ProjectError(
                what=f"{path} leads out of the project by a symbolic link, and nothing is written there",
                fix="replace the link by what it leads to",
            )
        try:
            if change.after is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, change.after)
        except OSError as error:
            raise ProjectError(
                what=f"{path} can't be written: {error.strerror}",
                fix="make it writable; git checkout . restores what was changed before it",
            ) from error


def _write(path: Path, text: str) -> None:
    windows = path.exists() and b"\r\n" in read_bytes(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((text.replace("\n", "\r\n") if windows else text).encode())
