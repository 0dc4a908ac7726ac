"""The state of a work tree, and which part of it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class GitState(NamedTuple):
    """The state of a work tree, by git or (through setuptools-scm) another system."""

    commit: str
    """Full name of HEAD's; empty if another system doesn't report it."""
    commit_time: int | None
    """Committer's, seconds since the epoch, UTC, if asked for."""
    branch: str | None
    """``None`` when HEAD is detached."""
    tag: str | None
    """The nearest reachable tag that the caller accepted."""
    tags: tuple[str, ...]
    """All accepted ones of the same commit."""
    distance: int
    """Commits since ``tag``; all commits if there is no tag."""
    on_tag: bool
    """Whether HEAD is the commit of ``tag``: ``distance`` may be 0 without it, if only some paths count."""
    shallow: bool
    skipped_tags: tuple[str, ...] = ()
    """Matched, but not accepted."""
    tag_refs: str = ""
    """As ``git show-ref`` lists them."""
    changed: tuple[str, ...] = ()
    """Paths from the repository's root, sorted, that differ from the commit."""
    untracked: tuple[str, ...] = ()
    """Outside the package folders, neither tracked nor ignored, if the tree was judged."""
    archive: bool = False
    """Whether this is a ``git archive``, in which nobody can see changes."""
    tracked: bool = False
    """Whether git tracks the version file, if the tree was judged."""
    fetch: str | None = None
    """Command that fetches what is missing of ``changed``, if ``git status`` doesn't show it."""
    digest: str | None = None
    """Of the changes, if the tree was judged."""
    letter: str = "g"
    """Stands before ``commit`` in a local version: ``g`` for git, ``h`` Mercurial, ``j`` Jujutsu."""

    @property
    def dirty(self) -> bool:
        """Whether the tree differs from its commit."""
        return bool(self.changed)


class Scope(NamedTuple):
    """The part of a work tree that is judged, in paths from the repository's root."""

    paths: tuple[str, ...]
    """Pathspecs; none for the whole tree."""
    packs: Callable[[str], bool]
    """Whether a path is packed though git doesn't track it: it lies in a package folder."""
    excepted: Callable[[str], bool]
    """Whether a path may differ: a version file, or named by ``allow-changes``."""
    version_file: str | None = None


class Cleanliness(NamedTuple):
    """Fields of :class:`GitState`, of a tree that was judged."""

    changed: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    tracked: bool = False
    digest: str | None = None
    fetch: str | None = None
