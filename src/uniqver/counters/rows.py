"""An allocation as a row of a table, the same in every SQL store. Pure."""

from __future__ import annotations

from uniqver.counters.protocol import Allocation, Claim, Stream

COLUMNS = "project, base, number, build_key, source_commit, at, host, who, algorithm"

Row = tuple[str, str, int, str, "str | None", int, str, str, str]
"""The values of :data:`COLUMNS`, in this order."""


def row_of(made: Allocation) -> Row:
    """Return ``made`` as a row. The inverse of :func:`allocation_of`."""
    claim = made.claim
    return (
        made.stream.project, made.stream.base, made.number,
        claim.key, claim.commit, claim.at, claim.host, claim.who, made.algorithm,
    )  # fmt: skip


def allocation_of(row: Row) -> Allocation:
    """Return the allocation that ``row`` holds."""
    project, base, number, key, commit, at, host, who, algorithm = row
    return Allocation(
        stream=Stream(project=project, base=base),
        number=number,
        claim=Claim(key=key, commit=commit, at=at, host=host, who=who),
        algorithm=algorithm,
    )
