"""Real clients that build a project on their own account, in a run of somebody else's: none is stopped, none lies."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import assert_all_say, version_of_name
from tests.support.projects import DEMO
from tests.support.repositories import Repo
from tests.support.run import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PYPROJECT = f"""{DEMO}
[project.scripts]
demo = "demo:main"

[tool.uniqver]
workflow = "publish.yml"
"""

MODULE = """\
from demo._version import __version__


def main():
    print("this is demo", __version__)
"""

HOOKS = "- {id: demo, name: demo, entry: demo, language: python, pass_filenames: false, always_run: true}\n"

TOX = """\
[tox]
env_list = py
isolated_build = true

[testenv]
commands = python -c "from importlib.metadata import version; print('installed', version('demo'))"
"""

THEIRS = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SHA": "f" * 40,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_RUN_ID": "34180115412",
    "GITHUB_RUN_NUMBER": "412",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_REPOSITORY": "else/where",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_WORKFLOW_REF": "else/where/.github/workflows/publish.yml@refs/heads/main",
}
"""The variables of a run of another project, whose workflow file is called as ours."""


@pytest.fixture
def demo(tmp_path: Path) -> Repo:
    """A migrated project, with a hook for pre-commit: two commits after its release."""
    repo = Repo(tmp_path / "demo")
    repo.write("pyproject.toml", PYPROJECT)
    repo.write("demo/__init__.py", MODULE)
    repo.write(".pre-commit-hooks.yaml", HOOKS)
    repo.write("tox.ini", TOX)
    repo.write(".gitignore", "*.egg-info/\nbuild/\n__pycache__/\n_version.py\n.tox/\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.4.0")
    repo.commits(2)
    return repo


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Another project's checkout, in a run of its own."""
    repo = Repo(tmp_path / "theirs")
    repo.commit("README.md")
    for name, value in {**THEIRS, "GITHUB_SHA": repo.head(), "GITHUB_WORKSPACE": str(repo.path)}.items():
        monkeypatch.setenv(name, value)
    return repo


def local(repo: Repo) -> str:
    return f"1.4.1.dev2+g{repo.head()[:12]}"


def test_pip_and_git(demo: Repo, theirs: Repo, tmp_path: Path, offline: Path, environment: Callable[[], Path]) -> None:
    """A dependency from git: the tag is the release, the branch a local version, in anybody's run."""
    python = environment()
    for ref, version in (("v1.4.0", "1.4.0"), ("main", local(demo))):
        wanted = f"demo @ git+{demo.path.as_uri()}@{ref}"
        run(
            sys.executable,
            "-m",
            "pip",
            "-q",
            "--python",
            python,
            "install",
            "--force-reinstall",
            wanted,
            cwd=theirs.path,
        )
        assert run(python.with_name("demo"), cwd=tmp_path).stdout == f"this is demo {version}\n"


def test_uv_and_git(demo: Repo, theirs: Repo, tmp_path: Path, offline: Path, environment: Callable[[], Path]) -> None:
    """The same with uv, which fetches only what it is asked for."""
    python = environment()
    for ref, version in (("v1.4.0", "1.4.0"), ("main", local(demo))):
        wanted = f"demo @ git+{demo.path.as_uri()}@{ref}"
        cache = {"UV_CACHE_DIR": str(tmp_path / "cache")}
        run("uv", "pip", "install", "-q", "--python", python, wanted, cwd=theirs.path, env={**os.environ, **cache})
        assert run(python.with_name("demo"), cwd=tmp_path).stdout == f"this is demo {version}\n"


def test_pre_commit(demo: Repo, theirs: Repo, client: Callable[..., Path], offline: Path) -> None:
    """pre-commit clones one commit without tags, and only wants the hook: it gets one, with a local version."""
    program = client("pre-commit")
    for ref in ("v1.4.0", demo.head()):
        theirs.write(
            ".pre-commit-config.yaml",
            f"repos: [{{repo: '{demo.path.as_uri()}', rev: '{ref}', hooks: [{{id: demo}}]}}]\n",
        )
        done = run(program, "run", "--all-files", "--verbose", cwd=theirs.path)
        (said,) = [line for line in done.stdout.splitlines() if line.startswith("this is demo ")]
        commit = demo.git("rev-parse", f"{ref}^{{commit}}")
        assert said == f"this is demo 0.1.0.dev1+g{commit[:12]}"


def test_tox(demo: Repo, client: Callable[..., Path], offline: Path) -> None:
    """tox builds in an environment that has neither the CI's variables nor uniqver's: a local version, not an error."""
    variables = {
        "GITLAB_CI": "true",
        "CI": "true",
        "CI_PIPELINE_IID": "412",
        "CI_COMMIT_BRANCH": "main",
        "CI_COMMIT_SHA": demo.head(),
        "CI_PROJECT_DIR": str(demo.path),
        "UNIQVER_STRICT": "1",
    }
    done = run(client("tox"), "run", "-e", "py", cwd=demo.path, env={**os.environ, **variables})
    assert f"installed {local(demo)}" in done.stdout


@pytest.mark.parametrize("frontend", ["pip", "uv"])
def test_a_container_without_git(demo: Repo, tmp_path: Path, offline: Path, frontend: str) -> None:
    """An image has the files, and neither git nor ``.git``: builds of other contents never share a version."""
    uv = shutil.which("uv")
    assert uv is not None
    (tmp_path / "bin").mkdir()
    words = {
        "pip": (sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "--no-build-isolation", "-w"),
        "uv": (uv, "build", "-q", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o"),
    }[frontend]
    found = []
    for number in range(3):
        image = tmp_path / f"image{number}" / "app"
        shutil.copytree(demo.path, image, ignore=shutil.ignore_patterns(".git"))
        if number == 2:
            (image / "demo/more.py").write_text("more = True\n", encoding="utf-8")
        home = tmp_path / f"home{number}"
        home.mkdir()
        env = {**os.environ, "HOME": str(home), "PATH": str(tmp_path / "bin"), "container": "podman"}
        run(*words, image.parent / "out", image, cwd=image, env=env)
        (wheel,) = (image.parent / "out").glob("*.whl")
        assert_all_say(version_of_name(wheel), wheel)
        found.append(wheel)
    versions = list(map(version_of_name, found))
    assert all("+t" in version for version in versions)
    assert found[0].read_bytes() == found[1].read_bytes()
    assert versions[0] == versions[1] != versions[2]
