"""Real frontends on real layouts: everything that comes out says one version."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import assert_all_say, unpacked, version_of_name
from tests.support.projects import NAMES, committed, copied
from tests.support.run import git, python, run

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUTS = [
    ("src_layout", "sample-src", "sample_src"),
    ("flat_layout", "sample.flat", "sample_flat"),
    ("namespace", "acme-widgets", "acme.widgets"),
    ("single_module", "sample-module", "sample_module"),
    ("c_extension", "sample-ext", "sample_ext"),
    ("setup_py", "sample-setup-py", "sample_setup_py"),
    ("setup_cfg", "sample-setup-cfg", "sample_setup_cfg"),
]
every_layout = pytest.mark.parametrize(("sample", "name", "module"), LAYOUTS, ids=[layout[0] for layout in LAYOUTS])

BUILD = (sys.executable, "-m", "build")
PIP = (sys.executable, "-m", "pip", "-q")


def expected_version(project: Path) -> str:
    """Return the version of one commit after v1.4.0, by git alone."""
    return f"1.4.1.dev1+g{git(project, 'rev-parse', 'HEAD')[:12]}"


def made(folder: Path) -> tuple[Path, Path]:
    """Return the one sdist and the one wheel in a folder."""
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return sdist, wheel


def assert_imports(interpreter: Path, module: str, name: str, version: str, cwd: Path) -> None:
    """Assert that the installed module, its metadata and its version agree."""
    code = (
        f"import {module} as module; from importlib.metadata import version; "
        f"print(module.__version__, version('{name}'))"
    )
    assert run(interpreter, "-c", code, cwd=cwd).stdout.split() == [version, version]


def test_every_sample_is_tried() -> None:
    """Each sample project in tests/packages is in the table of layouts."""
    assert {layout[0] for layout in LAYOUTS} == set(NAMES)


@every_layout
def test_build_without_isolation(sample: str, name: str, module: str, tmp_path: Path) -> None:
    """`python -m build -n` makes an sdist, and from it a wheel, that both say what `uniqver version` said."""
    project = committed(copied(sample, tmp_path))
    version = expected_version(project)
    assert python("-m", "uniqver", "version", cwd=project).strip() == version
    run(*BUILD, "-n", "-o", tmp_path / "dist", project, cwd=tmp_path)
    assert_all_say(version, *made(tmp_path / "dist"))


def test_build_with_isolation(tmp_path: Path, offline: Path) -> None:
    """`python -m build` installs uniqver from a wheel into an environment of its own and gets the same version."""
    project = committed(copied("c_extension", tmp_path))
    version = expected_version(project)
    run(*BUILD, "-o", tmp_path / "dist", project, cwd=tmp_path)
    assert_all_say(version, *made(tmp_path / "dist"))


@pytest.mark.parametrize("sample", ["src_layout", "setup_py"])
def test_pip_wheel(sample: str, tmp_path: Path) -> None:
    """`pip wheel` prepares metadata, then makes a wheel with the same version; `pip install` does so with every layout."""
    project = committed(copied(sample, tmp_path))
    version = expected_version(project)
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path / "dist", project, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert_all_say(version, wheel)


@pytest.fixture(scope="module")
def with_uniqver(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment with what builds without isolation need, into which each layout is installed."""
    folder = tmp_path_factory.mktemp("with-uniqver")
    uv, place = (sys.executable, "-m", "uv"), folder / "environment"
    run(*uv, "venv", "-q", "--python", sys.executable, place, cwd=folder)
    where = ("--no-index", "--find-links", wheelhouse, "--python", place)
    run(*uv, "pip", "install", "-q", *where, "uniqver", "setuptools", cwd=folder)
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@every_layout
def test_pip_install_and_import(
    sample: str,
    name: str,
    module: str,
    tmp_path: Path,
    environment: Callable[[], Path],
    with_uniqver: Path,
    offline: Path,
) -> None:
    """After `pip install` the module, its metadata and `uniqver version` agree (isolated for the first layout)."""
    project = committed(copied(sample, tmp_path))
    version = expected_version(project)
    isolated = sample == "src_layout"
    interpreter = environment() if isolated else with_uniqver
    isolation = () if isolated else ("--no-build-isolation",)
    run(*PIP, "--python", interpreter, "install", *isolation, project, cwd=tmp_path)
    assert_imports(interpreter, module, name, version, tmp_path)


