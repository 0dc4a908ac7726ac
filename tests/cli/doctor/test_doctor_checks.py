"""Each check of ``uniqver doctor`` finds what it is for, and is silent where that is mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from uniqver.cli.doctor import CHECKS, find_all, name_of
from uniqver.cli.doctor.diagnostics import Diagnostic, as_json, as_text, exit_code, summary
from uniqver.cli.doctor.facts import GitFacts, ProjectFacts
from uniqver.cli.doctor.workflows import read_workflow
from uniqver.cli.init.code_edits import VersionPlace
from uniqver.cli.init.pipelines import Pipeline, github
from uniqver.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.cli.doctor.workflows import Workflow

PYPROJECT: Mapping[str, object] = {
    "build-system": {"requires": ["uniqver"], "build-backend": "uniqver.build_meta"},
    "project": {"name": "sample", "dynamic": ["version"], "readme": "README.md"},
}
GIT = GitFacts(tags=("v1.4.0",), remote_tags=("v1.4.0",))


def of_init() -> tuple[Workflow, ...]:
    """The workflows that init writes."""
    return tuple(read_workflow(path, text) for path, text in github(Pipeline(name="sample")).items())


def workflow(text: str, name: str = "other.yml") -> Workflow:
    return read_workflow(f".github/workflows/{name}", text)


SOUND = ProjectFacts(
    pyproject=PYPROJECT,
    setup_cfg={},
    setup_py_keywords=frozenset(),
    config=Config(workflow="dev-build.yml"),
    problems=(),
    version_file="src/sample/_version.py",
    git=GIT,
    workflows=of_init(),
    broken_workflows=(),
    pipelines={},
    environ={},
    pypirc={},
    readme="README.md",
    readme_exists=True,
    readme_fault=None,
    known_classifiers=frozenset({"Typing :: Typed"}),
    dist=(),
    uses_uv=False,
    counter_fault=None,
)


def project(**keys: object) -> Mapping[str, object]:
    table = {"name": "sample", "dynamic": ["version"], "readme": "README.md", **keys}
    return {**PYPROJECT, "project": {key: value for key, value in table.items() if value is not None}}


PUBLISH = """
on: {push: {branches: [main]}}
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    steps:
      - uses: actions/checkout@v5
        with: {fetch-depth: 0}
      - run: python -m build
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
TESTS = """
on: [push, pull_request]
jobs:
  tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with: {fetch-depth: 0}
      - run: pip install -e .[test]
"""
MATRIX = PUBLISH.replace("    permissions", "    strategy: {matrix: {os: [a, b]}}\n    permissions")
WHEELS = MATRIX.replace("python -m build", "python -m cibuildwheel")
FREE = Config()

