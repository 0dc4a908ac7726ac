"""Answers of setuptools-scm about a tree: its configuration, its tags, its schemes, nothing replaced yet."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from uniqver.errors import ScmError
from uniqver.model.named_tuple import NamedTuple
from uniqver.model.tree import ScmState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

_ScmVersion: TypeAlias = Any
"""``vcs_versioning.ScmVersion``: a dataclass, so ``dataclasses.replace`` makes variants. It is no dependency: imported
only where a project needs it, so type checkers may not know it."""

_Configuration: TypeAlias = Any
"""``vcs_versioning.Configuration``."""

NO_TAG = "0.0"
"""What setuptools-scm takes for the tag if there is none."""

NOTHING: Mapping[str, object] = MappingProxyType({})


class Asked(NamedTuple):
    """What setuptools-scm is asked about."""

    directory: Path
    """The project's."""
    name: str | None
    tool: str = "setuptools_scm"
    """The name of its table in pyproject.toml."""
    table: Mapping[str, object] = NOTHING
    overrides: Mapping[str, object] = NOTHING
    """Settings on top of the table: those of ``use_scm_version``."""
    tag: str | None = None
    """A tag whose version is wanted: the one that a CI runs for."""


def read_scm(asked: Asked, environ: Mapping[str, str]) -> ScmState | None:
    """Return what setuptools-scm reports, or ``None`` if it finds nothing to tell a version from.

    Raises :class:`ScmError` if it fails, with its own words.
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
    if version is None:
        return None
    state = _whole(version, config) if version.preformatted else _state(version, config, asked.tag)
    return state._replace(
        root=None if version.preformatted else str(workdir.path),
        files=tuple(_files(asked.directory, config)),
        name=config.dist_name,
    )


def _configuration(asked: Asked, environ: Mapping[str, str]) -> _Configuration:
    """Build the configuration as setuptools-scm's own hooks do ("Integrators")."""
    import vcs_versioning  # type: ignore[import-not-found,unused-ignore]  # installed where a project needs it

    path = str(asked.directory / "pyproject.toml")
    pyproject = dataclasses.replace(
        vcs_versioning.PyProjectData.from_file(path),
        tool_name=asked.tool,
        section=dict(asked.table),
        section_present=True,
    )
    environment = vcs_versioning.VcsEnvironment.from_env("SETUPTOOLS_SCM", env=environ, dist_name=asked.name)
    settings = {"name": path, "dist_name": asked.name, "pyproject_data": pyproject, **asked.overrides}
    return environment.build_config(**settings)


def _whole(version: _ScmVersion, config: _Configuration) -> ScmState:
    text = str(version.tag)
    return ScmState(
        release=text,
        development=text,
        scheme=_scheme_name(config.version_scheme),
        tag=None,
        whole=True,
        fallback=text == config.fallback_version,
    )


def _state(version: _ScmVersion, config: _Configuration, tag: str | None) -> ScmState:
    tagged = str(version.tag) != NO_TAG
    return ScmState(
        release=_formatted(version, distance=0) if tagged and version.distance == 0 else None,
        development=_formatted(version, distance=max(1, version.distance)),
        scheme=_scheme_name(config.version_scheme),
        tag=str(version.tag) if tagged else None,
        named=None if tag is None else _named(version, tag, config),
        distance=version.distance,
        node=version.node or None,
        dirty=version.dirty,
        branch=version.branch,
        node_date=None if version.node_date is None else version.node_date.isoformat(),
        refusal=_refusal(version) if version.dirty else None,
    )


def _formatted(version: _ScmVersion, *, distance: int, tag: object = None) -> str:
    """Return what the schemes make of a clean tree at ``distance``."""
    return str(dataclasses.replace(version, distance=distance, dirty=False, tag=tag or version.tag).format())


def _named(version: _ScmVersion, tag: str, config: _Configuration) -> str | None:
    if not tag.startswith(config.tag.prefix):
        return None
    if not config.tag.regex.match(tag[len(config.tag.prefix) :]):
        return None
    from setuptools_scm.version import tag_to_version  # type: ignore[import-not-found,unused-ignore]  # as above

    parsed = tag_to_version(tag, config)
    return None if parsed is None else _formatted(version, distance=0, tag=parsed)


def _refusal(version: _ScmVersion) -> str | None:
    try:
        version.format()
    except Exception as error:  # schemes raise what they like, and to refuse a tree is their right
        return _first_line(error)
    return None


def _files(directory: Path, config: _Configuration) -> Iterator[str]:
    """Yield the version files; ``write_to`` is relative to ``root``, ``version_file`` to the project."""
    for top, name in ((directory, config.version_file), (config.absolute_root, config.write_to)):
        if name and (path := Path(top, name)).is_relative_to(directory):
            yield path.relative_to(directory).as_posix()


def _scheme_name(scheme: object) -> str:
    return scheme if isinstance(scheme, str) else getattr(scheme, "__name__", "of its own")


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
