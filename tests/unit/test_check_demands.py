"""``uniqver check``: --release, --dev, --same-version and --expect, from values alone."""

from __future__ import annotations

import pytest
from packaging.version import Version

from uniqver.cli.check.demands import Demands, apply
from uniqver.cli.check.verdict import Outcome, Verdict
from uniqver.dists.artifact import Artifact, parse_name


def verdicts(demands: Demands, *filenames: str, before: Verdict = Verdict.FREE) -> list[str]:
    artifacts = [Artifact(path=name, filename=name, size=1, name=parse_name(name)) for name in filenames]
    outcomes = [Outcome(file=name, verdict=before, reason="as it was", fix="") for name in filenames]
    return [outcome.verdict.value for outcome in apply(demands, artifacts, outcomes)]


@pytest.mark.parametrize(
    ("version", "release", "dev"),
    [
        ("1.0", "free", "refused"),
        ("1.0.post1", "free", "refused"),
        ("1.0.dev3", "refused", "free"),
        ("1.0rc1", "refused", "free"),
        ("1.0+local", "refused", "free"),
    ],
)
def test_release_and_dev_are_opposites(version: str, release: str, dev: str) -> None:
    """--release refuses exactly what --dev lets through."""
    assert verdicts(Demands(release=True), f"foo-{version}.tar.gz") == [release]
    assert verdicts(Demands(dev=True), f"foo-{version}.tar.gz") == [dev]


def test_two_versions_of_one_project_are_refused_unless_that_is_meant() -> None:
    """--same-version is on by default, and names are compared as releases."""
    assert verdicts(Demands(), "foo-1.0.tar.gz", "foo-1.1.tar.gz") == ["refused", "refused"]
    assert verdicts(Demands(same_version=False), "foo-1.0.tar.gz", "foo-1.1.tar.gz") == ["free", "free"]
    assert verdicts(Demands(), "foo-1.0.tar.gz", "foo-1.0-py3-none-any.whl", "bar-2.0.tar.gz") == ["free"] * 3


def test_expect_refuses_every_other_version() -> None:
    """--expect compares versions, not texts."""
    expect = Demands(expect=Version("1.0"), same_version=False)
    assert verdicts(expect, "foo-1.0.0.tar.gz", "foo-1.1.tar.gz") == ["free", "refused"]


@pytest.mark.parametrize("before", [Verdict.UNKNOWN, Verdict.IDENTICAL])
def test_an_unmet_demand_wins_over_every_verdict_but_a_refusal(before: Verdict) -> None:
    """What is demanded and not met is refused, also where the index couldn't be asked."""
    assert verdicts(Demands(release=True), "foo-1.0.dev1.tar.gz", before=before) == ["refused"]


def test_a_conflict_keeps_its_reason() -> None:
    """The first thing to mend stays the one that is named."""
    assert verdicts(Demands(release=True), "foo-1.0.dev1.tar.gz", before=Verdict.CONFLICT) == ["conflict"]
