"""Whose repository it is: looking at a project runs nothing of it, and a build trusts only its own project's owner.

The class of CVE-2022-24765, with real users: root or an unprivileged one, who runs uniqver, and a stranger, who left a
repository there.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo, armed, give
from tests.support.resolving import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "win32" or os.geteuid() != 0:
    pytest.skip("only root can give files to another user", allow_module_level=True)

import pwd

STRANGER = pwd.getpwnam("nobody").pw_uid
ANOTHER = pwd.getpwnam("bin").pw_uid

LOOKING = (
    ("version",),
    ("version", "--json"),
    ("allocate",),
    ("explain",),
    ("doctor",),
    ("whence", "1.4.1.dev1"),
    ("init", "--dry-run"),
    ("counter", "show"),
)


RUN: dict[str, tuple[str, ...]] = {"python": (sys.executable,)}
"""How the test's user runs Python."""

PACKAGES = os.pathsep.join(os.path.realpath(Path(spec.origin).parents[1]) for name in ("uniqver", "setuptools") if (spec := find_spec(name)) and spec.origin)  # fmt: skip
"""Where uniqver and its requirements are."""

MAY_READ = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")


def ways(user: pwd.struct_passwd) -> Iterator[tuple[str, ...]]:
    """Yield how Python may be run as another user, the best way first."""
    words = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    found = [*words, "ls", os.path.realpath(sys.executable)]
    if not subprocess.run(found, check=False, capture_output=True).returncode:
        yield (*words, sys.executable)
    yield (*words, "/usr/bin/python{}.{}".format(*sys.version_info))  # the tests' own may lie in root's home
    yield (*words, *MAY_READ, sys.executable)  # this user may read everything, but owns nothing and may write nowhere


@functools.cache
def way(user: pwd.struct_passwd) -> tuple[str, ...] | None:
    """Return the best way in which this Python works, with what uniqver needs."""
    imports = ("-c", "import uniqver.cli.main, setuptools, tomlkit, yaml")
    for words in ways(user):
        tried = [*words, *imports]
        if shutil.which(words[-1]) and not subprocess.run(tried, cwd="/", check=False, capture_output=True).returncode:
            return words
    return None


