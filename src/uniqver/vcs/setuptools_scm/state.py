"""Asks setuptools-scm what it says about a tree: its configuration, its tags, its schemes, nothing replaced yet."""

from __future__ import annotations

import dataclasses
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from uniqver.errors import ScmError
from uniqver.model.decision import ScmState
from uniqver.vcs.setuptools_scm import api

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NO_TAG = "0.0"
"""What setuptools-scm takes for the tag where there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What setuptools-scm is asked about."""

    directory: Path
    """The project's."""
    name: str | None
    tool: str = "setuptools_scm"
    """The name of its table in pyproject.toml."""
    table: Mapping[str, object] = dataclasses.field(default_factory=dict)
    overrides: Mapping[str, object] = dataclasses.field(default_factory=dict)
    """Settings on top of the table: those of ``use_scm_version``."""
    tag: str | None = None
    """A tag whose version is wanted: the one that a CI runs for."""


def read_scm(asked: Asked, environ: Mapping[str, str]) -> ScmState | None:
    """Return what setuptools-scm says, or ``None`` where it finds nothing to tell a version from.

    Raises :class:`ScmError` where it fails, with its own words.
    """
    try:
        with warnings.catch_warnings():
            # it says the same again when setuptools loads it, a moment later
            warnings.simplefilter("ignore")
            return _read(asked, environ)
    except (Exception, SystemExit) as error:  # whatever it, or a scheme of the project's own, raises
        raise ScmError(
            what=f"setuptools-scm can't tell a version: {_first_line(error)}",
            fix=f"correct that in [tool.{asked.tool}] or in the repository; or pin the version: UNIQVER_VERSION=1.4.1.dev1",
        ) from error


def _read(asked: Asked, environ: Mapping[str, str]) -> ScmState | None:
    config = _configuration(asked, environ)
    workdir = config.discover_workdir()
    version = None if workdir is None else workdir.get_scm_version()
    if workdir is None or version is None:
        return None
    files = _files(asked.directory, config)
    if version.preformatted:
        return _whole(version, config, files)
    return _state(version, workdir, config, files, asked.tag)


def _configuration(asked: Asked, environ: Mapping[str, str]) -> api.Configuration:
    """Build the configuration as setuptools-scm's own hooks do ("Integrators")."""
    path = str(asked.directory / "pyproject.toml")
    pyproject = dataclasses.replace(
        api.pyprojects().from_file(path),  # type: ignore[type-var]
        tool_name=asked.tool,
        section=dict(asked.table),
        section_present=True,
    )
    environment = api.environments().from_env("SETUPTOOLS_SCM", env=environ, dist_name=asked.name)
    return environment.build_config(name=path, dist_name=asked.name, pyproject_data=pyproject, **dict(asked.overrides))


def _whole(version: api.ScmVersion, config: api.Configuration, files: tuple[str, ...]) -> ScmState:
    text = str(version.tag)
    return ScmState(
        release=text,
        development=text,
        scheme=_scheme_name(config.version_scheme),
        tag=None,
        whole=True,
        fallback=text == config.fallback_version,
        files=files,
        name=config.dist_name,
    )


def _state(
    version: api.ScmVersion, workdir: api.Workdir, config: api.Configuration, files: tuple[str, ...], tag: str | None
) -> ScmState:
    tagged = str(version.tag) != NO_TAG
    on_tag = tagged and version.distance == 0
    node_date = version.node_date
    return ScmState(
        release=_formatted(version, distance=0) if on_tag else None,
        development=_formatted(version, distance=max(1, version.distance)),
        scheme=_scheme_name(config.version_scheme),
        tag=str(version.tag) if tagged else None,
        named=None if tag is None else _named(version, tag, config),
        distance=version.distance,
        node=version.node or None,
        dirty=version.dirty,
        branch=version.branch,
        node_date=None if node_date is None else node_date.isoformat(),
        refusal=_refusal(version) if version.dirty else None,
        root=str(workdir.path),
        files=files,
        name=config.dist_name,
    )


def _formatted(version: api.ScmVersion, *, distance: int, tag: api.AnyVersion | None = None) -> str:
    """Return what the schemes make of a clean tree at ``distance``."""
    changed: dict[str, object] = {"distance": distance, "dirty": False, "tag": tag or version.tag}
    return dataclasses.replace(version, **changed).format()  # type: ignore[type-var]


def _named(version: api.ScmVersion, tag: str, config: api.Configuration) -> str | None:
    if not tag.startswith(config.tag.prefix):
        return None
    if not config.tag.regex.match(tag[len(config.tag.prefix) :]):
        return None
    parsed = api.tag_reader()(tag, config)
    return None if parsed is None else _formatted(version, distance=0, tag=parsed)


def _refusal(version: api.ScmVersion) -> str | None:
    try:
        version.format()
    except Exception as error:  # schemes raise what they like, and to refuse a tree is their right
        return _first_line(error)
    return None


def _files(directory: Path, config: api.Configuration) -> tuple[str, ...]:
    """Return the version files; ``write_to`` is relative to ``root``, ``version_file`` to the project."""
    paths = [directory / os.fspath(cast("str", config.version_file))] if config.version_file else []
    if config.write_to:
        paths.append(Path(config.absolute_root, os.fspath(cast("str", config.write_to))))
    return tuple(_relative(paths, directory))


def _relative(paths: Iterable[Path], directory: Path) -> Iterable[str]:
    for path in paths:
        if path.is_relative_to(directory):
            yield path.relative_to(directory).as_posix()


def _scheme_name(scheme: object) -> str:
    return scheme if isinstance(scheme, str) else getattr(scheme, "__name__", "of its own")


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
