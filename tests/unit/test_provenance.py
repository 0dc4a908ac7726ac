"""uniqver.json: what goes in, and what comes out again."""

from __future__ import annotations

import json

import pytest

from uniqver.errors import ArtifactError
from uniqver.model.decision import CiRun, Decision
from uniqver.model.provenance import Provenance, as_text, parsed, provenance_of
from uniqver.model.version_file import version_text

RUN = CiRun(
    provider="github",
    title="GitHub Actions",
    number="77",
    run="412",
    attempt="2",
    branch="main",
    url="https://ci.example/runs/77",
    key="github:77:2",
)
BUILD = Decision(
    version="1.4.1.dev7702",
    origin="ci",
    project="acme",
    base="1.4.1",
    number=7702,
    segment="dev",
    commit="c" * 40,
    commit_time=1_700_000_000,
    branch="other",
    dirty=True,
    ci=RUN,
    tells_run=True,
    attempt=2,
    build_key="github:77:2",
    counter="/home/somebody/counter.sqlite3",
    counter_kind="local",
)


def told(decision: Decision) -> Provenance:
    return provenance_of(decision, epoch=decision.commit_time, uniqver="0.1", setuptools="80.0")


def test_every_key_of_the_issue_is_there() -> None:
    """uniqver.json has the documented keys, in their order, and no others."""
    assert list(json.loads(as_text(told(BUILD)))) == [
        "schema_version", "project", "version", "base", "number", "source", "segment", "release", "commit", "branch",
        "dirty", "ci", "build_key", "counter", "source_date_epoch", "uniqver", "setuptools",
    ]  # fmt: skip


def test_it_comes_out_as_it_went_in() -> None:
    """What as_text writes, parsed reads back unchanged."""
    for decision in (BUILD, Decision(version="1.0", origin="pin", project=None)):
        assert parsed(as_text(told(decision)), "here") == told(decision)


def test_a_run_that_the_version_does_not_tell_is_left_out() -> None:
    """Two releases that differ only in their CI run give the same text, and the same version file."""
    release = BUILD._replace(origin="tag", version="1.4.1", number=None, tells_run=False, release=True, build_key=None)
    laptop = release._replace(ci=None, attempt=None, branch="topic", dirty=False)
    assert as_text(told(release._replace(dirty=False))) == as_text(told(laptop))
    assert version_text(told(release._replace(dirty=False))) == version_text(told(laptop))
    assert told(release).ci is None


def test_the_branch_is_that_of_the_run() -> None:
    """The branch is the CI's and never git's, which another checkout of the same commit would not have."""
    assert told(BUILD).branch == "main"
    assert told(BUILD._replace(ci=None, tells_run=False)).branch is None


def test_changes_show_only_where_the_version_shows_them() -> None:
    """`dirty` is told for versions by distance, whose local part tells it, and not for a CI's."""
    assert told(BUILD).dirty is None
    assert told(BUILD._replace(origin="distance", tells_run=False)).dirty is True
    assert told(BUILD._replace(origin="distance", dirty=False)).dirty is False


def test_no_path_of_the_machine_goes_in() -> None:
    """The counter is told by its kind: its place is a path, which another machine doesn't have."""
    assert "somebody" not in as_text(told(BUILD))
    assert told(BUILD).counter == "local"


@pytest.mark.parametrize("provider", ["circleci", "bamboo"])
def test_an_address_of_one_job_is_left_out(provider: str) -> None:
    """Jobs of one build that have different addresses write the same text."""
    one, two = (BUILD._replace(ci=RUN._replace(provider=provider, url=url)) for url in ("https://a", "https://b"))
    assert as_text(told(one)) == as_text(told(two))


def test_unknown_keys_are_passed_over() -> None:
    """A later uniqver may add keys to schema version 1, and this one still reads the file."""
    values = {**json.loads(as_text(told(BUILD))), "colour": "green"}
    assert parsed(json.dumps(values), "here") == told(BUILD)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": None}, "version is None"),
        ({"number": True}, "number is True"),
        ({"number": "7"}, "number is '7'"),
        ({"source": "guess"}, "source is 'guess'"),
        ({"segment": "x"}, "segment is 'x'"),
        ({"ci": {"run": 1}}, "name is missing"),
        ({"ci": "github"}, "ci is 'github'"),
        ({"release": None}, "release is None"),
        ({"schema_version": 2}, "has schema version 2"),
        ({"schema_version": None}, "has schema version None"),
    ],
)
def test_damage_is_named(change: dict[str, object], says: str) -> None:
    """A value of another kind is an error that names the file, the key and the value."""
    values = {**json.loads(as_text(told(BUILD))), **change}
    with pytest.raises(ArtifactError, match="dist/x") as error:
        parsed(json.dumps(values), "dist/x")
    assert says in error.value.what


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '"x"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    """Text that is no JSON object is an ArtifactError, and nothing else."""
    with pytest.raises(ArtifactError, match="is damaged"):
        parsed(text, "here")
