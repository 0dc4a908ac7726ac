"""Finds what gives a project its version now. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from uniqver.cli.init import package_code, setup_cfg, setup_py
from uniqver.config.toml import TOMLDecodeError, loads
from uniqver.errors import ConfigError, ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.cli.init.values import Snapshot, Tool

Table = dict[str, object]

BACKEND = "uniqver.build_meta"
_WRAPPED = (None, "setuptools.build_meta", "setuptools.build_meta:__legacy__", BACKEND)
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where the version comes from before ``init``, and what of that goes on to hold."""

    tool: Tool
    name: str | None = None
    """The distribution's name."""
    version: str | None = None
    """The version that stands written out."""
    places: tuple[str, ...] = ()
    """Files that say it."""
    settings: Table = field(default_factory=dict)
    """What the old tool's settings are in ``[tool.uniqver]``."""
    notes: tuple[str, ...] = ()
    keeps_section: bool = False
    """Whether the old tool goes on working under uniqver: setuptools-scm does."""
    pyproject: Mapping[str, object] = field(default_factory=dict)
    setup_py: setup_py.SetupPy = field(default_factory=setup_py.SetupPy)
    setup_cfg: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def find_origin(snapshot: Snapshot) -> Origin:
    """Return what gives the version now.

    Raises :class:`ConfigError` where the build backend isn't setuptools, :class:`ProjectError` where a file
    can't be read.
    """
    pyproject = _toml(snapshot.files.get("pyproject.toml", ""))
    script = setup_py.read(snapshot.files.get("setup.py", ""))
    cfg = setup_cfg.read(snapshot.files.get("setup.cfg", ""))
    _refuse_other_backends(table(pyproject, "build-system"))
    tool = _tool(pyproject, script, cfg)
    name = table(pyproject, "project").get("name") or cfg.get("metadata", {}).get("name")
    version, places = _written_version(snapshot, pyproject, script, cfg)
    settings, notes = _settings_of(tool, pyproject, cfg, snapshot)
    return Origin(
        tool="static" if tool == "none" and places else tool,
        name=name if isinstance(name, str) else None,
        version=version,
        places=places,
        settings=settings,
        notes=notes,
        keeps_section=tool in ("setuptools-scm", "uniqver")
        and (_has_scm_table(pyproject) or "use_scm_version" in script.keywords),
        pyproject=pyproject,
        setup_py=script,
        setup_cfg=cfg,
    )


def table(parent: Mapping[str, object], *keys: str) -> Table:
    """Return the table that ``keys`` lead to, empty where there is none."""
    for key in keys:
        value = parent.get(key)
        parent = cast("Table", value) if isinstance(value, dict) else {}
    return cast("Table", parent)


