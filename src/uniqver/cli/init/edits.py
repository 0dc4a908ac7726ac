"""pyproject.toml, setup.cfg and modules without their version. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping
from itertools import takewhile
from typing import Any, NamedTuple, TypeAlias

import tomlkit
from configupdater import ConfigUpdater
from packaging.requirements import Requirement
from packaging.version import Version
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, Table

from uniqver.cli.init.setup_script import free_names, imports, names_in, text_of
from uniqver.errors import ConfigError, ProjectError
from uniqver.project import OLDEST_SETUPTOOLS, requirement_name
from uniqver.project.version_file import UNPARSABLE

Document: TypeAlias = MutableMapping[str, Any]

BACKEND = "uniqver.build_meta"
_PLAIN_SETUPTOOLS = re.compile(r"setuptools(?:\[[^]]*\])?\s*(?:>=?\s*[\d.]+(?:\.\*)?)?", re.IGNORECASE)
_REPLACED = {"versioneer", "versioningit", "setuptools-git-versioning"}
"""Tools whose table goes."""
_GIVEN = (
    ("setuptools", "dynamic", "version"),
    *(("distutils", "egg_info", key) for key in ("tag-build", "tag_build", "tag-date", "tag_date")),
)
"""Of the version, and of what is appended to it."""
_VERSIONEER = re.compile(
    r"^from (?:\. import _version|\._version import get_versions)\n+"
    r"__version__ = (?:_version\.)?get_versions\(\)\[.version.\](?:\n+del get_versions)?$",
    re.MULTILINE,
)
_NAMES = re.compile(r"_{0,2}version(?:_string|_info|_tuple)?_{0,2}", re.IGNORECASE)


class VersionPlace(NamedTuple):
    """An assignment that holds a version; or a text elsewhere, without ``path``."""

    version: str | None
    """Of a tuple its numbers; ``None``: computed from constants."""
    path: str = ""
    line: int = 1
    name: str = "the version"
    is_text: bool = True
    """Not a tuple."""


def edit_pyproject(
    text: str,
    *,
    name: str | None,
    old_tool: str,
    settings: Mapping[str, object],
    backend: str = BACKEND,
    cache_keys: str = "",
) -> str:
    """Return ``text`` for a project that uniqver builds, without requirement and table of ``old_tool``.

    ``name`` is for a new ``[project]``. ``settings`` are for ``[tool.uniqver]``, ``cache_keys`` is a line for ``[tool.uv]``.
    """
    try:
        document: Document = tomlkit.parse(_without_version_line(text))
    except (TOMLKitError, RecursionError) as error:
        fix = "write what uniqver help start shows into it"
        raise ConfigError(what=f"pyproject.toml can't be edited: {error}", fix=fix) from error
    build_system, project = (_table(document, key) for key in ("build-system", "project"))
    if build_system is not None:
        _edit_build_system(build_system, old_tool, backend)
    if project is not None:
        project.pop("version", None)
        if "version" not in (dynamic := _array(project, "dynamic")):
            dynamic.append("version")
    for keys in (*_GIVEN, *([(old_tool,)] if old_tool in _REPLACED else [])):
        _drop(document, "tool", *keys)
    tables = _add_settings(document, "uniqver", settings) + _add_settings(document, "uv", tomlkit.parse(cache_keys))
    after = tomlkit.dumps(document)
    if project is None and name is not None:
        after = f'[project]\nname = "{name}"\ndynamic = ["version"]\n' + ("\n" + after if after.strip() else "")
    if build_system is None:
        after = f'[build-system]\nrequires = ["uniqver"]\nbuild-backend = "{backend}"\n\n' + after.lstrip("\n")
    if "\n\n\n" not in text:  # nor after it
        after = re.sub(r"\n{3,}", "\n\n", after)
    return after.strip("\n") + "\n" + tables


def _without_version_line(text: str) -> str:
    """Write ``dynamic`` in the place of ``version``, unless ``[project]`` has it."""
    section = re.search(r"(?ms)^\[project\][^\n]*\n(.*?)(?=^\[|\Z)", text)
    if section is None or re.search(r"(?m)^dynamic\s*=", section[1]):
        return text
    line = r"""(?m)^version\s*=\s*(?:"[^"\n]*"|'[^'\n]*')"""
    body = re.sub(line, 'dynamic = ["version"]', section[1], count=1)
    return text[: section.start(1)] + body + text[section.end(1) :]