@pytest.mark.parametrize(("sample", "name", "module"), LAYOUTS[:3], ids=[layout[0] for layout in LAYOUTS[:3]])
def test_editable_install_with_pip(
    sample: str, name: str, module: str, tmp_path: Path, with_uniqver: Path, offline: Path
) -> None:
    """After `pip install -e` the code is imported from the work tree, with the version of the installation."""
    project = committed(copied(sample, tmp_path))
    version = expected_version(project)
    run(*PIP, "--python", with_uniqver, "install", "--no-build-isolation", "-e", project, cwd=tmp_path)
    assert_imports(with_uniqver, module, name, version, tmp_path)
    where = run(with_uniqver, "-c", f"import {module} as m; print(m.__file__)", cwd=tmp_path).stdout.strip()
    assert Path(where).is_relative_to(project)


@every_layout
def test_uv_build(sample: str, name: str, module: str, tmp_path: Path, offline: Path) -> None:
    """`uv build` makes an sdist, and from it a wheel, with the same version (isolated for the first layout)."""
    project = committed(copied(sample, tmp_path))
    version = expected_version(project)
    isolation = () if sample == "src_layout" else ("--no-build-isolation", "--python", sys.executable)
    run("uv", "build", "-q", *isolation, "-o", tmp_path / "dist", project, cwd=tmp_path)
    assert_all_say(version, *made(tmp_path / "dist"))


@pytest.mark.parametrize("editable", [(), ("-e",)], ids=["plain", "editable"])
def test_uv_pip_install(
    editable: tuple[str, ...], tmp_path: Path, environment: Callable[[], Path], offline: Path
) -> None:
    """After `uv pip install` (also -e) the module and its metadata say what `uniqver version` said."""
    project = committed(copied("src_layout", tmp_path))
    version = expected_version(project)
    interpreter = environment()
    run("uv", "pip", "install", "-q", "--python", interpreter, *editable, project, cwd=tmp_path)
    assert_imports(interpreter, "sample_src", "sample-src", version, tmp_path)


