"""``uniqver doctor`` on real folders: what it reads, prints and exits with."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.init.samples import sample
from tests.support.repositories import Repo
from tests.support.run import bound_by_modes, git, run
from tests.support.terminal import needs_terminal, run_on_terminal

from uniqver.cli.init.pipelines import PIPELINE_FILES

if TYPE_CHECKING:
    from pathlib import Path

DOCTOR = (sys.executable, "-m", "uniqver", "doctor")


def findings(project: Path, *words: str) -> tuple[int, set[str]]:
    done = run(*DOCTOR, "--json", *words, cwd=project, ok=False)
    return done.returncode, {finding["check"] for finding in json.loads(done.stdout)["findings"]}


def test_before_init_it_exits_1_and_after_it_0(tmp_path: Path) -> None:
    """What doctor calls an error is what init fixes; a readme is left to a person."""
    project = sample("static", "src", tmp_path)
    code, found = findings(project)
    assert code == 1
    assert {"backend", "static-version"} <= found
    run(sys.executable, "-m", "uniqver", "init", "--ci", "github", "--yes", cwd=project)
    assert findings(project) == (0, {"readme"})


def test_a_version_that_is_still_written_in_the_package_is_found(tmp_path: Path) -> None:
    """Its file is read, and not run; what init moved is not found."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    assert "stale-version" not in findings(project, "--offline")[1]
    init = project / "src/sample_src/__init__.py"
    init.write_text('raise SystemExit("run")\n__version__ = "1.4.0"\n')
    assert "stale-version" in findings(project, "--offline")[1]


def test_it_sees_what_lies_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracked version file, old builds, a readme that is no reStructuredText, a classifier, .pypirc, a broken workflow."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "github", "--yes", cwd=project)
    path = project / "pyproject.toml"
    text = path.read_text().replace(
        'description = "A sample"', 'description = "A sample"\nreadme = "README.rst"\nclassifiers = ["No :: Such"]'
    )
    path.write_text(text)
    (project / "README.rst").write_text("Title\n=\n\n.. nonsense::\n\n  *x\n")
    (project / "src/sample_src/_version.py").write_text("version = '1'\n")
    git(project, "add", "-f", "src/sample_src/_version.py")
    (project / "dist").mkdir()
    for name in ("sample_src-1.0.tar.gz", "sample_src-1.1.tar.gz"):
        (project / "dist" / name).touch()
    (project / ".github/workflows/broken.yml").write_text("on: [push\njobs: {")
    (tmp_path / ".pypirc").write_text("[pypi]\nusername = __token__\npassword = abc\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    code, found = findings(project, "--offline")
    assert code == 1
    assert found == {"readme", "classifiers", "version-file", "stale-dist", "token", "workflow-unreadable"}


def test_tags_that_only_origin_has_are_found_unless_offline(tmp_path: Path) -> None:
    """origin is asked for its tags; --offline asks nobody."""
    origin = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=origin)
    git(origin, "add", "-A")
    git(origin, "commit", "-q", "-m", "Versions by uniqver")
    git(tmp_path, "clone", "-q", origin.as_uri(), "clone")
    git(origin, "tag", "v1.5.0")
    clone = tmp_path / "clone"
    assert "tags" in findings(clone)[1]
    assert "tags" not in findings(clone, "--offline")[1]


def test_a_shallow_clone_is_a_warning(tmp_path: Path) -> None:
    """Builds there are local, and hurt nobody."""
    origin = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=origin)
    git(origin, "commit", "-q", "-am", "Versions by uniqver")
    git(tmp_path, "clone", "-q", "--depth", "1", origin.as_uri(), "clone")
    code, found = findings(tmp_path / "clone", "--offline")
    assert code == 0
    assert "shallow" in found
    assert "+" in run(sys.executable, "-m", "uniqver", "version", cwd=tmp_path / "clone").stdout


