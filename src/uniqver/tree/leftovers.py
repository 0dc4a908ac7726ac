"""Takes away what an older build left behind where setuptools would build on it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from uniqver.tree.project import normalized

if TYPE_CHECKING:
    from uniqver.tree.project import Project


def forget_old_manifest(project: Project) -> None:
    """Delete the project's ``.egg-info/SOURCES.txt``: setuptools makes it anew, but adds all that the old one lists.

    So what an sdist holds would depend on what was built in this tree before. An unpacked sdist keeps it: there
    it is what setuptools knows the files by (setuptools, "Controlling files in the distribution").
    """
    if project.name is None or (project.directory / "PKG-INFO").exists():
        return
    for pattern in ("*.egg-info/SOURCES.txt", "*/*.egg-info/SOURCES.txt"):
        for path in project.directory.glob(pattern):
            if normalized(path.parent.name.removesuffix(".egg-info")) == project.normalized_name:
                with contextlib.suppress(OSError):  # read-only: then it is as it was
                    path.unlink()
