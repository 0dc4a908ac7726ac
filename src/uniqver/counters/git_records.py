"""Entries in the commits of a git counter, and the meaning of git's answers. Pure.

Every commit of the ref is one entry of the ledger: a number given out, a floor, or a proof by
``uniqver counter check``. The entries of a stream are numbered upwards along the chain of parents.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote, unquote

from uniqver.counters.protocol import Allocation, Claim, Stream
from uniqver.errors import CounterError
from uniqver.model.named_tuple import NamedTuple

ALGORITHM = "git-ref/1"

_PREFIX = "Uniqver-"

_PRINTABLE = "!\"#$&'()*+,/:;<=>?@[\\]^`{|}~"
"""Stands for itself in a trailer; all else, and "%", is percent-encoded: keys may hold anything."""


class LedgerEntry(NamedTuple):
    """One commit of the counter's ref."""

    stream: Stream | None
    """``None`` for a proof, which belongs to no stream."""
    highest: int
    """The stream's highest number once this entry stands."""
    nonce: str
    """Makes two entries two objects, even when all else is equal."""
    first: bool = False
    """Whether the stream has no entry older than this one."""
    made: Allocation | None = None
    """The number that was given out; ``None`` for a floor or a proof."""


class Ledger(NamedTuple):
    """The ref as one fetch found it."""

    tip: str | None = None
    """The commit that the ref points to; ``None`` if there is no ref."""
    entries: tuple[LedgerEntry, ...] = ()
    """Newest first, as many as were fetched."""
    complete: bool = True
    """Whether the oldest entry was fetched too."""

    def knows(self, stream: Stream) -> bool:
        """Tell whether no entry of ``stream`` is missing here."""
        return self.complete or any(entry.first for entry in self.of(stream))

    def of(self, stream: Stream) -> list[LedgerEntry]:
        """Return the entries of ``stream``, newest first."""
        return [entry for entry in self.entries if entry.stream == stream]

    def of_key(self, stream: Stream, key: str) -> Allocation | None:
        """Return what was given out in ``stream`` for ``key``."""
        given_out = (entry.made for entry in self.of(stream))
        return next((made for made in given_out if made is not None and made.claim.key == key), None)

    def highest(self, stream: Stream) -> int:
        """Return the highest number of ``stream``, 0 if it has none."""
        return max((entry.highest for entry in self.of(stream)), default=0)


def message(entry: LedgerEntry) -> str:
    """Return the commit message of ``entry``: a subject for people and trailers for :func:`entry_of`."""
    return f"{_subject(entry)} [skip ci]\n\n{_trailers(entry)}\n"


def entry_of(text: str, *, commit: str, ref: str) -> LedgerEntry:
    """Return the entry that the message ``text`` of ``commit`` holds. The inverse of :func:`message`.

    Raises :class:`CounterError` if it isn't an entry: ``ref`` is something else, or was tampered with.
    """
    fields = dict(
        line.removeprefix(_PREFIX).split(": ", 1)
        for line in text.splitlines()
        if line.startswith(_PREFIX) and ": " in line
    )
    algorithm = fields.get("Algorithm")
    if algorithm is not None and algorithm != ALGORITHM:
        raise CounterError(
            what=f"{ref} was written by another version of uniqver ({algorithm}, not {ALGORITHM})",
            fix="build with one version of uniqver everywhere, or name another ref: #ref=refs/uniqver/NAME",
        )
    try:
        return _entry({name: unquote(value) for name, value in fields.items()})
    except (KeyError, ValueError):
        raise CounterError(
            what=f"{ref} holds a commit that is not a counter's: {commit}",
            fix="name a ref that nothing else writes to (#ref=refs/uniqver/NAME), then name the highest "
            "number in use: uniqver counter floor N",
        ) from None


def _subject(entry: LedgerEntry) -> str:
    if entry.stream is None:
        return "uniqver counter check"
    return f"{entry.stream} {'number' if entry.made else 'floor'} {entry.highest}"


def _trailers(entry: LedgerEntry) -> str:
    fields: dict[str, str | int | None] = {"Algorithm": ALGORITHM, "Nonce": entry.nonce}
    if entry.stream is not None:
        fields |= {"Project": entry.stream.project, "Base": entry.stream.base, "Highest": entry.highest}
        fields["First"] = "yes" if entry.first else None
    if entry.made is not None:
        fields |= zip(("Key", "Commit", "At", "Host", "Who"), entry.made.claim, strict=True)
    return "\n".join(
        f"{_PREFIX}{name}: {quote(str(value), safe=_PRINTABLE)}" for name, value in fields.items() if value is not None
    )


def _entry(fields: dict[str, str]) -> LedgerEntry:
    if "Project" not in fields:
        return LedgerEntry(stream=None, highest=0, nonce=fields["Nonce"])
    stream, highest, made = Stream(fields["Project"], fields["Base"]), int(fields["Highest"]), None
    if "Key" in fields:
        claim = Claim(fields["Key"], fields.get("Commit"), int(fields["At"]), fields["Host"], fields["Who"])
        made = Allocation(stream, highest, claim, ALGORITHM)
    return LedgerEntry(stream, highest, fields["Nonce"], first="First" in fields, made=made)


Outcome = Literal["taken", "outrun", "refused", "unknown"]
"""Of a push: the ref moved to our commit; another was first; it never will; nobody knows."""

_OUTRUN = (
    "stale info", "fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref", "incorrect old value",
    "reference already exists",
)  # fmt: skip

_REFUSED = (
    "hook declined", "hidden ref", "funny refname", "protected branch", "prohibited", "not allowed",
    "returned error: 403", "returned error: 401", "Permission denied", "permission denied", "Permission to ",
    "Authentication failed", "could not read Username", "could not read Password",
    "unable to create temporary object directory",  # a folder that this user may not write
)  # fmt: skip


def push_outcome(*, exit_code: int, porcelain: str, errors: str) -> Outcome:
    """Return what a ``git push --porcelain`` of one ref came to.

    Exit 0 alone proves nothing: a push of an object that is there already reports ``=`` and "up to date"
    (measured: 125 of 200 numbers were given out twice by who trusted it).
    """
    flags = [line[0] for line in porcelain.splitlines() if line[1:2] == "\t"]
    if exit_code == 0 and flags and flags[0] in " *+":
        return "taken"
    text = f"{porcelain}\n{errors}"
    if any(word in text for word in _OUTRUN):
        return "outrun"
    if refused(text):
        return "refused"
    return "unknown"


def refused(text: str) -> bool:
    """Tell whether git's words mean that there is no use in trying again."""
    return any(word in text for word in _REFUSED)


def ref_is_missing(text: str) -> bool:
    """Tell whether a fetch failed only because the ref isn't there."""
    return "couldn't find remote ref" in text
