"""The counter of all who can push to one git remote: a chain of commits under one ref.

Each number is a commit, made on top of the last one and pushed with a lease on it: the server's own lock on the ref
decides who was first.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
import uuid
from functools import partial
from typing import TYPE_CHECKING

from uniqver.counters.git_remote import Scratch, pause, scratch
from uniqver.counters.protocol import Allocation, Stream
from uniqver.counters.store import Memory, StoreCounter, as_json, from_json
from uniqver.errors import CounterError
from uniqver.model import NamedTuple
from uniqver.model.redaction import address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.counters.protocol import CounterContext

ALGORITHM = "git-ref/1"
DEFAULT_REF = "refs/uniqver/counter"
FALLBACK_REF = "refs/heads/uniqver-counter"
"""For servers that take only branches. Never chosen by itself: two machines might choose differently."""

SECONDS = 40.0
"""Limit of one git process."""

PATIENCE_SECONDS = 120.0
"""Limit of the tries while others are faster."""

_DEPTH = 256
_DEEPER = 8
_ENDLESS = 2**31 - 1  # git's number for "all of it"


class GitCounter(StoreCounter):
    """Numbers for all who can push to one remote."""

    def __init__(
        self, remote: str, ref: str, context: CounterContext, *,
        seconds: float = SECONDS, patience: float = PATIENCE_SECONDS,
    ) -> None:  # fmt: skip
        """Count in ``ref`` of ``remote``: a remote's name in the clone, a URL or a path."""
        if ".." in ref or not re.fullmatch(r"refs/[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)+", ref):
            fix = f"name one under refs/uniqver/ or refs/heads/, like {DEFAULT_REF}"
            raise CounterError(what=f"{ref!r} can't be a counter's ref", fix=fix)
        self.place = f"{ref} of {address(remote)}"
        self._scratch = partial(scratch, remote, ref, context, seconds)
        self._context = context
        self._patience = patience

    def check(self) -> None:
        """Push an entry without a number: nothing else proves what the server's hooks allow."""
        proof = LedgerEntry(stream=None, highest=0, nonce=uuid.uuid4().hex)
        with self._opened(None, writes=True) as store:
            while all(entry.nonce != proof.nonce for entry in store.read(None)):
                store.append(proof)

    @contextlib.contextmanager
    def _opened(self, stream: Stream | None, *, writes: bool) -> Iterator[_GitStore]:  # noqa: ARG002 - nothing is locked
        with self._scratch() as made:
            yield _GitStore(made, self._context, self._patience)