def test_a_counter_that_does_not_answer_is_found(tmp_path: Path) -> None:
    """The counter of the settings is asked, and takes no number."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.uniqver]\ncounter = "nosuchstore://127.0.0.1/1"\n')
    assert findings(project, "--offline")[0] == 1
    assert "counter" in findings(project, "--offline")[1]


def test_projects_of_one_repository_are_no_findings_of_each_other(tmp_path: Path) -> None:
    """init in each of two packages: neither its notes nor doctor take the other's workflows for this one's."""
    top = tmp_path / "several"
    for name in ("pkg-a", "pkg-b"):
        package = top / "packages" / name / "src" / name.replace("-", "_")
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        text = f'[project]\nname = "{name}"\nversion = "1.4.0"\nreadme = "README.md"\n'
        (package.parents[1] / "pyproject.toml").write_text(text)
        (package.parents[1] / "README.md").write_text("Sample.\n")
    git(top, "init", "-q", "-b", "main")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "First")
    for name in ("pkg-a", "pkg-b"):
        git(top, "tag", f"{name}-v1.4.0")
        done = run(sys.executable, "-m", "uniqver", "init", "--ci", "github", "--yes", cwd=top / "packages" / name)
        assert "publishes too" not in done.stdout + done.stderr
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "Versions by uniqver")
    for name in ("pkg-a", "pkg-b"):
        assert findings(top / "packages" / name, "--offline") == (0, set())


@pytest.mark.parametrize(
    "text",
    [
        '[[tool.uniqver]]\nsource = "ci"\n[project]\nname = "x"\n',
        '[tool]\nuniqver = 1\n[project]\nname = "x"\n',
        '[projekt]\nname = "x"\n',
        "[project]\n",
        "[project]\nname = 1\n",
        '[project]\nname = ""\n',
    ],
)
def test_what_stops_every_build_is_an_error(tmp_path: Path, text: str) -> None:
    """A table that is none, and a project without a name."""
    (tmp_path / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n{text}dynamic = ["version"]\n'
    )
    code, found = findings(tmp_path, "--offline")
    assert (code, bool(found & {"settings", "name"})) == (1, True)


def test_a_counter_that_a_variable_names_is_asked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables stand above the table: what a build would use is what doctor tries."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    monkeypatch.setenv("UNIQVER_COUNTER", "redis://127.0.0.1:1/0")
    assert "counter" in findings(project, "--offline")[1]


def test_every_pipeline_that_init_can_write_is_read(tmp_path: Path) -> None:
    """An option that is wrong anywhere is found in the files of every CI, in the order in which they are listed."""
    project = sample("static", "src", tmp_path)
    for path in PIPELINE_FILES:
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text("twine upload --skip-existing dist/*\n")
    done = run(*DOCTOR, "--json", "--offline", cwd=project, ok=False)
    assert [f["where"] for f in json.loads(done.stdout)["findings"] if f["check"] == "skip-existing"] == [
        *PIPELINE_FILES
    ]
    assert ".buildkite/pipeline.yml" in PIPELINE_FILES


def test_files_that_are_not_utf8_are_reported_once_and_the_other_checks_go_on(tmp_path: Path) -> None:
    """A setup.cfg or a workflow in another encoding is one finding each."""
    project = sample("static", "src", tmp_path)
    (project / "setup.cfg").write_bytes("[metadata]\nauthor = Jürgen\n".encode("latin-1"))
    (project / ".github/workflows/tests.yml").write_bytes("# für Tests\non: push\n".encode("latin-1"))
    done = run(*DOCTOR, "--json", "--offline", cwd=project, ok=False)
    found = json.loads(done.stdout)["findings"]
    assert [f["what"] for f in found if "UTF-8" in f["what"]] == [
        "setup.cfg is not a UTF-8 file of this project that can be read",
        "the workflow can't be read: it is not a UTF-8 file of this project that can be read",
    ]
    assert "static-version" in {f["check"] for f in found}


def test_text_in_a_pipe_has_no_colours_and_ends_with_a_count_on_stderr(tmp_path: Path) -> None:
    """What a log gets is plain text."""
    project = sample("static", "src", tmp_path)
    done = run(*DOCTOR, "--offline", cwd=project, ok=False)
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr.startswith("uniqver: 2 errors")
    assert done.stdout.count("\n  fix: ") == done.stdout.count("error: ") + done.stdout.count("warning: ")


@needs_terminal
@pytest.mark.parametrize(("no_color", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_no_color_is_set(
    tmp_path: Path, no_color: dict[str, str], coloured: bool
) -> None:
    """NO_COLOR is kept to."""
    _, shown = run_on_terminal(*DOCTOR, "--offline", cwd=sample("static", "src", tmp_path), env=no_color)
    assert "static version" in shown
    # without colours bold may stay: it is none
    assert ("\x1b[1;31m" in shown or "\x1b[33m" in shown) is coloured


BROKEN_GIT = {
    "missing": None,
    "crashing": "kill -SEGV $$",
    "too old": """case "$*" in *--version*) echo git version 2.17.1 ;; *) echo "error: unknown option" >&2; exit 129 ;; esac""",
}


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for git")
@pytest.mark.parametrize("kind", BROKEN_GIT)
def test_a_git_that_does_not_work(kind: str, tmp_path: Path) -> None:
    """What makes every build local is an error: no index takes these."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    programs = tmp_path / "programs"
    programs.mkdir()
    script = BROKEN_GIT[kind]
    if script is not None:
        (programs / "git").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "git").chmod(0o755)
    path = str(programs) if script is None else f"{programs}:{os.environ['PATH']}"
    done = run(*DOCTOR, cwd=project, env={**os.environ, "PATH": path}, ok=False)
    assert done.returncode == 1
    assert "error: " in done.stdout
    assert "git" in done.stdout.partition("error: ")[2].splitlines()[0]


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX'")
def test_a_repository_that_cannot_be_read(tmp_path: Path) -> None:
    """As without git: builds here are local."""
    words = bound_by_modes()
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    (project / ".git").chmod(0)
    done = run(*words, *DOCTOR, "--offline", cwd=project, ok=False)
    (project / ".git").chmod(0o700)
    assert done.returncode == 1
    assert ".git can't be read: Permission denied" in done.stdout


