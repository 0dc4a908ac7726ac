"""The process of a hook: folder, environment, log, garbage collector, and setuptools in it."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uniqver.config import unknown_variables
from uniqver.errors import ConfigError, ProjectError
from uniqver.files import read_bytes
from uniqver.project import OLDEST_SETUPTOOLS
from uniqver.resolve.request import Hook, Purpose, Request, request_for

if TYPE_CHECKING:
    from uniqver.model.decision import Decision

EXTRA_CONFIG = "DIST_EXTRA_CONFIG"
"""Names another setup.cfg (setuptools, "Configuration files")."""


def request_here(hook: Hook, purpose: Purpose, metadata_directory: Path | None = None) -> Request:
    """Return ``hook``'s question; its folder is the project's (PEP 517). Logs ``UNIQVER_…`` variables that nothing reads.

    Raises ``ConfigError``, also for a MANIFEST.in that setuptools would read for ever (a device).
    """
    try:
        with contextlib.suppress(FileNotFoundError):
            read_bytes(Path("MANIFEST.in"))
    except OSError as error:
        fix = "make MANIFEST.in a file that this user can read"
        raise ConfigError(what=f"MANIFEST.in can't be read: {error.strerror}", fix=fix) from error
    request = request_for(Path.cwd(), os.environ, purpose, hook=hook, metadata_directory=metadata_directory)
    for sentence in unknown_variables(os.environ):
        log(f"warning: {sentence}")
    return request


def version_file_of(request: Request, decision: Decision) -> Path | None:
    """Return the build's version file, if it has one. An sdist need not have its folder."""
    from uniqver.project.version_file import find_version_file  # rarely for a hook that asks

    try:
        return find_version_file(request.project, request.config.version_file)
    except ProjectError:
        if decision.origin != "sdist":
            raise
        return None


def log(line: str) -> None:
    """Print a line to the log of the build."""
    print(f"uniqver: {line}", file=sys.stderr, flush=True)  # noqa: T201


@contextlib.contextmanager
def set_variables(variables: Mapping[str, str]) -> Iterator[None]:
    """Have ``variables`` in the environment for a while."""
    before = {name: os.environ[name] for name in variables if name in os.environ}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name, None)
        os.environ.update(before)


def keep_what_is_imported() -> None:
    """Have the garbage collector pass over what there is, which stays to the end of the process.

    That takes 24 ms of a small project's hook of 190 (CPython 3.11).
    """
    if hasattr(gc, "freeze"):  # PyPy has another collector
        gc.freeze()


def imported_setuptools(*, legacy: bool = False) -> Any:
    """Import setuptools, and return its backend or that for projects that name none.

    That takes longer than all of uniqver: do it while git works. Raises :class:`ConfigError` if there is none or an old one.
    """
    try:
        import setuptools.build_meta

        found = setuptools.__version__
    except ModuleNotFoundError as error:
        if error.name != "setuptools":
            raise
        found = ""
    if not found or int(found.partition(".")[0]) < OLDEST_SETUPTOOLS:
        raise ConfigError(
            what=f"setuptools {found} is too old" if found else "setuptools is not installed",
            fix=f'python -m pip install --upgrade "setuptools>={OLDEST_SETUPTOOLS}"',
        )
    keep_what_is_imported()
    return setuptools.build_meta.__legacy__ if legacy else setuptools.build_meta


def run_setuptools(hook: str, *arguments: object, legacy: bool) -> Any:
    """Run setuptools' own ``hook``."""
    return getattr(imported_setuptools(legacy=legacy), hook)(*arguments)
