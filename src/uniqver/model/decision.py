"""The version of a build, and why it is this one: what :mod:`uniqver.resolve` answers; and the CI run behind it."""

from __future__ import annotations

from typing import Literal

from uniqver.model import NamedTuple

Source = Literal["ci", "distance", "counter", "timestamp"]
"""Where the number of a version comes from."""

Origin = Literal["ci", "distance", "counter", "timestamp", "tag", "archive", "pin", "metadata", "sdist"]
"""Where a whole version comes from: a source, or one of the steps that need no number."""

Segment = Literal["dev", "a", "b", "rc", "post"]
"""The PEP 440 segment that carries the number."""

Bump = Literal["patch", "minor", "major"]
"""Which component of the last release grows to make the next base."""


class Untrusted(NamedTuple):
    """Why a CI run has no number that can't repeat, and what would provide one."""

    why: str
    """A clause: ``CIRCLE_BUILD_NUM counts jobs, so that two jobs of one pipeline differ``."""
    fix: str
    """The line to add, in this CI's own syntax where it has one."""
    counter_helps: bool = True
    """Whether this run may take its number from a shared counter instead."""


class CiRun(NamedTuple):
    """One run of a CI system, as far as a version depends on it."""

    provider: str
    """Short name used in keys and JSON: ``"github"``."""
    title: str
    """The name that people know: ``"GitHub Actions"``."""
    number: int | Untrusted
    """The run's number, without ``offset`` and attempt; or why there is none."""
    number_variable: str | None = None
    """The variable that ``number`` was read from."""
    scope: str | None = None
    """What the number counts in, for people: ``"per project"``."""
    attempt: int | None = None
    """The attempt of the run, from 1; ``None`` if this CI counts none."""
    single_branch: int | None = None
    """A number that counts per branch: good if the settings single out one branch."""
    key: str | None = None
    """Names the run (and attempt) for counters: equal in all its jobs, different in every other run."""
    branch: str | None = None
    tag: str | None = None
    pull_request: str | None = None
    tells_tag: bool = False
    """Whether this CI reports when a run is for a tag (so that silence means that it isn't)."""
    lost: str | None = None
    """A clause, if it was lost on the way what the run is for: it ``reports neither branch nor tag nor …``."""
    commit: str | None = None
    """The commit that the CI runs for."""
    workspace: str | None = None
    """The folder that the CI checks out to."""
    repository: str | None = None
    """The repository that the run belongs to, by its path on the server: ``"acme/demo"``."""
    url: str | None = None
    """The run's page."""
    run: str | None = None
    """The run as the CI's pages call it (for GitHub its run number), for people and records."""


class Missing(NamedTuple):
    """Something without which a version is not proven, so that the build gets a local one."""

    what: str
    """A clause, without a capital: ``tracked files were changed: a.py``."""
    fix: str
    """The line that provides it."""


class Number(NamedTuple):
    """What makes a version unique, and where it comes from."""

    value: int
    source: Source
    reason: str
    """A sentence."""
    local: str | None = None
    """The local part that the source itself asks for: by distance, the commit."""
    missing: tuple[Missing, ...] = ()
    """Why another build may get this number too; nothing if it can't repeat."""
    made_at: int | None = None
    """When a counter or a clock gave it, seconds since the epoch, UTC."""
    build_key: str | None = None
    """What makes hooks and jobs one build, if a record was needed."""
    counter: str | None = None
    """The counter's place, without credentials."""
    collisions: tuple[str, ...] = ()
    """Sentences: what could still give this number to another build."""


class Decision(NamedTuple):
    """The version of a build, public or local, and why."""

    version: str
    """Normalized PEP 440."""
    origin: Origin
    project: str | None
    """The distribution's name as the project writes it."""
    base: str | None = None
    """The release being worked toward; ``None`` for a version that was provided whole."""
    segment: Segment | None = None
    number: Number | None = None
    """``None`` for releases and for versions that were provided whole."""
    release: bool = False
    """Whether this is a clean tree exactly on a release tag."""
    commit: str | None = None
    commit_time: int | None = None
    """Seconds since the epoch, UTC."""
    branch: str | None = None
    dirty: bool | None = None
    """``None`` if nobody looked."""
    digest: str | None = None
    """Hex digest of the changes, if a version that came whole is built with some: it doesn't show them."""
    ci: CiRun | None = None
    """The CI run that was detected, own or not."""
    own_run: bool = False
    """Whether ``ci`` runs for this very source."""
    carried: str | None = None
    """The text of the ``uniqver.json`` that this build carries on, if an earlier step of it wrote one."""
    proof: tuple[str, ...] = ()
    """Clauses: what proves that a public version is right."""
    missing: tuple[Missing, ...] = ()
    """What would have to be there for a public version."""
    untracked: tuple[str, ...] = ()
    """Paths below the project that git neither tracks nor ignores: none of them may be packed into a public version."""
    reasons: tuple[str, ...] = ()
    """Sentences: every candidate looked at, taken or passed over, and why."""
    warnings: tuple[str, ...] = ()
    """Sentences that a person should read, whatever the version is."""
    collisions: tuple[str, ...] = ()
    """Sentences: what could still give this version to another build."""
    letter: str = "g"
    """What stands before ``commit`` in a local version: ``g`` for git, ``h`` Mercurial, ``j`` Jujutsu."""

    @property
    def public(self) -> bool:
        """Whether a public index would take the version: it has no local part."""
        return "+" not in self.version
