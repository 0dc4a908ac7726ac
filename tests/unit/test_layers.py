"""Imports point down only: read from the sources, not from memory.

A new package goes into LAYERS with its layer, and that is all. Imports that only type checkers see count for
the direction too; those inside functions are as good as any.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import uniqver

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(uniqver.__file__).parent

# The longest prefix of a module's name says where it belongs. "values" is pure; "support" is what several
# edges rest on; "edges" each talk to one outside thing; "features" are commands with much behind them; of the
# faces, "hooks" may import setuptools, "commands" not.
LAYERS = {
    "uniqver": "values",
    "uniqver._version": "values",
    "uniqver.errors": "values",
    "uniqver.model": "values",
    "uniqver.words": "values",
    "uniqver.value": "values",
    "uniqver.redact": "values",
    "uniqver.toml": "values",
    "uniqver.scheme": "values",
    "uniqver.config": "values",
    "uniqver.report": "values",
    "uniqver.provenance": "values",
    "uniqver.version_text": "values",
    "uniqver.renumber": "values",
    "uniqver.core_metadata": "values",
    "uniqver.schema": "values",
    "uniqver.private_sqlite": "support",
    "uniqver.variables": "support",
    "uniqver.ci": "edges",
    "uniqver.git": "edges",
    "uniqver.tree": "edges",
    "uniqver.session": "edges",
    "uniqver.counters": "edges",
    "uniqver.artifacts": "edges",
    "uniqver.artifact_contents": "edges",
    "uniqver.carried": "edges",
    "uniqver.comparing": "edges",
    "uniqver.rebuilding": "edges",
    "uniqver.sdist_archive": "edges",
    "uniqver.wheel_archive": "edges",
    "uniqver.scm": "edges",
    "uniqver.published": "edges",
    "uniqver.resolve": "resolve",
    "uniqver.books": "features",
    "uniqver.check": "features",
    "uniqver.explaining": "features",
    "uniqver.verifying": "features",
    "uniqver.setup": "features",
    "uniqver.doctor": "features",
    "uniqver.handover": "hooks",
    "uniqver.surroundings": "hooks",
    "uniqver.asking": "hooks",
    "uniqver.preloading": "hooks",
    "uniqver.stamping": "hooks",
    "uniqver.telling": "hooks",
    "uniqver.file_finder": "hooks",
    "uniqver.build_meta": "hooks",
    "uniqver.arguments": "commands",
    "uniqver.cli": "commands",
    "uniqver.completion": "commands",
    "uniqver.__main__": "commands",
}
HEIGHT = {"values": 0, "support": 1, "edges": 2, "resolve": 3, "features": 4, "hooks": 5, "commands": 5}

# Pure although it belongs to an edge or to the resolution: decides from values that are handed in.
ALSO_PURE = ("uniqver.ci", "uniqver.resolve.release", "uniqver.resolve.scm_release", "uniqver.counters.protocol")

# What the backend may import besides the standard library; and who may import more, each with what.
BACKEND_NEEDS = {"packaging", "setuptools", "tomli"}
MAY_IMPORT_MORE = {
    "uniqver.check": {
        "keyring",
        "pydantic",
        "pypi_simple",
        "requests",
        "rich",
        "twine",
        "urllib3",
        "wheel",
    },
    "uniqver.setup": {"rich", "tomlkit"},
    "uniqver.doctor": {"readme_renderer", "rich", "trove_classifiers", "yaml"},
    "uniqver.completion": {"shtab"},
    "uniqver.scm": {"setuptools_scm", "vcs_versioning"},
    "uniqver.counters.redis_store": {"redis"},
    "uniqver.counters.postgres_store": {"psycopg"},
}

# What a pure module never imports: the ways to files, processes, the environment, the clock and the net.
IMPURE = {
    "os", "pathlib", "subprocess", "shutil", "tempfile", "io", "glob", "socket", "http", "urllib", "sqlite3", "time",
    "datetime", "platform", "getpass", "uuid", "random", "secrets", "ctypes", "threading", "multiprocessing", "asyncio",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import: who imports what, and where."""

    by: str
    of: str
    line: int
    for_types: bool
    """Whether only type checkers see it."""

    def __str__(self) -> str:
        return f"{self.by}:{self.line} imports {self.of}"


def _name_of(path: Path) -> str:
    parts = path.relative_to(SOURCES.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name_of(path): path for path in sorted(SOURCES.rglob("*.py"))}


