"""Real frontends with isolation: setuptools-scm, which [build-system] doesn't name, comes by the requires hooks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import sdist_members, version_of_name, wheel_members
from tests.support.run import run
from tests.support.scm import made_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scm import Tools

FRONTENDS = {
    "build": ("build", "-o"),
    "pip": ("pip", "wheel", "-q", "--no-deps", "-w"),
    "uv": ("uv", "build", "-q", "-o"),
}


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_isolated(
    frontend: str, scm_wheels: Path, offline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a frontend makes says one version, its version file too."""
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, (" " if name == "PIP_FIND_LINKS" else ",").join(map(str, (offline, scm_wheels))))
    monkeypatch.setenv("UNIQVER_BUILD_NUMBER", "41201")
    project = made_project(tmp_path / "project", 'version_file = "sample/_version.py"\n')
    run(sys.executable, "-m", *FRONTENDS[frontend], tmp_path / "dist", project, cwd=tmp_path)
    made = sorted(path for path in (tmp_path / "dist").iterdir() if path.suffix in {".gz", ".whl"})
    assert len(made) == (1 if frontend == "pip" else 2)
    for artifact in made:
        files = wheel_members(artifact) if artifact.suffix == ".whl" else sdist_members(artifact)
        assert version_of_name(artifact) == "1.4.1.dev41201"
        assert b"'1.4.1.dev41201'" in files["sample/_version.py"]


def test_not_imported_where_it_is_not_needed(tools: Tools, tmp_path: Path) -> None:
    """A project without a table is versioned without importing setuptools-scm, though it is installed."""
    code = (
        "import sys; from uniqver.cli.main import main; main(['version']); "
        "print({'setuptools_scm', 'vcs_versioning'} & set(sys.modules))"
    )
    said = tools.run("-c", code, cwd=made_project(tmp_path / "project", None)).stdout.split()
    assert said[0].startswith("1.4.1.dev1+g")
    assert said[1] == "set()"
