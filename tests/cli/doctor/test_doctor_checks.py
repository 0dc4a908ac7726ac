"""Each check of ``uniqver doctor`` finds what it is for, and is silent where that is mended."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit

from uniqver.cli.doctor import as_json, checks, find_all, summary
from uniqver.cli.doctor.project import Diagnostic, ProjectFacts
from uniqver.cli.doctor.workflows import Job, Step, Workflow, for_tags_only, read_workflow, with_called
from uniqver.cli.init.pipelines import Pipeline, github, may_publish, packs, publishes
from uniqver.cli.init.source_tree import SourceTree, no_answer
from uniqver.config import Config
from uniqver.model.decision import Missing
from uniqver.project import Project
from uniqver.project.scm_section import ScmSection
from uniqver.resolve.facts import facts_of
from uniqver.resolve.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
PYPROJECT: Mapping[str, object] = {
    "build-system": {"requires": ["uniqver"], "build-backend": "uniqver.build_meta"},
    "project": {"name": "sample", "dynamic": ["version"], "readme": "README.md"},
}
TREE = SourceTree(
    name="sample",
    files={"pyproject.toml": tomlkit.dumps(PYPROJECT)},
    pipelines={},
    tags=("v1.4.0",),
    git=lambda *words: "" if "check-ignore" in words else None,
)
FREE = Config()
SCM = ScmSection("setuptools_scm", {}, legacy=False)


def build(config: Config = FREE, no_git: Missing | None = None) -> Any:
    """What a build without git would find."""
    project = Project(directory=TREE.top, name="sample", settings={})
    request = Request(project, config, environ={}, now=0, purpose="version")
    return facts_of(request, repository=None, git=None, no_git=no_git)


def of_init(*, submodules: bool = False) -> tuple[Workflow, ...]:
    """The workflows that init writes."""
    pipeline = Pipeline(name="sample", submodules=submodules)
    return tuple(read_workflow(path, text) for path, text in github(pipeline).items())


def workflow(text: str, name: str = "other.yml", files: Mapping[str, str] = {}) -> Workflow:
    return read_workflow(f".github/workflows/{name}", text, files.get)


def with_workflow(text: str, name: str = "other.yml", files: Mapping[str, str] = {}) -> ProjectFacts:
    """A project with what init writes and one more workflow."""
    return SOUND._replace(workflows=(*of_init(), workflow(text, name, files)))


SOUND = ProjectFacts(
    tree=TREE,
    config=Config(workflow="dev-build.yml"),
    version_file="src/sample/_version.py",
    remote_tags=("v1.4.0",),
    workflows=of_init(),
)


def with_tree(**changes: Any) -> ProjectFacts:
    """A project whose files or repository are other ones."""
    return SOUND._replace(tree=replace(TREE, **changes))


def with_files(files: Mapping[str, str], **changes: Any) -> ProjectFacts:
    """A project with these files in its package, or beside it."""
    return with_tree(files={**TREE.files, **files}, packages=("src/sample",), **changes)


def with_pyproject(document: Mapping[str, object], files: Mapping[str, str] = {}, **changes: Any) -> ProjectFacts:
    """A project with another pyproject.toml."""
    return with_files({"pyproject.toml": tomlkit.dumps(document), **files}, **changes)


def with_script(text: str, config: Config = FREE, **facts: Any) -> ProjectFacts:
    """A project with one workflow, by its text as well."""
    files = {".github/workflows/other.yml": text}
    return with_tree(pipelines=files)._replace(config=config, workflows=(workflow(text),), **facts)


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
# shapes of published projects
TAG_JOB = """
on: {push: {branches: [main], tags: ['v*']}, pull_request: {}}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: python -m build
  publish:
    if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')
    needs: build
    permissions: {id-token: write}
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
TAG_STEP = PUBLISH.replace(
    "      - uses: pypa",
    "      - if: github.event_name == 'release' || startsWith(github.ref, 'refs/tags')\n        uses: pypa",
)
NEEDS_TAG = TAG_JOB.replace("    if: github", "    x: github").replace(
    "  build:\n", "  build:\n    if: ${{ github.ref_type == 'tag' }}\n"
)
NOT_TAG = PUBLISH.replace("  publish:\n", "  publish:\n    if: ${{ !startsWith(github.ref, 'refs/tags/') }}\n")
EITHER = PUBLISH.replace(
    "  publish:\n", "  publish:\n    if: startsWith(github.ref, 'refs/tags/') || github.ref == 'refs/heads/main'\n"
)
NESTED = PUBLISH.replace(
    "  publish:\n",
    "  publish:\n    if: ${{ github.event_name == 'push' && startsWith(github.ref, 'refs/tags') && (startsWith(runner.os, 'Mac') || startsWith(runner.os, 'Windows')) }}\n",
)
NEVER = PUBLISH.replace("  publish:\n", "  publish:\n    if: false\n")
PULLS = PUBLISH.replace("push: {branches: [main]}", "pull_request: {}")
TEST_INDEX = PUBLISH.replace(
    "release/v1", "release/v1\n        with: {repository-url: 'https://test.pypi.org/legacy/'}"
)
MAKE = PUBLISH.replace("python -m build", "make release").replace(
    "      - uses: pypa/gh-action-pypi-publish@release/v1\n", ""
)
CONDA = PUBLISH.replace(
    "pypa/gh-action-pypi-publish@release/v1", "acme/conda-upload@v1\n        with: {skip-existing: true}"
)
MATRIX = PUBLISH.replace("    permissions", "    strategy: {matrix: {os: [a, b]}}\n    permissions")
WHEELS = MATRIX.replace("python -m build", "python -m cibuildwheel")
# shapes of the projects that are named
DOCKER = """
on: {workflow_dispatch: {inputs: {tag: {required: true}}}}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v3
      - run: |
          pip3 install wheel
          python setup.py sdist bdist_wheel
        env: {SETUPTOOLS_SCM_PRETEND_VERSION_FOR_DOCKER: "${{ inputs.tag }}"}
      - uses: pypa/gh-action-pypi-publish@release/v1
        with: {password: "${{ secrets.PYPI_API_TOKEN }}"}
"""
ULTRAJSON = WHEELS.replace("        with: {fetch-depth: 0}\n", "      - run: git fetch --prune --unshallow\n")
CHEROOT = PUBLISH.replace("push: {branches: [main]}", "push: {branches: [main]}, workflow_call: {}").replace(
    "jobs:\n",
    """jobs:
  changelog:
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 1}
      - run: tox --skip-pkg-install -e make-changelog-package
""",
)
SCHEDULED = """
on: {schedule: [{cron: 3 5 * * *}], workflow_dispatch: {}}
jobs: {all: {uses: ./.github/workflows/other.yml}}
"""
MULTIDICT_WHEELS = """
on: workflow_call
jobs:
  build-wheel:
    steps:
      - uses: actions/download-artifact@v8
        with: {name: sdist, path: dist/}
      - uses: pypa/cibuildwheel@v4.1.1
        with: {package-dir: dist/*.tar.gz}
"""
CALLED_WHEELS = (
    MULTIDICT_WHEELS.replace("download-artifact@v8", "checkout@v5")
    .replace("name: sdist, path: dist/", "fetch-depth: 0")
    .replace("dist/*.tar.gz", ".")
)
CALLS_WHEELS = PUBLISH.replace("jobs:\n", "jobs:\n  wheels: {uses: ./.github/workflows/wheels.yml}\n")
GREENLET = PUBLISH.replace("branches: [main]", "branches: [main], tags: ['*']").replace(
    "      - uses: pypa/gh-action-pypi-publish@release/v1\n",
    """
      - if: ${{ github.event_name == 'push' && startsWith(github.ref, 'refs/tags') && (startsWith(runner.os, 'Mac') || startsWith(runner.os, 'Windows')) }}
        run: |
          twine upload --skip-existing dist/*
""",
)

