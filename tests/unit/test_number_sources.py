"""Where a build's number comes from, and what is missing if another build may get it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.facts import COMMIT, ci_run, facts, git_state

from uniqver.errors import CiError, CounterError
from uniqver.model.bases import Base
from uniqver.model.decision import CiRun, Missing, Number, Untrusted
from uniqver.resolve.numbers import number_of
from uniqver.resolve.target import Target
from uniqver.vcs import Cleanliness

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.resolve.facts import Facts
    from uniqver.resolve.request import Purpose
    from uniqver.vcs import GitState

TARGET = Target(base=Base(version="1.4.1", because="a test says so"), segment="dev", distance=3, last=None)
OPAQUE = ci_run(number=Untrusted("it has only a UUID", "the line to add"), key="some:1")
NODE = f"g{COMMIT[:12]}"
GIT = git_state(distance=3)
NO_GIT = "there is no git repository whose commits could be counted"


@pytest.fixture(autouse=True)
def _no_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine that runs the tests may well be a container."""
    monkeypatch.setattr("uniqver.resolve.numbers._FILES", ())


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """An environment with a state folder of its own, and nothing else."""
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "LOCALAPPDATA": str(tmp_path / "state")}


def number_for(facts: Facts, target: Target = TARGET, *, publishable: bool = True) -> Number:
    return number_of(facts, target, publishable=publishable)


def only_missing(number: Number) -> Missing:
    """Return the one thing that is missing for a public version."""
    (missing,) = number.missing
    return missing


def by_commits(number: Number) -> bool:
    """Whether the number counts commits, and the local part names HEAD."""
    return (number.source, number.value, number.local) == ("distance", 3, NODE)


# By a CI run


@pytest.mark.parametrize(
    ("attempt", "text", "value", "reason"),
    [
        (None, "", 412, "number 412: N 412"),
        (None, "offset = 1000", 1412, "number 1412: N 412 + offset 1000"),
        (2, "", 41202, "number 41202: N 412 * 100 + attempt 2"),
        (2, "offset = 1000", 141202, "number 141202: (N 412 + offset 1000) * 100 + attempt 2"),
    ],
)
def test_an_own_run(attempt: int | None, text: str, value: int, reason: str) -> None:
    """Run, attempt and offset make the number, by the formula that the account shows."""
    run = ci_run(number_variable="N", scope="per project", attempt=attempt, key="some:412")
    number = number_for(facts(ci=run, git=GIT, text=text))
    assert (number.value, number.source, number.reason) == (value, "ci", reason)
    assert (number.local, number.missing, number.build_key) == (None, (), "some:412")
    assert number.collisions[0] == "N counts per project: a second one that publishes this project would collide"
    assert len(number.collisions) == (1 if attempt else 2)


def test_source_ci_takes_the_run_too() -> None:
    """source = "ci" and "auto" are one in an own run."""
    assert number_for(facts(ci=ci_run(), git=GIT, text='source = "ci"')).value == 412


def test_a_number_that_cannot_be_trusted() -> None:
    """A CI without a number makes a local version, and the CI's own line is the fix."""
    number = number_for(facts(ci=OPAQUE, git=GIT))
    assert by_commits(number)
    assert only_missing(number) == Missing("Some CI: it has only a UUID", "the line to add")


@pytest.mark.parametrize("text", ['source = "ci"\ncounter = "git+origin"', 'counter = "local"'])
def test_no_counter_that_nobody_wanted(text: str) -> None:
    """A counter stands in for the run's number only if it is shared, and source is "auto"."""
    assert by_commits(number_for(facts(ci=OPAQUE, git=GIT, text=text)))


def test_another_workflow_takes_no_counter() -> None:
    """In a run of another workflow the version is by distance, whatever counter is configured."""
    other = OPAQUE._replace(number=Untrusted("another workflow", "publish from it", counter_helps=False))
    assert by_commits(number_for(facts(ci=other, git=GIT, text='counter = "git+origin"')))


