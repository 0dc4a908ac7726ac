"""What ``uniqver init`` reads, plans and shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Ci = Literal["github", "gitlab", "azure", "jenkins", "circleci", "buildkite", "bitbucket", "none"]
"""The pipelines that ``init`` knows how to write; ``none`` writes no pipeline."""

Tool = Literal["static", "setuptools-scm", "versioneer", "versioningit", "setuptools-git-versioning", "uniqver", "none"]
"""What gives a project its version now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A project as it is, as far as ``init`` looks at it. Paths are relative, with forward slashes."""

    name: str
    """The folder's name: the project's, where nothing says another."""
    files: Mapping[str, str]
    """Text of each file that may be edited, from the project's folder; line ends are ``\\n``."""
    pipelines: Mapping[str, str]
    """Text of the pipeline files, from the repository's top."""
    inside: str = "."
    """The project's folder, from the repository's top."""
    git: bool = True
    tags: tuple[str, ...] = ()
    branch: str = "main"
    """The branch that is published from."""
    remote: str = ""
    """Where ``origin`` is."""
    packages: tuple[str, ...] = ()
    """Folders that are packages, the project's own first."""
    own_package: str | None = None
    """The folder of the package named like the project."""
    ignored: frozenset[str] = frozenset()
    """Which of the version files that may come git ignores."""
    tracked: frozenset[str] = frozenset()
    """Which of them git tracks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What becomes of one file."""

    path: str
    """From the repository's top, with forward slashes."""
    before: str | None
    """``None``: there is no such file."""
    after: str | None
    """``None``: it is deleted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What ``init`` would do, and what is left to a person."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    """Sentences: what was decided and why, and what could not be."""
    next_steps: tuple[str, ...] = ()
