"""Files that are no files, have no end, or lead elsewhere: each is passed over or an error, and nothing outside changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.hooks import call_hook
from tests.support.repositories import Repo
from tests.support.resolving import NAME
from tests.support.run import bound_by_modes, git, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="FIFOs and links are POSIX'")

PLACES = (
    *("pyproject.toml", "PKG-INFO", "setup.cfg", "setup.py", "uniqver.json", ".git_archival.txt", ".gitattributes"),
    *(".git/HEAD", ".git/commondir", ".git/packed-refs", ".git/shallow", ".git/config", ".git/index"),
    *("src/app/_version.py", ".github/workflows/x.yml", ".gitignore", "facts.json"),
)
SECONDS = 60
"""Limit of one command: with a FIFO that is waited for, it would never end."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project one commit after its release."""
    repo = Repo(tmp_path / "app")
    repo.write(
        "pyproject.toml", '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n' + NAME
    )
    repo.write("src/app/__init__.py")
    repo.write(".github/workflows/ci.yml", "on: push\njobs: {}\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.4.0")
    return repo.path


def uniqver(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command, and show no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "uniqver", *words],
        cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=False,
        timeout=SECONDS, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), done.stderr
    return done


def listing(folder: Path) -> dict[str, bytes | str]:
    """Return all that is in a folder, with contents."""
    return {
        str(path): str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


_TRIES = """
import contextlib, faulthandler, io, json, os, sys
from pathlib import Path
from uniqver.cli.main import main
kind, places = sys.argv[1], sys.argv[2:]

def put(path):
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(2**36)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path)

for place in places:
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.read_bytes() if path.is_file() else None
    path.unlink(missing_ok=True)
    put(path)
    os.environ.pop("UNIQVER_FACTS", None)
    if place == "facts.json":
        os.environ["UNIQVER_FACTS"] = place
    for command in (["version"], ["explain"], ["doctor"], ["init", "--dry-run"]):
        faulthandler.dump_traceback_later(30, exit=True)  # names what hangs
        told = io.StringIO()
        try:
            with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
                code = main(command)
        except BaseException as error:
            import traceback
            traceback.print_exc()
            print(place, command, repr(error), file=sys.stderr)
            continue
        if code not in (0, 1):
            print(place, command, code, file=sys.stderr)
    path.rmdir() if kind == "folder" else path.unlink()
    if kept is not None:
        path.write_bytes(kept)
"""


@pytest.mark.parametrize("kind", ["fifo", "zero", "sparse", "folder", "loop"])
def test_what_lies_there_is_no_file(kind: str, project: Path) -> None:
    """Every command ends, in time and without a traceback, whichever of the files is something else."""
    done = subprocess.run(
        [sys.executable, "-c", _TRIES, kind, *PLACES],
        cwd=project, capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL,
        env={**os.environ, "UNIQVER_GIT_TIMEOUT": "2"},  # git itself waits at a .gitignore that is a FIFO
    )  # fmt: skip
    assert (done.returncode, done.stderr[-3000:]) == (0, "")


@pytest.mark.parametrize("name", ["/abs", "../../elsewhere", "..", "", "a/b", "a" * 300, "x\\u0000y"])
def test_a_name_that_is_a_path(name: str, project: Path, tmp_path: Path) -> None:
    """No version file is written but in a package of the project."""
    target = Path(f"/tmp/elsewhere{os.getpid()}")  # no - and no _, where a name is split
    target.mkdir(exist_ok=True)
    (target / "__init__.py").touch()
    name = str(target) if name == "/abs" else name
    (project / "pyproject.toml").write_text(f'[project]\nname = "{name}"\ndynamic = ["version"]\n')
    before = listing(target)
    uniqver("version", cwd=project)
    uniqver("init", "--dry-run", cwd=project)
    call_hook("build_wheel", project, tmp_path / "dist")
    after = listing(target)
    shutil.rmtree(target)
    assert after == before


@pytest.mark.parametrize("setting", ['version-file = "src/app/_version.py"\n', ""])
def test_a_version_file_behind_a_link(setting: str, project: Path, tmp_path: Path) -> None:
    """A package folder that is a link out of the project is not written to."""
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "__init__.py").touch()
    (project / "src/app/__init__.py").unlink()
    (project / "src/app").rmdir()
    (project / "src/app").symlink_to(target)
    with (project / "pyproject.toml").open("a") as file:
        file.write(f"[tool.uniqver]\n{setting}")
    before = listing(target)
    done = call_hook("build_wheel", project, tmp_path / "dist")
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "leads out of the project" in done.err
    assert listing(target) == before


