"""Pipeline files: where each CI has them, what ``init`` writes there, which build the project or publish it.

Pure, but for reading the templates beside this module.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Ci = Literal["github", "gitlab", "azure", "jenkins", "circleci", "buildkite", "bitbucket", "none"]
"""The pipelines that ``init`` can write; ``none`` writes none."""

MARK = "# Written by `uniqver init`; it's yours now, and init leaves it alone from here on."
GITHUB = ".github/workflows"
DEV_WORKFLOW = "dev-build.yml"


class Pipeline(NamedTuple):
    """What a pipeline file depends on."""

    name: str
    """The project's, normalized."""
    branch: str = "main"
    inside: str = "."
    """The project's folder, from the repository's top."""
    tag_prefix: str | None = None
    extensions: bool = False
    """Whether there are wheels for each platform."""
    workflow: str = DEV_WORKFLOW
    """The file of the workflow for dev builds."""
    scm: bool = False
    """Whether setuptools-scm computes the version, and so has to be installed where it is decided."""


class _Files(NamedTuple):
    template: str
    path: str
    """The file that the CI reads."""
    beside: str
    """Where the recipe goes if that file exists and isn't from ``init``."""


_FILES: Mapping[Ci, _Files] = {
    "gitlab": _Files("gitlab.yml", ".gitlab-ci.yml", ".gitlab/uniqver.gitlab-ci.yml"),
    "azure": _Files("azure.yml", "azure-pipelines.yml", "azure-pipelines-publish.yml"),
    "jenkins": _Files("Jenkinsfile", "Jenkinsfile", "Jenkinsfile.publish"),
    "circleci": _Files("circleci.yml", ".circleci/config.yml", ".circleci/publish.yml"),
    "buildkite": _Files("buildkite.yml", ".buildkite/pipeline.yml", ".buildkite/publish.yml"),
    "bitbucket": _Files("bitbucket.yml", "bitbucket-pipelines.yml", "bitbucket-publish.yml"),
}

BESIDE = tuple(files.beside for files in _FILES.values())
"""Pipeline files that a CI reads only if its own file includes them."""

PIPELINE_FILES = (*(files.path for files in _FILES.values()), *BESIDE)
"""All pipeline files besides GitHub's workflows, from the repository's top."""

_HOSTED: tuple[Ci, ...] = ("github", "gitlab", "azure", "bitbucket")
"""CI systems that hosts of repositories offer: the host's name tells."""

_BUILDS = re.compile(
    r"""(?:
        -m\ build\b | \bpyproject-build\b | \buv\ (?:build|sync|run)\b | \bcibuildwheel\b | \bpipx\ run\ build\b
      | \bpip3?\ (?:wheel|install)\b[^\n|&;]*(?:\ |["'])(?:-e\ *)?\.(?:\[|\ |"|'|$|\n)
      | \btox\b | \bnox\b | \bhatch\ (?:build|test)\b
    )""",
    re.VERBOSE | re.MULTILINE,
)
_PUBLISHES = re.compile(r"gh-action-pypi-publish|\btwine upload\b|\buv publish\b|\bflit publish\b|upload_to_pypi")
_PINNED = re.compile(r"UNIQVER_(?:VERSION|SOURCE|BUILD_NUMBER)\b")


def builds(text: str) -> bool:
    """Tell whether a workflow or a step builds or installs the project of its checkout."""
    return _BUILDS.search(text) is not None


def publishes(text: str) -> bool:
    """Tell whether a workflow uploads to an index."""
    return _PUBLISHES.search(text) is not None


def pinned(text: str) -> bool:
    """Tell whether a workflow specifies the version, or its source, that its builds use."""
    return _PINNED.search(text) is not None


def with_pin(text: str, version: str) -> str | None:
    """Return a workflow whose every job builds ``version``; ``None`` if its ``env`` is written in one line."""
    line = f'UNIQVER_VERSION: "{version}"  # this workflow publishes nothing, and needs no tags'
    if section := re.search(r"^env:[ \t]*(?:#[^\n]*)?\n( *)", text, re.MULTILINE):
        indent = section[1] or "  "
        return f"{text[: section.start(1)]}{indent}{line}\n{text[section.start(1) :]}"
    jobs = re.search(r"^jobs:", text, re.MULTILINE)
    if jobs is None or re.search(r"^env:", text, re.MULTILINE):
        return None
    return f"{text[: jobs.start()]}env:\n  {line}\n\n{text[jobs.start() :]}"


