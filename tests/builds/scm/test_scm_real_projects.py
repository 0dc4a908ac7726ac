"""Real projects that use setuptools-scm: built with their own backend and with uniqver, only the version differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import sdist_members, unpacked, version_of_name, wheel_members
from tests.support.run import git
from tests.support.scm import OWN, PROJECTS, RealProject, Tools, checkout, clone, commit_line, without_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NUMBER = {"UNIQVER_BUILD_NUMBER": "41201"}
ONLY_OWN = "scm_version.json"
"""What setuptools-scm says of the SCM; it leaves it out by itself where a version was handed to it."""

every_project = pytest.mark.parametrize("project", PROJECTS, ids=[project.name for project in PROJECTS])


def listed_without_scm_version(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out scm_version.json, also from the list in SOURCES.txt; the version file's content is looked at apart."""
    kept = {name: content for name, content in files.items() if not name.endswith(ONLY_OWN)}
    for name, content in kept.items():
        if name.endswith("SOURCES.txt"):
            lines = content.splitlines(keepends=True)
            kept[name] = b"".join(line for line in lines if ONLY_OWN.encode() not in line)
    return {name: content for name, content in kept.items() if not name.endswith("RECORD")}


@every_project
def test_only_the_version_differs(
    project: RealProject, real_sdists: Mapping[str, Path], tools: Tools, tmp_path: Path
) -> None:
    """The sdist and the wheel hold the same files with the same contents, metadata and version file but for the version."""
    origin = checkout(project, real_sdists[project.name], tmp_path)
    git(origin, "commit", "-q", "--allow-empty", "-m", "After the release")
    own, ours = clone(origin, tmp_path / "own"), clone(origin, tmp_path / "ours")

    own_sdist = tools.sdist(own, tmp_path / "own-dist", backend=OWN)
    our_sdist = tools.sdist(ours, tmp_path / "our-dist", env=NUMBER)
    own_wheel = tools.wheel(own, tmp_path / "own-dist", backend=OWN)
    our_wheel = tools.wheel(ours, tmp_path / "our-dist", env=NUMBER)

    assert version_of_name(our_wheel).endswith("41201")
    own_files = listed_without_scm_version(without_version(own_sdist).members)
    our_files = listed_without_scm_version(without_version(our_sdist).members)
    assert own_files.keys() == our_files.keys()
    assert own_files == our_files
    assert without_version(own_wheel).names == without_version(our_wheel).names
    assert listed_without_scm_version(without_version(own_wheel).members) == listed_without_scm_version(
        without_version(our_wheel).members
    )
    if project.version_file is not None:
        said = commit_line(wheel_members(our_wheel))
        assert said == commit_line(wheel_members(own_wheel))
        assert b"None" not in b"".join(said)


@every_project
def test_a_release_is_what_setuptools_scm_makes(
    project: RealProject, real_sdists: Mapping[str, Path], tools: Tools, tmp_path: Path
) -> None:
    """On the tag, the version is the one on the package index, and a wheel from the sdist, without git, says it too."""
    origin = checkout(project, real_sdists[project.name], tmp_path)
    sdist = tools.sdist(origin, tmp_path / "dist")
    folder = unpacked(sdist, tmp_path / "elsewhere")
    wheel = tools.wheel(folder, tmp_path / "dist")
    assert sdist.name == project.sdist or sdist.name.replace("_", "-") == project.sdist
    assert version_of_name(wheel) == project.version
    if project.version_file is not None:
        (inside,) = (n for n in wheel_members(wheel) if n.endswith("/_version.py"))
        assert wheel_members(wheel)[inside] == sdist_members(sdist)[project.version_file]
