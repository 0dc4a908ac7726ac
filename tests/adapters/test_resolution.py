"""Versions of real work trees: branches, tags of every kind, monorepos, releases, old commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo, clone
from tests.support.resolving import NAME, NOW, configure, decide, version_of

from uniqver.errors import BaseVersionError, CiError, ConfigError, CounterError, GitError, UniqverError
from uniqver.model.report import as_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GITLAB = {"GITLAB_CI": "true", "CI_PIPELINE_IID": "77", "CI_PROJECT_ID": "1", "CI_PIPELINE_ID": "5"}
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "34180115486",
    "GITHUB_RUN_NUMBER": "412",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_REPOSITORY": "octo/app",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_WORKFLOW_REF": "octo/app/.github/workflows/publish.yml@refs/heads/main",
}
JENKINS = {"JENKINS_URL": "https://ci.example.org/", "BUILD_ID": "66", "BUILD_NUMBER": "66", "JOB_NAME": "app/main"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A project in a repository of its own, tagged v1.4.0, with a commit after it."""
    made = Repo(tmp_path / "app")
    configure(made.path)
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "First")
    made.tag("v1.4.0")
    made.commit()
    return made


def settle(repo: Repo, text: str) -> None:
    """Commit other settings, and take the tag along."""
    configure(repo.path, text)
    repo.git("commit", "-q", "-a", "--amend", "--no-edit", "--allow-empty")


def node(repo: Repo) -> str:
    """Return the local part of HEAD."""
    return f"g{repo.head()[:12]}"


# Branches


def test_a_rule_for_the_branch(repo: Repo) -> None:
    """The branch that is checked out takes its rule, another one doesn't."""
    settle(repo, 'branches = {"release/*" = {segment = "rc"}, "main" = {bump = "minor"}}')
    assert version_of(repo.path, **GITLAB) == "1.5.0.dev77"
    repo.checkout("release/1.4", new=True)
    assert version_of(repo.path, **GITLAB) == "1.4.1rc77"
    repo.checkout("feature", new=True)
    assert version_of(repo.path, **GITLAB) == "1.4.1.dev77"


def test_the_branch_comes_from_the_ci_where_head_is_detached(repo: Repo) -> None:
    """A detached HEAD has no branch, so the CI's is taken."""
    settle(repo, 'branches = {"release/*" = {segment = "rc"}}')
    repo.git("checkout", "-q", "--detach")
    decision = decide(repo.path, **GITLAB, CI_COMMIT_BRANCH="release/1.4")
    assert (decision.version, decision.branch) == ("1.4.1rc77", "release/1.4")
    assert 'branch release/1.4 matches "release/*" of branches in [tool.uniqver]' in decision.reasons
    assert version_of(repo.path, **GITLAB) == "1.4.1.dev77"


def test_a_variable_stands_above_the_rule(repo: Repo) -> None:
    """UNIQVER_SEGMENT holds on a branch with a segment of its own."""
    settle(repo, 'branches = {main = {segment = "rc"}}')
    assert version_of(repo.path, **GITLAB, UNIQVER_SEGMENT="b") == "1.4.1b77"


def test_jenkins_multibranch_for_one_branch(repo: Repo) -> None:
    """A number that counts per branch is good for the one branch that the settings single out, and only there."""
    with pytest.raises(CiError, match="counts per branch"):
        version_of(repo.path, **JENKINS, BRANCH_NAME="main")
    settle(repo, "branches = {main = {source = 'ci'}}")
    assert version_of(repo.path, **JENKINS, BRANCH_NAME="main") == "1.4.1.dev66"
    repo.checkout("feature", new=True)
    with pytest.raises(CiError, match="counts per branch"):
        version_of(repo.path, **JENKINS, BRANCH_NAME="feature")


