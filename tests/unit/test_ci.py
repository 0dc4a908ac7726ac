"""The table of CI systems against environments as their runners make them, each variable lost and garbled included."""

from __future__ import annotations

import itertools
import os
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.support.ci_environments import FOLDER, SITUATIONS, Situation
from tests.support.facts import COMMIT

from uniqver.ci import BY_HAND, SIGNS, detect, names_in, provider_named, providers, whole_number
from uniqver.errors import UniqverError
from uniqver.model.decision import CiRun, Untrusted
from uniqver.model.versions import MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

every_situation = pytest.mark.parametrize("situation", SITUATIONS, ids=[each.name for each in SITUATIONS])
BY_NAME = {situation.name: situation for situation in SITUATIONS}


PROVIDERS = tuple(map(provider_named, SIGNS))


def run_in(environ: Mapping[str, str], workflow: str | None = None) -> CiRun:
    """Return the run that an environment tells of."""
    run = detect(environ, workflow=workflow)
    assert run is not None
    return run


# As the runners make them


@every_situation
def test_what_the_environment_says(situation: Situation) -> None:
    """Each field of the run is what the CI's variables say, and its number is one, or untrusted for the reason given."""
    run = detect(situation.environ, workflow=situation.workflow)
    expected = dict(situation.run)
    if situation.system == "act" or expected.get("none"):
        assert run is None
        return
    assert run is not None
    why, lost = expected.pop("why", None), expected.pop("lost", None)
    assert isinstance(run.number, Untrusted) is (why is not None)
    if isinstance(run.number, Untrusted):
        assert why in run.number.why
        assert "UNIQVER_" in run.number.fix or "counter" in run.number.fix or "workflow" in run.number.fix
    for kind in ("pull_request", "tag"):
        expected.setdefault(kind, None)
    assert {name: getattr(run, name) for name in expected} == expected
    assert run.lost == lost


@every_situation
def test_the_version(situation: Situation) -> None:
    """A clean tree gets the version that the file names, or a local one with the reason."""
    decision = situation.decide()
    assert decision.public is (situation.version != "local"), decision.missing
    assert decision.version == situation.version or not decision.public
    assert decision.public or decision.missing


def _fixes() -> Iterator[tuple[Situation, str]]:
    for situation in SITUATIONS:
        run = detect(situation.environ, workflow=situation.workflow)
        # a pull request's run is never public; prow's of a period names no commit, which its warning asks for first
        if run is None or run.pull_request or run.lost or situation.name == "prow/periodic":
            continue
        if isinstance(run.number, Untrusted) and "UNIQVER_BUILD_NUMBER" in run.number.fix:
            yield situation, run.number.fix


@pytest.mark.parametrize(("situation", "fix"), [pytest.param(*each, id=each[0].name) for each in _fixes()])
def test_the_fix_provides_a_number(situation: Situation, fix: str) -> None:
    """Whoever adds the variables that a fix names gets a public version."""
    commits = re.findall(r"\b(?:UNIQVER_COMMIT|COMMIT_SHA)\b", fix)
    added = {"UNIQVER_BUILD_NUMBER": "77"} | dict.fromkeys(commits, COMMIT)
    decision = situation.decide({**situation.environ, **added})
    assert decision.public, decision.missing


def test_there_are_enough() -> None:
    """Every row of the table has its situations, and every file says where its names were read."""
    assert {situation.system for situation in SITUATIONS} == SIGNS.keys()
    assert len(SIGNS) >= 40
    assert len(SITUATIONS) >= 200
    for path in FOLDER.glob("*/*.toml"):
        assert path.read_text(encoding="utf-8").startswith(("# Names", "# Not read")), path


