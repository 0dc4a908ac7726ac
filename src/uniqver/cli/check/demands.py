"""What the caller demands of the versions: ``--release``, ``--dev``, ``--same-version``, ``--expect``. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uniqver.cli.check.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from uniqver.dists.artifact import Artifact, Name


@dataclass(frozen=True, kw_only=True, slots=True)
class Demands:
    """What every version of a call has to be."""

    release: bool = False
    """No development, pre- or local version."""
    dev: bool = False
    """No plain release (nor a post-release of one)."""
    same_version: bool = True
    """All files of one project carry one version."""
    expect: Version | None = None


def apply(demands: Demands, artifacts: Sequence[Artifact], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return ``outcomes`` with those made *refused* whose file doesn't meet ``demands``.

    ``outcomes`` belong to ``artifacts`` one by one. A conflict or a refusal keeps the reason that it has.
    """
    versions = _versions(artifacts)
    return [
        _demand(demands, artifact, outcome, versions) for artifact, outcome in zip(artifacts, outcomes, strict=True)
    ]


def _versions(artifacts: Sequence[Artifact]) -> dict[str, list[Version]]:
    versions: dict[str, set[Version]] = {}
    for artifact in artifacts:
        if artifact.name is not None:
            versions.setdefault(artifact.name.project, set()).add(artifact.name.version)
    return {project: sorted(found) for project, found in versions.items()}


def _demand(
    demands: Demands, artifact: Artifact, outcome: Outcome, versions: Mapping[str, Sequence[Version]]
) -> Outcome:
    if artifact.name is None or outcome.verdict in (Verdict.CONFLICT, Verdict.REFUSED):
        return outcome
    unmet = _unmet(demands, artifact.name, versions[artifact.name.project])
    if unmet is None:
        return outcome
    reason, fix = unmet
    return replace(outcome, verdict=Verdict.REFUSED, reason=reason, fix=fix)


def _unmet(demands: Demands, name: Name, versions: Sequence[Version]) -> tuple[str, str] | None:
    version = name.version
    if demands.expect is not None and version != demands.expect:
        return f"--expect {demands.expect}: this is {version}", "rm the stale file, or build again"
    if demands.release and (version.is_prerelease or version.local is not None):
        return (
            f"--release: {version} is a development, pre- or local version",
            "build from a clean checkout of the release tag",
        )
    if demands.dev and not (version.is_prerelease or version.local is not None):
        return f"--dev: {version} is a plain release", "build from a commit that has no release tag"
    if demands.same_version and len(versions) > 1:
        listed = ", ".join(map(str, versions))
        return (
            f"--same-version: this call has {len(versions)} versions of {name.project}: {listed}",
            "rm the stale files (or, where it's meant so: --no-same-version)",
        )
    return None
