"""Makes a package take its version from the version file, where it said it itself. Pure."""

from __future__ import annotations

import ast
import re

from uniqver.cli.init.text import lines
from uniqver.errors import ProjectError

_VERSIONEER = (
    re.compile(r"^from \. import _version\n+__version__ = _version\.get_versions\(\)\[.version.\]$", re.MULTILINE),
    re.compile(
        r"^from \._version import get_versions\n+__version__ = get_versions\(\)\[.version.\](?:\n+del get_versions)?$",
        re.MULTILINE,
    ),
)


def without_versioneer(text: str, module: str = "_version") -> str:
    """Return an ``__init__.py`` with versioneer's lines replaced by an import.

    Raises :class:`ProjectError` where it calls versioneer's ``get_versions`` in another way.
    """
    for pattern in _VERSIONEER:
        text = pattern.sub(f"from .{module} import __version__", text)
    if "get_versions" in text:
        raise ProjectError(
            what="__init__.py calls versioneer's get_versions() in a way of its own",
            fix=f"replace that with: from .{module} import __version__   then run uniqver init again",
        )
    return text


def literal_version(text: str) -> str | None:
    """Return the text that a top-level ``__version__ = "…"`` gives, or ``None``."""
    found = _assignment(text)
    return None if found is None else found[1]


def with_import(text: str, module: str = "_version") -> str:
    """Return ``text`` with ``__version__ = "…"`` replaced by an import from the version file."""
    found = _assignment(text)
    if found is None:
        return text
    node, _ = found
    rows = lines(text)
    end = "\n" if rows[(node.end_lineno or node.lineno) - 1].endswith("\n") else ""
    rows[node.lineno - 1 : node.end_lineno] = [f"from .{module} import __version__{end}"]
    return "".join(rows)


def _assignment(text: str) -> tuple[ast.stmt, str] | None:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        named = [target.id for target in targets if isinstance(target, ast.Name)]
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if named == ["__version__"] and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return node, value.value
    return None
