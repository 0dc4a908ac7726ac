"""Builds that must not go on: each reports what is wrong and its fix, exits 1, and leaves nothing half-written.

Settings that are wrong stop any build. What only keeps a version from being proven stops builds for publishing, which set
``UNIQVER_STRICT``; any other gets a local version.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.projects import committed, copied
from tests.support.run import bound_by_modes, git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION_FILE = "src/sample_src/_version.py"


def replaced(project: Path, old: str, new: str) -> None:
    """Change pyproject.toml."""
    path = project / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def appended(project: Path, text: str) -> None:
    """Add to pyproject.toml."""
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def static_version(project: Path) -> None:
    replaced(project, 'dynamic = ["version"]', 'version = "1.0"')


def no_dynamic(project: Path) -> None:
    replaced(project, 'dynamic = ["version"]', "")


def two_versions(project: Path) -> None:
    replaced(project, 'dynamic = ["version"]', 'version = "1.0"')
    (project / "setup.cfg").write_text("[metadata]\nversion = 2\n", encoding="utf-8")


def dynamic_attribute(project: Path) -> None:
    appended(project, '[tool.setuptools.dynamic]\nversion = {attr = "sample_src.__version__"}')


def unknown_keys(project: Path) -> None:
    appended(project, '[tool.uniqver]\nsorce = "ci"\ntagprefix = "v"\nbase = "one"\noffset = -1')


def version_file_is_a_directory(project: Path) -> None:
    (project / VERSION_FILE).mkdir()


def version_file_holds_code(project: Path) -> None:
    (project / VERSION_FILE).write_text("def get_versions():\n    return 1\n", encoding="utf-8")


def no_such_package(project: Path) -> None:
    appended(project, '[tool.uniqver]\nversion-file = "src/other/_version.py"')


def version_file_outside(project: Path) -> None:
    appended(project, '[tool.uniqver]\nversion-file = "../_version.py"')


def pkg_info_without_version(project: Path) -> None:
    (project / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: sample-src\n", encoding="utf-8")


STRICT = {"UNIQVER_STRICT": "1"}

REFUSED: list[tuple[Callable[[Path], None], str, str]] = [
    (static_version, "[project] has a static version = '1.0'", 'dynamic = ["version"]'),
    (no_dynamic, '[project] does not list "version" as dynamic', 'in [project]: dynamic = ["version"]'),
    (two_versions, "setup.cfg sets the version too: version = 2", "delete version from [metadata] in setup.cfg"),
    (
        dynamic_attribute,
        "[tool.setuptools.dynamic] sets the version too",
        "delete version from [tool.setuptools.dynamic]",
    ),
    (unknown_keys, "sorce: unknown key; did you mean source?", "correct [tool.uniqver] in pyproject.toml"),
    (version_file_is_a_directory, "_version.py is a directory", "rename that directory"),
    (version_file_holds_code, "holds more than a version", "move its code elsewhere"),
    (no_such_package, "there is no folder src/other", "name a file in one of the project's packages"),
    (version_file_outside, "must be a Python file inside the project", "correct [tool.uniqver] in pyproject.toml"),
    (pkg_info_without_version, "has no valid version", "unpack the sdist again"),
]


@pytest.mark.parametrize(("spoil", "what", "fix"), REFUSED, ids=[case[0].__name__ for case in REFUSED])
def test_bad_projects_are_refused(spoil: Callable[[Path], None], what: str, fix: str, tmp_path: Path) -> None:
    """A project that can't be stamped is refused with its fix, without traceback, and nothing is left behind."""
    project = committed(copied("src_layout", tmp_path))
    spoil(project)
    before = {path: path.is_file() and path.read_bytes() for path in project.rglob("*") if ".git" not in path.parts}
    assert_refused(project, tmp_path, what, fix)
    after = {path: path.is_file() and path.read_bytes() for path in project.rglob("*") if ".git" not in path.parts}
    assert after == before


