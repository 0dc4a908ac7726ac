"""What a person and a machine are told about a decision."""

from __future__ import annotations

import json

from tests.support.facts import COMMIT, ci_run

from uniqver.model.decision import Decision
from uniqver.model.report import as_json, as_text, headline

DECISION = Decision(
    version="1.4.1.dev41201",
    origin="ci",
    project="app",
    base="1.4.1",
    number=41201,
    segment="dev",
    commit=COMMIT,
    branch="main",
    dirty=False,
    ci=ci_run(run="412", attempt="1", url="https://ci.example.org/412", provider="some", branch="main"),
    attempt=1,
    build_key="some:412:1",
    reasons=("number 41201: N 412 * 100 + attempt 1",),
    collisions=("N counts per repository",),
)


def test_json_has_every_key() -> None:
    """The keys of --json are these, whatever the decision: they are a promise."""
    found = as_json(DECISION)
    assert json.loads(json.dumps(found)) == {
        "version": "1.4.1.dev41201",
        "base": "1.4.1",
        "number": 41201,
        "source": "ci",
        "segment": "dev",
        "release": False,
        "commit": COMMIT,
        "branch": "main",
        "dirty": False,
        "ci": {
            "name": "some", "run": 412, "attempt": 1, "branch": "main", "tag": None, "pull_request": None,
            "url": "https://ci.example.org/412",
        },
        "build_key": "some:412:1",
        "counter": None,
        "reasons": ["number 41201: N 412 * 100 + attempt 1"],
        "warnings": [],
        "collisions": ["N counts per repository"],
    }  # fmt: skip
    bare = Decision(version="1.0", origin="pin", project=None)
    assert as_json(bare).keys() == found.keys()


def test_a_run_that_is_no_number_stays_text() -> None:
    """A CI's run goes into JSON as a number only where it is one."""
    ci = as_json(DECISION._replace(ci=ci_run(run="5f-a")))["ci"]
    assert isinstance(ci, dict)
    assert ci["run"] == "5f-a"


def test_text() -> None:
    """The account is short, starts with the version, and names what could still collide."""
    assert as_text(DECISION) == (
        "app 1.4.1.dev41201\n"
        "  from      the CI's run\n"
        "  base      1.4.1\n"
        "  number    41201 in the segment dev\n"
        f"  commit    {COMMIT}\n"
        "  branch    main\n"
        "  ci        Some CI, run 412, attempt 1, https://ci.example.org/412\n"
        "  build key some:412:1\n"
        "\n"
        "why\n"
        "  - number 41201: N 412 * 100 + attempt 1\n"
        "\n"
        "what could still collide\n"
        "  - N counts per repository"
    )


def test_text_of_a_release_with_changes_and_warnings() -> None:
    """A release is called one, changes show behind the commit, warnings have a place of their own."""
    text = as_text(
        DECISION._replace(
            release=True, origin="tag", dirty=True, warnings=("the version file is tracked",), project=None
        )
    )
    assert text.startswith("this project 1.4.1.dev41201 (a release)\n")
    assert f"{COMMIT} with changes\n" in text
    assert "\nlook out\n  - the version file is tracked\n" in text


def test_headline() -> None:
    """A build says in one line what it makes, and whether an index takes it."""
    assert headline(DECISION) == "app 1.4.1.dev41201 (from the CI's run)"
    local = DECISION._replace(version="1.4.1.dev3+gabc", origin="distance", project=None)
    assert headline(local) == (
        "version 1.4.1.dev3+gabc (from commits since the last release tag; a local version, PyPI refuses it)"
    )


def test_no_line_ends_in_nothing() -> None:
    """What isn't known leaves no empty line behind."""
    text = as_text(Decision(version="1.0", origin="sdist", project="app", reasons=("PKG-INFO froze 1.0",)))
    assert text == "app 1.0\n  from      PKG-INFO of the unpacked sdist\n\nwhy\n  - PKG-INFO froze 1.0"
