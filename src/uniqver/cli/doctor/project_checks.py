"""What checks report, and those of the project: its settings, its files and its repository. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from uniqver.cli.init.origin import BACKEND, BACKENDS, requirements
from uniqver.config.toml import table

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
        shown = f"is {found!r}" if found else "is not set"
        yield Diagnostic(
            "error",
            f"the build backend {shown}, so uniqver is ignored",
            f'uniqver init, or in [build-system]: requires = ["uniqver"] and build-backend = "{BACKEND}"',
            _PYPROJECT,
        )
    elif "uniqver" not in requirements(facts.pyproject):
        yield Diagnostic(
            "error", '"uniqver" is not in requires of [build-system]', 'requires = ["uniqver"]', _PYPROJECT
        )


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
    """A module of the project has a ``__version__`` that no build changes."""
    scm = {"setuptools_scm", "vcs-versioning"} & set(table(facts.pyproject, "tool"))
    for place in () if scm else facts.written_versions:
        folder = place.path.rpartition("/")[0]
        in_package = facts.version_file is not None and folder == facts.version_file.rpartition("/")[0]
        module = (facts.version_file or "").rpartition("/")[2].removesuffix(".py")
        line = f"from .{module} import __version__" if in_package else "importlib.metadata.version() where it is needed"
        value = "a constant" if place.version is None else f'"{place.version}"'
        yield Diagnostic(
            "warning", f"line {place.line} sets __version__ to {value}, whatever a build is", line, place.path
        )


def dynamic(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version in ``[project]`` is neither written out nor declared as dynamic."""
    project, listed = table(facts.pyproject, "project"), _dynamic(facts)
    if project and "version" not in project and "version" not in listed:
        wanted = ", ".join(f'"{name}"' for name in (*listed, "version"))
        yield Diagnostic("error", '[project] does not list "version" as dynamic', f"dynamic = [{wanted}]", _PYPROJECT)