def test_every_row_says_where_it_was_read() -> None:
    """A row names its source, and all of them when they were read."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", providers.READ)
    assert dict(zip(SIGNS, PROVIDERS, strict=True)) == providers.PROVIDERS
    for provider in PROVIDERS:
        assert "/" in provider.source or "." in provider.source, provider.name


# Each variable lost, emptied or garbled


FIGURES = os.environ.get("TEST_UNIQVER_FIGURES")
"""A file to write what came of every environment to; then all of them are tried, which takes a minute."""

TEXTS = ("x{}", "{}x", "-{}", "null", "{{}}", " ", "0") if FIGURES else ("x{}", "0")
READ = (
    {"CI", "ACT"}
    | {name for row in PROVIDERS for name in row.variables}
    | {"GITHUB_WORKFLOW_REF", "GITHUB_RUN_NUMBER", "BUILD_TAG"}
)


def garbled(situation: Situation) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the environments that differ in one variable: it is missing, empty or not what it was."""
    environ = dict(situation.environ)
    row = provider_named(situation.system)
    for name, value in environ.items():
        if not FIGURES and name not in READ and not name.startswith("UNIQVER_"):
            continue
        yield name, {key: kept for key, kept in environ.items() if key != name}
        for text in dict.fromkeys(["", *(each.format(value) for each in TEXTS)]):
            # 0 is a version and a number: nothing could tell that this tag, or the user's number, isn't meant
            if text != value and not (
                text == "0" and (name in (*re.findall(r"(?:^| )(\w+)", row.tag), "UNIQVER_BUILD_NUMBER"))
            ):
                yield name, environ | {name: text}


UNDETECTABLE = {
    (
        "codebuild/batch",
        "CODEBUILD_BATCH_BUILD_IDENTIFIER",
    ): "a batch's builds say nothing else of it, and have numbers",
    ("github/codebuild-runner", "GITHUB_ACTIONS"): "what is left is CodeBuild's, whose build this is too",
    ("teamcity/personal", "BUILD_IS_PERSONAL"): "the changes of a personal build are in the tree, which isn't clean",
    (
        "gitea/rerun",
        "GITHUB_RUN_ATTEMPT",
    ): "older servers tell no attempt: the version of the first, of the same source",
    ("forgejo/rerun", "GITHUB_RUN_ATTEMPT"): "as Gitea's",
}
"""What no other variable contradicts, and why it does no harm."""


def outcome_of(situation: Situation, name: str, environ: Mapping[str, str]) -> str:
    """Return what comes of a garbled environment; fail if it is another provider, another number, or not proven."""
    try:
        decision = situation.decide(environ)
    except UniqverError:
        return "an error"
    if (situation.name, name) in UNDETECTABLE and decision.public and decision.version != situation.version:
        return "undetectable"
    right = situation.detected
    run = detect(environ, workflow=situation.workflow)
    where = f"{situation.name}, {name}={environ.get(name)!r}: {decision.version}"
    if (situation.name, name) not in UNDETECTABLE:
        assert run is None or run.provider == situation.system, where
        if run is not None and right is not None and not isinstance(run.number, Untrusted):
            assert run.number == right.number or isinstance(right.number, Untrusted), where
    if not decision.public:
        return "local"
    if decision.version == situation.version:
        return "right"
    # a tag whose name was lost or garbled: a dev build of this very run, whose number is its own
    assert situation.version == "1.4.1", where
    assert decision.own_run, where
    assert decision.origin == "ci", where
    assert right is not None, where
    assert decision.number is not None, where
    assert isinstance(right.number, int), where
    assert decision.number.value == (right.number if right.attempt is None else right.number * 100 + right.attempt), (
        where
    )
    return "a dev build of the same run"


@pytest.mark.once
@pytest.mark.no_cover
@pytest.mark.parametrize("system", sorted({situation.system for situation in SITUATIONS}))
def test_one_variable_lost_or_garbled(system: str) -> None:
    """The right version, a local one or an error: never another system, another number, or one without proof."""
    outcomes = Counter(
        outcome_of(situation, name, environ)
        for situation in SITUATIONS
        if situation.system == system
        for name, environ in garbled(situation)
    )
    assert outcomes["local"] > 0
    assert outcomes.total() > 10
    if FIGURES:
        with open(FIGURES, "a", encoding="utf-8") as file:
            file.write(f"{system}: {dict(outcomes)}\n")


# The order of the table


