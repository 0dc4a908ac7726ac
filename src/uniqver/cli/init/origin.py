"""The origin of a project's version: what gives it before ``init``, and its settings in uniqver's terms. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from packaging.version import InvalidVersion, Version

from uniqver.cli.init.code_edits import VersionPlace, version_places
from uniqver.cli.init.setup_script import read_setup_script
from uniqver.config.toml import table
from uniqver.errors import ConfigError, ProjectError
from uniqver.model.versions import fitting_prefix, release_of_tag
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
    declared, keeps = tree.declared_name(), _keeps_section(tool, pyproject, script)
    in_script = tree.name_in(script)
    if declared is None and in_script is None and script.calls and tool != "uniqver" and not keeps:
        raise ProjectError(
            what="setup.py computes the project's name, and no build could find its version file or its variables",
            fix='add it to setup.cfg: "[metadata]" and "name = …"; then run uniqver init again',
        )
    if tool == "none" and None in written and "attr" in table(pyproject, "tool", "setuptools", "dynamic", "version"):
        named = table(pyproject, "tool", "setuptools", "dynamic", "version")["attr"]
        raise ProjectError(
            what=f"the version is {named}, and no assignment to it can be read without running it",
            fix=f'write the version there as a text, as in {str(named).rpartition(".")[2]} = "1.4.0"; then run uniqver init again',
        )
    if tool == "none" and not any(written):
        if script.opaque and "version" not in script.keywords:
            raise ProjectError(
                what="setup.py passes keywords to setup() that can't be read here (**), the version probably among them",
                fix="write version= into the call of setup() itself, then run uniqver init again",
            )
        written.append(_only_place(tree, declared or in_script or tree.name))
    place = next((found for found in written if isinstance(found, VersionPlace)), None)
    versions = [found.version if isinstance(found, VersionPlace) else found for found in written]
    settings, notes = _settings_of(tool, pyproject, cfg, tree)
    return VersionOrigin(
        tool="static" if tool == "none" and versions else tool,
        name=declared or in_script,
        version=next(filter(None, versions), None),
        settings=settings,
        notes=notes,
        keeps_section=keeps,
        pyproject=pyproject,
        setup_script=script,
        setup_cfg=cfg,
        place=place,
        hidden_name=declared is None and in_script is not None,
        backend=_backend(backend, has_setup_script="setup.py" in tree.files),
    )


def _keeps_section(tool: VersionTool, pyproject: Table, script: SetupScript) -> bool:
    section = _has_scm_table(pyproject) or "use_scm_version" in script.keywords
    return tool in ("setuptools-scm", "uniqver") and section


def _only_place(tree: SourceTree, name: str) -> VersionPlace | str | None:
    """Return where a project that computes its version reads it: the one ``__version__``, else the one VERSION file."""
    shallow = {path: text for path, text in tree.files.items() if path.rpartition("/")[0] in ("", *tree.packages)}
    found = [place for place in version_places(shallow) if place.is_text]
    found = [place for place in found if place.name.lower() == "__version__"] or found
    usable = [place for place in found if normalized(name) in map(normalized, place.path.split("/")[-2:-1])] or found
    files = {text.strip() for path, text in tree.files.items() if path.rpartition("/")[2].startswith("VERSION")}
    if not usable and len(files) == 1:
        return files.pop()
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
        yield tree.followed(str(dynamic["attr"])) if "attr" in dynamic else _first_text(tree, dynamic.get("file"))
    written = cfg.get("metadata", {}).get("version")
    if written is not None:
        kind, _, where = (part.strip() for part in written.partition(":"))
        if kind == "attr":
            yield tree.followed(where)
        else:
            yield _first_text(tree, where) if kind == "file" else written.strip()
    if script.attribute is not None:
        yield tree.followed(script.attribute)
    elif "version" in script.keywords:
        yield script.version


def _first_text(tree: SourceTree, file: object) -> str | None:
    """Return the text of the first file that is there."""
    files = map(str, cast("list[object]", file) if isinstance(file, list) else [file])
    return next((tree.files[path].strip() for path in files if path in tree.files), None)


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


def needed_prefix(tags: tuple[str, ...], name: str) -> str | None:
    """Return the ``tag-prefix`` of a project's tags, if they need one: its name's, or of the only ones that fit."""
    fitting = fitting_prefix(tags, name)
    if fitting in (None, "", "v"):
        return None
    usual, own = releases(tags, None), releases(tags, fitting)
    named = re.sub(r"[-_.]+", "-", str(fitting)).lower().startswith(name)
    return fitting if not usual or (named and max(own) > max(usual)) else None


def leading_base(old: str, released: list[Version], reachable: list[Version]) -> tuple[str | None, str]:
    """Return the base that a written version leads to, and why.

    A version whose tag exists was released, and so was one in a project that never tags: it is what made the index
    answer "File already exists". Only if tags are kept, and lag behind it, is it being worked toward. Of the tags
    ``released`` those that HEAD contains (``reachable``) lead on by themselves.
    """
    try:
        version = Version(old)
    except InvalidVersion:
        return None, f"no base: the old version {old!r} is not valid under PEP 440"
    highest = max(reachable, default=None)
    candidate = highest is not None and highest.is_prerelease and highest.release == version.release
    if highest is not None and (highest >= version or candidate):
        return None, f"no base: the tags (the highest is {highest}) continue from {old}"
    if version.is_prerelease:
        return version.base_version, f"base {version.base_version}: the old version {old} led to it"
    if released and version not in released and (reachable or version > max(released)):
        return str(version), f"base {version}: the old version is above every tag, so it is being worked toward"
    last = version if reachable else max([version, *released])
    major, minor, patch = (*last.release, 0, 0)[:3]
    following = f"{major}.{minor}.{patch + 1}"
    if released:
        return (
            following,
            f"base {following}: the tag of {last} lies on another branch, so raise base after each release",
        )
    return (
        following,
        f'base {following}: there are no tags, so {old} is assumed to be released; if it is not, set base = "{old}"',
    )


def releases(tags: tuple[str, ...], prefix: object) -> list[Version]:
    """Return the versions that ``tags`` name under a ``tag-prefix``."""
    named = (release_of_tag(tag, prefix if isinstance(prefix, str) else None) for tag in tags)
    return [found for found in named if found is not None]
