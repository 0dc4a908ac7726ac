"""Public or local over setuptools-scm: what holds for a project that uniqver reads natively holds here too."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import version_of_name
from tests.support.repositories import Repo, armed
from tests.support.run import git
from tests.support.scm import made_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scm import Tools

FILE = 'version_file = "sample/_version.py"\n'
NOBODY = 65534


def own(project: Path, *, ref: str = "refs/heads/main", commit: str | None = None) -> dict[str, str]:
    """Return the variables of a run of GitHub Actions for ``project``."""
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_SHA": commit or git(project, "rev-parse", "HEAD"),
        "GITHUB_REF": ref,
        "GITHUB_RUN_ID": "10412",
        "GITHUB_RUN_NUMBER": "412",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REPOSITORY": "acme/sample",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_WORKSPACE": str(project),
        "GITHUB_WORKFLOW_REF": "acme/sample/.github/workflows/publish.yml@refs/heads/main",
    }


def foreign(project: Path) -> dict[str, str]:
    return {**own(project, commit="f" * 40), "GITHUB_WORKSPACE": str(project.parent), "GITHUB_REPOSITORY": "else/where"}


def project_at(path: Path, *, commits: int = 1, tag: str | None = "v1.4.0") -> Path:
    return made_project(path, FILE, uniqver='workflow = "publish.yml"\n', commits=commits, tag=tag)


def hook_version(tools: Tools, project: Path, env: dict[str, str]) -> str:
    """Return the version of a wheel, once the command has said the same."""
    said = tools.version(project, env)
    built = version_of_name(tools.wheel(project, project.parent / f"dist-{project.name}", env=env))
    assert built == said.replace("-", "_")
    return said


def test_an_own_run_is_public(tools: Tools, tmp_path: Path) -> None:
    """What all else is compared with."""
    project = project_at(tmp_path / "project")
    assert hook_version(tools, project, own(project)) == "1.4.1.dev41201"


@pytest.mark.parametrize("ci", ["none", "own"])
def test_no_tags(ci: str, tools: Tools, tmp_path: Path) -> None:
    """Without a tag the release being worked toward is a guess of setuptools-scm's: local."""
    project = project_at(tmp_path / "project", tag=None)
    assert "+g" in hook_version(tools, project, own(project) if ci == "own" else {})


def test_a_changed_tree(tools: Tools, tmp_path: Path) -> None:
    """A step of the run edits a tracked file: the number stays, and a local part is added."""
    project = project_at(tmp_path / "project")
    (project / "sample/__init__.py").write_text("edited = True\n")
    assert hook_version(tools, project, own(project)).startswith("1.4.1.dev41201+g")


def test_an_untracked_module(tools: Tools, tmp_path: Path) -> None:
    """It would be packed, and setuptools-scm by itself calls the tree clean."""
    project = project_at(tmp_path / "project", commits=0)
    (project / "sample/local_settings.py").write_text("SECRET = 1\n")
    assert "+g" in hook_version(tools, project, {})


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_edits_under_a_flag(flag: str, tools: Tools, tmp_path: Path) -> None:
    """git's own status, which setuptools-scm asks, doesn't show them."""
    project = project_at(tmp_path / "project", commits=0)
    git(project, "update-index", flag, "sample/__init__.py")
    (project / "sample/__init__.py").write_text("edited = True\n")
    assert "+g" in hook_version(tools, project, {})


def test_somebody_elses_run(tools: Tools, tmp_path: Path) -> None:
    """A dependency's branch takes no number of their run; its tag is the release."""
    project = project_at(tmp_path / "project")
    assert hook_version(tools, project, foreign(project)).startswith("1.4.1.dev1+g")
    git(project, "checkout", "-q", "v1.4.0")
    assert hook_version(tools, project, foreign(project)) == "1.4.0"


def test_another_commit_than_the_runs(tools: Tools, tmp_path: Path) -> None:
    """``ref: main`` while main moves."""
    project = project_at(tmp_path / "project", commits=2)
    env = own(project, commit=git(project, "rev-parse", "HEAD~1"))
    assert hook_version(tools, project, env).startswith("1.4.1.dev2+g")


def test_a_dispatched_run_for_an_old_tag(tools: Tools, tmp_path: Path) -> None:
    """A run on main that checks a tag out builds that tag's release."""
    project = project_at(tmp_path / "project", commits=2)
    env = own(project)
    git(project, "checkout", "-q", "v1.4.0")
    assert hook_version(tools, project, env) == "1.4.0"


@pytest.mark.parametrize("ci", ["none", "own"])
def test_a_shallow_clone(ci: str, tools: Tools, tmp_path: Path) -> None:
    """The tags may lie beyond its edge: local, not stopped."""
    origin = project_at(tmp_path / "origin", commits=3)
    project = tmp_path / "project"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-tags", origin.as_uri(), str(project))
    assert "+g" in hook_version(tools, project, own(project) if ci == "own" else {})


def test_without_git(tools: Tools, tmp_path: Path) -> None:
    """A copied tree without ``.git``: two of other contents never share a version, and neither is public."""
    versions = []
    for name in ("one", "two"):
        project = made_project(tmp_path / name, FILE + 'fallback_version = "1.4.0"\n', repository=None)
        (project / "sample/__init__.py").write_text(f"name = {name!r}\n")
        home = tmp_path / f"home-{name}"
        home.mkdir()
        versions.append(hook_version(tools, project, {"HOME": str(home)}))
    assert all("+" in version for version in versions)
    assert versions[0] != versions[1]


def test_strict_hooks_insist(tools: Tools, tmp_path: Path) -> None:
    """A job that builds for publishing gets a public version, or an error with its fix."""
    project = project_at(tmp_path / "project")
    (tmp_path / "dist").mkdir()
    said = tools.hook("build_wheel", project, tmp_path / "dist", env={"UNIQVER_STRICT": "1"}, ok=False)
    assert said.code == 1
    assert "no public version can be proven" in said.err
    assert list((tmp_path / "dist").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give files to another user")
def test_a_strangers_repository(tools: Tools, tmp_path: Path) -> None:
    """setuptools-scm names the repository to git, which then judges nothing: so uniqver lets git judge first."""
    project, mark = project_at(tmp_path / "project"), tmp_path / "ran"
    armed(Repo(project, init=False), mark, user=NOBODY, edited="sample/__init__.py")
    done = tools.run("-m", "uniqver", "version", cwd=project)
    assert not mark.exists()
    assert "+" in done.stdout
    assert "safe.directory" in done.stderr


HOLD = """\
import sys
from pathlib import Path
from uniqver.backend.lock import tree_lock
with tree_lock(Path.cwd()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_hook_that_only_asks_waits_for_its_turn(bare_tools: Tools, tmp_path: Path) -> None:
    """Before setuptools-scm is installed, setup.py runs with version 0 and writes that down: not under another's build."""
    project = project_at(tmp_path / "project")
    start = [str(bare_tools.python), "-I", "-c"]
    holder = subprocess.Popen(
        [*start, HOLD], cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=bare_tools.environ()
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    code = "from uniqver import build_meta as b; b.get_requires_for_build_sdist()"
    asking = subprocess.Popen([*start, code], cwd=project, stderr=subprocess.PIPE, text=True, env=bare_tools.environ())
    assert asking.stderr is not None
    assert "waits for another build" in asking.stderr.readline()
    assert not (project / "sample.egg-info").exists()
    holder.communicate("", timeout=60)
    asking.communicate(timeout=60)
    assert asking.returncode == 0
