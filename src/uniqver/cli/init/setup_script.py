"""setup.py, read and edited without running it: the version goes, the rest stays as it was written. Pure."""

from __future__ import annotations

import ast
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from uniqver.cli.init.changes import lines
from uniqver.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Span = tuple[int, int]

_VERSION_KEYWORDS = ("version", "use_scm_version", "setuptools_git_versioning", "version_config")
_COMMANDS = {"get_cmdclass", "get_cmdclasses"}
"""How versioneer and versioningit give their command classes."""
_TOOLS = frozenset({"versioneer", "versioningit", "setuptools_scm", "setuptools_git_versioning", "vcs_versioning"})
_FILLING = {"update", "setdefault", "append", "extend", "add", "read", "read_string", "read_file", "load"}
_PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.With, ast.For, ast.Try, ast.If)
"""Statements that may do nothing but compute."""


class SetupScript(NamedTuple):
    """A setup.py, as far as it concerns the version."""

    version: str | None
    """A version written out in it."""
    keywords: frozenset[str]
    """Keywords of ``setup()``."""
    imports: frozenset[str]
    """Top-level modules that it imports."""
    name: str | None = None
    """The distribution's name, if it is written out in it."""
    calls: bool = False
    """Whether it calls ``setup()`` with any argument."""
    opaque: bool = False
    """Whether ``setup()`` gets keywords that can't be read here: ``**kwargs``."""
    attribute: str | None = None
    """The ``module.name`` that the version is, if it is imported; ``title``: that the name is."""
    title: str | None = None


def read_setup_script(text: str) -> SetupScript:
    """Return what a setup.py (empty text: none) declares. Raises :class:`ProjectError` if it is not valid Python."""
    tree = _parsed(text)
    listed = _keywords(tree)
    keywords = {keyword.arg: keyword.value for keyword in listed if keyword.arg}
    constants = _constants(tree)
    calls = list(_setup_calls(tree))
    return SetupScript(
        version=_literal(keywords.get("version"), constants),
        keywords=frozenset(keywords),
        imports=frozenset().union(*map(_imported, ast.walk(tree))),
        name=_literal(keywords.get("name"), constants),
        calls=any(call.args or call.keywords for call in calls),
        opaque=any(keyword.arg is None for keyword in listed),
        attribute=_attribute(keywords.get("version"), tree.body),
        title=_attribute(keywords.get("name"), tree.body),
    )


def setup_script_without_version(text: str) -> str:
    """Return a setup.py without what gives or computes a version: keywords, statements, command classes, imports.

    Raises :class:`ProjectError` for what can't be taken apart: mixed command classes, a version with other uses.
    """
    spans: list[tuple[Span, bytes]] = []
    source = text.encode()
    starts = list(accumulate(map(len, source.splitlines(keepends=True)), initial=0))
    names: set[str] = set()
    looked_up = False
    for keyword in _keywords(_parsed(text)):
        if keyword.arg in _VERSION_KEYWORDS:
            names |= _loaded(keyword.value)
            looked_up = not isinstance(keyword.value, ast.Name)
            spans.append((_with_comma(source, _span(keyword, starts)), b""))
        elif keyword.arg == "cmdclass":
            spans += _command_classes(keyword, source, starts)
        elif keyword.arg == "setup_requires" and _only_version_tools(keyword.value):
            spans.append((_with_comma(source, _span(keyword, starts)), b""))  # [build-system] has what the build needs
    for (start, end), replacement in sorted(spans, reverse=True):
        source = source[:start] + replacement + source[end:]
    return _without_unused_imports(*_without_leftovers(source.decode(), names, looked_up))


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError) as error:
        raise ProjectError(
            what=f"setup.py can't be read: {error}", fix="correct setup.py, then run uniqver init again"
        ) from error


def _keywords(tree: ast.Module) -> list[ast.keyword]:
    """Return the keywords of ``setup()``; in the place of ``**name`` those of the ``dict(…)`` that is assigned to it."""
    made = {
        target.id: node.value.keywords
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name_of(node.value.func) == "dict"
        for target in node.targets
        if isinstance(target, ast.Name) and node.value.keywords
    }
    found: list[ast.keyword] = []
    for keyword in (keyword for call in _setup_calls(tree) for keyword in call.keywords):
        known = made.get(keyword.value.id) if keyword.arg is None and isinstance(keyword.value, ast.Name) else None
        found += [keyword] if known is None else known
    return found


def _attribute(value: ast.expr | None, body: list[ast.stmt]) -> str | None:
    """Return the ``module.name`` that an expression is by the imports of ``body``, if it is one."""
    modules: dict[str, str] = {}
    for node in body:
        if isinstance(node, ast.ImportFrom) and not node.level:
            modules |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.Assign) and isinstance(value, ast.Name) and isinstance(node.value, ast.Attribute):
            assigned = [target.id for target in node.targets if isinstance(target, ast.Name)]
            value = node.value if value.id in assigned else value
    text = ast.unparse(value) if isinstance(value, ast.Name | ast.Attribute) else ""
    known = max((name for name in modules if f"{text}.".startswith(f"{name}.")), key=len, default=None)
    return None if known is None else modules[known] + text[len(known) :]


def _calls(nodes: Iterable[ast.AST]) -> Iterable[ast.Call]:
    return (each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Call))


