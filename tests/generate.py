"""Writes the files that are made from declarations in the code; ``--check`` only compares.

    python -m tests.generate [--check]

A generated file is an entry of FILES: its path, and the function that returns what it must hold. In README.md and the
manual only tables and recipes are generated, between ``<!-- table: NAME -->`` and ``<!-- end of table -->``.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
import textwrap
from functools import partial, reduce
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from uniqver import config
from uniqver.ci import COUNTER, SIGNS, provider_named
from uniqver.cli import COMMANDS, Command
from uniqver.cli.arguments import parser_for, sentence
from uniqver.cli.doctor import checks
from uniqver.cli.init.pipelines import Ci, Pipeline, files_for
from uniqver.config import Config, variable_of
from uniqver.config.kinds import KEYS, field_texts
from uniqver.index.profiles import CHOICES, PROFILES
from uniqver.model.report import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from uniqver.ci.run import Provider
ROOT = Path(__file__).parent.parent


class SettingRow(NamedTuple):
    """What people are told of a key of ``[tool.uniqver]``."""

    key: str
    default: str | None
    """As TOML writes it; ``None`` where ``text`` says what happens without the key."""
    variable: str
    """Overrides the key: ``UNIQVER_SOURCE``."""
    text: str
    """Markdown, whole sentences."""
    allowed: str
    """What the value must be."""
    per_branch: bool
    """Whether a rule of ``branches`` may set it."""


def setting_rows() -> Iterator[SettingRow]:
    """Yield every key of ``[tool.uniqver]``, in the order of the declaration."""
    texts = field_texts(Config)
    for field, (key, kind) in zip(Config._fields, KEYS.items(), strict=True):
        value = Config._field_defaults[field]
        default = None if value in (None, ()) else json.dumps(value)
        yield SettingRow(key, default, variable_of(field), texts[field], kind.allowed, kind.per_branch)


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown; ``head`` is its first line."""
    cells = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    rule = "| --- " * (head.count("|") - 1) + "|"
    return "\n".join([head, rule, *(f"| {row} |" for row in cells)])


