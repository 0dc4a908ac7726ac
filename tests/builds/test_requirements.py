"""What the hooks ask for is what setuptools' own ask for in the same project, also where setuptools isn't asked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.run import run

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = """\
[build-system]
requires = [{requires}]
build-backend = "{backend}.build_meta"

[project]
name = "sample"
{version}
"""


def asked(backend: str, hook: str, project: Path, version: str, requires: str, **variables: str) -> list[str]:
    """Return what a backend's hook answers."""
    text = PYPROJECT.format(requires=requires, backend=backend, version=version)
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    code = f"import {backend}.build_meta as b; print(*b.{hook}(), sep='|')"
    done = run(sys.executable, "-c", code, cwd=project, env={**os.environ, **variables})
    return done.stdout.splitlines()[-1].split("|")


@pytest.mark.parametrize("hook", ["build_sdist", "build_wheel", "build_editable"])
@pytest.mark.parametrize(
    ("case", "something"),
    [
        ("nothing", False),
        ("an sdist", False),
        ("setup.py without", False),
        ("setup.cfg without", False),
        ("setup.py", True),
        ("setup.cfg", True),
        ("setup.cfg with a hyphen", True),
        ("extra settings", True),
        ("a plugin", True),
    ],
)
def test_as_setuptools_asks(case: str, something: bool, hook: str, tmp_path: Path) -> None:
    """A real setuptools is the oracle, on the same files with a static version."""
    project = tmp_path / "project"
    (project / "sample").mkdir(parents=True)
    (project / "sample/__init__.py").touch()
    variables: dict[str, str] = {}
    requires = '"uniqver", "setuptools>=77", "wheel"'
    if case == "an sdist":
        (project / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
    elif case.startswith("setup.py"):
        argument = "" if "without" in case else 'setup_requires=["cffi>=1.15"]'
        (project / "setup.py").write_text(f"from setuptools import setup\nsetup({argument})\n")
    elif case.startswith("setup.cfg"):
        key = "zip_safe" if "without" in case else "setup-requires" if "hyphen" in case else "setup_requires"
        value = "false" if "without" in case else "\n    cffi>=1.15"
        (project / "setup.cfg").write_text(f"[options]\n{key} = {value}\n")
    elif case == "extra settings":
        (tmp_path / "extra.cfg").write_text("[options]\nsetup_requires =\n    cffi>=1.15\n")
        variables["DIST_EXTRA_CONFIG"] = str(tmp_path / "extra.cfg")
    elif case == "a plugin":
        requires += ', "some-plugin"'
        info = tmp_path / "plugins/some_plugin-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            "[setuptools.finalize_distribution_options]\nsome = some_plugin:finalize\n"
        )
        (tmp_path / "plugins/some_plugin.py").write_text(
            "def finalize(dist):\n    dist.fetch_build_eggs(['cffi>=1.15'])\n"
        )
        variables["PYTHONPATH"] = str(tmp_path / "plugins")
    name = f"get_requires_for_{hook}"
    expected = asked("setuptools", name, project, 'version = "1.0"', requires, **variables)
    assert expected == (["cffi>=1.15"] if something else [""])
    assert asked("uniqver", name, project, 'dynamic = ["version"]', requires, **variables) == expected
