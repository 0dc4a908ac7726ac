"""Inside one build: builds of one checkout at the same time, and what a killed one left, get into no artifact.

``TEST_UNIQVER_BUILDS=200`` has build, pip and uv make as many builds, eight at a time; the suite makes few.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import assert_all_say, sdist_members, version_of_name, wheel_members
from tests.support.hooks import Frontend, Said, call_hook
from tests.support.projects import DEMO
from tests.support.repositories import Repo, clone
from tests.support.run import run

from uniqver.cli.explain import accounts_of
from uniqver.dists.archive import read

if TYPE_CHECKING:
    from pathlib import Path

BUILDS = int(os.environ.get("TEST_UNIQVER_BUILDS", "9"))
AT_ONCE = min(8, BUILDS // 2)

IGNORED = "*.egg-info/\n/build/\n/dist/\n__pycache__/\n_version.py\n"

SETUP = "from setuptools import setup\nsetup()\n"


def project(path: Path, settings: str = "", *, setup: str | None = None, package: str = "demo") -> Repo:
    """A project whose modules take a moment to copy, released as 1.4.0, and one commit on."""
    repo = Repo(path)
    repo.write("pyproject.toml", DEMO + settings)
    for name in ("__init__", *(f"module{number}" for number in range(40))):
        repo.write(f"{package}/{name}.py", f'"""Module {name}."""\n')
    if setup is not None:
        repo.write("setup.py", setup)
    repo.write(".gitignore", IGNORED)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.4.0")
    repo.commit()
    return repo


def gitlab(repo: Repo) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_PIPELINE_IID": "412",
        "CI_COMMIT_BRANCH": "main",
        "CI_COMMIT_SHA": repo.head(),
        "CI_PROJECT_DIR": str(repo.path),
    }


def counting(folder: Path) -> str:
    """Return settings for a counter in a file: public also in the container that tests may run in."""
    return f'[tool.uniqver]\nsource = "counter"\ncounter = "sqlite://{folder}/numbers.sqlite3"\n'


def wanted(frontend: Frontend, into: Path) -> Path:
    """Return what a hook made that was started."""
    said = frontend.answer()
    assert said.code == 0, said.err
    return into / said.result


def assert_whole(*artifacts: Path) -> None:
    """Assert that each artifact has all of its files, and one version everywhere."""
    for artifact in artifacts:
        assert_all_say(version_of_name(artifact), artifact)
        members = wheel_members(artifact) if artifact.suffix == ".whl" else sdist_members(artifact)
        assert sum(name.startswith("demo/") and name.endswith(".py") for name in members) == 42, artifact
        if artifact.suffix == ".gz":
            listed = members["demo.egg-info/SOURCES.txt"].decode().splitlines()
            assert {"demo/__init__.py", "demo/module39.py", "pyproject.toml"} <= set(listed)
    accounts = accounts_of([read(artifact) for artifact in artifacts])
    assert [account["problems"] for account in accounts if account["problems"]] == []


def assert_same(artifacts: list[Path]) -> None:
    """Assert that artifacts of one name are the same bytes."""
    contents: dict[str, set[bytes]] = {}
    for artifact in artifacts:
        contents.setdefault(artifact.name, set()).add(artifact.read_bytes())
    assert [name for name, found in contents.items() if len(found) > 1] == []


@pytest.mark.parametrize("source", ["ci", "distance", "counter"])
def test_hooks_at_the_same_time(source: str, tmp_path: Path) -> None:
    """Frontends that build one checkout at once: each artifact is whole, and a counter gives each its own version."""
    repo = project(tmp_path / "demo", counting(tmp_path) if source == "counter" else "")
    variables = gitlab(repo) if source == "ci" else {}
    if source == "counter":
        run(sys.executable, "-m", "uniqver", "counter", "init", cwd=repo.path)
    env = {**os.environ, **variables}
    frontends = [Frontend() for _ in range(AT_ONCE)]
    for number, frontend in enumerate(frontends):
        frontend.start("build_sdist", repo.path, tmp_path / str(number), environ=env)
    sdists = [wanted(frontend, tmp_path / str(number)) for number, frontend in enumerate(frontends)]
    looks = [run(sys.executable, "-m", "uniqver", "version", cwd=repo.path, env=env)]
    for number, frontend in enumerate(frontends):
        frontend.start("build_wheel", repo.path, tmp_path / str(number), environ=env)
    looks.append(run(sys.executable, "-m", "uniqver", "version", cwd=repo.path, env=env))
    wheels = [wanted(frontend, tmp_path / str(number)) for number, frontend in enumerate(frontends)]
    for frontend in frontends:
        frontend.end()
    assert_whole(*sdists, *wheels)
    assert_same([*sdists, *wheels])
    versions = list(map(version_of_name, sdists))
    assert versions == list(map(version_of_name, wheels))
    if source == "counter":
        assert sorted(versions) == sorted(f"1.4.1.dev{number + 1}" for number in range(AT_ONCE))
    else:
        assert set(versions) == {"1.4.1.dev412" if source == "ci" else f"1.4.1.dev1+g{repo.head()[:12]}"}
        assert {look.stdout.strip() for look in looks} == set(versions)  # a build under way dirties nothing


@pytest.mark.parametrize("source", ["ci", "distance", "counter"])
def test_real_frontends_at_the_same_time(source: str, tmp_path: Path, offline: Path) -> None:
    """build, pip and uv on one checkout at once: each artifact is whole, and each build has its own version."""
    repo = project(tmp_path / "demo", counting(tmp_path) if source == "counter" else "")
    if source == "counter":
        run(sys.executable, "-m", "uniqver", "counter", "init", cwd=repo.path)
    env = {**os.environ, **(gitlab(repo) if source == "ci" else {})}
    commands = (
        (sys.executable, "-m", "build", "-n", "-o"),
        (sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "--no-build-isolation", "-w"),
        ("uv", "build", "-q", "--no-build-isolation", "-o"),
    )
    folders = [tmp_path / f"{number}" for number in range(-(-BUILDS // 3))]
    for first in range(0, len(folders), 8):
        started = [
            subprocess.Popen(
                [*commands[int(into.name) % 3], str(into), str(repo.path)],
                cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for into in folders[first : first + 8]
        ]  # fmt: skip
        for process in started:
            output, _ = process.communicate(timeout=600)
            assert process.returncode == 0, output
    made = [[path for path in sorted(into.iterdir()) if path.suffix in (".whl", ".gz")] for into in folders]
    assert [len(found) for found in made] == ([2, 1, 2] * len(folders))[: len(folders)]
    artifacts = [artifact for found in made for artifact in found]
    assert_whole(*artifacts)
    assert_same(artifacts)
    versions = [{version_of_name(artifact) for artifact in found} for found in made]
    assert all(len(found) == 1 for found in versions)
    assert len(set.union(*versions)) == (len(folders) if source == "counter" else 1)


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True, check=False).returncode != 0,
    reason="no PID namespaces can be made here (Linux, as root)",
)
def test_frontends_in_two_pid_namespaces(tmp_path: Path) -> None:
    """Two containers on one machine count their processes from 1: their frontends are two builds all the same."""
    repo = project(tmp_path / "demo", counting(tmp_path))
    run(sys.executable, "-m", "uniqver", "counter", "init", cwd=repo.path)
    one, two = (Frontend("unshare", "--pid", "--fork") for _ in range(2))
    made = []
    for frontend, name in ((one, "build_sdist"), (two, "build_wheel"), (one, "build_wheel"), (two, "build_sdist")):
        frontend.start(name, repo.path, tmp_path / "out")
        made.append(wanted(frontend, tmp_path / "out"))
    one.end()
    two.end()
    assert [version_of_name(artifact)[-1] for artifact in made] == ["1", "2", "1", "2"]


@pytest.mark.parametrize("key", ["the frontend", "an id"])
@pytest.mark.parametrize("edit", ["committed", "not committed"])
def test_an_edit_within_one_key(key: str, edit: str, tmp_path: Path) -> None:
    """A frontend that lives on, or one id for all: other contents are another build, with another version."""
    repo = project(tmp_path / "demo", counting(tmp_path))
    run(sys.executable, "-m", "uniqver", "counter", "init", cwd=repo.path)
    frontend = Frontend()
    env = {**os.environ, **({"UNIQVER_BUILD_ID": "nightly"} if key == "an id" else {})}
    frontend.start("build_sdist", repo.path, tmp_path / "before", environ=env)
    before = wanted(frontend, tmp_path / "before")
    repo.write("demo/module1.py", "edited = True\n")
    if edit == "committed":
        repo.git("commit", "-q", "-am", "Edited")
    frontend.start("build_wheel", repo.path, tmp_path / "after", environ=env)
    after = wanted(frontend, tmp_path / "after")
    frontend.end()
    assert version_of_name(before) == "1.4.1.dev1"
    if edit == "committed":
        assert version_of_name(after) == "1.4.1.dev2"
    else:
        assert f"+g{repo.head()[:12]}.d" in version_of_name(after)
    assert_whole(before, after)


# What a killed build left

DIES = """\
import os, signal
from pathlib import Path
from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist


def die(folder):
    if os.environ.get("DIE"):
        Path(folder, "demo").mkdir(parents=True, exist_ok=True)
        Path(folder, "demo", "ghost.py").write_text("half = ")
        os.kill(os.getpid(), signal.SIGKILL)


class Sdist(sdist):
    def make_archive(self, base_name, format, root_dir=None, base_dir=None, owner=None, group=None):
        die(base_dir)
        return super().make_archive(base_name, format, root_dir, base_dir, owner, group)


class Wheel(bdist_wheel):
    def write_wheelfile(self, *args, **kwargs):
        die(self.bdist_dir)
        super().write_wheelfile(*args, **kwargs)


setup(cmdclass={"sdist": Sdist, "bdist_wheel": Wheel})
"""


def hook(name: str, repo: Repo, into: Path, **variables: str) -> Said:
    into.mkdir(parents=True, exist_ok=True)
    return call_hook(name, repo.path, into, environ={**os.environ, **variables})


def made(name: str, repo: Repo, into: Path) -> Path:
    done = hook(name, repo, into)
    assert done.code == 0, done.err
    (artifact,) = into.iterdir()
    return artifact


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("name", ["build_sdist", "build_wheel"])
def test_what_a_killed_build_left(name: str, tmp_path: Path) -> None:
    """After a build was killed in the middle, the next one makes what a fresh clone makes, byte for byte."""
    repo = project(tmp_path / "demo", setup=DIES)
    killed = hook(name, repo, tmp_path / "killed", DIE="1")
    assert killed.code == -signal.SIGKILL
    assert [path for path in (tmp_path / "killed").iterdir() if path.suffix in (".whl", ".gz")] == []
    after = made(name, repo, tmp_path / "after")
    assert_whole(after)
    fresh = made(name, clone(repo, tmp_path / "fresh"), tmp_path / "from fresh")
    assert (after.name, after.read_bytes()) == (fresh.name, fresh.read_bytes())


def test_unfinished_folders_beside_the_artifacts(tmp_path: Path) -> None:
    """What a killed build left there goes a day later; a younger one may be another project's build, and others aren't ours."""
    repo = project(tmp_path / "demo")
    out = tmp_path / "out"
    for name in (".tmp-uniqver-old", ".tmp-uniqver-young", ".tmp-other"):
        (out / name).mkdir(parents=True)
        (out / name / "demo-1.0.tar.gz").touch()
    for name in (".tmp-uniqver-old", ".tmp-other"):
        os.utime(out / name, (0, 0))
    assert hook("build_wheel", repo, out).code == 0
    assert sorted(path.name for path in out.glob(".tmp-*")) == [".tmp-other", ".tmp-uniqver-young"]


@pytest.mark.parametrize("name", ["build_sdist", "build_wheel"])
def test_leftovers(name: str, tmp_path: Path) -> None:
    """Folders in which setuptools alone stages files may hold anything: nothing is packed, and the build is the same."""
    repo = project(tmp_path / "demo")
    fresh = made(name, clone(repo, tmp_path / "fresh"), tmp_path / "from fresh")
    for folder in ("build/lib", "build/bdist.linux-x86_64/wheel", "build/bdist.linux-x86_64/dumb"):
        repo.write(f"{folder}/demo/ghost.py", "half = ")
    after = made(name, repo, tmp_path / "after")
    assert (after.name, after.read_bytes()) == (fresh.name, fresh.read_bytes())


_LIBRARY = """
from setuptools import Extension, setup
setup(
    libraries=[("number", {"sources": ["number.c"], "include_dirs": ["."]})],
    ext_modules=[Extension("demo._fast", ["fast.c"])],
)
"""
_EXTENSION = """
#include <Python.h>
extern const char *number(void);
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fast", 0, -1, 0};
PyMODINIT_FUNC PyInit__fast(void) { module.m_doc = number(); return PyModule_Create(&module); }
"""


def write_library(repo: Repo) -> None:
    """Write the sources that ``_LIBRARY`` names."""
    repo.write("number.h", '#define NUMBER "one"\n')
    repo.write("number.c", '#include "number.h"\nconst char *number(void) { return NUMBER; }\n')
    repo.write("fast.c", _EXTENSION)


@pytest.mark.parametrize(
    ("settings", "setup", "change"),
    [
        pytest.param('script-files = ["bin/one", "bin/two"]', None, "pyproject.toml", id="a script that was removed"),
        pytest.param(
            "",
            _LIBRARY,
            "number.h",
            id="a library of an older header",
            marks=pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler"),
        ),
    ],
)
def test_what_an_older_build_made(settings: str, setup: str | None, change: str, tmp_path: Path) -> None:
    """In a workspace that is used again, ``build/`` has scripts and objects of another commit: none gets into a release."""
    repo = project(tmp_path / "demo", f'[tool.setuptools]\npackages = ["demo"]\n{settings}\n', setup=setup)
    write_library(repo)
    for script in ("bin/one", "bin/two"):
        repo.write(script, "#!/usr/bin/env python3\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Sources")
    repo.tag("v1.5.0")
    made("build_wheel", repo, tmp_path / "older")
    text = (repo.path / change).read_text()
    repo.commit(change, text.replace(', "bin/two"', "").replace('"one"', '"two"'))
    repo.tag("v1.5.1")
    after = made("build_wheel", repo, tmp_path / "after")
    fresh = made("build_wheel", clone(repo, tmp_path / "fresh"), tmp_path / "from fresh")
    assert "+" not in after.name
    assert not (repo.path / "build").exists()
    assert (after.name, after.read_bytes()) == (fresh.name, fresh.read_bytes())


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_objects_of_a_local_build_stay(tmp_path: Path) -> None:
    """Who builds again and again while working doesn't wait for a compiler that has nothing to do."""
    repo = project(tmp_path / "demo", '[tool.setuptools]\npackages = ["demo"]\n', setup=_LIBRARY)
    write_library(repo)
    assert "+" in made("build_wheel", repo, tmp_path / "out").name
    assert [path.name for path in (repo.path / "build").rglob("number.*")] == ["number.o"]


