"""What checks report, and those of the project: its settings, its files and its repository. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import trove_classifiers

from uniqver.cli.init.edits import BACKEND, cache_keys
from uniqver.cli.init.origin import BACKENDS, requirements
from uniqver.config.toml import table
from uniqver.dists.distribution import parse_filename
from uniqver.model.versions import release_of_tag
from uniqver.project.pyproject import dynamic_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.cli.doctor.facts import ProjectFacts

_PYPROJECT = "pyproject.toml"


class Diagnostic(NamedTuple):
    """One thing that is wrong, and how to fix it."""

    severity: Literal["error", "warning"]
    """``error``: a build or an upload would fail, or go wrong unseen. ``warning``: it works until something happens."""
    what: str
    fix: str
    """The command or the line to type."""
    where: str | None = None
    """The file that it is about."""
    check: str = ""
    """The name of the check that found it; the table of checks fills it in."""


def settings(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The settings, or a file that they depend on, can't be read."""
    for what, fix in facts.problems:
        yield Diagnostic("error", what, fix)


def backend(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The build backend isn't uniqver, or isn't required."""
    found = table(facts.pyproject, "build-system").get("build-backend")
    if found not in BACKENDS:
        what = f"the build backend {f'is {found!r}' if found else 'is not set'}, so uniqver is ignored"
        fix = f'uniqver init, or in [build-system]: requires = ["uniqver"] and build-backend = "{BACKEND}"'
        yield Diagnostic("error", what, fix, _PYPROJECT)
    elif "uniqver" not in requirements(facts.pyproject):
        what = '"uniqver" is not in requires of [build-system]'
        fix = f"requires = {json.dumps(['uniqver', *_listed(facts, 'build-system', 'requires')], default=str)}"
        yield Diagnostic("error", what, fix, _PYPROJECT)


def static_version(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version is written out somewhere: two places can't both be right."""
    project, setuptools = table(facts.pyproject, "project"), table(facts.pyproject, "tool", "setuptools", "dynamic")
    metadata = facts.setup_cfg.get("metadata", {})
    for found, what, line, where in (
        (project, "[project] has a static version", 'that line and write: dynamic = ["version"]', _PYPROJECT),
        (setuptools, "[tool.setuptools.dynamic] sets the version", "version from that table", _PYPROJECT),
        (metadata, "[metadata] sets the version", "version from [metadata]", "setup.cfg"),
        (facts.setup_py_keywords, "setup() gets a version", "version= from setup()", "setup.py"),
    ):
        if "version" in found:
            yield Diagnostic("error", what, f"uniqver init, or delete {line}", where)


def stale_version(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A module has a `__version__`, or a version that was released, which no build changes."""
    folder, _, file = (facts.version_file or "").rpartition("/")
    for place in facts.stale:
        value = "a constant" if place.version is None else f'"{place.version}"'
        if facts.version_file is not None and place.path.rpartition("/")[0] == folder and place.path.endswith(".py"):
            source = "__version__" if place.is_text else "__version_tuple__"
            name = "" if place.name == source else f" as {place.name}"
            fix = f"from .{file.removesuffix('.py')} import {source}{name}"
        else:
            fix = f'importlib.metadata.version("{facts.name}") where it is needed, and delete that line'
        what = f"line {place.line} sets {place.name} to {value}, whatever a build is"
        yield Diagnostic("warning", what, fix, place.path)


def dynamic(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version in ``[project]`` is neither written out nor declared as dynamic."""
    project, listed = table(facts.pyproject, "project"), _listed(facts, "project", "dynamic")
    if project and "version" not in project and "version" not in listed:
        what = '[project] does not list "version" as dynamic'
        yield Diagnostic("error", what, dynamic_with("version", listed), _PYPROJECT)


def version_file(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version file is tracked by git, or would be."""
    file = facts.version_file
    if file is None or facts.tree.git is None:
        return
    if facts.tree.tracks(file):
        what = f"git tracks the version file {file}, which every build writes"
        yield Diagnostic("warning", what, f'git rm --cached {file} && echo "/{file}" >> .gitignore', file)
    elif not facts.tree.ignores(file):
        what = f"git doesn't ignore the version file {file}: the next git add takes it"
        yield Diagnostic("warning", what, f'echo "/{file}" >> .gitignore', ".gitignore")


def git(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """git is missing, too old or broken, or can't read the repository: builds are local, and no upload takes them."""
    if facts.git_fault is not None:
        yield Diagnostic("error", *facts.git_fault)


def shallow(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The clone is shallow: its tags don't tell the base, so that builds are local."""
    if facts.shallow:
        what = "this clone is shallow: without all of its tags the base isn't known, and builds here are local"
        fix = "git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"
        yield Diagnostic("warning", what, fix)


def tags(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """There are no release tags, or fewer than the remote has."""
    config, tree = facts.config, facts.tree
    prefix = None if config is None else config.tag_prefix
    here, missing = (
        sorted(tag for tag in names if release_of_tag(tag, prefix) is not None)
        for names in (tree.tags, set(facts.remote_tags or ()) - set(tree.tags))
    )
    if missing:
        shown = ", ".join(missing[-4:])
        what = f"origin has {len(missing)} release tags that this clone lacks ({shown}): builds here work toward another release"
        yield Diagnostic("warning", what, "git fetch --tags")
    elif tree.git and not here and not facts.shallow and (config is None or config.base is None):
        what = "there is no release tag and no base: builds work toward 0.1.0"
        fix = 'git tag v1.2.3 <commit> && git push --tags, or base = "1.2.4" in [tool.uniqver]'
        yield Diagnostic("warning", what, fix)


def counter(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The counter of the settings doesn't answer."""
    if facts.counter_fault is not None:
        what, fix = facts.counter_fault
        yield Diagnostic("error", f"the counter doesn't answer: {what}", fix)


def readme(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The description is missing, or can't be packed or rendered."""
    project, listed = table(facts.pyproject, "project"), _listed(facts, "project", "dynamic")
    if facts.readme_fault is not None:
        yield Diagnostic("error", *facts.readme_fault, _PYPROJECT)
    if "readme" in project or "readme" in listed or not project or facts.problems:
        return  # it has one, setuptools says it, or it is a consequence of what is said already
    dynamic = table(facts.pyproject, "tool", "setuptools", "dynamic")
    metadata = facts.setup_cfg.get("metadata", {})
    for found, name, where in (
        (dynamic, "readme", "[tool.setuptools.dynamic]"),
        (metadata, "long_description", "setup.cfg"),
        (facts.setup_py_keywords, "long_description", "setup()"),
    ):
        if name in found:
            what = f'the description in {where} is ignored, since [project] does not list "readme" as dynamic'
            yield Diagnostic("warning", what, dynamic_with("readme", listed), _PYPROJECT)
            return
    what = "the project has no readme: its page on the index will be empty"
    yield Diagnostic("warning", what, 'readme = "README.md" in [project]', _PYPROJECT)


def classifiers(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The index refuses an upload with one of the classifiers."""
    for classifier in map(str, _listed(facts, "project", "classifiers")):
        if classifier.startswith("Private ::"):
            what = f"PyPI refuses every upload with the classifier {classifier!r}"
            yield Diagnostic("warning", what, "fine for a company index; delete it to publish on PyPI", _PYPROJECT)
        elif classifier not in trove_classifiers.classifiers:
            what = f"the classifier {classifier!r} doesn't exist, and PyPI refuses the upload"
            fix = "delete it, or take one of the list: python -m trove_classifiers"
            yield Diagnostic("error", what, fix, _PYPROJECT)


def stale_dist(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The folder ``dist/`` holds builds of several versions, so that ``dist/*`` uploads old ones again."""
    versions = sorted({file.version for file in map(parse_filename, facts.dist) if file is not None})
    if len(versions) > 1:
        shown = ", ".join(map(str, versions[:4])) + (", …" if len(versions) > 4 else "")
        what = f"dist/ holds {len(versions)} versions ({shown}): dist/* would upload old ones again"
        yield Diagnostic("warning", what, "rm -r dist   before each build", "dist/")


def uv_cache_keys(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """uv would go on using the version of an older commit."""
    if facts.tree.uses_uv() and "cache-keys" not in table(facts.pyproject, "tool", "uv"):
        what = "uv builds this project again only when pyproject.toml changes, and shows an old version until then"
        yield Diagnostic("warning", what, f"uniqver init, or in [tool.uv]: {cache_keys(facts.tree.files)}", _PYPROJECT)


def _listed(facts: ProjectFacts, section: str, key: str) -> list[object]:
    listed = table(facts.pyproject, section).get(key)
    return cast("list[object]", listed) if isinstance(listed, list) else []