FOUND: dict[str, tuple[str, str, ProjectFacts]] = {
    "no-backend": ("backend", "error", SOUND._replace(pyproject={"project": {"name": "x", "dynamic": ["version"], "readme": "R"}})),
    "not-required": ("backend", "error", SOUND._replace(pyproject={**PYPROJECT, "build-system": {"requires": ["setuptools"], "build-backend": "uniqver.build_meta"}})),
    "static": ("static-version", "error", SOUND._replace(pyproject=project(version="1.0"))),
    "setuptools-dynamic": ("static-version", "error", SOUND._replace(pyproject={**PYPROJECT, "tool": {"setuptools": {"dynamic": {"version": {"attr": "a.b"}}}}})),
    "setup-cfg": ("static-version", "error", SOUND._replace(setup_cfg={"metadata": {"version": "1.0"}})),
    "setup-py": ("static-version", "error", SOUND._replace(setup_py_keywords=frozenset({"version"}))),
    "stale-in-the-package": ("stale-version", "warning", SOUND._replace(written_versions=(VersionPlace("src/sample/__init__.py", 3, "__version__", "1.0"),))),
    "stale-in-a-module": ("stale-version", "warning", SOUND._replace(version_file=None, written_versions=(VersionPlace("sample.py", 3, "__version__", "1.0"),))),
    "no-dynamic": ("dynamic", "error", SOUND._replace(pyproject=project(dynamic=None))),
    "settings": ("settings", "error", SOUND._replace(config=None, problems=(("[tool.uniqver] x: unknown key", "correct it"),))),
    "tracked": ("version-file", "warning", SOUND._replace(git=GIT._replace(version_file_tracked=True))),
    "not-ignored": ("version-file", "warning", SOUND._replace(git=GIT._replace(version_file_ignored=False))),
    "shallow": ("shallow", "warning", SOUND._replace(git=GitFacts(shallow=True))),
    "no-tags": ("tags", "warning", SOUND._replace(git=GitFacts())),
    "tags-not-fetched": ("tags", "warning", SOUND._replace(git=GIT._replace(remote_tags=("v1.4.0", "v1.5.0")))),
    "git": ("git", "error", SOUND._replace(git_fault=("there is no git program on PATH", "install git"))),
    "counter": ("counter", "error", SOUND._replace(counter_fault=("no route to it", "start it"))),
    "unreadable": ("workflow-unreadable", "error", SOUND._replace(broken_workflows=((".github/workflows/x.yml", "line 3"),))),
    "two-publishers": ("publishers", "error", SOUND._replace(workflows=(*of_init(), workflow(PUBLISH)))),
    "two-publishers-by-run-id": ("publishers", "warning", SOUND._replace(config=FREE, workflows=(*of_init(), workflow(PUBLISH)))),
    "no-such-workflow": ("workflow-setting", "error", SOUND._replace(config=Config(workflow="publish.yml"))),
    "workflow-uploads-nothing": ("workflow-setting", "warning", SOUND._replace(config=Config(workflow="other.yml"), workflows=(workflow(TESTS),))),
    "workflow-run": ("workflow-run", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "workflow_run: {workflows: [CI]}")),))),
    "matrix": ("matrix-versions", "warning", SOUND._replace(config=FREE, workflows=(workflow(MATRIX),))),
    "depth": ("fetch-depth", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("        with: {fetch-depth: 0}\n", "")),))),
    "depth-with-base": ("fetch-depth", "warning", SOUND._replace(config=Config(base="1.0"), workflows=(workflow(PUBLISH.replace("        with: {fetch-depth: 0}\n", "")),))),
    "containers": ("cibuildwheel", "error", SOUND._replace(config=FREE, workflows=(workflow(WHEELS),))),
    "no-id-token": ("trusted-publishing", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("id-token: write", "contents: read")),))),
    "pull-request-target": ("trusted-publishing", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "pull_request_target: {}")),))),
    "reusable": ("trusted-publishing", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "workflow_call: {}")),))),
    "token-of-another-kind": ("token", "error", SOUND._replace(environ={"PYPI_API_TOKEN": "ghp_abc"})),
    "token-empty": ("token", "error", SOUND._replace(environ={"TWINE_PASSWORD": ""})),
    "user-and-password": ("token", "error", SOUND._replace(environ={"TWINE_USERNAME": "me", "TWINE_PASSWORD": "pypi-x"})),
    "pypirc": ("token", "error", SOUND._replace(pypirc={"pypi": {"username": "__token__", "password": "abc"}})),
    "skip-existing": ("skip-existing", "warning", SOUND._replace(pipelines={"a.yml": "twine upload --skip-existing dist/*"})),
    "skip-existing-in-the-action": ("skip-existing", "warning", SOUND._replace(pipelines={"a.yml": "with:\n  skip-existing: true"})),
    "force-replace": ("force-replace", "error", SOUND._replace(pipelines={".gitlab-ci.yml": "- twine upload --force-replace dist/*"})),
    "no-readme": ("readme", "warning", SOUND._replace(readme=None, pyproject=project(readme=None))),
    "readme-not-there": ("readme", "error", SOUND._replace(readme_exists=False)),
    "readme-not-rendered": ("readme", "error", SOUND._replace(readme_fault="line 3: unexpected indentation")),
    "classifier": ("classifiers", "error", SOUND._replace(pyproject=project(classifiers=["Typing :: Types"]))),
    "private": ("classifiers", "warning", SOUND._replace(pyproject=project(classifiers=["Private :: Do Not Upload"]))),
    "stale": ("stale-dist", "warning", SOUND._replace(dist=("a-1.0.tar.gz", "a-1.1-py3-none-any.whl"))),
    "uv": ("uv-cache-keys", "warning", SOUND._replace(uses_uv=True)),
}  # fmt: skip

