"""The command line as a whole: help with an example, completion, libraries that aren't installed."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from tests.support.run import run

from uniqver.cli import COMMANDS as TABLE
from uniqver.cli import arguments, wrapped
from uniqver.cli import help as help_command

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.cli import Command

COMMANDS = next(a for a in arguments.parser_for()._actions if isinstance(a, argparse._SubParsersAction)).choices


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_of_itself(name: str) -> None:
    """The example is one of this command, and its help says what it is for."""
    parser = COMMANDS[name]
    assert parser.epilog is not None
    assert parser.epilog.startswith("example")
    assert f"uniqver {name}" in parser.epilog
    assert parser.description


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_knows_every_command(shell: str, tmp_path: Path) -> None:
    """Whatever command is added, each shell completes it."""
    script = run(sys.executable, "-m", "uniqver", "completion", shell, cwd=tmp_path).stdout
    for name in COMMANDS:
        assert name in script
    assert "dry-run" in script


def test_bash_takes_the_completion_script(tmp_path: Path) -> None:
    """The script is valid, and completes the name of a command."""
    script = tmp_path / "completion.bash"
    script.write_text(run(sys.executable, "-m", "uniqver", "completion", "bash", cwd=tmp_path).stdout)
    asked = f'source {script}; COMP_WORDS=(uniqver doc); COMP_CWORD=1; _shtab_uniqver; echo "${{COMPREPLY[@]}}"'
    assert run("bash", "--norc", "-c", asked, cwd=tmp_path).stdout.split() == ["doctor"]


PLAIN = """
import sys
from uniqver.cli.main import main

class Hidden:
    def find_spec(self, name, *_):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "uniqver", "packaging", "setuptools", "tomli"}:
            raise ModuleNotFoundError("hidden", name=name)

sys.meta_path.insert(0, Hidden())
sys.exit(main(sys.argv[1:]))
"""
"""Runs a command as if no extra were installed."""


def _plain(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PLAIN, *words], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("init --dry-run", "cli"),
        ("doctor", "cli"),
        ("completion bash", "cli"),
        ("check x", "check"),
        ("prune", "check"),
    ],
)
def test_without_the_extra_the_error_names_it(command: str, extra: str, tmp_path: Path) -> None:
    """Whoever installed plain uniqver reads what to install, and no traceback."""
    done = _plain(*command.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f'pip install "uniqver[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [*(f"{name} --help" for name in COMMANDS), "doctor --ci"])
def test_help_needs_no_extra(command: str, tmp_path: Path) -> None:
    """What a command does can be read before its libraries are installed, and a CI has plain uniqver."""
    (tmp_path / "pyproject.toml").touch()
    done = _plain(*command.split(), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", TABLE.values(), ids=lambda command: command.name)
def test_a_missing_module_of_uniqver_itself_is_a_bug_and_shows_itself(command: Command, tmp_path: Path) -> None:
    """Only other people's libraries are blamed on an extra."""
    hide = f"import sys; sys.modules[{command.path!r}] = None; from uniqver.cli.main import main; sys.exit(main([{command.name!r}]))"
    done = subprocess.run([sys.executable, "-c", hide], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr
    assert "pip install" not in done.stderr


@pytest.mark.parametrize(
    ("words", "what", "fix"),
    [
        ("chek dist/x.whl", "no command 'chek', did you mean 'check'?", "uniqver check"),
        ("frobnicate", "no command 'frobnicate'", "uniqver --help"),
        ("help chek", "no topic 'chek', did you mean 'check'?", "uniqver help check"),
        ("help xyz", "no topic 'xyz'", "uniqver help"),
        ("version --jsn", "uniqver version does not know --jsn", "uniqver version --help"),
        ("-C .. version", "-C belongs after the command", "uniqver version -C .."),
        ("-C .. explain dist", "-C belongs after the command", "uniqver explain -C .. dist"),
        ("--json", "--json belongs after the command", "uniqver version --json"),
        ("", "the following arguments are required: COMMAND", "uniqver --help"),
        ("counter", "the following arguments are required: ACTION", "uniqver counter --help"),
        ("check --rules foo x", "argument --rules: invalid choice: 'foo'", "uniqver check --help"),
    ],
)
def test_wrong_usage_ends_with_the_line_to_type(words: str, what: str, fix: str, tmp_path: Path) -> None:
    """Whoever mistypes reads what is right, not only what is wrong."""
    done = _plain(*words.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {what}" in done.stderr
    assert done.stderr.endswith(f"\n  fix: {fix}\n")


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


HUGE = f"1.{'9' * 5000}"
"""A version that packaging takes for one, with a number of more digits than Python reads (CVE-2020-10735)."""


@pytest.mark.parametrize("version", ["", "next", HUGE], ids=["empty", "a word", "5,000 digits"])
@pytest.mark.parametrize("command", ["whence", "counter show --base"])
def test_what_is_no_version_ends_in_an_error_with_a_fix(command: str, version: str, tmp_path: Path) -> None:
    """No traceback, and not all of what was typed."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "app"\ndynamic = ["version"]\n', encoding="utf-8")
    done = run(sys.executable, "-m", "uniqver", *command.split(), version, cwd=tmp_path, ok=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"uniqver: error: .{1,99} is not a version\n  fix: .*\n", done.stderr)


def test_a_page_in_a_terminal_cuts_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow columns break the name of a variable, and leave nothing out."""
    monkeypatch.setattr(sys, "stdout", shown := _Terminal())
    monkeypatch.setenv("COLUMNS", "80")
    help_command.run(argparse.Namespace(topic="ci"))
    assert "Vercel" in shown.getvalue()
    assert shown.getvalue().count("…") == help_command.page("ci").count("…")


@pytest.mark.parametrize("columns", ["-5", "0", "wide", ""])
def test_a_width_that_no_terminal_has_is_not_taken(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text can't be wrapped at no column, and below zero it was a traceback."""
    monkeypatch.setenv("COLUMNS", columns)
    assert wrapped("word " * 40, _Terminal()).splitlines()[0] == ("word " * 16).strip()


def test_a_remark_behind_a_fix_goes_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be copied stays one line, and the remark is wrapped between its words."""
    monkeypatch.setenv("COLUMNS", "80")
    fix = "git submodule update --init --recursive"
    remark = "(GitHub Actions: submodules: recursive; GitLab: GIT_SUBMODULE_STRATEGY: recursive)"
    shown = wrapped(
        f"uniqver: error: the tree\n  fix: {fix}   {remark}\n  see: uniqver help x", _Terminal()
    ).splitlines()
    assert shown[:2] == ["uniqver: error: the tree", f"  fix: {fix}"]
    assert " ".join(line.strip() for line in shown[2:4]) == remark
    assert {line[: len(line) - len(line.lstrip())] for line in shown[2:4]} == {"       "}
    assert shown[4] == "  see: uniqver help x"
    assert max(map(len, shown)) <= 80
    alone = f"  fix: pip install {'x' * 90}"
    assert wrapped(alone, _Terminal()) == alone


def test_the_list_of_topics_fits_a_terminal() -> None:
    """No line of ``uniqver help`` is broken at 80 columns."""
    assert [line for line in help_command.listing().splitlines() if len(line) > 80] == []
    assert "  how-it-works     The design, its reasons, and the facts under it\n" in help_command.listing()