@pytest.mark.parametrize(
    "rules", ["{'*' = {source = 'ci'}}", "{main = {source = 'ci'}, 'x' = {source = 'ci'}}", "{main = {bump = 'minor'}}"]
)
def test_jenkins_multibranch_for_several(repo: Repo, rules: str) -> None:
    """Two branches that count for themselves would collide, so neither pattern nor pair of rules is enough."""
    settle(repo, f"branches = {rules}")
    with pytest.raises(CiError, match="counts per branch"):
        version_of(repo.path, **JENKINS, BRANCH_NAME="main")


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
    repo.tag(tag)
    settle(repo, text)
    repo.git("tag", "-f", tag, "HEAD")
    repo.commit()
    assert version_of(repo.path, **GITLAB) == version


def test_several_tags_on_one_commit(repo: Repo) -> None:
    """The highest version wins, and the account says so."""
    for tag in ("v1.5.0rc1", "v1.10.0", "v1.9.0"):
        repo.tag(tag, annotated=tag == "v1.9.0")
    repo.commit()
    decision = decide(repo.path)
    assert decision.version == f"1.10.1.dev1+{node(repo)}"
    assert any("highest of v1.10.0, v1.5.0rc1, v1.9.0" in reason for reason in decision.reasons)


def test_a_nearer_tag_of_a_maintenance_branch(repo: Repo) -> None:
    """After the merge of a fix from 1.4, public versions still sort above 2.0."""
    repo.checkout("maintenance", new=True)
    repo.commits(9)
    repo.tag("v1.4.9")
    repo.checkout("main")
    repo.commit()
    repo.tag("v2.0.0")
    repo.commit()
    repo.merge("maintenance")
    assert version_of(repo.path, **GITLAB) == "2.0.1.dev77"
    assert version_of(repo.path, UNIQVER_LOCAL="0").startswith("2.0.1.dev")


def test_no_tag_and_no_base(tmp_path: Path) -> None:
    """A full clone without tags works toward 0.1.0, a configured base leads higher."""
    repo = Repo(tmp_path / "app")
    configure(repo.path)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    assert version_of(repo.path) == f"0.1.0.dev1+{node(repo)}"
    settle(repo, 'base = "3.0"')
    assert version_of(repo.path) == f"3.0.dev1+{node(repo)}"


def test_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    """Without a tag in sight a shallow clone is an error with the exact fix; a base helps where no commits count."""
    repo.commits(2)
    shallow = clone(repo, tmp_path / "clone", "--depth=1")
    with pytest.raises(BaseVersionError, match="this clone is shallow") as refused:
        version_of(shallow.path, **GITLAB)
    assert refused.value.fix.startswith("git fetch --unshallow --tags")
    decision = decide(shallow.path, **GITLAB, UNIQVER_BASE="1.4.1")
    assert decision.version == "1.4.1.dev77"
    assert any("shallow" in sentence for sentence in decision.collisions)
    with pytest.raises(BaseVersionError, match="this clone is shallow") as refused:
        version_of(shallow.path, UNIQVER_BASE="1.4.1")
    assert "base" not in refused.value.fix


def test_below_the_last_release(repo: Repo) -> None:
    """A number that would sort below a pre-release of the same kind is refused, with the offset that lifts it."""
    repo.tag("v2.0rc500")
    repo.commit()
    settle(repo, 'segment = "rc"')
    with pytest.raises(BaseVersionError, match=r"2\.0rc77 would sort below 2\.0rc500") as refused:
        version_of(repo.path, **GITLAB)
    assert refused.value.fix == "offset = 501 in [tool.uniqver]"
    assert version_of(repo.path, **GITLAB, UNIQVER_OFFSET="501") == "2.0rc578"


def test_distance_counts_on_from_the_tags_own_number(repo: Repo) -> None:
    """By distance after v2.0rc3, the next candidates are rc4 and up."""
    repo.tag("v2.0rc3")
    repo.commits(2)
    assert version_of(repo.path, UNIQVER_SEGMENT="rc", UNIQVER_LOCAL="0") == "2.0rc5"


# Releases


