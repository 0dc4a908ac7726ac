"""Changes of files: shown as a diff, written to disk."""

from __future__ import annotations

import difflib
import tokenize
from io import BytesIO, StringIO
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


def encoding_of(path: str, content: bytes) -> str:
    """Return how a file is encoded: Python's as its BOM or its first lines say (PEP 263), others in UTF-8."""
    try:
        return tokenize.detect_encoding(BytesIO(content).readline)[0] if path.endswith(".py") else "utf-8"
    except SyntaxError:
        return "utf-8"


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
    """Write each file below ``top``. A file keeps the line ends and the encoding that it has. Raises :class:`ProjectError`."""
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
    before = read_bytes(path) if path.exists() else b""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = text.replace("\n", "\r\n") if b"\r\n" in before else text
    path.write_bytes(text.encode(encoding_of(path.name, before)))
