"""The commands of ``uniqver``: one row each, in the order of ``uniqver --help``.

A command is a module with three things, imported only if the command is called:

- ``EXAMPLE``: one line to type, shown below its help;
- ``add_options(parser)``: adds what only this command takes;
- ``run(options)``: prints results to stdout and everything else to stderr, returns the exit code, and raises
  :class:`~uniqver.errors.UniqverError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uniqver.errors import UniqverError
from uniqver.model.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(NamedTuple):
    """One command, as far as it is known without importing it."""

    name: str
    summary: str
    """For lists and as the first sentence of its help: lower case, no full stop."""
    exit_codes: str = "0 fine, 1 error"
    """Besides 2, which is wrong usage everywhere."""
    json: bool = True
    """Whether it takes ``--json``."""
    project: bool = True
    """Whether it takes ``-C DIR``."""
    extra: str | None = None
    """The extra of the distribution with the libraries that ``run`` imports."""
    place: str | None = None
    """The name of its module, if that isn't the command's."""

    @property
    def module(self) -> str:
        """Where ``EXAMPLE``, ``add_options`` and ``run`` are."""
        return f"uniqver.cli.{self.place or self.name}"


_ROWS = (
    Command("init", "set up a project: its pyproject.toml and its pipeline",
            "0 done, or nothing to do; 1 error, or the answer was no", json=False, extra="cli"),
    Command("doctor", "find what stands in the way of a build or an upload",
            "0 fine, or warnings only; 1 a build or an upload would fail", extra="cli"),
    Command("version", "print the version that this tree would get; takes no number"),
    Command("allocate", "take a number and print the version, for the version job of a pipeline", place="version"),
    Command("explain", "show how this tree, or an artifact, gets its version",
            "0 fine; 1 error, or an artifact contradicts itself or another one"),
    Command("check", "predict what the index will do with files before they are uploaded",
            "0 all free or identical, 1 any conflict or refused, 3 any unknown", extra="check"),
    Command("prune", "list the development builds that may be deleted from an index", extra="check"),
    Command("verify", "build an artifact again from its commit, and compare the bytes",
            "0 identical; 1 error, or they differ"),
    Command("whence", "find the commit and the run that a version comes from",
            "0 fine; 1 error, or the version is unknown"),
    Command("counter", "make the counter, inspect it, or raise it"),
    Command("completion", "print the completion script of a shell",
            json=False, project=False, extra="cli", place="arguments"),
    Command("help", "list the topics of the manual, or print one", json=False, project=False),
)  # fmt: skip


COMMANDS: Final[Mapping[str, Command]] = {command.name: command for command in _ROWS}
"""All commands by name, in the order in which they are shown."""


def missing_library(command: str, extra: str, error: ModuleNotFoundError) -> UniqverError:
    """Return the error for a library of ``uniqver[extra]`` that is not installed. Reraises one for uniqver's own."""
    if (error.name or "uniqver").startswith("uniqver"):
        raise error
    return UniqverError(
        what=f"uniqver {command} needs {error.name}, which is not installed", fix=f'pip install "uniqver[{extra}]"'
    )


def time_text(at: int) -> str:
    """Return a time in seconds since the epoch for a person, also one that no calendar has."""
    from datetime import datetime, timezone  # few commands show one

    try:
        return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{at} seconds after 1970"
