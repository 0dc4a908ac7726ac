"""The edge to twine: its metadata and description check, the one that ``twine check`` makes."""

from __future__ import annotations

# Private in twine, but the very check: its public command prints to stdout and stops at the first bad file.
from twine.commands.check import _check_file, _WarningStream
from twine.exceptions import TwineException


def problem(path: str) -> tuple[str, str] | None:
    """Return what twine finds wrong with the wheel or sdist at ``path``, and the fix; ``None`` where nothing is.

    The file has to be one that :mod:`uniqver.dists.archive` found sound: twine reads it without limits.
    """
    stream = _WarningStream()
    try:
        _, renders = _check_file(path, stream)
    except TwineException as error:
        text = " ".join(str(error).split())
        return f"--metadata: twine refuses it: {text}", "correct [project] in pyproject.toml, and build again"
    if renders:
        return None
    first = next(iter(str(stream).splitlines()), "its markup is broken")
    return (
        f"--metadata: the description won't render on PyPI, which refuses it then: {first}",
        'correct the README, or say its type: readme = {file = "README", content-type = "text/markdown"}',
    )
