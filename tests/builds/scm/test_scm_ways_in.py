"""The ways in that the manual shows: each pyproject.toml under "After" builds, word for word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import version_of_name, wheel_members
from tests.support.projects import committed
from tests.support.run import git

if TYPE_CHECKING:
    from tests.support.scm import Tools

HERE = Path(__file__).parent
MANUAL = HERE.parent.parent.parent / "src/uniqver/manual"
AFTER = {path.stem: path.read_text(encoding="utf-8") for path in sorted((HERE / "ways_in").glob("*.toml"))}
"""The pyproject.toml that each way in ends with."""

TOLD = re.compile(r"^<!-- after: (\S+) -->\n+```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

WAYS = {
    "static": ("1.4.1.dev41201", r"1\.4\.1\.dev3\+g[0-9a-f]{12}"),
    "scm-kept": ("1.4.1.dev41201", r"1\.4\.1\.dev3\+g[0-9a-f]{12}"),
    "scm-native": ("1.4.1.dev41201", r"1\.4\.1\.dev3\+g[0-9a-f]{12}"),
    "versioneer": ("1.4.1.dev41201", r"1\.4\.1\.dev3\+g[0-9a-f]{12}"),
    "versioningit": ("1.5.0.dev41201", r"1\.5\.0\.dev3\+g[0-9a-f]{12}"),
    "setuptools-git-versioning": ("1.4.0.post41201", r"1\.4\.0\.post3\+g[0-9a-f]{12}"),
}


def test_each_is_shown() -> None:
    """What the manual shows under "After" is what is built here, word for word, and nothing is left out."""
    pages = (path.read_text(encoding="utf-8") for path in MANUAL.glob("*.md"))
    assert dict(match for text in pages for match in TOLD.findall(text)) == AFTER


@pytest.mark.parametrize("way", WAYS)
def test_after(way: str, tools: Tools, tmp_path: Path) -> None:
    """The project builds, with the version file under its name in the package and a number on CI."""
    project = tmp_path / "project"
    (project / "src/sample").mkdir(parents=True)
    (project / "src/sample/__init__.py").write_text("from ._version import __version__\n")
    (project / "pyproject.toml").write_text(AFTER[way])
    (project / ".gitignore").write_text("_version.py\n*.egg-info/\nbuild/\n")
    committed(project, commits_after=3)
    on_ci, here = WAYS[way]
    assert re.fullmatch(here, tools.version(project))
    wheel = tools.wheel(project, tmp_path / "dist", env={"UNIQVER_BUILD_NUMBER": "41201"})
    assert version_of_name(wheel) == on_ci
    assert on_ci.encode() in wheel_members(wheel)["sample/_version.py"]
    git(project, "checkout", "-q", "v1.4.0")
    assert tools.version(project) == "1.4.0"
