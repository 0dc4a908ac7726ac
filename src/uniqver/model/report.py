"""A decision as text and as JSON: one table of facts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from uniqver.model import NamedTuple
from uniqver.model.decision import ORIGINS, CiRun, Decision

if TYPE_CHECKING:
    Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"


class Fact(NamedTuple):
    """One fact about a decision."""

    key: str
    """The key in JSON, and the decision's field if no ``value`` is given. Never renamed or removed within a major version."""
    value: Callable[[Decision], Json] | None = None
    label: str | None = None
    """Its line in ``uniqver explain``, if any."""
    shown: Callable[[Decision], Json] | None = None
    """What that line shows, if not the value."""

    def of(self, decision: Decision) -> Json:
        """Return the value for ``decision``."""
        if self.value is not None:
            return self.value(decision)
        found: Json | tuple[Json, ...] = getattr(decision, self.key)
        return list(found) if isinstance(found, tuple) else found


def _verdict(decision: Decision) -> Json:
    if decision.public:
        return "public" + (f": {', '.join(decision.proof)}" if decision.proof else "")
    return "local: no public index takes it"


def _run(ci: CiRun) -> dict[str, Json]:
    run: Json = int(ci.run) if ci.run is not None and ci.run.isdecimal() and len(ci.run) < 20 else ci.run
    return {
        "name": ci.provider,
        "run": run,
        "attempt": ci.attempt,
        "branch": ci.branch,
        "tag": ci.tag,
        "pull_request": ci.pull_request,
        "url": ci.url,
    }


def _run_text(decision: Decision) -> Json:
    ci = decision.ci
    if ci is None:
        return None
    parts = [
        ci.title,
        ci.run and f"run {ci.run}",
        ci.attempt and f"attempt {ci.attempt}",
        ci.tag and f"tag {ci.tag}",
        ci.pull_request and f"pull request {ci.pull_request}",
        None if decision.own_run else "not this project's own run",
        ci.url,
    ]
    return ", ".join(str(part) for part in parts if part)


def _of_number(field: str) -> Callable[[Decision], Json]:
    return lambda decision: None if decision.number is None else getattr(decision.number, field)


FACTS = (
    Fact("version"),
    Fact("public", label="is", shown=_verdict),
    Fact("source", lambda d: d.origin, "from", lambda d: ORIGINS[d.origin]),
    Fact("base", label="base"),
    Fact(
        "number", _of_number("value"), "number", lambda d: d.number and f"{d.number.value} in the segment {d.segment}"
    ),
    Fact("segment"),
    Fact("release"),
    Fact("commit", None, "commit", lambda d: d.commit and d.commit + (" with changes" if d.dirty else "")),
    Fact("branch", label="branch"),
    Fact("dirty"),
    Fact("ci", lambda d: None if d.ci is None else _run(d.ci), "ci", _run_text),
    Fact("own_run", lambda d: None if d.ci is None else d.own_run),
    Fact("build_key", _of_number("build_key"), "build key"),
    Fact("counter", _of_number("counter")),
    Fact("proof"),
    Fact("missing", lambda d: [missing._asdict() for missing in d.missing]),
    Fact("reasons"),
    Fact("warnings"),
    Fact("collisions"),
)


def as_json(decision: Decision) -> dict[str, Json]:
    """The data of ``uniqver version --json``."""
    return {fact.key: fact.of(decision) for fact in FACTS}


def as_text(decision: Decision) -> str:
    """The account of ``uniqver explain``."""
    name = decision.project or "this project"
    lines = {fact.label: (fact.shown or fact.of)(decision) for fact in FACTS if fact.label is not None}
    missing = [f"{missing.what}\n    fix: {missing.fix}" for missing in decision.missing]
    return "\n".join(
        [
            f"{name} {decision.version}" + (" (a release)" if decision.release else ""),
            *aligned(lines),
            *bullets_under("why", decision.reasons),
            *bullets_under("what is missing for a public version", missing),
            *bullets_under("warnings", decision.warnings),
            *bullets_under("what could still collide", decision.collisions),
        ]
    )


def aligned(facts: Mapping[str, Json]) -> list[str]:
    """Return the facts that are known, one a line, values in one column."""
    return [f"  {name:<10}{value}" for name, value in facts.items() if value]


def bullets_under(title: str, sentences: Iterable[str]) -> list[str]:
    """Return sentences as a list with a title; nothing without sentences."""
    bullets = [f"  - {sentence}" for sentence in sentences]
    return ["", title, *bullets] if bullets else []
