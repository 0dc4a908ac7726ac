"""Whether a build is a release: of the tree's tags, of the CI's, and over setuptools-scm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.facts import ci_run, facts, git_state

from uniqver.resolve.release import release_of
from uniqver.vcs.setuptools_scm import ScmState

if TYPE_CHECKING:
    from uniqver.model.decision import CiRun
    from uniqver.vcs import GitState

# By the tree


def test_a_clean_tree_on_a_tag_is_a_release() -> None:
    """Without a CI, git's word is enough."""
    found = release_of(facts(git=git_state()))
    assert found.version == "1.4.0"
    assert found.reason == "release: the tree is clean and exactly on the tag v1.4.0"
    assert (found.missing, found.warning) == (None, None)


def test_the_highest_of_several_tags_wins() -> None:
    """Two tags on one commit: the higher version is released, and the others are named."""
    found = release_of(facts(git=git_state(tags=("v1.4.0", "v1.4.0rc2", "v1.10.0"))))
    assert found.version == "1.10.0"
    assert "highest of v1.4.0, v1.4.0rc2, v1.10.0" in found.reason


@pytest.mark.parametrize(
    ("git", "reason"),
    [
        (None, "there is no git"),
        (git_state(distance=1), "HEAD is not on a release tag"),
        (git_state(distance=0, on_tag=False), "HEAD is not on a release tag"),
        (git_state(tags=(), on_tag=False), "HEAD is not on a release tag"),
        (git_state(tags=("v2.0.dev0",)), "the tag v2.0.dev0 only starts a line"),
        (git_state(tags=("v2.0.dev0", "v1.0")), "the tag v2.0.dev0 only starts a line"),
    ],
)
def test_what_is_not_a_release(git: GitState | None, reason: str) -> None:
    """Anything but a clean tree exactly on a release tag is a build on the way, and gives the reason."""
    found = release_of(facts(git=git))
    assert found.version is None
    assert found.reason.startswith("no release: ")
    assert reason in found.reason
    assert found.missing is None


def test_a_changed_tree_on_a_tag() -> None:
    """A tree that differs from the tag's commit is not that release, and that is what a public version lacks."""
    changed = tuple(f"file{number}" for number in range(12))
    found = release_of(facts(git=git_state(changed=changed)))
    assert found.version is None
    assert found.reason.startswith("no release, though HEAD is on v1.4.0: the tree differs from its commit")
    assert found.missing is not None
    assert found.missing.what.endswith("file4, … (12 in all)")
    assert "allow-changes" in found.missing.fix


def test_an_archive_of_a_tag() -> None:
    """An archive that git made of a tag is that release."""
    found = release_of(facts(git=git_state()._replace(archive=True)))
    assert (found.version, found.reason) == ("1.4.0", "release: this is the archive of the tag v1.4.0")


# By the word of an own run


def test_an_own_branch_run_on_a_tagged_commit_is_not_a_release() -> None:
    """A nightly build of a commit that happens to be tagged does not take the release's name; a warning says how to."""
    found = release_of(facts(ci=ci_run(branch="main"), git=git_state()))
    assert found.version is None
    assert found.reason == "no release: HEAD is on the tag v1.4.0, but Some CI runs for the branch main"
    assert found.warning is not None
    assert found.warning.endswith("if this run makes the release: UNIQVER_VERSION=1.4.0")


def test_a_run_that_names_no_branch_either() -> None:
    """A CI that tells of tags, and for this run of nothing, is not quoted with a branch called None."""
    found = release_of(facts(ci=ci_run(), git=git_state()))
    assert found.reason == "no release: HEAD is on the tag v1.4.0, but Some CI does not run for it"


@pytest.mark.parametrize("git", [None, git_state(distance=1), git_state(tags=("v2.0.dev0",))])
def test_an_own_branch_run_elsewhere(git: GitState | None) -> None:
    """Off release tags, a run for a branch is no reason for a warning."""
    found = release_of(facts(ci=ci_run(branch="main"), git=git))
    assert (found.version, found.reason) == (None, "no release: Some CI does not run for a tag")
    assert (found.missing, found.warning) == (None, None)