GITMODULES = {".gitmodules": '[submodule "data"]\n\tpath = checkouts/data-schemas\n\turl = ../data\n'}

FOUND: dict[str, tuple[str, str, ProjectFacts]] = {
    "no-backend": ("backend", "error", with_pyproject({"project": {"name": "x", "dynamic": ["version"], "readme": "README.md"}})),
    "not-required": ("backend", "error", with_pyproject({**PYPROJECT, "build-system": {"requires": ["setuptools"], "build-backend": "uniqver.build_meta"}})),
    **{f"capped by {which}": ("backend", "error", with_pyproject({**PYPROJECT, "build-system": {"requires": ["uniqver", f"setuptools{which}"], "build-backend": "uniqver.build_meta"}})) for which in ("<70", "==65.*")},
    "static": ("static-version", "error", with_pyproject(project(version="1.0"))),
    "setuptools-dynamic": ("static-version", "error", with_pyproject({**PYPROJECT, "tool": {"setuptools": {"dynamic": {"version": {"attr": "a.b"}}}}})),
    "setup-cfg": ("static-version", "error", with_files({"setup.cfg": "[metadata]\nversion = 1.0\n"})),
    "setup-py": ("static-version", "error", with_files({"setup.py": "setup(version='1.0')\n"})),
    "stale-in-the-package": ("stale-version", "warning", with_files({"src/sample/__init__.py": '__version__ = "1.0"\n'})),
    "stale-in-a-module": ("stale-version", "warning", with_files({"sample.py": '__version__ = "1.0"\n'})._replace(version_file=None)),
    "stale-tuple-of-gunicorn": ("stale-version", "warning", with_files({"src/sample/__init__.py": "version_info = (1, 4, 0)\n"})._replace(build=build())),
    "no-name": ("name", "error", with_pyproject({"build-system": PYPROJECT["build-system"], "projekt": {"name": "x"}})),
    "no-dynamic": ("dynamic", "error", with_pyproject(project(dynamic=None))),
    "settings": ("settings", "error", SOUND._replace(config=FREE, problems={"[tool.uniqver] x: unknown key": "correct it"})),
    "tracked": ("version-file", "warning", with_tree(git=lambda *_: "tracked")),
    "a-persons": ("version-file", "error", with_files({"src/sample/_version.py": '__version__ = "1"\n__author__ = "me"\n'})),
    "not-ignored": ("version-file", "warning", with_tree(git=no_answer)),
    "shallow": ("shallow", "warning", with_tree(git=lambda *words: "" if "check-ignore" in words else {"rev-parse": "true"}.get(words[0]))),
    "no-tags": ("tags", "warning", with_tree(tags=("docs-1",))._replace(remote_tags=())),
    "tags-not-fetched": ("tags", "warning", SOUND._replace(remote_tags=("v1.4.0", "docs-2", "v1.5.0"))),
    "git": ("git", "error", SOUND._replace(build=build(no_git=Missing("there is no git program on PATH", "install git")))),
    "counter": ("counter", "error", SOUND._replace(build=build(Config(counter="nosuchstore://127.0.0.1/1")))),
    "unreadable": ("workflow-unreadable", "error", SOUND._replace(workflows=(*of_init(), workflow("on: [push\njobs: {")))),
    "two-publishers": ("publishers", "error", SOUND._replace(workflows=(*of_init(), workflow(PUBLISH)))),
    "two-publishers-by-run-id": ("publishers", "warning", SOUND._replace(config=FREE, workflows=(*of_init(), workflow(PUBLISH)))),
    "no-such-workflow": ("workflow-setting", "error", SOUND._replace(config=Config(workflow="publish.yml"))),
    "two-publishers-by-either-trigger": ("publishers", "error", with_workflow(EITHER)),
    "two-publishers-not-for-tags": ("publishers", "error", with_workflow(NOT_TAG)),
    "requests publishes a branch by hand": ("publishers", "error", with_workflow(TAG_JOB.replace("branches: [main], ", "").replace("pull_request: {}", "workflow_dispatch: {}").replace("    if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')", "    if: github.event_name == 'workflow_dispatch'"))),
    "two-publishers-one-by-make": ("publishers", "error", with_workflow(MAKE, files={"Makefile": "release:\n\ttwine upload dist/*\n"})),
    "two-publishers-one-by-a-make-elsewhere": ("publishers", "error", with_workflow(MAKE)),
    "two-publishers-one-by-tox": ("publishers", "error", with_workflow(MAKE.replace("make release", "tox -e release"), files={"tox.ini": "[testenv:release]\ncommands = {envpython} -m twine upload dist/*\n"})),
    "two-publishers-one-by-nox": ("publishers", "error", with_workflow(MAKE.replace("make release", "nox -s publish"), files={"noxfile.py": 'session.run("twine", "upload", "dist/*")\n'})),
    "two-publishers-one-by-a-script": ("publishers", "error", with_workflow(MAKE.replace("make release", "bash scripts/release.sh"), files={"scripts/release.sh": "uv publish\n"})),
    "two-publishers-one-by-a-script-of-make": ("publishers", "error", with_workflow(MAKE, files={"Makefile": "release:\n\t./tools/release.sh\n", "tools/release.sh": "twine upload dist/*\n"})),
    "two-publishers-one-by-an-action": ("publishers", "error", with_workflow(MAKE.replace("run: make release", "uses: ./.github/actions/publish"))),
    "workflow-uploads-nothing": ("workflow-setting", "warning", SOUND._replace(config=Config(workflow="other.yml"), workflows=(workflow(TESTS),))),
    "workflow-run": ("workflow-run", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "workflow_run: {workflows: [CI]}")),))),
    "matrix": ("matrix-versions", "warning", SOUND._replace(config=FREE, workflows=(workflow(MATRIX),))),
    "depth": ("fetch-depth", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("        with: {fetch-depth: 0}\n", "")),))),
    "depth-with-base": ("fetch-depth", "warning", SOUND._replace(config=Config(base="1.0"), workflows=(workflow(PUBLISH.replace("        with: {fetch-depth: 0}\n", "")),))),
    "sentry-python without its submodule": ("submodules", "error", with_tree(pipelines=GITMODULES)._replace(workflows=(workflow(PUBLISH),), config=FREE)),
    "containers": ("cibuildwheel", "error", SOUND._replace(config=FREE, workflows=(workflow(WHEELS),))),
    "containers-of-a-reusable-workflow": ("cibuildwheel", "error", SOUND._replace(config=FREE, workflows=with_called([workflow(CALLED_WHEELS, "wheels.yml"), workflow(CALLS_WHEELS)]))),
    "tornado: what is local by the settings is one finding": ("publishers", "error", with_workflow(WHEELS.replace("        with: {fetch-depth: 0}\n", ""))),
    "zope.interface runs setup.py": ("setup-script", "error", with_script(TAG_JOB.replace("python -m build", "python setup.py bdist_wheel"))),
    "setup.py elsewhere": ("setup-script", "error", with_tree(pipelines={".gitlab-ci.yml": "  - python3 setup.py -q \\\n    sdist\n  - twine upload dist/*\n"})),
    "no-id-token": ("trusted-publishing", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("id-token: write", "contents: read")),))),
    "pull-request-target": ("trusted-publishing", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "pull_request_target: {}")),))),
    "reusable": ("trusted-publishing", "error", SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "workflow_call: {}")),))),
    "reusable-and-pushed": ("trusted-publishing", "warning", SOUND._replace(config=FREE, workflows=with_called([workflow(PUBLISH.replace("branches: [main]}", "branches: [main]}, workflow_call: {}")), workflow(SCHEDULED.replace("schedule: [{cron: 3 5 * * *}]", "push: {tags: ['v*']}"), "calls.yml")]))),
    "token-of-another-kind": ("token", "error", SOUND._replace(environ={"PYPI_API_TOKEN": "ghp_abc"})),
    "token-empty": ("token", "error", SOUND._replace(environ={"TWINE_PASSWORD": ""})),
    "user-and-password": ("token", "error", SOUND._replace(environ={"TWINE_USERNAME": "me", "TWINE_PASSWORD": "pypi-x"})),
    "pypirc": ("token", "error", SOUND._replace(pypirc={"pypi": {"username": "__token__", "password": "abc"}})),
    "skip-existing": ("skip-existing", "warning", with_tree(pipelines={"a.yml": "twine upload --skip-existing dist/*"})),
    "skip-existing-on-the-next-line": ("skip-existing", "warning", with_tree(pipelines={"a.yml": "twine upload \\\n  --skip-existing dist/*"})),
    "skip-existing-of-poetry": ("skip-existing", "warning", with_tree(pipelines={"a.yml": "- poetry publish --skip-existing"})),
    "skip-existing-in-the-action": ("skip-existing", "warning", with_script(PUBLISH.replace("release/v1", "release/v1\n        with: {skip-existing: true}"))),
    "force-replace": ("force-replace", "error", with_tree(pipelines={".gitlab-ci.yml": "- twine upload --force-replace dist/*"})),
    "no-readme": ("readme", "warning", with_pyproject(project(readme=None))),
    "readme-in-setup-cfg": ("readme", "warning", with_pyproject(project(readme=None), {"setup.cfg": "[metadata]\nlong_description = file: README.md\n"})),
    "readme-not-there": ("readme", "error", with_pyproject(project(readme="NO.md"))),
    "readme-not-rendered": ("readme", "error", with_pyproject(project(readme="broken.rst"))),
    "classifier": ("classifiers", "error", with_pyproject(project(classifiers=["Typing :: Types"]))),
    "private": ("classifiers", "warning", with_pyproject(project(classifiers=["Private :: Do Not Upload"]))),
    "stale": ("stale-dist", "warning", with_tree(inside="two")),
    "uv": ("uv-cache-keys", "warning", with_tree(locked=True)),
}  # fmt: skip

