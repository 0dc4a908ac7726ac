"""Finds and writes the version file, ``<package>/_version.py``."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Literal

from uniqver.errors import ProjectError

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
    from pathlib import Path

    from uniqver.project.pyproject import Project

NAME = "_version.py"

_GENERATED = r"(?i)generated|do not edit|don't (?:change|edit)|automatically"
_VERSION_NAMES = r"(?i)_*(?:version|version_tuple|version_info|commit_id|build|all|author|date)_*"


def find_version_file(project: Project, setting: str | Literal[False] | None) -> Path | None:
    """Return where the version file belongs, or ``None`` where the project has none.

    ``setting`` is the key ``version-file``. Without it, a project that configures setuptools-scm has the version
    file that it configures there, and no second one. Raises :class:`ProjectError` where it names a folder that isn't
    there or a path that can't be written.
    """
    if setting is False:
        return None
    if setting is None and project.scm is not None:
        return None
    if setting is None:
        package = next(_packages_of_the_name(project), None)
        return None if package is None else _usable(package / NAME)
    path = project.directory / setting
    if not path.parent.is_dir():
        raise ProjectError(
            what=f"version-file = {setting!r}: there is no folder {path.parent.relative_to(project.directory)}",
            fix='name a file in one of the project\'s packages: version-file = "src/NAME/_version.py", or false for none',
        )
    return _usable(path)


def needs_writing(path: Path, text: str) -> bool:
    """Tell whether the file at ``path`` differs from ``text``.

    Raises :class:`ProjectError` where it holds something that a person wrote and that would be lost.
    """
    try:
        return _replaceable_text(path) != text.encode()
    except FileNotFoundError:
        return True


def refuse_to_lose(path: Path) -> None:
    """Raise :class:`ProjectError` where the file at ``path`` can't be read, or holds what a person wrote."""
    with contextlib.suppress(FileNotFoundError):
        _replaceable_text(path)


def write_version_file(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in one step: readers see the old file or the new one, never a part."""
    scratch = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    try:
        with os.fdopen(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666), "wb") as file:
            file.write(text.encode())
        scratch.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def says_version(path: Path, version: str) -> bool:
    """Tell whether the version file at ``path`` was written by uniqver for ``version``."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return _is_ours(text) and f'__version__ = version = "{version}"\n' in text


def _replaceable_text(path: Path) -> bytes:
    """Return what stands in the file, where nothing is lost with it."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from error
    if not _replaceable(text.decode("utf-8", "replace")):
        raise ProjectError(
            what=f"{path} holds more than a version, and would be overwritten",
            fix=f'move its code elsewhere and delete the file {path}; or set version-file = "…" (or false) in [tool.uniqver]',
        )
    return text


def _usable(path: Path) -> Path:
    if path.is_dir():
        raise ProjectError(
            what=f"{path} is a directory, and the version file belongs there",
            fix='rename that directory, or set version-file = "…" (or false) in [tool.uniqver]',
        )
    return path


def _unwritable(path: Path, error: OSError) -> ProjectError:
    return ProjectError(
        what=f"{path} can't be written: {error.strerror}",
        fix="make its folder writable for this user (with space on the disk), or set version-file = false in [tool.uniqver]",
    )


def _replaceable(text: str) -> bool:
    """Tell whether nothing is lost with the old file: generated, or only names that hold versions."""
    if _is_ours(text) or re.search(_GENERATED, text[:2000]):
        return True
    import ast  # only where somebody wrote the file

    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return all(_only_says_version(node) for node in body)


def _is_ours(text: str) -> bool:
    from uniqver.model.version_file import MARK  # a hook that only finds the file reads none

    return MARK in text


def _only_says_version(node: ast.stmt) -> bool:
    import ast

    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return bool(targets) and all(isinstance(t, ast.Name) and re.fullmatch(_VERSION_NAMES, t.id) for t in targets)


def _packages_of_the_name(project: Project) -> Iterator[Path]:
    """Yield the folders that are packages named like the project: ``acme-tools`` is acme_tools or acme/tools."""
    if project.name is None:
        return
    parts = re.split(r"[-_.]+", project.name)
    for top in (project.directory / root for root in project.package_roots):
        for words in (parts, [part.lower() for part in parts]):
            for path in (top / "_".join(words), top.joinpath(*words)):
                if (path / "__init__.py").is_file():
                    yield path
