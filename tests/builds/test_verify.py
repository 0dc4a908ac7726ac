"""`uniqver verify ARTIFACT`: builds it again from its commit and compares the bytes."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from tests.builds.test_explain_artifacts import changed
from tests.support.hooks import Surroundings, built
from tests.support.projects import committed, copied
from tests.support.run import git, run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

RUN = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "99",
    "GITHUB_RUN_NUMBER": "7",
    "GITHUB_RUN_ATTEMPT": "3",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SERVER_URL": "https://ci.example",
    "GITHUB_REPOSITORY": "acme/sample",
}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A project and the wheel of its HEAD, for tests that change neither."""
    folder = tmp_path_factory.mktemp("verified")
    project = committed(copied("src_layout", folder))
    return project, built(project, "build_wheel", folder / "dist")


def verify(*words: str | Path, project: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "uniqver", "verify", *words, cwd=project, ok=False)


def state_of(project: Path) -> dict[str, object]:
    """Everything in a work tree and its repository: names, contents, times."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in project.rglob("*")
    }


@pytest.mark.parametrize("sample", ["src_layout", "setup_cfg"])
def test_an_old_build_is_identical(sample: str, tmp_path: Path) -> None:
    """Wheel and sdist of a CI run are identical to what their commit makes, also when HEAD is elsewhere by now."""
    project = committed(copied(sample, tmp_path))
    where = Surroundings(environ=RUN, umask=0o077)
    made = [built(project, hook, tmp_path / "dist", where) for hook in ("build_sdist", "build_wheel")]
    commit = git(project, "rev-parse", "HEAD")
    for path in project.rglob("__init__.py"):
        path.write_text("later = True\n", encoding="utf-8")
    git(project, "commit", "-qam", "Later")
    before = state_of(project)
    for artifact in made:
        done = verify(artifact, project=project)
        assert (done.returncode, done.stdout) == (0, f"{artifact.name}: identical to what {commit[:12]} makes\n"), done
    assert state_of(project) == before


def test_a_project_beside_is_not_a_different_build(build: tuple[Path, Path], tmp_path: Path) -> None:
    """In a repository of several, the folder may be another project's: that says nothing about the artifact."""
    project, wheel = build
    other = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(project), str(other))
    text = (other / "pyproject.toml").read_text(encoding="utf-8")
    (other / "beside").mkdir()
    (other / "beside/pyproject.toml").write_text(text.replace('name = "', 'name = "not-', 1), encoding="utf-8")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "Another project")
    done = verify(wheel, "--commit", git(other, "rev-parse", "HEAD"), project=other / "beside")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: {wheel.name} is of another project: this folder's is not_" in done.stderr


def test_a_commit_that_no_ref_leads_to_is_found_in_a_shallow_clone(tmp_path: Path) -> None:
    """Verification works in a shallow clone whose branch has moved on, and in a project inside its repository."""
    top = tmp_path / "mono"
    shutil.copytree(copied("src_layout", tmp_path), top / "packages" / "core")
    pyproject = top / "packages/core/pyproject.toml"
    with pyproject.open("a", encoding="utf-8") as file:
        file.write('\n[tool.uniqver]\nroot = "../.."\nbase = "1.4.1"\nsource = "ci"\n')
    committed(top)
    run("git", "clone", "-q", "--depth", "1", top.as_uri(), tmp_path / "clone", cwd=tmp_path)
    project = tmp_path / "clone" / "packages" / "core"
    artifact = built(project, "build_wheel", tmp_path / "dist", Surroundings(environ=RUN))
    git(project, "commit", "-q", "--amend", "--allow-empty", "-m", "Another")
    done = verify("--json", artifact, project=project)
    assert [each["identical"] for each in json.loads(done.stdout)["artifacts"]] == [True], done
    assert done.returncode == 0


