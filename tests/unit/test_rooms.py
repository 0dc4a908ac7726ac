"""The rooms of the package: imports point one way, read from the sources and not from memory.

Imports that only type checkers see and imports inside functions count like any other. A new room goes into ROOMS with
what it may import, and that is all.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import uniqver

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.once  # the sources are the same to every Python
SOURCES = Path(uniqver.__file__).parent

# What each room may import besides itself, "errors", "files" and the version file.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "files": set(),
    "model": set(),
    "config": {"model"},
    "project": {"config", "model"},
    "vcs": {"model"},
    "ci": {"model"},
    "counters": {"model", "vcs"},
    "resolve": {"model", "config", "project", "vcs", "ci", "counters"},
    "dists": {"model"},
    # the file finder asks git what it tracks: passed through "resolve", the question would only be forwarded
    "backend": {"model", "config", "project", "vcs", "resolve", "dists"},
    "index": {"model", "dists"},
    "cli": {"model", "config", "project", "vcs", "ci", "counters", "resolve", "dists", "index"},
    "build_meta": {"backend"},
    "__main__": {"cli"},
    "__init__": set(),
    "_version": set(),
}
FOR_ALL = {"errors", "files", "_version"}

# Decides from what is handed in: no files, no processes, no environment, no clock, no network.
PURE = (
    "uniqver.errors",
    "uniqver.model",
    "uniqver.config",
    "uniqver.ci",
    "uniqver.resolve.release",
    "uniqver.counters.protocol",
)
IMPURE = {
    "os", "pathlib", "subprocess", "shutil", "tempfile", "io", "glob", "socket", "http", "urllib", "sqlite3", "time",
    "datetime", "platform", "getpass", "uuid", "random", "secrets", "ctypes", "threading", "multiprocessing", "asyncio",
}  # fmt: skip
PURE_PARTS = {"urllib.parse"}  # takes texts apart

# What the backend may import besides the standard library; and who may import more, each with what.
BACKEND_NEEDS = {"packaging", "setuptools", "tomli"}
MAY_IMPORT_MORE = {
    "uniqver.index": {"keyring", "pydantic", "pypi_simple", "requests", "twine", "urllib3"},
    "uniqver.cli": {
        "configupdater",
        "email_validator",
        "keyring",
        "pydantic",
        "pypi_simple",
        "readme_renderer",
        "requests",
        "rfc3986",
        "rich",
        "shtab",
        "stdlib_list",
        "tomlkit",
        "trove_classifiers",
        "twine",
        "urllib3",
        "yaml",
    },
    "uniqver.vcs.setuptools_scm": {"setuptools_scm", "vcs_versioning"},
    "uniqver.counters.redis": {"redis"},
    "uniqver.counters.postgresql": {"psycopg"},
}
SETUPTOOLS_IS_FOR = ("uniqver.backend", "uniqver.build_meta")


class Import(NamedTuple):
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
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in MODULES.items()}


def _imports_in(node: ast.AST, module: str, *, for_types: bool = False) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(module, alias.name, node.lineno, for_types)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module}:{node.lineno}: relative import"
        for alias in node.names:
            deeper = f"{node.module}.{alias.name}"
            yield Import(module, deeper if deeper in MODULES else str(node.module), node.lineno, for_types)
    types_below = for_types or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    for child in ast.iter_child_nodes(node):
        yield from _imports_in(child, module, for_types=types_below)


IMPORTS = [found for module, tree in TREES.items() for found in _imports_in(tree, module)]
OWN = [found for found in IMPORTS if found.of.partition(".")[0] == "uniqver"]
FOREIGN = [
    found for found in IMPORTS if found.of.partition(".")[0] not in {"uniqver", "tomllib", *sys.stdlib_module_names}
]


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def test_every_module_has_a_room() -> None:
    """A module outside of the rooms fails here, not silently."""
    assert {_room(module) for module in MODULES} - ROOMS.keys() == set()


def test_arrows_between_rooms_are_those_of_the_design() -> None:
    """No import, also for types only or inside a function, goes where ROOMS has no arrow."""
    wrong = [
        str(found)
        for found in OWN
        if (room := _room(found.of)) != _room(found.by) and room not in ROOMS[_room(found.by)] | FOR_ALL
    ]
    assert wrong == []


def test_no_room_leads_back_to_itself() -> None:
    """The arrows that ROOMS allows make no circle, so that "below" means something."""
    done: set[str] = set()

    def visit(room: str, path: tuple[str, ...]) -> None:
        assert room not in path, " -> ".join((*path, room))
        if room not in done:
            for below in sorted(ROOMS[room]):
                visit(below, (*path, room))
            done.add(room)

    for room in ROOMS:
        visit(room, ())


def test_no_files_import_each_other_in_a_circle() -> None:
    """No chain of imports comes back to where it began: one reads a room from its lowest file up."""
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in OWN:
        if not found.by.startswith(f"{found.of}.") and found.of in MODULES:
            graph[found.by].add(found.of)
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for imported in sorted(graph[module]):
                visit(imported, (*path, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


def test_no_two_public_classes_share_a_name() -> None:
    """A class name says which class is meant, also without its module."""
    names = Counter(
        node.name
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def _is_pure(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in PURE)


def test_pure_modules_touch_nothing() -> None:
    """What decides gets everything as arguments: no files, no processes, no environment, no clock."""
    wrong = [
        str(found)
        for found in IMPORTS
        if _is_pure(found.by)
        and not found.for_types
        and found.of.partition(".")[0] in IMPURE
        and found.of not in PURE_PARTS
    ]
    assert wrong == []


@pytest.mark.parametrize("module", [module for module in MODULES if _is_pure(module)])
def test_pure_modules_call_nothing_that_touches(module: str) -> None:
    """Built-in functions need no import."""
    called = {
        node.func.id
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "exec", "eval", "input", "print", "__import__"}


def test_the_backend_needs_little() -> None:
    """Besides the standard library there are setuptools, packaging and tomli, and extras where they belong."""
    wrong = [
        str(found)
        for found in FOREIGN
        if (top := found.of.partition(".")[0]) not in BACKEND_NEEDS
        and not any(found.by.startswith(place) and top in more for place, more in MAY_IMPORT_MORE.items())
    ]
    assert wrong == []


def test_only_the_backend_imports_setuptools() -> None:
    """Starting the command costs no import of setuptools."""
    wrong = [
        str(found)
        for found in FOREIGN
        if found.of.partition(".")[0] == "setuptools"
        and not found.by.startswith(SETUPTOOLS_IS_FOR)
        and not found.for_types
    ]
    assert wrong == []


def test_modules_stay_small() -> None:
    """A module that needs more than some 300 lines owns more than one thing."""
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > 330} == {}
