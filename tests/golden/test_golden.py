"""Every foreseen error that the command line reaches, and every line about a local version, word for word.

A case is ``<case>.toml``, a pyproject.toml, or ``<case>.env``, variables, where ``$HEAD`` is HEAD's commit. Its first line
names the state of the world in which it runs (see WORLDS); others may be ``#! local`` or ``#! public`` (the command
prints such a version and exits 0, else it is an error) and ``#! allocate`` (else the command is ``version``).
``<case>.txt`` is what the command then prints, with paths and commits replaced. TEST_UNIQVER_GOLDEN=write writes the
texts again: read them before they are committed.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo, clone
from tests.support.resolving import NAME

from uniqver.cli import main as cli
from uniqver.cli.help import TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.iterdir() if path.suffix in (".toml", ".env"))
WRITE = os.environ.get("TEST_UNIQVER_GOLDEN") == "write"

WORLDS: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {}


def world(name: str) -> Callable[[Callable[[Path, pytest.MonkeyPatch], None]], None]:
    """Register what makes the world that a case names."""

    def register(make: Callable[[Path, pytest.MonkeyPatch], None]) -> None:
        WORLDS[name] = make

    return register


def repository(project: Path, *, tag: str | None = "v1.4.0", after: int = 1) -> Repo:
    """Make a repository of the project, with a tag and commits after it."""
    repo = Repo(project)
    repo.git("add", "-A")
    repo.git("commit", "-q", "--allow-empty", "-m", "First")
    if tag:
        repo.tag(tag)
    repo.commits(after)
    return repo


def state(project: Path) -> Path:
    """Return the folder of uniqver's state."""
    return project.parent / "state" / "uniqver"


def fake_git(project: Path, monkeypatch: pytest.MonkeyPatch, lines: str, mode: int = 0o755) -> None:
    """Put another git on PATH, and no other."""
    repository(project)
    program = project.parent / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys, time\n{lines}\n")
    program.chmod(mode)
    monkeypatch.setenv("PATH", str(program.parent))


@world("no git")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None: ...


@world("no git, no home")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_STATE_HOME")


@world("no pyproject.toml")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pyproject.toml").unlink()


@world("a pyproject.toml in Latin-1")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pyproject.toml").write_bytes(
        NAME.encode() + 'description = "\N{LATIN SMALL LETTER U WITH DIAERESIS}"'.encode("latin-1")
    )


@world("a tag and a commit after it")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project)


@world("a tag and a commit after it, UNIQVER_BUILD_NUMBER=1")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project)
    monkeypatch.setenv("UNIQVER_BUILD_NUMBER", "1")


@world("a tag")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project, after=0)


@world("a changed tree")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project)
    repo.write("pyproject.toml", NAME + "\n# changed\n")


@world("an untracked module")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project)
    repo.write("src/app/local_settings.py")


@world("another repository beside it")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.parent / "other").mkdir()
    repository(project.parent / "other")


@world("a directory in the version file's place")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "app/_version.py").mkdir(parents=True)
    (project / "app/__init__.py").touch()
    repository(project)


@world("a shallow clone")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project, after=3)
    project.rename(project.parent / "origin")
    repo.path = project.parent / "origin"
    clone(repo, project, "--depth=1")


@world("no git program")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project)
    monkeypatch.setenv("PATH", str(project / "nowhere"))


@world("a git that may not be run")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(project, monkeypatch, "", mode=0o644)


@world("a git that hangs")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(project, monkeypatch, "time.sleep(3600)")


@world("git 2.24")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(
        project,
        monkeypatch,
        'if "--version" in sys.argv: print("git version 2.24.1")\n'
        'if "describe" in sys.argv: print("v1.4.0-0-g" + "a" * 40)\n'
        'if "log" in sys.argv: print("1700000000", "%al")',
    )


@world("git 1.8")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(
        project,
        monkeypatch,
        'if "--version" in sys.argv: print("git version 1.8.3.1"); sys.exit()\n'
        'if "describe" in sys.argv: print("v1.4.0-0-g" + "a" * 40); sys.exit()\n'
        'sys.exit("fatal: unrecognized argument: --decorate-refs=HEAD")',
    )


@world("a .git file that points nowhere")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".git").write_text("gitdir: /not/there/.git/worktrees/app\n")


@world("no commit")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Repo(project)


@world("a corrupt repository")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = repository(project).head()
    (project / ".git/objects" / commit[:2] / commit[2:]).unlink()


@world("51 tags that name no version")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project, tag=None)
    for number in range(51):
        (project / f".git/refs/tags/1-build-{number:02}").write_text(f"{repo.head()}\n")


@world("inside a repository that tracks it")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project.parent)


@world("a dirty tree on a tag")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project, after=0)
    repo.write("pyproject.toml", NAME + "\n# changed\n")


@world("no tag")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project, tag=None)


@world("a tag release-1.4.0")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project, tag="release-1.4.0")


@world("a tag on another branch")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project)
    repo.git("checkout", "-q", "--orphan", "trunk")
    repo.git("commit", "-q", "-m", "Trunk")


