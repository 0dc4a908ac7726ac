"""Takes keywords out of the ``setup()`` call of a setup.py, and leaves the rest as it was written. Pure."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uniqver.cli.init.text import lines
from uniqver.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION_KEYWORDS = ("version", "use_scm_version", "setuptools_git_versioning", "version_config")
_COMMANDS = {"versioneer": "get_cmdclass", "versioningit": "get_cmdclasses"}
_TOOLS = frozenset({"versioneer", "versioningit", "setuptools_scm", "setuptools_git_versioning", "vcs_versioning"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SetupPy:
    """A setup.py: what it says about the version."""

    version: str | None = None
    """A version written out in it."""
    keywords: frozenset[str] = frozenset()
    """Keywords of ``setup()``."""
    imports: frozenset[str] = frozenset()
    """Modules that it imports."""
    extensions: bool = False


def read(text: str) -> SetupPy:
    """Return what ``text`` says. Raises :class:`ProjectError` where it is no Python."""
    tree = _parsed(text)
    keywords = {keyword.arg: keyword.value for keyword in _keywords(tree) if keyword.arg}
    version = keywords.get("version")
    literal = version.value if isinstance(version, ast.Constant) else None
    return SetupPy(
        version=literal if isinstance(literal, str) else None,
        keywords=frozenset(keywords),
        imports=frozenset(_imported(tree)),
        extensions="ext_modules" in keywords,
    )


def without_version(text: str) -> str:
    """Return ``text`` without what gives a version: keywords, command classes of version tools, their imports.

    Raises :class:`ProjectError` for command classes that are mixed in a way that can't be taken apart.
    """
    spans: list[tuple[int, int, bytes]] = []
    source = text.encode()
    starts = _line_starts(source)
    for keyword in _keywords(_parsed(text)):
        if keyword.arg in _VERSION_KEYWORDS:
            spans.append((*_with_comma(source, *_span(keyword, starts)), b""))
        elif keyword.arg == "cmdclass":
            spans += _command_classes(keyword, source, starts)
        elif keyword.arg == "setup_requires":
            spans += _setup_requires(keyword, source, starts)
    for start, end, instead in sorted(spans, reverse=True):
        source = source[:start] + instead + source[end:]
    return _without_unused_imports(source.decode())


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
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _imported(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _command_classes(keyword: ast.keyword, source: bytes, starts: list[int]) -> list[tuple[int, int, bytes]]:
    value = keyword.value
    called = _name_of(value.func) if isinstance(value, ast.Call) else None
    if called not in _COMMANDS.values():
        mentioned = {_name_of(node) for node in ast.walk(value) if isinstance(node, ast.expr)}
        if mentioned & set(_COMMANDS.values()):
            raise ProjectError(
                what="setup.py mixes the command classes of its version tool with others",
                fix="take get_cmdclass() out of cmdclass in setup.py, then run uniqver init again",
            )
        return []
    assert isinstance(value, ast.Call)  # noqa: S101  for the type checker: only a call has a name here
    if not value.args:
        return [(*_with_comma(source, *_span(keyword, starts)), b"")]
    inner_start, inner_end = _span(value.args[0], starts)
    start, end = _span(value, starts)
    return [(start, end, source[inner_start:inner_end])]


def _setup_requires(keyword: ast.keyword, source: bytes, starts: list[int]) -> list[tuple[int, int, bytes]]:
    """Take the keyword out where nothing but version tools is in it; ``requires`` has what the build needs."""
    items = keyword.value.elts if isinstance(keyword.value, ast.List) else []
    names = [str(item.value) for item in items if isinstance(item, ast.Constant)]
    tools = tuple(name.replace("_", "-") for name in _TOOLS)
    if not names or not all(name.replace("_", "-").startswith(tools) for name in names):
        return []
    return [(*_with_comma(source, *_span(keyword, starts)), b"")]


def _line_starts(source: bytes) -> list[int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _span(node: ast.keyword | ast.expr | ast.stmt, starts: list[int]) -> tuple[int, int]:
    """Return the byte offsets of a node: ``ast`` counts columns in UTF-8 bytes."""
    assert node.end_lineno is not None and node.end_col_offset is not None  # noqa: S101, PT018  set by ast.parse
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def _with_comma(source: bytes, start: int, end: int) -> tuple[int, int]:
    """Widen a span over the comma after it, and over whole lines where nothing else is on them."""
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
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        modules = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {node.module or ""}
        names = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        if {module.partition(".")[0] for module in modules} <= _TOOLS and not names & used:
            del rows[node.lineno - 1 : node.end_lineno]
    return "".join(rows)
