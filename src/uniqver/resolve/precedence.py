"""Which version a build uses: the first step that answers. The one place of precedence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.errors import UnprovenError
from uniqver.resolve.provided import (
    Passed,
    from_facts,
    from_metadata_directory,
    from_pin,
    from_pretended,
    from_sdist,
)

if TYPE_CHECKING:
    from uniqver.model.decision import Decision
    from uniqver.resolve.request import Request

_PROVIDED = (from_metadata_directory, from_sdist, from_facts, from_pin, from_pretended)
"""The steps whose version came whole, in order."""


def resolve(request: Request) -> Decision:
    """Return the version that this build gets, and why.

    Raises ``UnprovenError`` if only a public version will do and it can't be proven, and what the edges raise for
    settings and files that can't be right: all are ``UniqverError``.
    """
    passed = Passed([], [])
    for step in _PROVIDED:
        decision = step(request, passed)
        if decision is not None:
            if request.insists and not decision.public:
                raise UnprovenError(
                    what=f"only a public version will do, and {'; '.join(decision.reasons)}",
                    fix="unset or correct what provides it; in an sdist, build it again with a public version",
                )
            return _with_warnings(decision, passed)
    # what a computed version takes is imported only now: the answers above come without it
    from uniqver.resolve.gather import gather

    facts = gather(request, meanwhile=_import_compute)
    from uniqver.resolve.compute import compute

    return _with_warnings(compute(facts, (*passed.warnings, *passed.reasons)), passed)


def _with_warnings(decision: Decision, passed: Passed) -> Decision:
    return decision._replace(warnings=(*passed.warnings, *decision.warnings))


def _import_compute() -> None:
    """Import, while git works, what its answer is for."""
    import uniqver.resolve.compute  # noqa: F401
