"""Sample projects in git work trees."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.run import git

PACKAGES = Path(__file__).parent.parent / "packages"

DEMO = """\
[build-system]
requires = ["uniqver"]
build-backend = "uniqver.build_meta"

[project]
name = "demo"
dynamic = ["version"]
"""
"""The pyproject.toml of a project called demo, open at the end for more tables."""

NAMES = tuple(path.name for path in sorted(PACKAGES.iterdir()) if (path / "pyproject.toml").exists())


def copied(sample: str, into: Path) -> Path:
    """Copy a sample project, without git."""
    return Path(shutil.copytree(PACKAGES / sample, into / sample))


def committed(project: Path, *, tag: str | None = "v1.4.0", commits_after: int = 1) -> Path:
    """Make a repository of a project: one commit, ``tag`` on it, and empty commits after it."""
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "First")
    if tag is not None:
        git(project, "tag", tag)
    for count in range(commits_after):
        git(project, "commit", "-q", "--allow-empty", "-m", f"Change {count}")
    return project
