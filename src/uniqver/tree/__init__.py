"""The project's files: what pyproject.toml says, an sdist's PKG-INFO, and the version file."""

from uniqver.tree.leftovers import forget_old_manifest
from uniqver.tree.project import Project, frozen_version, read_project
from uniqver.tree.version_file import find_version_file, needs_writing, write_version_file

__all__ = [
    "Project",
    "find_version_file",
    "forget_old_manifest",
    "frozen_version",
    "needs_writing",
    "read_project",
    "write_version_file",
]
