"""Version control: git, read natively, and other systems through setuptools-scm; and what they report about a work tree.

Nothing that starts processes is imported here: where a file answers (``repository``), ``runner`` stays unread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class GitState(NamedTuple):
    """What git (or, through setuptools-scm, another system) reports about a work tree."""

    commit: str
    """The full object name of HEAD's commit; empty if another system doesn't report it."""
    commit_time: int | None
    """Committer time, seconds since the epoch, UTC; ``None`` if nobody asked, or another system doesn't report it."""
    branch: str | None
    """``None`` when HEAD is detached."""
    tag: str | None
    """The nearest reachable tag that the caller accepted."""
    tags: tuple[str, ...]
    """All accepted tags of the commit that ``tag`` is on (``tag`` among them)."""
    distance: int
    """Commits since ``tag``; all commits if there is no tag."""
    on_tag: bool
    """Whether HEAD itself is the commit of ``tag``: ``distance`` may be 0 without it, if only some paths count."""
    shallow: bool
    skipped_tags: tuple[str, ...] = ()
    """Tags that matched the pattern, but were not accepted."""
    tag_refs: str = ""
    """All tags and the commits that they are on, as ``git show-ref`` lists them."""
    changed: tuple[str, ...] = ()
    """Paths, relative to the repository's root, sorted, that make the tree differ from its commit."""
    untracked: tuple[str, ...] = ()
    """Paths outside the package folders that git neither tracks nor ignores, if the tree was to be judged."""
    archive: bool = False
    """Whether an archive of git's reports it: a frozen tree, whose changes nobody can see."""
    tracked: bool = False
    """Whether git tracks the version file, which every build writes, if the tree was to be judged."""
    fetch: str | None = None
    """The command that fetches what is missing of ``changed``, if ``git status`` doesn't show it."""
    digest: str | None = None
    """Hex digest of the changes, if ``changed`` isn't empty and it was asked for."""
    letter: str = "g"
    """What stands before ``commit`` in a local version: ``g`` for git, ``h`` Mercurial, ``j`` Jujutsu."""

    @property
    def dirty(self) -> bool:
        """Whether the tree differs from its commit."""
        return bool(self.changed)


class Scope(NamedTuple):
    """What of a work tree is judged, in paths relative to the repository's root."""

    paths: tuple[str, ...]
    """Pathspecs; nothing for the whole tree."""
    packs: Callable[[str], bool]
    """Whether a path lies in a package folder, so that setuptools packs it also if git doesn't track it."""
    excepted: Callable[[str], bool]
    """Whether a path may differ in this project: its version file, what ``allow-changes`` names."""
    version_file: str | None = None
    """The version file, which every build writes: git should not track it."""


class Cleanliness(NamedTuple):
    """What makes a tree differ from its commit: fields of :class:`GitState`, of a tree that was judged."""

    changed: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    tracked: bool = False
    digest: str | None = None
    fetch: str | None = None


class ScmState(NamedTuple):
    """What setuptools-scm reports about a tree, by its own configuration and schemes."""

    release: str | None
    """The version of the tag that the tree is on, changed files aside; ``None`` if it is on none."""
    development: str
    """The version that its schemes make for a build that is not a release."""
    scheme: str
    """The name of its version_scheme, for people."""
    tag: str | None
    """The version of the nearest tag; ``None`` if there is no tag."""
    named: str | None = None
    """The version of the tag that the caller named; ``None`` if that names no release of this project."""
    distance: int = 0
    node: str | None = None
    """The commit with a letter before it: ``g`` for git, ``h`` Mercurial, ``j`` Jujutsu."""
    dirty: bool = False
    branch: str | None = None
    node_date: str | None = None
    """The commit's date, ISO 8601, UTC."""
    whole: bool = False
    """Whether the version came whole: from the folder's name or from ``fallback_version``, not from commits."""
    fallback: bool = False
    """Whether it is the configured ``fallback_version``."""
    refusal: str | None = None
    """Why its schemes refuse the tree as it is: ``fail-on-uncommitted-changes``."""
    root: str | None = None
    """Where that was found: the top of the work tree, or the archive's folder."""
    files: tuple[str, ...] = ()
    """The version files that setuptools-scm writes, relative to the project."""
    name: str | None = None
    """The project's name, as setuptools-scm has it."""
