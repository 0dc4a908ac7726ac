"""Edits of a package's own modules: the version goes, the rest stays as it was written. Pure."""

from __future__ import annotations

import ast
import re
from itertools import takewhile
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
    """The text; of a tuple its numbers, with dots; ``None`` for what is computed from constants of the module."""
    is_text: bool = True
    """Whether the name stands for a text."""


def version_places(files: Mapping[str, str], name: str | None = None) -> Iterator[VersionPlace]:
    """Yield the top-level assignments of modules to ``name``, by default to what holds a version by convention."""
    for path, text in files.items():
        if path.endswith(".py") and path not in ("setup.py", "versioneer.py"):
            for node, names, value in _assignments(text):
                for found in names:
                    if found == name or (name is None and _NAMES.fullmatch(found)):
                        yield VersionPlace(path, node.lineno, found, value, not isinstance(node.value, ast.Tuple))


def imported_as(text: str, name: str) -> tuple[int, str, str] | None:
    """Return what a module's top-level ``from … import name`` imports: dots before the module, module, name."""
    for node in _parsed(text):
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            if name == (alias.asname or alias.name) and isinstance(node, ast.ImportFrom):
                return node.level, node.module or "", alias.name
    return None


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


def package_with_import(text: str, name: str = "__version__", *, source: str = "._version") -> str:
    """Return ``text`` with ``name = "…"`` replaced by an import from the version file ``source``."""
    node, names = next(((node, names) for node, names, _ in _assignments(text) if name in names), (None, ()))
    if node is None:
        return text
    rows = lines(text)
    end = "\n" if rows[(node.end_lineno or node.lineno) - 1].endswith("\n") else ""
    imported = ", ".join("__version__" if each == "__version__" else f"__version__ as {each}" for each in names)
    rows[node.lineno - 1 : node.end_lineno] = [f"from {source} import {imported}{end}"]
    return "".join(rows)


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text.removeprefix("\ufeff")).body
    except (SyntaxError, ValueError):
        return []


def _assignments(text: str) -> Iterator[tuple[ast.Assign | ast.AnnAssign, tuple[str, ...], str | None]]:
    """Yield top-level assignments to names: of a text, of a tuple (its numbers), of what constants make (``None``)."""
    body = _parsed(text)
    for node in body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = tuple(target.id for target in targets if isinstance(target, ast.Name))
        value = node.value
        if value is None or len(names) != len(targets):
            continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield node, names, value.value
        elif isinstance(value, ast.Tuple):
            parts = [str(each.value) for each in value.elts if isinstance(each, ast.Constant)]
            yield node, names, ".".join(takewhile(str.isdecimal, parts)) or None
        elif _is_fixed(value, body):
            yield node, names, None


def _is_fixed(value: ast.expr, body: list[ast.stmt]) -> bool:
    """Tell whether an expression is made of constants of its module: ``".".join(VERSION)``, ``text_of(VERSION)``."""
    tuples = _assigned(body, ast.Tuple)
    known = {"str", "map", *tuples, *_assigned(body, ast.Constant)}
    for node in body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.BinOp | ast.JoinedStr)
            and _made_of(node.value, known)
        ):
            known |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    return _made_of(value, known) or (
        _made_of(value, known | functions) and not _made_of(value, (known | functions) - tuples)
    )


def _made_of(value: ast.expr, known: set[str]) -> bool:
    names = [each for each in ast.walk(value) if isinstance(each, ast.Name)]
    loaded = {each.id for each in names} - {each.id for each in names if isinstance(each.ctx, ast.Store)}
    return isinstance(value, ast.Call | ast.BinOp | ast.JoinedStr) and loaded <= known


def _assigned(body: list[ast.stmt], kind: type[ast.expr]) -> set[str]:
    nodes = [node for node in body if isinstance(node, ast.Assign) and isinstance(node.value, kind)]
    return {target.id for node in nodes for target in node.targets if isinstance(target, ast.Name)}
