"""README.md and the manual: every block is what it claims to be, every name in them exists, and nothing is left out."""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shlex
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from tests import try_it
from tests.benchmarks.measure import Measured
from tests.benchmarks.report import Group, Report, picture
from tests.support.repositories import Repo
from tests.support.run import on_terminal, run

import uniqver
from uniqver import errors
from uniqver.cli import COMMANDS, arguments
from uniqver.cli.help import TOPICS, page
from uniqver.config import loads, read_config, unknown_variables
from uniqver.model.provenance import Provenance, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.once  # texts
REPOSITORY = Path(__file__).parent.parent.parent
MANUAL = REPOSITORY / "src/uniqver/manual"
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
KNOWN = {"toml", "yaml", "console", "python", "diff", "json", "groovy", "text", "gitignore"}
PAGES = {
    path.stem: path.read_text(encoding="utf-8") for path in (REPOSITORY / "README.md", *sorted(MANUAL.glob("*.md")))
}
WHOLE = "\n".join(PAGES.values())


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.page}-{self.language}-{self.line}"


def blocks(text: str, name: str = "page") -> Iterator[Block]:
    """Yield the fenced blocks of a Markdown text, without the indent of the list that they stand in."""
    for match in _FENCE.finditer(text):
        lines = match["text"].splitlines(keepends=True)
        body = "".join(line.removeprefix(match["indent"]) for line in lines)
        yield Block(name, match["language"], body, text.count("\n", 0, match.start()) + 1)


OPTIONS_OF_OTHERS = {"--force", "--force-replace", "--force-with-lease", "--skip-existing"}

BLOCKS = [block for name, text in PAGES.items() for block in blocks(text, name)]


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


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_short_and_opens_with_its_case(name: str) -> None:
    """One heading, then whom the page is for; the README takes two minutes."""
    lines = PAGES[name].splitlines()
    assert len(lines) <= (220 if name == "README" else 250)
    assert [line for line in lines if line.startswith("# ") and not _in_a_block(PAGES[name], line)] == [lines[0]]
    assert lines[1] == ""
    assert re.match(r"[A-Z*]", lines[2])
    assert max(len(line) for line in lines if not re.match(r"\||.*(twine upload|!\[)", line)) <= 128


def _in_a_block(text: str, line: str) -> bool:
    return any(line in block.text for block in blocks(text))


def test_help_and_the_readme_list_every_page_of_the_manual() -> None:
    """A page that is added without a place in the lists is found here."""
    reading = PAGES["README"].partition("## Where to read on")[2]
    linked = re.findall(r"\[(.+?)\]\(src/uniqver/manual/\1\.md\)", reading)
    assert sorted(TOPICS) == sorted(linked) == sorted(PAGES.keys() - {"README"})


def test_every_topic_is_printed_in_a_pipe(tmp_path: Path) -> None:
    """No markup of the generator, no link that only works on a code host, nothing cut."""
    listed = run(sys.executable, "-m", "uniqver", "help", cwd=tmp_path).stdout
    for topic in TOPICS:
        printed = run(sys.executable, "-m", "uniqver", "help", topic, cwd=tmp_path).stdout
        assert re.search(rf"^  {topic} ", listed, re.MULTILINE)
        assert printed == page(topic)
        assert printed.splitlines()[0] == PAGES[topic].splitlines()[0]
        assert printed.splitlines()[-1] == PAGES[topic].splitlines()[-1] or ".md" in PAGES[topic].splitlines()[-1]
        assert not re.search(r"<!--|\]\([\w-]+\.md", printed)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("rich_is_installed", [True, False])
def test_a_terminal_gets_a_rendered_page(rich_is_installed: bool, tmp_path: Path) -> None:
    """With rich, tables and code as such; without it, the text as in a pipe, and no error."""
    hide = "" if rich_is_installed else "sys.modules['rich'] = None; sys.modules['rich.console'] = None; "
    code = f"import sys; {hide}from uniqver.cli.main import main; sys.exit(main(['help', 'settings']))"
    shown = on_terminal(sys.executable, "-c", code, cwd=tmp_path)
    assert "Where the number comes" in shown
    assert ("```toml" in shown) is not rich_is_installed


