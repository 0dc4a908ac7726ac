"""Writes a plan to disk: an edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from uniqver.cli.init.values import Change


def write_changes(top: Path, changes: Iterable[Change]) -> None:
    """Write each file. A file keeps the line ends that it has. Raises :class:`ProjectError`."""
    for change in changes:
        path = top / change.path
        try:
            if change.after is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, change.after)
        except OSError as error:
            raise ProjectError(
                what=f"{path} can't be written: {error.strerror}",
                fix="make it writable; git checkout . takes back what was written before it",
            ) from error


def _write(path: Path, text: str) -> None:
    windows = path.exists() and b"\r\n" in path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((text.replace("\n", "\r\n") if windows else text).encode())
