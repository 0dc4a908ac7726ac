"""Tells a decision: to a machine as JSON values, to a person as a short account. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uniqver.model.decision import CiRun, Decision, Origin

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]

_ORIGINS = {
    "ci": "the CI's run",
    "distance": "commits since the last release tag",
    "counter": "a counter",
    "timestamp": "the time of the build",
    "tag": "a release tag",
    "pin": "a pin in the environment",
    "metadata": "metadata that this build has prepared",
    "sdist": "PKG-INFO of the unpacked sdist",
}


def as_json(decision: Decision) -> dict[str, Json]:
    """Return what ``uniqver version --json`` prints. Keys are never renamed or removed within a major version."""
    return {
        "version": decision.version,
        "base": decision.base,
        "number": decision.number,
        "source": decision.origin,
        "segment": decision.segment,
        "release": decision.release,
        "commit": decision.commit,
        "branch": decision.branch,
        "dirty": decision.dirty,
        "ci": None if decision.ci is None else _ci_json(decision.ci, decision.attempt),
        "build_key": decision.build_key,
        "counter": decision.counter,
        "reasons": list(decision.reasons),
        "warnings": list(decision.warnings),
        "collisions": list(decision.collisions),
    }


def as_text(decision: Decision) -> str:
    """Return the account that ``uniqver explain`` prints."""
    name = decision.project or "this project"
    facts: dict[str, str | None] = {
        "from": _ORIGINS[decision.origin],
        "base": decision.base,
        "number": None if decision.number is None else f"{decision.number} in the segment {decision.segment}",
        "commit": decision.commit and decision.commit + (" with changes" if decision.dirty else ""),
        "branch": decision.branch,
        "ci": None if decision.ci is None else _ci_text(decision.ci),
        "build key": decision.build_key,
    }
    return "\n".join(
        [
            f"{name} {decision.version}" + (" (a release)" if decision.release else ""),
            *aligned(facts),
            "",
            "why",
            *_bullets(decision.reasons),
            *bullets_under("look out", decision.warnings),
            *bullets_under("what could still collide", decision.collisions),
        ]
    )


def headline(decision: Decision) -> str:
    """Return the one line that a build prints about its version."""
    local = "; a local version, PyPI refuses it" if "+" in decision.version else ""
    return f"{decision.project or 'version'} {decision.version} (from {_ORIGINS[decision.origin]}{local})"


def _ci_json(ci: CiRun, attempt: int | None) -> dict[str, Json]:
    run: Json = int(ci.run) if ci.run is not None and ci.run.isdecimal() else ci.run
    return {
        "name": ci.provider,
        "run": run,
        "attempt": attempt,
        "branch": ci.branch,
        "tag": ci.tag,
        "pull_request": ci.pull_request,
        "url": ci.url,
    }


def _ci_text(ci: CiRun) -> str:
    parts = [
        ci.title,
        ci.run and f"run {ci.run}",
        ci.attempt and f"attempt {ci.attempt}",
        ci.tag and f"tag {ci.tag}",
        ci.url,
    ]
    return ", ".join(part for part in parts if part)


def title_of(origin: Origin) -> str:
    """Return where a version came from, in words."""
    return _ORIGINS[origin]


def aligned(facts: Mapping[str, str | None]) -> list[str]:
    """Return the facts that there are, one a line, values in one column."""
    return [f"  {name:<10}{value}" for name, value in facts.items() if value]


def bullets_under(title: str, sentences: Iterable[str]) -> list[str]:
    """Return sentences as a list with a title, or nothing where there are none."""
    bullets = _bullets(sentences)
    return ["", title, *bullets] if bullets else []


def _bullets(sentences: Iterable[str]) -> list[str]:
    return [f"  - {sentence}" for sentence in sentences]
