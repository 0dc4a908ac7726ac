"""``uniqver init`` with a person at a terminal: the diff in colours, the question, and what each answer does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.init.samples import sample
from tests.support.run import git
from tests.support.terminal import needs_terminal, run_on_terminal

if TYPE_CHECKING:
    from pathlib import Path

INIT = (sys.executable, "-m", "uniqver", "init", "--ci", "none")
QUESTION = "Write these changes? [y/N] "


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
