"""uniqver builds itself with itself, and nothing is in its artifacts that nobody put there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.builds.conftest import REPOSITORY
from tests.support.artifacts import assert_all_say, sdist_members, version_of_name, wheel_members
from tests.support.run import git, run

if TYPE_CHECKING:
    from pathlib import Path

DIST_INFO = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "uniqver.json"}
AT_THE_TOP = {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "uniqver.json"}


def test_contents(tmp_path: Path) -> None:
    """Wheel and sdist of uniqver hold the files of the package and the version file; all else is metadata."""
    clone = tmp_path / "uniqver"
    git(tmp_path, "clone", "-q", str(REPOSITORY), str(clone))
    for name in git(REPOSITORY, "ls-files", "-m", "-o", "-d", "--exclude-standard", "src").splitlines():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).exists():
            (clone / name).write_bytes((REPOSITORY / name).read_bytes())
        else:
            (clone / name).unlink()
    sources = {
        path.relative_to(clone / "src").as_posix() for path in (clone / "src/uniqver").rglob("*") if path.is_file()
    }
    sources |= {"uniqver/_version.py"}
    run(sys.executable, "-m", "build", "-n", "-o", tmp_path / "dist", clone, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    version = version_of_name(wheel)
    assert_all_say(version, wheel, sdist)
    dist_info = f"uniqver-{version}.dist-info/"
    assert {name for name in wheel_members(wheel) if not name.startswith(dist_info)} == sources
    assert {f"{dist_info}{name}" for name in DIST_INFO} <= set(wheel_members(wheel))
    in_sdist = {name for name in sdist_members(sdist) if not name.startswith("src/uniqver.egg-info/")}
    assert {name for name in in_sdist if "/" in name} == {f"src/{name}" for name in sources}
    assert in_sdist >= AT_THE_TOP


def test_every_hook_of_setuptools_is_wrapped() -> None:
    """No hook of setuptools.build_meta is missing: an unwrapped hook would be an unstamped build."""
    from setuptools import build_meta as setuptools_hooks

    from uniqver import build_meta

    public = {name for name in dir(setuptools_hooks) if name.startswith(("build_", "get_requires_", "prepare_"))}
    assert public
    for backend in (build_meta, build_meta.__legacy__):
        assert all(getattr(backend, name).__module__ == "uniqver.build_meta" for name in public)