def _edit_build_system(section: Document, old_tool: str, backend: str) -> None:
    if "backend-path" in section and section.get("build-backend") == BACKEND:
        return  # uniqver itself, built by its own sources
    requires = _array(section, "requires")
    section["build-backend"] = backend
    for what, fix in too_old(requires):
        raise ProjectError(what=what, fix=fix)
    if "uniqver" in map(requirement_name, requires):
        return
    replaced = [
        position
        for position, item in enumerate(requires)
        if requirement_name(item) == old_tool or _PLAIN_SETUPTOOLS.fullmatch(str(item).strip())
    ]
    for position in reversed(replaced[1:]):
        del requires[position]
    if replaced:
        requires[replaced[0]] = "uniqver"
    else:
        requires.append("uniqver")


def too_old(requires: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Yield each build requirement that keeps out the setuptools that uniqver needs, and its fix."""
    for item in map(str, requires):
        if requirement_name(item) == "setuptools" and not _takes_new(item):
            what = f"{item!r} in [build-system] keeps out what uniqver needs: setuptools {OLDEST_SETUPTOOLS} or newer"
            yield what, f'"setuptools>={OLDEST_SETUPTOOLS}" in its place'


def _takes_new(requirement: str) -> bool:
    try:
        specifier = Requirement(requirement).specifier
        named = {each.version.removesuffix(".*") for each in specifier}
        taken = specifier.filter({*map(str, range(OLDEST_SETUPTOOLS, 2 * OLDEST_SETUPTOOLS)), *named})
        return any(Version(version).major >= OLDEST_SETUPTOOLS for version in taken)
    except ValueError:
        return True  # an installer's to refuse


def cache_keys(files: Container[str]) -> str:
    """Return the line of ``[tool.uv]`` by which uv builds each commit."""
    usual = ("pyproject.toml", "setup.py", "setup.cfg")  # uv's default: docs.astral.sh/uv/concepts/cache
    named = "".join(f'{{ file = "{name}" }}, ' for name in usual if name in files)
    return f"cache-keys = [{named}{{ git = {{ commit = true, tags = true }} }}]"


def _add_settings(document: Document, tool: str, settings: Mapping[str, object]) -> str:
    """Add missing keys to the table of ``tool``, or return a new one."""
    own = _table(_table(document, "tool") or {}, tool)
    if own is None:
        return f"\n[tool.{tool}]\n{tomlkit.dumps(settings).strip()}\n" if settings else ""
    missing = {key: value for key, value in settings.items() if key not in own}
    own.update(missing)
    if missing and isinstance(own, Table):
        own.add(tomlkit.nl())  # the last key has replaced it
    return ""


def _drop(parent: Document, first: str, *rest: str) -> None:
    """Remove a key, and tables that are empty then."""
    child = _table(parent, first)
    if rest and child is not None:
        _drop(child, *rest)
    if not rest or (child is not None and not len(child)):
        parent.pop(first, None)


def _table(parent: Document, key: str) -> Document | None:
    return found if isinstance(found := parent.get(key), dict) else None


def _array(parent: Document, key: str) -> Array:
    if not isinstance(parent.get(key), Array):
        parent[key] = tomlkit.array()
    found: Array = parent[key]
    return found


def edit_setup_cfg(text: str, name: str | None = None) -> str:
    """Return ``text`` without version and versioneer's section, with ``name`` in ``[metadata]``."""
    updater = ConfigUpdater()
    updater.read_string(text)
    removed = updater.remove_section("versioneer")
    if updater.has_option("metadata", "version"):
        removed = updater.remove_option("metadata", "version")
    if removed:
        text = f"{str(updater).rstrip()}\n".lstrip("\n")
    if name is None:
        return text
    with_name, found = re.subn(r"(?m)^\[metadata\][^\n]*\n", lambda line: f"{line[0]}name = {name}\n", text, count=1)
    return with_name if found else f"[metadata]\nname = {name}\n" + (f"\n{text}" if text.strip() else "")


def version_places(files: Mapping[str, str], name: str | None = None) -> Iterator[VersionPlace]:
    """Yield the top-level assignments to ``name``, by default to what holds a version by convention."""
    for path, text in files.items():
        if path.endswith(".py") and path not in ("setup.py", "versioneer.py"):
            for node, names, value in _assignments(text):
                for found in names:
                    if found == name or (name is None and _NAMES.fullmatch(found)):
                        yield VersionPlace(value, path, node.lineno, found, not isinstance(node.value, ast.Tuple))


def version_files(files: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of VERSION, VERSION.txt and the like."""
    return {path: text.strip() for path, text in files.items() if path.rpartition("/")[2].startswith("VERSION")}


def imported_as(text: str, name: str, package: list[str]) -> str | None:
    """Return the ``module.name`` that a module of ``package`` imports as ``name``."""
    for node in (node for node in _body(text) if isinstance(node, ast.ImportFrom)):
        for path in (path for bound, path in imports(node) if bound == name):
            above = package[: len(package) - node.level + 1] if node.level else []
            return ".".join(filter(None, [*above, *path.split(".")]))
    return None


def package_without_versioneer(text: str, module: str = "_version") -> str:
    """Return an ``__init__.py`` that imports from the version file ``module``. Raises :class:`ProjectError`."""
    text = _VERSIONEER.sub(f"from .{module} import __version__", text)
    if "get_versions" in text:
        fix = f"replace that with: from .{module} import __version__"
        raise ProjectError(what="__init__.py calls versioneer's get_versions() in a way of its own", fix=fix)
    return text


def package_with_import(text: str, name: str, source: str) -> str:
    """Replace the assignment to ``name`` by an import from the version file ``source``."""
    lines = text.split("\n")
    for node, names, _ in _assignments(text):
        if name in names:
            imported = ", ".join("__version__" if each == "__version__" else f"__version__ as {each}" for each in names)
            lines[node.lineno - 1 : node.end_lineno] = [f"from {source} import {imported}"]
            break
    return "\n".join(lines)


def _assignments(text: str) -> Iterator[tuple[ast.Assign | ast.AnnAssign, tuple[str, ...], str | None]]:
    """Yield top-level assignments, their names and :attr:`VersionPlace.version`."""
    body = _body(text)
    for node in (node for node in body if isinstance(node, ast.Assign | ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = tuple(target.id for target in targets if isinstance(target, ast.Name))
        value = node.value
        if value is None or len(names) != len(targets):
            continue
        if (written := text_of(value)) is not None:
            yield node, names, written
        elif isinstance(value, ast.Tuple):
            parts = [str(each.value) for each in value.elts if isinstance(each, ast.Constant)]
            yield node, names, ".".join(takewhile(str.isdecimal, parts)) or None
        elif _is_fixed(value, body):
            yield node, names, None


def _body(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text.removeprefix("\ufeff")).body
    except UNPARSABLE:
        return []


def _is_fixed(value: ast.expr, body: list[ast.stmt]) -> bool:
    """Whether an expression is made of its module's constants: ``".".join(VERSION)``, ``text_of(VERSION)``."""
    known, tuples = {"str", "map"}, set[str]()
    for node in (node for node in body if isinstance(node, ast.Assign)):
        composed = isinstance(node.value, ast.BinOp | ast.JoinedStr) and free_names([node.value]) <= known | tuples
        if isinstance(node.value, ast.Tuple):
            tuples |= names_in(ast.Store, node)
        elif composed or isinstance(node.value, ast.Constant):
            known |= names_in(ast.Store, node)
    taken, known = free_names([value]), known | tuples
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    plain = taken <= known or (taken <= known | functions and bool(taken & tuples))
    return plain and isinstance(value, ast.Call | ast.BinOp | ast.JoinedStr)
