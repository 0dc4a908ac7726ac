"""CI systems: what is known of one of them, as a row of a table, and the small language in which its conditions are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OFF = ("", "false")
"""A variable that is set to this is there to say that the CI is not."""


class Provider(NamedTuple):
    """How one CI system shows itself in the environment.

    ``branch``, ``tag``, ``pull_request``, ``commit``, ``workspace`` and ``repository`` hold names with spaces between.
    A name is a variable, or a template over variables (``{REPO_OWNER}/{REPO_NAME}``); the first that is set and not
    empty counts. ``url`` and ``key`` are templates, and say nothing where a variable of them is missing. A condition is
    ``NAME`` (set, neither empty nor ``false``), ``NAME=value`` (in any case) or ``NAME^=value`` (begins with it, in any
    case), or several of them with ``|`` between, of which one must hold.
    """

    name: str
    title: str
    detect: str
    """Conditions with spaces between, which must all hold."""
    source: str
    """Where the row was read: repository and file of the runner, or the vendor's page."""
    read: str = "2026-11-24"
    """When."""
    unconfirmed: str | None = None
    """A clause: what of the row no source of the runner or the vendor confirms."""
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
    branch: str = ""
    tag: str = ""
    tag_prefix: str = ""
    """What stands before the name in ``tag``'s variable; without it the variable names no tag."""
    tag_if: str | None = None
    """A condition without which ``tag`` means nothing."""
    tag_signs: str | None = None
    """A condition that shows a run for a tag: if it holds and no tag is named, its name was lost."""
    no_tag_if: str | None = None
    """A condition without which silence about a tag doesn't mean that there is none."""
    pull_request: str = ""
    pull_request_prefix: str = ""
    """As ``tag_prefix``."""
    pull_request_if: str | None = None
    """As ``tag_if``."""
    pull_request_signs: str | None = None
    """A condition that shows a pull request's run, also if its number was lost."""
    always: str = ""
    """Variables that every run has, if only empty: without one of them something was lost on the way."""
    may_be_silent: bool = False
    """Whether a run may report neither branch nor tag nor pull request; else silence means that they were lost."""
    commit: str = ""
    workspace: str = ""
    """Variables with the folder that the repository is checked out to."""
    repository: str = ""
    """Variables with the repository's name or address: ``acme/demo``."""
    url: str | None = None
    refuse: str | None = None
    """Why there is no number that is safe here."""
    refuse_if: str | None = None
    """A condition: ``refuse`` holds only then."""
    per_branch: bool = False
    """Why it is refused: the number counts per branch. Good for one branch that the settings single out."""
    fix: str | None = None
    """What to add in this system's own syntax, where the number is refused or no whole number."""
    local: bool = False
    """Runs on a developer's machine: treated as no CI at all."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that the row looks at, once: what may be shown of its environment."""
        signs = (self.tag_signs, self.tag_if, self.no_tag_if, self.pull_request_signs, self.pull_request_if)
        conditions = (*self.detect.split(), *filter(None, (*signs, self.refuse_if)))
        found = [name for each in conditions for name in names_in(each)]
        listed = (self.branch, self.tag, self.pull_request, self.always, self.commit, self.workspace, self.repository)
        single = filter(None, (self.number, self.attempt, self.ref, self.key, self.url))
        return tuple(dict.fromkeys([*found, *re.findall(r"\w+(?=[ }]|$)", " ".join((*listed, *single)))]))


def holds(environ: Mapping[str, str], condition: str | None) -> bool:
    """Tell whether a condition holds in an environment; none at all does."""
    if condition is None:
        return True
    if "|" in condition:
        return any(holds(environ, each) for each in condition.split("|"))
    name, asks, wanted = condition.partition("=")
    if not asks:
        return environ.get(name, "").lower() not in _OFF
    if name[-1] == "^":
        return environ.get(name[:-1], "").lower().startswith(wanted)
    return environ.get(name, "").lower() == wanted


def names_in(condition: str) -> Iterator[str]:
    """Yield the variables that a condition looks at."""
    for each in condition.split("|"):
        yield each.partition("=")[0].removesuffix("^")
