"""``uniqver init`` with a person at a terminal: the diff in colours, the question, and what each answer does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.init.samples import sample
from tests.support.run import git, run
from tests.support.terminal import needs_terminal, run_on_terminal

if TYPE_CHECKING:
    from pathlib import Path

INIT = (sys.executable, "-m", "uniqver", "init", "--ci", "none")
QUESTION = "Write these changes? [y/N] "
PUBLISH = "on:\n  push:\njobs:\n  a:\n    steps:\n      - run: twine upload dist/*\n"


@needs_terminal
@pytest.mark.parametrize(("answer", "code", "written"), [("y", 0, True), ("n", 1, False), ("", 1, False)])
def test_only_a_yes_writes(tmp_path: Path, answer: str, code: int, written: bool) -> None:
    """The diff is shown first, in colours; a no, and nothing at all, leave every file as it is."""
    project = sample("static", "src", tmp_path)
    exit_code, shown = run_on_terminal(*INIT, cwd=project, answers={QUESTION: f"{answer}\n"})
    assert '\x1b[32m+build-backend = "uniqver.build_meta"\x1b[0m' in shown.partition(QUESTION)[0]
    assert exit_code == code
    assert (git(project, "status", "--porcelain") != "") is written
    assert ("uniqver: next, 1: " in shown) is written
    assert ("nothing was written" in shown) is not written


@needs_terminal
def test_what_only_a_person_knows_is_asked_with_a_default(tmp_path: Path) -> None:
    """An empty line takes the default; what can't be is asked again; the workflow that publishes is left as it is."""
    project = sample("static", "src", tmp_path, tag=None)
    (project / ".github/workflows/publish.yml").write_text(PUBLISH, encoding="utf-8")
    answers = {
        "none\r\n[github]: ": "\n",
        "after 1.4.0 [1.4.1]: ": "soon\n",
        "soon is not a version": "2.0\n",
        "publish.yml\r\n[dev-build.yml]: ": "publish.yml\n",
        QUESTION: "y\n",
    }
    exit_code, shown = run_on_terminal(sys.executable, "-m", "uniqver", "init", cwd=project, answers=answers)
    assert exit_code == 0, shown
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert 'base = "2.0"' in text
    assert 'workflow = "publish.yml"' in text
    assert sorted(path.name for path in (project / ".github/workflows").iterdir()) == ["publish.yml", "tests.yml"]


def test_scripts_are_asked_nothing_and_decide_by_options(tmp_path: Path) -> None:
    """``--base`` and ``--workflow`` are the answers; with a setting that is there nothing changes."""
    project = sample("static", "src", tmp_path, tag=None)
    (project / ".github/workflows/publish.yml").write_text(PUBLISH, encoding="utf-8")
    options = ("--yes", "--ci", "github", "--base", "2.0", "--workflow", "publish.yml")
    run(sys.executable, "-m", "uniqver", "init", *options, cwd=project)
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert 'base = "2.0"' in text
    assert 'workflow = "publish.yml"' in text
    assert run(sys.executable, "-m", "uniqver", "init", *options, cwd=project).stdout == ""
