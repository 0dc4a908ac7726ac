"""Pipeline files: where each CI has them, what ``init`` writes there, which of them build or publish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import resources
from posixpath import normpath
from typing import Literal, NamedTuple

from uniqver.config import PIN, variable_for
from uniqver.model.versions import release_of_tag

Ci = Literal["github", "gitlab", "azure", "jenkins", "circleci", "buildkite", "bitbucket", "none"]

MARK = "# Written by `uniqver init`; it's yours now, and init leaves it alone from here on."
GITHUB = ".github/workflows"
DEV_WORKFLOW = "dev-build.yml"
RELEASE_WORKFLOW = "release.yml"
DEPENDABOT = ".github/dependabot.yml"
CHECKOUT_FILES = (".gitmodules", ".gitattributes")
"""They tell of submodules and Git LFS."""
_RENOVATE = ("renovate.json", "renovate.json5", ".github/renovate.json", ".github/renovate.json5")
UPDATERS = (DEPENDABOT, ".github/dependabot.yaml", *_RENOVATE, ".renovaterc", ".renovaterc.json")
"""Of bots for new versions of actions: one is enough."""
ARCHIVE = ".git_archival.txt"
_DEPENDABOT_TEXT = f"""\
{MARK}
version: 2

updates:
  - package-ecosystem: github-actions  # the workflows name actions by hash: this proposes newer ones
    directory: /
    schedule:
      interval: monthly
    cooldown:
      default-days: 7
    groups:
      actions:
        patterns: ["*"]
"""
_ARCHIVE_TEXT = """\
node: $Format:%H$
node-date: $Format:%cI$
describe-name: $Format:%(describe:tags=true,match=@PREFIX@*[0-9]*)$
"""


class Pipeline(NamedTuple):
    """The input of a recipe."""

    name: str
    """Normalized."""
    branch: str = "main"
    inside: str = "."
    """The project's folder, from the repository's top."""
    tag_prefix: str | None = None
    plain_tags: bool = False
    """Release tags have no ``v``."""
    extensions: bool = False
    """Wheels are for one platform."""
    submodules: bool = False
    lfs: bool = False
    workflow: str = DEV_WORKFLOW
    """The file for dev builds."""
    release: str = RELEASE_WORKFLOW
    post: bool = False
    """Dev builds are post-releases, which ``check --dev`` refuses."""
    repository: str | None = None
    """``acme/demo``, if the CI's runs name it."""
    scm: bool = False
    """setuptools-scm computes the version."""

    @property
    def pin(self) -> str:
        """The variable that pins its version."""
        return variable_for(PIN, self.name) or PIN


class _Row(NamedTuple):
    path: str = ""
    """The file that the CI reads; empty: each workflow."""
    beside: str = ""
    """The recipe's if ``path`` is a person's, which has to include it."""
    hosted: bool = False
    """By a host that the URL of origin names."""
    publisher: str = ""
    """The trusted publisher for PyPI, else a token is needed."""


_WORKFLOWS = (
    "two trusted publishers for this repository, workflows {0.workflow} and {0.release}, environment pypi "
    "(a new project: a pending publisher, in your account's settings)"
)
_FILE = "a trusted publisher for this GitLab project, file .gitlab-ci.yml"
_ROWS: dict[Ci, _Row] = {
    "github": _Row(hosted=True, publisher=_WORKFLOWS),
    "gitlab": _Row(".gitlab-ci.yml", ".gitlab/uniqver.gitlab-ci.yml", hosted=True, publisher=_FILE),
    "azure": _Row("azure-pipelines.yml", "azure-pipelines-publish.yml", hosted=True),
    "jenkins": _Row("Jenkinsfile", "Jenkinsfile.publish"),
    "circleci": _Row(".circleci/config.yml", ".circleci/publish.yml"),
    "buildkite": _Row(".buildkite/pipeline.yml", ".buildkite/publish.yml"),
    "bitbucket": _Row("bitbucket-pipelines.yml", "bitbucket-publish.yml", hosted=True),
}
"""In the order of :func:`guess_ci`."""

USUAL = tuple(row.path for row in _ROWS.values() if row.path)
_BESIDE = tuple(row.beside for row in _ROWS.values() if row.beside)
PIPELINE_FILES = (*USUAL, *_BESIDE)
"""All but GitHub's workflows, and those of several projects in a repository."""


def _for_one(path: str, name: str) -> str:
    """Return the path of one project in a repository of several: ``azure-pipelines-publish-NAME.yml``."""
    return re.sub(r"((?:\.gitlab-ci)?\.yml)?$", rf"-{name}\1", path, count=1)


FOR_ONE = tuple(_for_one(path, "*") for path in _BESIDE)
"""Patterns of those."""

LINE = r"(?m)^[^#\n]*"
"""What may stand before a command: no comment."""
PACKING = r"\b(?:sdist|bdist_wheel)"
"""What packs, of setup.py."""


