"""Around ``get_requires_for_…``: setup.py runs with the version that the build will get, and none is taken."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from uniqver.backend.environment import imported_setuptools, request_here, version_file_of
from uniqver.backend.lock import tree_lock
from uniqver.backend.setuptools import UNKNOWN, extra_config, marker_of, setuptools_knows
from uniqver.project.version_file import replaceable_bytes, write_version_file
from uniqver.resolve.precedence import resolve
from uniqver.resolve.request import client_requirements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.model.decision import Decision
    from uniqver.resolve.request import Hook, Request


@contextlib.contextmanager
def peeked(hook: Hook) -> Iterator[tuple[str, ...]]:
    """While this lasts, setuptools has the version that ``hook`` will get, as far as that is known; none is taken.

    Gives what the build needs besides: setuptools-scm for some projects, the client library of its counter. The
    version file is written only if there is none, for a setup.py that imports it.
    """
    request = request_here(hook, "peek")
    needed, missing = _scm_requirements(request)
    if missing:
        with tree_lock(request.project.directory), extra_config(UNKNOWN):
            yield (*needed, *client_requirements(request))
        return
    decision = resolve(request, meanwhile=imported_setuptools)
    counts = decision.number is not None and decision.number.source == "counter"
    client = client_requirements(request) if counts else ()
    with tree_lock(request.project.directory):
        _write_missing_version_file(request, decision)
        with setuptools_knows(request, decision):
            yield (*needed, *client)


def _write_missing_version_file(request: Request, decision: Decision) -> None:
    path = version_file_of(request, decision)
    if path is None:
        return
    if path.exists():  # mostly, from the build before
        replaceable_bytes(path)  # raises sooner than the hook that would write it
        return
    from uniqver.model.provenance import provenance_of
    from uniqver.model.version_text import version_text

    write_version_file(path, version_text(provenance_of(decision, epoch=None)))


def _scm_requirements(request: Request) -> tuple[tuple[str, ...], bool]:
    """Return the requirement on setuptools-scm if the project needs it (its table, or a tree that isn't git's).

    And whether it is still to be installed. Raises ``ScmError`` if an older one is installed.
    """
    if request.project.scm is None and marker_of(request.project, request.config) is None:
        return (), False
    from uniqver.vcs.setuptools_scm import REQUIREMENT, is_missing  # projects without it import nothing of it

    return (REQUIREMENT,), is_missing()
