"""An sdist of many files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.artifacts import sdist_members
from tests.support.hooks import Surroundings, built
from tests.support.projects import DEMO

if TYPE_CHECKING:
    from pathlib import Path

FILES = 5_000


def test_5000_files(tmp_path: Path) -> None:
    """Each of 5,000 modules is in the sdist, with its contents."""
    package = tmp_path / "project" / "demo"
    modules = {f"part{number // 200}/m{number}.py": f"x = {number}\n".encode() for number in range(FILES)}
    modules |= {f"{folder}__init__.py": b"" for folder in ("", *(f"part{part}/" for part in range(FILES // 200)))}
    for name, content in modules.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(content)
    (tmp_path / "project" / "pyproject.toml").write_text(DEMO, encoding="utf-8")
    where = Surroundings(environ={"UNIQVER_VERSION": "1.0"})
    members = sdist_members(built(tmp_path / "project", "build_sdist", tmp_path / "dist", where))
    packed = {name.removeprefix("demo/"): content for name, content in members.items() if name.startswith("demo/")}
    assert packed.pop("_version.py")
    assert packed == modules
