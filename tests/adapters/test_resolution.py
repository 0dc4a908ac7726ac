"""Versions of real work trees: branches, tags of every kind, monorepos, releases, old commits, numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo, clone
from tests.support.resolving import NAME, NOW, configure, decide, repository, version_of

from uniqver.counters import open_counter
from uniqver.counters.protocol import CounterContext
from uniqver.counters.sqlite import LocalCounter
from uniqver.errors import ConfigError, GitError, UniqverError, UnprovenError
from uniqver.model.report import as_text
from uniqver.model.wording import headline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uniqver.model.decision import Decision
    from uniqver.resolve.request import Hook


def gitlab(repo: Repo, **more: str) -> dict[str, str]:
    """Return the variables of pipeline 77 of GitLab, which runs for HEAD of main."""
    return {
        "GITLAB_CI": "true", "CI_PIPELINE_IID": "77", "CI_PROJECT_ID": "1", "CI_PIPELINE_ID": "5",
        "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": repo.head(), **more,
    }  # fmt: skip


def github(repo: Repo, **more: str) -> dict[str, str]:
    """Return the variables of a run of GitHub Actions for HEAD of main."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": "34180115486",
        "GITHUB_RUN_NUMBER": "412",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": repo.head(),
        "GITHUB_WORKFLOW_REF": "octo/app/.github/workflows/publish.yml@refs/heads/main",
        **more,
    }


def jenkins(repo: Repo, **more: str) -> dict[str, str]:
    """Return the variables of a job of Jenkins that builds HEAD."""
    return {
        "JENKINS_URL": "https://ci.example.org/", "BUILD_ID": "66", "BUILD_NUMBER": "66", "JOB_NAME": "app/main",
        "GIT_COMMIT": repo.head(), **more,
    }  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A project in a repository of its own, tagged v1.4.0, with a commit after it."""
    return repository(tmp_path / "app")


def settle(repo: Repo, text: str) -> None:
    """Commit other settings."""
    configure(repo.path, text)
    repo.git("commit", "-q", "-a", "--amend", "--no-edit", "--allow-empty")


def node(repo: Repo) -> str:
    """Return the local part of HEAD."""
    return f"g{repo.head()[:12]}"


def missing_in(decision: Decision) -> str:
    """Return all that is missing for a public version, with each fix."""
    assert not decision.public
    assert decision.missing
    return "\n".join(f"{missing.what} -> {missing.fix}" for missing in decision.missing)


# Branches


def test_a_rule_for_the_branch(repo: Repo) -> None:
    """The branch that is checked out takes its rule, another one doesn't."""
    settle(repo, 'branches = {"release/*" = {segment = "rc"}, "main" = {bump = "minor"}}')
    assert version_of(repo.path, **gitlab(repo)) == "1.5.0.dev77"
    repo.checkout("release/1.4", new=True)
    assert version_of(repo.path, **gitlab(repo)) == "1.4.1rc77"
    repo.checkout("feature", new=True)
    assert version_of(repo.path, **gitlab(repo)) == "1.4.1.dev77"


def test_the_branch_comes_from_the_ci_if_head_is_detached(repo: Repo) -> None:
    """A detached HEAD has no branch, so the CI's is taken."""
    settle(repo, 'branches = {"release/*" = {segment = "rc"}}')
    repo.git("checkout", "-q", "--detach")
    decision = decide(repo.path, **gitlab(repo, CI_COMMIT_BRANCH="release/1.4"))
    assert (decision.version, decision.branch) == ("1.4.1rc77", "release/1.4")
    assert 'branch release/1.4 matches "release/*" of branches in [tool.uniqver]' in decision.reasons
    assert version_of(repo.path, **gitlab(repo)) == "1.4.1.dev77"


def test_a_variable_stands_above_the_rule(repo: Repo) -> None:
    """UNIQVER_SEGMENT holds on a branch with a segment of its own."""
    settle(repo, 'branches = {main = {segment = "rc"}}')
    assert version_of(repo.path, **gitlab(repo, UNIQVER_SEGMENT="b")) == "1.4.1b77"


def test_jenkins_multibranch_for_one_branch(repo: Repo) -> None:
    """A number that counts per branch is good for the one branch that the settings single out, and only there."""
    local = decide(repo.path, **jenkins(repo, BRANCH_NAME="main"))
    assert local.version == f"1.4.1.dev1+{node(repo)}"
    assert "counts per branch" in missing_in(local)
    settle(repo, "branches = {main = {source = 'ci'}}")
    assert version_of(repo.path, **jenkins(repo, BRANCH_NAME="main")) == "1.4.1.dev66"
    repo.checkout("feature", new=True)
    assert "counts per branch" in missing_in(decide(repo.path, **jenkins(repo, BRANCH_NAME="feature")))


@pytest.mark.parametrize(
    "rules", ["{'*' = {source = 'ci'}}", "{main = {source = 'ci'}, 'x' = {source = 'ci'}}", "{main = {bump = 'minor'}}"]
)
def test_jenkins_multibranch_for_several(repo: Repo, rules: str) -> None:
    """Two branches that count for themselves would collide, so neither pattern nor pair of rules is enough."""
    settle(repo, f"branches = {rules}")
    assert "counts per branch" in missing_in(decide(repo.path, **jenkins(repo, BRANCH_NAME="main")))


# Tags and bases


