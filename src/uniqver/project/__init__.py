"""The project as pyproject.toml and setup.cfg declare it, and what in them conflicts over the version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING, TypeAlias, cast

from uniqver.config import loads, table
from uniqver.errors import ConfigError
from uniqver.files import read_bytes, read_text
from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from uniqver.project.scm_section import ScmSection

Table = dict[str, object]
SetupCfg: TypeAlias = Mapping[str, Mapping[str, str]]
"""The sections of setup.cfg."""

OLDEST_SETUPTOOLS = 77
"""Knows PEP 639's license expressions; 61 to 76 are not tested."""

REWRITTEN = {
    *("PKG-INFO", "SOURCES.txt", "requires.txt", "top_level.txt", "entry_points.txt", "dependency_links.txt"),
    *("namespace_packages.txt", "eager_resources.txt", "zip-safe", "not-zip-safe"),
}
"""What each build writes again, or removes, in ``.egg-info``: setuptools' ``egg_info.writers`` and ``write_safety_flag``."""


class Project(NamedTuple):
    """A project's folder and declaration."""

    directory: Path
    """Absolute, with symbolic links resolved."""
    name: str | None
    """As written; ``None`` if only setup.py knows it."""
    settings: Mapping[str, object]
    """``[tool.uniqver]``, unread."""
    package_roots: tuple[str, ...] = ("src", ".")
    """Folders that packages may lie in, relative to ``directory``, the likeliest first."""
    named: frozenset[str] = frozenset()
    """Paths and globs of what is read, or packed besides packages, relative to ``directory``; and words beside them."""
    scm: ScmSection | None = None
    """If setuptools-scm makes the version, and uniqver only the number."""
    setup_may_require: bool = True
    """Whether setup.py, setup.cfg or a plugin may have setuptools ask for more than ``requires`` lists."""

    @property
    def normalized_name(self) -> str | None:
        """The name as PEP 503 has it: ``xtrade-ai``."""
        return None if self.name is None else normalized(self.name)

    def inside(self, top: Path) -> str:
        """Return the folder from ``top``, with a slash at its end; empty for ``top`` itself."""
        return "" if self.directory == top else f"{self.directory.relative_to(top).as_posix()}/"


def normalized(name: str) -> str:
    """Return ``name`` as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_project(directory: Path) -> Project:
    """Read the project at ``directory``.

    Raises :class:`ConfigError` if there is no usable pyproject.toml, or if it or setup.cfg specifies the version.
    """
    directory = _resolved(directory)
    document = read_pyproject(directory / "pyproject.toml")
    project = table_of(document, "project")
    tool = table_of(document, "tool") or {}
    setup_cfg = _read_setup_cfg(directory / "setup.cfg")
    metadata = setup_cfg.get("metadata", {})
    problems = list(_conflicts(project, tool, metadata))
    if problems:
        listed = "".join(f"\n  - {what}" for what, _ in problems)
        what = problems[0][0] if len(problems) == 1 else f"the version is specified in more than one place:{listed}"
        raise ConfigError(what=what, fix="; ".join(fix for _, fix in problems), topic="start")
    name = (project or {}).get("name") or metadata.get("name")
    if isinstance(name, str) and not name.isprintable():
        raise ConfigError(
            what=f"name = {name[:60]!r} is not a valid name", fix="name the project in letters, digits and - _ ."
        )
    return Project(
        directory=directory,
        name=name if isinstance(name, str) else None,
        settings=table_of(tool, "uniqver") or {},
        package_roots=package_roots(tool, setup_cfg),
        named=_named({**metadata, **(project or {}), **table(tool, "setuptools")}, setup_cfg),
        scm=_scm_section(directory, document, tool, dynamic=project is not None),
        setup_may_require=(directory / "setup.py").exists()
        or any(key.replace("-", "_") == "setup_requires" for key in setup_cfg.get("options", {}))
        or not _NO_PLUGINS.issuperset(build_requirements(document)),
    )


_NO_PLUGINS = frozenset({"setuptools", "uniqver", "wheel", "packaging", "tomli"})
"""Build requirements that don't make setuptools ask for more. Any other may have an entry point that does."""


def requirement_name(requirement: object) -> str:
    """Return the normalized name in a requirement; empty if there is none."""
    found = re.match(r"[A-Za-z0-9._-]+", str(requirement).strip())
    return normalized(found[0]) if found else ""


def build_requirements(document: Mapping[str, object]) -> tuple[str, ...]:
    """Return the normalized names in ``[build-system] requires``."""
    listed = table(document, "build-system").get("requires")
    return tuple(map(requirement_name, cast("list[object]", listed))) if isinstance(listed, list) else ()


def _resolved(directory: Path) -> Path:
    try:
        return directory.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        where = "the folder that this runs in" if str(directory) == "." else str(directory)
        raise ConfigError(
            what=f"{where} can't be found: {getattr(error, 'strerror', None) or error}",
            fix="name the project's folder: -C DIR",
        ) from error


def _scm_section(directory: Path, document: Table, tool: Table, *, dynamic: bool) -> ScmSection | None:
    words = (*tool, str(document.get("build-system")).lower())
    mentioned = any(name in word for word in words for name in ("scm", "vcs-versioning"))
    if not mentioned and not (directory / "setup.py").exists():
        return None
    from uniqver.project.scm_section import find_scm_section  # most projects don't mention it

    return find_scm_section(directory, document, tool, dynamic=dynamic)