def test_the_counter_of_the_environment_is_tried(tmp_path: Path) -> None:
    """UNIQVER_COUNTER stands for the key, here as in builds."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    variables = {"UNIQVER_COUNTER": "sqlite:///nowhere/numbers.sqlite3", "UNIQVER_SOURCE": "counter"}
    done = run(*DOCTOR, "--offline", cwd=project, env={**os.environ, **variables}, ok=False)
    assert done.returncode == 1
    assert "there is no counter at /nowhere/numbers.sqlite3" in done.stdout


def _bomb() -> str:
    """A mapping whose last value stands for nine to the tenth."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"{_bomb()}\non: push\nenv: {{X: *j}}\njobs: {{build: {{steps: [{{run: *j, with: {{x: *j}}}}]}}}}\n", True),
        (_bomb().replace("[x, x, x, x, x, x, x, x, x]", "{x: 1}").replace("[", "{<<: [").replace("]", "]}"), False),
        ("on: &a [*a]\njobs: &b {x: *b}\n", False),
        (f"on: {'[' * 5000}\n", False),
        (f"on: {'1' * 5000}\n", True),
        ("on: push\njobs: {a: text, b: {steps: text}, c: {steps: [text, [text], {with: text}]}}\n", True),
    ],
    ids=["bomb", "merges", "circle", "deep", "digits", "texts"],
)
def test_a_workflow_that_nobody_could_have_written(text: str, read: bool, tmp_path: Path) -> None:
    """Aliases that stand for billions of values are not written out."""
    project = sample("static", "src", tmp_path)
    workflow = project / ".github/workflows/x.yml"
    workflow.write_text(text)
    code, found = findings(project, "--offline")
    assert code == 1
    assert ("workflow-unreadable" not in found) is read


