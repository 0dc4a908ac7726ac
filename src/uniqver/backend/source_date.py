"""The same bytes for builds of one version: the time of all that is in them, and no trace of the folder.

``SOURCE_DATE_EPOCH``: reproducible-builds.org/specs/source-date-epoch.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.backend.environment import set_variables
from uniqver.config import EPOCH
from uniqver.errors import ConfigError
from uniqver.model.decision import Decision
from uniqver.resolve.request import Request, repository_of

if TYPE_CHECKING:
    from uniqver.model.provenance import Provenance

EARLIEST = 315532800
"""1980-01-01, ZIP's first day; stands in if no time is known."""
LATEST = 2**32 - 1
"""2106-02-07, gzip's last second. ZIP and tar end later."""


def epoch_of(decision: Decision, request: Request, carried: Provenance | None) -> int | None:
    """Return the time for the artifacts, in seconds from :data:`EARLIEST` to :data:`LATEST`, if one is known.

    The first of: the user's own, what an sdist or an earlier hook froze in ``carried``, the commit's (starts git for a version
    that came whole), when the number was made. Raises :class:`ConfigError` for a ``SOURCE_DATE_EPOCH`` that is not a number.
    """
    time = _time(decision, request, carried)
    return None if time is None else min(max(time, EARLIEST), LATEST)


def _time(decision: Decision, request: Request, carried: Provenance | None) -> int | None:
    given = request.environ.get(EPOCH, "")
    if given:
        if not (given.isascii() and given.isdecimal()):
            raise ConfigError(
                what=f"{EPOCH} is {given[:40]!r}: not a number of seconds",
                fix=f"{EPOCH}=$(git log -1 --format=%ct), or unset it",
            )
        digits = given.lstrip("0")
        return int(digits or 0) if len(digits) < 11 else LATEST  # Python reads no number of 5,000 digits
    if carried is not None:
        return carried.source_date_epoch
    time = decision.commit_time
    if time is None and decision.commit is not None and decision.origin != "sdist":
        from uniqver.vcs.describe import commit_time  # of a pinned version
        from uniqver.vcs.runner import Git

        repository = repository_of(request)
        time = None if repository is None else commit_time(Git(repository, request.environ))
    return decision.number.made_at if time is None and decision.number is not None else time


_KNOWS_PREFIX_MAP = r"(?:.*-)?(?:gcc|clang|cc|g\+\+|clang\+\+|c\+\+)(?:-[\d.]+)?"
"""GCC (from 8) and Clang (from 10)."""


@contextlib.contextmanager
def reproducible(epoch: int, directory: Path) -> Iterator[None]:
    """Set times to ``epoch`` (seconds), C's ``__DATE__`` too, and keep ``directory`` out of debug information."""
    variables = {EPOCH: str(epoch)}
    compiler = os.environ.get("CC") or str(sysconfig.get_config_var("CC") or "")
    program = next(iter(compiler.split()), "").rpartition("/")[2]
    if os.name == "posix" and re.fullmatch(_KNOWS_PREFIX_MAP, program):
        flag = shlex.quote(f"-ffile-prefix-map={directory}=.")
        for name in ("CFLAGS", "CXXFLAGS"):  # appended to Python's own
            given = os.environ.get(name, "")
            if "-prefix-map=" not in given:
                variables[name] = f"{given} {flag}".strip()
    with set_variables(variables):
        yield