def test_setuptools_writes_through_no_link(project: Path, tmp_path: Path) -> None:
    """What lies as a link in ``.egg-info``, where setuptools writes, is removed and not followed."""
    target = tmp_path / "kept"
    target.write_text("kept\n")
    folder = project / "src/app.egg-info"
    folder.mkdir()
    for name in ("SOURCES.txt", "PKG-INFO", "top_level.txt"):
        (folder / name).symlink_to(target)
    assert call_hook("build_wheel", project, tmp_path / "dist").code == 0
    assert target.read_text() == "kept\n"
    assert "src/app/__init__.py" in (folder / "SOURCES.txt").read_text()


def test_setuptools_writes_into_no_folder_elsewhere(project: Path, tmp_path: Path) -> None:
    """``.egg-info`` itself may be a link that leaves the project."""
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "PKG-INFO").write_text("kept\n")
    (project / "src/app.egg-info").symlink_to(target)
    before = listing(target)
    assert call_hook("build_wheel", project, tmp_path / "dist").code == 0
    assert listing(target) == before


def test_init_writes_nothing_elsewhere(project: Path, tmp_path: Path) -> None:
    """Folders and files behind links that leave the project: no change, and nothing of theirs is shown."""
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "secret").write_text("SECRET-MARKER\n")
    (project / ".github/workflows/ci.yml").unlink()
    (project / ".github/workflows").rmdir()
    (project / ".github/workflows").symlink_to(target)
    (project / ".gitignore").symlink_to(target / "secret")
    before = listing(target)
    for words in (("init", "--dry-run"), ("init", "--yes"), ("doctor",)):
        done = uniqver(*words, cwd=project)
        assert "SECRET-MARKER" not in done.stdout + done.stderr
        assert listing(target) == before