@pytest.mark.parametrize("tracked", [True, False])
def test_a_folder_of_a_persons_with_the_name_of_an_sdist(tracked: bool, tmp_path: Path) -> None:
    """An old release that somebody keeps, or git, is not setuptools' staging, whatever ``.egg-info`` says: it stays."""
    repo = project(tmp_path / "demo")
    repo.write("demo-1.3.0/notes.txt", "kept\n")
    if tracked:
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "Keep the old release")
    repo.write("demo.egg-info/PKG-INFO", "Metadata-Version: 2.1\nName: demo\nVersion: 1.3.0\n")
    made("build_sdist", repo, tmp_path / "out")
    assert (repo.path / "demo-1.3.0/notes.txt").read_text() == "kept\n"


def test_a_folder_in_the_place_of_the_staging(tmp_path: Path) -> None:
    """setuptools would pack what is in it, and delete it: an sdist is refused, a wheel does not need the place."""
    repo = project(tmp_path / "demo")
    kept = f"demo-1.4.1.dev1+g{repo.head()[:12]}"
    repo.write(f"{kept}/notes.txt", "kept\n")
    (repo.path / f".uniqver-makes-{kept}").mkdir()
    (repo.path / f".uniqver-makes-{kept}/somebodys.txt").touch()  # no build's mark: those are empty
    done = hook("build_sdist", repo, tmp_path / "refused")
    assert done.code == 1
    assert f"rm -r {kept}" in done.err
    assert list((tmp_path / "refused").iterdir()) == []
    made("build_wheel", repo, tmp_path / "out")
    assert (repo.path / kept / "notes.txt").read_text() == "kept\n"


