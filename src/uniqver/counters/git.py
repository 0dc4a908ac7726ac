"""The counter of every machine that can push to one git remote: a chain of commits under one ref.

Each number is a commit, made on top of the last one and pushed with a lease on it: the server's own lock on
the ref decides who was first. Tried against 8 processes at once with no number twice; what does not work, and
why each step is there, stands beside the step.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
import uuid
from typing import TYPE_CHECKING

from uniqver.counters.git_remote import Scratch, pause, push_outcome, scratch
from uniqver.counters.protocol import Allocation, Stream
from uniqver.counters.store import Memory, StoreCounter, as_json, from_json
from uniqver.errors import CounterError
from uniqver.model.named_tuple import NamedTuple
from uniqver.model.redaction import address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.counters.protocol import CounterContext

ALGORITHM = "git-ref/1"

DEFAULT_REF = "refs/uniqver/counter"

FALLBACK_REF = "refs/heads/uniqver-counter"
"""For servers that take nothing but branches. Never chosen by itself: two machines might choose differently."""

SECONDS = 40.0
"""Time limit of one git process."""

PATIENCE_SECONDS = 120.0
"""Time to go on while others are faster."""

_DEPTH = 256
_DEEPER = 8
_ENDLESS = 2**31 - 1
"""git's number for "all of it"."""


class GitCounter(StoreCounter):
    """Numbers for all who can push to one remote. See :class:`uniqver.counters.protocol.Counter`."""

    def __init__(
        self, remote: str, ref: str, context: CounterContext, *,
        seconds: float = SECONDS, patience: float = PATIENCE_SECONDS,
    ) -> None:  # fmt: skip
        """Count in ``ref`` of ``remote``: a remote's name in the clone, a URL or a path."""
        self._remote = remote
        self._ref = _checked(ref)
        self._context = context
        self._seconds = seconds
        self._patience = patience

    @property
    def place(self) -> str:
        """The ref and the remote."""
        return f"{self._ref} of {address(self._remote)}"

    def check(self) -> None:
        """Append an entry that takes no number: only a push that the server's hooks saw proves anything."""
        proof = LedgerEntry(stream=None, highest=0, nonce=uuid.uuid4().hex)
        with self._opened(None, writes=True) as store:
            while all(entry.nonce != proof.nonce for entry in store.read(None).entries):
                store.append(proof)

    @contextlib.contextmanager
    def _opened(self, stream: Stream | None, *, writes: bool) -> Iterator[_GitStore]:  # noqa: ARG002 - nothing is locked
        with scratch(self._remote, self._ref, self._context, self._seconds) as made:
            memory = Memory(self._context.state, f"{made.url} {self._ref}", f"{self._ref} of {made.name}")
            yield _GitStore(made, memory, self.place, self._patience)


class _GitStore:
    """The counter's ref, through one scratch repository: see :class:`uniqver.counters.store.Store`."""

    algorithm = ALGORITHM

    def __init__(self, made: Scratch, memory: Memory, place: str, patience: float) -> None:
        self.memory = memory
        self._scratch = made
        self._place = place
        self._begun = time.monotonic()
        self._until = self._begun + patience
        self._tries = 0
        self._last = ""
        self._ledger = Ledger()

    def find(self, stream: Stream, key: str | None) -> tuple[Allocation | None, int]:
        entries = self.read(stream).of(stream)
        made = (entry.made for entry in entries if entry.made is not None and entry.made.claim.key == key)
        return next(made, None), max((entry.highest for entry in entries), default=0)

    def advance(self, stream: Stream, found: int, number: int, made: Allocation | None) -> bool:  # noqa: ARG002 - the lease
        # the nonce: two equal commits are one object, and its push reports "up to date" with exit 0
        # (measured without: 130 of 200 numbers were given out twice)
        first = not self._ledger.of(stream)
        return self.append(LedgerEntry(stream, number, uuid.uuid4().hex, first=first, made=made))

    def records(self, stream: Stream | None) -> list[Allocation]:
        made = (entry.made for entry in reversed(self.read(stream, depth=_ENDLESS).entries))
        return [each for each in made if each is not None and stream in (None, each.stream)]

    def read(self, stream: Stream | None, *, depth: int = _DEPTH) -> Ledger:
        """Fetch the ref, going deeper until no entry of ``stream`` can be missing."""
        self._begun = time.monotonic()
        while True:
            commits = self._scratch.fetch(depth)
            self._ledger = Ledger(
                tip=commits[0][0] if commits else None,
                entries=tuple(entry_of(text, commit=commit, ref=self._scratch.ref) for commit, text in commits),
                complete=not self._scratch.repository.shallow,
            )
            if stream is None or self._ledger.knows(stream) or depth >= _ENDLESS:
                return self._ledger
            depth = min(depth * _DEEPER, _ENDLESS)

    def append(self, entry: LedgerEntry) -> bool:
        """Push ``entry`` on top of what was read; tell whether it was taken. If not, it is time to read again."""
        if self._tries and time.monotonic() >= self._until:
            raise self._gave_up()
        pushed = self._scratch.push(message(entry), self._ledger.tip)
        outcome = push_outcome(exit_code=pushed.exit_code, porcelain=pushed.output, errors=pushed.errors)
        if outcome == "taken":
            return True
        self._last = self._scratch.complaint(pushed)
        if outcome == "refused":
            raise self._no_permission()
        self._tries += 1
        time.sleep(pause(self._tries, time.monotonic() - self._begun))
        return False

    def _gave_up(self) -> CounterError:
        fix = "build again: the same build gets the same number, even if one was taken after all"
        if "File exists" in self._last:  # a lock that nobody holds: a git that was killed leaves it, and none breaks it
            fix = f"if no push is under way, remove {self._scratch.ref}.lock from the server's repository, and build again"
        return CounterError(what=f"{self._place} could not be written in {self._tries} tries: {self._last}", fix=fix)

    def _no_permission(self) -> CounterError:
        """Return the error of a server that will never take this push."""
        return CounterError(
            what=f"{self._scratch.name} does not let this user write {self._scratch.ref}: {self._last}",
            fix="give the job the right to push (GitHub: permissions: contents: write; pull requests from "
            "forks never have it: allocate in one job and pass UNIQVER_VERSION on). If only branches "
            f'can be pushed: counter = "git+…#ref={FALLBACK_REF}"',
        )


def _checked(ref: str) -> str:
    """Return ``ref`` if it can be a counter's, else raise :class:`CounterError`."""
    if re.fullmatch(r"refs/[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)+", ref) and ".." not in ref:
        return ref
    raise CounterError(
        what=f"{ref!r} can't be a counter's ref",
        fix=f"name one under refs/uniqver/ or refs/heads/, like {DEFAULT_REF}",
    )


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


def message(entry: LedgerEntry) -> str:
    """Return the commit message of ``entry``: a subject for people, and a line of JSON for :func:`entry_of`."""
    what = "uniqver counter check"
    if entry.stream is not None:
        what = f"{entry.stream} {'number' if entry.made else 'floor'} {entry.highest}"
    held = {"algorithm": ALGORITHM, **entry._asdict(), "made": None if entry.made is None else as_json(entry.made)}
    return f"{what} [skip ci]\n\n{json.dumps(held)}\n"


def entry_of(text: str, *, commit: str, ref: str) -> LedgerEntry:
    """Return the entry that the message ``text`` of ``commit`` holds. The inverse of :func:`message`.

    Raises :class:`CounterError` if it isn't an entry: ``ref`` is something else, or was tampered with.
    """
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