@pytest.mark.parametrize("command", ["version", "explain", "doctor", "init --dry-run", "counter show", "check x.whl"])
def test_a_working_directory_that_was_deleted(command: str, tmp_path: Path) -> None:
    """The error says that the folder is gone."""
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os, sys; os.rmdir({str(gone)!r}); from uniqver.cli.main import main; sys.exit(main({command.split()!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=gone, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert "error: " in done.stderr


_STRAY = """
import os, sys
from uniqver.__main__ import script
ended = 0
for value in ("\\udcff\\udcfe", "a\\nb\\x1b[31m", "9" * 5000, "x" * 20_000, "\\u202e"):
    for words in (["version"], ["explain", "--json"]):
        child = os.fork()  # what is imported already is imported once
        if child == 0:
            os.environ.update({"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main", sys.argv[1]: value})
            sys.argv[1:] = words
            sys.exit(script())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code not in (0, 1):
            sys.exit(f"{words} with {value[:10]!r}: exit {code}")
        ended += 1
print(ended, "ended", file=sys.stderr)
"""


@pytest.mark.parametrize(
    "variable",
    [
        "UNIQVER_BUILD_ID",
        "UNIQVER_VERSION",
        "UNIQVER_BUILD_NUMBER",
        "UNIQVER_COUNTER",
        "UNIQVER_BASE",
        "GITHUB_RUN_ID",
        "HOME",
    ],
)
def test_variables_with_stray_bytes(variable: str, project: Path, tmp_path: Path) -> None:
    """Bytes that are not UTF-8, control characters and 5,000 digits: an answer or an error, no traceback."""
    done = run(sys.executable, "-c", _STRAY, variable, cwd=project, seconds=2 * SECONDS)
    assert done.stderr.splitlines()[-1] == "10 ended"
    assert "Traceback" not in done.stderr, done.stderr
    said = call_hook("build_wheel", project, tmp_path, environ={**os.environ, variable: "\udcff"})
    assert "Traceback" not in said.err or variable == "HOME", said.err


UNREADABLE = (
    *("pyproject.toml", "setup.cfg", "setup.py", ".github/workflows/ci.yml", ".github", "src", "src/app"),
    *("src/app/__init__.py", ".gitignore", ".git", ".git/HEAD", ".git/index", ".git/objects", ".git/config"),
)


_ASKED = """\
import os, sys
import setuptools.build_meta
from uniqver import build_meta
from uniqver.cli.main import main

asked = {
    **{words: lambda words=words: main(words.split()) for words in ("version", "explain", "doctor --offline", "init --dry-run")},
    **{hook: lambda hook=hook: getattr(build_meta, hook)(sys.argv[1]) for hook in ("build_sdist", "build_wheel")},
}
for name, ask in asked.items():
    if not (child := os.fork()):  # each in a process of its own
        code = 1
        try:
            told = ask()
            code = told if isinstance(told, int) else 0
        except SystemExit as error:
            code = error.code or 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print("ended", name, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Asks commands and hooks, one after another."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="modes and fork are of POSIX")
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_this_user_may_not_read(name: str, project: Path, tmp_path: Path) -> None:
    """Commands and hooks end with an answer, or an error that names the file."""
    words = bound_by_modes()
    for each in ("setup.cfg", ".gitignore"):
        (project / each).touch()
    (project / "setup.py").write_text("from setuptools import setup\nsetup()\n")
    (project / name).chmod(0)
    done = run(*words, sys.executable, "-c", _ASKED, str(tmp_path), cwd=project, seconds=6 * SECONDS)
    (project / name).chmod(0o755)
    assert "Traceback" not in done.stderr, done.stderr
    codes = [line.rpartition(" ")[2] for line in done.stdout.splitlines() if line.startswith("ended ")]
    assert len(codes) == 6
    assert set(codes) <= {"0", "1"}


DATES = ("4500000000 +0000", "99999999999 +0000", "-5000000000 +0000", "", "x y", "1700000000 +99999999")


@pytest.mark.parametrize("date", DATES)
def test_commits_of_no_calendar(date: str, project: Path, tmp_path: Path) -> None:
    """After 2107, before 1970, undated: git has them, and zip's times end."""
    head = git(project, "rev-parse", "HEAD")
    person = f"A <a@example.org> {date}"
    text = f"tree {git(project, 'rev-parse', 'HEAD^{tree}')}\nparent {head}\nauthor {person}\ncommitter {person}\n\nx\n"
    words = ("git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    made = subprocess.run(words, cwd=project, input=text, capture_output=True, text=True, check=True).stdout.strip()
    git(project, "update-ref", "refs/heads/main", made)
    for command in ("version", "explain", "whence 1.4.1.dev1"):
        uniqver(*command.split(), cwd=project)
    for hook in ("build_sdist", "build_wheel"):
        done = call_hook(hook, project, tmp_path / "dist")
        assert done.code == 0, done.err


@pytest.mark.parametrize("command", ["version", "counter show", "explain"])
@pytest.mark.parametrize("text", ["\\u0000", "\\u001b[31m", "\\u202e"])
def test_a_terminal_obeys_nothing_of_the_settings(text: str, command: str, project: Path) -> None:
    """Escapes in the project's name or in a key are shown as escapes."""
    for settings in (f'[project]\nname = "{text}"\ndynamic = ["version"]\n', f'{NAME}[tool.uniqver]\n"{text}" = 1\n'):
        (project / "pyproject.toml").write_text(settings)
        done = uniqver(*command.split(), cwd=project)
        assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines())
