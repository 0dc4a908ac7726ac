"""The version that follows from facts: public with its proof, or local with what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.support.facts import COMMIT, ci_run, facts, git_state

from uniqver.errors import BaseVersionError, ProjectError, UnprovenError
from uniqver.model.decision import Missing
from uniqver.resolve.compute import compute
from uniqver.vcs.setuptools_scm import ScmState

if TYPE_CHECKING:
    from uniqver.model.decision import Decision
    from uniqver.resolve.facts import Facts

RUN = ci_run(branch="main", number_variable="N", scope="per project", key="some:412", run="412", attempt=None)
NODE = f"g{COMMIT[:12]}"


def decided(found: Facts) -> Decision:
    return compute(found, ())


def whats(decision: Decision) -> list[str]:
    return [missing.what for missing in decision.missing]


def test_a_public_version_has_its_proof() -> None:
    """A number that can't repeat, a clean tree and a known base, each in words."""
    decision = compute(facts(ci=RUN, git=git_state(distance=3)), ("passed over",))
    assert (decision.version, decision.public, decision.missing) == ("1.4.1.dev412", True, ())
    assert decision.proof == ("number 412: N 412", "a clean tree", "base 1.4.1: patch bump of the tag 1.4.0")
    assert (decision.base, decision.segment, decision.origin, decision.own_run) == ("1.4.1", "dev", "ci", True)
    assert decision.reasons[0] == "passed over"
    assert decision.collisions


def test_all_that_is_missing_is_told() -> None:
    """The number stays, the tree goes into the local part, and each thing that is missing is named with its fix."""
    state = git_state(distance=3, changed=("a.py",), shallow=True)
    decision = decided(facts(ci=RUN, git=state))
    assert decision.version == f"1.4.1.dev412+{NODE}.dfedcba987654"
    assert whats(decision) == [
        "the tree differs from its commit: a.py",
        "this clone is shallow, and a higher release tag may lie beyond its edge",
    ]
    assert (decision.proof, decision.collisions) == ((), ())


@pytest.mark.parametrize("purpose", ["allocate", "build"])
def test_who_insists_gets_all_of_it_as_an_error(purpose: str) -> None:
    """allocate, and hooks under strict: everything that is missing in one error, each fix once."""
    state = git_state(distance=3, changed=("a.py",), shallow=True)
    found = facts(ci=RUN, git=state, text="strict = true", purpose=purpose)  # type: ignore[arg-type]
    with pytest.raises(UnprovenError) as refused:
        decided(found)
    assert refused.value.what.startswith(
        "no public version can be proven: the tree differs from its commit: a.py; this"
    )
    assert "git status" in refused.value.fix
    assert "git fetch --unshallow --tags" in refused.value.fix


def test_strict_is_for_hooks() -> None:
    """``uniqver version`` under strict says what is local, and stops nobody."""
    assert not decided(facts(git=git_state(distance=3), text="strict = true")).public


def test_too_low_is_local() -> None:
    """A version that would sort below the last release gets the local part after all."""
    state = git_state(tags=("v2.0rc500",), distance=1)
    decision = decided(facts(ci=RUN, git=state, text='segment = "rc"'))
    assert decision.version == f"2.0rc412+{NODE}"
    assert [missing.fix for missing in decision.missing] == ["offset = 501 in [tool.uniqver]"]


def test_a_number_that_does_not_fit() -> None:
    """An offset beyond 63 bits is a wrong setting: an error for everybody."""
    with pytest.raises(BaseVersionError):
        decided(facts(ci=RUN, git=git_state(distance=1), text=f"offset = {2**63 - 1}"))


def test_warnings_of_a_branch_run_on_a_tag() -> None:
    """The release that isn't built is a warning, and no release."""
    decision = decided(facts(ci=RUN, git=git_state()))
    assert (decision.version, decision.release, len(decision.warnings)) == ("1.4.1.dev412", False, 1)


def test_a_release_from_an_archive() -> None:
    """An archive of a tag is that release, by another proof."""
    decision = decided(facts(git=git_state()._replace(archive=True)))
    assert (decision.version, decision.origin) == ("1.4.0", "archive")
    assert decision.proof == ("the tree is an archive of its tag",)