def command_pattern(program: str, argument: str, ends: str = r"\n|&;") -> str:
    """Return a pattern for an ``argument`` of ``program``, of two programs the last: in linear time, whatever the text."""
    return rf"\b{program}\b(?:(?!\b{program}\b)[^{ends}])*{argument}\b"


_PACKS = re.compile(
    r"-m build\b|\bpyproject-build\b|\bcibuildwheel\b|\bpip3? wheel\b|\b(?:uv|hatch|poetry|pdm|flit|pipx run) build\b|"
    + command_pattern(r"setup\.py", PACKING, r"\n")
    + "|"
    + command_pattern("(?:tox|nox|make)", r"\b(?:build|dist|package|release|publish)", r"\n")
)
_PUBLISHES = re.compile(
    LINE
    + r"(?:gh-action-pypi-publish|upload_to_pypi|\b(?:uv|flit|poetry|hatch|pdm) publish\b|"
    + command_pattern(r"(?:twine|setup\.py)", " upload")
    + ")"
)
_RUNNERS, _NAMES = "(?:make|just|task|invoke|inv|tox|nox|(?:hatch|pdm|poetry|uv) run)", "(?:release|publish|pypi)"
_MAY_PUBLISH = re.compile(
    LINE
    + "?("  # the first
    + command_pattern(_RUNNERS, r"\b" + _NAMES)
    + rf"""|(?:^|[\s"'])[\w./-]*{_NAMES}(?:(?!{_NAMES})[\w.-])*\.(?:sh|py|bash)\b)"""
)


def packs(text: str) -> bool:
    """Tell whether a step builds the project."""
    return _PACKS.search(text) is not None


def publishes(text: str) -> bool:
    """Tell whether a workflow uploads to an index."""
    return _PUBLISHES.search(text) is not None


def may_publish(text: str) -> str | None:
    """Return the command that uploads by its name: ``make release``."""
    found = _MAY_PUBLISH.search(text)
    return None if found is None else found[1].strip(" \"'")


def is_for(inside: str, text: str) -> bool:
    """Tell whether a workflow of GitHub may be for the project at ``inside``: by its ``defaults`` it runs in no other folder."""
    found = re.search(r"(?m)^defaults:\s+run:(?:\n[ \t].*)*?\n[ \t]+working-directory:[ \t]*[\"']?([^\s\"'#]+)", text)
    return found is None or normpath(found[1]) == inside


def repository_name(ci: Ci, remote: str) -> str | None:
    """Return the repository as the runs of ``ci`` name it, if ``remote`` is a URL of its host."""
    found = re.fullmatch(r"(?:[a-z+]+://)?(?:[^@/]*@)?([^/:]+)(?::[0-9]+)?[/:]([^?#]+)", remote)
    if ci not in ("github", "gitlab", "bitbucket") or found is None or ci not in found[1]:
        return None
    path = found[2].strip("/").removesuffix(".git")
    return path if re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+", path) else None


def guess_ci(present: Mapping[str, str], remote: str) -> Ci:
    """Return the CI of the pipeline files, else of the host of ``remote``, else ``none``."""
    if any(path.startswith(GITHUB) for path in present):
        return "github"
    by_file = (ci for ci, row in _ROWS.items() if row.path in present or row.beside in present)
    return next(by_file, next((ci for ci, row in _ROWS.items() if row.hosted and ci in remote), "none"))


def settings_for(ci: Ci, pipeline: Pipeline) -> dict[str, object]:
    """Return the keys for ``[tool.uniqver]``."""
    if ci == "jenkins":
        return {"counter": "git+origin"}  # a multibranch job counts per branch
    settings = {"workflow": pipeline.workflow if ci == "github" else None, "repository": pipeline.repository}
    return {key: value for key, value in settings.items() if value is not None}


def credentials_for(ci: Ci, pipeline: Pipeline) -> str:
    """Return the user's step that lets a pipeline publish."""
    if ci not in _ROWS:
        return ""
    if publisher := _ROWS[ci].publisher:
        return f"on PyPI, Publishing settings of {pipeline.name}: add {publisher.format(pipeline)}"
    return "put an API token of the index (it begins with pypi-) where the pipeline file names it"


def files_for(ci: Ci, pipeline: Pipeline, present: Mapping[str, str]) -> dict[str, str]:
    """Return path and text of each file to write, never of one that is ``present``."""
    wanted = github(pipeline) if ci == "github" else {}
    if wanted and not any(path in present for path in UPDATERS):
        wanted[DEPENDABOT] = _DEPENDABOT_TEXT
    if ci in _ROWS and (row := _ROWS[ci]).path:
        there = present.get(row.path, MARK)
        of_another = f"{PIN}_FOR_" in there and re.search(rf"{pipeline.pin}\b", there) is None
        beside = row.beside if pipeline.inside == "." else _for_one(row.beside, pipeline.name)
        wanted = {row.path if _is_ours(there) and not of_another else beside: _filled(ci, pipeline)}
    return {path: text for path, text in wanted.items() if path not in present}


