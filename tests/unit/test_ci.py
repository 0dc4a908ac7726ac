"""The table of CI systems against environments as each vendor documents them, traps included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.facts import facts, git_state

from uniqver.ci.detect import BY_HAND, detect, whole_number
from uniqver.ci.providers import PROVIDERS
from uniqver.config.toml import loads
from uniqver.model.bases import Base
from uniqver.model.ci_run import CiRun, Untrusted
from uniqver.model.versions import MAX_NUMBER
from uniqver.resolve.numbers import number_of
from uniqver.resolve.target import Target

CASES: list[dict[str, Any]] = loads(Path(__file__).with_name("ci_environments.toml").read_text(encoding="utf-8"))[
    "case"
]
TARGET = Target(base=Base(version="1.4.1", because="a test says so"), segment="dev", distance=3, last=None)

every_case = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


def run_in(environ: dict[str, str], workflow: str | None = None) -> CiRun:
    """Return the run that an environment tells of."""
    run = detect(environ, workflow=workflow)
    assert run is not None
    return run


@every_case
def test_what_the_environment_says(case: dict[str, Any]) -> None:
    """Each field of the run is what the CI's variables say; an empty text in the table stands for nothing."""
    if case.get("local"):
        assert detect(case["environ"], workflow=case.get("workflow")) is None
        return
    run = run_in(case["environ"], case.get("workflow"))
    for name, wanted in case.get("is", {}).items():
        found = getattr(run, name)
        assert ("" if found is None else found) == wanted, name
        assert found is None or type(found) is type(wanted), name


@every_case
def test_the_number_or_why_there_is_none(case: dict[str, Any]) -> None:
    """A CI whose number can't repeat gives it; any other build gets a local version, and the line to add."""
    run = detect(case["environ"], workflow=case.get("workflow"))
    number = number_of(facts(ci=run, git=git_state(distance=3)), TARGET, publishable=True)
    if "version_number" in case:
        assert (number.source, number.value, number.missing) == ("ci", case["version_number"], ())
        return
    assert (number.source, number.value) == ("distance", 3)
    assert number.local is not None
    (missing,) = number.missing
    if run is not None:
        assert isinstance(run.number, Untrusted)
        assert missing.what == f"{run.title}: {run.number.why}"
        assert case["error"] in missing.what
        assert case["fix"] in missing.fix
        assert run.number.counter_helps is case.get("counter_helps", True)


def test_every_row_has_an_environment() -> None:
    """No row of the table goes untried."""
    tried = {run.provider for case in CASES if (run := detect(case["environ"], workflow=None)) is not None}
    assert tried == {provider.name for provider in PROVIDERS if not provider.local}


def test_the_order_of_the_table() -> None:
    """Whoever sets another's variables comes before it."""
    names = [provider.name for provider in PROVIDERS]
    for first, then in (
        ("forgejo", "gitea"),
        ("gitea", "act"),
        ("act", "github"),
        ("harness", "woodpecker"),
        ("harness", "drone"),
        ("woodpecker", "drone"),
    ):
        assert names.index(first) < names.index(then)


def test_no_row_trusts_what_everybody_sets() -> None:
    """No row is found by a bare CI or BUILD_NUMBER."""
    for provider in PROVIDERS:
        assert not {"CI", "BUILD_NUMBER", "BUILD_ID"} >= set(provider.detect), provider.name


def test_every_refusal_has_a_fix() -> None:
    """A row without a number that can be trusted names what to add: a variable of uniqver's or a counter."""
    refusing = [provider for provider in PROVIDERS if provider.refuse]
    assert len(refusing) == 11
    for provider in refusing:
        assert provider.fix is not None
        assert "UNIQVER_" in provider.fix or "counter" in provider.fix


def test_every_row_counts_something_or_says_why_not() -> None:
    """A row has a number with its scope, or the reason why it has none, or is local."""
    for provider in PROVIDERS:
        assert provider.local or provider.refuse or (provider.number and provider.scope), provider.name


def test_every_row_can_be_compared_with_the_tree() -> None:
    """Without a commit or a workspace no run could ever be the project's own."""
    for provider in PROVIDERS:
        assert provider.local or provider.commit or provider.workspace, provider.name


def test_a_key_needs_all_its_parts() -> None:
    """If a variable of the build key is missing, there is no key rather than half of one."""
    assert run_in({"GITLAB_CI": "true", "CI_PIPELINE_IID": "7", "CI_PROJECT_ID": "4"}).key is None


