"""Edits of pyproject.toml and setup.cfg: comments, order and formatting stay. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import tomlkit
from configupdater import ConfigUpdater
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, Array

from uniqver.cli.init.origin import BACKEND, requirement_name
from uniqver.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from tomlkit import TOMLDocument

    Parent: TypeAlias = "TOMLDocument | AbstractTable"

_PLAIN_SETUPTOOLS = re.compile(r"setuptools(?:\[[^]]*\])?\s*(?:>=?\s*[\d.]+(?:\.\*)?)?", re.IGNORECASE)
_REPLACED = {"versioneer", "versioningit", "setuptools-git-versioning"}
"""Tools whose table goes: setuptools-scm may go on computing, and uniqver asks for it where it does."""
_BUILD_SYSTEM = '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "{}"\n'


def edit_pyproject(
    text: str, *, name: str | None, old_tool: str, settings: Mapping[str, object], backend: str = BACKEND
) -> str:
    """Return ``text`` for a project that uniqver builds.

    ``name`` is for a ``[project]`` table, ``None`` if the metadata is declared elsewhere; of the version tool
    ``old_tool`` the build requirement and the table go; ``settings`` are the keys that ``[tool.uniqver]`` gets, unless
    it has them.
    """
    try:
        document = tomlkit.parse(_without_version_line(text))
    except (TOMLKitError, RecursionError) as error:
        raise ConfigError(
            what=f"pyproject.toml can't be edited: {error}", fix="write what uniqver help start shows into it"
        ) from error
    _build_system(document, old_tool, backend)
    project = _table(document, "project")
    if project is not None:
        project.pop("version", None)
        _add_dynamic(project)
    _drop(document, "tool", "setuptools", "dynamic", "version")
    for key in ("tag-build", "tag_build", "tag-date", "tag_date"):  # would be appended to each version
        _drop(document, "tool", "distutils", "egg_info", key)
    if old_tool in _REPLACED:
        _drop(document, "tool", old_tool)
    tables = _add_settings(document, settings)
    after = tomlkit.dumps(document)
    if project is None and name is not None:
        after = f'[project]\nname = "{name}"\ndynamic = ["version"]\n' + ("\n" + after if after.strip() else "")
    if _table(document, "build-system") is None:
        after = _BUILD_SYSTEM.format(backend) + ("\n" + after.lstrip("\n") if after.strip() else "")
    return _tidied(after, before=text) + tables


def edit_setup_cfg(text: str, name: str | None = None) -> str:
    """Return ``text`` without ``version`` of ``[metadata]`` and without versioneer's section.

    ``name`` is the project's, if only setup.py has it: setuptools takes setup.py's own before this one.
    """
    text = _without_cfg_version(text)
    if name is None:
        return text
    line = re.compile(r"^\[metadata\][^\n]*\n", re.MULTILINE)
    if line.search(text):
        return line.sub(lambda found: f"{found[0]}name = {name}\n", text, count=1)
    return f"[metadata]\nname = {name}\n" + (f"\n{text}" if text.strip() else "")


def _without_cfg_version(text: str) -> str:
    updater = ConfigUpdater()
    updater.read_string(text)
    removed = updater.remove_section("versioneer")
    if updater.has_option("metadata", "version"):
        removed = updater.remove_option("metadata", "version")
    return f"{str(updater).rstrip()}\n".lstrip("\n") if removed else text


def _without_version_line(text: str) -> str:
    """Write ``dynamic`` in the place of ``version`` in ``[project]``, unless there is one already."""
    section = re.search(r"^\[project\][^\n]*\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    if section is None or re.search(r"^dynamic\s*=", section[1], re.MULTILINE):
        return text
    line = re.compile(r"""^version\s*=\s*(?:"[^"\n]*"|'[^'\n]*')""", re.MULTILINE)
    body = line.sub('dynamic = ["version"]', section[1], count=1)
    return text[: section.start(1)] + body + text[section.end(1) :]


def _build_system(document: TOMLDocument, old_tool: str, backend: str) -> None:
    section = _table(document, "build-system")
    if section is None:
        return
    requires = section.get("requires")
    if "backend-path" in section and section.get("build-backend") == BACKEND:
        return  # uniqver itself, which builds with its own sources
    if not isinstance(requires, Array):
        section["requires"] = ["uniqver"]
    elif "uniqver" not in map(requirement_name, requires):
        _replace(requires, old_tool)
    section["build-backend"] = backend


def _replace(requires: Array, old_tool: str) -> None:
    """Put uniqver in the place of the first requirement that it replaces, and delete the others."""
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


def _add_dynamic(project: AbstractTable) -> None:
    dynamic = project.get("dynamic")
    if not isinstance(dynamic, Array):
        project["dynamic"] = ["version"]
    elif "version" not in dynamic:
        dynamic.append("version")


def _add_settings(document: TOMLDocument, settings: Mapping[str, object]) -> str:
    """Add what is missing to ``[tool.uniqver]``; return the table as text if it has to be added."""
    tool = _table(document, "tool")
    own = None if tool is None else _table(tool, "uniqver")
    if own is None:
        return f"\n[tool.uniqver]\n{tomlkit.dumps(settings)}" if settings else ""
    for key, value in settings.items():
        if key not in own:
            own[key] = value
    return ""


def _drop(parent: Parent, *path: str) -> None:
    """Remove what ``path`` leads to, and tables that are empty then."""
    first, *rest = path
    if first not in parent:
        return
    if rest:
        child = _table(parent, first)
        if child is None:
            return
        _drop(child, *rest)
        if len(child):
            return
    del parent[first]


def _table(parent: Parent, key: str) -> AbstractTable | None:
    found = cast("object", parent.get(key))
    # a table in several places is a proxy, which behaves like a table but isn't one
    return cast("AbstractTable", found) if isinstance(found, AbstractTable | OutOfOrderTableProxy) else None


def _tidied(text: str, *, before: str) -> str:
    """Leave no more empty lines in a row than there were, and one line end at the end."""
    if "\n\n\n" not in before:
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text.lstrip("\n").rstrip("\n") + "\n"
