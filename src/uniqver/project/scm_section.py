"""setuptools-scm in a project: the table or the setup.py that configures it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from uniqver.errors import ConfigError
from uniqver.files import read_text
from uniqver.model.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TOOLS = ("setuptools_scm", "vcs-versioning")
"""The tables that setuptools-scm reads, in this order: the first that is there counts."""

_KEYWORD = r"(?m)^[^#\n]*\buse_scm_version\b"
_FILE_KEYS = ("version_file", "write_to")
_FILE = rf"""\b(?:{"|".join(_FILE_KEYS)})["']?\s*[:=]\s*["']([^"'\n]+)["']"""


class ScmSection(NamedTuple):
    """Where a project configures setuptools-scm."""

    tool: str
    """The name of the table under ``[tool]``."""
    table: Mapping[str, object]
    """Its contents; empty if only setup.py or ``setuptools-scm[simple]`` asks for setuptools-scm."""
    legacy: bool
    """Whether setup.py has ``use_scm_version``, whose value is known only by running it."""
    files: tuple[str, ...] = ()
    """The version files that are named in the table, or as plain text in setup.py."""


def find_scm_section(
    directory: Path, document: Mapping[str, object], tool: Mapping[str, object], *, dynamic: bool
) -> ScmSection | None:
    """Return where the project at ``directory`` configures setuptools-scm, or ``None`` if it doesn't.

    ``dynamic`` is whether ``[project]`` leaves the version to the backend, as ``setuptools-scm[simple]`` wants it.
    Raises :class:`ConfigError` if a table has a name that setuptools-scm doesn't read.
    """
    if "setuptools-scm" in tool:
        raise ConfigError(
            what="[tool.setuptools-scm] is a name that setuptools-scm doesn't read",
            fix="write it with an underscore: [tool.setuptools_scm]",
        )
    setup_py = _setup_py_with_scm(directory / "setup.py")
    legacy = setup_py is not None
    named = tuple(re.findall(_FILE, setup_py or ""))
    for name in _TOOLS:
        if name in tool:
            table = tool[name]
            if not isinstance(table, dict):
                what = f"tool.{name} in pyproject.toml is not a table"
                raise ConfigError(what=what, fix=f"write it as [tool.{name}]")
            listed = tuple(file for key in _FILE_KEYS if isinstance(file := table.get(key), str))
            return ScmSection(tool=name, table=cast("dict[str, object]", table), legacy=legacy, files=(*listed, *named))
    if legacy or (dynamic and _requires_simple(document)):
        return ScmSection(tool=_TOOLS[0], table={}, legacy=legacy, files=named)
    return None


def _setup_py_with_scm(path: Path) -> str | None:
    """Return the text of setup.py if it has ``use_scm_version``."""
    try:
        text = read_text(path, "replace")
    except OSError:
        return None
    return text if re.search(_KEYWORD, text) else None


def _requires_simple(document: Mapping[str, object]) -> bool:
    """Return whether [build-system] asks for ``setuptools-scm[simple]``, which is as good as an empty table."""
    build_system = document.get("build-system")
    requires = build_system.get("requires") if isinstance(build_system, dict) else None
    return isinstance(requires, list) and any(_is_simple(str(text)) for text in requires)


def _is_simple(text: str) -> bool:
    if "simple" not in text:
        return False
    from packaging.requirements import InvalidRequirement, Requirement  # 2 ms, and few have the extra
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return False
    return canonicalize_name(requirement.name) == "setuptools-scm" and "simple" in requirement.extras