@pytest.mark.skipif(os.name == "nt", reason="symbolic links")
def test_a_link_in_place_of_a_staging_folder(tmp_path: Path) -> None:
    """Nothing is staged through a symbolic link that leads out of the project, and nothing there is deleted."""
    repo = project(tmp_path / "demo")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept.txt").touch()
    (repo.path / f"demo-1.4.1.dev1+g{repo.head()[:12]}").symlink_to(tmp_path / "elsewhere")
    assert_whole(made("build_sdist", repo, tmp_path / "out"))
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("name", ["build_sdist", "build_wheel"])
def test_an_egg_info_three_folders_down(name: str, tmp_path: Path) -> None:
    """The list of an older build, wherever ``package_dir`` of setup.py puts it, brings no file back."""
    setup = (
        "from setuptools import find_packages, setup\n"
        'setup(package_dir={"": "lib/python/main"}, packages=find_packages("lib/python/main"), '
        "include_package_data=True)\n"
    )
    repo = project(
        tmp_path / "demo",
        '[tool.uniqver]\nversion-file = "lib/python/main/demo/_version.py"\n',
        setup=setup,
        package="lib/python/main/demo",
    )
    repo.commit("MANIFEST.in", "include *.txt\nrecursive-include lib/python/main *.csv\n")
    fresh = made(name, clone(repo, tmp_path / "fresh"), tmp_path / "from fresh")
    egg_info = "lib/python/main/demo.egg-info"
    repo.write("demo/ghost.py")  # where nothing packs it, but for the list
    repo.write("notes/ghost.md")
    repo.write(f"{egg_info}/PKG-INFO", "Metadata-Version: 2.1\nName: demo\nVersion: 0.1\n")
    repo.write(f"{egg_info}/SOURCES.txt", "demo/ghost.py\nnotes/ghost.md\n.gitignore\n")
    after = made(name, repo, tmp_path / "after")
    members = sdist_members(after) if name == "build_sdist" else wheel_members(after)
    assert [path for path in members if "ghost" in path or path == ".gitignore"] == []
    assert after.read_bytes() == fresh.read_bytes()


