"""The command line as a whole: help with an example, completion, libraries that aren't installed."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.run import run

from uniqver.cli import arguments
from uniqver.cli.commands import COMMANDS as TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.cli.commands import Command

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


@pytest.mark.parametrize(
    ("command", "module"), [("init --dry-run", "tomlkit"), ("doctor", "yaml"), ("completion bash", "shtab")]
)
def test_without_the_extra_the_error_names_it(command: str, module: str, tmp_path: Path) -> None:
    """Whoever installed plain uniqver reads what to install, and no traceback."""
    hide = f"import sys; sys.modules[{module!r}] = None; from uniqver.cli.main import main; sys.exit(main({command.split()!r}))"
    done = subprocess.run([sys.executable, "-c", hide], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'pip install "uniqver[cli]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", TABLE.values(), ids=lambda command: command.name)
def test_a_missing_module_of_uniqver_itself_is_a_bug_and_shows_itself(command: Command, tmp_path: Path) -> None:
    """Only other people's libraries are blamed on an extra."""
    hide = f"import sys; sys.modules[{command.module!r}] = None; from uniqver.cli.main import main; sys.exit(main([{command.name!r}]))"
    done = subprocess.run([sys.executable, "-c", hide], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr
    assert "pip install" not in done.stderr
