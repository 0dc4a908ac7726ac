"""What a person and a machine are told about a decision: one table, so that a new fact is one row."""

from __future__ import annotations

import json

import pytest
from tests.support.facts import COMMIT, ci_run

from uniqver.model.decision import Decision, Missing, Number
from uniqver.model.report import FACTS, as_json, as_text
from uniqver.model.wording import headline, lines

RUN = ci_run(run="412", attempt=1, url="https://ci.example.org/412", provider="some", branch="main")
NUMBER = Number(value=41201, source="ci", reason="number 41201: N 412 * 100 + attempt 1", build_key="some:412:1")
DECISION = Decision(
    version="1.4.1.dev41201",
    origin="ci",
    project="app",
    base="1.4.1",
    segment="dev",
    number=NUMBER,
    commit=COMMIT,
    branch="main",
    dirty=False,
    ci=RUN,
    own_run=True,
    proof=("number 41201: N 412 * 100 + attempt 1", "a clean tree"),
    reasons=("number 41201: N 412 * 100 + attempt 1",),
    collisions=("N counts per repository",),
)
UNCLEAN = Missing("the tree differs from its commit: a.py", "git status")
TAGLESS = Missing("there is no release tag", 'base = "1.0.0"')
LOCAL = DECISION._replace(
    version="1.4.1.dev3+g0123456789ab", origin="distance", proof=(), missing=(UNCLEAN, TAGLESS), collisions=()
)
PINNED = Decision(version="1.0", origin="pin", project=None)


def test_json_has_every_key() -> None:
    """The keys of --json are these, whatever the decision: they are a promise."""
    found = as_json(DECISION)
    assert json.loads(json.dumps(found)) == {
        "version": "1.4.1.dev41201",
        "public": True,
        "source": "ci",
        "base": "1.4.1",
        "number": 41201,
        "segment": "dev",
        "release": False,
        "commit": COMMIT,
        "branch": "main",
        "dirty": False,
        "ci": {
            "name": "some", "run": 412, "attempt": 1, "branch": "main", "tag": None, "pull_request": None,
            "url": "https://ci.example.org/412",
        },
        "own_run": True,
        "build_key": "some:412:1",
        "counter": None,
        "proof": ["number 41201: N 412 * 100 + attempt 1", "a clean tree"],
        "missing": [],
        "reasons": ["number 41201: N 412 * 100 + attempt 1"],
        "warnings": [],
        "collisions": ["N counts per repository"],
    }  # fmt: skip
    assert as_json(PINNED).keys() == found.keys()
    assert as_json(LOCAL)["missing"] == [
        {"what": "the tree differs from its commit: a.py", "fix": "git status"},
        {"what": "there is no release tag", "fix": 'base = "1.0.0"'},
    ]


def test_a_fact_is_one_row() -> None:
    """Each key and each label stands in the table once, and a label has something to show."""
    keys = [fact.key for fact in FACTS]
    labels = [fact.label for fact in FACTS if fact.label is not None]
    assert len(set(keys)) == len(keys)
    assert len(set(labels)) == len(labels)
    assert all(len(label) < 10 for label in labels)
    everything = DECISION._replace(dirty=True, number=NUMBER._replace(counter="/a/counter"))
    assert all(any(line.startswith(f"  {label} ") for line in as_text(everything).splitlines()) for label in labels)


@pytest.mark.parametrize("run", ["5f-a", "9" * 30, "", None])
def test_a_run_that_is_not_a_number_stays_text(run: str | None) -> None:
    """A CI's run goes into JSON as a number only if it is one that every reader of JSON can hold."""
    ci = as_json(DECISION._replace(ci=RUN._replace(run=run)))["ci"]
    assert isinstance(ci, dict)
    assert ci["run"] == run


def test_text() -> None:
    """The account is short, starts with the version, and names what could still collide."""
    assert as_text(DECISION) == (
        "app 1.4.1.dev41201\n"
        "  is        public: number 41201: N 412 * 100 + attempt 1, a clean tree\n"
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


def test_text_of_a_local_version() -> None:
    """A local version says that no index takes it, and for each thing that is missing the line that provides it."""
    text = as_text(LOCAL)
    assert "  is        local: no public index takes it\n" in text
    assert text.endswith(
        "what is missing for a public version\n"
        "  - the tree differs from its commit: a.py\n"
        "    fix: git status\n"
        "  - there is no release tag\n"
        '    fix: base = "1.0.0"'
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
    assert "\nwarnings\n  - the version file is tracked\n" in text


def test_text_of_somebody_elses_run() -> None:
    """A CI that was detected, and whose run isn't the project's own, is called that."""
    run = RUN._replace(tag="v2", pull_request="5", run=None, attempt=None, url=None)
    text = as_text(DECISION._replace(ci=run, own_run=False))
    assert "  ci        Some CI, tag v2, pull request 5, not this project's own run\n" in text
    assert as_json(DECISION._replace(ci=run, own_run=False))["own_run"] is False
    assert as_json(PINNED)["own_run"] is None


def test_headline() -> None:
    """A build says in one line what it makes, and what proves it or is missing first, with its fix."""
    assert headline(DECISION) == "app 1.4.1.dev41201 is public: number 41201: N 412 * 100 + attempt 1, a clean tree"
    assert headline(LOCAL) == (
        "app 1.4.1.dev3+g0123456789ab is local: the tree differs from its commit: a.py; to publish: git status"
    )
    assert headline(LOCAL._replace(missing=(), project=None)) == (
        "version 1.4.1.dev3+g0123456789ab is local (from commits since the last release tag)"
    )
    assert headline(PINNED) == "version 1.0 (from a pin in the environment)"


def test_lines() -> None:
    """Each warning is a line of its own behind that, and the last one names the page of the manual."""
    see = "see: uniqver help troubleshooting"
    assert lines(PINNED._replace(warnings=("one", "two"))) == [headline(PINNED), "warning: one", "warning: two", see]
    assert lines(LOCAL._replace(warnings=())) == [headline(LOCAL), see]
    assert lines(PINNED._replace(warnings=())) == [headline(PINNED)]


def test_no_line_ends_in_nothing() -> None:
    """What isn't known leaves no empty line behind."""
    text = as_text(Decision(version="1.0", origin="sdist", project="app", reasons=("PKG-INFO froze 1.0",)))
    assert (
        text == "app 1.0\n  is        public\n  from      PKG-INFO of the unpacked sdist\n\nwhy\n  - PKG-INFO froze 1.0"
    )