def test_help_of_a_command_without_a_page_shows_its_options(tmp_path: Path) -> None:
    """Whoever asks for a command is not told that there is no such topic."""
    assert "--dry-run" in run(sys.executable, "-m", "uniqver", "help", "init", cwd=tmp_path).stdout


def test_an_unknown_topic_names_the_nearest(tmp_path: Path) -> None:
    """Wrong usage: exit code 2, and the line to type."""
    done = run(sys.executable, "-m", "uniqver", "help", "counter-s", cwd=tmp_path, ok=False)
    assert done.returncode == 2
    assert "fix: uniqver help counters" in done.stderr


def test_links_lead_somewhere() -> None:
    """To pages, files and headings that exist."""
    for name, text in PAGES.items():
        folder = REPOSITORY if name == "README" else MANUAL
        for target in re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", text):
            assert (folder / target).exists(), f"{name}: {target}"


def test_errors_name_topics_that_exist() -> None:
    """``topic="…"`` of an error is a page of the manual."""
    constants = {
        keyword.value.value
        for path in Path(uniqver.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "topic" and isinstance(keyword.value, ast.Constant)
    }
    classes = {
        each.topic for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.UniqverError)
    }
    named = {topic for topic in constants | classes if isinstance(topic, str)}
    assert named
    assert named <= set(TOPICS)


def test_every_block_names_a_language_that_is_known_here() -> None:
    """A block in a language that no test reads would rot unseen."""
    assert [str(block) for block in BLOCKS if block.language not in KNOWN] == []
    assert {"toml", "yaml", "console"} <= {block.language for block in BLOCKS}


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_toml_parses_and_its_settings_are_valid(block: Block) -> None:
    """What is copied from a page is taken by the build."""
    tool = loads(block.text).get("tool", {})
    assert isinstance(tool, dict)
    read_config(tool.get("uniqver", {}), {}, project="xtrade-ai")


@pytest.mark.parametrize("block", of("yaml"), ids=str)
def test_yaml_parses(block: Block) -> None:
    """No snippet has a tab or a wrong indent. (Recipes are compared with what init writes by test_generated.py.)"""
    assert isinstance(yaml.safe_load(block.text), dict | list)


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_python_compiles(block: Block) -> None:
    """Every Python snippet is Python."""
    assert ast.parse(block.text).body


@pytest.mark.parametrize("block", of("json"), ids=str)
def test_json_is_what_an_artifact_holds(block: Block) -> None:
    """The example has every key, and uniqver reads it."""
    assert json.loads(block.text).keys() == {"schema_version", *Provenance._fields}
    assert parsed(block.text, block.page).tools is not None


def test_files_of_the_repository_that_pages_name_exist() -> None:
    """A counter of your own, the benchmarks' tables, sources of what indexes do: no links, as an installed page has none."""
    named = set(re.findall(r"`(tests/[\w./-]+\.\w+)`", WHOLE))
    assert named == {
        "tests/adapters/counters/example_plugin.py",
        "tests/benchmarks/README.md",
        "tests/unit/test_check_pages.py",
    }
    assert [path for path in named if not (REPOSITORY / path).exists()] == []