SILENT: dict[str, dict[str, ProjectFacts]] = {
    "settings": {"what init writes": SOUND},
    "backend": {**{f"setuptools{which}": with_pyproject({**PYPROJECT, "build-system": {"requires": ["uniqver", f"setuptools{which}"], "build-backend": "uniqver.build_meta"}}) for which in ("<81", ">=61")}, "built by its own sources": with_pyproject({**PYPROJECT, "build-system": {"requires": ["setuptools>=77"], "build-backend": "uniqver.build_meta", "backend-path": ["src"]}}), "setuptools' own semantics": with_pyproject({**PYPROJECT, "build-system": {"requires": ["uniqver"], "build-backend": "uniqver.build_meta:__legacy__"}})},
    "static-version": {"an option of setup.cfg that isn't the version": with_files({"setup.cfg": "[metadata]\nauthor = x\n", "setup.py": "setup(ext_modules=[])\n"})},
    "stale-version": {"none": SOUND},
    "name": {"in setup.cfg": with_pyproject({"build-system": PYPROJECT["build-system"]}, {"setup.cfg": "[metadata]\nname = sample\n"}), "computed": with_pyproject({"build-system": PYPROJECT["build-system"]}, {"setup.py": "setup(name=name_of())\n", "setup.cfg": "[metadata]\ndescription = x\n"})},
    "dynamic": {"other dynamic fields": with_pyproject(project(dynamic=["dependencies", "version"]))},
    "version-file": {"no git": with_tree(git=None, tags=())._replace(remote_tags=()), "no version file": with_tree(git=no_answer)._replace(version_file=None)},
    "git": {"no git": with_tree(git=None, tags=())._replace(remote_tags=())},
    "shallow": {"no git": with_tree(git=None, tags=())._replace(remote_tags=())},
    "tags": {"a base instead of tags": with_tree(tags=())._replace(remote_tags=(), config=Config(base="1.0", workflow="dev-build.yml"))},
    "counter": {"the default": SOUND._replace(build=build())},
    "workflow-unreadable": {"one that is read": with_workflow(TESTS)},
    "publishers": {
        "one publishes tags, by its job": with_workflow(TAG_JOB),
        "one publishes tags, by its step": with_workflow(TAG_STEP),
        "one publishes tags, by what its job needs": with_workflow(NEEDS_TAG),
        "one publishes tags, by alternatives in parentheses": with_workflow(NESTED),
        "one publishes releases, by the event's action": with_workflow(EITHER.replace("startsWith(github.ref, 'refs/tags/') || github.ref == 'refs/heads/main'", "github.event.action == 'published'")),
        "docker's takes its version from an input": with_script(DOCKER, Config(workflow="dev-build.yml"), scm=SCM)._replace(workflows=(*of_init(), workflow(DOCKER))),
        "one takes uniqver's variable from an input": with_workflow(PUBLISH.replace("on:", "env: {UNIQVER_VERSION_FOR_SAMPLE: '${{ inputs.tag }}'}\non:", 1)),
        "markupsafe's is started by hand for a tag": with_workflow(TAG_JOB.replace("branches: [main], ", "").replace("pull_request: {}", "workflow_dispatch: {}").replace("    if: github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')\n", "").replace("uses: actions/checkout@v5", "if: github.event_name == 'workflow_dispatch'\n        uses: actions/checkout@v5")),
        "one never publishes": with_workflow(NEVER),
        "one publishes nothing, for pull requests": with_workflow(PULLS),
        "each has an index": SOUND._replace(config=FREE, workflows=(*of_init(), workflow(TEST_INDEX))),
        "a make target that uploads nothing": with_workflow(MAKE.replace("make release", "make docs-release"), files={"Makefile": "release: # make release VERSION=1\n\tgit tag v1\n"}),
        "a tox environment that uploads nothing": with_workflow(MAKE.replace("make release", "tox -e pypi-description"), files={"tox.ini": "[testenv:pypi-description]\ncommands = twine check dist/*\n"}),
    },
    "workflow-setting": {"one that calls the workflow that publishes": SOUND._replace(config=Config(workflow="main.yml"), workflows=with_called([workflow(PUBLISH.replace("push: {branches: [main]}", "workflow_call: {}").replace("release/v1", "release/v1\n        with: {password: x}"), "other.yml"), workflow(SCHEDULED.replace("schedule: [{cron: 3 5 * * *}]", "push: {branches: [main]}"), "main.yml")])), "by its path": SOUND._replace(config=Config(workflow=".github/workflows/dev-build.yml"))},
    "setup-script": {
        "setuptools-scm gives it its version": with_script(DOCKER, scm=SCM),
        "tests": with_script(TESTS.replace("pip install -e .[test]", "python setup.py bdist_wheel")),
        "extensions in place": with_script(PUBLISH.replace("python -m build", "python setup.py build_ext -i && python -m build --sdist")),
    },
    "workflow-run": {"one that only tests": SOUND._replace(workflows=(*of_init(), workflow(TESTS.replace("[push, pull_request]", "{workflow_run: {workflows: [CI]}}"))))},
    "matrix-versions": {"legs that are passed the version": SOUND._replace(config=FREE, workflows=(workflow(MATRIX.replace("on:", "env: {UNIQVER_VERSION: '1'}\non:", 1)),))},
    "fetch-depth": {
        "tests from a shallow checkout": with_workflow(TESTS.replace("        with: {fetch-depth: 0}\n", "")),
        "releases of tags from a shallow checkout": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("branches: [main]", "tags: ['v*']").replace("        with: {fetch-depth: 0}\n", "")),)),
        "a job for tags alone, in a workflow of branches": SOUND._replace(config=FREE, workflows=(workflow(NEEDS_TAG),)),
        "a depth that an expression gives": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("fetch-depth: 0", "fetch-depth: '${{ inputs.depth }}'")),)),
        "tests in the workflow that publishes": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH + TESTS.partition("jobs:\n")[2].replace("        with: {fetch-depth: 0}\n", "").replace("pip install -e .[test]", "tox -e py")),)),
        "ultrajson's fetches the rest": SOUND._replace(config=FREE, workflows=(workflow(ULTRAJSON.replace("on:", "env: {UNIQVER_SOURCE: distance, CIBW_ENVIRONMENT_PASS_LINUX: UNIQVER_VERSION}\non:", 1)),)),
        "an allocation for a tag": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("branches: [main]", "tags: ['v*']").replace("        with: {fetch-depth: 0}\n", "").replace("python -m build", "uniqver allocate")),)),
        "a workflow that builds nothing": with_workflow(TESTS.replace("pip install -e .[test]", "pip install ruff")),
    },
    "submodules": {
        "fetched by the checkout": with_tree(pipelines=GITMODULES)._replace(config=FREE, workflows=(workflow(PUBLISH.replace("fetch-depth: 0", "fetch-depth: 0, submodules: true")),)),
        "fetched by git": with_tree(pipelines=GITMODULES)._replace(config=FREE, workflows=(workflow(PUBLISH.replace("      - run: ", "      - run: git submodule update --init\n      - run: ", 1)),)),
        "allowed to be missing": with_tree(pipelines=GITMODULES)._replace(config=FREE._replace(allow_changes=("checkouts/data-schemas",)), workflows=(workflow(PUBLISH),)),
        "fetched by what init writes": with_tree(pipelines=GITMODULES)._replace(workflows=of_init(submodules=True)),
        "not for tests": with_tree(pipelines=GITMODULES)._replace(workflows=(*of_init(submodules=True), workflow(TESTS))),
    },
    "cibuildwheel": {
        "releases, whose tag the containers see": SOUND._replace(config=FREE, workflows=(workflow(WHEELS.replace("branches: [main]", "tags: ['v*']")),)),
        "multidict's, of an sdist": SOUND._replace(config=FREE, workflows=with_called([workflow(MULTIDICT_WHEELS, "wheels.yml"), workflow(CALLS_WHEELS)])),
        "a reusable workflow, called for tags": SOUND._replace(config=FREE, workflows=with_called([workflow(CALLED_WHEELS, "wheels.yml"), workflow(CALLS_WHEELS.replace("branches: [main]", "tags: ['v*']"))])),
        "wheels that are not published": with_workflow(TESTS.replace("pip install -e .[test]", "python -m cibuildwheel")),
        "containers that are passed the version": SOUND._replace(config=FREE, workflows=(workflow(WHEELS.replace("on:", "env: {UNIQVER_VERSION: '1', CIBW_ENVIRONMENT_PASS_LINUX: UNIQVER_VERSION}\non:", 1)),))},
    "trusted-publishing": {
        "a publisher with a password": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("permissions: {id-token: write}", "name: x").replace("release/v1", "release/v1\n        with: {password: x}")),)),
        "cheroot's, called by a schedule": SOUND._replace(config=FREE, workflows=with_called([workflow(CHEROOT.replace("fetch-depth: 1", "fetch-depth: 0")), workflow(SCHEDULED, "scheduled.yml")])),
        "a reusable workflow with a password": SOUND._replace(config=FREE, workflows=(workflow(PUBLISH.replace("push: {branches: [main]}", "workflow_call: {}").replace("release/v1", "release/v1\n        with: {password: x}")),)),
    },
    "token": {
        "a token": SOUND._replace(environ={"TWINE_PASSWORD": "pypi-x", "PYPI_API_TOKEN": "pypi-x"}),
        "another index": SOUND._replace(environ={"TWINE_USERNAME": "me", "TWINE_PASSWORD": "x", "TWINE_REPOSITORY_URL": "https://index.example/"}),
    },
    "skip-existing": {
        "greenlet's, for tags": with_script(GREENLET),
        "lz4's, for tags, by the action": with_script(TAG_STEP.replace("release/v1", "release/v1\n        with: {skip-existing: true}")),
        "another tool's": with_tree(pipelines={"a.yml": "- run: conda build --skip-existing recipe"}),
        "another action's": with_script(CONDA),
        "in a comment": with_tree(pipelines={"a.yml": "# no twine upload --skip-existing here"}),
    },
    "force-replace": {"another tool's": with_tree(pipelines={"a.yml": "- helm upgrade --force-replace demo"})},
    "readme": {
        "one that can be rendered": with_pyproject(project(readme="good.rst")),
        "its text is in pyproject.toml": with_pyproject(project(readme={"text": "x", "content-type": "text/plain"})),
        "setup.py has it, and says so": with_pyproject(project(readme=None, dynamic=["version", "readme"]), {"setup.py": "setup(long_description='x')\n"}),
        "no [project] table": with_pyproject({"build-system": PYPROJECT["build-system"]}, {"setup.cfg": "[metadata]\nname = sample\n"}),
    },
    "classifiers": {"good ones": with_pyproject(project(classifiers=["Typing :: Typed"]))},
    "stale-dist": {"one version": with_tree(inside="one")},
    "uv-cache-keys": {"uv with cache keys": with_pyproject({**PYPROJECT, "tool": {"uv": {"cache-keys": []}}}, locked=True)},
}  # fmt: skip


