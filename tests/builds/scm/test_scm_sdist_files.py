"""Which files an sdist has: those that setuptools' rules name, or all that git tracks; never by what is installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import sdist_members, unpacked, wheel_members
from tests.support.run import git
from tests.support.scm import made_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scm import Tools

TRACKED = 'sdist-files = "tracked"\n'


def with_more_files(folder: Path, uniqver: str, *, repository: Path | None = None) -> Path:
    """Make a native project that tracks files which setuptools' rules don't name, and has one that isn't tracked."""
    (folder / "docs").mkdir(parents=True)
    (folder / "sample").mkdir()
    (folder / "docs/größe & co.md").write_text("")
    (folder / "sample/data.json").write_text("{}")
    (folder / "gone.txt").write_text("")
    made_project(folder / "made", None, uniqver=uniqver, repository=None)
    for name in ("pyproject.toml", ".gitignore", "sample/__init__.py"):
        (folder / "made" / name).replace(folder / name)
    (folder / "made/sample").rmdir()
    (folder / "made").rmdir()
    top = repository or folder
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "First")
    git(top, "tag", "v1.4.0")
    (folder / "gone.txt").unlink()
    (folder / "untracked.txt").write_text("")
    return folder


MANIFEST = {
    "PKG-INFO",
    "pyproject.toml",
    "setup.cfg",
    "uniqver.json",
    "sample/__init__.py",
    "sample/_version.py",
    *(f"sample.egg-info/{name}" for name in ("PKG-INFO", "SOURCES.txt", "dependency_links.txt", "top_level.txt")),
}
MORE = {".gitignore", "docs/größe & co.md", "sample/data.json"}


def test_tracked(bare_tools: Tools, tmp_path: Path) -> None:
    """ "tracked" packs each file that git tracks and that is there, and the version file, which isn't tracked."""
    project = with_more_files(tmp_path / "project", TRACKED)
    assert set(sdist_members(bare_tools.sdist(project, tmp_path / "dist"))) == MANIFEST | MORE


def test_tracked_data_gets_into_the_wheel(bare_tools: Tools, tmp_path: Path) -> None:
    """A tracked data file of a package is in the wheel, from the checkout and from the sdist without git."""
    project = with_more_files(tmp_path / "project", TRACKED)
    sdist = bare_tools.sdist(project, tmp_path / "dist")
    here = bare_tools.wheel(project, tmp_path / "here")
    elsewhere = bare_tools.wheel(unpacked(sdist, tmp_path / "elsewhere"), tmp_path / "there")
    assert "sample/data.json" in wheel_members(here)
    assert wheel_members(here).keys() == wheel_members(elsewhere).keys()


def test_tracked_in_a_monorepo(bare_tools: Tools, tmp_path: Path) -> None:
    """With root, only files of the project's own folder are packed, under their names in the project."""
    (tmp_path / "mono").mkdir()
    (tmp_path / "mono/other.txt").write_text("")
    project = with_more_files(tmp_path / "mono/core", TRACKED + 'root = ".."\n', repository=tmp_path / "mono")
    assert set(sdist_members(bare_tools.sdist(project, tmp_path / "dist"))) == MANIFEST | MORE


def test_tracked_with_submodules(bare_tools: Tools, tmp_path: Path) -> None:
    """Files of a submodule that is checked out are packed too; one that isn't is left out without an error."""
    library = made_project(tmp_path / "library", None)
    project = with_more_files(tmp_path / "project", TRACKED)
    for name in ("there", "missing"):
        git(project, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), f"docs/{name}")
    git(project, "commit", "-q", "-am", "Libraries")
    git(project, "submodule", "deinit", "-q", "-f", "docs/missing")
    files = set(sdist_members(bare_tools.sdist(project, tmp_path / "dist")))
    assert "docs/there/sample/__init__.py" in files
    assert not any(name.startswith("docs/missing") for name in files)


def test_tracked_without_git(bare_tools: Tools, tmp_path: Path) -> None:
    """Without git there is no way to know: for publishing, an error that names the setting, and no smaller sdist."""
    project = made_project(tmp_path / "project", None, uniqver=TRACKED, repository=None)
    (tmp_path / "dist").mkdir()
    said = bare_tools.hook(
        "build_sdist", project, tmp_path / "dist", env={"UNIQVER_VERSION": "1", "UNIQVER_STRICT": "1"}, ok=False
    )
    assert said.code == 1
    assert "UNIQVER_SDIST_FILES=manifest" in said.err


@pytest.mark.parametrize("setting", ["", TRACKED], ids=["manifest", "tracked"])
def test_an_installed_tool_changes_nothing(setting: str, tools: Tools, bare_tools: Tools, tmp_path: Path) -> None:
    """The sdist's files are the same with and without setuptools-scm in the environment."""
    with_it = with_more_files(tmp_path / "with", setting)
    without = with_more_files(tmp_path / "without", setting)
    files = set(sdist_members(tools.sdist(with_it, tmp_path / "1")))
    assert files == set(sdist_members(bare_tools.sdist(without, tmp_path / "2")))
    assert files == (MANIFEST | MORE if setting else MANIFEST)


def test_other_projects_are_left_alone(bare_tools: Tools, tmp_path: Path) -> None:
    """uniqver's file finder, which is installed for all, adds nothing to a project with another backend."""
    project = with_more_files(tmp_path / "project", TRACKED)
    text = (project / "pyproject.toml").read_text().replace('dynamic = ["version"]', 'version = "1"')
    (project / "pyproject.toml").write_text(text)
    sdist = bare_tools.sdist(project, tmp_path / "dist", backend="setuptools.build_meta")
    assert set(sdist_members(sdist)) == MANIFEST - {"sample/_version.py", "uniqver.json"}


def test_not_installed(bare_tools: Tools, tmp_path: Path) -> None:
    """Without setuptools-scm, get_requires asks for it, and a build without isolation names the line to type."""
    project = made_project(tmp_path / "project", "")
    for hook in ("sdist", "wheel", "editable"):
        assert "'setuptools-scm>=10.3.4'" in bare_tools.hook(f"get_requires_for_build_{hook}", project).result
    (tmp_path / "dist").mkdir()
    for env in ({}, {"UNIQVER_VERSION": "1.0"}):
        said = bare_tools.hook("build_wheel", project, tmp_path / "dist", env=env, ok=False)
        assert said.code == 1
        assert 'pip install "setuptools-scm>=10.3.4"' in said.err


def test_an_older_one(bare_tools: Tools, tmp_path: Path) -> None:
    """An older setuptools-scm in the environment is refused by every hook, with the line for [build-system]."""
    project = made_project(tmp_path / "project", "")
    metadata = tmp_path / "old/setuptools_scm-8.1.0.dist-info/METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: setuptools-scm\nVersion: 8.1.0\n")
    for hook in ("get_requires_for_build_wheel()", f"build_wheel({os.fspath(tmp_path)!r})"):
        code = f"import uniqver.build_meta as b; b.{hook}"
        said = bare_tools.run("-c", code, cwd=project, env={"PYTHONPATH": str(tmp_path / "old")}, ok=False)
        assert said.returncode == 1
        assert "setuptools-scm 8.1.0 is installed" in said.stderr
        assert 'requires = ["uniqver", "setuptools-scm>=10.3.4"]' in said.stderr
