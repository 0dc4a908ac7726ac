"""setup.py, read and edited without running it. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from uniqver.errors import ProjectError
from uniqver.project.version_file import UNPARSABLE

Span = tuple[int, int]
"""Of bytes."""

_VERSION_KEYWORDS = ("version", "use_scm_version", "setuptools_git_versioning", "version_config")
_COMMANDS = {"get_cmdclass", "get_cmdclasses"}
"""Of versioneer and versioningit."""
_TOOLS = ("versioneer", "versioningit", "setuptools_scm", "setuptools_git_versioning", "vcs_versioning")
_FILLING = {"update", "setdefault", "append", "extend", "add", "read", "read_string", "read_file", "load"}
_SETUP = {"setup"}
_RUNS = ("exec", "run_path", "exec_module", "load_module", "load_source")
"""Of :mod:`runpy`, :mod:`importlib`, the old :mod:`imp`."""
_PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.With, ast.For, ast.Try, ast.If)


class Given(NamedTuple):
    """What gives a version or a name; nothing, if it is computed."""

    text: str | None = None
    attribute: str | None = None
    """A ``module.name``."""
    files: tuple[str, ...] = ()
    """The first that exists has it."""


class SetupScript(NamedTuple):
    """What a setup.py declares."""

    keywords: Mapping[str, Given]
    """Of ``setup()``."""
    imports: frozenset[str]
    """Top-level modules."""
    calls: bool
    """``setup()`` has arguments."""
    opaque: bool
    """Some keywords can't be read: ``**kwargs``."""
    extensions: bool
    """It makes extension modules."""


def read_setup_script(text: str) -> SetupScript:
    """Read a setup.py. Raises :class:`ProjectError` if it is not valid Python."""
    tree = _parsed(text)
    keywords = _keywords(tree)
    return SetupScript(
        keywords={keyword.arg: _given(keyword.value, tree.body) for keyword in keywords if keyword.arg},
        imports=frozenset(path.partition(".")[0] for node in ast.walk(tree) for _, path in imports(node)),
        calls=any(call.args or call.keywords for call in _calls(_SETUP, tree)),
        opaque=any(keyword.arg is None for keyword in keywords),
        extensions=any(map(_makes_extensions, ast.walk(tree))),
    )


def _makes_extensions(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):  # also Pybind11Extension, CUDAExtension
        return (_name_of(node.func) or "").endswith("Extension")
    return "ext_modules" in (getattr(node, "arg", None), getattr(node, "value", None))


def refuse_to_run(text: str, path: str) -> None:
    """Raise :class:`ProjectError` if setup.py runs the module at ``path``, by texts in a statement or in its names."""
    tree = _parsed(text)
    for node in (node for node in tree.body if any(_calls(_RUNS, node))):
        used = names_in(ast.Load, node)
        told = [each for each in tree.body if isinstance(each, ast.Assign) and names_in(ast.Store, each) & used]
        texts = " ".join(filter(None, (text_of(each) for part in (node, *told) for each in ast.walk(part))))
        if all(part in texts for part in path.split("/")[-2:]):
            what = f"setup.py runs {path} in line {node.lineno}, and there it can't import its version from the package"
            fix = f"move what setup.py needs out of {path} into another file"
            raise ProjectError(what=what, fix=fix)


def setup_script_without_version(text: str) -> str:
    """Return a setup.py without what only serves the version. Raises :class:`ProjectError` if that can't be told apart."""
    tree, names, looked_up = _parsed(text), set[str](), False
    kept: dict[ast.keyword, list[ast.expr]] = {}  # of a keyword's value
    for keyword in _keywords(tree):
        if keyword.arg in _VERSION_KEYWORDS:
            names |= names_in(ast.Load, keyword.value)
            looked_up = not isinstance(keyword.value, ast.Name)
            kept[keyword] = []
        elif keyword.arg == "cmdclass" and (command := _command_class(keyword.value)) is not None:
            kept[keyword] = command.args[:1]
        elif keyword.arg == "setup_requires" and _only_version_tools(keyword.value):
            kept[keyword] = []  # [build-system] has what a build needs
    source = text.encode()
    starts = list(accumulate(map(len, source.splitlines(keepends=True)), initial=0))
    pieces: dict[Span, bytes] = {}
    for keyword, values in kept.items():
        where = _span(keyword.value, starts) if values else _with_comma(source, _span(keyword, starts))
        pieces[where] = b"".join(source[slice(*_span(value, starts))] for value in values)
        keyword.value = values[0] if values else ast.Constant(None)  # has no other uses
    removed, served = _leftovers(text, tree.body, names, looked_up)
    rest = [node for node in tree.body if node not in removed]
    for node in (*removed, *_unused_imports(rest, served)):
        pieces[starts[node.lineno - 1], starts[node.end_lineno or node.lineno]] = b""
    after = _spliced(source, pieces).decode()
    _parsed(after)  # still valid?
    return after


