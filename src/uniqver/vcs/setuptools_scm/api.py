"""The part of setuptools-scm's documented API (``vcs_versioning``) that is used, as types.

It is no dependency: it is imported only where a project needs it, and these types stand for it everywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import datetime
    import re
    from collections.abc import Mapping
    from pathlib import Path


class AnyVersion(Protocol):
    """A parsed version; ``str`` gives its text."""

    @property
    def public(self) -> str:
        """Without the local part."""


class ScmVersion(Protocol):
    """``vcs_versioning.ScmVersion``: a dataclass, so :func:`dataclasses.replace` makes variants."""

    tag: AnyVersion
    distance: int
    node: str | None
    dirty: bool
    preformatted: bool
    branch: str | None
    node_date: datetime.date | None

    def format(self) -> str:
        """Apply the configured version_scheme and local_scheme."""


class Workdir(Protocol):
    """What ``Configuration.discover_workdir`` finds."""

    path: Path

    def get_scm_version(self) -> ScmVersion | None:
        """Ask the SCM, the archival file or the settings."""


class TagConfiguration(Protocol):
    """``vcs_versioning.TagConfiguration``."""

    prefix: str
    regex: re.Pattern[str]


class Configuration(Protocol):
    """``vcs_versioning.Configuration``."""

    tag: TagConfiguration
    version_scheme: object
    version_file: object
    write_to: object
    fallback_version: str | None
    dist_name: str | None

    @property
    def absolute_root(self) -> str:
        """The folder that ``root`` names."""

    def discover_workdir(self) -> Workdir | None:
        """Find the repository, the archive or what else there is."""


class Environment(Protocol):
    """``vcs_versioning.VcsEnvironment``."""

    def build_config(self, **settings: object) -> Configuration:
        """Read the settings of a project."""


class Environments(Protocol):
    """The class ``vcs_versioning.VcsEnvironment``."""

    def from_env(self, *tools: str, env: Mapping[str, str], dist_name: str | None) -> Environment:
        """Read the variables with the prefixes ``tools``."""


class PyProjects(Protocol):
    """The class ``vcs_versioning.PyProjectData``."""

    def from_file(self, path: str) -> object:
        """Read a pyproject.toml; the result is a dataclass."""


class TagReader(Protocol):
    """``setuptools_scm.version.tag_to_version``."""

    def __call__(self, tag: str, config: Configuration) -> AnyVersion | None:
        """Return the version that a tag names by the configured regular expression."""


def environments() -> Environments:
    """Return ``VcsEnvironment``."""
    import vcs_versioning  # type: ignore[import-not-found,unused-ignore]  # installed where a project needs it

    return cast("Environments", vcs_versioning.VcsEnvironment)


def pyprojects() -> PyProjects:
    """Return ``PyProjectData``."""
    import vcs_versioning  # type: ignore[import-not-found,unused-ignore]  # as above

    return cast("PyProjects", vcs_versioning.PyProjectData)


def tag_reader() -> TagReader:
    """Return ``tag_to_version``."""
    from setuptools_scm import version  # type: ignore[import-not-found,unused-ignore]  # as above

    return cast("TagReader", version.tag_to_version)