def requirement_name(requirement: object) -> str:
    """Return the normalized name of a requirement."""
    found = _REQUIREMENT.match(str(requirement).strip())
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def requirements(pyproject: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names in ``requires`` of ``[build-system]``."""
    listed = table(pyproject, "build-system").get("requires")
    return tuple(map(requirement_name, cast("list[object]", listed))) if isinstance(listed, list) else ()


def _toml(text: str) -> Table:
    try:
        return loads(text)
    except TOMLDecodeError as error:
        raise ProjectError(
            what=f"pyproject.toml is no valid TOML: {error}", fix="correct that line of pyproject.toml"
        ) from error


def _refuse_other_backends(build_system: Table) -> None:
    backend = build_system.get("build-backend")
    if backend in _WRAPPED or (backend == "uniqver.build_meta"):
        return
    raise ConfigError(
        what=f"the build backend of this project is {backend}, and uniqver wraps setuptools",
        fix='move the project to setuptools first (build-backend = "setuptools.build_meta"), then run uniqver init',
    )


def _tool(pyproject: Table, script: setup_py.SetupPy, cfg: Mapping[str, Mapping[str, str]]) -> Tool:
    tools, required = table(pyproject, "tool"), requirements(pyproject)
    if table(pyproject, "build-system").get("build-backend") == BACKEND:
        return "uniqver"
    if _has_scm_table(pyproject) or "use_scm_version" in script.keywords or "setuptools-scm" in required:
        return "setuptools-scm"
    if "versioneer" in tools or "versioneer" in cfg or "versioneer" in script.imports:
        return "versioneer"
    if "versioningit" in tools:
        return "versioningit"
    if "setuptools-git-versioning" in tools or "setuptools_git_versioning" in script.keywords:
        return "setuptools-git-versioning"
    return "none"


def _has_scm_table(pyproject: Table) -> bool:
    return bool({"setuptools_scm", "vcs-versioning"} & set(table(pyproject, "tool")))


def _written_version(
    snapshot: Snapshot, pyproject: Table, script: setup_py.SetupPy, cfg: Mapping[str, Mapping[str, str]]
) -> tuple[str | None, tuple[str, ...]]:
    """Return the version that is written out (it may be behind a name) and the files that say it."""
    found: list[tuple[str, str | None]] = []
    if "version" in table(pyproject, "project"):
        found.append(("pyproject.toml", str(table(pyproject, "project")["version"])))
    indirect = table(pyproject, "tool", "setuptools", "dynamic", "version")
    if indirect:
        found.append(("pyproject.toml", _behind(snapshot, str(indirect.get("attr", "")), indirect.get("file"))))
    said = cfg.get("metadata", {}).get("version")
    if said is not None:
        kind, _, where = said.partition(":")
        behind = _behind(snapshot, where.strip() if kind == "attr" else "", where.strip() if kind == "file" else None)
        found.append(("setup.cfg", behind if kind in ("attr", "file") else said.strip()))
    if "version" in script.keywords:
        found.append(("setup.py", script.version))
    version = next((version for _, version in found if version), None)
    return version, tuple(place for place, _ in found)


def _behind(snapshot: Snapshot, attribute: str, file: object) -> str | None:
    """Follow ``attr = "package.__version__"`` or ``file = "VERSION"`` to the text."""
    if file is not None:
        paths = cast("list[object]", file) if isinstance(file, list) else [file]
        return next((snapshot.files[str(p)].strip() for p in paths if str(p) in snapshot.files), None)
    module = attribute.rpartition(".")[0].replace(".", "/")
    for root in ("src/", ""):
        for path in (f"{root}{module}/__init__.py", f"{root}{module}.py"):
            if path in snapshot.files:
                return package_code.literal_version(snapshot.files[path])
    return None


def _settings_of(
    tool: Tool, pyproject: Table, cfg: Mapping[str, Mapping[str, str]], snapshot: Snapshot
) -> tuple[Table, tuple[str, ...]]:
    tools = table(pyproject, "tool")
    if tool == "versioneer":
        return _versioneer({**cfg.get("versioneer", {}), **table(tools, "versioneer")})
    if tool == "versioningit":
        return _versioningit(table(tools, "versioningit"))
    if tool == "setuptools-git-versioning":
        return _git_versioning(table(tools, "setuptools-git-versioning"), snapshot)
    if tool == "setuptools-scm" and not _has_scm_table(pyproject):
        return {"sdist-files": "tracked"}, (
            "setuptools-scm put every tracked file into the sdist; sdist-files keeps that",
        )
    return {}, ()


def _versioneer(old: Mapping[str, object]) -> tuple[Table, tuple[str, ...]]:
    settings: Table = {}
    prefix, path = str(old.get("tag_prefix", "")).strip("'\""), str(old.get("versionfile_source", ""))
    if prefix not in ("", "v"):
        settings["tag-prefix"] = prefix
    if path:
        settings["version-file"] = path
    style = str(old.get("style", "pep440"))
    note = f"versioneer's style {style!r} has no counterpart: uniqver says why a version is what it is with uniqver explain"
    return settings, (note,) if style not in ("pep440", "") else ()


def _versioningit(old: Table) -> tuple[Table, tuple[str, ...]]:
    settings: Table = {}
    prefix, path = table(old, "tag2version").get("rmprefix"), table(old, "write").get("file")
    if isinstance(prefix, str) and prefix not in ("", "v"):
        settings["tag-prefix"] = prefix
    if isinstance(path, str) and path.endswith(".py"):
        settings["version-file"] = path
    lost = sorted(set(old) - {"tag2version", "write", "vcs", "default-version"})
    return settings, (f"of [tool.versioningit] these have no counterpart: {', '.join(lost)}",) if lost else ()


def _git_versioning(old: Table, snapshot: Snapshot) -> tuple[Table, tuple[str, ...]]:
    settings: Table = {}
    file = old.get("version_file")
    start = snapshot.files.get(str(file), "").strip() or old.get("starting_version")
    if start:
        settings["base"] = start
    lost = sorted(
        set(old) - {"enabled", "starting_version", "version_file", "dev_template", "dirty_template", "template"}
    )
    return settings, (
        f"of [tool.setuptools-git-versioning] these have no counterpart: {', '.join(lost)}",
    ) if lost else ()
