"""A terminal of 80 columns: long lines are wrapped between words, and what is there to be copied stays in one piece."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.init.samples import sample
from tests.support.run import git, run
from tests.support.terminal import needs_terminal, run_on_terminal

from uniqver.cli.help import page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_terminal
UNIQVER = f"{sys.executable} -m uniqver"
BOLD = re.compile("\x1b\\[[0-9;]*m")


def shown(command: str, project: Path, columns: int = 80, **env: str) -> list[str]:
    """Return the lines that a terminal shows of a command of the shell's, without colours."""
    words = ("sh", "-c", command.replace("uniqver", UNIQVER, 1))
    _, text = run_on_terminal(*words, cwd=project, columns=columns, env={"NO_COLOR": "1", **env})
    return BOLD.sub("", text).splitlines()


def notes(lines: list[str]) -> list[str]:
    """Return each note as the one line that it is in a log."""
    return "\n".join(lines).replace("\n  ", " ").split("\n")


def broken(lines: list[str], columns: int = 80) -> list[str]:
    """Return the lines that the terminal would break within a word that has room on a line of its own."""
    return [line for line in lines if len(line) > columns and max(map(len, line.split())) < columns - 2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose version is written in more places than init moves, on a commit after its release."""
    path = sample("static", "src", tmp_path)
    (path / "src/sample_src/version_of_the_protocol.py").write_text('__version__ = "1.4.0"\n')
    git(path, "remote", "add", "origin", "https://github.com/octo-organization/sample-src.git")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "More")
    return path


def moved(project: Path) -> Path:
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Versions by uniqver")
    return project


def test_notes_of_init_break_between_words(project: Path) -> None:
    """Each is indented below its first line, and none is cut at the edge."""
    told = [line for line in shown("uniqver init --ci github --yes >/dev/null", project) if line]
    assert broken(told) == []
    assert any(line.startswith("  ") for line in told)
    assert all(line.startswith(("uniqver: ", "  ")) for line in told)
    in_log = run(sys.executable, "-m", "uniqver", "version", cwd=project).stderr
    assert "\n  " not in in_log


@pytest.mark.parametrize("redirection", ["", " >/dev/null"])
def test_the_line_of_a_version_breaks_between_words(project: Path, redirection: str) -> None:
    """Also where only stderr is a terminal: ``version=$(uniqver version)``."""
    told = shown(f"uniqver version{redirection}", moved(project))
    assert broken(told) == []
    (note,) = [line for line in notes(told) if line.startswith("uniqver: ")]
    assert note in run(sys.executable, "-m", "uniqver", "version", cwd=project).stderr


def test_a_log_gets_one_line_while_stdout_is_a_terminal(project: Path) -> None:
    """Each output is judged by itself."""
    shown("uniqver version 2>log", moved(project))
    assert (project / "log").read_text() == run(sys.executable, "-m", "uniqver", "version", cwd=project).stderr


def test_the_width_is_that_of_the_terminal_that_shows_it(project: Path) -> None:
    """A wide terminal wraps nothing that has room, a narrow one more."""
    moved(project)
    assert len([line for line in shown("uniqver version >/dev/null", project, columns=300) if line]) == 1
    assert broken(shown("uniqver version >/dev/null", project, columns=50), 50) == []


def test_what_is_copied_stays_in_one_piece(project: Path) -> None:
    """A command, a setting, a fix: a line break that the terminal makes isn't copied, ours would be."""
    clone = project.parent / "clone"
    git(project.parent, "clone", "-q", "--depth", "1", moved(project).as_uri(), "clone")
    for columns in range(60, 110):
        text = "\n".join(shown("uniqver version >/dev/null", clone, columns, UNIQVER_BUILD_NUMBER="5"))
        assert "git fetch --unshallow --tags" in text, text
    (project / "pyproject.toml").write_text('[build-system]\nbuild-backend = "setuptools.build_meta"\n')
    fix = 'uniqver init, or in [build-system]: requires = ["uniqver"] and build-backend = "uniqver.build_meta"'
    assert f"  fix: {fix}" in shown("uniqver doctor --offline", project)


def test_what_programs_read_is_left_alone(project: Path) -> None:
    """JSON, a diff, and the script of a shell are the same on a terminal."""
    project = moved(project)
    for command in ("version --json", "explain --json", "completion bash", "doctor --json --offline"):
        words = [sys.executable, "-m", "uniqver", *command.split()]
        plain = run(*words, cwd=project, ok=False).stdout.splitlines()
        assert shown(f"uniqver {command} 2>/dev/null", project) == plain
    static = f'version = "1.4.0"  # {"a long line of the project, " * 8}end'
    (project / "pyproject.toml").write_text(f'[project]\nname = "sample-src"\n{static}\n')
    assert f"-{static}" in shown("uniqver init --ci none --dry-run", project)


@pytest.mark.parametrize("command", ["explain", "doctor --offline", "counter show", "whence 1.4.0", "verify x.whl"])
def test_every_command_breaks_between_words(command: str, project: Path) -> None:
    """A fix is left to the terminal, so that it can be copied."""
    told = [line for line in shown(f"uniqver {command}", moved(project), columns=60) if " fix: " not in line]
    assert broken(told, 60) == []


def test_a_page_without_rich_keeps_its_code(project: Path) -> None:
    """Prose is wrapped, what stands in a block of code or a table isn't."""
    hidden = project / "rich.py"
    hidden.write_text("raise ModuleNotFoundError(name='rich')\n")
    told = shown("uniqver help troubleshooting", project, PYTHONPATH=str(project))
    whole = {
        line
        for block in re.findall(r"^(?:```.*?^```|\|.*?)$", page("troubleshooting"), re.M | re.S)
        for line in block.split("\n")
    }
    assert any(len(line) > 80 for line in whole)
    assert whole <= {*told}
    prose = [line for line in page("troubleshooting").splitlines() if line not in whole]
    assert any(len(line) > 80 for line in prose)
    assert broken([line for line in told if line not in whole]) == []


def test_json_of_a_terminal_is_json(project: Path) -> None:
    """However narrow it is."""
    assert json.loads("\n".join(shown("uniqver explain --json", moved(project), columns=20)))