@pytest.fixture(params=["root", "daemon"])
def user(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The user who runs uniqver."""
    found = pwd.getpwnam(request.param)
    if found.pw_uid:
        if shutil.which("setpriv") is None:
            pytest.skip("there is no setpriv to become another user with")
        monkeypatch.setenv("PYTHONPATH", PACKAGES)
        words = way(found)
        if words is None:
            pytest.skip(f"{request.param} can't run this Python")
        monkeypatch.setitem(RUN, "python", words)
    return found.pw_uid


@pytest.fixture
def tmp_path(user: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this user's that others can look into, with the user's home: pytest's own folders are root's alone."""
    # the tests themselves work as root, in what they gave away
    with (Path.home() / ".gitconfig").open("a", encoding="utf-8") as file:
        file.write("[safe]\n  directory = *\n")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        (made / "home").mkdir()
        monkeypatch.setenv("TEST_UNIQVER_HOME", str(made / "home"))
        give(made, user)
        made.chmod(0o755)
        yield made


@pytest.fixture
def project(tmp_path: Path, user: int) -> Repo:
    """A project of the user's in a repository of its own, one commit after its release."""
    repo = Repo(tmp_path / "above" / "project")
    repo.write("pyproject.toml", '[build-system]\nrequires = []\nbuild-backend = "uniqver.build_meta"\n\n' + NAME)
    repo.write("src/app/__init__.py")
    repo.write(".gitignore", "*.egg-info/\n_version.py\nbuild/\ndist/\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.4.0")
    repo.commit()
    give(repo.path.parent, user)
    return repo


def uniqver(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [*RUN["python"], "-m", "uniqver", *words],
        cwd=cwd, env={**os.environ, "HOME": os.environ["TEST_UNIQVER_HOME"], **variables}, capture_output=True, text=True, check=False,
        timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def hook(project: Path, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Call a hook as a frontend does."""
    into = project.parent / "into"
    into.mkdir(exist_ok=True)
    into.chmod(0o777)
    arguments = "" if name.startswith("get_requires") else repr(str(into))
    return subprocess.run(
        [*RUN["python"], "-c", f"from uniqver import build_meta; print(build_meta.{name}({arguments}))"],
        cwd=project, env={**os.environ, "HOME": os.environ["TEST_UNIQVER_HOME"], **variables}, capture_output=True, text=True, check=False,
        timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_the_other_user_is_one(tmp_path: Path, user: int) -> None:
    """Without the capabilities of root: what is another's alone can't be read, wherever a Python is for everybody."""
    secret = tmp_path / "secret"
    secret.write_text("another's")
    secret.chmod(0o600)
    os.chown(secret, ANOTHER, ANOTHER)
    if user and set(MAY_READ) <= set(RUN["python"]):
        pytest.skip("no Python here that all users can run: this one may read everything")
    done = subprocess.run(
        [*RUN["python"], "-c", f"print(open({str(secret)!r}).read())"],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert ("PermissionError" in done.stderr) == bool(user)


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_looking_at_a_strangers_repository_runs_nothing(project: Repo, tmp_path: Path, words: tuple[str, ...]) -> None:
    """git's own rule holds: what it refuses to read for this user, uniqver doesn't have it read."""
    mark = tmp_path / "ran"
    armed(project, mark, user=STRANGER)
    done = uniqver(*words, cwd=project.path)
    assert not mark.exists()
    assert "Traceback" not in done.stderr
    if words == ("version",):
        assert "+" in done.stdout
        assert "git config --global --add safe.directory" in done.stderr
    if words == ("init", "--dry-run"):
        assert "git does not read this repository" in done.stderr
    if words == ("allocate",):
        assert done.returncode == 1
        assert "belongs to another user" in done.stderr


@pytest.mark.parametrize("root", ["", '[tool.uniqver]\nroot = ".."\n'], ids=["alone", "root"])
@pytest.mark.parametrize("name", ["get_requires_for_build_wheel", "build_wheel", "build_sdist"])
def test_a_strangers_repository_above_the_project(tmp_path: Path, user: int, root: str, name: str) -> None:
    """A folder above that somebody else made a repository is not asked, whether ``root`` names it or not."""
    mark = tmp_path / "ran"
    above = Repo(tmp_path / "above")
    inside = above.write("project/pyproject.toml", NAME + root).parent
    above.write("project/src/app/__init__.py")
    above.write("src/app/__init__.py")
    above.git("add", "-A")
    above.git("commit", "-q", "-m", "First")
    above.tag("v1.4.0")
    armed(above, mark, user=STRANGER)
    give(inside, user)
    done = hook(inside, name)
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
    assert "1.4.0" not in done.stdout
    for words in LOOKING:
        uniqver(*words, cwd=inside)
        assert not mark.exists(), words


def test_a_container_builds_a_mounted_checkout(project: Repo, tmp_path: Path) -> None:
    """A hook trusts the repository of the project's own owner; the command leaves that to git. Either with its submodules."""
    inner = Repo(tmp_path / "inner")
    inner.commit()
    project.git("submodule", "-q", "add", inner.path.as_uri(), "vendor/sub")
    project.git("commit", "-q", "-m", "Submodule")
    for path in (project.path, *project.path.rglob("*")):  # somebody else's, but this user may write there
        path.chmod(path.stat().st_mode | 0o666 | (0o111 if path.is_dir() else 0))
    give(project.path, ANOTHER)
    done = hook(project.path, "build_wheel")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("app-1.4.1.dev2+g")
    looked = uniqver("version", cwd=project.path)
    assert looked.returncode == 0
    assert not looked.stdout.startswith("1.4.1.dev2+g")
    looked = uniqver("version", cwd=project.path, HOME=str(_home_with(tmp_path, project.path)))
    assert looked.stdout.startswith("1.4.1.dev2+g")
    assert "belongs to another user" not in looked.stderr


def _home_with(tmp_path: Path, safe: Path) -> Path:
    home = tmp_path / "trusting"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[safe]\n  directory = {safe}\n", encoding="utf-8")
    return home


@pytest.mark.parametrize("name", ["get_requires_for_build_sdist", "build_sdist", "build_wheel"])
def test_no_build_fetches_or_runs_hooks_of_git(project: Repo, tmp_path: Path, user: int, name: str) -> None:
    """Also in a trusted repository: no file system monitor, no hook, no fetch of what a partial clone lacks."""
    mark = tmp_path / "ran"
    armed(project, mark, user=user)
    (project.path / ".git/info/attributes").unlink()  # content filters are allowed there
    tree = project.git("rev-parse", "HEAD^{tree}")
    (project.path / f".git/objects/{tree[:2]}/{tree[2:]}").unlink()
    done = hook(project.path, name)
    assert not mark.exists()
    assert "Traceback" not in done.stderr
    if name == "build_wheel":
        assert "+" in done.stdout
        assert "git fetch --refetch" in done.stderr


def test_a_stranger_may_not_leave_a_repository_in_the_project(project: Repo, tmp_path: Path, user: int) -> None:
    """The folder is the user's, the pyproject.toml too, only ``.git`` is not: somebody could write there."""
    mark = tmp_path / "ran"
    armed(project, mark, user=STRANGER)
    give(project.path / "src", user)
    for path in (project.path, project.path / "pyproject.toml"):
        os.chown(path, user, user)
    done = hook(project.path, "build_wheel")
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
    assert "+" in done.stdout


@pytest.mark.parametrize("tracked", [False, True])
def test_an_embedded_strangers_repository(project: Repo, tmp_path: Path, *, tracked: bool) -> None:
    """A clone inside of a package, or a submodule: its contents are not git's to read."""
    mark = tmp_path / "ran"
    inner = Repo(project.path / "src/app/inner")
    inner.commit("file.py")
    inner.write("src/app/__init__.py")
    inner.git("add", "-A")
    inner.git("commit", "-q", "-m", "More")
    if tracked:
        project.git("add", "src/app/inner")
        project.git("commit", "-q", "-m", "Submodule")
    armed(inner, mark, user=STRANGER)
    project.write("setup.py", "import setuptools; setuptools.setup()")
    uniqver("counter", "show", cwd=project.path)
    hook(project.path, "get_requires_for_build_wheel")
    assert not mark.exists()
    for done in (uniqver("version", cwd=project.path), hook(project.path, "build_wheel")):
        assert done.returncode == 0, done.stderr
        assert "+" in done.stdout
        assert not mark.exists()
