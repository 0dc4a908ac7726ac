"""The file finder for ``sdist-files = "tracked"``; and how setuptools-scm's is kept out.

setuptools asks every installed one in every build ("Adding Support for Revision Control Systems"); this one answers only a
hook of uniqver in the same process.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from uniqver.backend.environment import set_variables

_IGNORED_ROOTS = "SETUPTOOLS_SCM_IGNORE_VCS_ROOTS"

_asked: list[Callable[[], list[str]]] = []
"""The innermost :func:`finding` last."""


def find_files(directory: str = "") -> list[str]:
    """Return the files of an sdist."""
    if not _asked or directory not in {"", os.curdir}:
        return []
    return [os.path.normpath(name) for name in _asked[-1]()]


@contextlib.contextmanager
def finding(list_files: Callable[[], list[str]]) -> Iterator[None]:
    """Answer with the files that ``list_files`` returns."""
    _asked.append(list_files)
    try:
        yield
    finally:
        _asked.pop()


@contextlib.contextmanager
def setuptools_scm_finds_nothing(project: Path) -> Iterator[None]:
    """Have setuptools-scm's file finder skip all repositories that ``project`` may lie in: sdists are the same without it."""
    roots = [os.environ.get(_IGNORED_ROOTS, ""), *(os.path.normcase(path) for path in (project, *project.parents))]
    with set_variables({_IGNORED_ROOTS: os.pathsep.join(filter(None, roots))}):
        yield