@world("v1.5.0rc1 on another branch")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project)
    repo.checkout("release", new=True)
    repo.commit()
    repo.tag("v1.5.0rc1")
    repo.checkout("main")
    repo.commit()


@world("a tag v2.0rc500")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project, tag="v2.0rc500")


@world("behind v1.4.1")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repository(project, after=2)
    repo.tag("v1.4.1")
    repo.git("checkout", "-q", "HEAD~1")


@world("a person's version file")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "app").mkdir()
    (project / "app/__init__.py").touch()
    (project / "app/_version.py").write_text('__version__ = "1"\n__author__ = "me"\n', encoding="utf-8")
    repository(project)


@world("a tracked version file")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "app").mkdir()
    (project / "app/__init__.py").touch()
    (project / "app/_version.py").touch()
    repository(project)


@world("a corrupt counter")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project)
    state(project).mkdir(parents=True)
    (state(project) / "counter.sqlite3").write_text("this is no database\n" * 200)


@world("an empty counter")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project)
    state(project).mkdir(parents=True)
    (state(project) / "counter.sqlite3").touch()


@world("a file where the counter's folder belongs")
def _(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(project)
    state(project).parent.mkdir(parents=True)
    state(project).touch()


def variables_of(case: Path, project: Path) -> dict[str, str]:
    """Return the variables that a case sets."""
    if case.suffix != ".env":
        return {}
    lines = [line for line in case.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines)
    if "$HEAD" in variables.values():
        head = Repo(project, init=False).head()
        variables = {name: value.replace("$HEAD", head) for name, value in variables.items()}
    return variables


def markers_of(case: Path) -> list[str]:
    """Return the world of a case, and what else is marked."""
    lines = case.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("#! ") for line in lines if line.startswith("#! ")]


def anonymous(text: str, folder: Path) -> str:
    """Return ``text`` without what differs from run to run."""
    text = text.replace(str(folder / "app"), "<project>").replace(str(folder), "<folder>")
    text = re.sub(r"\b[0-9a-f]{40}\b", "<commit>", text).replace("\\", "/")
    text = re.sub(r"\+g[0-9a-f]{12}", "+g<node>", text)
    text = re.sub(r"HEAD is [0-9a-f]{12}", "HEAD is <node>", text)
    text = re.sub(r"\.dev20[0-9]{12}\b", ".dev<time>", text)
    return re.sub(r"(\+t|\.d)[0-9a-f]{12}", r"\1<digest>", text)


@pytest.mark.skipif(os.name == "nt", reason="the programs that stand in for git are scripts")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_printed(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error prints no version, and one thing that is wrong with one that fixes it; a local version says why it is."""
    world, *markers = markers_of(case)
    project = tmp_path / "app"
    project.mkdir()
    (project / "pyproject.toml").write_text(case.read_text(encoding="utf-8") if case.suffix == ".toml" else NAME)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    WORLDS[world](project, monkeypatch)
    monkeypatch.delenv("TEST_UNIQVER_GOLDEN", raising=False)
    for name, value in variables_of(case, project).items():
        monkeypatch.setenv(name, value)
    code = cli.main(["allocate" if "allocate" in markers else "version", "-C", str(project)])
    printed = capsys.readouterr()
    text = anonymous(printed.out + printed.err, tmp_path.resolve())
    golden = case.with_suffix(".txt")
    if WRITE:
        golden.write_text(text, encoding="utf-8")
    if "local" in markers or "public" in markers:
        assert code == 0, printed.err
        assert ("+" in printed.out) is ("local" in markers)
    else:
        assert (code, printed.out) == (1, "")
    assert text == golden.read_text(encoding="utf-8")
    assert set(re.findall(r"uniqver help ([\w-]+)", text)) <= set(TOPICS)


def test_no_text_without_a_case() -> None:
    """Each golden text belongs to a case, and no two cases share one."""
    assert sorted(path.stem for path in HERE.glob("*.txt")) == sorted(case.stem for case in CASES)


@pytest.mark.once
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_form(case: Path) -> None:
    """An error is what is wrong (one line, or a list), what to type, and where to read more; all else is one line each."""
    text = case.with_suffix(".txt").read_text(encoding="utf-8")
    assert "Traceback" not in text
    lines = text.splitlines()
    if {"local", "public"} & {*markers_of(case)}:
        version, *said = lines
        assert all(line.startswith("uniqver: ") for line in said)
        why = [line for line in said if line.startswith(f"uniqver: app {version} is local: ")]
        assert len(why) == ("+" in version)
        assert all(" to publish: " in line for line in why)
        return
    errors = [line for line in lines if line.startswith("uniqver: error: ")]
    fixes = [line for line in lines if line.startswith("  fix: ")]
    others = [line for line in lines if not line.startswith(("uniqver: ", "  fix: ", "  see: ", "  - "))]
    assert (len(errors), len(fixes), others) == (1, 1, [])
    topics = [line.removeprefix("  see: uniqver help ") for line in lines if line.startswith("  see: ")]
    assert len(topics) <= 1
    assert set(topics) <= set(TOPICS)
