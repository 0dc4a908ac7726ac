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
    module: str
    """Where ``EXAMPLE``, ``add_options`` and ``run`` are."""
    exit_codes: str = "0 fine, 1 error"
    """Besides 2, which is wrong usage everywhere."""
    json: bool = True
    """Whether it takes ``--json``."""
    project: bool = True
    """Whether it takes ``-C DIR``."""
    extra: str | None = None
    """The extra of the distribution with the libraries that ``run`` imports."""


_ROWS = (
    Command(
        name="init",
        summary="set up a project: its pyproject.toml and its pipeline",
        module="uniqver.cli.init",
        exit_codes="0 done, or nothing to do; 1 error, or the answer was no",
        json=False,
        extra="cli",
    ),
    Command(
        name="doctor",
        summary="find what stands in the way of a build or an upload",
        module="uniqver.cli.doctor",
        exit_codes="0 fine, or warnings only; 1 a build or an upload would fail",
        extra="cli",
    ),
    Command(
        name="version",
        summary="print the version that this tree would get; takes no number",
        module="uniqver.cli.version",
    ),
    Command(
        name="allocate",
        summary="take a number and print the version, for the version job of a pipeline",
        module="uniqver.cli.version",
    ),
    Command(
        name="explain",
        summary="show how this tree, or an artifact, gets its version",
        module="uniqver.cli.explain",
        exit_codes="0 fine; 1 error, or an artifact contradicts itself or another one",
    ),
    Command(
        name="check",
        summary="predict what the index will do with files before they are uploaded",
        module="uniqver.cli.check",
        exit_codes="0 all free or identical, 1 any conflict or refused, 3 any unknown",
        extra="check",
    ),
    Command(
        name="prune",
        summary="list the development builds that may be deleted from an index",
        module="uniqver.cli.prune",
        extra="check",
    ),
    Command(
        name="verify",
        summary="build an artifact again from its commit, and compare the bytes",
        module="uniqver.cli.verify",
        exit_codes="0 identical; 1 error, or they differ",
    ),
    Command(
        name="whence",
        summary="find the commit and the run that a version comes from",
        module="uniqver.cli.whence",
        exit_codes="0 fine; 1 error, or the version is unknown",
    ),
    Command(
        name="counter",
        summary="make the counter, inspect it, or raise it",
        module="uniqver.cli.counter",
    ),
    Command(
        name="completion",
        summary="print the completion script of a shell",
        module="uniqver.cli.completion",
        json=False,
        project=False,
        extra="cli",
    ),
    Command(
        name="help",
        summary="list the topics of the manual, or print one",
        module="uniqver.cli.help",
        json=False,
        project=False,
    ),
)


COMMANDS: Final[Mapping[str, Command]] = {command.name: command for command in _ROWS}
"""All commands by name, in the order in which they are shown."""


def missing_library(command: str, extra: str, error: ModuleNotFoundError) -> UniqverError:
    """Return the error for a library of ``uniqver[extra]`` that is not installed. Reraises one for uniqver's own."""
    if (error.name or "uniqver").startswith("uniqver"):
        raise error
    return UniqverError(
        what=f"uniqver {command} needs {error.name}, which is not installed", fix=f'pip install "uniqver[{extra}]"'
    )