def names_in(context: type[ast.expr_context], *nodes: ast.AST) -> set[str]:
    """Return the names that code reads (``ast.Load``) or binds (``ast.Store``)."""
    found = (each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name))
    return {each.id for each in found if isinstance(each.ctx, context)}


def imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each name that a statement imports, and its path."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = f"{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
        yield from ((alias.asname or alias.name, module + alias.name) for alias in node.names)


def text_of(value: ast.AST) -> str | None:
    """Return a string literal's value."""
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text.removeprefix("\ufeff"))
    except UNPARSABLE as error:
        fix = "correct setup.py"
        raise ProjectError(what=f"setup.py can't be read: {error}", fix=fix) from error


def _keywords(tree: ast.Module) -> list[ast.keyword]:
    """Return the keywords of ``setup()``, and those of ``name = dict(…)`` for ``**name``."""
    made = {
        name: node.value.keywords
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name_of(node.value.func) == "dict"
        for name in names_in(ast.Store, node)
        if node.value.keywords
    }
    found: list[ast.keyword] = []
    for keyword in (keyword for call in _calls(_SETUP, tree) for keyword in call.keywords):
        unpacked = keyword.arg is None and isinstance(keyword.value, ast.Name)
        found += made.get(ast.unparse(keyword.value), [keyword]) if unpacked else [keyword]
    return found


def _given(value: ast.expr, body: list[ast.stmt]) -> Given:
    """Return an expression's value by the assignments and imports in ``body``."""
    modules: dict[str, str] = {}
    text = text_of(value)
    for node in body:
        if not getattr(node, "level", 0):
            modules |= imports(node)
        if isinstance(node, ast.Assign) and isinstance(value, ast.Name) and value.id in names_in(ast.Store, node):
            assigned = text_of(node.value)
            text = text if assigned is None else assigned
            value = node.value if isinstance(node.value, ast.Attribute) else value
    path = ast.unparse(value) if isinstance(value, ast.Name | ast.Attribute) else ""
    known = max((name for name in modules if f"{path}.".startswith(f"{name}.")), key=len, default=None)
    return Given(text, None if known is None else modules[known] + path[len(known) :])


def _calls(names: Container[str | None], *nodes: ast.AST) -> Iterator[ast.Call]:
    for each in (each for node in nodes for each in ast.walk(node)):
        if isinstance(each, ast.Call) and _name_of(each.func) in names:
            yield each


def _name_of(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _command_class(value: ast.expr) -> ast.Call | None:
    """Return the call for a version tool's command classes."""
    if isinstance(value, ast.Call) and _name_of(value.func) in _COMMANDS:
        return value
    if any(isinstance(node, ast.expr) and _name_of(node) in _COMMANDS for node in ast.walk(value)):
        fix = "take get_cmdclass() out of cmdclass in setup.py"
        raise ProjectError(what="setup.py mixes the command classes of its version tool with others", fix=fix)
    return None


def _only_version_tools(value: ast.expr) -> bool:
    items = value.elts if isinstance(value, ast.List) else []
    names = [str(item.value).replace("-", "_") for item in items if isinstance(item, ast.Constant)]
    return bool(names) and all(name.startswith(_TOOLS) for name in names)


def _leftovers(text: str, body: list[ast.stmt], names: set[str], looked_up: bool) -> tuple[list[ast.stmt], set[str]]:
    """Return the statements that only compute ``names``, by which the version is given, and the names that they use.

    ``looked_up``: in an expression; then what has other uses stays, unless it runs what it reads.
    """
    for function in (node for node in body if isinstance(node, ast.FunctionDef) and any(_calls(_SETUP, node))):
        for each in function.body:
            if names_in(ast.Store, each) & names:
                raise _by_hand(text, each.lineno, "in the function that calls setup()")
    removed: list[ast.stmt] = []
    served = set(names)
    while names:
        rest = [node for node in body if node not in removed]
        group = [node for node in rest if _computes(node, names)]
        needed = names_in(ast.Store, *group) & free_names(node for node in rest if node not in group)
        others = [node for node in group if names_in(ast.Store, node) & needed]
        constant = all(isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) for node in others)
        if not constant and not removed:
            if looked_up and not any(_calls({"exec"}, *group)):
                break
            raise _by_hand(text, others[0].lineno, f"and uses {sorted(needed)[0]} for more than the version")
        group = [node for node in group if node not in others]
        if needed or not group:
            break
        removed += group
        taken = names_in(ast.Load, *group)
        served |= taken
        names = taken - names_in(ast.Store, *group) - free_names(node for node in rest if node not in group)
    _refuse_writers(text, body, served)
    return removed, served


