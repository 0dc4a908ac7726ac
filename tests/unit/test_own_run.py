"""Whose run is it: each sentence of the contract, from folders and values alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.facts import COMMIT, ci_run, config, git_state

from uniqver.errors import ConfigError
from uniqver.model.decision import Missing
from uniqver.project import Project
from uniqver.resolve.facts import facts_of
from uniqver.resolve.own_run import ownership
from uniqver.resolve.request import Request

if TYPE_CHECKING:
    from pathlib import Path


OTHER = "f" * 40


def request_at(directory: Path, text: str = "", **environ: str) -> Request:
    """Return the question about the project ``app`` in ``directory``."""
    project = Project(directory=directory, name="app", settings={})
    return Request(project=project, config=config(text, environ), environ=environ, now=1_700_000_000, purpose="version")


def judged(
    directory: Path, head: str | None = COMMIT, text: str = "", environ: dict[str, str] | None = None, **run: object
) -> str | Missing:
    """Return whose run it is, for a run with these fields on ``main``."""
    return ownership(request_at(directory, text, **environ or {}), ci_run(**{"branch": "main", **run}), head)


# By the commit


@pytest.mark.parametrize("commit", [COMMIT, COMMIT.upper(), COMMIT[:7], COMMIT[:12]])
def test_head_is_the_commit_of_the_run(tmp_path: Path, commit: str) -> None:
    """HEAD equals the CI's commit, however many digits of it the CI tells: own, wherever the project lies."""
    found = judged(tmp_path, commit=commit, workspace="/elsewhere")
    assert found == "own run of Some CI: HEAD is the commit that Some CI names"


def test_head_is_another_commit(tmp_path: Path) -> None:
    """A dependency from git, another commit checked out, a commit made inside the run: not own, also in the workspace."""
    found = judged(tmp_path, commit=OTHER, workspace=str(tmp_path))
    assert isinstance(found, Missing)
    assert found.what == f"Some CI runs for the commit ffffffffffff, and HEAD is {COMMIT[:12]}: another source"
    assert found.fix.startswith("UNIQVER_COMMIT=$(git rev-parse HEAD)")


def test_the_commit_is_stated(tmp_path: Path) -> None:
    """A pipeline that builds another commit on purpose states it, for everything or for one project."""
    stated = {"UNIQVER_COMMIT": COMMIT}
    found = judged(tmp_path, commit=OTHER, environ=stated)
    assert found == "own run of Some CI: HEAD is the commit that UNIQVER_COMMIT names"
    assert isinstance(judged(tmp_path, head=OTHER, commit=OTHER, environ=stated), Missing)
    one = {"UNIQVER_COMMIT": OTHER, "UNIQVER_COMMIT_FOR_APP": COMMIT}
    assert isinstance(judged(tmp_path, commit=OTHER, environ=one), str)


@pytest.mark.parametrize("text", ["", "  ", "main", "HEAD", "123abc", "$(git rev-parse HEAD)"])
def test_a_stated_commit_that_is_none(tmp_path: Path, text: str) -> None:
    """A statement that names no commit is an error, and not taken for silence."""
    with pytest.raises(ConfigError, match="UNIQVER_COMMIT is"):
        judged(tmp_path, commit=COMMIT, environ={"UNIQVER_COMMIT": text})


# By the folder


@pytest.mark.parametrize(("head", "commit"), [(COMMIT, None), (COMMIT, "HEAD"), (None, COMMIT), ("", COMMIT)])
def test_the_workspace_is_the_projects_folder(tmp_path: Path, head: str | None, commit: str | None) -> None:
    """If the CI tells no commit, or there is no repository that has one, the project's folder is the workspace."""
    found = judged(tmp_path, head=head, commit=commit, workspace=str(tmp_path))
    assert found == "own run of Some CI: the project lies in its workspace"


def test_the_workspace_holds_the_project(tmp_path: Path) -> None:
    """A project in a folder of the workspace belongs to it, if no other repository lies between the two."""
    (tmp_path / ".git").mkdir()
    project = tmp_path / "packages" / "app"
    project.mkdir(parents=True)
    assert isinstance(judged(project, head=None, workspace=str(tmp_path)), str)
    assert isinstance(judged(project, text='root = "../.."', workspace=str(tmp_path)), str)


@pytest.mark.parametrize("repository", ["src", "src/app"])
def test_another_repository_lies_between(tmp_path: Path, repository: str) -> None:
    """pip clones dependencies into ./src of the workspace: what lies in such a clone is not the run's own."""
    project = tmp_path / "src" / "app"
    project.mkdir(parents=True)
    (tmp_path / repository / ".git").mkdir()
    found = judged(project, head=None, workspace=str(tmp_path))
    assert isinstance(found, Missing)
    assert found.what == f"Some CI works in {tmp_path}, and {tmp_path / repository} is a repository of its own there"


def test_a_root_that_is_another_repository(tmp_path: Path) -> None:
    """A clone inside the workspace is another repository also for a project that names it as its root."""
    project = tmp_path / "src" / "app" / "python"
    project.mkdir(parents=True)
    (tmp_path / "src" / "app" / ".git").write_text("gitdir: elsewhere")
    assert isinstance(judged(project, text='root = ".."', workspace=str(tmp_path)), Missing)


