"""uniqver.json: what goes in, and what comes out again."""

from __future__ import annotations

import json

import pytest
from tests.support.facts import ci_run

from uniqver.errors import ArtifactError
from uniqver.model.decision import Decision, Number
from uniqver.model.provenance import MOST_CHARACTERS, Provenance, as_json, as_text, parsed, provenance_of
from uniqver.model.version_file_text import version_text

BUILD = Decision(
    version="1.4.1.dev7702",
    origin="ci",
    project="acme",
    base="1.4.1",
    segment="dev",
    number=Number(
        value=7702,
        source="ci",
        reason="number 7702",
        build_key="github:77:2",
        counter="/home/somebody/counter.sqlite3",
    ),
    commit="c" * 40,
    commit_time=1_700_000_000,
    branch="main",
    dirty=False,
    ci=ci_run(run="412", attempt=2, branch="main", url="https://ci.example/runs/77"),
    own_run=True,
)
LOCAL = BUILD._replace(version=f"1.4.1.dev3+g{'c' * 12}.d0123456789ab", origin="distance", dirty=True)
RELEASE = BUILD._replace(version="1.4.1", origin="tag", number=None, segment=None, release=True)
BARE = Decision(version="1.0", origin="pin", project=None)


def told(decision: Decision) -> Provenance:
    return provenance_of(decision, epoch=decision.commit_time)


def test_every_documented_key_is_there() -> None:
    """uniqver.json has the documented keys, in their order, and no others; tools only in wheels."""
    keys = [
        "schema_version",
        "project",
        "version",
        "base",
        "segment",
        "number",
        "commit",
        "dirty",
        "digest",
        "source_date_epoch",
    ]
    assert list(json.loads(as_text(told(BUILD)))) == keys
    assert list(json.loads(as_text(told(BUILD)._replace(tools={"setuptools": "80.0"})))) == [*keys, "tools"]


@pytest.mark.parametrize("decision", [BUILD, LOCAL, RELEASE, BARE], ids=lambda decision: decision.version)
def test_it_comes_out_as_it_went_in(decision: Decision) -> None:
    """What as_text writes, parsed reads back unchanged."""
    for provenance in (told(decision), told(decision)._replace(tools={"uniqver": "1.0", "setuptools": "80.0"})):
        assert parsed(as_text(provenance), "here") == provenance


@pytest.mark.parametrize("decision", [BUILD, LOCAL, RELEASE], ids=lambda decision: decision.version)
def test_only_what_version_and_commit_tell_goes_in(decision: Decision) -> None:
    """A job that got the version as a pin, knowing neither run nor counter, writes the same bytes."""
    pinned = Decision(
        version=decision.version, origin="pin", project="acme", commit="c" * 40, commit_time=1_700_000_000, dirty=None
    )
    assert as_text(told(decision)) == as_text(told(pinned))
    assert version_text(told(decision)) == version_text(told(pinned))
    for secret in ("somebody", "ci.example", "main", "412"):
        assert secret not in as_text(told(decision))


@pytest.mark.parametrize(
    ("version", "base", "segment", "number", "dirty"),
    [
        ("1.4.1.dev41201", "1.4.1", "dev", 41201, False),
        ("1.4.1rc41201", "1.4.1", "rc", 41201, False),
        ("1.4.0.post7", "1.4.0", "post", 7, False),
        ("1.4.0", "1.4.0", None, None, False),
        ("1.4.0+cu118", "1.4.0", None, None, False),
        ("1!1.4.1.dev3+g0123456789ab", "1!1.4.1", "dev", 3, False),
        ("1.4.1.dev3+g0123456789ab.dfedcba987654", "1.4.1", "dev", 3, True),
    ],
)
def test_the_version_is_taken_apart(
    version: str, base: str, segment: str | None, number: int | None, *, dirty: bool
) -> None:
    """Base, segment, number and changes are those that the version itself shows."""
    found = told(BARE._replace(version=version))
    assert (found.base, found.segment, found.number, found.dirty) == (base, segment, number, dirty)


def test_json_without_tools() -> None:
    """Where the tools aren't told, there is no key for them."""
    assert "tools" not in as_json(told(BUILD))


def test_unknown_keys_are_passed_over() -> None:
    """A later uniqver may add keys to schema version 1, and this one still reads the file."""
    values = {**json.loads(as_text(told(BUILD))), "colour": "green"}
    assert parsed(json.dumps(values), "here") == told(BUILD)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": None}, "version is None"),
        ({"version": "trunk-5"}, "version is 'trunk-5'"),
        ({"version": "9" * 5000}, "version is '9999"),
        ({"number": True}, "number is True"),
        ({"number": "7"}, "number is '7'"),
        ({"number": 7.5}, "number is 7.5"),
        ({"dirty": 1}, "dirty is 1"),
        ({"dirty": None}, "dirty is None"),
        ({"segment": 5}, "segment is 5"),
        ({"tools": ["setuptools"]}, "tools is ['setuptools']"),
        ({"tools": {"setuptools": 80}}, "tools are not versions by name"),
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
    assert len(error.value.what) < 200


def test_a_key_that_is_not_there() -> None:
    """A missing key is told from a null."""
    values = json.loads(as_text(told(BUILD)))
    del values["dirty"]
    with pytest.raises(ArtifactError, match="dirty is missing"):
        parsed(json.dumps(values), "here")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '"x"', "[" * 5000, '{"number": ' + "9" * 5000 + "}", " " * (MOST_CHARACTERS + 1)],
    ids=lambda text: f"{text[:6]}-{len(text)}",
)
def test_what_is_not_an_object_is_refused(text: str) -> None:
    """Text that is not a JSON object, too deep or too long is an ArtifactError, and nothing else."""
    with pytest.raises(ArtifactError, match="is damaged"):
        parsed(text, "here")
