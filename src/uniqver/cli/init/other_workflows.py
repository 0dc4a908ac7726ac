"""The project's other workflows: which of them build it, and a version for those that only test. Pure."""

from __future__ import annotations

import re

_BUILDS = re.compile(
    r"""(?:
        -m\ build\b | \bpyproject-build\b | \buv\ (?:build|sync|run)\b | \bcibuildwheel\b | \bpipx\ run\ build\b
      | \bpip3?\ (?:wheel|install)\b[^\n|&;]*(?:\ |["'])(?:-e\ *)?\.(?:\[|\ |"|'|$|\n)
      | \btox\b | \bnox\b | \bhatch\ (?:build|test)\b
    )""",
    re.VERBOSE | re.MULTILINE,
)
_PUBLISHES = re.compile(r"gh-action-pypi-publish|\btwine upload\b|\buv publish\b|\bflit publish\b|upload_to_pypi")
_PINNED = re.compile(r"UNIQVER_(?:VERSION|SOURCE|BUILD_NUMBER)\b")
_ENV = re.compile(r"^env:[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)
_JOBS = re.compile(r"^jobs:", re.MULTILINE)


def builds(text: str) -> bool:
    """Tell whether a workflow builds or installs the project of its checkout."""
    return _BUILDS.search(text) is not None


def publishes(text: str) -> bool:
    """Tell whether a workflow uploads to an index."""
    return _PUBLISHES.search(text) is not None


def pinned(text: str) -> bool:
    """Tell whether a workflow says which version, or which source of it, its builds use."""
    return _PINNED.search(text) is not None


def with_pin(text: str, version: str) -> str | None:
    """Return a workflow whose every job builds ``version``; ``None`` where its ``env`` is written in one line."""
    line = f'UNIQVER_VERSION: "{version}"  # this workflow publishes nothing, and needs no tags'
    if section := _ENV.search(text):
        indent = re.match(r"[ ]*", text[section.end() :])
        width = len(indent[0]) if indent is not None else 0
        return f"{text[: section.end()]}{' ' * (width or 2)}{line}\n{text[section.end() :]}"
    start = _JOBS.search(text)
    if start is None or re.search(r"^env:", text, re.MULTILINE):
        return None
    return f"{text[: start.start()]}env:\n  {line}\n\n{text[start.start() :]}"
