"""Edits of a package's own modules: the version goes, the rest stays as it was written. Pure."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from uniqver.cli.init.changes import lines
from uniqver.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSIONEER = re.compile(
    r"^from (?:\. import _version|\._version import get_versions)\n+"
    r"__version__ = (?:_version\.)?get_versions\(\)\[.version.\](?:\n+del get_versions)?$",
    re.MULTILINE,
)
_NAMES = re.compile(r"_{0,2}version(?:_string|_info|_tuple)?_{0,2}", re.IGNORECASE)
"""Names that hold a version by convention."""


class VersionPlace(NamedTuple):
    """An assignment that holds a version in a module of the package."""

    path: str
    line: int
    """From 1."""
    name: str
    version: str | None
    """The text; ``None`` for a tuple, and for what is computed from constants of the module."""
    is_text: bool = True
    """Whether the name stands for a text."""


def version_places(files: Mapping[str, str], name: str | None = None) -> Iterator[VersionPlace]:
    """Yield the top-level assignments of modules to ``name``, by default to what holds a version by convention."""
    for path, text in files.items():
        if path.endswith(".py") and path not in ("setup.py", "versioneer.py"):
            for node, found, value in _assignments(text):
                if found == name or (name is None and _NAMES.fullmatch(found)):
                    yield VersionPlace(path, node.lineno, found, value, not isinstance(node.value, ast.Tuple))


def package_without_versioneer(text: str, module: str = "_version") -> str:
    """Return an ``__init__.py`` with versioneer's lines replaced by an import from the version file.

    Raises :class:`ProjectError` if it calls versioneer's ``get_versions`` in another way.
    """
    text = _VERSIONEER.sub(f"from .{module} import __version__", text)
    if "get_versions" in text:
        raise ProjectError(
            what="__init__.py calls versioneer's get_versions() in a way of its own",
            fix=f"replace that with: from .{module} import __version__   then run uniqver init again",
        )
    return text


def literal_version(text: str, name: str = "__version__") -> str | None:
    """Return the value of a top-level ``__version__ = "…"``, or ``None``."""
    return next((value for _, found, value in _assignments(text) if found == name and value is not None), None)


def package_with_import(text: str, name: str = "__version__", *, source: str = "._version") -> str:
    """Return ``text`` with ``name = "…"`` replaced by an import from the version file ``source``."""
    found = next((node for node, found, _ in _assignments(text) if found == name), None)
    if found is None:
        return text
    rows = lines(text)
    end = "\n" if rows[(found.end_lineno or found.lineno) - 1].endswith("\n") else ""
    renamed = "" if name == "__version__" else f" as {name}"
    rows[found.lineno - 1 : found.end_lineno] = [f"from {source} import __version__{renamed}{end}"]
    return "".join(rows)


def _assignments(text: str) -> Iterator[tuple[ast.Assign | ast.AnnAssign, str, str | None]]:
    """Yield top-level assignments of a text to one name, or (with ``None``) of a tuple or of what constants make."""
    try:
        body = ast.parse(text.removeprefix("\ufeff")).body
    except (SyntaxError, ValueError):
        return
    for node in body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        value = node.value
        if len(names) == 1 and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield node, names[0], value.value
        elif len(names) == 1 and value is not None and (isinstance(value, ast.Tuple) or _is_fixed(value, body)):
            yield node, names[0], None


def _is_fixed(value: ast.expr, body: list[ast.stmt]) -> bool:
    """Tell whether an expression is made of constants of its module: ``".".join(VERSION)``, ``text_of(VERSION)``."""
    texts, tuples = (_assigned(body, kind) for kind in (ast.Constant, ast.Tuple))
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    loaded = {each.id for each in ast.walk(value) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    made = isinstance(value, ast.Call | ast.BinOp | ast.JoinedStr)
    return made and loaded <= {"str", "map", *texts, *tuples, *(functions if loaded & tuples else ())}


def _assigned(body: list[ast.stmt], kind: type[ast.expr]) -> set[str]:
    nodes = [node for node in body if isinstance(node, ast.Assign) and isinstance(node.value, kind)]
    return {target.id for node in nodes for target in node.targets if isinstance(target, ast.Name)}
