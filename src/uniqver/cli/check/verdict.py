"""What is said of one file: the verdict, a sentence and a fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Verdict(str, Enum):
    """What an index will do with a file."""

    FREE = "free"
    """The name is free, as far as the index shows."""
    IDENTICAL = "identical"
    """The index has these very bytes under this name: uploading again changes nothing."""
    CONFLICT = "conflict"
    """The index has this name with other bytes."""
    REFUSED = "refused"
    """A rule that can be known here stands against the file."""
    UNKNOWN = "unknown"
    """The index couldn't be asked, or doesn't say enough. Never to be taken for free."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One verdict with its reason, before it is tied to a file."""

    verdict: Verdict
    reason: str
    """A sentence for people."""
    fix: str
    """The command or the step that helps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What is said of one file in the end."""

    file: str
    """The path as it was given."""
    verdict: Verdict
    reason: str
    fix: str


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Return 0 if all files are free or identical, 1 if any is a conflict or refused, else 3.

    1 wins over 3: what surely fails matters more than what isn't known.
    """
    verdicts = {outcome.verdict for outcome in outcomes}
    if verdicts & {Verdict.CONFLICT, Verdict.REFUSED}:
        return 1
    return 3 if Verdict.UNKNOWN in verdicts else 0
