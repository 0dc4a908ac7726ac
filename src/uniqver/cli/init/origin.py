"""What gives a project's version before ``init``, and its settings as uniqver's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, cast

from packaging.version import Version

from uniqver.cli.init.edits import BACKEND, VersionPlace, version_files, version_places
from uniqver.cli.init.source_tree import SourceTree, Table
from uniqver.config import table
from uniqver.errors import ConfigError, ProjectError
from uniqver.model.bases import bumped
from uniqver.model.versions import fitting_prefix, releases, version_of
from uniqver.project import build_requirements, normalized
from uniqver.vcs.repository import work_tree_of

Settings = dict[str, object]

VersionTool = Literal["static", "setuptools-scm", "versioneer", "versioningit", "setuptools-git-versioning", "uniqver"]
LEGACY = f"{BACKEND}:__legacy__"
BACKENDS = (BACKEND, LEGACY)
_WRAPPED = (None, "setuptools.build_meta", "setuptools.build_meta:__legacy__", *BACKENDS)


class _Tool(NamedTuple):
    signs: set[str]
    """Tables, sections of setup.cfg, keywords of ``setup()``, ``import NAME``, ``requires NAME``."""
    counterparts: Mapping[str, str] = {}
    """Its keys, and uniqver's."""
    needless: frozenset[str] = frozenset()
    """Keys that need none."""


_SCM_TABLES = {"setuptools_scm", "vcs-versioning"}
_TOOLS: Mapping[VersionTool, _Tool] = {
    "setuptools-scm": _Tool({*_SCM_TABLES, "use_scm_version", "requires setuptools-scm"}),
    "versioneer": _Tool(
        {"versioneer", "import versioneer"},
        {"tag_prefix": "tag-prefix", "versionfile_source": "version-file"},
        frozenset({"VCS", "vcs", "versionfile_build", "parentdir_prefix"}),
    ),
    "versioningit": _Tool(
        {"versioningit"},
        {"tag2version.rmprefix": "tag-prefix", "write.file": "version-file"},
        frozenset({"vcs", "default-version"}),
    ),
    "setuptools-git-versioning": _Tool(
        {"setuptools-git-versioning", "setuptools_git_versioning"},
        {"starting_version": "base"},
        frozenset({"enabled", "version_file", "dev_template", "dirty_template", "template"}),
    ),
}

_STYLES = ("pep440", "pep440-pre", "pep440-post", "pep440-post-branch")
"""Of versioneer, that uniqver's versions follow."""
_METHODS = ("minor", "smallest", "smallest-release")
"""Of versioningit's next version, likewise."""


class VersionOrigin(NamedTuple):
    """What gives the version before ``init``."""

    tool: VersionTool
    name: str
    """The distribution's, else the folder's."""
    version: str | None
    """As written out."""
    place: VersionPlace | None
    """The assignment that gives it."""
    keeps_section: bool
    """setuptools-scm goes on under uniqver."""
    backend: str
    """uniqver's."""


