"""Takes away what an older build left behind where setuptools would build on it."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from uniqver.project.pyproject import normalized

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uniqver.project.pyproject import Project

_SUFFIX = ".egg-info"


def forget_old_manifest(project: Project) -> None:
    """Delete the project's ``.egg-info/SOURCES.txt``: setuptools makes it anew, but adds all that the old one lists.

    So what an sdist holds would depend on what was built in this tree before. An unpacked sdist keeps it: there
    it is what setuptools knows the files by (setuptools, "Controlling files in the distribution").
    """
    if project.name is None or (project.directory / "PKG-INFO").exists():
        return
    for directory in _egg_infos(project.directory, deeper=True):
        if normalized(directory.name.removesuffix(_SUFFIX)) == project.normalized_name:
            with contextlib.suppress(OSError):  # there is none, or it is read-only: then it is as it was
                (directory / "SOURCES.txt").unlink()


def _egg_infos(directory: Path, *, deeper: bool) -> Iterator[Path]:
    """Yield the ``.egg-info`` folders in ``directory``, and those one level deeper: setuptools puts it beside packages."""
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIX):
                yield directory / entry.name
            elif deeper and not entry.name.startswith(".") and entry.is_dir():
                yield from _egg_infos(directory / entry.name, deeper=False)