@pytest.mark.parametrize(
    ("tag", "text", "version"),
    [
        ("v2.0rc1", "", "2.0rc2.dev77"),
        ("v2.0rc1", 'segment = "rc"', "2.0rc77"),
        ("v2.0rc1", 'segment = "post"', "2.0rc1.post77"),
        ("v2.0.dev0", "", "2.0.dev77"),
        ("v2.0.dev0", 'segment = "b"', "2.0b77"),
        ("v2.0.dev5", "", "2.0.dev77"),
        ("v1.5.0.post1", "", "1.5.1.dev77"),
        ("v1.5.0.post1", 'segment = "post"', "1.5.0.post77"),
        ("v1!0.1", "", "1!0.1.1.dev77"),
        ("v2.0", 'bump = "minor"', "2.1.0.dev77"),
        ("v2.0", 'bump = "major"', "3.0.0.dev77"),
        ("v2.0", 'base = "2.0"', "2.0.1.dev77"),
        ("v2.0", 'base = "2.5"', "2.5.dev77"),
        ("v2.0", 'base = "1.9"', "2.0.1.dev77"),
        ("v2.0", 'segment = "a"', "2.0.1a77"),
        ("v2.0", "offset = 1000", "2.0.1.dev1077"),
    ],
)
def test_what_follows_a_tag(repo: Repo, tag: str, text: str, version: str) -> None:
    """Pre-release, post-release, epoch and X.dev0 tags, bumps, segments and bases make these versions."""
    settle(repo, text)
    repo.tag(tag)
    repo.commit()
    assert version_of(repo.path, **gitlab(repo)) == version


def test_several_tags_on_one_commit(repo: Repo) -> None:
    """The highest version wins, and the account says so."""
    for tag in ("v1.5.0rc1", "v1.10.0", "v1.9.0"):
        repo.tag(tag, annotated=tag == "v1.9.0")
    repo.commit()
    decision = decide(repo.path)
    assert decision.version == f"1.10.1.dev1+{node(repo)}"
    assert any("highest of v1.10.0, v1.5.0rc1, v1.9.0" in reason for reason in decision.reasons)


def test_a_nearer_tag_of_a_maintenance_branch(repo: Repo) -> None:
    """After the merge of a fix from 1.4, versions still sort above 2.0: what HEAD contains counts, not what is near."""
    repo.checkout("maintenance", new=True)
    repo.commits(9)
    repo.tag("v1.4.9")
    repo.checkout("main")
    repo.commit()
    repo.tag("v2.0.0")
    repo.commit()
    repo.merge("maintenance")
    assert version_of(repo.path, **gitlab(repo)) == "2.0.1.dev77"
    assert version_of(repo.path).startswith("2.0.1.dev")


def test_no_tag_and_no_base(tmp_path: Path) -> None:
    """Without tags local builds work toward 0.1.0; a configured base makes public versions."""
    repo = Repo(tmp_path / "app")
    configure(repo.path)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    assert version_of(repo.path) == f"0.1.0.dev1+{node(repo)}"
    run = decide(repo.path, **gitlab(repo))
    assert run.version == f"0.1.0.dev77+{node(repo)}"
    assert 'base = "1.0.0" in [tool.uniqver]' in missing_in(run)
    settle(repo, 'base = "3.0"')
    assert version_of(repo.path) == f"3.0.dev1+{node(repo)}"
    assert version_of(repo.path, **gitlab(repo)) == "3.0.dev77"


def test_tags_under_another_prefix(tmp_path: Path) -> None:
    """If all tags are passed over, the prefix that fits is the fix."""
    repo = Repo(tmp_path / "app")
    configure(repo.path)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("release-1.4.0")
    repo.commit()
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == f"0.1.0.dev77+{node(repo)}"
    assert "since they start with 'release-': release-1.4.0 -> tag-prefix = \"release-\"" in missing_in(decision)
    assert version_of(repo.path, **gitlab(repo, UNIQVER_TAG_PREFIX="release-")) == "1.4.1.dev77"


def test_tags_that_name_no_release(repo: Repo) -> None:
    """Nearer tags that only look like versions, and implicit post releases, are passed over and told."""
    repo.tag("v1.5.0-1")
    repo.commit()
    repo.tag("v1.x")
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == "1.4.1.dev77"
    assert "tags that name no version were passed over: v1.x, v1.5.0-1" in decision.reasons


def test_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    """A history that was cut makes local versions, also with a base; who insists gets the exact fix."""
    repo.commits(2)
    shallow = clone(repo, tmp_path / "clone", "--depth=1")
    for variables in ({}, {"UNIQVER_BASE": "1.4.1"}):
        decision = decide(shallow.path, **gitlab(shallow, **variables))
        assert decision.version.endswith(f".dev77+{node(shallow)}")
        assert "this clone is shallow" in missing_in(decision)
        with pytest.raises(UnprovenError, match="this clone is shallow") as refused:
            decide(shallow.path, "allocate", **gitlab(shallow, **variables))
        assert refused.value.fix.startswith("git fetch --unshallow --tags")


def test_a_shallow_clone_that_sees_a_tag(repo: Repo, tmp_path: Path) -> None:
    """A higher tag may lie beyond its edge; exactly on a tag the release needs no history."""
    repo.tag("v1.5.0")
    assert version_of(clone(repo, tmp_path / "on", "--depth=1").path) == "1.5.0"
    repo.commit()
    after = clone(repo, tmp_path / "after", "--depth=2")
    decision = decide(after.path, **gitlab(after))
    assert decision.version == f"1.5.1.dev77+{node(after)}"
    assert "a higher release tag may lie beyond its edge" in missing_in(decision)


def test_below_the_last_release(repo: Repo) -> None:
    """A number that would sort below a pre-release of the same kind is local, with the offset that lifts it."""
    settle(repo, 'segment = "rc"')
    repo.tag("v2.0rc500")
    repo.commit()
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == f"2.0rc77+{node(repo)}"
    assert missing_in(decision) == (
        "2.0rc77 would sort below 2.0rc500, which is released already -> offset = 501 in [tool.uniqver]"
    )
    assert version_of(repo.path, **gitlab(repo, UNIQVER_OFFSET="501")) == "2.0rc578"


