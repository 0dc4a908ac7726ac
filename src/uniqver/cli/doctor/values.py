"""What ``uniqver doctor`` looks at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.config import Config

Severity = Literal["error", "warning"]
"""``error``: a build or an upload would fail, or go wrong unseen; ``warning``: it works, until something happens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is wrong, and its cure."""

    what: str
    fix: str
    """The command or the line to type."""
    severity: Severity = "error"
    where: str | None = None
    """The file that it is about."""
    check: str = ""
    """The name of the check that found it; the table fills it in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a job."""

    run: str = ""
    uses: str = ""
    with_: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One job of a workflow."""

    name: str
    steps: tuple[Step, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    """With the workflow's own."""
    matrix: bool = False
    id_token: bool = False
    """Whether it may ask for an identity token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """One workflow of GitHub Actions."""

    path: str
    text: str
    title: str | None = None
    """Its ``name``."""
    events: frozenset[str] = frozenset()
    tags_only: bool = False
    """Whether it runs for tags and releases, and for no branch."""
    jobs: tuple[Job, ...] = ()

    @property
    def file(self) -> str:
        """The file's name: what ``workflow`` in the settings names."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class GitFacts:
    """What git says, as far as it was asked."""

    shallow: bool = False
    tags: tuple[str, ...] = ()
    """Release tags here."""
    remote_tags: tuple[str, ...] | None = None
    """Release tags at ``origin``; ``None`` where nobody answered."""
    version_file_tracked: bool = False
    version_file_ignored: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that the checks look at."""

    pyproject: Mapping[str, object] = field(default_factory=dict)
    setup_cfg: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    setup_py_keywords: frozenset[str] = frozenset()
    config: Config | None = None
    """``None`` where the settings can't be read."""
    problems: tuple[tuple[str, str], ...] = ()
    """What is wrong with the settings or with a file, and its cure: found while reading."""
    version_file: str | None = None
    git: GitFacts | None = None
    """``None`` without git."""
    workflows: tuple[Workflow, ...] = ()
    broken_workflows: tuple[tuple[str, str], ...] = ()
    """Path and complaint of workflows that can't be read."""
    pipelines: Mapping[str, str] = field(default_factory=dict)
    """Text of every pipeline file, also of other systems."""
    environ: Mapping[str, str] = field(default_factory=dict)
    pypirc: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    readme: str | None = None
    """The path that the metadata name."""
    readme_exists: bool = False
    readme_fault: str | None = None
    """Why the index couldn't render it."""
    known_classifiers: frozenset[str] | None = None
    """``None`` where the list isn't installed."""
    dist: tuple[str, ...] = ()
    """File names in ``dist/``."""
    uses_uv: bool = False
    counter_fault: tuple[str, str] | None = None
