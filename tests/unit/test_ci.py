"""The table of CI systems against environments as each vendor documents them, traps included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.facts import facts

from uniqver.ci.detect import detect
from uniqver.ci.providers import PROVIDERS
from uniqver.config.toml import loads
from uniqver.errors import CiError
from uniqver.model.versions import Base
from uniqver.resolve.numbers import choose_source, take_number

CASES: list[dict[str, Any]] = loads(Path(__file__).with_name("ci_environments.toml").read_text(encoding="utf-8"))[
    "case"
]
BASE = Base(version="1.4.1", because="a test says so")

every_case = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


@every_case
def test_what_the_environment_says(case: dict[str, Any]) -> None:
    """Each field of the run is what the CI's variables say; an empty text in the table stands for nothing."""
    run = detect(case["environ"], workflow=case.get("workflow"))
    if case.get("local"):
        assert run is None
        return
    assert run is not None
    for name, wanted in case.get("is", {}).items():
        found = getattr(run, name)
        assert (found or "") == wanted if isinstance(wanted, str) else found is wanted, name


@every_case
def test_the_number_or_why_there_is_none(case: dict[str, Any]) -> None:
    """A CI whose number is safe gives it; any other stops with an error that names the line to add."""
    run = detect(case["environ"], workflow=case.get("workflow"))
    if "error" in case:
        with pytest.raises(CiError) as refused:
            take_number(facts(ci=run), choose_source(facts(ci=run))[0], BASE)
        assert case["error"] in refused.value.what
        assert case["fix"] in refused.value.fix
        return
    source, why = choose_source(facts(ci=run))
    if case.get("local"):
        assert source == "counter", why
        return
    assert source == "ci", why
    assert take_number(facts(ci=run), source, BASE).number == case["version_number"]


def test_every_row_has_an_environment() -> None:
    """No row of the table goes untried."""
    tried = {run.provider for case in CASES if (run := detect(case["environ"], workflow=None)) is not None}
    assert tried == {provider.name for provider in PROVIDERS if not provider.local}


def test_the_order_of_the_table() -> None:
    """Whoever sets another's variables comes before it."""
    names = [provider.name for provider in PROVIDERS]
    for first, then in (
        ("act", "github"),
        ("gitea", "github"),
        ("forgejo", "github"),
        ("harness", "woodpecker"),
        ("harness", "drone"),
        ("woodpecker", "drone"),
    ):
        assert names.index(first) < names.index(then)


def test_no_row_trusts_what_everybody_sets() -> None:
    """No row is found by a bare CI or BUILD_NUMBER."""
    for provider in PROVIDERS:
        assert not {"CI", "BUILD_NUMBER", "BUILD_ID"} >= set(provider.detect), provider.name


def test_every_refusal_has_a_cure() -> None:
    """A row that refuses names what to add: a variable of uniqver's or a counter."""
    refusing = [provider for provider in PROVIDERS if provider.refuse]
    assert len(refusing) == 10
    for provider in refusing:
        assert provider.cure is not None
        assert "UNIQVER_" in provider.cure or "counter" in provider.cure


def test_every_row_that_refuses_or_counts_says_what() -> None:
    """A row has a number with its scope, or a refusal, or is local."""
    for provider in PROVIDERS:
        assert provider.local or provider.refuse or (provider.number and provider.scope), provider.name


def test_a_key_needs_all_its_parts() -> None:
    """Where a variable of the build key is missing, there is no key rather than half of one."""
    run = detect({"GITLAB_CI": "true", "CI_PIPELINE_IID": "7", "CI_PROJECT_ID": "4"}, workflow=None)
    assert run is not None
    assert run.key is None


def test_no_url_without_its_parts() -> None:
    """Where a variable of the address is missing, there is no address rather than a broken one."""
    run = detect({"TF_BUILD": "True", "BUILD_BUILDID": "7"}, workflow=None)
    assert run is not None
    assert run.url is None


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
    """A text that is no full ref names neither branch nor tag."""
    run = detect({"TF_BUILD": "True", "BUILD_BUILDID": "7", "BUILD_SOURCEBRANCH": ref}, workflow=None)
    assert run is not None
    assert (run.branch, run.tag, run.pull_request) == (None, None, None)