def read_pyproject(path: Path) -> Table:
    """Return the whole document. Raises :class:`ConfigError` if it can't be read, or is not valid."""
    try:
        return parse_pyproject(read_bytes(path).decode("utf-8"), str(path))
    except FileNotFoundError:
        what = f"there is no pyproject.toml in {path.parent}"
        fix = "run this in the project's folder, or name it: -C DIR"
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what, fix = f"{path} is not UTF-8 (line {line})", "save pyproject.toml as UTF-8"
    except OSError as error:
        what, fix = f"{path} can't be read: {error.strerror}", "make pyproject.toml a file that this user can read"
    raise ConfigError(what=what, fix=fix)


def parse_pyproject(text: str, place: str) -> Table:
    """Return the whole document. Raises :class:`ConfigError`, with ``place`` as the file's name, if it is not valid."""
    try:
        return loads(text)
    except ValueError as error:
        fix = "correct that line of pyproject.toml"
        raise ConfigError(what=f"{place} is not valid TOML: {error}", fix=fix) from error


def table_of(parent: Mapping[str, object], key: str) -> Table | None:
    """Return a table of pyproject.toml, if it is there. Raises :class:`ConfigError` for another value."""
    value = parent.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        table_name = key if key in ("project", "tool") else f"tool.{key}"
        what = f"{table_name} in pyproject.toml is not a table"
        raise ConfigError(what=what, fix=f"write it as one table: [{table_name}]")
    return cast("Table", value)


def _conflicts(project: Table | None, tool: Table, metadata: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what specifies the version too, or is missing for uniqver's, with its fix."""
    if project is not None:
        dynamic = project.get("dynamic", [])
        listed = cast("list[object]", dynamic) if isinstance(dynamic, list) else []
        if "version" in project:
            what = f"[project] has a static version = {project['version']!r}"
            yield what, 'delete that line from [project] and add: dynamic = ["version"]'
        elif "version" not in listed:
            yield '[project] does not list "version" as dynamic', f"in [project]: {dynamic_with('version', listed)}"
    if "version" in table(tool, "setuptools", "dynamic"):
        yield "[tool.setuptools.dynamic] sets the version too", "delete version from [tool.setuptools.dynamic]"
    if "version" in metadata:
        what = f"setup.cfg sets the version too: version = {metadata['version']}"
        yield what, "delete version from [metadata] in setup.cfg"


def dynamic_with(name: str, listed: list[object]) -> str:
    """Return the line that lists ``name`` as dynamic, in the place of a mistyped one."""
    import difflib  # only for this error

    kept = [each for each in listed if not difflib.get_close_matches(str(each), [name], cutoff=0.8)]
    return f"dynamic = [{', '.join(f'{chr(34)}{each}{chr(34)}' for each in (*kept, name))}]"


def package_roots(tool: Mapping[str, object], setup_cfg: SetupCfg) -> tuple[str, ...]:
    """Return the folders of packages by ``[tool.setuptools]`` and setup.cfg, then the two usual ones."""
    where = table(tool, "setuptools", "packages", "find").get("where")
    lines = [line.partition("=") for line in setup_cfg.get("options", {}).get("package_dir", "").splitlines()]
    named = [
        *table(tool, "setuptools", "package-dir").values(),
        *(cast("list[object]", where) if isinstance(where, list) else []),
        setup_cfg.get("options.packages.find", {}).get("where"),
        *(folder.strip() for _, equals, folder in lines if equals),
    ]
    return tuple(dict.fromkeys([*(normpath(path) for path in named if isinstance(path, str)), "src", "."]))


_NAMING = ("readme", "license", "ext-modules", "script-files", "long_description")
"""Starts of keys that name files."""

_ALWAYS = ("pyproject.toml", "setup.cfg", "MANIFEST.in", "LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")
"""What setuptools reads, or takes for licenses."""


def _named(settings: Mapping[str, object], setup_cfg: SetupCfg) -> frozenset[str]:
    tables = table(settings, "dynamic"), table(settings, "data-files")
    options, packages = setup_cfg.get("options", {}), settings.get("packages")
    listed = [*(packages if isinstance(packages, list) else ()), *options.get("packages", "").split()]
    values: list[object] = [options.get("scripts"), *(str(package).replace(".", "/") for package in listed)]
    values += [setup_cfg.get("options.data_files"), *(each for one in tables for each in one.values())]
    values += [value for key, value in settings.items() if key.startswith(_NAMING)]
    in_cfg = (value for section in setup_cfg.values() for value in section.values())
    values += [value.replace("file:", ",") for value in in_cfg if value.startswith("file:")]
    named = [*_ALWAYS]
    for value in values:  # which grows by what lists and tables hold
        if isinstance(value, str):
            named += [value, *re.split(r"[,\s]+", value)]
        else:
            values += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return frozenset(map(normpath, named))


def _read_setup_cfg(path: Path) -> SetupCfg:
    try:
        text = read_text(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        fix = "make setup.cfg a UTF-8 file that this user can read"
        raise ConfigError(what=f"{path} can't be read", fix=fix) from error
    return parse_setup_cfg(text, str(path)) if "[metadata]" in text or "[options]" in text else {}


def parse_setup_cfg(text: str, place: str) -> SetupCfg:
    """Return the sections of setup.cfg. Raises :class:`ConfigError`, which calls the file ``place``."""
    from configparser import Error, RawConfigParser  # 3 ms, and few have such a setup.cfg

    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error as error:
        first = str(error).splitlines()[0]
        raise ConfigError(what=f"{place} can't be read: {first}", fix="correct that line of setup.cfg") from error
    return {section: dict(parser.items(section)) for section in parser.sections()}