def test_a_link_to_the_workspace(tmp_path: Path) -> None:
    """The workspace may be named by a symbolic link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert isinstance(judged(tmp_path / "real", head=None, workspace=str(tmp_path / "link")), str)


def test_a_project_outside_of_the_workspace(tmp_path: Path) -> None:
    """pip builds what it downloads in temporary folders."""
    (tmp_path / "workspace").mkdir()
    found = judged(tmp_path / "pip-req-build-1", head=None, workspace=str(tmp_path / "workspace"))
    assert isinstance(found, Missing)
    assert found.what.endswith("and this project lies elsewhere")


def test_neither_commit_nor_workspace(tmp_path: Path) -> None:
    """Nothing to compare: not own, until the commit is stated, which takes a repository that has one."""
    found = judged(tmp_path, commit=None)
    assert isinstance(found, Missing)
    assert found.fix.startswith("UNIQVER_COMMIT=$(git rev-parse HEAD)")
    assert isinstance(judged(tmp_path, commit=None, environ={"UNIQVER_COMMIT": COMMIT}), str)
    found = judged(tmp_path, head=None, commit=COMMIT)
    assert isinstance(found, Missing)
    assert found.fix == "build in the git repository"


# Runs that are nobody's


def test_a_pull_request(tmp_path: Path) -> None:
    """A pull request's run is never public."""
    found = judged(tmp_path, commit=COMMIT, pull_request="17")
    assert isinstance(found, Missing)
    assert found.what == "Some CI runs for the pull request 17"
    assert "UNIQVER_COMMIT" not in found.fix


def test_a_run_whose_ref_is_lost(tmp_path: Path) -> None:
    """A CI that should tell branch, tag or pull request, and tells none, has lost its variables."""
    found = judged(tmp_path, commit=COMMIT, lost="reports neither branch nor tag nor pull request")
    assert isinstance(found, Missing)
    assert found.what.endswith("its variables were lost")
    assert found.fix.startswith("pass its variables on")


@pytest.mark.parametrize("named", ["acme/demo", "Acme/Demo", "acme/demo.git"])
@pytest.mark.parametrize("found", ["acme/demo", "Acme/Demo"])
def test_the_repository_that_the_settings_name(tmp_path: Path, named: str, found: str) -> None:
    """The runs of the named repository count, however its path is spelled (a run's has neither slashes around it nor ``.git``)."""
    assert isinstance(judged(tmp_path, text=f'repository = "{named}"', commit=COMMIT, repository=found), str)


@pytest.mark.parametrize("found", ["fork/demo", "acme/demo2", "mirrors/acme/demo", "demo", None])
def test_forks_and_mirrors(tmp_path: Path, found: str | None) -> None:
    """The runs of any other repository don't count: there the numbers start again."""
    judgement = judged(tmp_path, text='repository = "acme/demo"', commit=COMMIT, repository=found)
    assert isinstance(judgement, Missing)
    assert judgement.what.startswith("Some CI ")
    assert judgement.what.endswith('and repository = "acme/demo" in [tool.uniqver] names the one whose runs count')
    assert judgement.fix == "publish from a run of acme/demo, or correct repository in [tool.uniqver]"


# A number that is handed in


@pytest.mark.parametrize(
    ("run", "environ", "variable"),
    [
        (None, {"UNIQVER_BUILD_NUMBER": "5"}, "UNIQVER_BUILD_NUMBER"),
        ({"CI_COMMIT_SHA": COMMIT}, {"UNIQVER_BUILD_NUMBER": "5"}, "UNIQVER_BUILD_NUMBER"),
        ({"CI_COMMIT_SHA": OTHER}, {"UNIQVER_BUILD_NUMBER": "5"}, None),
        ({"CI_COMMIT_SHA": OTHER}, {"UNIQVER_BUILD_NUMBER_FOR_APP": "5"}, "UNIQVER_BUILD_NUMBER_FOR_APP"),
        ({"CI_COMMIT_SHA": OTHER}, {"UNIQVER_BUILD_NUMBER_FOR_APP": "5", "UNIQVER_BUILD_NUMBER": "6"},
         "UNIQVER_BUILD_NUMBER_FOR_APP"),
        ({"CI_COMMIT_SHA": COMMIT}, {}, None),
    ],
)  # fmt: skip
def test_a_number_that_is_handed_in(
    tmp_path: Path, run: dict[str, str] | None, environ: dict[str, str], variable: str | None
) -> None:
    """Without a known CI the number is the build's own; on one only in its own runs, or under the project's name."""
    gitlab = {} if run is None else {"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "main", "CI_PIPELINE_IID": "77", **run}
    found = facts_of(request_at(tmp_path, **gitlab, **environ), repository=None, git=git_state())
    assert found.build_number == (None if variable is None else (variable, "5"))
    assert (found.run is not None) == (run == {"CI_COMMIT_SHA": COMMIT})


def test_facts_of_a_detached_head(tmp_path: Path) -> None:
    """The branch is git's, or if HEAD is detached the CI's; its rule is applied, and the highest tag found."""
    gitlab = {"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "release/1.4", "CI_COMMIT_SHA": COMMIT}
    request = request_at(tmp_path, 'branches = {"release/*" = {segment = "rc"}}', **gitlab)
    detached = git_state(branch=None, tags=("v1.4.0", "v1.10.0", "v1.9.0"))
    found = facts_of(request, repository=None, git=detached)
    assert (found.branch, found.config.segment, str(found.tag)) == ("release/1.4", "rc", "1.10.0")
    assert found.request.config == found.config
    assert facts_of(request, repository=None, git=git_state()).rule is None
    queue = git_state(branch="gh-readonly-queue/release/1.4/pr-7-0123abcd")  # as actions/checkout leaves it
    assert facts_of(request, repository=None, git=queue).branch == "release/1.4"
