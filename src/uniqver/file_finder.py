"""The file finder that setuptools asks (entry point ``setuptools.file_finders``), for ``sdist-files = "tracked"``.

setuptools asks every installed one in every build ("Adding Support for Revision Control Systems"); this one has an
answer only while a hook of uniqver says so, in the same process.
"""

from __future__ import annotations

import contextlib
import os
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_list_files: ContextVar[Callable[[], list[str]] | None] = ContextVar("uniqver_list_files", default=None)


def find_files(directory: str = "") -> list[str]:
    """Return the files that belong into an sdist, from ``directory`` (setuptools asks for ``""``: here) on."""
    list_files = _list_files.get()
    if list_files is None or directory not in {"", os.curdir}:
        return []
    return [os.path.normpath(name) for name in list_files()]


@contextlib.contextmanager
def finding(list_files: Callable[[], list[str]]) -> Iterator[None]:
    """While this lasts, setuptools is told the files that ``list_files`` returns; it is asked when setuptools asks."""
    token = _list_files.set(list_files)
    try:
        yield
    finally:
        _list_files.reset(token)