def test_no_url_without_its_parts() -> None:
    """If a variable of the address is missing, there is no address rather than a broken one."""
    assert run_in({"TF_BUILD": "True", "BUILD_BUILDID": "7"}).url is None


def test_urls_of_a_run_hold_no_secret() -> None:
    """Password and query of a CI's URLs reach neither the run's address nor its key; the row's own query stays."""
    jenkins = detect(
        {
            "JENKINS_URL": "https://me:SECRET@ci.example.org/",
            "BUILD_URL": "https://ci.example.org/job/app/7/?token=SECRET",
            "BUILD_ID": "7",
            "BUILD_NUMBER": "7",
            "JOB_NAME": "app",
        },
        workflow=None,
    )
    assert jenkins is not None
    assert (jenkins.url, jenkins.key) == (
        "https://ci.example.org/job/app/7/",
        "jenkins:https://ci.example.org/:app:7",
    )
    azure = {"SYSTEM_COLLECTIONURI": "https://dev.azure.com/org/?sig=SECRET", "SYSTEM_TEAMPROJECT": "My app"}
    run = detect({"TF_BUILD": "True", "BUILD_BUILDID": "7", **azure}, workflow=None)
    assert run is not None
    assert run.url == "https://dev.azure.com/org/My app/_build/results?buildId=7"


def test_a_row_does_not_depend_on_the_case_of_true() -> None:
    """AppVeyor writes True on one system and true on another."""
    for word in ("True", "true", "TRUE"):
        assert detect({"READTHEDOCS": word}, workflow=None) is not None
    assert detect({"READTHEDOCS": "False"}, workflow=None) is None


@pytest.mark.parametrize("ref", ["", "main", "refs/heads", "heads/main/x"])
def test_a_ref_that_is_none(ref: str) -> None:
    """A text that is not a full ref names neither branch nor tag, and a run without any has lost it."""
    run = run_in({"TF_BUILD": "True", "BUILD_BUILDID": "7", "BUILD_SOURCEBRANCH": ref})
    assert (run.branch, run.tag, run.pull_request, run.ref_lost) == (None, None, None, True)


# What a number may be


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("412", 412), (str(MAX_NUMBER), MAX_NUMBER)])
def test_whole_numbers(text: str, number: int) -> None:
    """A plain whole number is read."""
    assert whole_number(text, "N") == number


@pytest.mark.parametrize(
    "text", ["abc", "-1", "007", "+1", "1.0", "1_000", "", " 1", "1\n", "\N{SUPERSCRIPT TWO}", "٣"]
)
def test_what_is_not_a_whole_number(text: str) -> None:
    """Signs, leading zeros, foreign digits and text are no number, and come with the line to add."""
    found = whole_number(text, "GITHUB_RUN_NUMBER")
    assert isinstance(found, Untrusted)
    assert found.why.startswith(f"GITHUB_RUN_NUMBER is {text!r}: not a plain whole number")
    assert found.fix == BY_HAND


@pytest.mark.parametrize("text", [str(MAX_NUMBER + 1), "9" * 30, "9" * 5000])
def test_numbers_beyond_63_bits(text: str) -> None:
    """A number of 30 digits is refused before it is counted with, and shown shortened."""
    found = whole_number(text, "N")
    assert isinstance(found, Untrusted)
    assert "more than a version's number can hold" in found.why
    assert len(found.why) < 120


def test_a_ci_has_its_own_fix() -> None:
    """If the CI's row names a line to add, that is the fix."""
    found = whole_number("x", "BUILD_NUMBER", "env.UNIQVER_BUILD_NUMBER = %build.counter%")
    assert isinstance(found, Untrusted)
    assert found.fix == "env.UNIQVER_BUILD_NUMBER = %build.counter%"


@pytest.mark.parametrize("attempt", ["0", "100", "x"])
def test_attempts_are_never_wrapped(attempt: str) -> None:
    """Attempt 100 would be the next run's attempt 0, so such a run has neither number nor key."""
    run = run_in({"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "412", "GITHUB_RUN_ATTEMPT": attempt})
    assert isinstance(run.number, Untrusted)
    assert "GITHUB_RUN_ATTEMPT is" in run.number.why
    assert (run.attempt, run.key) == (None, None)