FILES = {
    **{f"{folder}README.md": "" for folder in ("", "one/", "two/")},
    "broken.rst": "Title\n=\n\n.. nonsense::\n\n  *x\n",
    "good.rst": "Title\n=====\n",
    **dict.fromkeys(("one/dist/a-1.0.tar.gz", "one/dist/a-1.0-py3-none-any.whl", "one/dist/.gitignore"), ""),
    **dict.fromkeys(("two/dist/a-1.0.tar.gz", "two/dist/a-1.1-py3-none-any.whl"), ""),
}
"""What lies on the disk."""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


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


def test_the_fix_of_a_missing_requirement_keeps_the_others() -> None:
    """A line to copy takes nothing away."""
    assert [f.fix for f in find_all(FOUND["not-required"][2])] == ['requires = ["uniqver", "setuptools"]']


def test_the_fix_of_a_missing_tag_has_the_projects_prefix() -> None:
    """In a repository of several projects ``v1.2.3`` would be nobody's release."""
    facts = FOUND["no-tags"][2]
    (found,) = find_all(facts._replace(config=facts.config._replace(tag_prefix="pkg-a-v")))
    assert found.fix.startswith("git tag pkg-a-v1.2.3 <commit>")


def test_the_fix_of_a_missing_workflow_names_the_one_that_publishes() -> None:
    """``workflow`` names a file that isn't there: the finding names the file that should be named."""
    findings = find_all(FOUND["no-such-workflow"][2])
    assert [f.fix for f in findings if f.check == "workflow-setting"] == ['workflow = "dev-build.yml"']


