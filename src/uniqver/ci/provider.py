"""What is known of one CI system: a row of the table."""

from __future__ import annotations

from typing import NamedTuple


class Provider(NamedTuple):
    """How one CI system shows itself in the environment.

    A name in ``branch``, ``tag`` and ``pull_request`` is a variable; the first that is set and not empty
    counts. ``url`` and ``key`` are templates over variables, and say nothing where one of them is missing.
    """

    name: str
    title: str
    detect: tuple[str, ...]
    """Variables that must all be set and not empty; ``NAME=value`` asks for this value in any case."""
    number: str | None = None
    """The variable with a number that grows with each run, and is one for all jobs of a run."""
    scope: str | None = None
    """What the number counts in."""
    attempt: str | None = None
    """The variable that counts attempts of one run; set only where the whole run shares it."""
    first_attempt: str | None = None
    """What an ``attempt`` that is empty or not there means; ``None``: nothing good, it was lost on the way."""
    key: str | None = None
    """Template of what names a run among all runs."""
    ref: str | None = None
    """The variable with the full ref: ``refs/heads/…``, ``refs/tags/…`` or ``refs/pull/…``."""
    branch: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    tag_prefix: str = ""
    """What stands before the name in ``tag``'s variable; without it the variable names no tag."""
    tag_if: str | None = None
    """A condition like those of ``detect``, without which ``tag`` means nothing."""
    no_tag_if: str | None = None
    """A condition like those of ``detect``, without which silence about a tag doesn't mean that there is none."""
    pull_request: tuple[str, ...] = ()
    pull_request_prefix: str = ""
    """As ``tag_prefix``."""
    pull_request_if: str | None = None
    """As ``tag_if``."""
    may_be_silent: bool = False
    """Whether a run may report neither branch nor tag nor pull request; else silence means that they were lost."""
    commit: tuple[str, ...] = ()
    workspace: tuple[str, ...] = ()
    """Variables with the folder that the repository is checked out to."""
    repository: tuple[str, ...] = ()
    """Variables with the repository's name or address: ``acme/demo``."""
    url: str | None = None
    refuse: str | None = None
    """Why there is no number that is safe here."""
    refuse_if: str | None = None
    """A condition like those of ``detect``: ``refuse`` holds only then."""
    per_branch: bool = False
    """Why it is refused: the number counts per branch. Good for one branch that the settings single out."""
    fix: str | None = None
    """What to add in this system's own syntax, where the number is refused or no whole number."""
    local: bool = False
    """Runs on a developer's machine: treated as no CI at all."""