def guess_ci(present: Mapping[str, str], remote: str) -> Ci:
    """Return the CI of the pipeline files that are there, else the one of the host of ``remote``, else ``none``."""
    if any(path.startswith(GITHUB) for path in present):
        return "github"
    by_file = (ci for ci, files in _FILES.items() if files.path in present or files.beside in present)
    by_host = (ci for ci in _HOSTED if ci in remote)
    return next(by_file, next(by_host, "none"))


def settings_for(ci: Ci, pipeline: Pipeline) -> dict[str, object]:
    """Return the keys of ``[tool.uniqver]`` that a pipeline needs."""
    if ci == "github":
        return {"workflow": pipeline.workflow}
    if ci == "jenkins":
        return {"counter": "git+origin"}  # a multibranch job counts per branch
    return {}


def files_for(ci: Ci, pipeline: Pipeline, present: Mapping[str, str]) -> dict[str, str]:
    """Return path (from the repository's top) and text of each pipeline file to write.

    ``present`` are the files that exist. A file that an earlier ``init`` wrote is left out: it may have been edited.
    """
    wanted = github(pipeline) if ci == "github" else {}
    if files := _FILES.get(ci):
        taken = files.path in present and MARK[1:] not in present[files.path]
        wanted = {files.beside if taken else files.path: _filled(_template(files.template), pipeline)}
    return {path: text for path, text in wanted.items() if MARK[1:] not in present.get(path, "")}


def github(pipeline: Pipeline) -> dict[str, str]:
    """Return the two workflows: dev builds by branch, releases by tag."""
    alone = pipeline.inside == "."
    suffix, title = ("", "") if alone else (f"-{pipeline.name}", f" of {pipeline.name}")
    prefixes = ("v", "") if pipeline.tag_prefix is None else (pipeline.tag_prefix,)
    # X.dev0 starts a line of versions and is no release
    tags = ", ".join(f'"{pattern}"' for pattern in (*(f"{prefix}[0-9]*" for prefix in prefixes), "!*dev*"))
    branches = f'  push:\n    branches: ["{pipeline.branch}"]\n  workflow_dispatch:\n'
    return {
        f"{GITHUB}/{pipeline.workflow}": _workflow(pipeline, f"Dev build{title}", branches, "--dev"),
        f"{GITHUB}/release{suffix}.yml": _workflow(
            pipeline, f"Release{title}", f"  push:\n    tags: [{tags}]\n", "--release"
        ),
    }


def dev_workflow(inside: str, name: str) -> str:
    """Return the name of the dev workflow's file: one for each project of a repository."""
    return DEV_WORKFLOW if inside == "." else f"dev-build-{name}.yml"


def _workflow(pipeline: Pipeline, name: str, on: str, check: str) -> str:
    kind = "extension" if pipeline.extensions else "pure"
    defaults = "" if pipeline.inside == "." else f"\ndefaults:\n  run:\n    working-directory: {pipeline.inside}\n"
    text = _template("github.yml").replace("@BUILD@", _template(f"github-build-{kind}.yml"))
    return _filled(text, pipeline, {"@NAME@": name, "@ON@": on, "@CHECK@": check, "@DEFAULTS@": defaults})


def _filled(text: str, pipeline: Pipeline, values: Mapping[str, str] | None = None) -> str:
    own = pipeline.name == "uniqver"  # this project builds with what it is about to publish
    for word, value in {
        **(values or {}),
        "@HEADER@": MARK if not text.startswith("@HEADER@\npipeline") else f"//{MARK[1:]}",
        "@BRANCH@": pipeline.branch,
        "@DIST@": "dist" if pipeline.inside == "." else f"{pipeline.inside}/dist",
        "@UNIQVER_CHECK@": ".[check]" if own else "uniqver[check,scm]" if pipeline.scm else "uniqver[check]",
        "@UNIQVER@": "." if own else "uniqver[scm]" if pipeline.scm else "uniqver",
    }.items():
        text = text.replace(word, value)
    return text


def _template(name: str) -> str:
    return resources.files("uniqver.cli.init").joinpath("templates", name).read_text(encoding="utf-8")
