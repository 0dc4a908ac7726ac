"""Reads what a project says about itself, and refuses what would fight over the version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from uniqver.config.toml import TOMLDecodeError, loads
from uniqver.errors import ConfigError, ProjectError
from uniqver.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from uniqver.project.scm_section import ScmSection

Table = dict[str, object]


class Project(Value):
    """A project's folder and what its pyproject.toml (and setup.cfg) say."""

    directory: Path
    """Absolute, with symbolic links resolved."""
    name: str | None
    """As written; ``None`` where only setup.py knows it."""
    settings: Mapping[str, object]
    """``[tool.uniqver]``, unread."""
    tool: Mapping[str, object]
    """``[tool]``: whether other tools have a say."""
    package_roots: tuple[str, ...] = ("src", ".")
    """Folders that packages may lie in, relative to ``directory``, the likeliest first."""
    declarative: bool = False
    """Whether setuptools is told by pyproject.toml alone, ``[project]`` or ``[tool.setuptools]``, and runs no setup.py."""
    scm: ScmSection | None = None
    """Where setuptools-scm is configured: then the version is its, but for the number."""

    @property
    def normalized_name(self) -> str | None:
        """The name as PEP 503 has it: ``xtrade-ai``."""
        return None if self.name is None else normalized(self.name)


