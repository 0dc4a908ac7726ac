"""The declaration of ``[tool.uniqver]``: a new key is a field here, and nothing else.

A field's name with dashes is the key, its annotation the kind of its value, its default the key's default, and the text
below it what people read: the reader, the JSON Schema and the manual's table are made from them.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from uniqver.model.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.config.kinds import (
        Count,
        Flag,
        PathsOfProject,
        PathsOfRepository,
        PerBranch,
        Prefix,
        RelativePath,
        Release,
        Repository,
        Text,
        VersionFile,
        WorkflowFile,
    )
    from uniqver.model.decision import Bump, Segment, Source


class BranchRule(NamedTuple):
    """What ``branches`` sets for the branches whose name matches ``pattern``."""

    pattern: str
    """Shell pattern, as :func:`fnmatch.fnmatchcase` reads it (``*`` takes slashes too): ``release/*``."""
    settings: Mapping[str, Any]
    """Fields of :class:`Config`, as read."""

    @property
    def names_one_branch(self) -> bool:
        """Whether the pattern is a plain name, so that it can match no second branch."""
        return not any(sign in self.pattern for sign in "*?[")


class Config(NamedTuple):
    """The settings of one project."""

    source: PerBranch[Literal["auto"] | Source] = "auto"
    """Where the number comes from."""
    base: PerBranch[Release | None] = None
    """The lowest release to work toward, without dev and local part (PEP 440). By default from the release tags."""
    bump: PerBranch[Bump] = "patch"
    """How the last release tag becomes the base."""
    segment: PerBranch[Segment] = "dev"
    """The PEP 440 segment that carries the number."""
    tag_prefix: Prefix | None = None
    """How release tags start. By default ``v`` or nothing."""
    root: RelativePath = "."
    """The repository's root, from the project's folder. Then only commits that touch the project count."""
    paths: PathsOfRepository = ()
    """With ``root``: what else counts as a change of this project, from the repository's root."""
    version_file: VersionFile | None = None
    """The file that the version is written to, or ``false`` for none. By default ``<package>/_version.py``."""
    workflow: WorkflowFile | None = None
    """The workflow file that publishes (GitHub Actions). Then the number is its run number."""
    repository: Repository | None = None
    """The repository whose CI runs count, by its path on the server. The runs of forks and mirrors don't."""
    offset: Count = 0
    """Added to the CI's number, when you move to another CI."""
    local: PerBranch[Flag] = True
    """Whether versions by distance get a local part, which PyPI refuses. ``false``: you make sure that none collide."""
    counter: Text = "local"
    """Where the counter is: ``local``, ``sqlite:///…``, ``git+origin``, ``redis://…``, ``postgresql://…``, or a scheme of a plugin."""
    allow_changes: PathsOfProject = ()
    """Tracked files that may differ from the commit in a public version, from the project's folder."""
    sdist_files: Literal["manifest", "tracked"] = "manifest"
    """What goes into the sdist: what setuptools and MANIFEST.in name, or every file that git tracks."""
    index: Text | None = None  # type: ignore[assignment]  # hides tuple.index(), which nobody needs here
    """The package index (simple API) for ``uniqver check`` and ``uniqver counter sync``. By default PyPI."""
    branches: tuple[BranchRule, ...] = ()
    """Settings by branch: a pattern, and what differs there. The first match wins, and a variable stands above it."""
    strict: PerBranch[Flag] = False
    """Whether a build stops if it would get a local version. By variable, ``UNIQVER_STRICT=1``, in publishing jobs."""

    def on_branch(self, branch: str | None) -> tuple[Config, BranchRule | None]:
        """Return the settings for ``branch`` (first matching rule wins) and the rule that matched."""
        for rule in self.branches:
            if branch is not None and fnmatchcase(branch, rule.pattern):
                return self._replace(**rule.settings), rule
        return self, None


def key_of(field: str) -> str:
    """Return the key of a field of :class:`Config`: ``tag-prefix``."""
    return field.replace("_", "-")


def variable_of(field: str) -> str:
    """Return the variable that overrides a field of :class:`Config`: ``UNIQVER_TAG_PREFIX``."""
    return f"UNIQVER_{field.upper()}"
