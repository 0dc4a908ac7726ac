"""``uniqver init`` on real projects: what it shows, what it writes, and the build right after."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from tests.cli.init.samples import LAYOUTS, ORIGINS, sample
from tests.support.artifacts import version_of_name, versions_in, wheel_members
from tests.support.run import git, run

if TYPE_CHECKING:
    from pathlib import Path

UNIQVER = (sys.executable, "-m", "uniqver")
SAMPLES = [(origin, layout) for origin in ORIGINS for layout in LAYOUTS]


@pytest.fixture
def wheels(offline: Path) -> Path:
    """The wheelhouse, with setuptools-scm, which a project that has its section keeps."""
    with FileLock(offline.parent / "scm.lock"):
        if not list(offline.glob("setuptools_scm-*")):
            env = {k: v for k, v in os.environ.items() if not k.startswith("PIP_NO_INDEX")}
            run(sys.executable, "-m", "pip", "-q", "download", "-d", offline, "setuptools-scm>=8", cwd=offline, env=env)
    return offline


def changed_lines(diff: str) -> list[str]:
    """The removed and added lines of a diff, file by file; where equal lines meet, tools differ in their order."""
    found = []
    for part in re.split(r"^(?=diff --git )", diff, flags=re.MULTILINE):
        body = part.partition("\n@@")[2].splitlines()
        found += [part.partition("\n")[0], *sorted(line for line in body if line.startswith(("+", "-")))]
    return sorted(found[:1]) + found[1:]


def as_git_shows_it(project: Path) -> str:
    git(project, "add", "-N", "--ignore-removal", ".")
    return run("git", "diff", "--no-color", "--no-ext-diff", cwd=project).stdout


@pytest.mark.parametrize(("origin", "layout"), SAMPLES)
def test_after_init_the_build_works_git_diff_is_what_was_shown_and_a_second_run_is_empty(
    origin: str, layout: str, tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written that wasn't shown; the wheel built right after has a version that leads to 1.4.1."""
    project = sample(origin, layout, tmp_path)
    git(tmp_path, "clone", "-q", str(project), "pristine")
    pristine = tmp_path / "pristine"

    shown = run(*UNIQVER, "init", "--ci", "github", "--dry-run", cwd=project).stdout
    assert git(project, "status", "--porcelain") == ""
    written = run(*UNIQVER, "init", "--ci", "github", "--yes", cwd=project).stdout
    assert written == shown
    parts = sorted(re.split(r"^(?=diff --git )", shown, flags=re.MULTILINE))
    assert changed_lines(as_git_shows_it(project)) == changed_lines("".join(parts))
    (tmp_path / "shown.diff").write_bytes(shown.encode())
    git(pristine, "apply", "--index", "../shown.diff")
    git(project, "add", "-A")
    assert git(project, "write-tree") == git(pristine, "write-tree")

    again = run(*UNIQVER, "init", "--ci", "github", "--yes", cwd=project)
    assert again.stdout == ""
    assert "nothing to do" in again.stderr

    isolation = () if origin == "setuptools-scm" else ("--no-build-isolation", "--python", sys.executable)
    run("uv", "build", "-q", "--wheel", *isolation, cwd=project)
    (wheel,) = (project / "dist").glob("*.whl")
    members = wheel_members(wheel)
    version = version_of_name(wheel)
    assert version in versions_in(members)
    assert f'"{version}"' in members[f"sample_{layout}/_version.py"].decode().replace("'", '"')
    assert re.fullmatch(r"1\.4\.1\.dev2\+g[0-9a-f]{7,12}\.d[0-9a-f]{8,12}", version)

    git(project, "commit", "-q", "-m", "Versions by uniqver")
    assert git(project, "status", "--porcelain") == ""
    assert not [path for path in git(project, "ls-files").splitlines() if path.endswith("_version.py")]

    for name, value in github("dev-build.yml", run_number=412).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_SHA", git(project, "rev-parse", "HEAD"))
    if origin == "setuptools-scm":  # computes, and isn't installed where the tests run
        assert 'pip install "uniqver[scm]"' in (project / ".github/workflows/dev-build.yml").read_text()
    else:
        assert run(*UNIQVER, "version", cwd=project).stdout == "1.4.1.dev41201\n"