@pytest.mark.parametrize(
    ("branches", "single"),
    [
        ("{main = {source = 'ci'}}", True),
        ("{main = {source = 'ci'}, 'x*' = {segment = 'rc'}}", True),
        ("{main = {source = 'auto'}}", False),
        ("{'m*' = {source = 'ci'}}", False),
        ("{main = {source = 'ci'}, x = {source = 'ci'}}", False),
        ("{x = {source = 'ci'}}", False),
        ("{main = {bump = 'minor'}}", False),
    ],
)
def test_a_number_per_branch(branches: str, *, single: bool) -> None:
    """A number that counts per branch is good for the one branch that the settings single out by name."""
    run = OPAQUE._replace(single_branch=66, number_variable="BUILD_NUMBER")
    number = number_for(facts(ci=run, git=GIT, text=f"branches = {branches}"))
    assert (number.source, number.value) == (("ci", 66) if single else ("distance", 3))
    assert bool(number.missing) is not single


# A number that is handed in


@pytest.mark.parametrize("ci", [None, ci_run(key="some:412"), OPAQUE])
def test_a_number_from_the_environment(ci: CiRun | None) -> None:
    """UNIQVER_BUILD_NUMBER stands above the run's own number, also if that can't be trusted."""
    number = number_for(facts(ci=ci, git=GIT, text="offset = 10", build_number=("UNIQVER_BUILD_NUMBER", "5")))
    assert (number.value, number.source, number.missing) == (15, "ci", ())
    assert number.reason == "number 15: UNIQVER_BUILD_NUMBER 5 + offset 10"
    assert number.build_key == (None if ci is None else ci.key)
    assert "UNIQVER_BUILD_NUMBER=5" in number.collisions[0]


@pytest.mark.parametrize("text", ["five", "-5", "9" * 30])
def test_a_number_from_the_environment_that_is_none(text: str) -> None:
    """A variable that a person sets has to hold a number: anything else is an error, with its fix."""
    with pytest.raises(CiError, match="UNIQVER_BUILD_NUMBER is") as refused:
        number_for(facts(git=GIT, build_number=("UNIQVER_BUILD_NUMBER", text)))
    assert refused.value.fix.startswith("UNIQVER_BUILD_NUMBER=N")


# Without a run of its own


def test_somebody_elses_run() -> None:
    """A dependency in anybody's pipeline is local; the fix is the one for why the run isn't its own."""
    number = number_for(facts(ci=ci_run(), git=GIT, own=False))
    assert by_commits(number)
    assert only_missing(number) == Missing("somebody else's run", "the line to add")


@pytest.mark.parametrize("word", ["true", "1", "woodpecker2"])
def test_variables_that_were_lost(word: str) -> None:
    """CI alone makes no public version, and says that something is missing."""
    number = number_for(facts(git=GIT, environ={"CI": word}))
    assert by_commits(number)
    assert only_missing(number).what.startswith("CI is set, but no known CI was detected")


@pytest.mark.parametrize("environ", [{}, {"CI": ""}, {"CI": "false"}, {"CI": "0"}, {"CI": "true", "ACT": "true"}])
def test_a_developers_machine(environ: dict[str, str]) -> None:
    """Without any CI the version is by distance, and the fix names a pipeline and the variable that works everywhere."""
    number = number_for(facts(git=GIT, environ=environ))
    assert by_commits(number)
    assert only_missing(number).what == "no CI run was detected"
    assert "UNIQVER_BUILD_NUMBER=N" in only_missing(number).fix


def test_neither_git_nor_a_run(state: dict[str, str]) -> None:
    """Without git a counter in the user's own folder counts, and the version is local all the same."""
    numbers = [number_for(facts(environ=state, purpose="allocate")) for _ in range(2)]
    assert [number.value for number in numbers] == [1, 2]
    assert numbers[0].counter is not None
    assert numbers[0].counter.endswith("counter.sqlite3")
    assert only_missing(numbers[0]).what == "no CI run was detected"