@needs_terminal
def test_long_names_are_read_well_on_80_columns(tmp_path: Path) -> None:
    """doctor and explain wrap between words, but for a fix, which is there to be copied; a pipe gets one line each."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    name = "a_module_whose_name_has_seventy_characters_to_see_how_it_is_told_of.py"
    (project / "src/sample_src" / name).write_text("x = 1\n")
    (project / "src/sample_src/__init__.py").write_text('__version__ = "1.4.0"\n')
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Versions by uniqver")
    (project / "src/sample_src" / name).write_text("x = 2\n")
    narrow = {"COLUMNS": "80", "NO_COLOR": "1"}
    for words in (DOCTOR, (*DOCTOR[:-1], "explain")):
        _, shown = run_on_terminal(*words, cwd=project, env=narrow)
        lines = [line.rstrip() for line in shown.replace("\x1b[0m", "").splitlines()]
        told = [line for line in lines if not line.strip().startswith("fix:")]
        assert max(map(len, told)) <= 80 or all(" " not in line.strip() for line in told if len(line) > 80), shown
        assert not any(line[:1] == " " and line[-1:] == " " for line in told)
    assert any(len(line) > 80 for line in run(*words, cwd=project).stdout.splitlines())


def test_use_scm_version_is_no_fault_of_git(tmp_path: Path) -> None:
    """Only a build runs setup.py, and knows the version then: doctor has nothing to say of git."""
    repo = Repo(tmp_path / "demo")
    repo.write(
        "pyproject.toml",
        '[build-system]\nrequires = ["uniqver", "setuptools-scm"]\nbuild-backend = "uniqver.build_meta"\n',
    )
    repo.write("setup.py", 'from setuptools import setup\nsetup(name="demo", use_scm_version=True)\n')
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    done = run(sys.executable, "-m", "uniqver", "doctor", "--offline", "--json", cwd=repo.path, ok=False)
    assert "git" not in [found["check"] for found in json.loads(done.stdout)["findings"]]


STALE = {
    # files, __version__ and what else is reported, in order
    "gunicorn": ({"demo/__init__.py": 'version_info = (1, 4, 0)\nfrom ._version import __version__\n'}, ["from ._version import __version_tuple__ as version_info"]),
    "glom": ({"demo/_version.py": "version_info = (1, 4, 1, 'dev')\n", "version-file": "demo/_build.py"}, ["from ._build import __version_tuple__ as version_info"]),
    "pymysql": ({"demo/__init__.py": 'from ._version import __version__ as VERSION_STRING\nversion_info = (2, 2, 8)\n__version__ = "2.2.8"\n'}, []),
    "six": ({"demo.py": '__version__ = "0.9"\n'}, ['importlib.metadata.version("demo") where it is needed, and delete that line']),
    "six with a version file beside it": ({"demo.py": '__version__ = "0.9"\n', "version-file": "_build.py"}, ['importlib.metadata.version("demo") where it is needed, and delete that line']),
    "onetl": ({"demo/VERSION": "1.4.1\n"}, ['importlib.metadata.version("demo") where it is needed, and delete that line']),
    "a protocol's version": ({"demo/http.py": 'version = "1.1"\nVERSION = (2, 0)\n'}, []),
    "dateutil": ({"setup.py": 'from setuptools import setup\nsetup(use_scm_version={"write_to": "demo/_version.py"})\n', "demo/_version.py": '__version__ = "1.3"\n'}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", STALE)
def test_what_no_build_changes(case: str, tmp_path: Path) -> None:
    """The shapes of real projects: a copy of a release's version is found, and the line that replaces it is right."""
    files, fixes = STALE[case]
    repo = Repo(tmp_path / "demo")
    setting = f'[tool.uniqver]\nversion-file = "{files["version-file"]}"\n' if "version-file" in files else ""
    table = "" if "setup.py" in files else '[project]\nname = "demo"\ndynamic = ["version"]\n'
    repo.write(
        "pyproject.toml",
        f'[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n{table}{setting}',
    )
    for path, text in {"demo/__init__.py": "", ".gitignore": "_version.py\n_build.py\n", **files}.items():
        if path != "version-file":
            repo.write(path, text)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.git("tag", "v1.4.0")
    done = run(*DOCTOR, "--offline", "--json", cwd=repo.path, ok=False)
    found = [
        found for found in json.loads(done.stdout)["findings"] if found["check"] in ("stale-version", "version-file")
    ]
    assert [each["fix"] for each in found] == fixes


def test_setuptools_scm_has_no_version_file_of_uniqvers(tmp_path: Path) -> None:
    """Seven real projects were told to ignore a file that no build writes: [tool.setuptools_scm] names its own, or none."""
    repo = Repo(tmp_path / "demo")
    repo.write(
        "pyproject.toml",
        '[build-system]\nrequires = ["uniqver", "setuptools-scm"]\nbuild-backend = "uniqver.build_meta"\n'
        '[project]\nname = "demo"\ndynamic = ["version"]\n[tool.setuptools_scm]\n',
    )
    repo.write("demo/__init__.py", "")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    assert "version-file" not in findings(repo.path, "--offline")[1]


def test_a_mistyped_dynamic_is_not_kept(tmp_path: Path) -> None:
    """``dynamic = ["versio"]`` is corrected, by doctor and by a build; other fields stay."""
    repo = Repo(tmp_path / "demo")
    repo.write(
        "pyproject.toml",
        '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n'
        '[project]\nname = "demo"\ndynamic = ["readme", "versio"]\n',
    )
    for words in (DOCTOR, (*DOCTOR[:-1], "version")):
        done = run(*words, cwd=repo.path, ok=False)
        assert 'dynamic = ["readme", "version"]\n' in done.stdout + done.stderr


def test_a_folder_that_git_takes_for_no_repository(tmp_path: Path) -> None:
    """Without HEAD git doesn't read ``.git``: builds are local, as the warning of a build says, too."""
    project = sample("static", "src", tmp_path)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    (project / ".git/HEAD").unlink()
    code, found = findings(project, "--offline")
    assert code == 1
    assert "git" in found
    done = run(sys.executable, "-m", "uniqver", "version", cwd=project)
    assert "has no HEAD, so git takes it for no repository" in done.stderr