def github(workflow: str, *, run_number: int, attempt: int = 1, ref: str = "refs/heads/main") -> dict[str, str]:
    """The variables of a run on GitHub Actions."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/sample",
        "GITHUB_WORKFLOW_REF": f"acme/sample/.github/workflows/{workflow}@{ref}",
        "GITHUB_RUN_ID": str(34180115000 + run_number),
        "GITHUB_RUN_NUMBER": str(run_number),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_REF": ref,
    }


def test_a_release_run_in_the_other_workflow_file_gets_the_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``workflow`` names the dev workflow; the release workflow needs no run number, and is not stopped."""
    project = sample("static", "src", tmp_path)
    run(*UNIQVER, "init", "--ci", "github", "--yes", cwd=project)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Versions by uniqver")
    git(project, "tag", "v1.4.1")
    for name, value in github("release.yml", run_number=3, ref="refs/tags/v1.4.1").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_SHA", git(project, "rev-parse", "HEAD"))
    assert run(*UNIQVER, "allocate", cwd=project).stdout == "1.4.1\n"

    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    refused = run(*UNIQVER, "allocate", cwd=project, ok=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "fix: publish from dev-build.yml" in refused.stderr


def test_check_builds_before_and_after_and_proves_that_only_the_version_changes(tmp_path: Path, wheels: Path) -> None:
    """Both wheels are built in copies, installed and imported; the project itself is written to only by ``--yes``."""
    project = sample("static", "src", tmp_path)
    done = run(*UNIQVER, "init", "--ci", "none", "--check", "--dry-run", cwd=project)
    assert re.search(r"checked: 1\.4\.1\.dev2\+g\S+: metadata and files are as before", done.stderr), done
    assert "it imports, and tells its version" in done.stderr
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize("changed", ["metadata", "version"])
def test_check_refuses_changes_that_do_more_than_to_change_the_version(
    changed: str, tmp_path: Path, wheels: Path
) -> None:
    """Metadata that depends on what goes, and a package that reads its version elsewhere."""
    more = {
        "metadata": "description=str(open('setup.py').read().count('1.4.0') > 1)",
        "version": "package_data={'acme': ['about.txt']}",
    }[changed]
    project = tmp_path / "acme"
    (project / "acme").mkdir(parents=True)
    (project / "setup.py").write_text(
        f"from setuptools import setup\nsetup(name='acme', version='1.4.0', packages=['acme'], {more})\n", "utf-8"
    )
    (project / "acme/about.txt").write_text("1.4.0", "utf-8")
    text = '__version__ = open(__file__.replace("__init__.py", "about.txt")).read()\n' if changed == "version" else ""
    (project / "acme/__init__.py").write_text(text, "utf-8")
    refused = run(*UNIQVER, "init", "--ci", "none", "--check", "--yes", cwd=project, ok=False)
    wanted = {
        "metadata": "init changes more than the version: METADATA loses 'Summary: True'; METADATA gets 'Summary: False'",
        "version": "acme.__version__ says 1.4.0",
    }
    assert wanted[changed] in refused.stderr
    assert refused.returncode == 1
    assert not (project / "pyproject.toml").exists()


def test_check_refuses_a_version_that_falls(tmp_path: Path, wheels: Path) -> None:
    """A version that only code computes, as termcolor 1.1.0's, leads to no base; with one, it rises."""
    project = tmp_path / "acme"
    project.mkdir()
    (project / "setup.py").write_text(
        "from setuptools import setup\nVERSION = (1, 4, 0)\n"
        "setup(name='acme', version='.'.join(str(each) for each in VERSION), py_modules=['acme'])\n"
    )
    (project / "acme.py").write_text("")
    words = (*UNIQVER, "init", "--ci", "none", "--check", "--yes")
    refused = run(*words, cwd=project, ok=False)
    assert "error: the version would fall from 1.4.0 to 0.1.0.dev1+t" in refused.stderr
    assert "fix: uniqver init --base 1.4.1 --check" in refused.stderr
    assert not (project / "pyproject.toml").exists()
    assert "checked: 1.4.1.dev1+t" in run(*words, "--base", "1.4.1", cwd=project).stderr


@pytest.mark.parametrize(
    ("setup", "why"),
    [
        ("import sys\nsys.exit('install libfoo first')\n", "install libfoo first"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
    ],
)
def test_check_says_why_a_build_failed(setup: str, why: str, tmp_path: Path, wheels: Path) -> None:
    """Not what pip ends with."""
    (tmp_path / "setup.py").write_text(f"{setup}from setuptools import setup\nsetup(name='acme', version='1.4.0')\n")
    refused = run(*UNIQVER, "init", "--ci", "none", "--check", "--yes", cwd=tmp_path, ok=False)
    assert f"error: the project can't be built as it is: {why}\n" in refused.stderr
    assert not (tmp_path / "pyproject.toml").exists()


def test_init_without_a_terminal_and_without_yes_refuses_and_writes_nothing(tmp_path: Path) -> None:
    """A pipeline that runs ``uniqver init`` changes no file."""
    project = sample("static", "src", tmp_path)
    refused = run(*UNIQVER, "init", cwd=project, ok=False)
    assert refused.returncode == 1
    assert "uniqver init --yes" in refused.stderr
    assert git(project, "status", "--porcelain") == ""


def test_a_project_in_a_folder_of_its_repository_gets_root_and_workflows_of_its_own(tmp_path: Path) -> None:
    """In a monorepo the settings lead up to the repository, and the workflows lie at its top."""
    outer = tmp_path / "repository"
    inner = sample("static", "src", tmp_path)
    shutil.rmtree(inner / ".git")
    shutil.copytree(inner, outer / "packages" / "core")
    git(outer, "init", "-q", "-b", "main")
    git(outer, "add", "-A")
    git(outer, "commit", "-q", "-m", "First")
    run(*UNIQVER, "init", "-C", outer / "packages/core", "--ci", "github", "--yes", cwd=tmp_path)
    text = (outer / "packages/core/pyproject.toml").read_text()
    assert 'root = "../.."' in text
    assert (outer / ".github/workflows/dev-build-sample-src.yml").exists()
    assert run(*UNIQVER, "version", "-C", outer / "packages/core", cwd=tmp_path).stdout.startswith("1.4.1.dev1+g")


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    """A file with CRLF has no LF of its own after init."""
    project = sample("static", "src", tmp_path)
    path = project / "pyproject.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=project)
    assert b"uniqver.build_meta" in path.read_bytes()
    assert path.read_bytes().replace(b"\r\n", b"").count(b"\n") == 0


@pytest.mark.parametrize(("start", "encoding"), [("# -*- coding: latin-1 -*-\n", "latin-1"), ("", "utf-8-sig")])
def test_a_modules_encoding_stays(start: str, encoding: str, tmp_path: Path) -> None:
    """What Python reads in another encoding is read so here, and written so."""
    project = sample("static", "src", tmp_path)
    (project / "setup.py").write_bytes(f"{start}# André\nfrom setuptools import setup\nsetup()\n".encode(encoding))
    path = project / "src/sample_src/__init__.py"
    path.write_bytes(f'{start}# André\n__version__ = "1.4.0"\n'.encode(encoding))
    run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=project)
    assert path.read_bytes() == f"{start}# André\nfrom ._version import __version__\n".encode(encoding)