def test_a_ci_that_never_tells_leaves_it_to_git() -> None:
    """If a CI has no word for tags, its silence says nothing."""
    assert release_of(facts(ci=ci_run(tells_tag=False), git=git_state())).version == "1.4.0"


def test_an_own_run_for_a_tag_is_a_release() -> None:
    """The tag that the CI runs for is the version, also if the commit has a higher one."""
    found = release_of(facts(ci=ci_run(tag="v1.4.0"), git=git_state(tags=("v1.4.0", "v2.0"))))
    assert (found.version, found.reason) == ("1.4.0", "release: Some CI runs for the tag v1.4.0")


@pytest.mark.parametrize("own", [None, "v1.4.0"])
@pytest.mark.parametrize(
    ("twin", "version"), [("1.4.0", None), ("v1.4.0rc1", "1.4.0"), ("v1.4", "1.4.0"), ("x", "1.4.0")]
)
def test_two_tags_of_one_version(own: str | None, twin: str, version: str | None) -> None:
    """Of two commits with tags for one version, neither is the release of that version."""
    git = git_state()
    refs = f"{git.commit} refs/tags/v1.4.0\n{'f' * 40} refs/tags/{twin}\n"
    found = release_of(facts(ci=None if own is None else ci_run(tag=own), git=git._replace(tag_refs=refs)))
    assert found.version == version
    if version is None:
        assert found.missing is not None
        assert found.missing.what.startswith("the tag 1.4.0 is at the commit ffffffffffff, and HEAD is ")
    beside = git._replace(tag_refs=refs.replace("f" * 40, git.commit))
    assert release_of(facts(git=beside)).version == "1.4.0"


def test_a_tag_that_was_not_fetched() -> None:
    """In an own run for a tag the CI's word suffices: a checkout without tags is the release all the same."""
    bare = git_state(tags=(), distance=5, on_tag=False)
    assert release_of(facts(ci=ci_run(tag="v1.4.0"), git=bare)).version == "1.4.0"


@pytest.mark.parametrize("peeled", ["", "0" * 40 + " refs/tags/v1.4.0\n"])
def test_a_tag_that_was_moved(peeled: str) -> None:
    """A run for a tag, started again after the tag was moved, must not make another 1.4.0."""
    end = "^{}" if peeled else ""
    here = git_state()
    same = here._replace(tag_refs=f"{peeled}{here.commit} refs/tags/v1.4.0{end}\n")
    assert release_of(facts(ci=ci_run(tag="v1.4.0"), git=same)).version == "1.4.0"
    moved = same._replace(tag_refs=f"{peeled}{'f' * 40} refs/tags/v1.4.0{end}\n")
    found = release_of(facts(ci=ci_run(tag="v1.4.0"), git=moved))
    assert found.version is None
    assert found.missing is not None
    assert found.missing.what == f"the tag v1.4.0 is at the commit ffffffffffff, and HEAD is {here.commit[:12]}"


def test_a_run_for_a_tag_without_git() -> None:
    """Without git nothing shows that the tree is what the tag has, so it is no release."""
    found = release_of(facts(ci=ci_run(tag="v1.4.0")))
    assert found.version is None
    assert "without git nothing shows that the tree is clean" in found.reason


@pytest.mark.parametrize("tag", ["nightly", "v2.0.dev0", "pkg-b-v1.0", "v1.4.0-1", "v1.4.0+local"])
def test_a_tag_that_names_no_release(tag: str) -> None:
    """Another package's tag, a deployment's, the start of a line, an implicit post release: builds on the way."""
    found = release_of(facts(ci=ci_run(tag=tag), git=git_state()))
    assert found.version is None
    assert f"the tag {tag}" in found.reason


def test_a_changed_tree_in_a_release_pipeline() -> None:
    """A run for a tag on a changed tree is not that release, and names what was changed."""
    found = release_of(facts(ci=ci_run(tag="v1.4.0"), git=git_state(changed=("setup.py",))))
    assert found.version is None
    assert found.missing is not None
    assert found.missing.what == "the tree differs from its commit: setup.py"