class _GitStore:
    """The counter's ref: a :class:`~uniqver.counters.store.Store`."""

    algorithm = ALGORITHM

    def __init__(self, made: Scratch, context: CounterContext, patience: float) -> None:
        self.memory = Memory(context.state, f"{made.url} {made.ref}", f"{made.ref} of {made.name}")
        self._scratch = made
        self._begun = time.monotonic()
        self._until = self._begun + patience
        self._tries = 0
        self._complaint = ""
        self._tip: str | None = None
        self._is_new = True

    def find(self, stream: Stream, key: str | None) -> tuple[Allocation | None, int]:
        entries = self.read(stream)
        self._is_new = not entries
        made = (entry.made for entry in entries if entry.made is not None and entry.made.claim.key == key)
        return next(made, None), max((entry.highest for entry in entries), default=0)

    def advance(self, stream: Stream, found: int, number: int, made: Allocation | None) -> bool:  # noqa: ARG002 - the lease
        # the nonce: two equal commits are one object, and its push is "up to date" (without: 130 of 200 numbers twice)
        return self.append(LedgerEntry(stream, number, uuid.uuid4().hex, first=self._is_new, made=made))

    def records(self, stream: Stream | None) -> list[Allocation]:
        return [entry.made for entry in reversed(self.read(stream, depth=_ENDLESS)) if entry.made is not None]

    def read(self, stream: Stream | None, *, depth: int = _DEPTH) -> list[LedgerEntry]:
        """Fetch the ref until no entry of ``stream`` can be missing; return its entries, newest first.

        Without a stream: those of all, as many as were fetched.
        """
        self._begun = time.monotonic()
        while True:
            commits = self._scratch.fetch(depth)
            self._tip = commits[0][0] if commits else None
            entries = [entry_of(text, commit=commit, ref=self._scratch.ref) for commit, text in commits]
            entries = [entry for entry in entries if stream in (None, entry.stream)]
            known = not self._scratch.repository.shallow or any(entry.first for entry in entries)
            if stream is None or known or depth >= _ENDLESS:
                return entries
            depth = min(depth * _DEEPER, _ENDLESS)

    def append(self, entry: LedgerEntry) -> bool:
        """Push ``entry`` on top of what was read; tell whether it was taken. If not, read again."""
        if self._tries and time.monotonic() >= self._until:
            fix = "build again: the same build gets the same number, even if one was taken after all"
            if "File exists" in self._complaint:  # a git that was killed leaves its lock, and none breaks it
                lock = f"remove {self._scratch.ref}.lock from the server's repository"
                fix = f"if no push is under way, {lock}, and build again"
            what = f"{self.memory.place} could not be written in {self._tries} tries: {self._complaint}"
            raise CounterError(what=what, fix=fix)
        outcome, self._complaint = self._scratch.push(message(entry), self._tip)
        if outcome == "refused":
            raise CounterError(
                what=f"{self._scratch.name} does not let this user write {self._scratch.ref}: {self._complaint}",
                fix="give the job the right to push (GitHub: permissions: contents: write; pull requests from "
                "forks never have it: allocate in one job and pass UNIQVER_VERSION on). If only branches "
                f'can be pushed: counter = "git+…#ref={FALLBACK_REF}"',
            )
        if outcome != "taken":
            self._tries += 1
            time.sleep(pause(self._tries, time.monotonic() - self._begun))
        return outcome == "taken"


class LedgerEntry(NamedTuple):
    """One commit of the counter's ref."""

    stream: Stream | None
    """``None`` for the proof of :meth:`GitCounter.check`."""
    highest: int
    """The stream's highest number once this entry stands."""
    nonce: str
    first: bool = False
    """Whether the stream has no older entry."""
    made: Allocation | None = None
    """``None`` for a floor or a proof."""


def message(entry: LedgerEntry) -> str:
    """Return the commit message of ``entry``: a subject for people, and a line of JSON."""
    what = "uniqver counter check"
    if entry.stream is not None:
        what = f"{entry.stream} {'number' if entry.made else 'floor'} {entry.highest}"
    held = {"algorithm": ALGORITHM, **entry._asdict(), "made": None if entry.made is None else as_json(entry.made)}
    return f"{what} [skip ci]\n\n{json.dumps(held)}\n"


def entry_of(text: str, *, commit: str, ref: str) -> LedgerEntry:
    """Return the entry in the message ``text``: the inverse of :func:`message`. Raises :class:`CounterError`."""
    try:
        held = json.loads(text.rstrip().rpartition("\n")[2])
        algorithm = held["algorithm"]
        if algorithm == ALGORITHM:
            stream = None if held["stream"] is None else Stream(*held["stream"])
            made = None if held["made"] is None else from_json(held["made"])
            return LedgerEntry(stream, int(held["highest"]), held["nonce"], first=held["first"], made=made)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise CounterError(
            what=f"{ref} holds a commit that is not a counter's: {commit}",
            fix="name a ref that nothing else writes to (#ref=refs/uniqver/NAME), then name the highest "
            "number in use: uniqver counter floor N",
        ) from None
    raise CounterError(
        what=f"{ref} was written by another version of uniqver ({algorithm}, not {ALGORITHM})",
        fix="build with one version of uniqver everywhere, or name another ref: #ref=refs/uniqver/NAME",
    )
