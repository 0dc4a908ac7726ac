"""The origin of a project's version: what gives it before ``init``, and its settings in uniqver's terms. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from uniqver.cli.init.code_edits import VersionPlace, version_places
from uniqver.cli.init.setup_script import read_setup_script
from uniqver.config.toml import table
from uniqver.errors import ConfigError, ProjectError
from uniqver.project.pyproject import normalized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uniqver.cli.init.setup_script import SetupScript
    from uniqver.cli.init.source_tree import SourceTree, Table
    from uniqver.project.pyproject import SetupCfg

    Settings = dict[str, object]
    Notes = tuple[str, ...]

VersionTool = Literal[
    "static", "setuptools-scm", "versioneer", "versioningit", "setuptools-git-versioning", "uniqver", "none"
]
"""What gives a project its version now."""

BACKEND = "uniqver.build_meta"
LEGACY = "uniqver.build_meta:__legacy__"
BACKENDS = (BACKEND, LEGACY)
_WRAPPED = (None, "setuptools.build_meta", "setuptools.build_meta:__legacy__", *BACKENDS)
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


class VersionOrigin(NamedTuple):
    """Where the version comes from before ``init``, and what of that stays in force."""

    tool: VersionTool
    name: str | None
    """The distribution's name."""
    version: str | None
    """The version that is written out somewhere."""
    settings: Mapping[str, object]
    """The old tool's settings as keys of ``[tool.uniqver]``."""
    notes: Notes
    keeps_section: bool
    """Whether the old tool goes on working under uniqver: setuptools-scm does."""
    pyproject: Table
    setup_script: SetupScript
    setup_cfg: SetupCfg
    backend: str
    """The build backend that the project gets."""
    place: VersionPlace | None = None
    """The assignment in a module that gives the version."""
    hidden_name: bool = False
    """Whether only setup.py has the name, where no build sees it without running it."""


def find_origin(tree: SourceTree) -> VersionOrigin:
    """Return what gives the version now.

    Raises :class:`ConfigError` if the build backend isn't setuptools, :class:`~uniqver.errors.ProjectError` if a file
    can't be read.
    """
    pyproject, cfg = tree.pyproject(), tree.setup_cfg()
    script = read_setup_script(tree.text("setup.py"))
    backend = table(pyproject, "build-system").get("build-backend")
    if backend not in _WRAPPED:
        raise ConfigError(
            what=f"the build backend of this project is {backend}, and uniqver wraps setuptools",
            fix='move the project to setuptools first (build-backend = "setuptools.build_meta"), then run uniqver init',
        )
    tool = _tool(pyproject, script, cfg)
    written = list(_written_versions(tree, pyproject, script, cfg))
    place = next((found for found in written if isinstance(found, VersionPlace)), None)
    computed = "version" in script.keywords and script.version is None
    if place is None and (computed or script.opaque) and tool == "none":
        place = _only_place(tree, script)
        written.append(place)
    versions = [found.version if isinstance(found, VersionPlace) else found for found in written]
    declared, keeps = tree.declared_name(), _keeps_section(tool, pyproject, script)
    if declared is None and script.name is None and script.calls and tool != "uniqver" and not keeps:
        raise ProjectError(
            what="setup.py computes the project's name, and no build could find its version file or its variables",
            fix='add it to setup.cfg: "[metadata]" and "name = …"; then run uniqver init again',
        )
    settings, notes = _settings_of(tool, pyproject, cfg, tree)
    return VersionOrigin(
        tool="static" if tool == "none" and versions else tool,
        name=declared or script.name,
        version=next(filter(None, versions), None),
        settings=settings,
        notes=notes,
        keeps_section=keeps,
        pyproject=pyproject,
        setup_script=script,
        setup_cfg=cfg,
        place=place,
        hidden_name=declared is None and script.name is not None,
        backend=_backend(backend, has_setup_script="setup.py" in tree.files),
    )


def _keeps_section(tool: VersionTool, pyproject: Table, script: SetupScript) -> bool:
    section = _has_scm_table(pyproject) or "use_scm_version" in script.keywords
    return tool in ("setuptools-scm", "uniqver") and section


def _only_place(tree: SourceTree, script: SetupScript) -> VersionPlace | None:
    """Return where a setup.py that computes the version reads it: the one ``__version__`` of its packages and modules."""
    found = [place for place in version_places(tree.files) if place.version and place.name.lower() == "__version__"]
    named = [place for place in found if place.path.split("/")[-2:-1] == [(script.name or "").replace("-", "_")]]
    usable = named or found
    return usable[0] if len({place.version for place in usable}) == 1 else None


def _backend(found: object, *, has_setup_script: bool) -> str:
    """Return what wraps ``found``: a project that names no backend has setuptools' for setup.py scripts (PEP 517)."""
    legacy = (found is None and has_setup_script) or str(found).endswith(":__legacy__")
    return LEGACY if legacy else BACKEND