@pytest.mark.parametrize(
    ("settings", "tag", "base"), [('segment = "post"', "v1.4.0.post1", None), ('segment = "rc"', "v1.5.0rc1", "1.5.0")]
)
def test_a_number_that_a_tag_elsewhere_has(
    repo: Repo, tmp_path: Path, settings: str, tag: str, base: str | None
) -> None:
    """A candidate that a person tagged on another branch is never made once more by a counter."""
    counter = f"sqlite:///{tmp_path / 'counter.sqlite3'}"
    configure(
        repo.path, f'{settings}\nsource = "counter"\ncounter = "{counter}"' + (f'\nbase = "{base}"' if base else "")
    )
    repo.git("commit", "-qam", "Settings")
    cut(repo, tag)
    LocalCounter(tmp_path / "counter.sqlite3").create()
    made = tag.removeprefix("v")
    decision = decide(repo.path, "build", "build_wheel")
    assert decision.version.startswith(f"{made}+g")
    assert missing_in(decision) == f"{made} is the release tag {tag} of another commit -> uniqver counter floor 1"


@pytest.mark.parametrize(("here", "there", "public"), [("v2", "v2.0.0", False), ("v2.0.0", "v2", True)])
def test_a_tag_that_moves_along(repo: Repo, here: str, there: str, *, public: bool) -> None:
    """A short tag beside releases (``v2``, as for GitHub's actions) is none itself, and keeps no release from being one."""
    repo.tag(there)
    repo.commit()
    repo.tag(here)
    assert (version_of(repo.path) == here.removeprefix("v")) is public


@pytest.mark.parametrize(("path", "counts"), [("src/app/build/one.py", True), ("build/lib/app/one.py", False)])
def test_what_a_tree_without_git_is_told_by(tmp_path: Path, path: str, *, counts: bool) -> None:
    """A package may be called ``build``; the folder of that name at the top is setuptools'."""
    configure(tmp_path / "app", "")
    file = tmp_path / "app" / path
    file.parent.mkdir(parents=True)
    file.write_text("1\n")
    first = decide(tmp_path / "app").version.partition("+")[2]
    file.write_text("2\n")
    assert (decide(tmp_path / "app").version.partition("+")[2] != first) is counts


def test_a_run_for_a_tag_that_moves_along(repo: Repo) -> None:
    """A run for ``v2`` beside v2.4.1 releases nothing under the name 2, each time that it is moved."""
    repo.tag("v2.4.1")
    repo.tag("v2")
    assert version_of(repo.path, **gitlab(repo, CI_COMMIT_TAG="v2.4.1")) == "2.4.1"
    assert version_of(repo.path, **gitlab(repo, CI_COMMIT_TAG="v2")) == "2.4.2.dev77"


def test_a_base_that_was_released_elsewhere(repo: Repo) -> None:
    """A base that nobody raised after its release: main goes on above it, as above a tag's."""
    settle(repo, 'base = "1.5.0"')
    cut(repo, "v1.5.0rc1")
    assert version_of(repo.path, **gitlab(repo)) == "1.5.0.dev77"
    cut(repo, "v1.5.0")
    assert version_of(repo.path, **gitlab(repo)) == "1.5.1.dev77"


def test_distance_counts_on_from_the_tags_own_number(repo: Repo) -> None:
    """By distance after v2.0rc3, the next candidates are rc4 and up."""
    repo.tag("v2.0rc3")
    repo.commits(2)
    variables = {"UNIQVER_SEGMENT": "rc", "UNIQVER_SOURCE": "distance", "UNIQVER_LOCAL": "0"}
    assert version_of(repo.path, **variables) == "2.0rc5"


def test_post_without_a_release(tmp_path: Path) -> None:
    """A post-release of nothing is local until a release is tagged."""
    repo = Repo(tmp_path / "app")
    configure(repo.path, 'segment = "post"')
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == f"0.1.0.post77+{node(repo)}"
    assert "git tag v1.0.0" in missing_in(decision)


# Lines cut elsewhere


def cut(repo: Repo, tag: str) -> None:
    """Tag a commit on a branch of its own, and go back to main."""
    repo.checkout(f"line-{tag}", new=True)
    repo.commit()
    repo.tag(tag)
    repo.checkout("main")
    repo.commit()


def test_a_hotfix_elsewhere(repo: Repo) -> None:
    """Main's builds go past a hotfix that was tagged on a branch, and name it."""
    cut(repo, "v1.4.1")
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == "1.4.2.dev77"
    assert any("1.4.1 is taken (1.4.1 is tagged on another branch)" in reason for reason in decision.reasons)
    repo.merge("line-v1.4.1")
    assert version_of(repo.path, **gitlab(repo)) == "1.4.2.dev77"


def test_a_release_line_elsewhere(repo: Repo) -> None:
    """A release line that was cut has the next minor release; what follows here is for base or a rule to say."""
    settle(repo, 'bump = "minor"')
    cut(repo, "v1.5.0rc1")
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == f"1.6.0.dev77+{node(repo)}"
    assert 'base = "1.6.0" in [tool.uniqver]' in missing_in(decision)
    assert version_of(repo.path, **gitlab(repo, UNIQVER_BASE="1.6.0")) == "1.6.0.dev77"
    repo.checkout("line-v1.5.0rc1")
    assert version_of(repo.path) == "1.5.0rc1"
    repo.commit()
    assert version_of(repo.path, **gitlab(repo)) == "1.5.0rc2.dev77"


def test_a_higher_release_elsewhere(repo: Repo) -> None:
    """v2.0 on another branch is told, and main doesn't follow it until it is merged or a line is started."""
    cut(repo, "v2.0")
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == "1.4.1.dev77"
    assert "2.0 is tagged on another branch, and HEAD doesn't contain it" in decision.reasons
    repo.tag("v2.1.dev0")
    assert version_of(repo.path, **gitlab(repo)) == "2.1.dev77"


