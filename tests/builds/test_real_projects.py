"""Projects that nobody here wrote, with the backend switched: they build, install and import with the right version."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from tests.support.artifacts import assert_all_say, unpacked
from tests.support.environment import UNDER_CI
from tests.support.projects import committed
from tests.support.run import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OURS = '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n'


def switch_backend(project: Path) -> None:
    """Do what the README says: other [build-system], version dynamic and said nowhere else."""
    path = project / "pyproject.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    text = re.sub(r"^\[build-system\]\n(?:(?!\[).*\n)*", "", text, flags=re.MULTILINE)
    text = re.sub(
        r"^(\[project\]\n(?:(?!\[).*\n)*?)version = .*\n", r'\1dynamic = ["version"]\n', text, flags=re.MULTILINE
    )
    text = re.sub(r"^(\[tool\.setuptools\.dynamic\]\n(?:(?!\[).*\n)*?)version = .*\n", r"\1", text, flags=re.MULTILINE)
    path.write_text(OURS + "\n" + text, encoding="utf-8")


def drop_version_from_setup_py(project: Path) -> None:
    """Do what the error says that comes otherwise: "remove version= from setup.py"."""
    path = project / "setup.py"
    if path.exists():
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\bversion=[^,]+,", "", text, count=1), encoding="utf-8")


PROJECTS = {
    # requirement: (its module, a call that proves that the code works)
    "markupsafe==3.0.3": ("markupsafe", "module.escape('<') == '&lt;' and __import__('markupsafe._speedups')"),
    "requests==2.32.5": ("requests", "module.Request('GET', 'http://x').method == 'GET'"),
    "python-dotenv==1.1.1": ("dotenv", "module.find_dotenv() == ''"),
    "simplejson==3.20.2": ("simplejson", "module.dumps([1]) == '[1]'"),
}


@pytest.fixture(scope="session")
def sdists(shared_folder: Path) -> Path:
    """The sdists of the real projects, from the package index."""
    folder = shared_folder / "real"
    with FileLock(shared_folder / "real.lock"):
        if not (folder / "done").exists():
            pip = (
                sys.executable,
                "-m",
                "pip",
                "-q",
                "download",
                "--no-deps",
                "--no-build-isolation",
                "--no-binary=:all:",
            )
            done = run(*pip, "-d", folder, *PROJECTS, cwd=shared_folder, ok=UNDER_CI)
            if done.returncode:
                pytest.skip("no package index to be reached")
            (folder / "done").touch()
    return folder


@pytest.mark.parametrize("requirement", PROJECTS)
def test_real_projects(requirement: str, sdists: Path, tmp_path: Path, environment: Callable[[], Path]) -> None:
    """A real project builds with uniqver, installs, imports and says the version in file names and metadata."""
    name, _, released = requirement.partition("==")
    module, works = PROJECTS[requirement]
    (sdist,) = sdists.glob(f"{name.replace('-', '_')}-*.tar.gz")
    project = unpacked(sdist, tmp_path)
    for stale in [project / "PKG-INFO", *project.rglob("*.egg-info/*")]:
        stale.unlink()
    switch_backend(project)
    drop_version_from_setup_py(project)
    committed(project, tag=released, commits_after=2)
    version = run(sys.executable, "-m", "uniqver", "version", cwd=project).stdout.strip()
    assert re.fullmatch(rf"{released.rpartition('.')[0]}\.\d+\.dev2\+g[0-9a-f]{{12}}", version)
    run(sys.executable, "-m", "build", "-n", "-x", "-o", tmp_path / "dist", project, cwd=tmp_path)
    assert_all_say(version, *(tmp_path / "dist").iterdir())
    interpreter = environment()
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run("uv", "pip", "install", "-q", "--no-deps", "--python", interpreter, wheel, cwd=tmp_path)
    if name == "requests":
        run(
            "uv",
            "pip",
            "install",
            "-q",
            "--python",
            interpreter,
            "urllib3",
            "idna",
            "certifi",
            "charset-normalizer",
            cwd=tmp_path,
        )
    code = (
        f"import {module} as module; from importlib.metadata import version; assert {works}; print(version('{name}'))"
    )
    assert run(interpreter, "-c", code, cwd=tmp_path).stdout.strip() == version