def requirement_name(requirement: object) -> str:
    """Return the normalized name of a requirement."""
    found = _REQUIREMENT.match(str(requirement).strip())
    return normalized(found[0]) if found else ""


def requirements(pyproject: Table) -> tuple[str, ...]:
    """Return the names in ``requires`` of ``[build-system]``."""
    listed = table(pyproject, "build-system").get("requires")
    return tuple(map(requirement_name, cast("list[object]", listed))) if isinstance(listed, list) else ()


def _tool(pyproject: Table, script: SetupScript, cfg: SetupCfg) -> VersionTool:
    tools, required = table(pyproject, "tool"), requirements(pyproject)
    if table(pyproject, "build-system").get("build-backend") in BACKENDS:
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


def _written_versions(
    tree: SourceTree, pyproject: Table, script: SetupScript, cfg: SetupCfg
) -> Iterator[VersionPlace | str | None]:
    """Yield the version at each place that gives it; ``None`` if it is computed, or in a file that isn't there."""
    if "version" in table(pyproject, "project"):
        yield str(table(pyproject, "project")["version"])
    if dynamic := table(pyproject, "tool", "setuptools", "dynamic", "version"):
        yield _followed(tree, str(dynamic.get("attr", "")), dynamic.get("file"))
    written = cfg.get("metadata", {}).get("version")
    if written is not None:
        kind, _, where = (part.strip() for part in written.partition(":"))
        if kind in ("attr", "file"):
            yield _followed(tree, where if kind == "attr" else "", where if kind == "file" else None)
        else:
            yield written.strip()
    if "version" in script.keywords:
        yield script.version


def _followed(tree: SourceTree, attribute: str, file: object) -> VersionPlace | str | None:
    """Follow ``attr = "package.__version__"`` or ``file = "VERSION"`` to the text."""
    if file is not None:
        files = map(str, cast("list[object]", file) if isinstance(file, list) else [file])
        return next((tree.files[path].strip() for path in files if path in tree.files), None)
    module, _, name = attribute.rpartition(".")
    paths = [f"{root}/{module.replace('.', '/')}{end}" for root in ("src", ".") for end in ("/__init__.py", ".py")]
    named = {path.removeprefix("./"): tree.files.get(path.removeprefix("./"), "") for path in paths}
    return next((found for found in version_places(named, name) if found.is_text), None)


def _settings_of(tool: VersionTool, pyproject: Table, cfg: SetupCfg, tree: SourceTree) -> tuple[Settings, Notes]:
    tools = table(pyproject, "tool")
    if tool == "versioneer":
        return _versioneer({**cfg.get("versioneer", {}), **table(tools, "versioneer")})
    if tool == "versioningit":
        return _versioningit(table(tools, "versioningit"))
    if tool == "setuptools-git-versioning":
        return _git_versioning(table(tools, "setuptools-git-versioning"), tree)
    if tool == "setuptools-scm" and not _has_scm_table(pyproject):
        note = "setuptools-scm put every tracked file into the sdist; sdist-files keeps that"
        return {"sdist-files": "tracked"}, (note,)
    return {}, ()


def _versioneer(old: Mapping[str, object]) -> tuple[Settings, Notes]:
    settings = _prefix_and_file(str(old.get("tag_prefix", "")).strip("'\""), str(old.get("versionfile_source", "")))
    style = str(old.get("style", "pep440"))
    note = f"versioneer's style {style!r} has no counterpart: uniqver explain shows what a version is made of"
    return settings, (note,) if style not in ("pep440", "") else ()


def _versioningit(old: Table) -> tuple[Settings, Notes]:
    path = str(table(old, "write").get("file", ""))
    settings = _prefix_and_file(
        str(table(old, "tag2version").get("rmprefix", "")), path if path.endswith(".py") else ""
    )
    return settings, _lost("versioningit", old, {"tag2version", "write", "vcs", "default-version"})


def _prefix_and_file(prefix: str, path: str) -> Settings:
    settings: Settings = {}
    if prefix not in ("", "v"):
        settings["tag-prefix"] = prefix
    if path:
        settings["version-file"] = path
    return settings


def _git_versioning(old: Table, tree: SourceTree) -> tuple[Settings, Notes]:
    start = tree.files.get(str(old.get("version_file")), "").strip() or old.get("starting_version")
    kept = {"enabled", "starting_version", "version_file", "dev_template", "dirty_template", "template"}
    return {"base": start} if start else {}, _lost("setuptools-git-versioning", old, kept)


def _lost(tool: str, old: Table, kept: set[str]) -> Notes:
    lost = sorted(set(old) - kept)
    return (f"these keys of [tool.{tool}] have no counterpart: {', '.join(lost)}",) if lost else ()