SILENT: dict[str, ProjectFacts] = {
    "what init writes": SOUND,
    "a version that setuptools-scm writes": SOUND._replace(pyproject={**PYPROJECT, "tool": {"setuptools_scm": {}}}, written_versions=(VersionPlace("src/sample/version.py", 3, "__version__", "1.0"),)),
    "no git": SOUND._replace(git=None),
    "tests from a shallow checkout": SOUND._replace(workflows=(*of_init(), workflow(TESTS.replace("        with: {fetch-depth: 0}\n", "")))),
    "releases of tags from a shallow checkout": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("branches: [main]", "tags: ['v*']").replace("        with: {fetch-depth: 0}\n", "")),)),
    "a workflow that builds nothing": SOUND._replace(workflows=(*of_init(), workflow(TESTS.replace("pip install -e .[test]", "pip install ruff")))),
    "a base instead of tags": SOUND._replace(git=GitFacts(), config=Config(base="1.0", workflow="dev-build.yml")),
    "a token": SOUND._replace(environ={"TWINE_PASSWORD": "pypi-x", "PYPI_API_TOKEN": "pypi-x"}),
    "another index": SOUND._replace(environ={"TWINE_USERNAME": "me", "TWINE_PASSWORD": "x", "TWINE_REPOSITORY_URL": "https://index.example/"}),
    "containers that are passed the version": SOUND._replace(config=FREE, workflows=(workflow(WHEELS.replace("on:", "env: {UNIQVER_VERSION: '1', CIBW_ENVIRONMENT_PASS_LINUX: UNIQVER_VERSION}\non:", 1)),)),
    "a publisher with a password": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("permissions: {id-token: write}", "name: x").replace("release/v1", "release/v1\n        with: {password: x}")),)),
    "skip-existing of another tool": SOUND._replace(pipelines={"a.yml": "- run: conda build --skip-existing recipe"}),
    "a reusable workflow with a password": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "workflow_call: {}").replace("release/v1", "release/v1\n        with: {password: x}")),)),
    "skip-existing in a comment": SOUND._replace(pipelines={"a.yml": "# no --skip-existing here"}),
    "good classifiers": SOUND._replace(pyproject=project(classifiers=["Typing :: Typed"])),
    "one version in dist": SOUND._replace(dist=("a-1.0.tar.gz", "a-1.0-py3-none-any.whl", ".gitignore")),
    "uv with cache keys": SOUND._replace(uses_uv=True, pyproject={**PYPROJECT, "tool": {"uv": {"cache-keys": []}}}),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_a_check_finds_what_it_is_for_and_nothing_else_does(case: str) -> None:
    """One thing is wrong: one check speaks, once, with a fix and with the severity that it deserves."""
    check, severity, facts = FOUND[case]
    findings = [f for f in find_all(facts) if f.check not in ALSO.get(case, ())]
    assert [(f.check, f.severity) for f in findings] == [(check, severity)]
    assert findings[0].what
    assert findings[0].fix


ALSO = {
    # each of these is wrong in a second way that is right to be said
    "workflow-uploads-nothing": (),
    "containers": ("matrix-versions",),
}


def test_the_fix_of_a_missing_workflow_names_the_one_that_publishes() -> None:
    """``workflow`` names a file that isn't there: the finding names the file that should be named."""
    findings = find_all(FOUND["no-such-workflow"][2])
    assert [f.fix for f in findings if f.check == "workflow-setting"] == ['workflow = "dev-build.yml"']


@pytest.mark.parametrize("case", SILENT)
def test_doctor_is_silent_where_nothing_is_wrong(case: str) -> None:
    """No finding for what works."""
    assert find_all(SILENT[case]) == ()


def test_every_check_is_tried_here_and_has_a_name_of_its_own() -> None:
    """A check that is added without a case is found here."""
    names = [name_of(check) for check in CHECKS]
    assert len(set(names)) == len(names)
    assert {check for check, _, _ in FOUND.values()} == set(names)


def test_no_token_is_shown() -> None:
    """What is wrong with a secret is said without it."""
    facts = SOUND._replace(environ={"PYPI_API_TOKEN": "hunter2"}, pypirc={"pypi": {"password": "hunter2"}})
    findings = find_all(facts)
    assert len(findings) == 2
    assert "hunter2" not in as_json(findings) + "".join(map(as_text, findings))


def test_only_errors_make_the_exit_code_1() -> None:
    """A warning alone leaves the pipeline green; one error doesn't."""
    warning, error = Diagnostic("warning", what="w", fix="f"), Diagnostic("error", what="e", fix="f")
    assert exit_code([]) == exit_code([warning]) == 0
    assert exit_code([warning, error]) == 1
    assert summary([warning, error]) == "1 error, 1 warning"


def test_json_holds_all_of_each_finding() -> None:
    """The keys of --json are these; a release that renames one breaks this test."""
    found = Diagnostic(check="token", severity="warning", what="w", fix="f", where="a.yml")
    assert json.loads(as_json([found])) == {
        "ok": True,
        "findings": [{"check": "token", "severity": "warning", "where": "a.yml", "what": "w", "fix": "f"}],
    }
