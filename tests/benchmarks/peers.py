"""The tools that are compared: how each is installed, set up in a project, and asked for a version."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """\
[build-system]
requires = [{requires}]
build-backend = "{backend}"

[project]
name = "bench"
{version}

[tool.setuptools]
packages = ["bench"]
{more}
"""


class Peer(NamedTuple):
    """One tool."""

    name: str
    install: tuple[str, ...] = ()
    """Requirements besides setuptools; ``{uniqver}`` is the wheel of this checkout."""
    requires: tuple[str, ...] = ("setuptools",)
    """What [build-system] asks for."""
    backend: str = "setuptools.build_meta"
    version: str = 'dynamic = ["version"]'
    more: str = ""
    """What else stands in pyproject.toml."""
    command: tuple[str, ...] = ()
    """The command that prints the version of a work tree, run in it; the first word is a script of the environment."""
    builds: bool = True
    """Whether it has hooks, or only a command."""


PEERS = (
    Peer(name="static", version='version = "1.0"'),
    Peer(name="uniqver", install=("{uniqver}",), requires=("uniqver",), backend="uniqver.build_meta", command=("uniqver", "version")),
    Peer(
        name="setuptools-scm",
        install=("setuptools-scm",),
        requires=("setuptools", "setuptools-scm"),
        more='[tool.setuptools_scm]\nversion_file = "bench/_version.py"',
        command=("python", "-m", "setuptools_scm"),
    ),
    Peer(
        name="versioningit",
        install=("versioningit",),
        requires=("setuptools", "versioningit"),
        more='[tool.versioningit]\n[tool.versioningit.write]\nfile = "bench/_version.py"\n',
        command=("versioningit",),
    ),
    Peer(
        name="setuptools-git-versioning",
        install=("setuptools-git-versioning",),
        requires=("setuptools", "setuptools-git-versioning"),
        more='[tool.setuptools-git-versioning]\nenabled = true\ndev_template = "{tag}.post{ccount}+git.{sha}"\n',
        command=("setuptools-git-versioning",),
    ),
    Peer(name="versioneer", install=("versioneer[toml]",), requires=("setuptools", "versioneer[toml]"), more='[tool.versioneer]\nVCS = "git"\nstyle = "pep440"\n'
         'versionfile_source = "bench/_version.py"\nversionfile_build = "bench/_version.py"\ntag_prefix = "v"\n'),
    Peer(name="dunamai", install=("dunamai",), command=("dunamai", "from", "git"), builds=False),
)  # fmt: skip


def install(peer: Peer, folder: Path, wheel: Path) -> Path:
    """Make the environment of a peer; return its Python."""
    subprocess.run([sys.executable, "-m", "uv", "venv", "-q", "--python", sys.executable, str(folder)], check=True)
    python = folder / "bin/python"
    wanted = [requirement.format(uniqver=wheel) for requirement in peer.install]
    common = ["setuptools>=77", "wheel", "build", "pip", "uv"]
    words = ("install", "-q", "--compile-bytecode", "--python", str(python))
    subprocess.run([sys.executable, "-m", "uv", "pip", *words, *common, *wanted], check=True)
    return python


def wheelhouse(folder: Path, wheel: Path) -> dict[str, str]:
    """Fill a folder with all that isolated builds of the peers' projects install; return variables that offer only it."""
    wanted = {requirement for peer in PEERS if peer.builds for requirement in peer.requires} - {"uniqver"}
    words = ("download", "-q", "--only-binary", ":all:", "--dest", str(folder))
    subprocess.run([sys.executable, "-m", "pip", *words, *sorted(wanted), str(wheel)], check=True)
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": os.devnull,
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": str(folder),
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(folder.with_name("uv-cache")),
        "UV_PYTHON": sys.executable,
    }


def set_up(peer: Peer, repository: Path, project: Path, python: Path) -> Path:
    """Clone ``repository`` and commit what ``peer`` needs in it, so that the tree is clean and two commits off its tag."""
    git = ("git", "-C", str(project), "-c", "user.name=Bench", "-c", "user.email=bench@example.org")
    subprocess.run(["git", "clone", "-q", "--shared", str(repository), str(project)], check=True)
    requires = ", ".join(f'"{requirement}"' for requirement in peer.requires)
    text = PROJECT.format(requires=requires, backend=peer.backend, version=peer.version, more=peer.more)
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    (project / "bench").mkdir()
    (project / "bench/__init__.py").write_text("", encoding="utf-8")
    (project / ".gitignore").write_text(
        "*.egg-info/\nbuild/\ndist/\n" + ("" if peer.name == "versioneer" else "_version.py\n"), encoding="utf-8"
    )
    if peer.name == "versioneer":
        setup = "import versioneer\nfrom setuptools import setup\nsetup(version=versioneer.get_version(), cmdclass=versioneer.get_cmdclass())\n"
        (project / "setup.py").write_text(setup, encoding="utf-8")
        subprocess.run(
            [str(python.parent / "versioneer"), "install", "--vendor"], cwd=project, check=True, capture_output=True
        )
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Set up"], check=True)
    return project