def test_an_export_ignored_file_is_no_difference(tmp_path: Path) -> None:
    """What .gitattributes leaves out of exports is there when an sdist is verified, as it was when it was built."""
    project = copied("src_layout", tmp_path)
    (project / "notes.txt").write_text("x", encoding="utf-8")
    (project / "MANIFEST.in").write_text("include notes.txt\n", encoding="utf-8")
    (project / ".gitattributes").write_text("notes.txt export-ignore\n", encoding="utf-8")
    committed(project)
    done = verify(built(project, "build_sdist", tmp_path / "dist"), project=project)
    assert done.returncode == 0, done


def test_what_differs_is_named(build: tuple[Path, Path], tmp_path: Path) -> None:
    """A changed file, an added one and a missing one are named, as what they are, and the exit code is 1."""
    project, wheel = build

    def change(name: str, content: bytes) -> bytes | None:
        if name.endswith("entry_points.txt"):
            return None
        return content + b"import os\n" if name.endswith("__init__.py") else content

    evil = changed(wheel, tmp_path / "evil", change)
    done = verify(evil, project=project)
    assert done.returncode == 1
    assert "NOT identical" in done.stdout
    assert "  - sample_src/__init__.py: other contents, " in done.stdout
    assert ".dist-info/entry_points.txt is only in the rebuilt one" in done.stdout
    (told,) = json.loads(verify("--json", evil, project=project).stdout)["artifacts"]
    assert told["identical"] is False
    assert any(sentence.startswith("sample_src/__init__.py: other contents") for sentence in told["differences"])


def test_each_artifact_has_its_verdict(build: tuple[Path, Path], tmp_path: Path) -> None:
    """``uniqver verify dist/*`` tells of every file, and exits with 1 if the bytes of any differ."""
    project, wheel = build
    evil = changed(wheel, tmp_path / "evil", lambda _, content: content + b"\n")
    done = verify(evil, wheel, project=project)
    assert done.returncode == 1
    assert ["NOT identical" in line for line in done.stdout.splitlines() if line.startswith(wheel.name)] == [
        True,
        False,
    ]
    done = verify(wheel, wheel, project=project)
    assert (done.returncode, done.stdout.count(": identical to what ")) == (0, 2)


def test_a_file_that_only_lies_in_the_tree_is_named(tmp_path: Path) -> None:
    """A module that git ignores, and that got into a wheel, isn't in the commit: verify says that it is missing there."""
    project = copied("src_layout", tmp_path)
    (project / ".gitignore").write_text("untracked.py\n_version.py\n", encoding="utf-8")
    committed(project)
    (project / "src/sample_src/untracked.py").write_text("", encoding="utf-8")
    done = verify(built(project, "build_wheel", tmp_path / "dist"), project=project)
    assert done.returncode == 1
    assert "sample_src/untracked.py is missing in the rebuilt one" in done.stdout


def test_another_toolchain_is_named(build: tuple[Path, Path], tmp_path: Path) -> None:
    """Where bytes differ, the setuptools that made the artifact is named with the command that installs it."""
    project, wheel = build

    def older(name: str, content: bytes) -> bytes:
        return (
            content.replace(b"Generator: setuptools (", b"Generator: setuptools (1.")
            if name.endswith("WHEEL")
            else content
        )

    done = verify(changed(wheel, tmp_path / "old", older), project=project)
    assert done.returncode == 1
    assert "warning: made with setuptools 1." in done.stdout
    assert "pip install setuptools==1." in done.stdout


def test_a_tree_with_changes_can_not_be_verified(tmp_path: Path) -> None:
    """What was built from a changed work tree is refused with the reason: no commit holds it."""
    project = committed(copied("src_layout", tmp_path))
    (project / "src/sample_src/__init__.py").write_text("x = 1\n", encoding="utf-8")
    done = verify(built(project, "build_wheel", tmp_path / "dist"), project=project)
    assert done.returncode == 1
    assert "a work tree with changes" in done.stderr
    assert "\n  fix: " in done.stderr


def test_a_commit_that_is_not_there_is_an_error(build: tuple[Path, Path], tmp_path: Path) -> None:
    """In another repository verify names the commit that it lacks, and the command that fetches it."""
    project, wheel = build
    other = committed(copied("flat_layout", tmp_path))
    done = verify(wheel, project=other)
    assert done.returncode == 1
    assert f"fix: git fetch origin {git(project, 'rev-parse', 'HEAD')}" in done.stderr
    done = verify(wheel, project=tmp_path)
    assert "is not in a git repository" in done.stderr


