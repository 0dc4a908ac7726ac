"""What the tests over setuptools-scm share: real projects, hooks in processes of their own, comparing what is made."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tests.support.artifacts import sdist_members, unpacked, wheel_members
from tests.support.hooks import OURS, Said, frontend_of
from tests.support.projects import committed
from tests.support.run import git, run

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

OWN = "setuptools.build_meta"


@dataclass(frozen=True, kw_only=True, slots=True)
class RealProject:
    """A project on the package index whose sdist's version comes from setuptools-scm."""

    name: str
    version: str
    version_file: str | None
    """Relative to the project; what setuptools-scm writes there."""
    tag: str
    """How the project spells the tag of that version."""
    folder: str | None = None
    """The sdist's stem without version, where it isn't the normalized name."""

    @property
    def sdist(self) -> str:
        """The sdist's file name."""
        return f"{self.folder or self.name.replace('-', '_')}-{self.version}.tar.gz"


PROJECTS = (
    RealProject(name="pluggy", version="1.6.0", tag="1.6.0", version_file="src/pluggy/_version.py"),
    RealProject(name="pytest-mock", version="3.14.1", tag="v3.14.1", version_file="src/pytest_mock/_version.py"),
    RealProject(name="pytest-xdist", version="3.7.0", tag="v3.7.0", version_file="src/xdist/_version.py"),
    RealProject(name="pytest-django", version="4.11.1", tag="v4.11.1", version_file="pytest_django/_version.py"),
    RealProject(name="typeguard", version="4.4.2", tag="4.4.2", version_file=None),
    RealProject(name="anyio", version="4.9.0", tag="4.9.0", version_file=None),
    RealProject(name="zipp", version="3.20.2", tag="v3.20.2", version_file=None),
    RealProject(name="tempora", version="5.7.1", tag="v5.7.1", version_file=None),
    RealProject(
        name="python-dateutil",
        version="2.9.0.post0",
        tag="2.9.0.post0",
        version_file="src/dateutil/_version.py",
        folder="python-dateutil",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """An environment with build tools in it."""

    python: Path

    def environ(self, variables: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment that programs of these tools run in."""
        path = os.pathsep.join((str(self.python.parent), os.environ.get("PATH", "")))
        return {**os.environ, "PATH": path, "HGUSER": "Test <test@example.org>", **(variables or {})}

    def run(
        self, *words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, ok: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run this environment's Python."""
        return run(self.python, *words, cwd=cwd, env=self.environ(env), ok=ok)

    def hook(
        self,
        hook: str,
        project: Path,
        *arguments: Path | None,
        backend: str = OURS,
        env: Mapping[str, str] | None = None,
        ok: bool = True,
    ) -> Said:
        """Call one hook of a backend in a process of its own, as frontends do."""
        frontend = frontend_of(self.python)
        frontend.start(hook, project, *arguments, backend=backend, environ=self.environ(env))
        said = frontend.answer()
        assert not (ok and said.code), said.out + said.err
        return said

    def sdist(self, project: Path, into: Path, *, backend: str = OURS, env: Mapping[str, str] | None = None) -> Path:
        """Make an sdist."""
        into.mkdir(parents=True, exist_ok=True)
        return into / self.hook("build_sdist", project, into, backend=backend, env=env).result

    def wheel(self, project: Path, into: Path, *, backend: str = OURS, env: Mapping[str, str] | None = None) -> Path:
        """Make a wheel."""
        into.mkdir(parents=True, exist_ok=True)
        return into / self.hook("build_wheel", project, into, backend=backend, env=env).result

    def hg(self, directory: Path, *words: str) -> str:
        """Run Mercurial."""
        return run("hg", *words, cwd=directory, env=self.environ()).stdout.strip()

    def version(self, project: Path, env: Mapping[str, str] | None = None) -> str:
        """Ask ``uniqver version``."""
        return self.run("-m", "uniqver", "version", cwd=project, env=env).stdout.strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """The files of an artifact, with what names the version taken out."""

    members: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Their names."""
        return set(self.members)


def checkout(project: RealProject, sdist: Path, into: Path) -> Path:
    """Unpack an sdist and make it the git work tree that it came from: no metadata, no version file, its tag."""
    folder = unpacked(sdist, into)
    (folder / "PKG-INFO").unlink()
    for metadata in folder.rglob("*.egg-info"):
        shutil.rmtree(metadata)
    if project.version_file is not None:
        (folder / project.version_file).unlink(missing_ok=True)
        with (folder / ".gitignore").open("a", encoding="utf-8") as file:
            file.write(f"\n/{project.version_file}\n*.egg-info/\n/build/\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "First")
    git(folder, "tag", project.tag)
    return folder


def clone(work_tree: Path, into: Path) -> Path:
    """Clone a work tree, so that each build starts from an unbuilt one."""
    git(work_tree.parent, "clone", "-q", str(work_tree), str(into))
    return into


def without_version(artifact: Path) -> Files:
    """Return the files of an artifact but for uniqver.json; versions in names and in what is generated become ``X``."""
    is_wheel = artifact.suffix == ".whl"
    version = artifact.name.split("-")[-4 if is_wheel else -1].removesuffix(".tar.gz")
    version = version if is_wheel else artifact.name.removesuffix(".tar.gz").rpartition("-")[2]
    members = wheel_members(artifact) if is_wheel else sdist_members(artifact)
    told = {name: content for name, content in members.items() if name.rpartition("/")[2] != "uniqver.json"}
    return Files(members={n.replace(version, "X"): _neutral(n, content) for n, content in told.items()})


def _neutral(name: str, content: bytes) -> bytes:
    if name.endswith(("PKG-INFO", "METADATA")):
        return re.sub(rb"^Version: .*$", b"Version: X", content, count=1, flags=re.MULTILINE)
    if name.endswith("_version.py"):
        content = re.sub(rb"^((?:\w+ = )+)'[^']+'$", rb"\1'X'", content, flags=re.MULTILINE)
        return re.sub(rb"^((?:\w+ = )+)\(.+\)$", rb"\1(X)", content, flags=re.MULTILINE)
    return content


def commit_line(members: Mapping[str, bytes]) -> list[bytes]:
    """Return the lines that name the commit in the version files among ``members``."""
    return [
        line
        for name, content in sorted(members.items())
        if name.endswith("_version.py")
        for line in content.splitlines()
        if b"commit_id = " in line
    ]


def made_project(
    folder: Path,
    table: str | None,
    *,
    tool: str = "setuptools_scm",
    uniqver: str = "",
    package: str = "sample",
    tag: str | None = "v1.4.0",
    commits: int = 1,
    repository: Path | Literal["here"] | None = "here",
    ignored: bool = True,
    setup_py: str | None = None,
) -> Path:
    """Make a project with ``table`` under ``[tool.<tool>]`` (``None``: no table), and a repository of it.

    With ``setup_py`` there is no ``[project]``: all is said there.
    """
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text("")
    text = '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n'
    if setup_py is None:
        text += '[project]\nname = "sample"\ndynamic = ["version"]\n'
    else:
        (folder / "setup.py").write_text(setup_py)
    text += "" if table is None else f"[tool.{tool}]\n{table}"
    text += f"[tool.uniqver]\n{uniqver}" if uniqver else ""
    (folder / "pyproject.toml").write_text(text)
    (folder / ".gitignore").write_text(("_version.py\n" if ignored else "") + "*.egg-info/\nbuild/\n")
    if repository is None:
        return folder
    committed(folder if repository == "here" else repository, tag=tag, commits_after=commits)
    return folder