def _computes(node: ast.stmt, names: set[str]) -> bool:
    """Whether a statement binds one of ``names``, or fills it: ``exec(…, about)``."""
    if not isinstance(node, _PLAIN) or any(_calls(_SETUP, node)):
        return False
    methods = [call.func for call in _calls(_FILLING, node) if isinstance(call.func, ast.Attribute)]
    filled: list[ast.expr] = [method.value for method in methods if isinstance(method.value, ast.Name)]
    filled += [argument for call in _calls({"exec"}, node) if isinstance(call.func, ast.Name) for argument in call.args]
    return bool(names & (names_in(ast.Store, node) | names_in(ast.Load, *filled)))


def free_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that code takes from outside: not those that functions, ``with`` and loops in it bind."""
    free: set[str] = set()
    for node in nodes:
        bound: set[str] = set()
        for each in ast.walk(node):
            if isinstance(each, ast.arg):
                bound.add(each.arg)
            target = getattr(each, "optional_vars", getattr(each, "target", each))
            if target and isinstance(each, ast.FunctionDef | ast.withitem | ast.For | ast.comprehension):
                bound |= names_in(ast.Store, target)
        free |= names_in(ast.Load, node) - bound
    return free


def _refuse_writers(text: str, body: list[ast.stmt], served: set[str]) -> None:
    """Raise if a function that gives the version also writes a file, which the package may need."""
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    called: list[ast.stmt] = []
    while fresh := [functions.pop(name) for name in sorted(served & set(functions))]:
        called += fresh
        served = names_in(ast.Load, *fresh)
    writing = [call.lineno for call in _calls({"write_text", "write_bytes"}, *called)]
    for call in _calls({"open"}, *called):
        mode = [each.value for each in call.args[1:2] if isinstance(each, ast.Constant)]
        writing += [call.lineno] if set("wax") & set(str(*mode)) else []
    if writing:
        raise _by_hand(text, min(writing), "and writes it into a file")


def _by_hand(text: str, line: int, why: str) -> ProjectError:
    what = f"setup.py computes the version in line {line}, {why}: {text.splitlines()[line - 1].strip()}"
    fix = "take version= and what only serves it out of setup.py by hand"
    return ProjectError(what=what, fix=fix)


def _unused_imports(body: list[ast.stmt], served: set[str]) -> Iterator[ast.stmt]:
    """Yield imports without a use: of version tools, and of what ``served`` the version."""
    used = names_in(ast.expr_context, *body)
    for node in body:
        bound = {name.partition(".")[0] for name, _ in imports(node)}
        tools = all(path.partition(".")[0] in _TOOLS for _, path in imports(node))
        if bound and not bound & used and (tools or bound <= served):
            yield node


def _span(node: ast.keyword | ast.expr, starts: list[int]) -> Span:
    end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
    return starts[node.lineno - 1] + node.col_offset, end


def _with_comma(source: bytes, span: Span) -> Span:
    """Widen a span to the comma after it (else before it), or to its whole line."""
    start, end = span
    line = source.rfind(b"\n", 0, start) + 1
    if comma := re.compile(rb"[ \t]*,[ \t]*").match(source, end):
        end = comma.end()
    elif source[line:start].rstrip().endswith(b","):
        return len(source[:start].rstrip()) - 1, end
    if not source[line:start].strip() and source[end : end + 1] == b"\n":
        return line, end + 1
    return start, end


def _spliced(source: bytes, pieces: Mapping[Span, bytes]) -> bytes:
    """Replace pieces; of two that overlap, the first counts."""
    parts, at = [], 0
    for (start, end), piece in sorted(pieces.items()):
        parts += [source[at:start], piece] if start >= at else []
        at = max(at, end)
    return b"".join([*parts, source[at:]])