@pytest.mark.parametrize("block", of("console"), ids=str)
def test_the_commands_of_a_console_block_exist_with_these_options(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line takes every ``uniqver …`` as it stands there."""
    assert any(line.startswith("$ ") for line in block.text.splitlines())
    for words in commands(block):
        try:
            arguments.parser_for(words[1:]).parse_args(words[1:])
        except SystemExit as stopped:
            if stopped.code == 0:  # --help
                continue
            pytest.fail(f"{shlex.join(words)}: {capsys.readouterr().err}")


def test_the_commands_of_a_fresh_machine_exist() -> None:
    """The README's two commands, and what .ci/run calls, word for word."""
    shown = [
        line.removeprefix("$ ") for block in of("console") if block.page == "README" for line in block.text.splitlines()
    ]
    assert {"python3 tests/try_it.py", "python3 tests/run.py"} <= set(shown)
    assert (REPOSITORY / ".ci/run").read_text(encoding="utf-8").splitlines()[-1] in shown
    assert (REPOSITORY / "tests/try_it.py").exists()
    assert (REPOSITORY / "tests/run.py").exists()


def test_the_first_command_of_the_readme_plays_runs_that_give_public_versions(tmp_path: Path) -> None:
    """The variables of ``tests/try_it.py`` are an own run of the project, and two attempts are two versions."""
    repo = Repo(tmp_path)
    repo.commit("pyproject.toml", '[project]\nname = "sample"\ndynamic = ["version"]\n')
    repo.tag("v1.4.0")
    repo.commit("more.txt")
    runs = [try_it.github(412, attempt, repo.head()) for attempt in (1, 2)]
    command = (sys.executable, "-m", "uniqver", "version")
    versions = [run(*command, cwd=tmp_path, env={**os.environ, **variables}).stdout for variables in runs]
    assert versions == ["1.4.1.dev41201\n", "1.4.1.dev41202\n"]


def test_names_in_the_text_exist() -> None:
    """Commands and their options, variables, and keys."""
    words = re.findall(r"`uniqver ([a-z][\w-]*)((?: [^`]*)?)`", WHOLE)
    assert {name for name, _ in words} <= COMMANDS.keys()
    variables = set(re.findall(r"\bUNIQVER_[A-Z_]*[A-Z]\b", WHOLE))
    assert unknown_variables(dict.fromkeys(variables, "x")) == []
    options = set(re.findall(r"`(--[a-z][\w-]*)", WHOLE))
    assert options - _options() == OPTIONS_OF_OTHERS


def _options() -> set[str]:
    def below(parser: argparse.ArgumentParser) -> Iterator[str]:
        for action in parser._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for each in action.choices.values():
                    yield from below(each)

    return set(below(arguments.parser_for()))


def test_every_command_is_in_the_manual() -> None:
    """Each command stands in a console block somewhere."""
    shown = {words[1] for block in of("console") for words in commands(block) if len(words) > 1}
    assert shown == COMMANDS.keys()


def test_the_chart_can_be_shown_by_an_index() -> None:
    """Plain shapes and text: no scripts, links, styles or fonts that a sanitizer would take out."""
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(REPOSITORY / ".github/speed.svg").iter()}
    assert tags == {"svg", "rect", "text"}


def test_the_chart_is_drawn_from_a_report() -> None:
    """A hook, the command and a whole build, uniqver and its peers."""

    def group(title: str, baseline: str) -> Group:
        names = (baseline, "uniqver", "versioneer")
        rows = {
            name: Measured(median=m, spread=1, above=m - 100, above_spread=1, cpu=m)
            for m, name in enumerate(names, 100)
        }
        return Group(title=title, measured=rows, baseline=baseline)

    titles = {
        "prepare_metadata_for_build_wheel — 100,000 commits, 1,000 tags, 20,000 files": "static",
        "the command — 20 commits, 3 tags, 20 files": "python -c pass",
        "python -m build, isolated — 20 commits, 3 tags, 20 files": "static",
    }
    drawn = picture(Report(machine="here", groups=[group(title, baseline) for title, baseline in titles.items()]))
    texts = [element.text for element in ElementTree.fromstring(drawn).iter() if element.text and element.text.strip()]
    assert texts.count("uniqver") == texts.count("versioneer") == 3
    assert {"1 ms", "101 ms", "1.01"} <= set(texts)


def test_the_reader_of_blocks_and_commands_reads() -> None:
    """A block in a list, a command behind a pipe and one in $(…) are seen."""
    text = '1. x\n\n   ```console\n   $ uniqver check dist/* | uniqver doctor --json\n   $ x="$(uniqver allocate)"\n   ```\n'
    (block,) = blocks(text)
    assert commands(block) == [["uniqver", "check", "dist/*"], ["uniqver", "doctor", "--json"], ["uniqver", "allocate"]]
