"""The counter of every machine that can push to one git remote: a chain of commits under one ref.

Each number is a commit, made on top of the last one and pushed with a lease on it: the server's own lock on
the ref decides who was first. Tried against 8 processes at once with no number twice; what does not work, and
why each step is there, stands beside the step.
"""

from __future__ import annotations

import contextlib
import random
import re
import time
import uuid
from typing import TYPE_CHECKING, TypeVar

from uniqver.counters.git_records import (
    ALGORITHM,
    Ledger,
    LedgerEntry,
    entry_of,
    message,
    push_outcome,
    ref_is_missing,
    refused,
)
from uniqver.counters.git_remote import NO_ANSWER, REMOTE, Scratch, scratch
from uniqver.counters.protocol import Allocation, after, checked_floor
from uniqver.counters.state import Memory
from uniqver.errors import CounterError
from uniqver.model.redaction import address

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from uniqver.counters.protocol import Claim, CounterContext, Stream
    from uniqver.vcs.runner import Finished

    Plan: TypeAlias = tuple[LedgerEntry | None, T]
    """What to append, ``None`` for nothing, and the answer once it stands."""

DEFAULT_REF = "refs/uniqver/counter"

FALLBACK_REF = "refs/heads/uniqver-counter"
"""For servers that take nothing but branches. Never chosen by itself: two machines might choose differently."""

SECONDS = 40.0
"""Time limit of one git process."""

PATIENCE_SECONDS = 120.0
"""Time to go on while others are faster."""

_TRIES_TO_FETCH = 3

_LONGEST_PAUSE = 5.0
"""In seconds."""

_LOCAL_REF = "refs/c"

_DEPTH = 256
_DEEPER = 8
_ENDLESS = 2**31 - 1
"""git's number for "all of it"."""


class GitCounter:
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

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """Return the number of ``claim.key``, taking the next one if it has none yet."""
        with self._opened() as ref:
            seen = ref.memory.highest(stream)

            def plan(ledger: Ledger) -> Plan[Allocation]:
                known = ledger.of_key(stream, claim.key)
                if known is not None:
                    return None, known
                highest = ledger.highest(stream)
                ref.memory.refuse_restart(stream, found=highest, seen=seen)
                made = Allocation(stream, after(highest, stream), claim, ALGORITHM)
                return _new_entry(ledger, stream, made.number, made), made

            made = self._append(ref, stream, plan)
            ref.memory.remember(stream, made.number)
            return made

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """Return what ``key`` has already, else the number that would be next."""
        with self._opened() as ref:
            seen = ref.memory.highest(stream)
            ledger = ref.read(stream)
        known = None if key is None else ledger.of_key(stream, key)
        if known is not None:
            return known
        highest = ledger.highest(stream)
        ref.memory.refuse_restart(stream, found=highest, seen=seen)
        return after(highest, stream)

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """Return what was given out, newest last."""
        with self._opened() as ref:
            ledger = ref.read(stream, depth=_ENDLESS)
        made = (entry.made for entry in reversed(ledger.entries))
        return (each for each in made if each is not None and stream in (None, each.stream))

    def floor(self, stream: Stream, number: int) -> int:
        """Make the next number at least ``number + 1``; never lowers it, and never below what was seen here."""
        wanted = checked_floor(number)
        with self._opened() as ref:
            wanted = max(wanted, ref.memory.highest(stream))

            def plan(ledger: Ledger) -> Plan[int]:
                if ledger.highest(stream) >= wanted:
                    return None, ledger.highest(stream)
                return _new_entry(ledger, stream, wanted, None), wanted

            highest = self._append(ref, stream, plan)
            ref.memory.remember(stream, highest)
            return highest

    def check(self) -> None:
        """Append an entry that takes no number: only a push that the server's hooks saw proves anything."""
        proof = LedgerEntry(stream=None, highest=0, nonce=uuid.uuid4().hex)

        def plan(ledger: Ledger) -> Plan[None]:
            there = any(entry.nonce == proof.nonce for entry in ledger.entries)
            return None if there else proof, None

        with self._opened() as ref:
            self._append(ref, None, plan)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[_Ref]:
        with scratch(self._remote, self._context, self._seconds) as made:
            memory = Memory(self._context.state, f"{made.server.url} {self._ref}", f"{self._ref} of {made.server.name}")
            yield _Ref(made, self._ref, memory)

    def _append(self, ref: _Ref, stream: Stream | None, plan: Callable[[Ledger], Plan[T]]) -> T:
        """Append the entry that ``plan`` makes of the ledger, unless it finds the answer there already.

        Fetching again after every push that was not surely taken is what makes lost replies harmless.
        """
        last, tries, until = "", 0, time.monotonic() + self._patience
        while tries == 0 or time.monotonic() < until:
            begun = time.monotonic()
            ledger = ref.read(stream)
            entry, answer = plan(ledger)
            if entry is None:
                return answer
            pushed = ref.push(entry, ledger.tip)
            outcome = push_outcome(exit_code=pushed.exit_code, porcelain=pushed.output, errors=pushed.errors)
            if outcome == "taken":
                return answer
            last = ref.complaint(pushed)
            if outcome == "refused":
                raise ref.no_permission(last)
            tries += 1
            time.sleep(_pause(tries, time.monotonic() - begun))
        raise self._gave_up(tries, last)

    def _gave_up(self, tries: int, last: str) -> CounterError:
        fix = "build again: the same build gets the same number, even if one was taken after all"
        if "File exists" in last:  # a lock that nobody holds: git leaves it when it is killed, and never breaks one
            fix = f"if no push is under way, remove {self._ref}.lock from the server's repository, and build again"
        return CounterError(what=f"{self.place} could not be written in {tries} tries: {last}", fix=fix)


