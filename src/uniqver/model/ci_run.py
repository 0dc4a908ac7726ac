"""One run of a CI system, with its number parsed: a number that can be used, or the reason why there is none."""

from __future__ import annotations

from uniqver.model.named_tuple import NamedTuple


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
