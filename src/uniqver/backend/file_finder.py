"""The file finder that setuptools asks, for ``sdist-files = "tracked"``; and how setuptools-scm's is kept out.

setuptools asks every installed one (entry point ``setuptools.file_finders``) in every build ("Adding Support for
Revision Control Systems"); this one has an answer only while a hook of uniqver says so, in the same process.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from uniqver.backend.environment import set_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_IGNORED_ROOTS = "SETUPTOOLS_SCM_IGNORE_VCS_ROOTS"

_asked: list[Callable[[], list[str]]] = []
"""What lists the files, the innermost :func:`finding` last; empty while no hook of uniqver says so."""


def find_files(directory: str = "") -> list[str]:
    """Return the files that belong into an sdist, from ``directory`` (setuptools asks for ``""``: here) on."""
    if not _asked or directory not in {"", os.curdir}:
        return []
    return [os.path.normpath(name) for name in _asked[-1]()]


@contextlib.contextmanager
def finding(list_files: Callable[[], list[str]]) -> Iterator[None]:
    """While this lasts, setuptools is told the files that ``list_files`` returns; it is asked when setuptools asks."""
    _asked.append(list_files)
    try:
        yield
    finally:
        _asked.pop()


@contextlib.contextmanager
def setuptools_scm_finds_nothing(project: Path) -> Iterator[None]:
    """While this lasts, setuptools-scm's file finder finds nothing, so that an sdist is the same with and without it.

    It skips the repositories that the variable names: any that ``project`` may lie in.
    """
    roots = [os.environ.get(_IGNORED_ROOTS, ""), *(os.path.normcase(path) for path in (project, *project.parents))]
    with set_variables({_IGNORED_ROOTS: os.pathsep.join(filter(None, roots))}):
        yield