@pytest.fixture(scope="module")
def sdists(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the sdist of a sample; it is made once."""

    @cache
    def sdist(sample: str) -> Path:
        folder = tmp_path_factory.mktemp("sdist")
        run(*BUILD, "-n", "--sdist", "-o", folder / "dist", committed(copied(sample, folder)), cwd=folder)
        (made,) = (folder / "dist").iterdir()
        return made

    return sdist


ANOTHER_CI = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "99",
    "GITHUB_RUN_NUMBER": "7",
    "GITHUB_REF": "refs/tags/v9.9.9",
}


@pytest.mark.parametrize(
    ("sample", "around"),
    [
        ("src_layout", {}),
        ("flat_layout", {}),
        ("setup_cfg", {}),
        ("src_layout", ANOTHER_CI),
        ("flat_layout", {"UNIQVER_VERSION": "7.7.7"}),
        ("setup_cfg", {"UNIQVER_SOURCE": "counter", "UNIQVER_BUILD_NUMBER": "5"}),
    ],
    ids=["src", "flat", "setup.cfg", "another CI", "a pin", "another source"],
)
def test_wheel_from_an_sdist_has_its_version(
    sample: str, around: dict[str, str], sdists: Callable[[str], Path], tmp_path: Path
) -> None:
    """A wheel built from an sdist, without git and whatever the environment says, has the sdist's version."""
    sdist = sdists(sample)
    source = unpacked(sdist, tmp_path / "elsewhere")
    before = {path: path.read_bytes() for path in source.rglob("_version.py")}
    bare = {name: value for name, value in os.environ.items() if name in ("HOME", "USERPROFILE", "SYSTEMROOT", "TEMP")}
    env = {**bare, **around, "PATH": str(tmp_path)}
    run(*BUILD, "-n", "--wheel", "-o", tmp_path / "out", source, cwd=tmp_path, env=env)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    assert_all_say(version_of_name(sdist), wheel)
    assert before
    assert {path: path.read_bytes() for path in before} == before


def test_sdist_inside_a_foreign_checkout_keeps_its_version(tmp_path: Path) -> None:
    """PKG-INFO wins over a git repository around (and at) the unpacked sdist."""
    project = committed(copied("src_layout", tmp_path))
    run(*BUILD, "-n", "--sdist", "-o", tmp_path / "dist", project, cwd=tmp_path)
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    source = committed(unpacked(sdist, tmp_path / "foreign"), tag="upstream/9.0.0")  # as git-buildpackage imports it
    assert python("-m", "uniqver", "version", cwd=source).strip() == version_of_name(sdist) == expected_version(project)


def test_config_settings_reach_setuptools(tmp_path: Path) -> None:
    """`--config-setting=--build-option=…` is passed on untouched: the wheel gets the build tag asked for."""
    project = committed(copied("src_layout", tmp_path))
    run(*BUILD, "-n", "--wheel", "-C--build-option=--build-number=7", "-o", tmp_path / "dist", project, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name.split("-")[2] == "7"


def test_pyproject_is_never_edited(tmp_path: Path) -> None:
    """After a build nothing in the work tree differs from the commit, and only ignorable files are new."""
    project = committed(copied("src_layout", tmp_path))
    run(*BUILD, "-n", "-o", tmp_path / "dist", project, cwd=tmp_path)
    changes = run("git", "status", "--porcelain", "-uall", cwd=project).stdout.splitlines()
    new = {change.removeprefix("?? ").split("/")[-1] for change in changes if change.startswith("??")}
    assert [change for change in changes if not change.startswith("??")] == []
    assert {name for name in new if name != "_version.py"} <= {
        "PKG-INFO", "SOURCES.txt", "dependency_links.txt", "entry_points.txt", "requires.txt", "top_level.txt",
    }  # fmt: skip


def test_users_extra_config_stays_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DIST_EXTRA_CONFIG of the user's still counts: its build tag is in the wheel's name."""
    extra = tmp_path / "extra.cfg"
    extra.write_text("[bdist_wheel]\nbuild_number = 3\n[metadata]\nversion = 0.0.1\n", encoding="utf-8")
    monkeypatch.setenv("DIST_EXTRA_CONFIG", str(extra))
    project = committed(copied("src_layout", tmp_path))
    version = expected_version(project)
    run(*BUILD, "-n", "--wheel", "-o", tmp_path / "dist", project, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name.split("-")[2] == "3"
    assert_all_say(version, wheel)


def test_path_of_the_project_may_be_odd(tmp_path: Path) -> None:
    """Spaces, quotes, other alphabets and what shells and URLs read in the project's path change nothing."""
    folder = 'with space, o\'clock "quoted", größe-目录, $HOME;#%41'
    (tmp_path / folder).mkdir()
    project = committed(copied("src_layout", tmp_path / folder))
    version = expected_version(project)
    run(*BUILD, "-n", "-o", tmp_path / "dist", project, cwd=tmp_path)
    assert_all_say(version, *made(tmp_path / "dist"))


def test_a_legacy_setup_py_that_sets_a_version_is_refused(tmp_path: Path) -> None:
    """A setup.py with version= of its own makes no artifact: error, exit 1, no traceback of uniqver's."""
    project = copied("setup_py", tmp_path)
    setup = project / "setup.py"
    setup.write_text(
        "from setuptools import setup\nsetup(version='3.0', description='', packages=['sample_setup_py'])\n",
        encoding="utf-8",
    )
    committed(project)
    done = run(*BUILD, "-n", "--wheel", "-o", tmp_path / "dist", project, cwd=tmp_path, ok=False)
    assert done.returncode == 1
    assert "in what setuptools made" in done.stderr
    assert "fix: remove version= from setup.py" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert list((tmp_path / "dist").glob("*")) == []


def test_hooks_without_git_on_path_build_a_local_version(tmp_path: Path) -> None:
    """In a git work tree without a git program the build says what is missing; for publishing it stops."""
    project = committed(copied("src_layout", tmp_path))
    env = {**os.environ, "PATH": str(tmp_path / "nothing")}
    done = run(*BUILD, "-n", "--wheel", "-o", tmp_path / "dist", project, cwd=tmp_path, env=env)
    (wheel,) = (tmp_path / "dist").iterdir()
    assert "+t" in wheel.name
    assert "no git program on PATH" in done.stdout + done.stderr
    env["UNIQVER_STRICT"] = "1"
    strict = run(*BUILD, "-n", "--wheel", "-o", tmp_path / "strict", project, cwd=tmp_path, env=env, ok=False)
    assert strict.returncode == 1
    assert "no git program on PATH" in strict.stderr
    assert "Traceback" not in strict.stdout + strict.stderr
