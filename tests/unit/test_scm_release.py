"""Whether a build over setuptools-scm is a release."""

from __future__ import annotations

import pytest

from uniqver.errors import GitError, ScmError
from uniqver.model.decision import CiRun, GitState, ScmState
from uniqver.resolve.scm_release import scm_release_of

ON_TAG = ScmState(release="1.4.0", development="1.4.1.dev1", scheme="guess-next-dev", tag="1.4.0", named="1.4.0")
BEHIND = ON_TAG._replace(release=None, distance=3)
GIT = GitState(
    commit="a" * 40,
    commit_time=0,
    branch="main",
    tag="1.4.0",
    tags=("v1.4.0",),
    distance=0,
    on_tag=True,
    shallow=False,
)
CHANGED = GIT._replace(changed=("setup.py",))
BRANCH = CiRun(provider="github", title="GitHub Actions", tells_tag=True, commit="a" * 40)
TAG = BRANCH._replace(tag="v1.4.0")
MUTE = BRANCH._replace(tells_tag=False)


@pytest.mark.parametrize(
    ("state", "git", "ci", "version"),
    [
        (ON_TAG, GIT, None, "1.4.0"),
        (ON_TAG, GIT, MUTE, "1.4.0"),
        (ON_TAG, GIT, TAG, "1.4.0"),
        (ON_TAG._replace(release="1.4.0+cu118", named="1.4.0+cu118"), GIT, TAG, "1.4.0+cu118"),
        (BEHIND, GIT._replace(tags=(), on_tag=False), TAG, "1.4.0"),
        (ON_TAG, CHANGED, None, None),
        (ON_TAG, GIT, BRANCH, None),
        (BEHIND, GIT, None, None),
        (BEHIND, GIT, TAG, None),
        (ON_TAG._replace(named=None), GIT, TAG, None),
        (ON_TAG._replace(release="1.5.0.dev0"), GIT, None, None),
        (ON_TAG._replace(named="1.5.0.dev0"), GIT, TAG, None),
        (ON_TAG, GIT._replace(commit="b" * 40, tags=()), TAG, None),
        (ON_TAG._replace(whole=True, development="1.3.9"), None, TAG, "1.3.9"),
        (ON_TAG._replace(whole=True, fallback=True), None, None, None),
    ],
)
def test_release(state: ScmState, git: GitState | None, ci: CiRun | None, version: str | None) -> None:
    """A release is a clean tree on a tag of the project, and where the CI tells, a run for that tag."""
    release = scm_release_of(state, git, ci)
    assert release.version == version
    assert release.reason.startswith("no release: " if version is None else "release: ")


def test_a_changed_tree_in_the_release_pipeline() -> None:
    """A CI run for the tag whose tree was changed is refused, and the changed file is named."""
    with pytest.raises(GitError, match=r"setup\.py"):
        scm_release_of(ON_TAG, CHANGED, TAG)


def test_two_tags_that_disagree() -> None:
    """Where setuptools-scm takes the commit for another version than the CI's tag names, the error says the pin."""
    with pytest.raises(ScmError) as error:
        scm_release_of(ON_TAG._replace(release="1.4.0rc3"), GIT, TAG)
    assert "UNIQVER_VERSION=1.4.0" in error.value.fix


def test_head_elsewhere_is_said() -> None:
    """A CI run for a tag that HEAD isn't on warns that the release isn't built."""
    assert scm_release_of(ON_TAG, GIT._replace(commit="b" * 40, tags=()), TAG).warnings
