"""The values that the layers hand to each other: frozen, and nothing but data."""

from __future__ import annotations

from typing import Literal, NamedTuple

Source = Literal["ci", "distance", "counter", "timestamp"]
"""Where the number of a version comes from."""

Origin = Literal["ci", "distance", "counter", "timestamp", "tag", "pin", "metadata", "sdist"]
"""Where a whole version comes from: a source, or one of the steps that need no number."""

Segment = Literal["dev", "a", "b", "rc", "post"]
"""The PEP 440 segment that carries the number."""

Bump = Literal["patch", "minor", "major"]
"""Which component of the last release grows to make the next base."""

MAX_NUMBER = 2**63 - 1
"""The largest number of a version: uv refuses more than 64 bits, SQLite and PostgreSQL more than 63."""


class CiRun(NamedTuple):
    """One run of a CI system, as far as a version depends on it."""

    provider: str
    """Short name used in keys and JSON: ``"github"``."""
    title: str
    """The name that people know: ``"GitHub Actions"``."""
    number: str | None = None
    """The number as the CI gave it, unchecked; ``None`` where it gave none that can be used."""
    number_variable: str | None = None
    """The variable that ``number`` was read from."""
    scope: str | None = None
    """What the number counts in, for people: ``"per project"``."""
    attempt: str | None = None
    """The attempt as the CI gave it, unchecked; empty where it was lost, ``None`` where this CI counts none."""
    attempt_variable: str | None = None
    refusal: str | None = None
    """Why this CI has no number that is safe, else ``None``."""
    per_branch: bool = False
    """With ``refusal``: the number is refused only because it counts per branch."""
    counter_helps: bool = True
    """With ``refusal``: whether this run may take its number from a shared counter instead."""
    cure: str | None = None
    """The line to add in this CI's own syntax, where the number is refused or no whole number."""
    key: str | None = None
    """Names the run (and attempt) for counters: equal in all its jobs, different in every other run."""
    branch: str | None = None
    tag: str | None = None
    pull_request: str | None = None
    tells_tag: bool = False
    """Whether this CI says when a run is for a tag (so that silence means that it isn't)."""
    commit: str | None = None
    """The commit that the CI says it runs for."""
    url: str | None = None
    """Where a person can look at the run."""
    run: str | None = None
    """The run as the CI's pages call it (for GitHub its run number), for people and records."""
    run_variable: str | None = None
    """The variable that ``run`` was read from."""


class GitState(NamedTuple):
    """What git (or, through setuptools-scm, another SCM) says about a work tree."""

    commit: str
    """The full object name of HEAD's commit; empty where another SCM doesn't say it."""
    commit_time: int | None
    """Committer time, seconds since the epoch, UTC; ``None`` where nobody asked, or another SCM doesn't say it."""
    branch: str | None
    """``None`` when HEAD is detached."""
    tag: str | None
    """The nearest reachable tag that the caller accepted."""
    tags: tuple[str, ...]
    """All accepted tags of the commit that ``tag`` is on (``tag`` among them)."""
    distance: int
    """Commits since ``tag``; all commits where there is no tag."""
    on_tag: bool
    """Whether HEAD itself is the commit of ``tag``: ``distance`` may be 0 without it, where only some paths count."""
    shallow: bool
    skipped_tags: tuple[str, ...] = ()
    """Tags that matched the pattern, but were not accepted."""
    tag_refs: str = ""
    """All tags and the commits that they are on, as ``git show-ref`` lists them."""
    changed: tuple[str, ...] = ()
    """Tracked paths that differ from HEAD, relative to the repository's root, sorted."""
    digest: str | None = None
    """Hex digest of the changes, when ``changed`` isn't empty and it was asked for."""
    tracked: bool = False
    """Whether git tracks the path that the caller asked about: the version file, which every build writes."""
    letter: str = "g"
    """What stands before the commit in a local part: ``h`` for Mercurial, ``j`` for Jujutsu."""

    @property
    def dirty(self) -> bool:
        """Whether tracked files differ from HEAD."""
        return bool(self.changed)


class ScmState(NamedTuple):
    """What setuptools-scm says about a tree, by its own configuration and schemes."""

    release: str | None
    """The version of the tag that the tree is on, changed files aside; ``None`` where it is on none."""
    development: str
    """The version that its schemes make for a build that is no release."""
    scheme: str
    """The name of its version_scheme, for people."""
    tag: str | None
    """The version of the nearest tag; ``None`` where there is no tag."""
    named: str | None = None
    """The version of the tag that the caller named; ``None`` where that names no release of this project."""
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


class Decision(NamedTuple):
    """The version of a build, and why it is this one."""

    version: str
    """Normalized PEP 440."""
    origin: Origin
    project: str | None
    """The distribution's name as the project writes it."""
    base: str | None = None
    """The release being worked toward; ``None`` where the version was handed in whole."""
    number: int | None = None
    """What makes the version unique; ``None`` for releases and for versions handed in whole."""
    segment: Segment | None = None
    release: bool = False
    """Whether this is a clean tree exactly on a release tag."""
    commit: str | None = None
    commit_time: int | None = None
    """Seconds since the epoch, UTC."""
    branch: str | None = None
    dirty: bool | None = None
    """``None`` where nobody looked."""
    made_at: int | None = None
    """When a counter or a clock gave the number, seconds since the epoch, UTC."""
    ci: CiRun | None = None
    tells_run: bool = False
    """Whether the number is that of the run ``ci``, so that whoever has the version knows the run."""
    attempt: int | None = None
    """The CI's attempt, where it counts them."""
    build_key: str | None = None
    """What made hooks and jobs one build, where a record was needed."""
    counter: str | None = None
    """The counter's place, without credentials."""
    counter_kind: str | None = None
    """What kind of counter: ``"local"``, ``"git"``, ``"redis"``: the same on every machine."""
    carried: str | None = None
    """The text of the ``uniqver.json`` that this build carries on, where an earlier step of it wrote one."""
    reasons: tuple[str, ...] = ()
    """Sentences: every candidate looked at, taken or passed over, and why."""
    warnings: tuple[str, ...] = ()
    """Sentences a person should read; ``strict`` makes them errors."""
    collisions: tuple[str, ...] = ()
    """Sentences: what could still give this version to another build."""
    scm: ScmState | None = None
    """What setuptools-scm said, where the version was made over it."""