def test_a_counter_that_cannot_be_kept(tmp_path: Path) -> None:
    """A state folder that can't be written stops no local build."""
    (tmp_path / "state").write_text("")
    environ = {"XDG_STATE_HOME": str(tmp_path / "state"), "LOCALAPPDATA": str(tmp_path / "state")}
    target = TARGET._replace(base=TARGET.base._replace(carry=5))
    number = number_for(facts(environ=environ, purpose="build"), target)
    assert (number.value, number.counter, number.reason) == (5, None, "number 5: no counter can be kept here")


# By distance


def test_by_distance() -> None:
    """Commits since the tag repeat on every branch, so that the commit's name goes along."""
    number = number_for(facts(ci=ci_run(), git=GIT, text='source = "distance"'))
    assert by_commits(number)
    assert number.reason == "number 3: commits since the tag; the local part names the commit"
    assert only_missing(number).fix == 'source = "auto" in [tool.uniqver]'


def test_the_users_word_that_collisions_are_dealt_with() -> None:
    """local = false drops the local part, and says what may still collide."""
    number = number_for(facts(git=GIT, text='source = "distance"\nlocal = false'))
    assert (number.value, number.local, number.missing) == (3, None, ())
    assert number.reason.endswith("local = false drops the local part")
    assert len(number.collisions) == 1


def test_local_is_for_distance_alone() -> None:
    """Where another source is meant and lacks something, local = false makes nothing public."""
    assert by_commits(number_for(facts(git=GIT, text="local = false")))


@pytest.mark.parametrize(
    ("git", "carry", "reason"),
    [
        (git_state(tags=(), distance=3), 0, "number 3: commits so far; "),
        (GIT, 2, "number 3: commits since the tag, on top of the 2 that the tag has itself; "),
    ],
)
def test_what_distance_counts(git: GitState, carry: int, reason: str) -> None:
    """Without a tag all commits count; a number in the tag's own segment is counted on from."""
    target = TARGET._replace(base=TARGET.base._replace(carry=carry))
    assert number_for(facts(git=git, text='source = "distance"'), target).reason.startswith(reason)


def test_changes_and_other_systems_in_the_local_part() -> None:
    """The digest of the changes follows the commit; Mercurial's commits begin with an h; a digest may be unknown."""
    changed = git_state(distance=3, changed=("a",))
    assert number_for(facts(git=changed)).local == f"{NODE}.dfedcba987654"
    assert (
        number_for(facts(git=changed._replace(tree=Cleanliness(("a",)), letter="h"))).local == f"h{COMMIT[:12]}.dirty"
    )


def test_distance_without_git(state: dict[str, str]) -> None:
    """No commits can be counted: what stands in the way of git is named, else that there is none."""
    found = facts(text='source = "distance"', environ=state)
    assert only_missing(number_for(found)).what == NO_GIT
    broken = found._replace(no_git=Missing("git is broken", "git fsck"))
    assert only_missing(number_for(broken)) == Missing("git is broken", "git fsck")


# By the clock


@pytest.mark.parametrize(("purpose", "public"), [("allocate", True), ("build", False), ("version", False)])
def test_timestamp(purpose: Purpose, state: dict[str, str], *, public: bool) -> None:
    """A timestamp is public only through allocate: hooks and jobs would each take their own."""
    found = facts(git=GIT, text='source = "timestamp"', environ=state | {"UNIQVER_BUILD_ID": "7"}, purpose=purpose)
    number = number_for(found)
    assert (number.value, number.source, number.made_at) == (20231114221320, "timestamp", 1_700_000_000)
    assert number.build_key == f"id:7@{COMMIT[:12]}"
    assert number.collisions
    if public:
        assert number.missing == ()
    else:
        assert "uniqver allocate" in only_missing(number).fix


# From a counter

COUNTER = 'source = "counter"'


