"""Edits of Python code, setup.py and the package's own: the version goes, the rest stays as it was written. Pure."""

from __future__ import annotations

import ast
import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from uniqver.cli.init.changes import lines
from uniqver.errors import ProjectError

if TYPE_CHECKING:
    Span = tuple[int, int]

_VERSION_KEYWORDS = ("version", "use_scm_version", "setuptools_git_versioning", "version_config")
_COMMANDS = {"get_cmdclass", "get_cmdclasses"}
"""How versioneer and versioningit give their command classes."""
_TOOLS = frozenset({"versioneer", "versioningit", "setuptools_scm", "setuptools_git_versioning", "vcs_versioning"})

_VERSIONEER = re.compile(
    r"^from (?:\. import _version|\._version import get_versions)\n+"
    r"__version__ = (?:_version\.)?get_versions\(\)\[.version.\](?:\n+del get_versions)?$",
    re.MULTILINE,
)


class SetupScript(NamedTuple):
    """A setup.py, as far as it concerns the version."""

    version: str | None
    """A version written out in it."""
    keywords: frozenset[str]
    """Keywords of ``setup()``."""
    imports: frozenset[str]
    """Top-level modules that it imports."""


def read_setup_script(text: str) -> SetupScript:
    """Return what a setup.py (empty text: none) declares. Raises :class:`ProjectError` if it is not valid Python."""
    tree = _parsed(text)
    keywords = {keyword.arg: keyword.value for keyword in _keywords(tree) if keyword.arg}
    version = keywords.get("version")
    literal = version.value if isinstance(version, ast.Constant) else None
    return SetupScript(
        version=literal if isinstance(literal, str) else None,
        keywords=frozenset(keywords),
        imports=frozenset().union(*map(_imported, ast.walk(tree))),
    )


def setup_script_without_version(text: str) -> str:
    """Return a setup.py without what gives a version: keywords, command classes of version tools, their imports.

    Raises :class:`ProjectError` for command classes that are mixed in a way that can't be taken apart.
    """
    spans: list[tuple[Span, bytes]] = []
    source = text.encode()
    starts = list(accumulate(map(len, source.splitlines(keepends=True)), initial=0))
    for keyword in _keywords(_parsed(text)):
        if keyword.arg in _VERSION_KEYWORDS:
            spans.append((_with_comma(source, _span(keyword, starts)), b""))
        elif keyword.arg == "cmdclass":
            spans += _command_classes(keyword, source, starts)
        elif keyword.arg == "setup_requires" and _only_version_tools(keyword.value):
            spans.append((_with_comma(source, _span(keyword, starts)), b""))  # [build-system] has what the build needs
    for (start, end), replacement in sorted(spans, reverse=True):
        source = source[:start] + replacement + source[end:]
    return _without_unused_imports(source.decode())


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


def literal_version(text: str) -> str | None:
    """Return the value of a top-level ``__version__ = "…"``, or ``None``."""
    found = _assignment(text)
    return None if found is None else found[1]


def package_with_import(text: str, module: str = "_version") -> str:
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
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if names == ["__version__"] and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return node, node.value.value
    return None


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise ProjectError(
            what=f"setup.py can't be read: {error}", fix="correct setup.py, then run uniqver init again"
        ) from error


def _keywords(tree: ast.Module) -> list[ast.keyword]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [keyword for call in calls if _name_of(call.func) == "setup" for keyword in call.keywords]


def _name_of(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _imported(node: ast.AST) -> set[str]:
    """Return the top-level modules that an import statement imports."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {(node.module or "").partition(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def _command_classes(keyword: ast.keyword, source: bytes, starts: list[int]) -> list[tuple[Span, bytes]]:
    value = keyword.value
    if not isinstance(value, ast.Call) or _name_of(value.func) not in _COMMANDS:
        if any(isinstance(node, ast.expr) and _name_of(node) in _COMMANDS for node in ast.walk(value)):
            raise ProjectError(
                what="setup.py mixes the command classes of its version tool with others",
                fix="take get_cmdclass() out of cmdclass in setup.py, then run uniqver init again",
            )
        return []
    if not value.args:
        return [(_with_comma(source, _span(keyword, starts)), b"")]
    start, end = _span(value.args[0], starts)
    return [(_span(value, starts), source[start:end])]


def _only_version_tools(value: ast.expr) -> bool:
    items = value.elts if isinstance(value, ast.List) else []
    names = [str(item.value).replace("-", "_") for item in items if isinstance(item, ast.Constant)]
    return bool(names) and all(name.startswith(tuple(_TOOLS)) for name in names)


def _span(node: ast.keyword | ast.expr, starts: list[int]) -> Span:
    """Return the byte offsets of a node: ``ast`` counts columns in UTF-8 bytes."""
    assert node.end_lineno is not None and node.end_col_offset is not None  # noqa: S101, PT018  set by ast.parse
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def _with_comma(source: bytes, span: Span) -> Span:
    """Widen a span over the comma after it, and over whole lines if nothing else is on them."""
    start, end = span
    rest = source[end:]
    stripped = rest.lstrip(b" \t")
    if stripped.startswith(b","):
        end += len(rest) - len(stripped) + 1
        end += len(source[end:]) - len(source[end:].lstrip(b" \t"))
    line = source.rfind(b"\n", 0, start) + 1
    if not source[line:start].strip() and source[end : end + 1] == b"\n":
        return line, end + 1
    return start, end


def _without_unused_imports(text: str) -> str:
    tree = _parsed(text)
    rows = lines(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in reversed(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            if _imported(node) <= _TOOLS and not names & used:
                del rows[node.lineno - 1 : node.end_lineno]
    return "".join(rows)