@pytest.mark.parametrize(("check", "case"), [(check, case) for check, cases in SILENT.items() for case in cases])
def test_doctor_is_silent_where_nothing_is_wrong(check: str, case: str) -> None:
    """No finding for what works: each check has a shape that looks like what it is for, and isn't."""
    assert find_all(SILENT[check][case]) == []


def test_a_readme_is_no_finding_of_its_own_where_the_file_has_another() -> None:
    """Settings that can't be read are said once."""
    facts = with_pyproject(project(readme=None))._replace(config=FREE, problems={"x": "y"})
    assert [found.check for found in find_all(facts)] == ["settings"]


@pytest.mark.parametrize(
    "text", ["on: [push", "a: <<: b", "- push", "[" * 5000, r'on: "\UFFFFFFFF"', r'on: "\U00110000"']
)
def test_a_workflow_that_cannot_be_read_has_a_fault_whatever_is_wrong_with_it(text: str) -> None:
    """Broken, merged, no mapping, too deep, with an escape that is not a character: one finding, no traceback."""
    broken = workflow(text)
    assert broken.fault
    assert [found.check for found in find_all(SOUND._replace(workflows=(*of_init(), broken)))] == [
        "workflow-unreadable"
    ]


@pytest.mark.parametrize("unit", ["git fetch ", "twine ", "setup.py ", "uv run make ", "release", "\n", " "])
def test_a_pipeline_that_is_one_long_line_is_read_in_linear_time(unit: str) -> None:
    """200 KB of one word, or of spaces, took minutes to hours: the rest of the line was read again for each of them."""
    text = unit * (200_000 // len(unit))
    assert not packs(text)
    assert not publishes(text)
    assert may_publish(text) is None
    step = Step(f"python -m build\n{text}", "actions/checkout@v5", {}, {}, "", None)
    job = Job(".github/workflows/other.yml", "build", [step], (), matrix=False, id_token=False)
    pipelines = {".gitlab-ci.yml": f"- twine upload dist/*\n{text}", ".gitmodules": f"path = a{text}x\n"}
    flow = Workflow(job.path, events=frozenset({"push"}), jobs=[job, *workflow(PUBLISH).jobs])
    facts = with_tree(pipelines=pipelines)._replace(workflows=(flow,), config=FREE)
    assert {found.check for found in find_all(facts)} == {"fetch-depth", "submodules"}
    assert "it has a merge" not in read_workflow("a.yml", f"on: push\n{text}").fault


def test_a_condition_may_be_nested_however_deep() -> None:
    """Parentheses are read from within, to a limit."""
    tag = "startsWith(github.ref, 'refs/tags/')"
    assert for_tags_only(["(" * 10 + tag + ")" * 10])
    assert not for_tags_only([f"({tag}) || !({tag} && ({tag}))"])
    for_tags_only(["(" * 5000 + tag + ")" * 5000])


def test_how_a_workflow_uploads_is_named_where_another_file_says_it() -> None:
    """``make release`` is what a person must look at."""
    found = find_all(FOUND["two-publishers-one-by-make"][2])
    assert found[0].what.startswith("dev-build.yml and other.yml (make release) publish without being for tags only")


def test_every_check_is_tried_here() -> None:
    """A check that is added without a case is found here."""
    assert {check for check, _, _ in FOUND.values()} == set(checks())
    assert set(SILENT) == set(checks())


def test_no_token_is_shown() -> None:
    """What is wrong with a secret is said without it."""
    facts = SOUND._replace(environ={"PYPI_API_TOKEN": "hunter2"}, pypirc={"pypi": {"password": "hunter2"}})
    findings = find_all(facts)
    assert len(findings) == 2
    assert "hunter2" not in json.dumps(as_json(findings))


def test_only_errors_make_the_exit_code_1() -> None:
    """A warning alone leaves the pipeline green; one error doesn't."""
    warning, error = Diagnostic("warning", what="w", fix="f"), Diagnostic("error", what="e", fix="f")
    assert as_json([])["ok"]
    assert as_json([warning])["ok"]
    assert not as_json([warning, error])["ok"]
    assert summary([warning, error]) == "1 error, 1 warning"


def test_json_holds_all_of_each_finding() -> None:
    """The keys of --json are these; a release that renames one breaks this test."""
    found = Diagnostic(check="token", severity="warning", what="w", fix="f", where="a.yml")
    assert as_json([found]) == {
        "ok": True,
        "findings": [{"check": "token", "severity": "warning", "where": "a.yml", "what": "w", "fix": "f"}],
    }
