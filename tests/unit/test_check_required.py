"""``uniqver check``: --release, --dev, --same-version and --expect, from values alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.support.uploads import THERE, artifact, report_on

from uniqver.errors import UniqverError
from uniqver.index import IndexFile, Listing
from uniqver.model.provenance import Provenance, as_text

if TYPE_CHECKING:
    from uniqver.cli.check.rules import Artifact

EMPTY = Listing(project="foo")


def verdicts(*filenames: str, listing: Listing = EMPTY, **required: object) -> list[str]:
    files = [artifact(name, digests={"sha256": f"{number:064}"}) for number, name in enumerate(filenames)]
    return [finding.verdict for finding in report_on(files, listing, **required).findings]


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
    assert verdicts(f"foo-{version}.tar.gz", rules="names", release=True) == [release]
    assert verdicts(f"foo-{version}.tar.gz", rules="names", dev=True) == [dev]


def test_two_versions_of_one_project_are_refused_unless_that_is_meant() -> None:
    """--same-version is on by default, and versions are compared, not texts."""
    two = ("foo-1.0.tar.gz", "foo-1.1.tar.gz")
    assert verdicts(*two, same_version=True) == ["refused", "refused"]
    assert verdicts(*two, same_version=False) == ["free", "free"]
    same = ("foo-1.0.tar.gz", "foo-1.0-py3-none-any.whl", "bar-2.0.tar.gz")
    assert verdicts(*same, same_version=True) == ["free"] * 3


def test_one_version_of_two_commits_is_refused() -> None:
    """Two builds that share a version, left in one folder: the second commit's wheel isn't the sdist's."""

    def of(name: str, commit: str | None) -> Artifact:
        made = artifact(name, digests={"sha256": f"{len(name):064}"})
        facts = Provenance("foo", made.content.metadata.version or "", None, None, None, commit, False, None, None)
        return made._replace(content=made.content._replace(provenance=as_text(facts)))

    sdist = of("foo-1.0.tar.gz", "a" * 40)
    found = report_on([sdist, of("foo-1.0-py3-none-any.whl", "b" * 40), of("foo-1.1.tar.gz", "a" * 40)]).findings
    assert [finding.verdict for finding in found] == ["refused", "refused", "free"]
    assert (
        "two builds share foo==1.0: aaaaaaaaaaaa made foo-1.0.tar.gz; bbbbbbbbbbbb made foo-1.0-py3" in found[0].reason
    )
    for same in ("a" * 40, None):
        found = report_on([sdist, of("foo-1.0-py3-none-any.whl", same)]).findings
        assert [finding.verdict for finding in found] == ["free", "free"]


def test_expect_refuses_every_other_version() -> None:
    """--expect compares versions, not texts."""
    assert verdicts("foo-1.0.0.tar.gz", "foo-1.1.tar.gz", expect=Version("1.0")) == ["free", "refused"]


def test_an_unmet_requirement_wins_over_every_verdict_but_a_refusal() -> None:
    """What is required and not met is refused, also if the index couldn't be asked or has the file."""
    name = "foo-1.0.dev1.tar.gz"
    down = Listing(project="foo", trouble=UniqverError(what="the index is down", fix="wait"))
    same = Listing(project="foo", files=(IndexFile(name, {"sha256": f"{0:064}"}),))
    assert verdicts(name, listing=down) == ["unknown"]
    assert verdicts(name, listing=down, release=True) == ["refused"]
    assert verdicts(name, listing=same) == ["identical"]
    assert verdicts(name, listing=same, release=True) == ["refused"]


def test_a_conflict_keeps_its_reason() -> None:
    """The first thing to fix stays the one that is named."""
    name = "foo-1.0.dev1.tar.gz"
    other = Listing(project="foo", files=(IndexFile(name, THERE),))
    assert verdicts(name, listing=other, release=True) == ["conflict"]
