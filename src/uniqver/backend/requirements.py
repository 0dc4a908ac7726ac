"""Around ``get_requires_for_…``: setup.py runs with the version that the build will get, and none is taken."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from uniqver.backend.environment import imported_setuptools, request_here, version_file_of
from uniqver.backend.extra_config import extra_config
from uniqver.backend.lock import tree_lock
from uniqver.backend.setuptools import UNKNOWN, setuptools_knows
from uniqver.project.version_file import refuse_to_lose, write_version_file
from uniqver.resolve.build_requirements import client_requirements, scm_is_missing, scm_requirements
from uniqver.resolve.precedence import resolve

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
    project, config = request.project, request.config
    needed = scm_requirements(project, config)
    kind = config.counter.partition(":")[0]
    if needed and scm_is_missing():
        with tree_lock(project.directory), extra_config(UNKNOWN):
            yield (*needed, *client_requirements(kind))
        return
    decision = resolve(request, meanwhile=imported_setuptools)
    counts = decision.number is not None and decision.number.source == "counter"
    client = client_requirements(kind) if counts else ()
    with tree_lock(project.directory):
        _write_missing_version_file(request, decision)
        with setuptools_knows(request, decision):
            yield (*needed, *client)


def _write_missing_version_file(request: Request, decision: Decision) -> None:
    path = version_file_of(request, decision)
    if path is None:
        return
    if path.exists():  # mostly, from the build before
        refuse_to_lose(path)  # sooner than the hook that would write it
        return
    from uniqver.model.provenance import provenance_of
    from uniqver.model.version_text import version_text

    write_version_file(path, version_text(provenance_of(decision, epoch=None)))