class _Ref:
    """The counter's ref, through one scratch repository."""

    def __init__(self, made: Scratch, ref: str, memory: Memory) -> None:
        self._git = made.git
        self._scratch = made
        self._server = made.server
        self._ref = ref
        self.memory = memory
        self.complaint = made.complaint

    def read(self, stream: Stream | None, *, depth: int = _DEPTH) -> Ledger:
        """Fetch the ref, going deeper until no entry of ``stream`` can be missing."""
        ledger = self._read(depth)
        while stream is not None and not ledger.knows(stream) and depth < _ENDLESS:
            depth = min(depth * _DEEPER, _ENDLESS)
            ledger = self._read(depth)
        return ledger

    def push(self, entry: LedgerEntry, tip: str | None) -> Finished:
        """Make ``entry`` a commit on top of ``tip``, and push it if the ref is still there."""
        tree = _EMPTY_TREES[self._server.object_format]
        made = self._git("commit-tree", tree, *(["-p", tip] if tip else []), "-m", message(entry))
        if made.exit_code:
            raise CounterError(
                what=f"git can't make a commit: {self.complaint(made)}",
                fix="free some space in the temporary folder, or set TMPDIR to another one",
            )
        return self._git(
            # a retry with jitter is ours; --atomic and a lease make git refuse what it would else overwrite
            "push", "--porcelain", "--no-verify", "--atomic", "--no-signed",
            f"--force-with-lease={self._ref}:{tip or ''}", REMOTE, f"{made.output.strip()}:{self._ref}",
        )  # fmt: skip

    def no_permission(self, complaint: str) -> CounterError:
        """Return the error of a server that will never take this push."""
        return CounterError(
            what=f"{self._server.name} does not let this user write {self._ref}: {complaint}",
            fix="give the job the right to push (GitHub: permissions: contents: write; pull requests from "
            "forks never have it: allocate in one job and pass UNIQVER_VERSION on). If only branches "
            f'can be pushed: counter = "git+…#ref={FALLBACK_REF}"',
        )

    def _read(self, depth: int) -> Ledger:
        fetched = self._fetch(depth)
        if ref_is_missing(fetched.text):
            return Ledger()
        logged = self._git("log", "-z", "--format=%H%n%B", _LOCAL_REF)
        if logged.exit_code:
            raise CounterError(
                what=f"git can't read {self._ref}: {self.complaint(logged)}",
                fix="uniqver counter check, and build again",
            )
        commits = [record.partition("\n") for record in logged.output.split("\0") if record]
        return Ledger(
            tip=commits[0][0],
            entries=tuple(entry_of(text, commit=commit, ref=self._ref) for commit, _, text in commits),
            complete=not self._scratch.repository.shallow,
        )

    def _fetch(self, depth: int) -> Finished:
        """Fetch, more than once if the server stumbled; return when it worked or there is no ref."""
        for tried in range(1, _TRIES_TO_FETCH + 1):
            fetched = self._git(
                # never poll with ls-remote: it would receive every ref of the repository
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", f"--depth={depth}",
                REMOTE, f"+{self._ref}:{_LOCAL_REF}",
            )  # fmt: skip
            if fetched.exit_code == 0 or ref_is_missing(fetched.text):
                return fetched
            if refused(fetched.text) or fetched is NO_ANSWER:
                break
            time.sleep(_pause(tried, 0.1))
        raise CounterError(
            what=f"{self._server.name} can't be read: {self.complaint(fetched)}",
            fix="fix what git reports there, until this works without asking: "
            f"git ls-remote {self._server.name} {self._ref}",
        )


_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""Known to every git without being stored."""


def _new_entry(ledger: Ledger, stream: Stream, highest: int, made: Allocation | None) -> LedgerEntry:
    # the nonce: two equal commits are one object, and its push reports "up to date" with exit 0
    # (measured without: 130 of 200 numbers were given out twice)
    return LedgerEntry(stream=stream, highest=highest, nonce=uuid.uuid4().hex, first=not ledger.of(stream), made=made)


def _pause(tries: int, took: float) -> float:
    """Return how long to wait before the next try, after one that took ``took`` seconds.

    Random, so that those who met once don't meet again; by the server's own pace, since what spreads the
    clients of a fast one lets those of a slow one meet every time.
    """
    return random.uniform(0, min(_LONGEST_PAUSE, took * 2 ** min(tries, 3)))  # noqa: S311 - jitter, no secret


def _checked(ref: str) -> str:
    """Return ``ref`` if it can be a counter's, else raise :class:`CounterError`."""
    if re.fullmatch(r"refs/[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)+", ref) and ".." not in ref:
        return ref
    raise CounterError(
        what=f"{ref!r} can't be a counter's ref",
        fix=f"name one under refs/uniqver/ or refs/heads/, like {DEFAULT_REF}",
    )
