"""``uniqver.build_meta:__legacy__``: what setuptools does for projects that name no backend, with a version."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import version_of_name, versions_in, wheel_members
from tests.support.repositories import Repo
from tests.support.run import run

if TYPE_CHECKING:
    from pathlib import Path

UNIQVER = (sys.executable, "-m", "uniqver")
BUILD = (sys.executable, "-m", "build", "--no-isolation", "--wheel", "--skip-dependency-check")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A setup.py that imports its neighbour, as it may where pyproject.toml names no backend."""
    repo = Repo(tmp_path / "acme")
    repo.write("pyproject.toml", '[build-system]\nrequires = ["setuptools"]\n')
    repo.write("neighbour.py", 'SUMMARY = "from the neighbour"\n')
    repo.write(
        "setup.py",
        "from setuptools import setup\nimport neighbour\n"
        "setup(name='acme', version='1.0', description=neighbour.SUMMARY, packages=['acme'])\n",
    )
    repo.write("acme/__init__.py", "")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.0")
    return repo.path


def test_a_setup_script_that_imports_its_neighbours_builds_after_init(project: Path) -> None:
    """init takes the backend that was in force: without it, the build can't import the neighbour."""
    run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=project)
    pyproject = project / "pyproject.toml"
    assert 'build-backend = "uniqver.build_meta:__legacy__"' in pyproject.read_text()
    run(*BUILD, cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    members = wheel_members(wheel)
    assert versions_in(members) == {version_of_name(wheel)}
    assert any(b"from the neighbour" in content for content in members.values())
    assert run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=project).stdout == ""
    assert run(*UNIQVER, "doctor", "--offline", cwd=project, ok=False).stdout.count("the build backend") == 0

    pyproject.write_text(pyproject.read_text().replace(":__legacy__", ""))
    refused = run(*BUILD, cwd=project, ok=False)
    assert refused.returncode != 0
    assert "No module named 'neighbour'" in refused.stdout + refused.stderr
