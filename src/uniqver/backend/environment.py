"""The process that a hook runs in: its environment, as far as it would show in what is made; setuptools in it, and its
garbage collector."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import shlex
import sysconfig
from typing import TYPE_CHECKING, cast

from uniqver.config import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from setuptools.build_meta import _BuildMetaBackend


@contextlib.contextmanager
def set_variables(variables: Mapping[str, str]) -> Iterator[None]:
    """While this lasts, the environment has ``variables``; afterwards what it had before."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def keep_what_is_imported() -> None:
    """Have the garbage collector pass over all that there is: it stays to the end of the process, and that is near.

    Else it walks through every module again and again while setuptools imports more, and once more at the exit: 24 ms
    of a small project's hook of 190 (CPython 3.11). A frontend calls each hook in a process of its own (PEP 517).
    """
    if hasattr(gc, "freeze"):  # PyPy has another collector
        gc.freeze()


def imported_setuptools(*, legacy: bool = False) -> _BuildMetaBackend:
    """Import setuptools and return its backend, or that for projects that name none.

    It takes longer than all of uniqver, and longer than git judges 20,000 files: it is done while git works.
    """
    import setuptools.build_meta

    keep_what_is_imported()
    # the module has the hooks as functions
    return setuptools.build_meta.__legacy__ if legacy else cast("_BuildMetaBackend", setuptools.build_meta)


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