def overlapping() -> Iterator[tuple[Situation, Situation]]:
    """Yield pairs of situations of two systems, of which one sets variables of the other."""
    first = {situation.system: situation for situation in reversed(SITUATIONS) if not situation.run.get("none")}
    telling = {name: set(names_in(signs)) for name, signs in SIGNS.items()}
    for one, other in itertools.permutations(first.values(), 2):
        if telling[other.system] & set(one.environ) or telling[one.system] & set(other.environ):
            yield one, other


@pytest.mark.parametrize(("one", "other"), list(overlapping()), ids=lambda each: each.system)
def test_the_right_one_wins(one: Situation, other: Situation) -> None:
    """Each is detected in its own environment, whatever variables of the other it sets."""
    for each in (one, other):
        run = detect(each.environ, workflow=None)
        assert run is None if each.system == "act" else run is not None and run.provider == each.system


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("github/push", "codebuild/push"),
        ("gitlab/push", "codebuild/push"),
        ("github/push", "jenkins/without-url"),
        ("gitea/push", "jenkins/without-url"),
        ("forgejo/push", "drone/push"),
        ("harness/push", "drone/push"),
        ("buildkite/push", "gocd/push"),
        ("github/push", "render/push"),
    ],
)
def test_a_runner_inside_another(inner: str, outer: str) -> None:
    """A job whose runner is started by another CI sees both: its own counts."""
    both = {**BY_NAME[outer].environ, **BY_NAME[inner].environ}
    assert run_in(both).provider == BY_NAME[inner].system
    assert BY_NAME[inner].decide(both).version == BY_NAME[inner].version


def test_no_row_trusts_what_everybody_sets() -> None:
    """No row is found by a bare CI or BUILD_NUMBER."""
    for name, signs in SIGNS.items():
        assert not {"CI", "BUILD_NUMBER", "BUILD_ID"} >= set(signs.split()), name
    assert detect({"HOME": "/home/u", "BUILD_NUMBER": "7", "BUILD_ID": "7", "CI": "true"}, workflow=None) is None
    assert detect({"GITHUB_ACTIONS": "false", "TRAVIS": ""}, workflow=None) is None
    assert detect({"JENKINS_HOME": "/var/jenkins_home"}, workflow=None) is None  # a shell in the server's container


def test_every_refusal_has_a_fix() -> None:
    """A row without a number that can be trusted names what to add: a variable of uniqver's or a counter."""
    refusing = [provider for provider in PROVIDERS if provider.refuse]
    assert refusing
    for provider in refusing:
        assert provider.fix
        assert "UNIQVER_" in provider.fix or "counter" in provider.fix


def test_every_row_counts_something_or_says_why_not() -> None:
    """A row has a number with its scope, or the reason why it has none, or is local."""
    for provider in PROVIDERS:
        assert provider.local or provider.refuse or (provider.number and provider.scope), provider.name


def test_looking_costs_nothing_outside_of_ci() -> None:
    """A hook on a laptop looks at no row of the table: fewer functions are called than there are rows."""
    environ = {"HOME": "/home/u", "PATH": "/usr/bin", "LANG": "C", "TERM": "xterm"}
    calls = Counter[str]()
    sys.setprofile(lambda _, event, __: calls.update([event]))
    try:
        assert detect(environ, workflow=None) is None
    finally:
        sys.setprofile(None)
    assert calls["call"] + calls["c_call"] < len(SIGNS)


# Parts


def test_a_key_needs_all_its_parts() -> None:
    """If a variable of the build key is missing, there is no key rather than half of one."""
    assert run_in({"GITLAB_CI": "true", "CI_PIPELINE_IID": "7", "CI_PROJECT_ID": "4"}).key is None
    assert run_in(BY_NAME["jenkins/without-url"].environ).key is None


def test_no_url_without_its_parts() -> None:
    """If a variable of the address is missing, there is no address rather than a broken one."""
    assert run_in({"TF_BUILD": "True", "BUILD_BUILDID": "7"}).url is None


