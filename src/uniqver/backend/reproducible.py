"""The environment that setuptools and compilers run in, as far as it would show in what they make."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sysconfig
from typing import TYPE_CHECKING

from uniqver.backend.variables import set_variables
from uniqver.config import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_KNOWS_PREFIX_MAP = r"(?:.*-)?(?:gcc|clang|cc|g\+\+|clang\+\+|c\+\+)(?:-[\d.]+)?"
"""Compilers by the names of GCC (from 8) and Clang (from 10); others may refuse an option they don't know."""


@contextlib.contextmanager
def reproducible(epoch: int, directory: Path) -> Iterator[None]:
    """While this lasts, times are ``epoch`` (seconds), and ``directory`` shows nowhere.

    setuptools, wheels, ``.pyc`` files and C's ``__DATE__`` go by ``SOURCE_DATE_EPOCH``
    (reproducible-builds.org/specs/source-date-epoch). Debug information would hold the project's folder.
    """
    with set_variables({EPOCH: str(epoch), **_compiler_flags(os.environ, directory)}):
        yield


def _compiler_flags(environ: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Return CFLAGS and CXXFLAGS (setuptools appends them to Python's own) that leave the folder out."""
    if os.name != "posix":
        return {}
    compiler = environ.get("CC") or str(sysconfig.get_config_var("CC") or "")
    program = next(iter(compiler.split()), "").rpartition("/")[2]
    if re.fullmatch(_KNOWS_PREFIX_MAP, program) is None:
        return {}
    flag = shlex.quote(f"-ffile-prefix-map={directory}=.")
    return {
        name: f"{environ.get(name, '')} {flag}".strip()
        for name in ("CFLAGS", "CXXFLAGS")
        if "-prefix-map=" not in environ.get(name, "")
    }