def test_no_tag_is_reachable(repo: Repo) -> None:
    """Releases on branches that are never merged: the highest of all serves local builds; base makes them public."""
    repo.git("checkout", "-q", "--orphan", "trunk")
    repo.git("commit", "-q", "-m", "Trunk")
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == f"1.4.1.dev77+{node(repo)}"
    assert "no release tag is reachable from HEAD (the highest elsewhere is 1.4.0)" in missing_in(decision)
    for base in ("1.4.1", "2.0"):
        assert version_of(repo.path, **gitlab(repo, UNIQVER_BASE=base)) == f"{base}.dev77"
    assert not decide(repo.path, **gitlab(repo, UNIQVER_BASE="1.0")).public


# Releases


def test_a_release(repo: Repo) -> None:
    """A clean tree on a tag is the release, also if base is higher."""
    settle(repo, 'base = "9.0"')
    repo.tag("v1.5.0")
    decision = decide(repo.path)
    assert (decision.version, decision.release, decision.number) == ("1.5.0", True, None)
    assert decision.proof == ("a release tag", "a clean tree")


def test_an_own_branch_run_on_a_tagged_commit(repo: Repo) -> None:
    """A nightly run on a tagged commit builds on the way to the next release; a run for the tag builds it."""
    repo.tag("v1.5.0")
    nightly = decide(repo.path, **gitlab(repo))
    assert nightly.version == "1.5.1.dev77"
    assert nightly.warnings[0].endswith("if this run makes the release: UNIQVER_VERSION=1.5.0")
    run = {**gitlab(repo), "CI_COMMIT_TAG": "v1.5.0"}
    del run["CI_COMMIT_BRANCH"]
    assert version_of(repo.path, **run) == "1.5.0"


@pytest.mark.parametrize("branch", ["main", "v9.0"])
def test_somebody_elses_run_on_a_tagged_commit(repo: Repo, branch: str) -> None:
    """A dependency at a tag, a run dispatched for an old one, a commit made and tagged in the run: that release."""
    repo.tag("v1.5.0")
    decision = decide(repo.path, **gitlab(repo, CI_COMMIT_SHA="f" * 40, CI_COMMIT_BRANCH=branch))
    assert (decision.version, decision.release, decision.warnings) == ("1.5.0", True, ())


def test_somebody_elses_run_on_a_branch(repo: Repo) -> None:
    """A dependency's branch gets no number of another project's run; who insists gets the line to state the commit."""
    other = gitlab(repo, CI_COMMIT_SHA="f" * 40)
    decision = decide(repo.path, **other)
    assert (decision.version, decision.own_run) == (f"1.4.1.dev1+{node(repo)}", False)
    assert "GitLab CI runs for the commit ffffffffffff" in missing_in(decision)
    assert version_of(repo.path, **other, UNIQVER_COMMIT=repo.head()) == "1.4.1.dev77"
    with pytest.raises(UnprovenError, match="another source") as refused:
        decide(repo.path, "allocate", **other)
    assert "UNIQVER_COMMIT=" in refused.value.fix


def test_a_tag_that_was_not_fetched(repo: Repo, tmp_path: Path) -> None:
    """In an own run for a tag, a clone without any tag is that release all the same."""
    bare = clone(repo, tmp_path / "bare", "--no-tags", "--depth=1")
    run = gitlab(bare, CI_COMMIT_TAG="v1.5.0", CI_COMMIT_BRANCH="")
    assert version_of(bare.path, **run) == "1.5.0"
    run["CI_COMMIT_TAG"] = "deploy-7"
    assert version_of(bare.path, **run) == f"0.1.0.dev77+{node(bare)}"


def test_a_plain_jenkins_job_on_a_tag(repo: Repo) -> None:
    """Plain Jenkins jobs never tell of tags, so git's word makes the release."""
    repo.tag("v1.5.0")
    assert version_of(repo.path, **jenkins(repo)) == "1.5.0"


