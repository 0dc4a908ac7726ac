"""Whether a build is a release."""

from __future__ import annotations

import pytest
from tests.support.facts import COMMIT, ci_run, git_state

from uniqver.errors import GitError
from uniqver.resolve.release import release_of


def test_a_clean_tree_on_a_tag_is_a_release() -> None:
    """Without a CI, git's word is enough."""
    found = release_of(git_state(), None, None)
    assert str(found.version) == "1.4.0"
    assert found.reason == "release: the tree is clean and exactly on the tag v1.4.0"


def test_the_highest_of_several_tags_wins() -> None:
    """Two tags on one commit: the higher version is released, and the others are named."""
    found = release_of(git_state(tags=("v1.4.0", "v1.4.0rc2", "v1.10.0")), None, None)
    assert str(found.version) == "1.10.0"
    assert "highest of v1.4.0, v1.4.0rc2, v1.10.0" in found.reason


@pytest.mark.parametrize(
    ("git", "reason"),
    [
        (None, "there is no git"),
        (git_state(distance=1), "HEAD is not on a release tag"),
        (git_state(distance=0, on_tag=False), "HEAD is not on a release tag"),
        (git_state(tags=(), on_tag=False), "HEAD is not on a release tag"),
        (git_state(changed=("setup.py",)), "tracked files were changed"),
        (git_state(tags=("v2.0.dev0",)), "the tag v2.0.dev0 only starts a line"),
        (git_state(tags=("v1.0", "v2.0.dev0")), "the tag v2.0.dev0 only starts a line"),
    ],
)
def test_what_is_no_release(git: object, reason: str) -> None:
    """Anything but a clean tree exactly on a release tag is a build on the way, and says why."""
    found = release_of(git, None, None)  # type: ignore[arg-type]
    assert found.version is None
    assert reason in found.reason


def test_a_branch_run_on_a_tagged_commit_is_no_release() -> None:
    """A nightly build of a commit that happens to be tagged must not take the release's name."""
    found = release_of(git_state(), ci_run(branch="main"), None)
    assert found.version is None
    assert found.reason == "no release: Some CI does not run for a tag"


def test_a_ci_that_never_tells_leaves_it_to_git() -> None:
    """Where a CI has no word for tags, its silence says nothing."""
    assert str(release_of(git_state(), ci_run(tells_tag=False), None).version) == "1.4.0"


def test_a_run_for_a_tag_is_a_release() -> None:
    """The tag that the CI runs for is the version, also where the commit has a higher one."""
    found = release_of(git_state(tags=("v1.4.0", "v2.0")), ci_run(tag="v1.4.0"), None)
    assert str(found.version) == "1.4.0"
    assert found.reason == "release: Some CI runs for the tag v1.4.0"


def test_a_tag_that_was_not_fetched() -> None:
    """A checkout without tags is the release all the same, if the CI's commit is HEAD."""
    bare = git_state(tags=(), distance=5, on_tag=False)
    assert str(release_of(bare, ci_run(tag="v1.4.0", commit=COMMIT), None).version) == "1.4.0"
    assert str(release_of(None, ci_run(tag="v1.4.0"), None).version) == "1.4.0"


def test_another_commit_than_the_tags() -> None:
    """A run for a tag that has checked out something else is warned about and builds no release."""
    found = release_of(git_state(distance=2, on_tag=False), ci_run(tag="v1.4.0", commit="f" * 40), None)
    assert found.version is None
    assert found.warnings == ("Some CI runs for the tag v1.4.0, but HEAD is another commit: not built as that release",)


@pytest.mark.parametrize("tag", ["nightly", "v2.0.dev0", "pkg-b-v1.0"])
def test_a_tag_that_names_no_release(tag: str) -> None:
    """Another package's tag, the start of a line, a moving tag: builds on the way."""
    found = release_of(git_state(), ci_run(tag=tag), None)
    assert found.version is None
    assert f"the tag {tag}" in found.reason


def test_a_dirty_tree_stops_a_release_pipeline() -> None:
    """A release pipeline must not publish a dev version, so it stops and lists what was changed."""
    changed = tuple(f"file{number}" for number in range(12))
    with pytest.raises(GitError, match=r"release pipeline of v1\.4\.0.*file9, … \(12 in all\)") as refused:
        release_of(git_state(changed=changed), ci_run(tag="v1.4.0"), None)
    assert "file10" not in refused.value.what


def test_another_projects_dirty_tree_is_not_the_pipelines() -> None:
    """A dependency built from its own repository inside a tag run is dirty without any harm."""
    other = git_state(changed=("x",), tags=("v9",), on_tag=False, distance=1)
    assert release_of(other, ci_run(tag="v1.4.0", commit="f" * 40), None).version is None


def test_prefixes() -> None:
    """In a monorepo only the project's own tags release it."""
    git = git_state(tags=("pkg-a-v1.0",))
    assert str(release_of(git, ci_run(tag="pkg-a-v1.0"), "pkg-a-v").version) == "1.0"
    assert release_of(git, ci_run(tag="pkg-b-v2.0"), "pkg-a-v").version is None
