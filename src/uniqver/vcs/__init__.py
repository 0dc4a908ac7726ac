"""Version control: git, read natively, and other systems through setuptools-scm."""

from __future__ import annotations

from collections.abc import Callable

from uniqver.model import NamedTuple


class Cleanliness(NamedTuple):
    """How a tree differs from its commit."""

    changed: tuple[str, ...] = ()
    """Paths from the repository's root, sorted, that differ."""
    untracked: tuple[str, ...] = ()
    """Of no package folder: untracked, not ignored; changed lock files."""
    tracked: bool = False
    """Whether git tracks the version file."""
    digest: str | None = None
    """Of the changes."""
    fetch: str | None = None
    """Command that fetches what is missing of ``changed``, if ``git status`` doesn't show it."""


class GitState(NamedTuple):
    """The state of a work tree."""

    commit: str
    """HEAD's, in full; empty if another system doesn't report it."""
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
    """Whether HEAD is the commit of ``tag``. ``distance`` may be 0 elsewhere, if only some paths count."""
    shallow: bool = False
    skipped_tags: tuple[str, ...] = ()
    """Matched, but not accepted."""
    tag_refs: str = ""
    """As ``git show-ref`` lists them."""
    tree: Cleanliness = Cleanliness()
    """If it was judged."""
    archive: bool = False
    """Whether this is a ``git archive``, in which nobody can see changes."""
    letter: str = "g"
    """Before ``commit`` in a local version: ``g`` for git, ``h`` Mercurial, ``j`` Jujutsu."""

    @property
    def dirty(self) -> bool:
        """Whether anything changed."""
        return bool(self.tree.changed)


class Scope(NamedTuple):
    """The part of a work tree that is judged, in paths from the repository's root."""

    paths: tuple[str, ...]
    """None for the whole tree."""
    packs: Callable[[str], bool]
    """Whether an untracked path is packed: it lies in a package folder."""
    excepted: Callable[[str], bool]
    """Whether a path may differ: the version file, or named by ``allow-changes``."""
    version_file: str | None = None
    whole: bool = False
    """Whether all that is tracked may be packed: nothing may be absent."""
    unseen: tuple[str, ...] = ()
    """What git knows nothing of and reaches an artifact."""