def test_a_changed_tree_in_a_release_pipeline(repo: Repo) -> None:
    """A run for a tag whose tree was changed is local, and names the files; who insists gets an error."""
    repo.tag("v1.5.0")
    with (repo.path / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    run = gitlab(repo, CI_COMMIT_TAG="v1.5.0")
    decision = decide(repo.path, **run)
    assert decision.version.startswith(f"1.5.1.dev77+{node(repo)}.d")
    assert "the tree differs from its commit: pyproject.toml" in missing_in(decision)
    alone = decide(repo.path)
    assert alone.version.startswith("1.5.1.dev0+")
    assert "pyproject.toml" in alone.missing[0].what  # before what only a development build needs
    for purpose, hook, strict in (("allocate", None, {}), ("build", "build_wheel", {"UNIQVER_STRICT": "1"})):
        with pytest.raises(UnprovenError, match=r"differs from its commit"):
            decide(repo.path, purpose, hook, **run, **strict)  # type: ignore[arg-type]
    assert decide(repo.path, "build", "build_wheel", **run).version == decision.version


def test_a_tracked_version_file(repo: Repo) -> None:
    """A release stays one with a tracked version file that was rewritten, and the warning says how to untrack it."""
    repo.commit("app/__init__.py")
    repo.commit("app/_version.py", "__version__ = '1'\n")
    repo.tag("v1.5.0")
    repo.write("app/_version.py", "__version__ = '2'\n")
    repo.write("build/lib/x.py")
    decision = decide(repo.path)
    assert decision.version == "1.5.0"
    (warning,) = decision.warnings
    assert "git rm --cached" in warning


# Distance


def test_changed_trees_differ(repo: Repo) -> None:
    """Two different changed trees get two versions, the same one twice the same."""
    versions = []
    for text in ("one", "two", "one"):
        configure(repo.path, f"# {text}")
        versions.append(version_of(repo.path))
    assert versions[0] == versions[2] != versions[1]
    assert versions[0].startswith(f"1.4.1.dev1+{node(repo)}.d")


def test_git_processes(repo: Repo, counted: Callable[[], list[str]]) -> None:
    """A peek costs two git processes, a proof two more, and the commit's time one; a pin only the look at the tree."""
    timed = {"SOURCE_DATE_EPOCH": "1700000000"}
    run = gitlab(repo)
    for hook, variables, processes in (
        ("build_wheel", {}, 2),
        ("build_wheel", run, 2),
        (None, {}, 5),
        (None, timed, 4),
        (None, run, 5),
        (None, run | timed, 4),
        (None, {"UNIQVER_VERSION": "1.0"}, 2),
        ("build_wheel", {"UNIQVER_VERSION": "1.0"}, 0),
    ):
        start = len(counted())
        decide(repo.path, "peek" if hook else "version", hook, **variables)  # type: ignore[arg-type]
        assert len(counted()) - start <= processes


def test_higher_tags_cost_two_more(repo: Repo, counted: Callable[[], list[str]]) -> None:
    """git is asked what lies around HEAD only if some tag is above the nearest one, and never by a peek."""
    repo.commit()
    repo.tag("v9.0.0")
    repo.git("checkout", "-q", "-b", "maintenance", "HEAD~1")
    run = gitlab(repo)
    start = len(counted())
    version_of(repo.path, **run)
    assert len(counted()) - start <= 5 + 2
    start = len(counted())
    decide(repo.path, "peek", "build_wheel", **run)
    assert len(counted()) - start <= 2


def test_plain_distance_says_what_collides(repo: Repo) -> None:
    """Without the local part, the account names what can give the version to another build."""
    settle(repo, "source = 'distance'\nlocal = false\nbase = '3.0'")
    decision = decide(repo.path)
    assert (decision.version, decision.public) == ("3.0.dev1", True)
    assert decision.collisions == ("another branch with as many commits since the tag gets this version too",)
    repo.write("pyproject.toml", (repo.path / "pyproject.toml").read_text() + "# changed\n")
    assert decide(repo.path).version.startswith(f"3.0.dev1+{node(repo)}.d")


def test_no_git_for_distance(tmp_path: Path) -> None:
    """source = "distance" without a repository makes a local version that names the tree by its contents."""
    configure(tmp_path / "app", 'source = "distance"')
    decision = decide(tmp_path / "app")
    assert decision.version.startswith("0.1.0.dev1+t")
    assert "no git repository whose commits could be counted" in missing_in(decision)


def test_an_environment_that_got_lost(repo: Repo) -> None:
    """CI alone makes no public version, and says that something is missing."""
    decision = decide(repo.path, CI="true")
    assert "+g" in decision.version
    assert decision.missing[0].what.startswith("CI is set, but no known CI was detected")
    assert "CI is set" not in missing_in(decide(repo.path, CI="true", ACT="true"))


# Monorepos


@pytest.fixture
def monorepo(tmp_path: Path) -> Repo:
    """Two projects in one repository, each with tags of its own."""
    repo = Repo(tmp_path / "mono")
    for name in ("a", "b"):
        configure(repo.path / "packages" / name, f'root = "../.."\ntag-prefix = "{name}-v"\npaths = ["shared"]')
    repo.write("shared/s.py")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("a-v1.0.0")
    repo.tag("b-v5.0.0")
    return repo


def test_a_monorepo(monorepo: Repo) -> None:
    """Each project has its own tags, and only commits that touch it or its paths count."""
    a, b = monorepo.path / "packages/a", monorepo.path / "packages/b"
    assert (version_of(a), version_of(b)) == ("1.0.0", "5.0.0")
    monorepo.commit("packages/b/x.py")
    monorepo.commit("packages/b/x.py", "2")
    monorepo.commit("elsewhere.txt")
    assert version_of(a) == f"1.0.1.dev0+{node(monorepo)}"
    assert version_of(b) == f"5.0.1.dev2+{node(monorepo)}"
    monorepo.commit("shared/s.py", "2")
    assert version_of(a) == f"1.0.1.dev1+{node(monorepo)}"
    assert version_of(b) == f"5.0.1.dev3+{node(monorepo)}"


def test_a_release_tag_that_a_branch_builds_in_a_monorepo(monorepo: Repo) -> None:
    """The way to make the release is by a variable that no other project reads."""
    decision = decide(monorepo.path / "packages/a", **gitlab(monorepo))
    assert "if this run makes the release: UNIQVER_VERSION_FOR_APP=1.0.0" in " ".join(decision.warnings)


def test_changes_elsewhere_in_a_monorepo(monorepo: Repo) -> None:
    """The neighbour's changes don't keep a project from being released; its own and its paths' do."""
    monorepo.write("packages/b/pyproject.toml", "changed")
    assert version_of(monorepo.path / "packages/a") == "1.0.0"
    monorepo.write("shared/s.py", "changed")
    assert version_of(monorepo.path / "packages/a").startswith("1.0.1.dev0+")


def test_the_tag_of_the_neighbour(monorepo: Repo) -> None:
    """A pipeline for the neighbour's tag releases only the neighbour."""
    monorepo.commit("shared/s.py", "2")
    monorepo.tag("b-v5.1.0")
    run = gitlab(monorepo, CI_COMMIT_TAG="b-v5.1.0")
    assert version_of(monorepo.path / "packages/b", **run) == "5.1.0"
    assert version_of(monorepo.path / "packages/a", **run) == "1.0.1.dev77"


def test_a_root_above_the_repository(repo: Repo) -> None:
    """The repository is the project's own folder, and root names the one above: the project isn't without git."""
    decision = decide(repo.path, UNIQVER_ROOT="..")
    assert "root doesn't name it" in decision.missing[0].what
    assert decision.missing[0].fix == 'root = "." in [tool.uniqver]'


@pytest.mark.parametrize("root", [None, ".."])
def test_a_root_that_was_forgotten(monorepo: Repo, root: str | None) -> None:
    """A project inside a repository that root doesn't name is local, and the line to add is the fix."""
    project = monorepo.path / "packages/a"
    (project / "pyproject.toml").write_text(NAME)
    variables = {"UNIQVER_ROOT": root} if root else {}
    decision = decide(project, **gitlab(monorepo), **variables)
    assert "+t" in decision.version
    assert decision.missing[0].fix == 'root = "../.." in [tool.uniqver]'
    with pytest.raises(UnprovenError, match="lies inside the git repository at"):
        decide(project, "allocate", **gitlab(monorepo), **variables)


def test_a_root_beside_the_project(monorepo: Repo) -> None:
    """A root that doesn't hold the project is a mistake in the settings: an error, for whatever purpose."""
    other = Repo(monorepo.path.parent / "other")
    other.commit()
    project = monorepo.path / "packages/a"
    configure(project, 'root = "../../../other"')
    with pytest.raises(ConfigError, match="does not lie inside") as refused:
        version_of(project)
    assert refused.value.fix.startswith('root = ".."')
    with pytest.raises(ConfigError, match="does not lie inside"):
        version_of(project, UNIQVER_VERSION="1.5.0")
    (project / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: app\nVersion: 1.5.0\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="does not lie inside"):
        version_of(project)


# Old commits


def old_commit(repo: Repo, tag: str) -> str:
    """Tag a newer commit of main; return the commit before it."""
    old = repo.head()
    repo.commit()
    repo.tag(tag)
    repo.commit()
    return old


def test_an_old_commit_of_the_same_line(repo: Repo) -> None:
    """A commit before v1.4.1, built again after it, stays below its release, with a warning."""
    old = old_commit(repo, "v1.4.1")
    assert decide(repo.path, **gitlab(repo)).warnings == ()
    repo.git("checkout", "-q", old)
    decision = decide(repo.path, **gitlab(repo))
    assert decision.version == "1.4.1.dev77"
    (warning,) = decision.warnings
    assert warning.startswith("HEAD is behind the release tag v1.4.1, which contains it")
    assert "newer code on the way to 1.4.1" in warning


def test_an_old_commit_that_would_outrank_a_release(repo: Repo) -> None:
    """With bump = minor, a commit before v1.4.1 makes 1.5.0.devN, which sorts above it."""
    repo.git("checkout", "-q", "-B", "main", old_commit(repo, "v1.4.1"))
    (warning,) = decide(repo.path, **gitlab(repo, UNIQVER_BUMP="minor")).warnings
    assert warning.endswith("would sort above 1.4.1")


def test_a_fresh_maintenance_branch_is_not_old(repo: Repo, tmp_path: Path) -> None:
    """A branch for 1.4 that starts where main went on to 2.0 isn't behind 2.0: that is another line."""
    old = old_commit(repo, "v2.0.0")
    repo.checkout("release/1.4", new=True, at=old)
    assert decide(repo.path, **gitlab(repo)).warnings == ()
    repo.commit()
    assert decide(repo.path, **gitlab(repo)).warnings == ()
    copy = clone(repo, tmp_path / "copy")
    copy.git("checkout", "-q", "release/1.4")
    copy.git("checkout", "-q", "--detach", old)
    assert decide(copy.path, **gitlab(copy, CI_COMMIT_BRANCH="release/1.4")).warnings == ()


def test_an_old_commit_of_the_remotes_branch(repo: Repo, tmp_path: Path) -> None:
    """A CI that runs an old commit of main again, after main has got v2.0.0, is warned."""
    old = old_commit(repo, "v2.0.0")
    copy = clone(repo, tmp_path / "copy")
    copy.git("checkout", "-q", "--detach", old)
    (warning,) = decide(copy.path, **gitlab(copy)).warnings
    assert warning.startswith("HEAD is behind the release tag v2.0.0")
    assert decide(copy.path, **gitlab(copy, CI_COMMIT_BRANCH="feature")).warnings == ()


def test_somebody_looks_at_an_old_commit(repo: Repo) -> None:
    """A detached HEAD without any branch is behind whatever contains it; a local version does no harm."""
    repo.git("checkout", "-q", old_commit(repo, "v2.0.0"))
    assert len(decide(repo.path, UNIQVER_BUILD_NUMBER="3").warnings) == 1
    assert decide(repo.path).warnings == ()


def test_tags_that_make_nobody_old(repo: Repo) -> None:
    """The tag that HEAD itself is on, the start of a line and another project's tag are no newer releases."""
    old = repo.head()
    repo.tag("v1.4.1")
    repo.commit()
    repo.tag("v3.0.dev0")
    repo.tag("other-v9.0")
    repo.git("checkout", "-q", old)
    warnings = decide(repo.path, **gitlab(repo)).warnings
    assert not any("is behind" in warning for warning in warnings)


# Numbers


def test_github_by_workflow_and_by_id(repo: Repo) -> None:
    """Without workflow the run's id makes the number, with it the run's number; other workflows' builds are local."""
    run = github(repo)
    assert version_of(repo.path, **run) == "1.4.1.dev3418011548601"
    assert version_of(repo.path, **run, UNIQVER_WORKFLOW="publish.yml") == "1.4.1.dev41201"
    for counter in ("local", "git+origin"):
        decision = decide(repo.path, **run, UNIQVER_WORKFLOW="release.yml", UNIQVER_COUNTER=counter)
        assert decision.version == f"1.4.1.dev1+{node(repo)}"
        assert "publish from release.yml" in missing_in(decision)


def test_numbers_that_nobody_asks_for_are_read_too(repo: Repo) -> None:
    """A CI that says nonsense isn't that CI: the run's number must be one even if the id is used."""
    decision = decide(repo.path, **github(repo, GITHUB_RUN_NUMBER="abc"))
    assert "GITHUB_RUN_NUMBER is 'abc'" in missing_in(decision)


def test_a_pull_request(repo: Repo) -> None:
    """A pull request's run is never public, by no number at all but one under the project's own name."""
    run = github(repo, GITHUB_REF="refs/pull/17/merge", GITHUB_HEAD_REF="feature")
    assert "runs for the pull request 17" in missing_in(decide(repo.path, **run))
    assert not decide(repo.path, **run, UNIQVER_BUILD_NUMBER="5").public
    assert not decide(repo.path, **run, UNIQVER_COMMIT=repo.head()).public


def test_forks(repo: Repo) -> None:
    """With repository set, a fork's runs don't count."""
    settle(repo, 'repository = "octo/app"')
    assert decide(repo.path, **github(repo)).public
    assert not decide(repo.path, **github(repo, GITHUB_REPOSITORY="fork/app")).public


def test_a_number_that_is_handed_in(repo: Repo) -> None:
    """UNIQVER_BUILD_NUMBER stands above the CI's number; another source says that it is ignored."""
    assert version_of(repo.path, **gitlab(repo), UNIQVER_BUILD_NUMBER="5") == "1.4.1.dev5"
    circle = {"CIRCLECI": "true", "CIRCLE_BRANCH": "main", "CIRCLE_SHA1": repo.head()}
    assert version_of(repo.path, **circle, UNIQVER_BUILD_NUMBER="5") == "1.4.1.dev5"
    assert version_of(repo.path, UNIQVER_BUILD_NUMBER="5") == "1.4.1.dev5"
    decision = decide(repo.path, UNIQVER_BUILD_NUMBER="5", UNIQVER_SOURCE="distance")
    assert 'UNIQVER_BUILD_NUMBER is ignored, since source = "distance"' in decision.reasons


def test_source_ci_without_a_ci(repo: Repo) -> None:
    """source = "ci" on a laptop is local, and says what to set."""
    decision = decide(repo.path, UNIQVER_SOURCE="ci")
    assert decision.version == f"1.4.1.dev1+{node(repo)}"
    assert (
        "no CI run was detected -> build in your CI (uniqver help pipelines), or UNIQVER_BUILD_NUMBER=N"
        in missing_in(decision)
    )


def test_a_timestamp(repo: Repo) -> None:
    """Allocated, it is public: UTC, strictly rising over clones too. Hooks share one, and stay local."""
    variables = {"UNIQVER_SOURCE": "timestamp", "XDG_STATE_HOME": str(repo.path.parent / "state")}
    peeked = decide(repo.path, **variables)
    assert peeked.version == f"1.4.1.dev20231114221320+{node(repo)}"
    assert "UNIQVER_VERSION=$version" in missing_in(peeked)
    first = decide(repo.path, "build", "build_sdist", **variables)
    again = decide(repo.path, "build", "build_wheel", NOW + 9, **variables)
    assert first.version == again.version == peeked.version
    other = clone(repo, repo.path.parent / "other")
    assert decide(other.path, "allocate", **variables).version == "1.4.1.dev20231114221321"


def test_git_timeout(repo: Repo) -> None:
    """UNIQVER_GIT_TIMEOUT must be a number of seconds."""
    assert version_of(repo.path, UNIQVER_GIT_TIMEOUT="30.5")
    for text in ("soon", "0", "-1", "nan", "inf"):
        with pytest.raises(ConfigError, match="not a number of seconds"):
            version_of(repo.path, UNIQVER_GIT_TIMEOUT=text)
        with pytest.raises(ConfigError, match="not a number of seconds"):
            open_counter(
                "git+https://127.0.0.1:1/x.git", CounterContext({"UNIQVER_GIT_TIMEOUT": text}, repo.path)
            ).check()


def test_pins(repo: Repo) -> None:
    """A pin is taken as it is, normalized; what is not a version is refused."""
    decision = decide(repo.path, UNIQVER_VERSION="v1.4.1-RC1", **gitlab(repo))
    assert (decision.version, decision.origin, decision.commit) == ("1.4.1rc1", "pin", repo.head())
    assert decide(repo.path, UNIQVER_VERSION="1", UNIQVER_VERSION_FOR_APP="2").version == "2"
    for text in ("one", "1." + "9" * 5000):
        with pytest.raises(UniqverError, match="not a PEP 440 version"):
            decide(repo.path, UNIQVER_VERSION=text)


# A git that fails


def test_a_git_that_fails(repo: Repo) -> None:
    """A repository that can't be read makes a local version with git's own words, and an error for who insists."""
    head = repo.head()
    (repo.path / ".git/objects" / head[:2] / head[2:]).unlink()
    decision = decide(repo.path)
    assert "+t" in decision.version
    assert decision.missing[0].what.startswith("git ")
    assert headline(decision).startswith(f"app {decision.version} is local: git ")
    with pytest.raises(GitError):
        decide(repo.path, "allocate")


# Builds that share a number

COUNTER = {"UNIQVER_SOURCE": "counter"}


def test_each_allocation_takes_a_number(repo: Repo) -> None:
    """Two allocations get two numbers; a look in between takes none."""
    versions = [decide(repo.path, "allocate", **COUNTER).version for _ in range(2)]
    assert versions == ["1.4.1.dev1", "1.4.1.dev2"]
    assert [version_of(repo.path, **COUNTER) for _ in range(2)] == ["1.4.1.dev3", "1.4.1.dev3"]


def test_the_hooks_of_a_build_share_a_number(repo: Repo) -> None:
    """sdist and wheel of one frontend get one number, the next sdist another; peeks take none."""
    hooks: tuple[Hook, ...] = ("build_sdist", "build_wheel", "build_sdist", "build_wheel")
    versions = []
    for hook in hooks:
        decide(repo.path, "peek", hook, **COUNTER)
        versions.append(decide(repo.path, "build", hook, **COUNTER).version)
    assert versions == ["1.4.1.dev1", "1.4.1.dev1", "1.4.1.dev2", "1.4.1.dev2"]


def test_the_jobs_of_a_run_share_a_number(repo: Repo, tmp_path: Path) -> None:
    """All jobs of a CI run get one number of a shared counter, the next run another."""
    origin = clone(repo, tmp_path / "origin.git", "--bare")
    repo.git("remote", "add", "origin", str(origin.path))
    run = gitlab(repo, **COUNTER, UNIQVER_COUNTER="git+origin")
    jobs = [decide(repo.path, "allocate", **(run | more)).version for more in ({}, {}, {"CI_PIPELINE_ID": "6"})]
    assert jobs == ["1.4.1.dev1", "1.4.1.dev1", "1.4.1.dev2"]


def test_an_id_shares_a_number_anywhere(repo: Repo) -> None:
    """UNIQVER_BUILD_ID makes one build of whatever has it; the same id on another commit is another build."""
    ids = [decide(repo.path, "allocate", **COUNTER, UNIQVER_BUILD_ID=name).version for name in ("a", "a", "b")]
    assert ids == ["1.4.1.dev1", "1.4.1.dev1", "1.4.1.dev2"]
    repo.commit()
    assert decide(repo.path, "allocate", **COUNTER, UNIQVER_BUILD_ID="a").version == "1.4.1.dev3"


def test_clones_of_one_user_count_together(repo: Repo, tmp_path: Path) -> None:
    """A counter in each clone would give both of them ``dev1``."""
    second = clone(repo, tmp_path / "second")
    second.commit("more.py")
    versions = [decide(each.path, "allocate", **COUNTER).version for each in (repo, second)]
    assert versions == ["1.4.1.dev1", "1.4.1.dev2"]


def test_a_changed_tree_takes_no_number(repo: Repo) -> None:
    """A build that is local anyway doesn't use up a number."""
    (repo.path / "pyproject.toml").write_text(f"{NAME}\n# changed\n")
    assert decide(repo.path, "build", "build_wheel", **COUNTER).version.startswith("1.4.1.dev1+g")
    repo.git("checkout", "-q", ".")
    assert decide(repo.path, "allocate", **COUNTER).version == "1.4.1.dev1"


def test_equal_bases_share_a_counter(repo: Repo) -> None:
    """2.0 and 2.0.0 are one version to an index, so they take their numbers from one series."""
    versions = [decide(repo.path, "allocate", **COUNTER, UNIQVER_BASE=base).version for base in ("2.0", "2.0.0")]
    assert versions == ["2.0.dev1", "2.0.0.dev2"]


def test_neither_git_nor_ci(tmp_path: Path) -> None:
    """Without both, a counter in the user's own folder counts, and the contents are named: never public."""
    configure(tmp_path / "app")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    first, second = (decide(tmp_path / "app", "build", "build_wheel", **state) for _ in range(2))
    assert (first.version[:12], first.origin, second.version[:12]) == ("0.1.0.dev1+t", "counter", "0.1.0.dev2+t")
    assert first.number is not None
    assert first.number.counter == str(tmp_path / "state/uniqver/counter.sqlite3")
    for more in ({}, {"UNIQVER_BASE": "0.1.0"}, {"UNIQVER_BASE": "1.0", "UNIQVER_BUILD_NUMBER": "7"}):
        assert not decide(tmp_path / "app", **state, **more).public
        with pytest.raises(UnprovenError):
            decide(tmp_path / "app", "allocate", **state, **more)


# The account


def test_explain_by_distance(repo: Repo) -> None:
    """The account of a laptop build is short and says every step."""
    commit = repo.head()
    assert as_text(decide(repo.path)) == (
        f"app 1.4.1.dev1+g{commit[:12]}\n"
        "  is        local: no public index takes it\n"
        "  from      commits since the last release tag\n"
        "  base      1.4.1\n"
        "  number    1 in the segment dev\n"
        f"  commit    {commit}\n"
        "  branch    main\n"
        "\n"
        "why\n"
        f"  - git: 1 commit since the tag v1.4.0, at {commit[:12]}\n"
        "  - no release: HEAD is not on a release tag\n"
        "  - base 1.4.1: patch bump of the tag 1.4.0\n"
        "  - number 1: commits since the tag; the local part names the commit\n"
        "\n"
        "what is missing for a public version\n"
        "  - no CI run was detected\n"
        "    fix: build in your CI (uniqver help pipelines), or UNIQVER_BUILD_NUMBER=N"
    )


def test_explain_on_github(repo: Repo) -> None:
    """The account of a CI's build names the run, the formula and what could still collide."""
    text = as_text(decide(repo.path, **github(repo), UNIQVER_WORKFLOW="publish.yml", UNIQVER_OFFSET="1000"))
    assert "  is        public: number 141201: " in text
    assert "  ci        GitHub Actions, run 412, attempt 1\n" in text
    assert "  - CI: GitHub Actions, run 412, attempt 1\n" in text
    assert "  - own run of GitHub Actions: HEAD is the commit that GitHub Actions names\n" in text
    assert "  - no release: GitHub Actions does not run for a tag\n" in text
    assert "  - number 141201: (GITHUB_RUN_NUMBER 412 + offset 1000) * 100 + attempt 1\n" in text
    assert text.endswith(
        "what could still collide\n"
        "  - GITHUB_RUN_NUMBER counts per workflow file, here publish.yml: "
        "a second one that publishes this project would collide"
    )
