"""The commands of ``uniqver``, and how they print.

A command is a module, imported only if it is called: ``add_options(parser)`` adds its options, ``run(options)`` prints
results to stdout, all else to stderr, and returns the exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from argparse import Namespace

    from uniqver.model.report import Json


class Command(NamedTuple):
    """A command, before it is imported."""

    name: str
    summary: str
    """Lower case, no full stop."""
    example: str
    """The line to type."""
    exit_codes: str = "0 fine, 1 error"
    """Besides 2 for wrong usage."""
    json: bool = True
    """Whether it takes ``--json``."""
    project: bool = True
    """Whether it takes ``-C DIR``."""
    extra: str | None = None
    """The extra that has the libraries of ``run``."""
    module: str = ""
    """If it isn't the command's name."""

    @property
    def path(self) -> str:
        """Of its module."""
        return f"uniqver.cli.{self.module or self.name}"


COMMANDS: Mapping[str, Command] = {command.name: command for command in (
    Command("init", "set up a project: its pyproject.toml and its pipeline", "uniqver init --ci github --dry-run",
            "0 done, or nothing to do; 1 error, or the answer was no", json=False, extra="cli"),
    Command("doctor", "find what stands in the way of a build or an upload", "uniqver doctor --json",
            "0 fine, or warnings only; 1 a build or an upload would fail", extra="cli"),
    Command("version", "print the version that this tree would get; takes no number", "uniqver version --json"),
    Command("allocate", "take a number and print the version, for the version job of a pipeline",
            'echo "version=$(uniqver allocate)" >> "$GITHUB_OUTPUT"', module="version"),
    Command("explain", "show how this tree, or an artifact, gets its version", "uniqver explain dist/",
            "0 fine; 1 error, or an artifact contradicts itself or another one"),
    Command("check", "predict what the index will do with files before they are uploaded",
            "uniqver check --print free dist/* | xargs -r twine upload",
            "0 all free or identical, 1 any conflict or refused, 3 any unknown", extra="check"),
    Command("prune", "list the development builds that may be deleted from an index",
            "uniqver prune --index https://index.example/simple/ --keep 5 --days 30", extra="check"),
    Command("verify", "build an artifact again from its commit, and compare the bytes",
            "uniqver verify dist/acme-1.4.1.dev41201-py3-none-any.whl", "0 identical; 1 error, or they differ"),
    Command("whence", "find the commit and the run that a version comes from", "uniqver whence 1.4.1.dev41201",
            "0 fine; 1 error, or the version is unknown"),
    Command("counter", "make the counter, inspect it, or raise it", "uniqver counter floor 41", extra="check"),
    Command("completion", "print the completion script of a shell",
            'eval "$(uniqver completion bash)"   in ~/.bashrc',
            json=False, project=False, extra="cli", module="arguments"),
    Command("help", "list the topics of the manual, or print one", "uniqver help already-exists",
            json=False, project=False),
)}  # fmt: skip
"""By name, as they are listed."""


def time_text(at: int) -> str:
    """Return seconds since the epoch for a person, also beyond the calendar."""
    from datetime import datetime, timezone  # few commands show one

    try:
        return f"{datetime.fromtimestamp(at, tz=timezone.utc):%Y-%m-%d %H:%M:%S UTC}"
    except (OverflowError, ValueError, OSError):
        return f"{at} seconds after 1970"


def show(options: Namespace, text: str, data: Json) -> None:
    """Print ``text``, or ``data`` for ``--json``."""
    if options.json:
        show_json(data)
    else:
        print(wrapped(text, sys.stdout))


def show_json(data: Json) -> None:
    """Print ``data`` as JSON. Keys are never renamed or removed within a major version."""
    import json  # a pipeline's `uniqver version` does without

    print(json.dumps(data, indent=2))


_COPIED = "|".join(
    [
        r"\b(?:git (?:add|clone|commit|config|fetch|fsck|push|rm|status|tag|worktree)|rm -|echo |python -m|pip install"
        rf"|uv (?:build|publish|run)|uniqver (?:{'|'.join(COMMANDS)}))\b[^;,()]*?(?=   | (?:and|in|or) |[;,()]|$)",
        r"[\w.-]+ = (?:\".*?\"|'.*?'|\[.*?\]|\{.*?\}+|\S+)",
        r"\w+=(?:\".*?\"|\$\(.*?\))",
        r"[\w-]+: (?:\{.*?\}+|\[.*?\]|\d+\b)",
    ]
)
"""What a line break makes useless: a command, a setting, an assignment, a pair of YAML."""


def wrapped(text: str, stream: TextIO) -> str:
    """Return ``text``; for a terminal, with long lines wrapped between words, and indented.

    What is to be copied stays in one piece: a fix, a block, a command within a sentence. A remark behind a fix
    (three spaces and a parenthesis) goes below it.
    """
    if not stream.isatty() or len(text) <= (width := columns_of(stream)):
        return text
    import re
    import textwrap

    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    lines: list[str] = []
    for line in text.split("\n"):
        begins = len(re.findall(r"^(?: *- | {2}[a-z][a-z ]{8} |[a-z]+ {2,}| *)", line)[0])
        wrapper.subsequent_indent = " " * (begins or 2)
        if len(line) <= width or " " not in line[begins:]:
            lines.append(line)
        elif re.match(r" +fix\b| {7}", line):
            fix, behind, remark = line.partition("   (")
            wrapper.subsequent_indent = " " * (begins + len("fix: "))
            lines += [fix, *(wrapper.wrap(f"{wrapper.subsequent_indent}({remark}") if behind else ())]
        else:
            whole = re.sub(_COPIED, lambda copied: copied[0].replace(" ", "\0"), line)
            lines += (each.replace("\0", " ") for each in wrapper.wrap(whole))
    return "\n".join(lines)


def columns_of(stream: TextIO) -> int:
    """Return a terminal's width: ``COLUMNS``, else its own, else 80."""
    import shutil

    try:
        own = os.get_terminal_size(stream.fileno())
    except OSError:
        own = os.terminal_size((80, 24))
    return shutil.get_terminal_size(own).columns or 80


def readable_size(size: int) -> str:
    """Return a number of bytes as people read it: ``12.0 MiB``."""
    if size < 1024**2:
        return f"{size / 1024:.1f} KiB"
    return f"{size / 1024**2:.1f} MiB" if size < 1024**3 else f"{size / 1024**3:.1f} GiB"
