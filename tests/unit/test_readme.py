"""Every fenced block of README.md is what it says: TOML and YAML parse, settings are valid, commands exist."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest
import yaml

from uniqver import config
from uniqver.cli import arguments
from uniqver.cli.init.pipelines import MARK, Ci, Pipeline, files_for
from uniqver.config.table import KEYS
from uniqver.config.toml import loads

README = Path(__file__).parent.parent.parent / "README.md"
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
KNOWN = {"toml", "yaml", "console", "python", "diff", "json", "groovy", "text", "gitignore"}


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.language}-{self.line}"


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a Markdown text, without the indent of the list that they stand in."""
    found = []
    for match in _FENCE.finditer(text):
        lines = match["text"].splitlines(keepends=True)
        body = "".join(line.removeprefix(match["indent"]) for line in lines)
        found.append(Block(match["language"], body, text.count("\n", 0, match.start()) + 1))
    return found


BLOCKS = blocks(README.read_text(encoding="utf-8"))


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def commands(block: Block) -> list[list[str]]:
    """The words of each ``uniqver …`` in a console block: after a prompt, a pipe, a ``&&`` or in ``$(…)``."""
    found = []
    for line in block.text.splitlines():
        if not line.startswith("$ "):
            continue
        bare = re.sub(r"\s+#.*", "", line)
        for part in re.findall(
            r"(?:^\$ |\$\(|[|;&]+ )(?:\w+=\S+ )*(?:pipx run |uvx |python3? -m )?(uniqver(?: [^|;&)>]*)?)", bare
        ):
            found.append(shlex.split(part))
    return found


def test_every_block_says_a_language_that_is_known_here() -> None:
    """A block in a language that no test reads would rot unseen."""
    assert [str(block) for block in BLOCKS if block.language not in KNOWN] == []
    assert {"toml", "yaml", "console"} <= {block.language for block in BLOCKS}


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_toml_parses_and_its_settings_are_valid(block: Block) -> None:
    """What is copied from the README is taken by the build."""
    tool = loads(block.text).get("tool", {})
    assert isinstance(tool, dict)
    config.read(tool.get("uniqver", {}), {}, project="xtrade-ai")


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_yaml_parses(block: Block) -> None:
    """No snippet has a tab or a wrong indent."""
    assert isinstance(yaml.safe_load(block.text), dict | list)


def test_recipes_are_what_init_writes() -> None:
    """A recipe in the README that init would write otherwise is found here."""
    pipeline = Pipeline(name="xtrade-ai")
    written = {text for ci in get_args(Ci) for text in files_for(ci, pipeline, {}).values()}
    shown = [block for block in BLOCKS if MARK[1:] in block.text]
    assert [str(block) for block in shown if block.text not in written] == []


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_python_compiles(block: Block) -> None:
    """Every Python snippet is Python."""
    assert ast.parse(block.text).body


@pytest.mark.parametrize("block", of("console"), ids=str)
def test_the_commands_of_a_console_block_exist_with_these_options(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line takes every ``uniqver …`` as it stands there."""
    assert any(line.startswith("$ ") for line in block.text.splitlines())
    for words in commands(block):
        try:
            arguments.parser_for().parse_args(words[1:])
        except SystemExit:
            pytest.fail(f"{shlex.join(words)}: {capsys.readouterr().err}")


def test_every_key_is_told() -> None:
    """A key that is added without a row in the README's table is found here."""
    text = README.read_text(encoding="utf-8")
    keys = list(KEYS)
    assert [key for key in keys if not re.search(rf"^\| .*`{key}`.* \|", text, re.MULTILINE)] == []


def test_every_command_is_told() -> None:
    """A command that is added without a word in the README is found here."""
    text = README.read_text(encoding="utf-8")
    actions = [a for a in arguments.parser_for()._actions if isinstance(a, argparse._SubParsersAction)]
    assert [name for action in actions for name in action.choices if f"uniqver {name}" not in text] == []


def test_the_reader_of_blocks_and_commands_reads() -> None:
    """A block in a list, a command behind a pipe and one in $(…) are seen."""
    text = '1. x\n\n   ```console\n   $ uniqver check dist/* | uniqver doctor --json\n   $ x="$(uniqver allocate)"\n   ```\n'
    (block,) = blocks(text)
    assert commands(block) == [["uniqver", "check", "dist/*"], ["uniqver", "doctor", "--json"], ["uniqver", "allocate"]]
