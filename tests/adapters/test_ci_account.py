"""What ``uniqver explain`` and ``uniqver doctor --ci`` tell of the CI, and what real runners set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.support.ci_environments import SITUATIONS
from tests.support.resolving import repository

from uniqver.ci import provider_named
from uniqver.cli.explain import ci_account, ci_as_text
from uniqver.cli.main import main

if TYPE_CHECKING:
    from tests.support.repositories import Repo

BY_NAME = {situation.name: situation for situation in SITUATIONS}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A project, one commit after v1.4.0, that no test changes."""
    return repository(tmp_path_factory.mktemp("account") / "app")


def in_situation(repo: Repo, name: str, **more: str) -> dict[str, str]:
    """Return the variables of a situation, for the repository's HEAD."""
    situation = BY_NAME[name]
    row = provider_named(situation.system)
    return {**situation.environ, **dict.fromkeys(set(row.commit.split()) & set(situation.environ), repo.head()), **more}


def test_an_own_run(repo: Repo) -> None:
    """Detected by its variables, own by the commit, and a number that counts."""
    account = ci_account(repo.path, in_situation(repo, "github/push"))
    assert (account["ci"], account["detected_by"], account["own_run"]) == ("GitHub Actions", ["GITHUB_ACTIONS"], True)
    assert account["whose"] == "own run of GitHub Actions: HEAD is the commit that GitHub Actions names"
    assert account["number"] == "trusted: GITHUB_RUN_ID 34180115486, attempt 1, which counts per repository"
    assert account["fix"] is None
    assert json.loads(json.dumps(account))["run"]["branch"] == "main"
    assert "read in   actions/runner GitHubContext.cs" in ci_as_text(account)


@pytest.mark.parametrize(
    ("name", "whose", "number", "fix"),
    [
        ("circleci/push", "own run of CircleCI", "not trusted: CIRCLE_BUILD_NUM counts jobs", "environment: {UNIQVER_BUILD_NUMBER"),
        ("github/fork-pull-request", "GitHub Actions runs for the pull request 17", "trusted: ", "build for publishing"),
        ("jenkins/multibranch", "own run of Jenkins", "not trusted: BUILD_NUMBER of a multibranch job", "counter = "),
        ("woodpecker/exec", "own run of Woodpecker CI", "not trusted: CI_PIPELINE_NUMBER is 0", "UNIQVER_BUILD_NUMBER=N"),
    ],
)  # fmt: skip
def test_why_a_number_does_not_count(repo: Repo, name: str, whose: str, number: str, fix: str) -> None:
    """Not own or not trusted: the reason, and the line that would help."""
    account = ci_account(repo.path, in_situation(repo, name))
    assert str(account["whose"]).startswith(whose)
    assert str(account["number"]).startswith(number)
    assert account["fix"] is not None
    assert str(account["fix"]).startswith(fix)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_no_secret_is_shown(repo: Repo, name: str) -> None:
    """A variable that isn't looked at is not shown at all, and of one that is no password."""
    secret = {
        "CI_JOB_TOKEN": "SECRET",
        "GITHUB_TOKEN": "SECRET",
        "BUILDKITE_AGENT_ACCESS_TOKEN": "SECRET",
        "SD_TOKEN": "SECRET",
    }
    urls = {
        key: value.replace("://", "://me:SECRET@", 1) + "?token=SECRET"
        for key, value in BY_NAME[name].environ.items()
        if "://" in value and "@" not in value
    }
    account = ci_account(repo.path, in_situation(repo, name, **urls, **secret))
    assert "SECRET" not in ci_as_text(account)
    assert "SECRET" not in json.dumps(account)


def test_the_commands(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``doctor --ci`` prints the account alone, as text or JSON; ``explain`` below its own."""
    for name, value in in_situation(repo, "gitlab/push").items():
        monkeypatch.setenv(name, value)
    assert main(["doctor", "--ci", "-C", str(repo.path)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("the CI\n  detected  GitLab CI, by GITLAB_CI\n")
    assert "    CI_PIPELINE_IID=412\n" in text
    assert main(["explain", "-C", str(repo.path)]) == 0
    assert capsys.readouterr().out.endswith(text)
    assert main(["doctor", "--ci", "--json", "-C", str(repo.path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ci"], found["own_run"], found["run"]["branch"]) == ("GitLab CI", True, "main")


def test_outside_of_ci(repo: Repo) -> None:
    """There is nothing to tell."""
    account = ci_account(repo.path, {})
    assert ci_as_text(account) == "the CI\n  detected  no CI that is known"
    assert not account["own_run"]
