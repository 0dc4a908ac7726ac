"""setuptools-scm in a project: what configures it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from uniqver.config import table
from uniqver.errors import ConfigError
from uniqver.files import read_text
from uniqver.model import NamedTuple
from uniqver.project import table_of

_TOOLS = ("setuptools_scm", "vcs-versioning")
"""The tables that setuptools-scm reads, in this order: the first that is there counts."""

_SIMPLE = r"\s*(?i:setuptools[-_.]+scm)\s*\[(?:[^]]*,)?\s*simple\s*[],]"
"""``setuptools-scm[simple]``, which is as good as an empty table."""

_KEYWORD = r"(?m)^[^#\n]*\buse_scm_version\b"
_FILE_KEYS = ("version_file", "write_to")
_FILE = rf"""\b(?:{"|".join(_FILE_KEYS)})["']?\s*[:=]\s*["']([^"'\n]+)["']"""


class ScmSection(NamedTuple):
    """A project's configuration of setuptools-scm."""

    tool: str
    """The name of the table under ``[tool]``."""
    table: Mapping[str, object]
    """Empty if only setup.py or ``setuptools-scm[simple]`` asks for setuptools-scm."""
    legacy: bool
    """Whether setup.py has ``use_scm_version``, whose value only running it tells."""
    files: tuple[str, ...] = ()
    """The version files named in the table, or as plain text in setup.py."""


def find_scm_section(
    directory: Path, document: Mapping[str, object], tool: Mapping[str, object], *, dynamic: bool
) -> ScmSection | None:
    """Return how the project at ``directory`` configures setuptools-scm, if it does.

    ``dynamic``: ``[project]`` leaves the version to the backend, as ``setuptools-scm[simple]`` wants it. Raises
    :class:`ConfigError` for a table that setuptools-scm doesn't read.
    """
    if "setuptools-scm" in tool:
        raise ConfigError(
            what="[tool.setuptools-scm] is a name that setuptools-scm doesn't read",
            fix="write it with an underscore: [tool.setuptools_scm]",
        )
    try:
        setup_py = read_text(directory / "setup.py", "replace")
    except OSError:
        setup_py = ""
    legacy = re.search(_KEYWORD, setup_py) is not None
    named = re.findall(_FILE, setup_py) if legacy else []
    for name in _TOOLS:
        if (found := table_of(tool, name)) is not None:
            listed = [file for key in _FILE_KEYS if isinstance(file := found.get(key), str)]
            return ScmSection(name, found, legacy, files=(*listed, *named))
    requires = table(document, "build-system").get("requires") if dynamic else None
    simple = isinstance(requires, list) and any(re.match(_SIMPLE, str(requirement)) for requirement in requires)
    if legacy or simple:
        return ScmSection(_TOOLS[0], {}, legacy, files=tuple(named))
    return None