def normalized(name: str) -> str:
    """Return ``name`` as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_project(directory: Path) -> Project:
    """Read the project at ``directory``.

    Raises :class:`ConfigError` where there is no usable pyproject.toml, or where the version stands somewhere
    already: two places that both say the version can't both be right.
    """
    directory = directory.resolve()
    document = _read_toml(directory / "pyproject.toml")
    project = _table(document, "project")
    tool = _table(document, "tool") or {}
    setup_cfg = _setup_cfg(directory / "setup.cfg")
    metadata = setup_cfg.get("metadata", {})
    problems = [*_in_project_table(project), *_in_setuptools_table(tool), *_in_setup_cfg(metadata)]
    if len(problems) == 1:
        raise ConfigError(what=problems[0][0], fix=problems[0][1])
    if problems:
        what = "the version is said in more than one place:" + "".join(f"\n  - {what}" for what, _ in problems)
        raise ConfigError(what=what, fix="; ".join(fix for _, fix in problems))
    name = (project or {}).get("name") or metadata.get("name")
    return Project(
        directory=directory,
        name=name if isinstance(name, str) else None,
        settings=_table(tool, "uniqver") or {},
        tool=tool,
        declarative=(project is not None or "setuptools" in tool) and not (directory / "setup.py").exists(),
        package_roots=package_roots(tool, setup_cfg),
        scm=_scm_section(directory, document, tool, dynamic=project is not None),
    )


def _scm_section(directory: Path, document: Table, tool: Mapping[str, object], *, dynamic: bool) -> ScmSection | None:
    """Look for setuptools-scm where anything at all may speak of it: in most projects nothing does."""
    names = ("scm", "vcs-versioning")
    said = any(name in word for word in (*tool, str(document.get("build-system")).lower()) for name in names)
    if not said and not (directory / "setup.py").exists():
        return None
    from uniqver.project.scm_section import find_scm_section

    return find_scm_section(directory, document, tool, dynamic=dynamic)


def frozen_version(project: Project) -> tuple[str | None, str | None]:
    """Return the version that an sdist froze in ``PKG-INFO``, and why not where there is one that isn't used.

    Raises :class:`ProjectError` where the file is there, is of this project, and holds no valid version.
    """
    path = project.directory / "PKG-INFO"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, None
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_pkg_info(path, "can't be read") from error
    from packaging.version import InvalidVersion, Version

    from uniqver.model.core_metadata import headers  # few builds are of an unpacked sdist, and those are in a hurry

    found = headers(text)
    if project.name is not None and normalized(found.get("name", "")) != project.normalized_name:
        return None, f"PKG-INFO is of {found.get('name') or 'no project'!r}, not of {project.name!r}"
    try:
        return str(Version(found.get("version", ""))), None
    except InvalidVersion as error:
        raise _bad_pkg_info(path, f"holds no valid version ({found.get('version', '')!r})") from error


def _bad_pkg_info(path: Path, why: str) -> ProjectError:
    return ProjectError(what=f"{path} {why}", fix="unpack the sdist again; in a checkout, delete PKG-INFO")


def _read_toml(path: Path) -> Table:
    try:
        return loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        what, fix = (
            f"there is no pyproject.toml in {path.parent}",
            "run this in the project's folder, or name it: -C DIR",
        )
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what, fix = f"{path} is not UTF-8 (line {line})", "save pyproject.toml as UTF-8"
    except TOMLDecodeError as error:
        what, fix = f"{path} is no valid TOML: {error}", "correct that line of pyproject.toml"
    except OSError as error:
        what, fix = f"{path} can't be read: {error.strerror}", "make pyproject.toml a file that this user can read"
    raise ConfigError(what=what, fix=fix)


def _table(parent: Mapping[str, object], key: str) -> Table | None:
    value = parent.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ConfigError(
            what=f"{key} in pyproject.toml is no table", fix=f"write it as a table, [{key}] or [tool.{key}]"
        )
    return cast("Table", value)


def _in_project_table(project: Table | None) -> list[tuple[str, str]]:
    if project is None:
        return []
    if "version" in project:
        return [
            (
                f"[project] has a static version = {project['version']!r}",
                'delete that line from [project] and add: dynamic = ["version"]',
            )
        ]
    dynamic = project.get("dynamic", [])
    if not isinstance(dynamic, list) or "version" not in dynamic:
        names = [str(name) for name in dynamic] if isinstance(dynamic, list) else []
        wanted = ", ".join(f'"{name}"' for name in (*names, "version"))
        return [('[project] does not list "version" as dynamic', f"add to [project]: dynamic = [{wanted}]")]
    return []


def _in_setuptools_table(tool: Table) -> list[tuple[str, str]]:
    setuptools = tool.get("setuptools")
    dynamic = setuptools.get("dynamic") if isinstance(setuptools, dict) else None
    if isinstance(dynamic, dict) and "version" in dynamic:
        return [("[tool.setuptools.dynamic] sets the version too", "delete version from [tool.setuptools.dynamic]")]
    return []


def _in_setup_cfg(metadata: Mapping[str, str]) -> list[tuple[str, str]]:
    if "version" in metadata:
        return [
            (
                f"setup.cfg sets the version too: version = {metadata['version']}",
                "delete version from [metadata] in setup.cfg",
            )
        ]
    return []


def package_roots(tool: Table, setup_cfg: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Return where packages are by [tool.setuptools] and setup.cfg, then the two usual places."""
    setuptools = _mapping(tool.get("setuptools"))
    where = _mapping(_mapping(setuptools.get("packages")).get("find")).get("where")
    named = [
        _mapping(setuptools.get("package-dir")).get(""),
        *(cast("list[object]", where) if isinstance(where, list) else []),
        setup_cfg.get("options.packages.find", {}).get("where"),
        *(
            path.strip()
            for line in setup_cfg.get("options", {}).get("package_dir", "").splitlines()
            for package, equals, path in [line.partition("=")]
            if equals and not package.strip()
        ),
    ]
    return tuple(dict.fromkeys([*(path for path in named if isinstance(path, str)), "src", "."]))


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _setup_cfg(path: Path) -> dict[str, dict[str, str]]:
    """Return the sections of setup.cfg that matter here, read as setuptools reads them."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            what=f"{path} can't be read", fix="make setup.cfg a UTF-8 file that this user can read"
        ) from error
    if "[metadata]" not in text and "[options]" not in text:
        return {}
    # setuptools has imported it already; without such a setup.cfg nobody needs it
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error as error:
        first = str(error).splitlines()[0]
        raise ConfigError(what=f"{path} can't be read: {first}", fix="correct that line of setup.cfg") from error
    wanted = ("metadata", "options", "options.packages.find")
    return {section: dict(parser.items(section)) for section in wanted if parser.has_section(section)}