# The lock

WAITS = """\
import os, pathlib
from setuptools import setup

if os.environ.get("HOLD"):
    pathlib.Path(os.environ["HOLD"]).write_text("held")
    with open(os.environ["HOLD"] + ".go") as go:  # a FIFO: until the test says so
        go.read()
setup()
"""


def held(repo: Repo, into: Path, place: Path) -> subprocess.Popen[str]:
    """Start a build that holds the lock until something is written to ``place`` with ``.go``."""
    into.mkdir()
    os.mkfifo(place.with_name(f"{place.name}.go"))
    os.mkfifo(place)
    code = f"from uniqver import build_meta as b; b.build_sdist({str(into)!r})"
    holder = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=repo.path,
        env={**os.environ, "HOLD": str(place)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert place.read_text() == "held"  # waits for the writer
    return holder


def let_go(holder: subprocess.Popen[str], place: Path) -> None:
    place.with_name(f"{place.name}.go").write_text("go")
    _, said = holder.communicate(timeout=300)
    assert holder.returncode == 0, said


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
def test_a_waiting_build_reports_it(tmp_path: Path) -> None:
    """A build that waits prints why, and goes on as soon as the other one has ended."""
    repo = project(tmp_path / "demo", setup=WAITS)
    place = tmp_path / "place"
    holder = held(repo, tmp_path / "first", place)
    code = f"from uniqver import build_meta as b; b.build_sdist({str(tmp_path)!r})"
    waiting = subprocess.Popen([sys.executable, "-c", code], cwd=repo.path, stderr=subprocess.PIPE, text=True)
    assert waiting.stderr is not None
    assert waiting.stderr.readline() == f"uniqver: waits for another build of {repo.path}\n"
    let_go(holder, place)
    waiting.communicate(timeout=300)
    assert waiting.returncode == 0
    (first,) = (tmp_path / "first").iterdir()
    assert (tmp_path / first.name).read_bytes() == first.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
def test_waiting_has_a_limit(tmp_path: Path) -> None:
    """A build that another one keeps waiting too long ends with an error, and leaves nothing."""
    repo = project(tmp_path / "demo", setup=WAITS)
    place = tmp_path / "place"
    holder = held(repo, tmp_path / "first", place)
    (tmp_path / "second").mkdir()
    code = (
        "from uniqver import build_meta as b; from uniqver.backend import lock; lock.MOST_SECONDS = 0.2; "
        f"b.build_sdist({str(tmp_path / 'second')!r})"
    )
    done = run(sys.executable, "-c", code, cwd=repo.path, ok=False)
    let_go(holder, place)
    assert done.returncode == 1
    assert "another build of" in done.stderr
    assert "fix: " in done.stderr
    assert list((tmp_path / "second").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
def test_a_killed_build_keeps_nobody_waiting(tmp_path: Path) -> None:
    """The lock goes with its process."""
    repo = project(tmp_path / "demo", setup=WAITS)
    holder = held(repo, tmp_path / "first", tmp_path / "place")
    holder.kill()
    holder.communicate(timeout=60)
    code = (
        "from uniqver import build_meta as b; from uniqver.backend import lock; lock.MOST_SECONDS = 0; "
        f"b.build_sdist({str(tmp_path)!r})"
    )
    run(sys.executable, "-c", code, cwd=repo.path)
    assert len(list(tmp_path.glob("demo-*.tar.gz"))) == 1


HOLD = """\
import sys
from pathlib import Path
from uniqver.backend.lock import tree_lock
with tree_lock(Path.cwd()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_hook_that_only_asks_waits_too(tmp_path: Path) -> None:
    """``get_requires_for_…`` runs setup.py, which writes, and may write the version file: not under another's build."""
    repo = project(tmp_path / "demo", setup=SETUP)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=repo.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    code = "from uniqver import build_meta as b; b.get_requires_for_build_sdist()"
    asking = subprocess.Popen([sys.executable, "-c", code], cwd=repo.path, stderr=subprocess.PIPE, text=True)
    assert asking.stderr is not None
    assert asking.stderr.readline() == f"uniqver: waits for another build of {repo.path}\n"
    assert not (repo.path / "demo/_version.py").exists()
    assert not (repo.path / "demo.egg-info").exists()
    holder.communicate("", timeout=60)
    asking.communicate(timeout=60)
    assert asking.returncode == 0
    assert (repo.path / "demo/_version.py").exists()


NESTED = """\
import os, subprocess, sys
from setuptools import setup

if "NESTED" not in os.environ and "sdist" in sys.argv:
    code = "from uniqver import build_meta as b; b.build_wheel(" + repr(os.environ["NEST"]) + ")"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "NESTED": "1"})
setup()
"""


def test_a_build_within_a_build(tmp_path: Path) -> None:
    """A setup.py that builds its own project once more doesn't wait for itself."""
    repo = project(tmp_path / "demo", setup=NESTED)
    (tmp_path / "inner").mkdir()
    done = hook("build_sdist", repo, tmp_path / "outer", NEST=str(tmp_path / "inner"))
    assert done.code == 0, done.err
    assert_whole(*(tmp_path / "outer").iterdir(), *(tmp_path / "inner").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="devices")
@pytest.mark.parametrize("name", ["get_requires_for_build_sdist", "build_sdist", "build_wheel"])
def test_a_manifest_without_an_end(name: str, tmp_path: Path) -> None:
    """setuptools reads MANIFEST.in whole: a device in its place is an error, not all memory of the machine."""
    repo = project(tmp_path / "demo")
    (repo.path / "MANIFEST.in").symlink_to("/dev/zero")
    done = call_hook(name, repo.path, *(() if name.startswith("get") else (tmp_path,)))
    assert done.code == 1
    assert "MANIFEST.in can't be read: it is not a file" in done.err


@pytest.mark.skipif(os.name == "nt", reason="devices and FIFOs")
@pytest.mark.parametrize("kind", ["device", "fifo", "null"])
def test_extra_settings_without_an_end(kind: str, tmp_path: Path) -> None:
    """A DIST_EXTRA_CONFIG that is not a file ends the hook with an error, at once; the null device is an empty file."""
    repo = project(tmp_path / "demo")
    place = {"device": "/dev/zero", "null": os.devnull}.get(kind, str(tmp_path / "fifo"))
    if kind == "fifo":
        os.mkfifo(place)
    done = run(
        sys.executable,
        "-c",
        _WITH_LITTLE_MEMORY,
        cwd=repo.path,
        ok=False,
        env={**os.environ, "DIST_EXTRA_CONFIG": place},
    )
    if kind == "null":
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode == 1
    assert f"{place} (DIST_EXTRA_CONFIG) can't be read: it is not a file" in done.stderr
    assert "fix: correct that file, or unset DIST_EXTRA_CONFIG" in done.stderr


_WITH_LITTLE_MEMORY = """
import resource, signal
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
signal.alarm(60)
from uniqver import build_meta
build_meta.get_requires_for_build_wheel()
"""