def test_the_local_counter_on_a_developers_machine(state: dict[str, str]) -> None:
    """Off CI and outside of containers the default local counter makes public versions."""
    taken = number_for(facts(git=GIT, text=COUNTER, environ=state, purpose="allocate"))
    assert (taken.value, taken.source, taken.missing) == (1, "counter", ())
    assert "taken from the counter of app 1.4.1" in taken.reason
    assert taken.made_at == 1_700_000_000
    assert taken.collisions == ("another machine has a counter of its own, with the same numbers",)
    looked = number_for(facts(git=GIT, text=COUNTER, environ=state))
    assert (looked.value, looked.missing, looked.made_at) == (2, (), None)
    assert "would be next from the counter" in looked.reason


def test_a_build_that_is_local_anyway_takes_no_number(state: dict[str, str]) -> None:
    """If something else is missing, the counter isn't asked, and that it wasn't is not what is missing."""
    number = number_for(facts(git=GIT, text=COUNTER, environ=state, purpose="build"), publishable=False)
    assert by_commits(number)
    assert number.missing == ()


def test_a_hook_that_only_asks(state: dict[str, str]) -> None:
    """A peek opens no counter."""
    number = number_for(facts(git=GIT, text='counter = "git+origin"\n' + COUNTER, purpose="peek"))
    assert (number.value, number.reason) == (0, "a hook that only asks takes no number")


@pytest.mark.parametrize("counter", ["local", "git+origin", "redis://host"])
def test_somebody_elses_build_never_touches_a_counter(counter: str) -> None:
    """A build that is not the project's own takes no number, from whatever counter."""
    found = facts(ci=ci_run(), git=GIT, own=False, text=f'counter = "{counter}"\n{COUNTER}', purpose="build")
    number = number_for(found)
    assert by_commits(number)
    assert only_missing(number).what == "somebody else's run"


def test_the_local_counter_on_ci() -> None:
    """The next run may start on another machine, with a counter of its own."""
    missing = only_missing(number_for(facts(ci=ci_run(), git=GIT, text=COUNTER)))
    assert missing.what.startswith("the local counter is a file on this machine")
    assert missing.fix == 'counter = "git+origin" in [tool.uniqver]'


def test_the_local_counter_on_a_ci_that_is_not_known() -> None:
    """CI=true says that there is one; act, which says so too, runs on a person's machine."""
    missing = only_missing(number_for(facts(git=GIT, text=COUNTER, environ={"CI": "true"})))
    assert missing.what.startswith("the local counter is a file on this machine")
    for environ in ({"CI": "false"}, {"CI": "true", "ACT": "true"}):
        found = number_for(facts(git=GIT, text=COUNTER, environ=environ))
        assert [each.what for each in found.missing if "local counter" in each.what] == []


def test_the_local_counter_in_a_container(state: dict[str, str]) -> None:
    """The file goes with the container."""
    found = facts(git=GIT, text=COUNTER, environ=state | {"container": "podman"})
    assert only_missing(number_for(found)).what == "the local counter is a file in this container, and goes with it"


def test_the_local_counter_in_a_build_of_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """A RUN of BuildKit's has its host's name, and no file that tells."""
    monkeypatch.setattr("platform.node", lambda: "buildkitsandbox")
    found = number_for(facts(git=GIT, text=COUNTER))
    assert only_missing(found).what == "the local counter is a file in this container, and goes with it"


@pytest.mark.parametrize(("text", "ci"), [(COUNTER, ci_run()), ("", OPAQUE)])
@pytest.mark.parametrize("purpose", ["version", "build"])
def test_a_shared_counter_that_fails(text: str, ci: CiRun, purpose: Purpose) -> None:
    """A counter that can't be reached makes a hook's version local, with what is wrong and its fix."""
    found = facts(ci=ci, git=GIT, text=f'counter = "git+nowhere"\n{text}', purpose=purpose)
    number = number_for(found)
    assert by_commits(number)
    assert only_missing(number).what
    assert only_missing(number).fix


def test_a_shared_counter_that_fails_an_allocation() -> None:
    """Who insists on a public version gets the counter's own error."""
    with pytest.raises(CounterError):
        number_for(facts(ci=ci_run(), git=GIT, text=f'counter = "git+nowhere"\n{COUNTER}', purpose="allocate"))