def find_origin(tree: SourceTree) -> VersionOrigin:
    """Return what gives the version. Raises :class:`UniqverError` if it can't be told, or moved."""
    if not tree.packages and {"pyproject.toml", "setup.py", "setup.cfg"}.isdisjoint((*tree.files, *tree.unreadable)):
        what = f"there is no pyproject.toml, setup.py or setup.cfg in {tree.directory}"
        fix = "uniqver init -C DIR   (the project's folder; for a new project, with an empty pyproject.toml)"
        raise ProjectError(what=what, fix=fix)
    script = tree.setup_script
    backend = table(tree.pyproject, "build-system").get("build-backend")
    if backend not in _WRAPPED:
        fix = 'move to setuptools first: build-backend = "setuptools.build_meta"'
        raise ConfigError(what=f"the build backend of this project is {backend}, and uniqver wraps setuptools", fix=fix)
    shown = {*tree.tool(), *tree.setup_cfg, *script.keywords, *(f"import {name}" for name in script.imports)}
    shown |= {f"requires {name}" for name in build_requirements(tree.pyproject)}
    of_tools: VersionTool = next((name for name, tool in _TOOLS.items() if tool.signs & shown), "static")
    tool: VersionTool = "uniqver" if backend in BACKENDS else of_tools
    scm_goes_on = bool(_SCM_TABLES & tree.tool().keys()) or "use_scm_version" in script.keywords
    keeps = tool in ("setuptools-scm", "uniqver") and scm_goes_on
    declared, in_script = tree.declared_name, tree.name_in_script
    if declared is None and in_script is None and script.calls and tool != "uniqver" and not keeps:
        what = "setup.py computes the project's name, which a build has to know"
        fix = 'add it to setup.cfg: "[metadata]" and "name = …"'
        raise ProjectError(what=what, fix=fix)
    name = declared or in_script or tree.name
    written = _written_versions(tree, computed_in=name if tool == "static" else None)
    # PEP 517's default
    legacy = (backend is None and "setup.py" in tree.files) or str(backend).endswith(":__legacy__")
    return VersionOrigin(
        tool=tool,
        name=name,
        version=next((each.version for each in written if each and each.version), None),
        place=next((each for each in written if each and each.path), None),
        keeps_section=keeps,
        backend=LEGACY if legacy else BACKEND,
    )


def _written_versions(tree: SourceTree, computed_in: str | None) -> list[VersionPlace | None]:
    """Return the version at each place that gives it; ``None``: computed, or in a missing file.

    No tool computes that of the project ``computed_in``: raises :class:`ProjectError` if it isn't found.
    """
    written = [*map(tree.written, tree.given_versions())]
    named = None in written and str(tree.tool("setuptools", "dynamic", "version").get("attr", ""))
    if computed_in is None or (any(written) and not named):
        return written
    place = _only_place(tree, computed_in)
    if named:
        module, _, name = named.rpartition(".")
        why, fix = "no assignment to it can be read without running it", f'{name} = "1.4.0" there, as a text'
        if tree.files.keys().isdisjoint(tree.module_files(module)):
            if place is not None and place.name == name:  # setup.py has its folder: package_dir
                return [*written, place]
            why = f"there is no module {module} (package_dir of setup.py is not read)"
            fix = 'version = "1.4.0" in [project], instead of that'
        raise ProjectError(what=f"the version is {named}, and {why}", fix=fix)
    if tree.setup_script.opaque and "version" not in tree.setup_script.keywords:
        what = "setup.py passes keywords to setup() that can't be read here (**)"
        raise ProjectError(what=what, fix="write version= into the call of setup()")
    return [*written, place]


def _only_place(tree: SourceTree, name: str) -> VersionPlace | None:
    """Return the one ``__version__`` of a project, else its one VERSION file."""
    shallow = {path: text for path, text in tree.files.items() if path.rpartition("/")[0] in ("", *tree.packages)}
    found = [place for place in version_places(shallow) if place.is_text]
    found = [place for place in found if place.name.lower() == "__version__"] or found
    usable = [place for place in found if normalized(name) in map(normalized, place.path.split("/")[-2:-1])] or found
    usable = usable or [VersionPlace(text) for text in version_files(tree.files).values()]
    return usable[0] if len({place.version for place in usable}) == 1 else None


def settings_of(tree: SourceTree, origin: VersionOrigin, chosen: str | None) -> tuple[Settings, list[str]]:
    """Return the keys for ``[tool.uniqver]`` but for the pipeline's, and notes: why, and what is lost.

    A derived base is not explained if the user has ``chosen`` another.
    """
    settings, notes = _counterparts(tree, origin.tool)
    if tree.git is None and work_tree_of(tree.directory) is not None:
        notes.append("git does not read this repository, so no tag of it is known: git status shows why")
    static = origin.tool == "static"
    if origin.keeps_section:
        notes.append("[tool.setuptools_scm] stays: setuptools-scm computes the version, uniqver replaces its number")
    elif origin.tool != "uniqver" and tree.git and tree.inside != ".":
        settings["root"] = "/".join([".."] * len(tree.inside.split("/")))
    if static and (prefix := _needed_prefix(tree.tags, normalized(origin.name))) is not None:
        settings["tag-prefix"] = prefix
    prefix = cast("str | None", settings.get("tag-prefix"))
    released = releases(tree.tags, prefix)
    reachable = released if tree.merged is None else releases(tree.merged, prefix)
    unmerged = bool(released) and not reachable and origin.tool != "uniqver" and not origin.keeps_section
    if (static and origin.version is not None) or (unmerged and "base" not in settings):
        base, why = _leading_base(origin.version or str(max(released)), released, reachable)
        settings |= {} if base is None else {"base": base}
        if chosen in (None, base):
            notes.append(f"{'no base' if base is None else f'base {base}'}: {why}")
    return settings, notes