def assert_refused(
    project: Path, tmp_path: Path, what: str, fix: str, words: tuple[str, ...] = (), /, **variables: str
) -> None:
    """Assert that a build ends with ``what`` and ``fix``, and that nothing came out of it."""
    command = (sys.executable, "-m", "build", "-n", "-o", tmp_path / "dist", project)
    done = run(*words, *command, cwd=tmp_path, env={**os.environ, **variables}, ok=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "uniqver: error: " in done.stderr
    assert what in done.stderr
    assert "  fix: " in done.stderr
    assert fix in done.stderr.partition("  fix: ")[2]
    assert "Traceback" not in said
    assert list(tmp_path.glob("dist/*")) == []
    assert list(project.rglob("*.tmp")) == []


def test_a_damaged_repository(tmp_path: Path) -> None:
    """A repository that git can't read shows nothing."""
    project = committed(copied("src_layout", tmp_path))
    (project / ".git/refs/heads/main").write_text("0" * 39 + "1\n", encoding="utf-8")
    assert_refused(project, tmp_path, "git ", "git fsck", **STRICT)


def test_distance_without_git(tmp_path: Path) -> None:
    """The source distance without a repository is not a guess for publishing."""
    project = copied("src_layout", tmp_path)
    assert_refused(project, tmp_path, "without git", "in the git repository", UNIQVER_SOURCE="distance", **STRICT)


def test_shallow_clone_without_tags(tmp_path: Path) -> None:
    """A shallow clone that misses the tags is an error that says how to get them."""
    origin = committed(copied("src_layout", tmp_path), commits_after=3)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", origin.as_uri(), str(clone))
    assert_refused(clone, tmp_path, "this clone is shallow", "git fetch --unshallow --tags", **STRICT)


def test_a_dirty_release_pipeline_lists_what_changed(tmp_path: Path) -> None:
    """A CI run for a tag whose tree was changed stops and names the files."""
    project = committed(copied("src_layout", tmp_path), commits_after=0)
    appended(project, "# changed")
    head = git(project, "rev-parse", "HEAD")
    variables = {"GITLAB_CI": "true", "CI_PIPELINE_IID": "5", "CI_COMMIT_TAG": "v1.4.0", "CI_COMMIT_SHA": head}
    what = "the tree differs from its commit: pyproject.toml"
    assert_refused(project, tmp_path, what, "git status", **variables, **STRICT)


def test_git_that_hangs(tmp_path: Path) -> None:
    """A git that gives no answer is ended after the limit, with an error that says so."""
    project = committed(copied("src_layout", tmp_path))
    fake = tmp_path / "bin"
    fake.mkdir()
    script = fake / "git"
    script.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    script.chmod(0o755)
    path = os.pathsep.join((str(fake), os.environ["PATH"]))
    assert_refused(
        project,
        tmp_path,
        "gave no answer within 0.5 seconds",
        "UNIQVER_GIT_TIMEOUT=120",
        PATH=path,
        UNIQVER_GIT_TIMEOUT="0.5",
        **STRICT,
    )


def counter_of(project: Path) -> tuple[Path, dict[str, str]]:
    """Take one number, so that there is a counter; return its file, and the variables that name it."""
    path = project.parent / "counter.sqlite3"
    variables = {"UNIQVER_SOURCE": "counter", "UNIQVER_COUNTER": f"sqlite:///{path}"}
    for words in (["counter", "init"], ["allocate"]):
        run(sys.executable, "-m", "uniqver", *words, cwd=project, env={**os.environ, **variables})
    return path, variables


@pytest.mark.parametrize("damage", ["empty", "text", "half"])
def test_a_damaged_counter_is_never_made_again(damage: str, tmp_path: Path) -> None:
    """A counter file that lost its records is an error with its fix; starting again would repeat numbers."""
    project = committed(copied("src_layout", tmp_path))
    counter, variables = counter_of(project)
    content = counter.read_bytes()
    counter.write_bytes({"empty": b"", "text": b"not a database, whatever else" * 100, "half": content[:5000]}[damage])
    assert_refused(project, tmp_path, str(counter), "restore", **variables, **STRICT)


def test_a_counter_that_is_not_there(tmp_path: Path) -> None:
    """A counter's file that is missing is not made by a build: it might start again at 1."""
    project = committed(copied("src_layout", tmp_path))
    variables = {"UNIQVER_SOURCE": "counter", "UNIQVER_COUNTER": f"sqlite:///{tmp_path / 'none.sqlite3'}"}
    assert_refused(project, tmp_path, "none.sqlite3", "uniqver counter init", **variables, **STRICT)
    assert not (tmp_path / "none.sqlite3").exists()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX'")
def test_a_read_only_folder(tmp_path: Path) -> None:
    """A package folder that can't be written is an error before anything is built."""
    words = bound_by_modes()
    project = committed(copied("src_layout", tmp_path))
    folder = project / "src/sample_src"
    folder.chmod(0o555)
    try:
        assert_refused(project, tmp_path, "can't be written", "make its folder writable", words)
    finally:
        folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit on file sizes here")
def test_a_full_disk(tmp_path: Path) -> None:
    """A version file that can't be written to its end leaves the old one whole, and no scratch file."""
    project = committed(copied("src_layout", tmp_path))
    path = project / VERSION_FILE
    path.write_text('__version__ = "0"\n', encoding="utf-8")
    hook = (
        "import resource, signal, tempfile\n"
        "from uniqver.build_meta import build_wheel\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "build_wheel(tempfile.gettempdir())\n"
    )
    done = run(sys.executable, "-c", hook, cwd=project, ok=False)
    assert done.returncode == 1
    assert f"{path} can't be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text(encoding="utf-8") == '__version__ = "0"\n'
    assert list(project.rglob("*.tmp")) == []


def test_a_counter_on_a_full_disk(tmp_path: Path) -> None:
    """A counter that can't grow is an error, and gives the same number once there is space again."""
    project = committed(copied("src_layout", tmp_path))
    counter, variables = counter_of(project)
    with sqlite3.connect(counter) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.close()
    limit = pages * 4096
    code = (
        "import resource, signal, sys\n"
        "from uniqver.cli.main import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit // 4}, {limit // 4}))\n"
        "sys.exit(main(['allocate']))\n"
    )
    env = {**os.environ, **variables}
    done = run(sys.executable, "-c", code, cwd=project, env=env, ok=False)
    assert done.returncode == 1
    assert "uniqver: error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert run(sys.executable, "-m", "uniqver", "allocate", cwd=project, env=env).stdout == "1.4.1.dev2\n"


@pytest.mark.parametrize(
    ("installed", "found"),
    [((), "setuptools is not installed"), (("setuptools==70.3.0",), "setuptools 70.3.0 is too old")],
)
@pytest.mark.parametrize(
    "hook", ["get_requires_for_build_wheel()", "build_wheel('out')", "__legacy__.build_wheel('out')"]
)
def test_no_setuptools_that_can_be_used(
    installed: tuple[str, ...], found: str, hook: str, wheelhouse: Path, environment: Callable[[], Path], tmp_path: Path
) -> None:
    """Without isolation nobody installs what ``requires`` names: the error says how to."""
    python = environment()
    pip = ("uv", "pip", "install", "-q", "--python", python)
    run(*pip, "--no-deps", "--no-index", "-f", wheelhouse, "uniqver", "packaging", "tomli", cwd=tmp_path)
    if installed:
        run(*pip, *installed, cwd=tmp_path)
    project = copied("src_layout", tmp_path)
    (project / "setup.py").write_text("import setuptools\nsetuptools.setup()\n")  # else nothing is asked of setuptools
    committed(project)
    done = run(python, "-c", f"import uniqver.build_meta as b; b.{hook}", cwd=project, ok=False)
    assert done.returncode == 1
    assert f"uniqver: error: {found}\n  fix: python -m pip install --upgrade" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(project.glob("out/*"))