def _merged(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield one row for all that differ only in their first cell, where the first of them stood."""
    names: dict[tuple[str, ...], list[str]] = {}
    for name, *cells in rows:
        names.setdefault(tuple(cells), []).append(name)
    return ((", ".join(each), *cells) for cells, each in names.items())


def settings_table() -> str:
    """Return the keys of ``[tool.uniqver]``; those that a rule of ``branches`` may set have a dagger."""
    rows = ((f"`{row.key}`{' †' if row.per_branch else ''}", _value_cell(row), row.text) for row in setting_rows())
    return table("| key | value | |", rows)


def _value_cell(row: SettingRow) -> str:
    """Return the values to choose from, the default first; else the default and an example."""
    if row.allowed[0] == '"':
        return f"`{row.allowed}`"
    example = KEYS[row.key].example
    shown = [f"`{row.default}`"] * bool(row.default) + [f"like `{example}`"] * bool(example)
    return ", ".join(shown) or row.allowed


def variables_table() -> str:
    """Return the variables that are no keys."""
    texts = field_texts(config)
    names = {name: getattr(config, name) for name in texts if name.isupper()}
    return table(
        "| variable | |", ((f"`{value}`", texts[name]) for name, value in names.items() if isinstance(value, str))
    )


def ci_table() -> str:
    """Return the CI systems whose number may be used; one that no source confirms has a dagger."""
    providers = (p for p in map(provider_named, SIGNS) if p.number)
    rows = ((p.title + " †" * bool(p.unconfirmed), _number(p), str(p.scope).removeprefix("per ")) for p in providers)
    return table("| CI | number | counts per |", _merged(rows))


def _number(provider: Provider) -> str:
    attempt = f" * 100 + {provider.attempt}" if provider.attempt else ""
    return f"`{provider.number}{attempt}`"


def ci_refused_table() -> str:
    """Return the CI systems whose number can't be used, or not always, each with what to add there."""
    providers = map(provider_named, SIGNS)
    return table("| CI | why | add |", _merged((p.title, _refused(p), _addition(p)) for p in providers if p.fix))


def _refused(provider: Provider) -> str:
    why = provider.refuse.removeprefix("there is no number").lstrip(", :") or "no number"
    if provider.number and not provider.refuse:
        return f"if `{provider.number}` is not a whole number"
    return f"if `{provider.refuse_if.partition('|')[0]}` is set: {why}" if provider.refuse_if else why


def _addition(provider: Provider) -> str:
    return provider.fix.replace(COUNTER, "a counter").replace("; or a number of your own:", ", or")


def registries_table() -> str:
    """Return what each kind of index does with an upload; a cell that no source confirms has a dagger."""
    profiles = (PROFILES[key] for key in CHOICES if key != "names")
    rows = ((f"`{p.key}`: {p.name}", *map(_cell, (p.same, p.other, p.local, p.deleted))) for p in profiles)
    return table("| `--rules`: index | same bytes again | other bytes | local version | name of a deleted file |", rows)


def _cell(value: str) -> str:
    return "unknown †" if value == "unknown" else value


def commands_table() -> str:
    """Return the commands, with their exit codes if these aren't the usual ones."""
    usual = Command._field_defaults["exit_codes"]
    rows = ((f"`uniqver {c.name}`", sentence(c.summary), c.exit_codes.replace(usual, "")) for c in COMMANDS.values())
    return table("| command | | exit codes |", rows)


COMMON = ("help", "project", "json")
"""Options that nearly every command has."""


def options_table() -> str:
    """Return the options of every command, which stands in the first row of its own."""
    parsers = _subparsers(parser_for())
    rows: dict[tuple[str, str], list[str]] = {}
    for name, parser in parsers.items():
        for action in parser._actions:
            if action.dest not in COMMON and not isinstance(action, argparse._SubParsersAction):
                rows.setdefault((_spelled(action), _help(action)), []).append(name)
    shared = [
        (f"all but {_listed(name for name, c in COMMANDS.items() if not getattr(c, flag))}", _spelled(a), _help(a))
        for flag in ("project", "json")
        for a in parsers["check"]._actions
        if a.dest == flag
    ]
    own = [(_listed(names), *row) for row, names in sorted(rows.items(), key=lambda row: len(row[1]) == 1)]
    groups = groupby([*shared, *own], key=itemgetter(0))
    return table(
        "| command | option | |", (("" if n else key, *row[1:]) for key, of in groups for n, row in enumerate(of))
    )


def counter_table() -> str:
    """Return the actions of ``uniqver counter``."""
    parser = _subparsers(parser_for(["counter"]))["counter"]
    return table(
        "| command | |",
        (
            (f"`uniqver counter {name}{_arguments(action)}`", str(action.description))
            for name, action in _subparsers(parser).items()
        ),
    )


def doctor_table() -> str:
    """Return the checks of ``uniqver doctor``."""
    return table("| check | finds |", ((f"`{name}`", _first_line(check)) for name, check in checks().items()))


def summaries_table() -> str:
    """Return the commands."""
    return table("| command | |", ((f"`uniqver {c.name}`", sentence(c.summary)) for c in COMMANDS.values()))


def decision_keys() -> str:
    """Return the keys of a decision as JSON, with the names that people see."""
    keys = ", ".join(f"`{fact.key}`" + (f" ({fact.label})" if fact.label else "") for fact in FACTS)
    return textwrap.fill(f"{keys}.", 120, break_on_hyphens=False)


def _first_line(function: Callable[..., object]) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0].replace("``", "`")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parsers below a parser by name."""
    (action,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(action.choices)


def _spelled(action: argparse.Action) -> str:
    names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{_value(action)}`"
    if action.option_strings and action.nargs != 0:
        names = names.removesuffix("`") + f" {_value(action)}`"
    return names


def _value(action: argparse.Action) -> str:
    choices = action.choices and "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or choices or action.dest.upper()) + ("…" if action.nargs in ("+", "*") else "")


def _arguments(parser: argparse.ArgumentParser) -> str:
    """Return what a call takes, besides what every command takes."""
    own = [action for action in parser._actions if action.dest not in COMMON]
    shown = [(f"{a.option_strings[-1]} {_value(a)}" if a.option_strings else _value(a), a.required) for a in own]
    return "".join(f" {text}" if required else f" [{text}]" for text, required in shown)


def _help(action: argparse.Action) -> str:
    text = (action.help or "").removesuffix(" (default: %(default)s)")  # which Python 3.10 adds by itself
    return sentence(text.partition(". One of: ")[0])  # the registries' table has those


def recipe(ci: str, *keys: str) -> str:
    """Return the parts of a pipeline that ``init`` writes: the blocks that begin with one of ``keys``, like ``job/env``."""
    (name,) = (each for each in get_args(Ci) if each == ci)
    path, text = next(iter(files_for(name, Pipeline(name="xtrade-ai"), {}).items()))
    language = "groovy" if path == "Jenkinsfile" else "yaml"
    blocks = [reduce(_block, key.split("/"), text) for key in keys]
    parts = [f"```{language}\n{textwrap.dedent(block)}```" for block in blocks]
    return f"`{path}`:\n\n" + "\n\n".join(parts)


def _block(text: str, key: str) -> str:
    """Return the line that begins with ``key``, with all lines below it that are indented deeper."""
    lines = text.splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if re.match(rf"\s*(- )?(stage\(')?{key}\b", line))
    indent = _indent(lines[start])
    end = next(
        (n for n in range(start + 1, len(lines)) if lines[n].strip() and _indent(lines[n]) <= indent), len(lines)
    )
    closing = lines[end] if end < len(lines) and lines[end].strip() == "}" else ""
    return "".join(lines[start:end]).rstrip("\n") + "\n" + closing


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "variables": variables_table,
    "ci": ci_table,
    "ci-refused": ci_refused_table,
    "commands": commands_table,
    "summaries": summaries_table,
    "options": options_table,
    "counter": counter_table,
    "registries": registries_table,
    "decision": decision_keys,
    "doctor": doctor_table,
}
_GENERATED = re.compile(r"^<!-- (table|recipe): (.+?) -->\n.*?^<!-- end of \1 -->$", re.MULTILINE | re.DOTALL)


def filled(path: Path) -> str:
    """Return a page with its tables and recipes as they must be."""

    def written(match: re.Match[str]) -> str:
        kind, words = match[1], match[2].split()
        text = TABLES[words[0]]() if kind == "table" else recipe(*words)
        return f"<!-- {kind}: {match[2]} -->\n{text}\n<!-- end of {kind} -->"

    return _GENERATED.sub(written, path.read_text(encoding="utf-8"))


PAGES = [ROOT / "README.md", *sorted((ROOT / "src/uniqver/manual").glob("*.md"))]
FILES: dict[str, Callable[[], str]] = {str(path.relative_to(ROOT)): partial(filled, path) for path in PAGES}


def stale() -> list[str]:
    """Return the paths of the files that differ from what they must hold."""
    paths = {path: ROOT / path for path in FILES}
    return [
        path for path, file in paths.items() if not file.exists() or file.read_text(encoding="utf-8") != FILES[path]()
    ]


def main() -> int:
    """Write or compare; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if a file is stale")
    check = parser.parse_args().check
    found = stale()
    for path in found:
        if check:
            print(f"{path} is stale: python -m tests.generate")
        else:
            (ROOT / path).write_text(FILES[path](), encoding="utf-8")
            print(f"wrote {path}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
