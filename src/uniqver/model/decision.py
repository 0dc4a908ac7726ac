"""The version of a build and why it is this one, and the CI run behind it. Pure."""

from __future__ import annotations

from typing import Literal

from uniqver.model import NamedTuple

Source = Literal["ci", "distance", "counter", "timestamp"]
"""The origin of the number in a version."""

Origin = Literal[Source, "tag", "archive", "pin", "metadata", "sdist"]
"""The origin of a whole version: a source, or a step that needs no number."""

ORIGINS: dict[Origin, str] = {
    "ci": "the CI's run",
    "distance": "commits since the last release tag",
    "counter": "a counter",
    "timestamp": "the time of the build",
    "tag": "a release tag",
    "archive": "an archive of git's",
    "pin": "a pin in the environment",
    "metadata": "metadata that this build has prepared",
    "sdist": "PKG-INFO of the unpacked sdist",
}
"""The origin of a version, for people."""

Segment = Literal["dev", "a", "b", "rc", "post"]
"""The PEP 440 segment that carries the number."""

Bump = Literal["patch", "minor", "major"]
"""The component of the last release that grows to make the next base."""


class Untrusted(NamedTuple):
    """Why a CI run has no number that can't repeat."""

    why: str
    """A clause: ``CIRCLE_BUILD_NUM counts jobs``."""
    fix: str
    """The line to add, in this CI's syntax."""
    counter_helps: bool = True
    """Whether a shared counter may give the number instead."""


class CiRun(NamedTuple):
    """One run of a CI system, as far as a version depends on it."""

    provider: str
    """Short name for keys and JSON: ``"github"``."""
    title: str
    """``"GitHub Actions"``."""
    number: int | Untrusted
    """Without ``offset`` and attempt."""
    number_variable: str | None = None
    scope: str | None = None
    """What the number counts in, for people: ``"per project"``."""
    attempt: int | None = None
    """From 1; ``None`` if this CI counts none."""
    single_branch: int | None = None
    """A number that counts per branch: good if the settings name one branch."""
    key: str | None = None
    """Names run and attempt for counters: equal in all its jobs, and in no other run."""
    branch: str | None = None
    tag: str | None = None
    pull_request: str | None = None
    tells_tag: bool = False
    """Whether silence about a tag means that there is none."""
    lost: str | None = None
    """A clause, if the run's purpose is unknown."""
    commit: str | None = None
    workspace: str | None = None
    """The folder that the CI checks out to."""
    repository: str | None = None
    """Its path on the server: ``"acme/demo"``."""
    url: str | None = None
    run: str | None = None
    """The run as the CI's pages call it: GitHub's run number."""


class Missing(NamedTuple):
    """What is missing to prove a version."""

    what: str
    """A clause, without a capital: ``tracked files were changed: a.py``."""
    fix: str


class Number(NamedTuple):
    """The part of a version that makes it unique."""

    value: int
    source: Source
    reason: str
    local: str | None = None
    """The local part that the source asks for: by distance, the commit."""
    missing: tuple[Missing, ...] = ()
    """Why another build may get it too."""
    made_at: int | None = None
    """When it was taken, seconds since the epoch, UTC."""
    build_key: str | None = None
    """If a record was needed."""
    counter: str | None = None
    """The counter's place, without credentials."""
    collisions: tuple[str, ...] = ()
    """Sentences: how another build could still get it."""


class Decision(NamedTuple):
    """The version of a build, public or local, and why."""

    version: str
    """Normalized PEP 440."""
    origin: Origin
    project: str | None
    """As the project writes it."""
    base: str | None = None
    """``None`` for a provided version."""
    segment: Segment | None = None
    number: Number | None = None
    """``None`` for releases and provided versions."""
    release: bool = False
    """Whether this is a clean tree exactly on a release tag."""
    commit: str | None = None
    commit_time: int | None = None
    """Seconds since the epoch, UTC."""
    branch: str | None = None
    dirty: bool | None = None
    """``None`` if nobody looked."""
    digest: str | None = None
    """Of the changes, if a provided version doesn't show them."""
    ci: CiRun | None = None
    own_run: bool = False
    """Whether ``ci`` runs for this very source."""
    carried: str | None = None
    """The ``uniqver.json`` that an earlier step of this build wrote."""
    proof: tuple[str, ...] = ()
    """Clauses."""
    missing: tuple[Missing, ...] = ()
    """What a public version would need."""
    untracked: tuple[str, ...] = ()
    """Below the project; none may be packed into a public version."""
    reasons: tuple[str, ...] = ()
    """Sentences: candidates, taken or passed over."""
    warnings: tuple[str, ...] = ()
    """Sentences."""
    collisions: tuple[str, ...] = ()
    """As of a number, for the version."""
    letter: str = "g"
    """Stands before ``commit`` in a local version: ``g`` for git, ``h`` Mercurial, ``j`` Jujutsu."""

    @property
    def public(self) -> bool:
        """Whether an index would take the version: it has no local part."""
        return "+" not in self.version
