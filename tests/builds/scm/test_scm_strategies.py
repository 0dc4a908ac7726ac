"""Four ways to set a version beside setuptools-scm that fight each other, each shown, and that uniqver isn't hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.artifacts import sdist_members, unpacked, version_of_name, wheel_members
from tests.support.scm import OWN, made_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scm import Tools

NUMBER = {"UNIQVER_BUILD_NUMBER": "41201"}
FILE = 'version_file = "sample/_version.py"\n'


def test_installed_but_not_configured(tools: Tools, tmp_path: Path) -> None:
    """setuptools-scm without a table: plain setuptools says 0.0.0 and packs every tracked file, uniqver does neither."""
    project = made_project(tmp_path / "project", None)
    own = tools.sdist(project, tmp_path / "own", backend=OWN)
    assert version_of_name(own) == "0.0.0"
    assert ".gitignore" in sdist_members(own)

    project = made_project(tmp_path / "other", None)
    ours = tools.sdist(project, tmp_path / "ours", env=NUMBER)
    assert version_of_name(ours) == "1.4.1.dev41201"
    assert ".gitignore" not in sdist_members(ours)


def test_a_version_set_after_its_hook(tools: Tools, tmp_path: Path) -> None:
    """A version that setup.py sets after setuptools-scm wrote its file: METADATA and file disagree; uniqver refuses it."""
    late = """
from setuptools import Distribution, setup
class Late(Distribution):
    def finalize_options(self):
        super().finalize_options()
        self.metadata.version = "9.9"
setup(distclass=Late)
"""
    project = made_project(tmp_path / "project", FILE)
    (project / "setup.py").write_text(late)
    own = tools.wheel(project, tmp_path / "own", backend=OWN)
    assert version_of_name(own) == "9.9"
    assert b"version = '9.9'" not in wheel_members(own)["sample/_version.py"]

    (tmp_path / "ours").mkdir()
    said = tools.hook("build_wheel", project, tmp_path / "ours", env=NUMBER, ok=False)
    assert said.code == 1
    assert "this build is 1.4.1.dev41201" in said.err
    assert not list((tmp_path / "ours").iterdir())


def test_a_version_set_beside_its_hook(tools: Tools, tmp_path: Path) -> None:
    """Setuptools' own way to hand a version in is passed over beside setuptools-scm; its own variable is taken."""
    project = made_project(tmp_path / "project", FILE)
    extra = tmp_path / "extra.cfg"
    extra.write_text("[metadata]\nversion = 5.0\n")
    own = tools.wheel(project, tmp_path / "own", backend=OWN, env={"DIST_EXTRA_CONFIG": str(extra)})
    assert version_of_name(own).startswith("1.4.1.dev1+g")

    ours = tools.wheel(project, tmp_path / "ours", env=NUMBER)
    assert version_of_name(ours) == "1.4.1.dev41201"
    assert b"'1.4.1.dev41201'" in wheel_members(ours)["sample/_version.py"]


def test_a_frozen_version_rewritten(tools: Tools, tmp_path: Path) -> None:
    """In a flat layout setuptools-scm computes a frozen version again, and another day gives another; PKG-INFO wins here."""
    days = [{"SOURCE_DATE_EPOCH": str(1_700_000_000 + day * 86_400)} for day in (0, 1)]
    changed = 'local_scheme = "node-and-date"\n' + FILE
    project = made_project(tmp_path / "project", changed)
    (project / "sample/__init__.py").write_text("changed = 1\n")
    own = tools.sdist(project, tmp_path / "own", backend=OWN, env=days[0])
    own_wheel = tools.wheel(unpacked(own, tmp_path / "own-elsewhere"), tmp_path / "own", backend=OWN, env=days[1])
    assert version_of_name(own) != version_of_name(own_wheel)

    ours = tools.sdist(project, tmp_path / "ours", env=days[0])
    our_wheel = tools.wheel(unpacked(ours, tmp_path / "our-elsewhere"), tmp_path / "ours", env=days[1])
    assert version_of_name(ours) == version_of_name(our_wheel)
    assert wheel_members(our_wheel)["sample/_version.py"] == sdist_members(ours)["sample/_version.py"]