def _counterparts(tree: SourceTree, tool: VersionTool) -> tuple[Settings, list[str]]:
    if tool == "setuptools-scm" and not _SCM_TABLES & tree.tool().keys():
        note = "setuptools-scm put every tracked file into the sdist; sdist-files keeps that"
        return {"sdist-files": "tracked"}, [note]
    if tool not in _TOOLS or tool == "setuptools-scm":
        return {}, []
    settings: Settings = {}
    old: Table = {**tree.setup_cfg.get(tool, {}), **tree.tool(tool)}
    _, counterparts, needless = _TOOLS[tool]
    for path, key in counterparts.items():
        *above, last = path.split(".")
        value = str(table(old, *above).get(last, "")).strip("'\"")
        if value and (key, value) != ("tag-prefix", "v") and (key != "version-file" or value.endswith(".py")):
            settings[key] = value
    if start := tree.files.get(str(old.get("version_file")), "").strip():
        settings["base"] = start
    scheme, kept = _scheme(old)
    lost = sorted(old.keys() - needless - kept - {path.partition(".")[0] for path in counterparts})
    notes = [f"these keys of [tool.{tool}] have no counterpart: {', '.join(lost)}"] if lost else []
    return settings | scheme, notes


def _scheme(old: Table) -> tuple[Settings, set[str]]:
    """Return bump and segment of the old tool, without which the next version may sort below its last, and the keys kept."""
    style, method = str(old.get("style", "pep440")), table(old, "next-version").get("method", "minor")
    scheme: Settings = {}
    if method == "minor" and "{next_version}" in str(old.get("format")):
        scheme["bump"] = "minor"
    if "-post" in style:
        scheme["segment"] = "post"
    kept = {"style"} if style in _STYLES else set[str]()
    return scheme, kept | ({"next-version"} if method in _METHODS else set())


def _needed_prefix(tags: tuple[str, ...], name: str) -> str | None:
    """Return the ``tag-prefix`` of the project's name, or of the only tags that fit."""
    fitting = fitting_prefix(tags, name)
    if fitting in (None, "", "v"):
        return None
    usual, own = releases(tags, None), releases(tags, fitting)
    named = normalized(str(fitting)).startswith(name)
    return fitting if not usual or (named and max(own) > max(usual)) else None


def _leading_base(old: str, released: list[Version], reachable: list[Version]) -> tuple[str | None, str]:
    """Return the base that a written version leads to, and why. After the tags that HEAD contains none is needed."""
    version = version_of(old)
    if version is None:
        return None, f"the old version {old[:60]!r} is not valid under PEP 440"
    highest = max(reachable, default=None)
    candidate = highest is not None and highest.is_prerelease and highest.release == version.release
    if highest is not None and (highest >= version or candidate):
        return None, f"the tags (the highest is {highest}) continue from {old}"
    if version.is_prerelease:
        return version.base_version, f"the old version {old} led to it"
    if released and version not in released and (reachable or version > max(released)):
        return str(version), "the old version is above every tag, so it is being worked toward"
    last = version if reachable else max([version, *released])
    why = f'there are no tags, so {old} is assumed to be released; if it is not, set base = "{old}"'
    if released:
        why = f"the tag of {last} lies on another branch, so raise base after each release"
    return bumped(Version(last.base_version), "patch"), why
