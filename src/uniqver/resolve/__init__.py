"""Which version a build uses, the first that answers: metadata, an unpacked sdist, the environment, the tree itself.

The one place of precedence. What only one of the answers takes is imported for it: some 1,500 lines for a computed version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from uniqver.config import FACTS, PIN

if TYPE_CHECKING:
    from uniqver.model.decision import Decision
    from uniqver.resolve.request import Request


def resolve(request: Request, meanwhile: Callable[[], object] = lambda: None) -> Decision:
    """Return the version that this build gets, and why. ``meanwhile`` is called while git works, if it is asked.

    Raises ``UnprovenError`` if only a public version will do and it can't be proven, and what the edges raise for
    settings and files that can't be right: all are ``UniqverError``.
    """
    reasons: list[str] = []
    warnings: list[str] = []
    decision = None
    if _may_be_provided(request):
        from uniqver.resolve.provided import provided

        decision = provided(request, reasons, warnings, meanwhile)
    if decision is None:
        from uniqver.resolve.gather import gather

        def import_compute() -> None:
            import uniqver.resolve.compute  # noqa: F401  what git's answer is for

            meanwhile()

        facts = gather(request, import_compute)
        from uniqver.resolve.compute import compute

        decision = compute(facts, (*warnings, *reasons))
    return decision._replace(warnings=(*warnings, *decision.warnings))


def _may_be_provided(request: Request) -> bool:
    if request.metadata_directory is not None or (request.project.directory / "PKG-INFO").exists():
        return True
    return any(name.startswith((FACTS, PIN)) or "_PRETEND_VERSION" in name for name in request.environ)