def version_file(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version file is tracked by git, or would be."""
    file, git = facts.version_file, facts.git
    if git is None or file is None:
        return
    if git.version_file_tracked:
        yield Diagnostic(
            "warning",
            f"git tracks the version file {file}, which every build writes",
            f"git rm --cached {file}, and add /{file} to .gitignore",
            file,
        )
    elif not git.version_file_ignored:
        yield Diagnostic(
            "warning",
            f"git doesn't ignore the version file {file}: the next git add takes it",
            f'echo "/{file}" >> .gitignore',
            ".gitignore",
        )


def git(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """git is missing, too old or broken, or can't read the repository: builds are local, and no upload takes them."""
    if facts.git_fault is not None:
        yield Diagnostic("error", *facts.git_fault)


def shallow(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The clone is shallow: its tags don't tell the base, so that builds are local."""
    if facts.git is not None and facts.git.shallow:
        yield Diagnostic(
            "warning",
            "this clone is shallow: without all of its tags the base isn't known, and builds here are local",
            "git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
        )


def tags(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """There are no release tags, or fewer than the remote has."""
    git = facts.git
    if git is None:
        return
    missing = sorted(set(git.remote_tags or ()) - set(git.tags))
    if missing:
        shown = ", ".join(missing[-4:])
        yield Diagnostic(
            "warning",
            f"origin has {len(missing)} release tags that this clone lacks ({shown}): builds here work toward another release",
            "git fetch --tags",
        )
    elif not git.tags and not git.shallow and not _has_base(facts):
        yield Diagnostic(
            "warning",
            "there is no release tag and no base: builds work toward 0.1.0",
            'git tag v1.2.3 <commit> && git push --tags, or base = "1.2.4" in [tool.uniqver]',
        )


def counter(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The counter of the settings doesn't answer."""
    if facts.counter_fault is not None:
        what, fix = facts.counter_fault
        yield Diagnostic("error", f"the counter doesn't answer: {what}", fix)


def readme(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The description is missing, or can't be packed or rendered."""
    project, listed = table(facts.pyproject, "project"), "readme" in _dynamic(facts)
    elsewhere = [
        where
        for found, name, where in (
            (table(facts.pyproject, "tool", "setuptools", "dynamic"), "readme", "[tool.setuptools.dynamic]"),
            (facts.setup_cfg.get("metadata", {}), "long_description", "setup.cfg"),
            (facts.setup_py_keywords, "long_description", "setup()"),
        )
        if name in found
    ]
    if "readme" not in project and (listed or not project or facts.problems):
        return  # setuptools' own to say, or a consequence of what is said already
    if "readme" not in project and elsewhere:
        yield Diagnostic(
            "warning",
            f'the description in {elsewhere[0]} is ignored, since [project] does not list "readme" as dynamic',
            f"dynamic = [{', '.join(json.dumps(name) for name in ('readme', *_dynamic(facts)))}]",
            _PYPROJECT,
        )
    elif facts.readme is None:
        if not isinstance(project.get("readme"), dict):  # its text is in pyproject.toml
            yield Diagnostic(
                "warning",
                "the project has no readme: its page on the index will be empty",
                'readme = "README.md" in [project]',
                _PYPROJECT,
            )
    elif not facts.readme_exists:
        yield Diagnostic(
            "error",
            f"the readme {facts.readme} doesn't exist, and the build fails",
            f"write {facts.readme}, or correct readme in [project]",
            _PYPROJECT,
        )
    elif facts.readme_fault is not None:
        yield Diagnostic(
            "error",
            f"the index can't render the readme: {facts.readme_fault}",
            f"correct {facts.readme} (python -m twine check dist/* shows where)",
            facts.readme,
        )


def classifiers(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The index refuses an upload with one of the classifiers."""
    listed = table(facts.pyproject, "project").get("classifiers")
    for classifier in map(str, cast("list[object]", listed) if isinstance(listed, list) else []):
        if classifier.startswith("Private ::"):
            yield Diagnostic(
                "warning",
                f"PyPI refuses every upload with the classifier {classifier!r}",
                "fine for a company index; delete it to publish on PyPI",
                _PYPROJECT,
            )
        elif classifier not in facts.known_classifiers:
            yield Diagnostic(
                "error",
                f"the classifier {classifier!r} doesn't exist, and PyPI refuses the upload",
                "delete it, or take one of the list: python -m trove_classifiers",
                _PYPROJECT,
            )


def stale_dist(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The folder ``dist/`` holds builds of several versions, so that ``dist/*`` uploads old ones again."""
    versions = sorted({version for name in facts.dist if (version := _version_of(name)) is not None})
    if len(versions) > 1:
        shown = ", ".join(versions[:4]) + (", …" if len(versions) > 4 else "")
        yield Diagnostic(
            "warning",
            f"dist/ holds {len(versions)} versions ({shown}): dist/* would upload old ones again",
            "empty dist/ before each build",
            "dist/",
        )


def uv_cache_keys(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """uv would go on using the version of an older commit."""
    if facts.uses_uv and "cache-keys" not in table(facts.pyproject, "tool", "uv"):
        yield Diagnostic(
            "warning",
            "uv builds this project again only when pyproject.toml changes, and shows an old version until then",
            '[tool.uv]\ncache-keys = [{ file = "pyproject.toml" }, { git = { commit = true, tags = true } }]',
            _PYPROJECT,
        )


def _dynamic(facts: ProjectFacts) -> list[object]:
    listed = table(facts.pyproject, "project").get("dynamic")
    return cast("list[object]", listed) if isinstance(listed, list) else []


def _has_base(facts: ProjectFacts) -> bool:
    return facts.config is not None and facts.config.base is not None


def _version_of(name: str) -> str | None:
    try:
        if name.endswith(".whl"):
            return str(parse_wheel_filename(name)[1])
        return str(parse_sdist_filename(name)[1]) if name.endswith((".tar.gz", ".zip")) else None
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
