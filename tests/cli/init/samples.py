"""Sample projects as they are before ``uniqver init``: five origins, two layouts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.support.run import git, run

if TYPE_CHECKING:
    from pathlib import Path

ORIGINS = ("static", "setuptools-scm", "versioneer", "versioningit", "setuptools-git-versioning")
LAYOUTS = ("src", "flat")

_PYPROJECT = {
    "static": """\
# The project's settings. Keep this comment.
[build-system]
requires = ["setuptools>=61.0", "wheel"]  # and this one
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.4.0"  # and that one
description = "A sample"
{readme}requires-python = ">=3.9"

[tool.ruff]
line-length = 100
""",
    "setuptools-scm": """\
[build-system]
requires = [
    "setuptools>=64",
    "setuptools-scm>=8",  # the version
]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
dynamic = ["version"]
description = "A sample"

[tool.setuptools_scm]
version_file = "{package}/_version.py"
""",
    "versioneer": """\
[build-system]
requires = ["setuptools>=61", "versioneer[toml]==0.29"]
build-backend = "setuptools.build_meta"

[tool.black]
line-length = 100

[tool.versioneer]
VCS = "git"
style = "pep440"
versionfile_source = "{package}/_version.py"
versionfile_build = "{name}/_version.py"
tag_prefix = "v"
parentdir_prefix = "{name}-"
""",
    "versioningit": """\
[build-system]
requires = ["setuptools", "versioningit"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
description = "A sample"
dynamic = ["version"]

[tool.versioningit]
default-version = "0.0.0"

[tool.versioningit.write]
file = "{package}/_version.py"

[tool.isort]
profile = "black"
""",
    "setuptools-git-versioning": """\
[build-system]
requires = [ "setuptools>=61", "setuptools-git-versioning>=2.0,<4", ]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
description = "A sample"
dynamic = [
    "version",
]

[tool.setuptools-git-versioning]
enabled = true
dev_template = "{{tag}}.post{{ccount}}"
""",
}
_SETUP_PY = """\
# Versions by versioneer.
import versioneer
from setuptools import {imports}

setup(
    name="{name}",
    version=versioneer.get_version(),
    cmdclass=versioneer.get_cmdclass(),
    {packages}
)
"""
_TESTS = """\
name: Tests
on: [push, pull_request]

jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: pip install -e .[test]
"""


def sample(origin: str, layout: str, into: Path, *, tag: str | None = "v1.4.0") -> Path:
    """Make a project whose version comes from ``origin``, in a git work tree with two commits after ``tag``."""
    name = f"sample_{layout}"
    package = f"src/{name}" if layout == "src" else name
    project = into / f"{origin}-{layout}"
    (project / package).mkdir(parents=True)
    _write(project, "pyproject.toml", _PYPROJECT[origin].format(name=name, package=package, readme=""))
    _write(project, f"{package}/__init__.py", _init(origin))
    _write(project, ".github/workflows/tests.yml", _TESTS)
    _write(project, ".gitignore", "__pycache__/\n*.egg-info/\n/dist/\n/build/")
    git(project, "init", "-q", "-b", "main")
    if origin == "versioneer":
        _install_versioneer(project, name, layout)
    if origin in ("setuptools-scm", "versioningit"):
        _write(project, ".gitignore", "__pycache__/\n*.egg-info/\n/dist/\n/build/\n_version.py\n")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "First")
    if tag is not None:
        git(project, "tag", tag)
    git(project, "commit", "-q", "--allow-empty", "-m", "Second")
    git(project, "commit", "-q", "--allow-empty", "-m", "Third")
    return project


def _init(origin: str) -> str:
    if origin == "static":
        return '"""A sample."""\n\n__version__ = "1.4.0"\n'
    if origin in ("setuptools-scm", "versioningit"):
        return "from ._version import __version__\n"
    return '"""A sample."""\n'


def _install_versioneer(project: Path, name: str, layout: str) -> None:
    """Let the real versioneer write its files."""
    packages = (
        'packages=find_packages("src"),\n    package_dir={"": "src"},' if layout == "src" else f'packages=["{name}"],'
    )
    imports = "find_packages, setup" if layout == "src" else "setup"
    _write(project, "setup.py", _SETUP_PY.format(name=name, packages=packages, imports=imports))
    run(sys.executable, "-m", "versioneer", "install", "--vendor", cwd=project)


def _write(project: Path, path: str, text: str) -> None:
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    (project / path).write_bytes(text.encode())