def archive_files(attributes: str, tag_prefix: str | None) -> dict[str, str]:
    """Return the files by which ``git archive`` tells commit and tag; ``attributes`` is .gitattributes."""
    if re.search(rf"(?m)^{re.escape(ARCHIVE)}\s.*\bexport-subst\b", attributes) is None:
        attributes = with_line(attributes, f"{ARCHIVE}  export-subst")
    return {ARCHIVE: _ARCHIVE_TEXT.replace("@PREFIX@", tag_prefix or ""), ".gitattributes": attributes}


def with_line(text: str, line: str) -> str:
    """Return ``text`` with a last line more."""
    return f"{text}\n{line}\n" if text and not text.endswith("\n") else f"{text}{line}\n"


def _is_ours(text: str) -> bool:
    return MARK[1:] in text or "uniqver allocate" in text  # the first line may be gone


def workflow_names(inside: str, name: str, present: Mapping[str, str]) -> dict[str, str]:
    """Return the usual names of the two workflow files, and for each the name to take: not a person's file's."""
    names: dict[str, str] = {}
    for file in (DEV_WORKFLOW, RELEASE_WORKFLOW):
        usual = file if inside == "." else f"{file.removesuffix('.yml')}-{name}.yml"
        like = (usual, f"publish-{usual}", f"uniqver-{usual}")
        names[usual] = next((each for each in like if _is_ours(present.get(f"{GITHUB}/{each}", MARK))), like[-1])
    return names


def github(pipeline: Pipeline) -> dict[str, str]:
    """Return the two workflows by path: dev builds by branch, releases by tag."""
    return {
        f"{GITHUB}/{pipeline.workflow}": _filled("github", pipeline),
        f"{GITHUB}/{pipeline.release}": _filled("github", pipeline, release=True),
    }


def other_publishers(pipeline: Pipeline, present: Mapping[str, str]) -> dict[str, str]:
    """Return the workflows that upload too, each with a note."""
    found: dict[str, str] = {}
    others = (path for path in present.keys() - github(pipeline) if path.startswith(GITHUB))
    for path in sorted(path for path in others if is_for(pipeline.inside, present[path])):
        command = may_publish(present[path])
        how = "publishes too" if publishes(present[path]) else command and f"seems to publish, by {command}"
        if how:
            found[path] = (
                f"{path} {how}: delete its upload once {pipeline.workflow} and {pipeline.release} work; "
                "until then the index refuses its dev builds, which are local"
            )
    return found


def has_plain_tags(tags: Iterable[str]) -> bool:
    """Tell whether the tag of the highest release has no ``v``."""
    found = [(version, tag) for tag in tags if (version := release_of_tag(tag, None)) is not None]
    return bool(found) and not max(found)[1].startswith("v")


def _filled(ci: Ci, pipeline: Pipeline, *, release: bool = False) -> str:
    """Return a recipe, words replaced, without the lines whose mark at the end doesn't hold."""
    prefix = ("" if pipeline.plain_tags else "v") if pipeline.tag_prefix is None else pipeline.tag_prefix
    prefixes = ("v", "") if pipeline.tag_prefix is None else (prefix,)
    # X.dev0 starts a line of versions, and is not a release
    patterns = ", ".join(f'"{pattern}"' for pattern in (*(f"{each}[0-9]*" for each in prefixes), "!*dev*"))
    own = pipeline.name == "uniqver"  # this project builds with what it is about to publish
    nested = pipeline.inside != "."
    words = {
        "HEADER": MARK[1:],
        "OF_PROJECT": f" of {pipeline.name}" if nested else "",
        "PIN": pipeline.pin,
        "BRANCH": pipeline.branch,
        "PATTERNS": patterns,
        "TAGS": f"{prefix}*" if prefix else "*.*",
        "TAG": f"{re.escape(prefix)}[0-9]",
        "SUFFIX": f"-{pipeline.name}" if nested else "",
        "INSIDE": pipeline.inside,
        "CD": f'cd "{pipeline.inside}" && ' if nested else "",
        "AT": f"{pipeline.inside}/" if nested else "",
        "CHECK": "--release " if release else "" if pipeline.post else "--dev ",
        "UNIQVER_CHECK": ".[check]" if own else "uniqver[check,scm]" if pipeline.scm else "uniqver[check]",
        "UNIQVER": "." if own else "uniqver[scm]" if pipeline.scm else "uniqver",
    }
    marks = {
        "DEV": not release,
        "RELEASE": release,
        "NESTED": nested,
        "SUBMODULES": pipeline.submodules,
        "LFS": pipeline.lfs,
        "PURE": not pipeline.extensions,
        "EXTENSIONS": pipeline.extensions,
    }
    recipes = resources.files("uniqver.cli.init").joinpath("recipes.txt").read_text(encoding="utf-8")
    text = recipes.partition(f"==> {ci} <==\n")[2].partition("==> ")[0]
    for mark, holds in marks.items():
        text = re.sub(f"  @{mark}@$" if holds else f".*  @{mark}@\n", "", text, flags=re.MULTILINE)
    return re.sub("@([A-Z_]+)@", lambda word: words[word[1]], text)
