"""Takes lines and sections out of a setup.cfg, and leaves the rest as it was written. Pure."""

from __future__ import annotations

import re
from configparser import Error, RawConfigParser

from uniqver.cli.init.text import lines
from uniqver.errors import ProjectError

_SECTION = re.compile(r"\[([^]]+)\]")
_KEY = re.compile(r"([\w.-]+)\s*[=:]")


def read(text: str) -> dict[str, dict[str, str]]:
    """Return the sections. Raises :class:`ProjectError` where ``text`` is no setup.cfg."""
    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error as error:
        first = str(error).splitlines()[0]
        raise ProjectError(what=f"setup.cfg can't be read: {first}", fix="correct that line of setup.cfg") from error
    return {section: dict(parser.items(section)) for section in parser.sections()}


def without_key(text: str, section: str, key: str) -> str:
    """Return ``text`` without ``key`` of ``section``, and without the lines that continue it."""
    kept: list[str] = []
    current, taking = "", False
    for line in lines(text):
        if head := _SECTION.match(line):
            current, taking = head[1], False
        elif line[:1] not in (" ", "\t"):
            found = _KEY.match(line)
            taking = current == section and found is not None and found[1] == key
        elif not line.strip():
            taking = False
        if not taking:
            kept.append(line)
    return "".join(kept)


def without_section(text: str, section: str) -> str:
    """Return ``text`` without ``section`` and the comments in it."""
    kept: list[str] = []
    taking = False
    for line in lines(text):
        if head := _SECTION.match(line):
            taking = head[1] == section
        if not taking:
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "".join(kept)).rstrip("\n") + "\n" if "".join(kept).strip() else ""
