"""The edge to the project that a check is made in: its index, and which version it built last."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from packaging.version import InvalidVersion, Version

from uniqver import config as settings
from uniqver.config.toml import TOMLDecodeError, loads
from uniqver.errors import ConfigError
from uniqver.project.pyproject import read_project
from uniqver.project.version_file import find_version_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What the folder that a check runs in knows. All of it may be missing."""

    index: str | None = None
    """``index`` in ``[tool.uniqver]``, or ``UNIQVER_INDEX``."""
    project: str | None = None
    """Normalized (PEP 503)."""
    last: Version | None = None
    """The version in the project's version file: its last build's."""


def look(directory: Path, environ: Mapping[str, str]) -> Surroundings:
    """Return what the project at ``directory`` knows.

    A folder without a project, or with one that doesn't use uniqver, is fine: files can be checked anywhere. Raises
    :class:`~uniqver.errors.UniqverError` where there's a ``[tool.uniqver]`` that can't be read.
    """
    if not directory.is_dir():
        raise ConfigError(what=f"there is no folder {directory}", fix="name the project's folder: -C DIR")
    try:
        project = read_project(directory)
    except ConfigError:
        if _uses_uniqver(directory):
            raise
        return Surroundings(index=settings.read({}, environ, project=None).index)
    config = settings.read(project.settings, environ, project=project.name)
    path = find_version_file(project, config.version_file)
    return Surroundings(
        index=config.index, project=project.normalized_name, last=None if path is None else _written_version(path)
    )


def _uses_uniqver(directory: Path) -> bool:
    try:
        tool = loads((directory / "pyproject.toml").read_text(encoding="utf-8")).get("tool")
    except (OSError, UnicodeDecodeError, TOMLDecodeError):
        return False
    return isinstance(tool, dict) and "uniqver" in tool


def _written_version(path: Path) -> Version | None:
    """Return the literal that the version file gives ``__version__``; ``None`` where there's none."""
    try:
        statements = ast.parse(path.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return None
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
            if "__version__" in names:
                return _version(cast("object", statement.value.value))
    return None


def _version(value: object) -> Version | None:
    try:
        return Version(value) if isinstance(value, str) else None
    except InvalidVersion:
        return None
