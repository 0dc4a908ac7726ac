"""The pipeline files that ``init`` writes, filled in from the templates beside this module. Pure but for reading those."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.cli.init.values import Ci

MARK = "# Written by `uniqver init`; it's yours now, and init leaves it alone from here on."
GITHUB = ".github/workflows"
DEV_WORKFLOW = "dev-build.yml"
RELEASE_WORKFLOW = "release.yml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """What a pipeline depends on."""

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
    """Whether setuptools-scm computes the version, and so has to be there where it's decided."""


_FILES: Mapping[Ci, tuple[str, str, str]] = {
    "gitlab": ("gitlab.yml", ".gitlab-ci.yml", ".gitlab/uniqver.gitlab-ci.yml"),
    "azure": ("azure.yml", "azure-pipelines.yml", "azure-pipelines-publish.yml"),
    "jenkins": ("Jenkinsfile", "Jenkinsfile", "Jenkinsfile.publish"),
    "circleci": ("circleci.yml", ".circleci/config.yml", ".circleci/publish.yml"),
    "buildkite": ("buildkite.yml", ".buildkite/pipeline.yml", ".buildkite/publish.yml"),
    "bitbucket": ("bitbucket.yml", "bitbucket-pipelines.yml", "bitbucket-publish.yml"),
}
"""Template, the file that the system reads, and where the text goes if that file is somebody's already."""


def settings_for(ci: Ci, pipeline: Pipeline) -> dict[str, object]:
    """Return the keys of ``[tool.uniqver]`` that a pipeline needs."""
    if ci == "github":
        return {"workflow": pipeline.workflow}
    if ci == "jenkins":
        return {"counter": "git+origin"}  # a multibranch job counts per branch
    return {}


def files_for(ci: Ci, pipeline: Pipeline, present: Mapping[str, str]) -> dict[str, str]:
    """Return path (from the repository's top) and text of each pipeline file.

    ``present`` are the files that are there. A file that an earlier ``init`` wrote is left out: it may have been
    edited since.
    """
    if ci == "none":
        return {}
    if ci == "github":
        wanted = github(pipeline)
    else:
        template, path, other = _FILES[ci]
        place = other if path in present and MARK[1:] not in present[path] else path
        wanted = {place: _filled(_template(template), pipeline)}
    return {path: text for path, text in wanted.items() if MARK[1:] not in present.get(path, "")}


def github(pipeline: Pipeline) -> dict[str, str]:
    """Return the two workflows: dev builds by branch, releases by tag."""
    suffix = "" if pipeline.inside == "." else f"-{pipeline.name}"
    release = f"release{suffix}.yml"
    return {
        f"{GITHUB}/{pipeline.workflow}": _workflow(
            pipeline, f"Dev build{_of(pipeline)}", _on_branch(pipeline), "--dev"
        ),
        f"{GITHUB}/{release}": _workflow(pipeline, f"Release{_of(pipeline)}", _on_tags(pipeline), "--release"),
    }


def dev_workflow(inside: str, name: str) -> str:
    """Return the name of the dev workflow's file: one for each project of a repository."""
    return DEV_WORKFLOW if inside == "." else f"dev-build-{name}.yml"


def _workflow(pipeline: Pipeline, name: str, on: str, check: str) -> str:
    kind = "extension" if pipeline.extensions else "pure"
    text = _template("github.yml").replace("@BUILD@", _template(f"github-build-{kind}.yml"))
    defaults = "" if pipeline.inside == "." else f"\ndefaults:\n  run:\n    working-directory: {pipeline.inside}\n"
    text = text.replace("@DEFAULTS@", defaults)
    return _filled(text.replace("@NAME@", name).replace("@ON@", on).replace("@CHECK@", check), pipeline)


def _filled(text: str, pipeline: Pipeline) -> str:
    own = pipeline.name == "uniqver"  # this project builds with what it is about to publish
    dist = "dist" if pipeline.inside == "." else f"{pipeline.inside}/dist"
    for word, value in {
        "@HEADER@": MARK if not text.startswith("@HEADER@\npipeline") else f"//{MARK[1:]}",
        "@BRANCH@": pipeline.branch,
        "@DIST@": dist,
        "@UNIQVER_CHECK@": ".[check]" if own else "uniqver[check,scm]" if pipeline.scm else "uniqver[check]",
        "@UNIQVER@": "." if own else "uniqver[scm]" if pipeline.scm else "uniqver",
    }.items():
        text = text.replace(word, value)
    return text


def _on_branch(pipeline: Pipeline) -> str:
    return f'  push:\n    branches: ["{pipeline.branch}"]\n  workflow_dispatch:\n'


def _on_tags(pipeline: Pipeline) -> str:
    prefix = pipeline.tag_prefix
    patterns = ["v[0-9]*", "[0-9]*"] if prefix is None else [f"{prefix}[0-9]*"]
    # X.dev0 starts a line of versions and is no release
    shown = ", ".join(f'"{pattern}"' for pattern in (*patterns, "!*dev*"))
    return f"  push:\n    tags: [{shown}]\n"


def _of(pipeline: Pipeline) -> str:
    return "" if pipeline.inside == "." else f" of {pipeline.name}"


def _template(name: str) -> str:
    return resources.files("uniqver.cli.init").joinpath("templates", name).read_text(encoding="utf-8")