@pytest.mark.parametrize(
    ("ci", "git", "version"),
    [
        (ci_run(tag="v9.0"), git_state(), "1.4.0"),
        (ci_run(tag="v9.0"), git_state(distance=2), None),
        (ci_run(tag="v1.4.0"), None, None),
        (ci_run(branch="main"), git_state(), "1.4.0"),
        (ci_run(branch="main"), git_state(changed=("x",)), None),
    ],
)
def test_somebody_elses_run(ci: CiRun, git: GitState | None, version: str | None) -> None:
    """A run that is not the project's own is as if there were no CI: the tree alone decides."""
    found = release_of(facts(ci=ci, git=git, own=False))
    assert found.version == version
    assert found.warning is None


def test_prefixes() -> None:
    """In a monorepo only the project's own tags release it."""
    prefix = 'tag-prefix = "pkg-a-v"'
    git = git_state(tags=("pkg-a-v1.0",))
    assert release_of(facts(ci=ci_run(tag="pkg-a-v1.0"), git=git, text=prefix)).version == "1.0"
    assert release_of(facts(ci=ci_run(tag="pkg-b-v2.0"), git=git, text=prefix)).version is None
    assert release_of(facts(git=git, text=prefix)).version == "1.0"


# Over setuptools-scm

ON_TAG = ScmState(release="1.4.0", development="1.4.1.dev1", scheme="guess-next-dev", tag="1.4.0", named="1.4.0")
BEHIND = ON_TAG._replace(release=None, distance=3)
GIT = git_state()
CHANGED = git_state(changed=("setup.py",))
ELSEWHERE = git_state(tags=(), on_tag=False)
BRANCH = ci_run(branch="main")
TAG = ci_run(tag="v1.4.0")
MUTE = ci_run(tells_tag=False)


@pytest.mark.parametrize(
    ("state", "git", "ci", "version"),
    [
        (ON_TAG, GIT, None, "1.4.0"),
        (ON_TAG, GIT, MUTE, "1.4.0"),
        (ON_TAG, GIT, TAG, "1.4.0"),
        (ON_TAG._replace(release="1.4.0+cu118", named="1.4.0+cu118"), GIT, TAG, "1.4.0+cu118"),
        (ON_TAG._replace(release="1.4.0+cu118"), GIT, None, "1.4.0+cu118"),
        (BEHIND, ELSEWHERE, TAG, "1.4.0"),
        (ON_TAG._replace(release="1.4.0rc3"), GIT, TAG, "1.4.0"),
        (ON_TAG, CHANGED, None, None),
        (ON_TAG, CHANGED, TAG, None),
        (ON_TAG, GIT, BRANCH, None),
        (BEHIND, ELSEWHERE, None, None),
        (ON_TAG._replace(named=None), GIT, TAG, None),
        (ON_TAG._replace(release="1.5.0.dev0"), GIT, None, None),
        (ON_TAG._replace(release="1.5.0.dev0"), GIT, BRANCH, None),
        (ON_TAG._replace(named="1.5.0.dev0"), GIT, TAG, None),
        (ON_TAG._replace(release=None), GIT, None, None),
        (ON_TAG._replace(whole=True, development="1.3.9"), None, TAG, "1.3.9"),
        (ON_TAG._replace(whole=True, fallback=True), None, None, None),
    ],
)
def test_release_over_setuptools_scm(
    state: ScmState, git: GitState | None, ci: CiRun | None, version: str | None
) -> None:
    """A release is a clean tree on a tag by its configuration, and if an own run tells, a run for that tag."""
    release = release_of(facts(ci=ci, git=git, scm=state))
    assert release.version == version
    assert release.reason.startswith("no release" if version is None else "release: ")


def test_a_changed_tree_over_setuptools_scm() -> None:
    """Which files were changed is named here too."""
    for ci in (None, TAG):
        missing = release_of(facts(ci=ci, git=CHANGED, scm=ON_TAG)).missing
        assert missing is not None
        assert "setup.py" in missing.what
