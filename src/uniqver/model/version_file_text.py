"""The text of ``_version.py``, a frozen literal as ruff and black would leave it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.version import Version

if TYPE_CHECKING:
    from uniqver.model.provenance import Provenance

MARK = "Made by uniqver"
"""Marks a file that uniqver wrote, and may write again."""

ALL = ("__build__", "__commit_id__", "__version__", "__version_tuple__", "commit_id", "version", "version_tuple")
"""The names that setuptools-scm's users import, and ``__build__``."""

_VERSION_LINE = r"""^(?:\w+ *= *)*__version__(?: *: *\w+)?(?: *= *\w+)* *= *["']([^"'\n]*)["']"""
"""Also what setuptools-scm, hatch-vcs and people write."""

_TUPLE_WIDTH = 88 - len("__version_tuple__ = version_tuple = ()")
"""Room within the line length of ruff and black."""

_TEMPLATE = '''\
"""The version of this build. {mark} for each build: don't edit, don't track in version control."""

from __future__ import annotations

__all__ = [
{names}]

__version__: str
version: str
__version_tuple__: tuple[int | str, ...]
version_tuple: tuple[int | str, ...]
__commit_id__: str | None
commit_id: str | None
__build__: dict[str, str | int | bool | None]

__version__ = version = "{version}"
__version_tuple__ = version_tuple = {version_tuple}
__commit_id__ = commit_id = {commit}
__build__ = {{
{build}}}
'''


def version_text(facts: Provenance) -> str:
    """Return the contents of the version file."""
    build = {name: getattr(facts, name) for name in ("base", "segment", "number", "dirty")}
    return _TEMPLATE.format(
        mark=MARK,
        names="".join(f"    {_literal(name)},\n" for name in ALL),
        version=facts.version,
        version_tuple=_tuple_text(version_tuple(facts.version)),
        commit=_literal(facts.commit),
        build="".join(f"    {_literal(key)}: {_literal(value)},\n" for key, value in build.items()),
    )


def is_generated(text: str) -> bool:
    """Tell whether uniqver wrote ``text``."""
    return MARK in text


def version_in(text: str) -> str | None:
    """Return the literal given to ``__version__`` in any tool's version file, or ``None``."""
    found = re.search(_VERSION_LINE, text, re.MULTILINE)
    return None if found is None else found[1]


def version_tuple(version: str) -> tuple[int | str, ...]:
    """Return the version in parts, as setuptools-scm does: ``(1, 4, 1, "dev41201")``."""
    parsed = Version(version)
    parts: list[int | str] = [f"{parsed.epoch}!"] if parsed.epoch else []
    parts.extend(parsed.release)
    named = (
        parsed.pre and "".join(map(str, parsed.pre)),
        None if parsed.post is None else f"post{parsed.post}",
        None if parsed.dev is None else f"dev{parsed.dev}",
        parsed.local,
    )
    parts.extend(filter(None, named))
    return tuple(parts)


def _tuple_text(parts: tuple[int | str, ...]) -> str:
    inner = ", ".join(map(_literal, parts)) + ("," if len(parts) == 1 else "")
    if len(inner) <= _TUPLE_WIDTH:
        return f"({inner})"
    return "(\n" + "".join(f"    {_literal(part)},\n" for part in parts) + ")"


def _literal(value: str | int | None) -> str:
    if not isinstance(value, str):
        return repr(value)
    return '"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
