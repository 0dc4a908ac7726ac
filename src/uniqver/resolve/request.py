"""The question of a hook or a command: which version does this project get, here and now?"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from uniqver.config import Config, read_config
from uniqver.errors import ConfigError
from uniqver.model import NamedTuple
from uniqver.project import Project, read_project

if TYPE_CHECKING:
    from uniqver.vcs.repository import Repository

Purpose = Literal["peek", "version", "build", "allocate"]
"""``peek`` takes no number and proves nothing; ``version`` proves, but takes none; ``build`` takes one for a hook;
``allocate`` takes one of its own, and insists on a public version."""

Hook = Literal[
    "build_sdist",
    "build_wheel",
    "build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
]
"""The hooks that make something; a ``get_requires_for_…`` goes by the hook it is for."""


class Request(NamedTuple):
    """One question."""

    project: Project
    config: Config
    environ: Mapping[str, str]
    now: int
    """Seconds since the epoch, UTC."""
    purpose: Purpose
    hook: Hook | None = None
    metadata_directory: Path | None = None
    """Of ``prepare_metadata_for_…``, if the frontend passes it on."""

    @property
    def top(self) -> Path:
        """The repository's root by the setting ``root``."""
        return (self.project.directory / self.config.root).resolve()

    @property
    def owner(self) -> int | None:
        """The user whose repository git need not judge, as in a container with a mounted checkout: a build runs that user's code.

        Not for commands, which run none, and not on Windows, which has no numbers for users.
        """
        if self.hook is None or os.name == "nt":
            return None
        return (self.project.directory / "pyproject.toml").lstat().st_uid

    @property
    def is_foreign(self) -> bool:
        """Whether setuptools-scm has to read the tree, which is neither git's nor an unpacked sdist."""
        if (self.project.directory / "PKG-INFO").exists() or (self.top / ".git").exists():
            return False
        from uniqver.vcs.setuptools_scm import marker_at  # mostly there is git

        return marker_at(self.top) is not None

    @property
    def reads_scm(self) -> bool:
        """Whether setuptools-scm takes part in the build."""
        return self.project.scm is not None or self.is_foreign

    @property
    def proves(self) -> bool:
        """Whether the answer is used: a peek's is thrown away."""
        return self.purpose != "peek"

    @property
    def takes(self) -> bool:
        """Whether a number may be used up."""
        return self.purpose in ("build", "allocate")

    @property
    def builds(self) -> bool:
        """Whether this runs the project's code anyway."""
        return self.hook is not None or self.purpose == "allocate"

    @property
    def insists(self) -> bool:
        """Whether a local version is an error."""
        return self.purpose == "allocate" or (self.purpose == "build" and self.config.strict)


def repository_of(request: Request) -> Repository | None:
    """Return the project's repository, by ``root``.

    Raises ``ConfigError`` if the project lies outside of it, ``GitError`` if ``.git`` leads nowhere.
    """
    from uniqver.vcs.repository import find_repository  # a hook that asks mostly needs no repository

    top = request.top
    repository = find_repository(top, request.owner)
    if repository is not None and not request.project.directory.is_relative_to(top):
        raise ConfigError(
            what=f'root = "{request.config.root}": the project does not lie inside {top}',
            fix='root = ".." in [tool.uniqver]   (the way up from the project to the repository)',
        )
    return repository


def client_requirements(request: Request) -> tuple[str, ...]:
    """Return the requirements of the counter that the settings name: a client of Redis or PostgreSQL."""
    scheme, is_address, _ = request.config.counter.partition(":")
    if not is_address:
        return ()
    from uniqver.counters import requirements  # most builds have no counter that is elsewhere

    return requirements(scheme)


def request_for(
    directory: Path,
    environ: Mapping[str, str],
    purpose: Purpose,
    *,
    hook: Hook | None = None,
    metadata_directory: Path | None = None,
) -> Request:
    """Read the project at ``directory`` and its settings.

    Raises ``ConfigError`` for a pyproject.toml, a setup.cfg or a variable that can't be used.
    """
    project = read_project(directory)
    return Request(
        project=project,
        config=read_config(project.settings, environ, project=project.name),
        environ=environ,
        now=int(time.time()),
        purpose=purpose,
        hook=hook,
        metadata_directory=metadata_directory,
    )
