"""Projects that nobody here wrote, moved by ``uniqver init``: they build, install and import with the right version."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from tests.support.artifacts import assert_all_say, unpacked
from tests.support.environment import UNDER_CI
from tests.support.projects import committed
from tests.support.run import git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNIQVER = (sys.executable, "-m", "uniqver")
COUNT = int(os.environ.get("TEST_UNIQVER_PROJECTS", "6"))
"""How many of them are tried."""

PROJECTS = {
    # requirement: (its module, a call that proves that the code works)
    "markupsafe==3.0.3": ("markupsafe", "module.escape('<') == '&lt;' and __import__('markupsafe._speedups')"),
    "sortedcontainers==2.4.0": ("sortedcontainers", "module.SortedList([2, 1])[0] == 1"),
    "simplejson==3.20.2": ("simplejson", "module.dumps([1]) == '[1]'"),
    "pexpect==4.9.0": ("pexpect", "module.__all__"),
    "six==1.17.0": ("six", "module.PY3"),
    "partd==1.4.2": ("partd", "True"),
    "python-dotenv==1.1.1": ("dotenv", "module.find_dotenv() == ''"),
    "vine==5.1.0": ("vine", "module.promise()"),
    "xlrd==2.0.1": ("xlrd", "module.open_workbook"),
    "certifi==2025.8.3": ("certifi", "module.where()"),
    "blessed==1.21.0": ("blessed", "module.Terminal"),
    "docopt==0.6.2": ("docopt", "module.docopt('Usage: x', []) == {}"),
}
NAMED = {"six": "six.py, line ", "docopt": "docopt.py, line "}
"""Projects of one module keep their ``__version__``: init names the line that a person must change."""


@pytest.fixture(scope="session")
def sdists(shared_folder: Path) -> Path:
    """The sdists of the real projects, from the package index."""
    folder = shared_folder / "real"
    with FileLock(shared_folder / "real.lock"):
        if not (folder / "done").exists():
            words = ("-m", "pip", "-q", "download", "--no-deps", "--no-build-isolation", "--no-binary=:all:", "-d")
            wanted = list(PROJECTS)[:COUNT]
            done = run(sys.executable, *words, folder, *wanted, cwd=shared_folder, ok=UNDER_CI)
            if done.returncode:
                pytest.skip("no package index to be reached")
            (folder / "done").touch()
    return folder


@pytest.mark.parametrize("requirement", list(PROJECTS)[:COUNT])
def test_real_projects(requirement: str, sdists: Path, tmp_path: Path, environment: Callable[[], Path]) -> None:
    """A real project builds with uniqver, installs, imports and says the version wherever it said one before."""
    name, _, released = requirement.partition("==")
    module, works = PROJECTS[requirement]
    (sdist,) = sdists.glob(f"{name.replace('-', '_')}-*.tar.gz")
    project = unpacked(sdist, tmp_path)
    for stale in [project / "PKG-INFO", *project.rglob("*.egg-info/*")]:
        stale.unlink()
    committed(project, tag=released)
    done = run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=project)
    assert (NAMED.get(name, "stays what it is") in done.stderr) is (name in NAMED)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Versions by uniqver")
    assert run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=project).stdout == ""
    version = run(*UNIQVER, "version", cwd=project).stdout.strip()
    assert re.fullmatch(rf"{released.rpartition('.')[0]}\.\d+\.dev2\+g[0-9a-f]{{12}}", version)
    run(sys.executable, "-m", "build", "-n", "-x", "-o", tmp_path / "dist", project, cwd=tmp_path)
    assert_all_say(version, *(tmp_path / "dist").iterdir())
    interpreter = environment()
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run("uv", "pip", "install", "-q", "--python", interpreter, wheel, cwd=tmp_path)
    code = f"import {module} as module; from importlib.metadata import version; assert {works}; print(version('{name}'), getattr(module, '__version__', None))"
    shown, told = run(interpreter, "-c", code, cwd=tmp_path).stdout.split()
    assert shown == version
    assert told in (version, "None") or name in NAMED