def _setup_calls(tree: ast.AST) -> Iterable[ast.Call]:
    return (call for call in _calls([tree]) if _name_of(call.func) == "setup")


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that top-level names stand for."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def _literal(value: ast.expr | None, constants: Mapping[str, str]) -> str | None:
    if isinstance(value, ast.Name):
        return constants.get(value.id)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _loaded(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _free(node: ast.AST) -> set[str]:
    """Return the names that a statement takes from outside: not what its functions, ``with`` and loops bind first."""
    own: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef | ast.Lambda):
            own |= {argument.arg for argument in ast.walk(each.args) if isinstance(argument, ast.arg)}
        if isinstance(each, ast.FunctionDef | ast.withitem | ast.For | ast.comprehension):
            bound = getattr(each, "optional_vars", getattr(each, "target", each))
            own |= set() if bound is None else _bound(bound)
    return _loaded(node) - own


def _bound(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def _without_leftovers(text: str, names: set[str], looked_up: bool) -> tuple[str, set[str]]:
    """Return ``text`` without the top-level statements that only computed the version from ``names``, and what they used.

    ``looked_up``: the version was made of them, or one entry; then what has other uses stays, unless it runs what it reads.
    """
    body = _parsed(text).body
    calls = {id(node) for node in body if any(True for _ in _setup_calls(node))}
    _refuse_local_names(text, body, names)
    removed: list[ast.stmt] = []
    served = set(names)
    while names:
        rest = [node for node in body if node not in removed]
        group = [node for node in rest if id(node) not in calls and _computes(node, names)]
        users = [node for node in rest if node not in group]
        needed = _bound_by(group) & set().union(*map(_free, users))
        if needed and not removed and not all(_is_constant(node) for node in group if _bound(node) & needed):
            if looked_up and not any(_name_of(each.func) == "exec" for each in _calls(group)):
                break
            raise _used_elsewhere(text, group, needed)
        group = [node for node in group if not _bound(node) & needed]
        if needed or not group:
            break
        removed += group
        served |= set().union(*map(_loaded, group))
        names = set().union(*map(_loaded, group)) - _bound_by(group)
        names -= set().union(*map(_free, (node for node in rest if node not in group)))
    _refuse_writers(text, body, served)
    rows = lines(text)
    for node in sorted(removed, key=lambda node: node.lineno, reverse=True):
        del rows[node.lineno - 1 : node.end_lineno]
    return "".join(rows), served


def _bound_by(nodes: Iterable[ast.stmt]) -> set[str]:
    return set().union(*map(_bound, nodes))


def _computes(node: ast.stmt, names: set[str]) -> bool:
    """Tell whether a statement gives one of ``names`` its value, or fills what it stands for."""
    return isinstance(node, _PLAIN) and (
        bool(_bound(node) & names) or any(_fills(each, names) for each in ast.walk(node))
    )


def _fills(node: ast.AST, names: set[str]) -> bool:
    """Tell whether a call is ``exec(…, about)`` or ``about.update(…)``."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        return isinstance(node.func.value, ast.Name) and node.func.value.id in names and node.func.attr in _FILLING
    return _name_of(node.func) == "exec" and any(_loaded(argument) & names for argument in node.args)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)


def _refuse_local_names(text: str, body: list[ast.stmt], names: set[str]) -> None:
    """Raise :class:`ProjectError` if ``setup()`` is in a function that computes the version itself."""
    for node in body:
        local = _bound(node) & names
        if isinstance(node, ast.FunctionDef) and local and any(True for _ in _setup_calls(node)):
            computing = next(each for each in node.body if _bound(each) & local)
            raise _by_hand(text, computing.lineno, "in the function that calls setup()")


def _refuse_writers(text: str, body: list[ast.stmt], served: set[str]) -> None:
    """Raise :class:`ProjectError` if a function that gives the version writes a file too: the package may need that."""
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    called: set[str] = set()
    while fresh := (served & set(functions)) - called:
        called |= fresh
        served = served.union(*(_loaded(functions[name]) for name in fresh))
    for call in _calls([functions[name] for name in called]):
        mode = [each.value for each in call.args[1:2] if isinstance(each, ast.Constant)]
        writes = _name_of(call.func) == "open" and set("wax") & set(str(*mode))
        if writes or _name_of(call.func) in ("write_text", "write_bytes"):
            raise _by_hand(text, call.lineno, "and writes it into a file")


def _used_elsewhere(text: str, group: list[ast.stmt], needed: set[str]) -> ProjectError:
    line = next(node.lineno for node in group if _bound(node) & needed)
    return _by_hand(text, line, f"and uses {sorted(needed)[0]} for more than the version")


def _by_hand(text: str, line: int, why: str) -> ProjectError:
    shown = text.splitlines()[line - 1].strip()
    return ProjectError(
        what=f"setup.py computes the version in line {line}, {why}: {shown}",
        fix="take version= and what only serves it out of setup.py by hand, then run uniqver init again",
    )


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
    """Widen a span over the comma after it (else before it), and over whole lines if nothing else is on them."""
    start, end = span
    rest = source[end:]
    stripped = rest.lstrip(b" \t")
    if stripped.startswith(b","):
        end += len(rest) - len(stripped) + 1
        end += len(source[end:]) - len(source[end:].lstrip(b" \t"))
    line = source.rfind(b"\n", 0, start) + 1
    if end == span[1] and source[line:start].rstrip().endswith(b","):
        return len(source[:start].rstrip()) - 1, end
    if not source[line:start].strip() and source[end : end + 1] == b"\n":
        return line, end + 1
    return start, end


def _without_unused_imports(text: str, served: set[str]) -> str:
    """Return ``text`` without the imports that nothing uses: of version tools, and of what ``served`` the version."""
    tree = _parsed(text)
    rows = lines(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in reversed(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            if (_imported(node) <= _TOOLS or names <= served) and not names & used:
                del rows[node.lineno - 1 : node.end_lineno]
    return "".join(rows)