def _imports_of(module: str) -> Iterator[Import]:
    yield from _imports_in(ast.parse(MODULES[module].read_text(encoding="utf-8")), module, for_types=False)


def _imports_in(node: ast.AST, module: str, *, for_types: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(by=module, of=alias.name, line=node.lineno, for_types=for_types)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module}:{node.lineno}: relative import"
        for alias in node.names:
            deeper = f"{node.module}.{alias.name}"
            name = deeper if deeper in MODULES else str(node.module)
            yield Import(by=module, of=name, line=node.lineno, for_types=for_types)
    types_below = for_types or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    for child in ast.iter_child_nodes(node):
        yield from _imports_in(child, module, for_types=types_below)


IMPORTS = [found for module in MODULES for found in _imports_of(module)]
OWN = [found for found in IMPORTS if found.of.partition(".")[0] == "uniqver"]
FOREIGN = [
    found for found in IMPORTS if found.of.partition(".")[0] not in {"uniqver", "tomllib", *sys.stdlib_module_names}
]


def _place(module: str) -> str:
    """Return the entry of LAYERS that a module falls under."""
    parts = module.split(".")
    if len(parts) > 1 and ".".join(parts[:2]) not in LAYERS:
        pytest.fail(f"{module} is in no layer: add it to LAYERS")
    return max((name for name in LAYERS if module == name or module.startswith(f"{name}.")), key=len)


def _layer(module: str) -> str:
    return LAYERS[_place(module)]


def _is_pure(module: str) -> bool:
    return _layer(module) == "values" or module.startswith(ALSO_PURE)


def test_every_module_has_a_layer() -> None:
    """A module that nobody has put into a layer fails here, not silently."""
    assert all(_layer(module) in HEIGHT for module in MODULES)


def test_imports_point_down() -> None:
    """No module imports from a layer above its own."""
    assert [str(found) for found in OWN if HEIGHT[_layer(found.of)] > HEIGHT[_layer(found.by)]] == []


def test_edges_never_import_each_other() -> None:
    """git knows nothing of CI, the tree nothing of counters: only the resolution brings them together."""
    wrong = [
        str(found)
        for found in OWN
        if _layer(found.by) == _layer(found.of) == "edges" and _place(found.by) != _place(found.of)
    ]
    assert wrong == []


def test_hooks_and_commands_never_import_each_other() -> None:
    """The backend doesn't carry the command line along, nor the command line the backend."""
    faces = {"hooks", "commands"}
    wrong = [str(found) for found in OWN if {_layer(found.by), _layer(found.of)} == faces]
    assert wrong == []


def test_nothing_imports_in_circles() -> None:
    """No chain of imports comes back to where it began, within packages too."""
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in OWN:
        if not found.for_types and not found.by.startswith(f"{found.of}."):
            graph[found.by].add(found.of)
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module in done:
            return
        for imported in sorted(graph[module]):
            visit(imported, (*path, module))
        done.add(module)

    for module in MODULES:
        visit(module, ())


def test_pure_modules_touch_nothing() -> None:
    """What decides gets everything handed in: no files, no processes, no environment, no clock."""
    wrong = [
        str(found)
        for found in IMPORTS
        if _is_pure(found.by) and not found.for_types and found.of.partition(".")[0] in IMPURE
    ]
    assert wrong == []
    for module, path in MODULES.items():
        if _is_pure(module):
            called = {
                node.func.id
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert not called & {"open", "exec", "eval", "input", "print", "__import__"}, module


def test_the_backend_needs_little() -> None:
    """Besides the standard library there are setuptools, packaging and tomli, and extras where they belong."""
    wrong = [
        str(found)
        for found in FOREIGN
        if (top := found.of.partition(".")[0]) not in BACKEND_NEEDS
        and not any(found.by.startswith(place) and top in more for place, more in MAY_IMPORT_MORE.items())
    ]
    assert wrong == []


def test_nothing_of_a_feature_is_in_the_backend() -> None:
    """No hook and nothing below imports a command's own package, whose requirements are extras."""
    wrong = [str(found) for found in OWN if _layer(found.of) == "features" and _layer(found.by) == "hooks"]
    assert wrong == []


def test_only_hooks_import_setuptools() -> None:
    """Starting the command costs no import of setuptools."""
    wrong = [
        str(found)
        for found in FOREIGN
        if found.of.partition(".")[0] == "setuptools" and _layer(found.by) != "hooks" and not found.for_types
    ]
    assert wrong == []


def test_modules_stay_small() -> None:
    """A module that needs more than some 300 lines owns more than one thing."""
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > 330} == {}