def test_an_archive_after_a_tag() -> None:
    """An archive shows no changes, so it proves nothing else."""
    decision = decided(facts(ci=RUN, git=git_state(distance=2)._replace(archive=True)))
    assert decision.version == f"1.4.1.dev412+{NODE}"
    assert whats(decision) == ["an archive doesn't show whether its files were changed"]


def test_what_stands_in_the_way_of_git_comes_first() -> None:
    """Without git no number helps, so the first line to add is the one for git; a peek reads no files for it."""
    found = facts(ci=RUN, purpose="peek")
    broken = found._replace(no_git=Missing("git is broken", "git fsck"))
    assert (decided(found).version, decided(broken).version) == ("0.1.0.dev412+t", "0.1.0.dev412+t")
    assert whats(decided(found))[0].startswith("without git")
    assert whats(decided(broken)) == ["git is broken"]
    assert decided(broken).reasons[0] == "git is broken"


def test_somebody_elses_run_is_told() -> None:
    """The run that was detected is in the account, and so is why it isn't the project's own."""
    decision = decided(facts(ci=RUN._replace(attempt=2), git=git_state(distance=3), own=False))
    assert (decision.version, decision.own_run) == (f"1.4.1.dev3+{NODE}", False)
    assert "CI: Some CI, run 412, attempt 2" in decision.reasons
    assert "somebody else's run" in decision.reasons


# Over setuptools-scm

STATE = ScmState(release=None, development="1.4.1.dev5+gabc1234", scheme="guess-next-dev", tag="1.4.0", distance=5)


def over_scm(state: ScmState = STATE, **more: object) -> Decision:
    git = more.pop("git", git_state(distance=5))
    found = facts(ci=RUN, git=git, scm=state, **more)  # type: ignore[arg-type]
    return decided(found._replace(tag=None if state.tag is None else Version(state.tag)))


@pytest.mark.parametrize(
    ("development", "version"),
    [
        ("1.4.1.dev5+gabc1234.d20261104", "1.4.1.dev412"),
        ("1.4.0.post5", "1.4.0.post412"),
        ("1.4.0.post1.dev5+dirty", "1.4.0.post1.dev412"),
        ("1.4.1.dev5+cu118.gabc1234", "1.4.1.dev412+cu118"),
        ("2026.11.4.0.dev5", "2026.11.4.0.dev412"),
    ],
)
def test_only_the_number_is_replaced(development: str, version: str) -> None:
    """Everything before the number stays as the scheme made it, and so does a variant in the local part."""
    assert over_scm(STATE._replace(development=development)).version == version


def test_a_scheme_without_a_place_for_a_number() -> None:
    """A version without dev and post number can't be told from the next one's: local, with the scheme that would do."""
    decision = over_scm(STATE._replace(development="1.5.0rc1", scheme="own"))
    assert (decision.version, decision.number, decision.segment) == (f"1.5.0rc1+{NODE}", None, None)
    assert decision.missing[0].fix.startswith('version_scheme = "guess-next-dev"')


def test_no_tag_over_setuptools_scm() -> None:
    """Without a release tag it guesses, and a fallback_version is somebody's word."""
    guessed = over_scm(STATE._replace(tag=None, development="0.1.dev5"))
    assert guessed.version == f"0.1.dev412+{NODE}"
    assert "setuptools-scm finds no release tag" in whats(guessed)[0]
    fallback = STATE._replace(tag=None, development="3.0", whole=True, fallback=True)
    assert over_scm(fallback).version == "3.0.dev412"


def test_a_shallow_clone_over_setuptools_scm() -> None:
    """A history that was cut proves no base here either."""
    assert "this clone is shallow" in whats(over_scm(git=git_state(distance=5, shallow=True)))[0]


def test_a_scheme_that_refuses_changes() -> None:
    """fail-on-uncommitted-changes is the user's own word: an error, which names the files."""
    state = STATE._replace(refusal="fail-on-uncommitted-changes")
    assert over_scm(state).public
    with pytest.raises(ProjectError, match=r"fail-on-uncommitted-changes \(a\.py\)"):
        over_scm(state, git=git_state(distance=5, changed=("a.py",)))


def test_by_distance_over_setuptools_scm() -> None:
    """The number by distance is setuptools-scm's."""
    decision = over_scm(text='source = "distance"')
    assert decision.version == f"1.4.1.dev5+{NODE}"
    assert decision.reasons[0] == "setuptools-scm: version_scheme guess-next-dev makes 1.4.1.dev5+gabc1234"