def test_a_release(repo: Repo) -> None:
    """A clean tree on a tag is the release, also where base is higher."""
    settle(repo, 'base = "9.0"')
    repo.tag("v1.5.0")
    decision = decide(repo.path)
    assert (decision.version, decision.release, decision.number) == ("1.5.0", True, None)


def test_a_branch_run_on_a_tagged_commit(repo: Repo) -> None:
    """A nightly run on a tagged commit builds on the way to the next release."""
    repo.tag("v1.5.0")
    assert version_of(repo.path, **GITLAB, CI_COMMIT_BRANCH="main") == "1.5.1.dev77"
    assert version_of(repo.path, **GITLAB, CI_COMMIT_TAG="v1.5.0") == "1.5.0"


def test_a_plain_jenkins_job_on_a_tag(repo: Repo) -> None:
    """Plain Jenkins jobs never tell of tags, so git's word makes the release."""
    repo.tag("v1.5.0")
    assert version_of(repo.path, **JENKINS) == "1.5.0"


def test_a_dirty_release_pipeline(repo: Repo) -> None:
    """A run for a tag whose tree was changed stops, and names the files."""
    repo.tag("v1.5.0")
    with (repo.path / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    with pytest.raises(GitError, match=r"release pipeline of v1\.5\.0.*: pyproject\.toml"):
        version_of(repo.path, **GITLAB, CI_COMMIT_TAG="v1.5.0")
    assert version_of(repo.path).startswith("1.5.1.dev0+")


def test_untracked_and_version_files_do_not_dirty(repo: Repo) -> None:
    """A release stays one with untracked files around, and with a tracked version file that was rewritten."""
    repo.commit("app/__init__.py")
    repo.commit("app/_version.py", "old\n")
    repo.tag("v1.5.0")
    repo.write("app/_version.py", "new\n")
    repo.write("build/lib/x.py")
    repo.commits(0)
    decision = decide(repo.path)
    assert decision.version == "1.5.0"
    assert decision.warnings == (
        "the version file is tracked by git: git rm --cached app/_version.py, and add it to .gitignore",
    )
    with pytest.raises(ConfigError, match=r"tracked by git.*strict = true"):
        decide(repo.path, UNIQVER_STRICT="1")


# Distance


def test_dirty_trees_differ(repo: Repo) -> None:
    """Two different dirty trees get two versions, the same one twice the same."""
    versions = []
    for text in ("one", "two", "one"):
        configure(repo.path, f"# {text}")
        versions.append(version_of(repo.path))
    assert versions[0] == versions[2] != versions[1]
    assert versions[0].startswith(f"1.4.1.dev1+{node(repo)}.d")


def test_two_git_processes(repo: Repo, counted: Callable[[], list[str]]) -> None:
    """A resolution costs two git processes, by distance and with a CI's number, and one for a time; a pin none."""
    timed = {"SOURCE_DATE_EPOCH": "1700000000"}
    for variables, processes in (
        ({}, 3),
        (timed, 2),
        (GITLAB, 3),
        (GITLAB | timed, 2),
        ({"UNIQVER_VERSION": "1.0"}, 0),
    ):
        start = len(counted())
        version_of(repo.path, **variables)
        assert len(counted()) - start == processes


def test_higher_tags_cost_two_more(repo: Repo, counted: Callable[[], list[str]]) -> None:
    """git is asked what lies around HEAD only where some tag is above the nearest one."""
    repo.commit()
    repo.tag("v9.0.0")
    repo.git("checkout", "-q", "-b", "maintenance", "HEAD~1")
    start = len(counted())
    version_of(repo.path, **GITLAB)
    assert len(counted()) - start == 3 + 2


def test_plain_distance_says_what_collides(repo: Repo) -> None:
    """Without the local part, explain names what can give the version to another build."""
    configure(repo.path, "local = false\nbase = '3.0'")
    decision = decide(repo.path)
    assert decision.version == "3.0.dev1"
    assert len(decision.collisions) == 3
    assert "another branch with as many commits" in decision.collisions[0]


def test_no_git_for_distance(tmp_path: Path) -> None:
    """source = "distance" without a repository names two ways out."""
    configure(tmp_path / "app", 'source = "distance"')
    with pytest.raises(GitError, match="is no git repository") as refused:
        version_of(tmp_path / "app")
    assert "git init" in refused.value.fix


def test_an_environment_that_got_lost(repo: Repo) -> None:
    """CI alone makes no public version, and says loudly that something is missing."""
    decision = decide(repo.path, CI="true")
    assert "+g" in decision.version
    assert any("CI is set, but no CI that uniqver knows" in warning for warning in decision.warnings)
    assert decide(repo.path, CI="true", ACT="true").warnings == ()


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


def test_changes_elsewhere_in_a_monorepo(monorepo: Repo) -> None:
    """The neighbour's dirt doesn't keep a project from being released; its own and its paths' does."""
    monorepo.write("packages/b/pyproject.toml", "changed")
    assert version_of(monorepo.path / "packages/a") == "1.0.0"
    monorepo.write("shared/s.py", "changed")
    assert version_of(monorepo.path / "packages/a").startswith("1.0.1.dev0+")


def test_the_tag_of_the_neighbour(monorepo: Repo) -> None:
    """A pipeline for the neighbour's tag releases only the neighbour."""
    monorepo.commit("shared/s.py", "2")
    monorepo.tag("b-v5.1.0")
    run = GITLAB | {"CI_COMMIT_TAG": "b-v5.1.0"}
    assert version_of(monorepo.path / "packages/b", **run) == "5.1.0"
    assert version_of(monorepo.path / "packages/a", **run) == "1.0.1.dev77"


def test_a_root_that_was_forgotten(monorepo: Repo) -> None:
    """A project inside a repository that tracks it must say where the root is; an untracked one may stand alone."""
    project = monorepo.path / "packages/a"
    (project / "pyproject.toml").write_text(NAME)
    with pytest.raises(ConfigError, match="tracks it") as refused:
        version_of(project)
    assert refused.value.fix.startswith('root = "../.."')
    with pytest.raises(ConfigError, match="tracks it") as refused:
        version_of(project, UNIQVER_ROOT="..")
    assert refused.value.fix.startswith('root = "../.."')
    configure(monorepo.path / "scratch/new")
    assert version_of(monorepo.path / "scratch/new", UNIQVER_BUILD_NUMBER="3") == "0.1.0.dev3"


def test_a_root_beside_the_project(monorepo: Repo) -> None:
    """A root that doesn't hold the project is a mistake."""
    other = Repo(monorepo.path.parent / "other")
    other.commit()
    project = monorepo.path / "packages/a"
    configure(project, 'root = "../../../other"')
    with pytest.raises(ConfigError, match="does not lie inside") as refused:
        version_of(project)
    assert refused.value.fix.startswith('root = ".."')


# Old commits


def old_commit(repo: Repo, tag: str) -> str:
    """Tag a newer commit of main; return the commit before it, which is checked out again."""
    old = repo.head()
    repo.commit()
    repo.tag(tag)
    repo.commit()
    return old


def test_an_old_commit_of_the_same_line(repo: Repo) -> None:
    """A commit before v1.4.1, built again after it, is warned about; strict makes that an error."""
    old = old_commit(repo, "v1.4.1")
    assert decide(repo.path, **GITLAB).warnings == ()
    repo.git("checkout", "-q", old)
    (warning,) = decide(repo.path, **GITLAB).warnings
    assert warning.startswith("HEAD is behind the release tag v1.4.1, which contains it")
    assert "newer code on the way to 1.4.1" in warning
    with pytest.raises(ConfigError, match=r"behind the release tag v1\.4\.1.*strict = true"):
        decide(repo.path, **GITLAB, UNIQVER_STRICT="true")


def test_an_old_commit_that_would_outrank_a_release(repo: Repo) -> None:
    """With bump = minor, a commit before v1.4.1 makes 1.5.0.devN, which sorts above it."""
    repo.git("checkout", "-q", "-B", "main", old_commit(repo, "v1.4.1"))
    (warning,) = decide(repo.path, **GITLAB, UNIQVER_BUMP="minor").warnings
    assert warning.endswith("would sort above 1.4.1")


def test_a_fresh_maintenance_branch_is_not_old(repo: Repo, tmp_path: Path) -> None:
    """A branch for 1.4 that starts where main went on to 2.0 isn't behind 2.0: that is another line."""
    old = old_commit(repo, "v2.0.0")
    repo.checkout("release/1.4", new=True, at=old)
    assert decide(repo.path, **GITLAB).warnings == ()
    repo.commit()
    assert decide(repo.path, **GITLAB).warnings == ()
    copy = clone(repo, tmp_path / "copy")
    copy.git("checkout", "-q", "release/1.4")
    copy.git("checkout", "-q", "--detach", old)
    assert decide(copy.path, **GITLAB, CI_COMMIT_BRANCH="release/1.4").warnings == ()


def test_an_old_commit_of_the_remotes_branch(repo: Repo, tmp_path: Path) -> None:
    """A CI that runs an old commit of main again, where main has v2.0.0 by now, is warned."""
    old = old_commit(repo, "v2.0.0")
    copy = clone(repo, tmp_path / "copy")
    copy.git("checkout", "-q", "--detach", old)
    (warning,) = decide(copy.path, **GITLAB, CI_COMMIT_BRANCH="main").warnings
    assert warning.startswith("HEAD is behind the release tag v2.0.0")
    assert decide(copy.path, **GITLAB, CI_COMMIT_BRANCH="feature").warnings == ()


def test_somebody_looks_at_an_old_commit(repo: Repo) -> None:
    """A detached HEAD without any branch is behind whatever contains it; by distance that does no harm."""
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
    assert decide(repo.path, **GITLAB, CI_COMMIT_BRANCH="main").warnings == ()


# Numbers


def test_github_by_workflow_and_by_id(repo: Repo) -> None:
    """Without workflow the run's id makes the number, with it the run's number; number to id sorts upward."""
    assert version_of(repo.path, **GITHUB) == "1.4.1.dev3418011548601"
    assert version_of(repo.path, **GITHUB, UNIQVER_WORKFLOW="publish.yml") == "1.4.1.dev41201"
    with pytest.raises(CiError, match="publishing workflow"):
        version_of(repo.path, **GITHUB, UNIQVER_WORKFLOW="release.yml")
    with pytest.raises(CiError, match="publishing workflow"):
        version_of(repo.path, **GITHUB, UNIQVER_WORKFLOW="release.yml", UNIQVER_COUNTER="git+origin")


def test_numbers_that_nobody_asks_for_are_read_too(repo: Repo) -> None:
    """A CI that says nonsense isn't that CI: the run's number must be one even where the id is used."""
    with pytest.raises(CiError, match="GITHUB_RUN_NUMBER is 'abc'"):
        version_of(repo.path, **(GITHUB | {"GITHUB_RUN_NUMBER": "abc"}))


def test_a_number_that_is_handed_in(repo: Repo) -> None:
    """UNIQVER_BUILD_NUMBER overrides the CI's, also one that refuses; another source says that it has no say."""
    assert version_of(repo.path, **GITLAB, UNIQVER_BUILD_NUMBER="5") == "1.4.1.dev5"
    assert version_of(repo.path, CIRCLECI="true", UNIQVER_BUILD_NUMBER="5") == "1.4.1.dev5"
    decision = decide(repo.path, UNIQVER_BUILD_NUMBER="5", UNIQVER_SOURCE="distance")
    assert any("UNIQVER_BUILD_NUMBER has no say" in reason for reason in decision.reasons)


def test_source_ci_without_a_ci(repo: Repo) -> None:
    """source = "ci" on a laptop says what to set."""
    with pytest.raises(CiError, match="no known CI is here") as refused:
        version_of(repo.path, UNIQVER_SOURCE="ci")
    assert "UNIQVER_SOURCE=distance" in refused.value.fix


def test_a_timestamp(repo: Repo) -> None:
    """The time of the first hook, UTC, once a build, strictly rising over clones too."""
    variables = {"UNIQVER_SOURCE": "timestamp", "XDG_STATE_HOME": str(repo.path.parent / "state")}
    assert decide(repo.path, **variables).version == "1.4.1.dev20231114221320"
    first = decide(repo.path, "build", "build_sdist", **variables)
    again = decide(repo.path, "build", "build_wheel", NOW + 9, **variables)
    assert first.version == again.version == "1.4.1.dev20231114221320"
    other = clone(repo, repo.path.parent / "other")
    assert decide(other.path, "allocate", **variables).version == "1.4.1.dev20231114221321"
    (warning,) = decide(repo.path, **variables, **GITLAB).warnings
    assert "UNIQVER_VERSION" in warning


def test_git_timeout(repo: Repo) -> None:
    """UNIQVER_GIT_TIMEOUT must be a number of seconds."""
    assert version_of(repo.path, UNIQVER_GIT_TIMEOUT="30.5")
    for text in ("soon", "0", "-1", "nan", "inf"):
        with pytest.raises(ConfigError, match="no number of seconds"):
            version_of(repo.path, UNIQVER_GIT_TIMEOUT=text)


def test_pins(repo: Repo) -> None:
    """A pin is taken as it is, normalized; what is no version is refused."""
    decision = decide(repo.path, UNIQVER_VERSION="v1.4.1-RC1", **GITLAB)
    assert (decision.version, decision.origin, decision.commit) == ("1.4.1rc1", "pin", repo.head())
    assert decide(repo.path, UNIQVER_VERSION="1", UNIQVER_VERSION_FOR_APP="2").version == "2"
    for text in ("one", "1." + "9" * 5000):
        with pytest.raises(UniqverError, match="no PEP 440 version"):
            decide(repo.path, UNIQVER_VERSION=text)


# Builds that share a number

COUNTER = {"UNIQVER_SOURCE": "counter"}


def test_each_allocation_takes_a_number(repo: Repo) -> None:
    """Two allocations get two numbers; a peek in between takes none."""
    versions = [decide(repo.path, "allocate", **COUNTER).version for _ in range(2)]
    assert versions == ["1.4.1.dev1", "1.4.1.dev2"]
    assert [version_of(repo.path, **COUNTER) for _ in range(2)] == ["1.4.1.dev3", "1.4.1.dev3"]


def test_the_hooks_of_a_build_share_a_number(repo: Repo) -> None:
    """sdist and wheel of one frontend get one number, the next sdist another, and peeks tell which."""
    hooks = ("build_sdist", "build_wheel", "build_sdist", "build_wheel")
    versions = []
    for hook in hooks:
        peeked = decide(repo.path, "peek", hook, **COUNTER).version
        versions.append(decide(repo.path, "build", hook, **COUNTER).version)
        assert peeked == versions[-1]
    assert versions == ["1.4.1.dev1", "1.4.1.dev1", "1.4.1.dev2", "1.4.1.dev2"]


def test_the_jobs_of_a_run_share_a_number(repo: Repo) -> None:
    """All jobs of a CI run get one number, the next run another; UNIQVER_BUILD_ID does the same anywhere."""
    run, following = GITLAB | COUNTER, GITLAB | COUNTER | {"CI_PIPELINE_ID": "6"}
    versions = [decide(repo.path, "allocate", **given).version for given in (run, run, following)]
    assert versions == ["1.4.1.dev1", "1.4.1.dev1", "1.4.1.dev2"]
    ids = [decide(repo.path, "allocate", **COUNTER, UNIQVER_BUILD_ID=name).version for name in ("a", "a", "b")]
    assert ids == ["1.4.1.dev3", "1.4.1.dev3", "1.4.1.dev4"]


def test_one_id_for_two_commits(repo: Repo) -> None:
    """A build id that is used again for another commit would give two builds one version, so it is refused."""
    decide(repo.path, "allocate", **COUNTER, UNIQVER_BUILD_ID="a")
    repo.commit()
    with pytest.raises(CounterError, match="has number 1 already, for commit") as refused:
        decide(repo.path, "allocate", **COUNTER, UNIQVER_BUILD_ID="a")
    assert "UNIQVER_BUILD_ID=" in refused.value.fix


def test_a_run_that_is_not_named(repo: Repo) -> None:
    """Where the CI's run id got lost, jobs can't share a number, and that is said."""
    lost = {name: value for name, value in GITLAB.items() if name != "CI_PIPELINE_ID"} | COUNTER
    warnings = decide(repo.path, **lost).warnings
    assert any("each job takes a number of its own" in warning for warning in warnings)
    assert not any("of its own: set" in warning for warning in decide(repo.path, **lost, UNIQVER_BUILD_ID="7").warnings)


def test_equal_bases_share_a_counter(repo: Repo) -> None:
    """2.0 and 2.0.0 are one version to an index, so they take their numbers from one series."""
    versions = [decide(repo.path, "allocate", **COUNTER, UNIQVER_BASE=base).version for base in ("2.0", "2.0.0")]
    assert versions == ["2.0.dev1", "2.0.0.dev2"]


def test_neither_git_nor_ci(tmp_path: Path) -> None:
    """Without both, a counter in the user's own folder counts, and warns where it is new and has no base."""
    configure(tmp_path / "app")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    first = decide(tmp_path / "app", "allocate", **state)
    assert (first.version, first.origin) == ("0.1.0.dev1", "counter")
    assert len(first.warnings) == 2
    assert first.counter == str(tmp_path / "state/uniqver/counter.sqlite3")
    assert decide(tmp_path / "app", "allocate", **state, UNIQVER_BASE="0.1.0").warnings == ()


# The account


def test_explain_by_distance(repo: Repo) -> None:
    """The account of a laptop build is short and says every step."""
    repo.commits(0)
    commit = repo.head()
    assert as_text(decide(repo.path)) == (
        f"app 1.4.1.dev1+g{commit[:12]}\n"
        "  from      commits since the last release tag\n"
        "  base      1.4.1\n"
        "  number    1 in the segment dev\n"
        f"  commit    {commit}\n"
        "  branch    main\n"
        "\n"
        "why\n"
        f"  - git: 1 commit since the tag v1.4.0, at {commit[:12]}\n"
        "  - no release: HEAD is not on a release tag\n"
        "  - source distance: no CI here, but git\n"
        "  - base 1.4.1: patch bump of the tag 1.4.0\n"
        "  - number 1: commits since the tag, with a local part, which PyPI refuses\n"
        "\n"
        "what could still collide\n"
        "  - untracked files aren't seen: builds that differ only in those share this (local) version"
    )


def test_explain_on_github(repo: Repo) -> None:
    """The account of a CI's build names the run, the formula and what could still collide."""
    text = as_text(decide(repo.path, **GITHUB, UNIQVER_WORKFLOW="publish.yml", UNIQVER_OFFSET="1000"))
    assert "  ci        GitHub Actions, run 412, attempt 1\n" in text
    assert "  - CI: GitHub Actions, run 412, attempt 1\n" in text
    assert "  - no release: GitHub Actions does not run for a tag\n" in text
    assert "  - source ci: GitHub Actions counts runs\n" in text
    assert "  - number 141201: (GITHUB_RUN_NUMBER 412 + offset 1000) * 100 + attempt 1\n" in text
    assert text.endswith(
        "what could still collide\n"
        "  - GITHUB_RUN_NUMBER counts per workflow file, here publish.yml: "
        "a second one that publishes this project would collide"
    )
