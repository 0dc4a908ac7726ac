"""Findings about pyproject.toml and what stands beside it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from uniqver.cli.doctor.values import Finding
from uniqver.cli.init.origin import BACKEND, requirements, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.cli.doctor.values import Facts

_PYPROJECT = "pyproject.toml"


def backend(facts: Facts) -> Iterator[Finding]:
    """Yield where uniqver isn't the build backend."""
    found = table(facts.pyproject, "build-system").get("build-backend")
    if found != BACKEND:
        shown = f"is {found!r}" if found else "is not set"
        yield Finding(
            what=f"the build backend {shown}, so that uniqver has no say",
            fix=f'uniqver init, or in [build-system]: requires = ["uniqver"] and build-backend = "{BACKEND}"',
            where=_PYPROJECT,
        )
    elif "uniqver" not in requirements(facts.pyproject):
        yield Finding(
            what='"uniqver" is not in requires of [build-system]', fix='requires = ["uniqver"]', where=_PYPROJECT
        )


def static_version(facts: Facts) -> Iterator[Finding]:
    """Yield each place that writes the version out: two places can't both be right."""
    if "version" in table(facts.pyproject, "project"):
        yield Finding(
            what="[project] has a static version",
            fix='uniqver init, or delete that line and write: dynamic = ["version"]',
            where=_PYPROJECT,
        )
    if "version" in table(facts.pyproject, "tool", "setuptools", "dynamic"):
        yield Finding(
            what="[tool.setuptools.dynamic] sets the version",
            fix="uniqver init, or delete version from that table",
            where=_PYPROJECT,
        )
    if "version" in facts.setup_cfg.get("metadata", {}):
        yield Finding(
            what="[metadata] sets the version", fix="uniqver init, or delete version from [metadata]", where="setup.cfg"
        )
    if "version" in facts.setup_py_keywords:
        yield Finding(
            what="setup() is given a version", fix="uniqver init, or delete version= from setup()", where="setup.py"
        )


def missing_dynamic(facts: Facts) -> Iterator[Finding]:
    """Yield where ``[project]`` neither has a version nor says that it is dynamic."""
    project = table(facts.pyproject, "project")
    dynamic = project.get("dynamic")
    listed = cast("list[object]", dynamic) if isinstance(dynamic, list) else []
    if project and "version" not in project and "version" not in listed:
        wanted = ", ".join(f'"{name}"' for name in (*listed, "version"))
        yield Finding(
            what='[project] does not list "version" as dynamic', fix=f"dynamic = [{wanted}]", where=_PYPROJECT
        )


def settings(facts: Facts) -> Iterator[Finding]:
    """Yield what reading the settings complained about."""
    for what, fix in facts.problems:
        yield Finding(what=what, fix=fix)


def readme(facts: Facts) -> Iterator[Finding]:
    """Yield where the description can't be packed or rendered."""
    if facts.readme is None:
        if table(facts.pyproject, "project") and "readme" not in _listed(facts):
            yield Finding(
                what="the project has no readme: its page on the index will be empty",
                fix='readme = "README.md" in [project]',
                severity="warning",
                where=_PYPROJECT,
            )
    elif not facts.readme_exists:
        yield Finding(
            what=f"the readme {facts.readme} is not there, and the build fails",
            fix=f"write {facts.readme}, or correct readme in [project]",
            where=_PYPROJECT,
        )
    elif facts.readme_fault is not None:
        yield Finding(
            what=f"the index can't render the readme: {facts.readme_fault}",
            fix=f"correct {facts.readme} (python -m twine check dist/* says where)",
            where=facts.readme,
        )


def _listed(facts: Facts) -> list[object]:
    dynamic = table(facts.pyproject, "project").get("dynamic")
    return cast("list[object]", dynamic) if isinstance(dynamic, list) else []


def classifiers(facts: Facts) -> Iterator[Finding]:
    """Yield classifiers for which the index refuses an upload."""
    listed = table(facts.pyproject, "project").get("classifiers")
    for classifier in map(str, cast("list[object]", listed) if isinstance(listed, list) else []):
        if classifier.startswith("Private ::"):
            yield Finding(
                what=f"PyPI refuses every upload with the classifier {classifier!r}",
                fix="fine for a company index; delete it to publish on PyPI",
                severity="warning",
                where=_PYPROJECT,
            )
        elif facts.known_classifiers is not None and classifier not in facts.known_classifiers:
            yield Finding(
                what=f"the classifier {classifier!r} doesn't exist, and PyPI refuses the upload",
                fix="delete it, or take one of the list: python -m trove_classifiers",
                where=_PYPROJECT,
            )


def stale_dist(facts: Facts) -> Iterator[Finding]:
    """Yield where ``dist/`` holds builds of several versions, so that ``dist/*`` uploads old ones again."""
    versions = sorted({version for name in facts.dist if (version := _version_of(name)) is not None})
    if len(versions) > 1:
        shown = ", ".join(versions[:4]) + (", …" if len(versions) > 4 else "")
        yield Finding(
            what=f"dist/ holds {len(versions)} versions ({shown}): dist/* would upload old ones again",
            fix="empty dist/ before each build",
            severity="warning",
            where="dist/",
        )


def _version_of(name: str) -> str | None:
    try:
        if name.endswith(".whl"):
            return str(parse_wheel_filename(name)[1])
        return str(parse_sdist_filename(name)[1]) if name.endswith((".tar.gz", ".zip")) else None
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def uv_cache_keys(facts: Facts) -> Iterator[Finding]:
    """Yield where uv would go on using the version of an older commit."""
    if facts.uses_uv and "cache-keys" not in table(facts.pyproject, "tool", "uv"):
        yield Finding(
            what="uv builds this project again only when pyproject.toml changes, and shows an old version until then",
            fix='[tool.uv]\ncache-keys = [{ file = "pyproject.toml" }, { git = { commit = true, tags = true } }]',
            severity="warning",
            where=_PYPROJECT,
        )


def counter(facts: Facts) -> Iterator[Finding]:
    """Yield where the counter of the settings doesn't answer."""
    if facts.counter_fault is not None:
        what, fix = facts.counter_fault
        yield Finding(what=f"the counter doesn't answer: {what}", fix=fix)
