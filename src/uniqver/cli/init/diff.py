"""Shows changes as a unified diff that ``git apply`` takes. Pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from uniqver.cli.init.text import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uniqver.cli.init.values import Change


def as_diff(changes: Iterable[Change]) -> str:
    """Return the diff of all changes."""
    return "".join(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    old = "/dev/null" if change.before is None else f"a/{change.path}"
    new = "/dev/null" if change.after is None else f"b/{change.path}"
    yield f"diff --git a/{change.path} b/{change.path}\n"
    if change.before is None:
        yield "new file mode 100644\n"
    if change.after is None:
        yield "deleted file mode 100644\n"
    before = lines(change.before or "")
    after = lines(change.after or "")
    for line in difflib.unified_diff(before, after, old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