def test_why_the_commit_can_not_be_built_is_shown_with_its_fix(tmp_path: Path) -> None:
    """The reason is not hidden behind the line that says what to do about it."""
    project = committed(copied("src_layout", tmp_path))
    wheel = built(project, "build_wheel", tmp_path / "dist")
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.uniqver]\nbsae = "1.0"\n')
    git(project, "commit", "-qam", "Mistyped")
    done = verify("--commit", "HEAD", wheel, project=project)
    assert done.returncode == 1
    what, _, fix = done.stderr.partition("\n  fix: ")
    assert "building it again failed: " in what
    assert "bsae: unknown key; did you mean base?" in what
    assert fix.startswith("correct [tool.uniqver] in pyproject.toml")


@pytest.mark.parametrize("content", [b'[project]\nname = "Andr\xe9"\n', None])
def test_a_commit_without_a_readable_pyproject_is_an_error(
    content: bytes | None, build: tuple[Path, Path], tmp_path: Path
) -> None:
    """In Latin-1, or absent, as ``--commit`` may name it: no build came from that."""
    _, wheel = build
    project = committed(copied("src_layout", tmp_path))
    (project / "pyproject.toml").unlink()
    if content is not None:
        (project / "pyproject.toml").write_bytes(content)
    git(project, "commit", "-qam", "Broken")
    done = verify("--commit", "HEAD", wheel, project=project)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ("is not UTF-8 (line 2)" if content else "there is no pyproject.toml in ") in done.stderr


def test_an_artifact_without_commit_takes_one_by_hand(tmp_path: Path) -> None:
    """Built outside of git and CI an artifact names no commit; --commit says which, and it is compared to that."""
    project = committed(copied("src_layout", tmp_path))
    bare = tmp_path / "bare"
    shutil.copytree(project, bare, ignore=shutil.ignore_patterns(".git"))
    wheel = built(bare, "build_wheel", tmp_path / "dist", Surroundings(environ={"UNIQVER_VERSION": "5.0"}))
    done = verify(wheel, project=project)
    assert done.returncode == 1
    assert "uniqver verify --commit COMMIT FILE" in done.stderr
    assert verify("--commit", "HEAD", wheel, project=project).returncode == 0


def test_an_artifact_of_another_backend_is_refused(build: tuple[Path, Path], tmp_path: Path) -> None:
    """A wheel without uniqver.json is an error that says that nothing tells its commit."""
    project, wheel = build
    plain = changed(wheel, tmp_path / "plain", lambda name, content: None if name.endswith("uniqver.json") else content)
    done = verify(plain, project=project)
    assert done.returncode == 1
    assert "has no uniqver.json" in done.stderr


def test_variables_of_the_caller_do_not_matter(build: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """SOURCE_DATE_EPOCH, pins and CI variables where verify runs change nothing of its verdict."""
    project, wheel = build
    for name, value in {**RUN, "SOURCE_DATE_EPOCH": "7", "UNIQVER_VERSION": "9", "UNIQVER_SOURCE": "counter"}.items():
        monkeypatch.setenv(name, value)
    assert verify(wheel, project=project).returncode == 0


def test_a_branch_with_the_name_of_a_commit(tmp_path: Path) -> None:
    """What an artifact names is a commit: not the branch of that name, which git would rather take."""
    project = committed(copied("src_layout", tmp_path))
    commit = git(project, "rev-parse", "HEAD")

    def short(name: str, content: bytes) -> bytes:
        return content.replace(commit.encode(), b"abcdef1") if name.endswith("uniqver.json") else content

    wheel = changed(built(project, "build_wheel", tmp_path / "dist"), tmp_path / "short", short)
    git(project, "branch", "abcdef1")
    done = verify(wheel, project=project)
    assert done.returncode == 1
    assert "the commit abcdef1 isn't in the repository" in done.stderr
