"""``uniqver help``: the pages of the manual."""

from __future__ import annotations

import re
import sys
from importlib import resources
from typing import TYPE_CHECKING

from uniqver.cli import COMMANDS, wrapped
from uniqver.cli.arguments import parser_for, unknown

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from rich.console import ConsoleOptions, RenderResult

TOPICS = (
    "start", "already-exists", "pipelines", "versions", "settings", "ci", "counters", "monorepo", "check",
    "reproducible", "setuptools-scm", "migrate", "commands", "troubleshooting", "how-it-works", "limits",
)  # fmt: skip
"""In the order in which they are listed."""

_COMMENT = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\(([\w-]+)\.md(?:#[\w-]*)?\)")


def add_options(parser: ArgumentParser) -> None:
    """Add its options."""
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="a page of the manual (default: list them)")


def run(options: Namespace) -> int:
    """Print a page, or the list of pages; for a command without a page of its name, its options."""
    topic = options.topic
    if topic is None:
        print(listing())
    elif topic in TOPICS:
        _show(page(topic))
    elif topic in COMMANDS:
        parser_for([topic]).parse_args([topic, "--help"])
    else:
        raise unknown("topic", topic, [*TOPICS, *COMMANDS], "uniqver help", "uniqver help")
    return 0


def listing() -> str:
    """Return the topics, each with what it is about."""
    width = max(map(len, TOPICS))
    lines = [f"  {topic:<{width}}  {summary_of(topic)}" for topic in TOPICS]
    return "\n".join(["uniqver help TOPIC", "", *lines, "", "uniqver COMMAND --help shows the options of a command."])


def page(topic: str) -> str:
    """Return a page of the manual without comments, with links by topic."""
    text = resources.files("uniqver").joinpath("manual", f"{topic}.md").read_text(encoding="utf-8")
    return _LINK.sub(r"\1 (`uniqver help \2`)", _COMMENT.sub("", text))


def summary_of(topic: str) -> str:
    """Return a page's heading, without the topic that it begins with."""
    title = page(topic).partition("\n")[0].removeprefix("# ")
    subject, _, about = title.partition(": ")
    is_topic = subject.lower().replace(" ", "-") in (topic, f"{topic}s")
    return f"{about[:1].upper()}{about[1:]}" if about and is_topic else title


def _show(text: str) -> None:
    """Print Markdown; in a terminal, if rich is installed, rendered."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console  # of an extra; no page needs it to be read
            from rich.markdown import Markdown, TableElement
        except ModuleNotFoundError:
            pass
        else:

            class Folded(TableElement):
                """A table that cuts no word short."""

                def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
                    for table in super().__rich_console__(console, options):
                        for column in getattr(table, "columns", ()):
                            column.overflow = "fold"
                        yield table

            Markdown.elements["table_open"] = Folded
            Console().print(Markdown(text, hyperlinks=False))
            return
    prose_and_code = re.split(r"^(```.*?^```|\|.*?)$", text, flags=re.MULTILINE | re.DOTALL)
    print("".join(part if n % 2 else wrapped(part, sys.stdout) for n, part in enumerate(prose_and_code)), end="")
