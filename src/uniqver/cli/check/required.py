"""What the caller requires of files, whatever the index: versions, and that they are of one build. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.cli.check.rules import refused
from uniqver.model.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from uniqver.cli.check.report import Finding
    from uniqver.cli.check.rules import Case, Rule


def expected_version(case: Case) -> Finding | None:
    """``--expect``."""
    expect, version = case.call.upload.expect, case.name.version
    if expect is None or version == expect:
        return None
    return refused(f"--expect {expect}: this is {version}", "rm the stale file, or build again")


def release_only(case: Case) -> Finding | None:
    """``--release``."""
    if not case.call.upload.release or not _is_unfinished(case.name.version):
        return None
    return refused(
        f"--release: {case.name.version} is a development, pre- or local version",
        "build from a clean checkout of the release tag",
    )


def dev_only(case: Case) -> Finding | None:
    """``--dev``."""
    if not case.call.upload.dev or _is_unfinished(case.name.version):
        return None
    return refused(f"--dev: {case.name.version} is a plain release", "build from a commit that has no release tag")


def _is_unfinished(version: Version) -> bool:
    return version.is_prerelease or version.local is not None


def same_version(case: Case) -> Finding | None:
    """``--same-version``: of two versions of a project in one call, one is mostly left over from another build."""
    versions = case.call.versions[case.name.project]
    if not case.call.upload.same_version or len(versions) == 1:
        return None
    return refused(
        f"--same-version: this call has {len(versions)} versions of {case.name.project}: "
        f"{', '.join(map(str, versions))}",
        "rm the stale files (or, where it's meant so: --no-same-version)",
    )


def one_content(case: Case) -> Finding | None:
    """Files of one version that were built from two contents: an index would serve both as one release."""
    builds = next((found for found in case.call.contents.values() if len(found) > 1 and _is_in(case, found)), None)
    if builds is None:
        return None
    made = "; ".join(f"{source} made {listed(names)}" for source, names in builds.items())
    return refused(
        f"two builds share {case.name.version}: {made}",
        "rm the stale files, and build all files of a version from one clean tree",
    )


def _is_in(case: Case, builds: Mapping[str, Sequence[str]]) -> bool:
    return any(case.name.text in names for names in builds.values())


REQUIRED: tuple[Rule, ...] = (expected_version, release_only, dev_only, same_version, one_content)
"""What the caller requires of the versions."""