def test_urls_of_a_run_hold_no_secret() -> None:
    """Password and query of a CI's URLs reach neither the run's address nor its key; the row's own query stays."""
    jenkins = run_in(
        {
            **BY_NAME["jenkins/freestyle"].environ,
            "JENKINS_URL": "https://me:SECRET@ci.example.org/",
            "BUILD_URL": "https://ci.example.org/job/app/7/?token=SECRET",
            "GIT_URL": "https://me:SECRET@git.example.org/acme/demo.git",
        }
    )
    assert (jenkins.url, jenkins.key) == (
        "https://ci.example.org/job/app/7/",
        "jenkins:https://ci.example.org/:demo:66",
    )
    assert jenkins.repository == "acme/demo"
    azure = {"SYSTEM_COLLECTIONURI": "https://dev.azure.com/org/?sig=SECRET", "SYSTEM_TEAMPROJECT": "My app"}
    run = run_in({"TF_BUILD": "True", "BUILD_BUILDID": "7", **azure})
    assert run.url == "https://dev.azure.com/org/My app/_build/results?buildId=7"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://github.com/acme/demo.git", "acme/demo"),
        ("https://user:SECRET@host:8443/acme/demo", "acme/demo"),
        ("git@github.com:acme/demo.git", "acme/demo"),
        ("ssh://git@host:7999/acme/demo.git", "acme/demo"),
        ("host:acme/demo", "acme/demo"),
        ("acme/demo", "acme/demo"),
        ("https://user:SEC/RET@host/acme/demo", None),
        ("", None),
    ],
)
def test_a_repositorys_path(address: str, path: str | None) -> None:
    """Of every form of an address the path on the server, and nothing of what can't be read."""
    assert run_in({**BY_NAME["buildkite/push"].environ, "BUILDKITE_REPO": address}).repository == path


def test_a_row_does_not_depend_on_the_case_of_true() -> None:
    """AppVeyor writes True on one system and true on another."""
    for word in ("True", "true", "TRUE"):
        assert detect({"READTHEDOCS": word}, workflow=None) is not None
    assert detect({"READTHEDOCS": "False"}, workflow=None) is None


@pytest.mark.parametrize("ref", ["", "main", "refs/heads", "heads/main/x"])
def test_a_ref_that_is_none(ref: str) -> None:
    """A text that is not a full ref names neither branch nor tag, and a run without any has lost it."""
    run = run_in({**BY_NAME["azure/push"].environ, "BUILD_SOURCEBRANCH": ref})
    assert (run.branch, run.tag, run.pull_request) == (None, None, None)
    assert run.lost == "reports neither branch nor tag nor pull request"


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
    run = run_in({**BY_NAME["github/push"].environ, "GITHUB_RUN_ATTEMPT": attempt})
    assert isinstance(run.number, Untrusted)
    assert "GITHUB_RUN_ATTEMPT is" in run.number.why
    assert (run.attempt, run.key) == (None, None)


@pytest.mark.parametrize("name", ["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"])
def test_what_was_lost_on_the_way(name: str) -> None:
    """A variable that got lost in a container or tox is named, with how to pass it on."""
    run = run_in({key: value for key, value in BY_NAME["github/push"].environ.items() if key != name})
    assert isinstance(run.number, Untrusted)
    assert run.number.why == f"{name} is not set"
    assert run.number.fix.startswith(f"pass {name} on into this environment")
    assert run.number.counter_helps


@pytest.mark.parametrize("name", ["github/other-workflow", "github/required-workflow"])
def test_a_counter_does_not_help_another_workflow(name: str) -> None:
    """A run of another workflow takes no number of the shared counter either."""
    situation = BY_NAME[name]
    run = run_in(situation.environ, situation.workflow)
    assert isinstance(run.number, Untrusted)
    assert not run.number.counter_helps


def test_the_workflow_may_be_named_by_its_path() -> None:
    """The setting takes the file's name or its path, and a ref may have an @ in it."""
    environ = {**BY_NAME["github/push"].environ}
    environ["GITHUB_WORKFLOW_REF"] = "acme/demo/.github/workflows/publish.yml@refs/heads/a@b"
    assert run_in(environ, ".github/workflows/publish.yml").number == 412
