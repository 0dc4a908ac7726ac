"""Whether a project's version is setuptools-scm's affair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uniqver.errors import ConfigError
from uniqver.project import read_project

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "acme"\ndynamic = ["version"]\n'


@pytest.mark.parametrize(
    ("pyproject", "tool"),
    [
        (PROJECT + "[tool.setuptools_scm]\n", "setuptools_scm"),
        (PROJECT + "[tool.vcs-versioning]\n", "vcs-versioning"),
        (PROJECT + "[tool.vcs-versioning]\n[tool.setuptools_scm]\n", "setuptools_scm"),
        ('[build-system]\nrequires = ["uniqver", "setuptools_scm[simple]>=8"]\n' + PROJECT, "setuptools_scm"),
        ('[build-system]\nrequires = ["uniqver", "setuptools-scm>=8"]\n' + PROJECT, None),
        (PROJECT, None),
    ],
)
def test_section(pyproject: str, tool: str | None, tmp_path: Path) -> None:
    """A table of setuptools-scm's, or its extra `simple`, makes the version its affair; merely requiring it doesn't."""
    (tmp_path / "pyproject.toml").write_text(pyproject)
    section = read_project(tmp_path).scm
    assert (None if section is None else section.tool) == tool


def test_a_table_that_setuptools_scm_does_not_read(tmp_path: Path) -> None:
    """[tool.setuptools-scm], with a hyphen, is an error that says how to write it."""
    (tmp_path / "pyproject.toml").write_text(PROJECT + "[tool.setuptools-scm]\n")
    with pytest.raises(ConfigError) as error:
        read_project(tmp_path)
    assert "[tool.setuptools_scm]" in error.value.fix


def test_use_scm_version(tmp_path: Path) -> None:
    """use_scm_version in setup.py counts, with the version files that are named there; in a comment it doesn't."""
    (tmp_path / "pyproject.toml").write_text('[build-system]\nrequires = ["uniqver"]\n')
    (tmp_path / "setup.py").write_text("setup(\n    # use_scm_version=True,\n)\n")
    assert read_project(tmp_path).scm is None
    (tmp_path / "setup.py").write_text("setup(use_scm_version={'write_to': 'src/acme/_version.py'})\n")
    section = read_project(tmp_path).scm
    assert section is not None
    assert section.legacy
    assert section.files == ("src/acme/_version.py",)
