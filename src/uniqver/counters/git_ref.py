"""The counter of every machine that can push to one git remote: a chain of commits under one ref.

Each number is a commit, made on top of the last one and pushed with a lease on it: the server's own lock on
the ref decides who was first. Tried against 8 processes at once with no number twice; what does not work, and
why each step is there, is told beside the step.
"""

from __future__ import annotations

import contextlib
import random
import re
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from uniqver.counters.git_records import (
    ALGORITHM,
    Books,
    Entry,
    entry_of,
    message,
    push_outcome,
    ref_is_missing,
    refused,
)
from uniqver.counters.git_scratch import REMOTE, Finished, Scratch, Server, scratch
from uniqver.counters.memory import Memory, refuse_restart
from uniqver.counters.protocol import Allocation, after, checked_floor
from uniqver.errors import CounterError
from uniqver.model.redaction import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uniqver.counters.protocol import Claim, Stream, Surroundings

DEFAULT_REF = "refs/uniqver/counter"

FALLBACK_REF = "refs/heads/uniqver-counter"
"""Where servers take nothing but branches. Never chosen by itself: two machines might choose differently."""

TIMEOUT_SECONDS = 40.0
"""How long one git process may take."""

PATIENCE_SECONDS = 120.0
"""How long to go on while others are faster."""

_TRIES_TO_FETCH = 3

_LONGEST_PAUSE = 5.0
"""In seconds."""

_LOCAL_REF = "refs/c"

_DEPTH = 256
_DEEPER = 8
_ENDLESS = 2**31 - 1
"""What git takes for "all of it"."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft(Generic[T]):
    """What would be appended, and the answer once it stands."""

    entry: Entry
    answer: T


class GitRefCounter:
    """Numbers for all who can push to one remote. See :class:`uniqver.counters.protocol.Counter`."""

    def __init__(
        self, remote: str, ref: str, around: Surroundings, *,
        timeout: float = TIMEOUT_SECONDS, patience: float = PATIENCE_SECONDS,
    ) -> None:  # fmt: skip
        """Count in ``ref`` of ``remote``: a remote's name in the clone, a URL or a path."""
        self._remote = remote
        self._ref = _checked(ref)
        self._around = around
        self._timeout = timeout
        self._patience = patience

    @property
    def place(self) -> str:
        """The ref and the remote."""
        return f"{self._ref} of {address(self._remote)}"

    def allocate(self, stream: Stream, claim: Claim) -> Allocation:
        """Return the number of ``claim.key``, taking the next one if it has none yet."""

        def draft(books: Books) -> _Draft[Allocation]:
            number = after(books.highest(stream), stream)
            made = Allocation(stream=stream, number=number, claim=claim, algorithm=ALGORITHM)
            return _Draft(entry=_new_entry(books, stream, number, made), answer=made)

        with self._opened() as ref:
            seen = ref.memory.highest(stream)

            def look(books: Books) -> Allocation | None:
                known = books.of_key(stream, claim.key)
                if known is None:
                    refuse_restart(place=self.place, stream=stream, found=books.highest(stream), seen=seen)
                return known

            made = self._append(ref, stream, look, draft)
            ref.memory.remember(stream, made.number)
            return made

    def peek(self, stream: Stream, key: str | None) -> Allocation | int:
        """Return what ``key`` has already, else the number that would be next."""
        with self._opened() as ref:
            seen = ref.memory.highest(stream)
            books = ref.read(stream)
        known = None if key is None else books.of_key(stream, key)
        if known is not None:
            return known
        refuse_restart(place=self.place, stream=stream, found=books.highest(stream), seen=seen)
        return after(books.highest(stream), stream)

    def history(self, stream: Stream | None = None) -> Iterator[Allocation]:
        """Return what was handed out, newest last."""
        with self._opened() as ref:
            books = ref.read(stream, depth=_ENDLESS)
        made = (entry.made for entry in reversed(books.entries))
        return (each for each in made if each is not None and stream in (None, each.stream))

    def floor(self, stream: Stream, number: int) -> int:
        """Make the next number at least ``number + 1``; never lowers, and never below what was seen here."""
        wanted = checked_floor(number)
        with self._opened() as ref:
            wanted = max(wanted, ref.memory.highest(stream))

            def look(books: Books) -> int | None:
                return books.highest(stream) if books.highest(stream) >= wanted else None

            def draft(books: Books) -> _Draft[int]:
                return _Draft(entry=_new_entry(books, stream, wanted, None), answer=wanted)

            highest = self._append(ref, stream, look, draft)
            ref.memory.remember(stream, highest)
            return highest

    def check(self) -> None:
        """Append an entry that takes no number: only a push that the server's hooks saw proves anything."""
        proof = Entry(stream=None, highest=0, nonce=uuid.uuid4().hex)

        def look(books: Books) -> bool | None:
            return any(entry.nonce == proof.nonce for entry in books.entries) or None

        with self._opened() as ref:
            self._append(ref, None, look, lambda _: _Draft(entry=proof, answer=True))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[_Ref]:
        with scratch(environ=self._around.environ, timeout=self._timeout) as made:
            server = made.prepare(self._remote, self._around.git_dir)
            yield _Ref(made, server, self._ref, Memory(self._around.state / "seen", f"{server.name} {self._ref}"))

    def _append(
        self, ref: _Ref, stream: Stream | None,
        look: Callable[[Books], T | None], draft: Callable[[Books], _Draft[T]],
    ) -> T:  # fmt: skip
        """Append what ``draft`` makes of the books, unless ``look`` finds the answer in them already.

        Fetching again after every push that was not surely taken is what makes lost replies harmless.
        """
        last, tries, until = "", 0, time.monotonic() + self._patience
        while tries == 0 or time.monotonic() < until:
            begun = time.monotonic()
            books = ref.read(stream)
            known = look(books)
            if known is not None:
                return known
            new = draft(books)
            pushed = ref.push(new.entry, books.tip)
            outcome = push_outcome(exit_code=pushed.exit_code, porcelain=pushed.output, errors=pushed.errors)
            if outcome == "taken":
                return new.answer
            if outcome == "refused":
                raise ref.no_permission(pushed)
            last = ref.told(pushed)
            tries += 1
            time.sleep(_pause(tries, time.monotonic() - begun))
        raise self._gave_up(tries, last)

    def _gave_up(self, tries: int, last: str) -> CounterError:
        fix = "build again: the same build gets the same number, even if one was taken after all"
        if "File exists" in last:  # a lock that nobody holds: git leaves it when it is killed, and never breaks one
            fix = f"where no push is under way, remove {self._ref}.lock from the server's repository, and build again"
        return CounterError(what=f"{self.place} could not be written in {tries} tries: {last}", fix=fix)


class _Ref:
    """The counter's ref, through one scratch repository."""

    def __init__(self, repository: Scratch, server: Server, ref: str, memory: Memory) -> None:
        self._git = repository.git
        self._repository = repository
        self._server = server
        self._ref = ref
        self.memory = memory

    def read(self, stream: Stream | None, *, depth: int = _DEPTH) -> Books:
        """Fetch the ref, going deeper until no entry of ``stream`` can be missing."""
        books = self._read(depth)
        while stream is not None and not books.knows(stream) and depth < _ENDLESS:
            depth = min(depth * _DEEPER, _ENDLESS)
            books = self._read(depth)
        return books

    def push(self, entry: Entry, tip: str | None) -> Finished:
        """Make ``entry`` a commit on top of ``tip``, and push it if the ref is still there."""
        made = self._git("commit-tree", self._empty_tree(), *(["-p", tip] if tip else []), "-m", message(entry))
        if made.exit_code:
            raise CounterError(
                what=f"git can't make a commit: {self.told(made)}",
                fix="free some space in the temporary folder, or set TMPDIR to another one",
            )
        return self._git(
            # a retry with jitter is ours; --atomic and a lease make git refuse what it would else overwrite
            "push", "--porcelain", "--no-verify", "--atomic", "--no-signed",
            f"--force-with-lease={self._ref}:{tip or ''}", REMOTE, f"{made.output.strip()}:{self._ref}",
        )  # fmt: skip

    def told(self, finished: Finished) -> str:
        """Return why a git process failed, without secrets."""
        if finished.timed_out:
            return "the server did not answer in time"
        return self._server.redaction(finished.complaint)

    def no_permission(self, finished: Finished) -> CounterError:
        """Return the error of a server that will never take this push."""
        return CounterError(
            what=f"{self._server.name} does not let this user write {self._ref}: {self.told(finished)}",
            fix="give the job the right to push (GitHub: permissions: contents: write; pull requests from "
            "forks never have it: allocate in one job and pass UNIQVER_VERSION on). Where only branches "
            f'can be pushed: counter = "git+…#ref={FALLBACK_REF}"',
        )

    def _read(self, depth: int) -> Books:
        fetched = self._fetch(depth)
        if ref_is_missing(fetched.said):
            return Books()
        logged = self._git("log", "-z", "--format=%H%n%B", _LOCAL_REF)
        if logged.exit_code:
            raise CounterError(
                what=f"git can't read {self._ref}: {self.told(logged)}",
                fix="uniqver counter check, and build again",
            )
        commits = [record.partition("\n") for record in logged.output.split("\0") if record]
        return Books(
            tip=commits[0][0],
            entries=tuple(entry_of(text, commit=commit, ref=self._ref) for commit, _, text in commits),
            complete=not (self._repository.repository / "shallow").exists(),
        )

    def _fetch(self, depth: int) -> Finished:
        """Fetch, more than once where the server stumbled; return when it worked or there is no ref."""
        for tried in range(1, _TRIES_TO_FETCH + 1):
            fetched = self._git(
                # never poll with ls-remote: it would receive every ref of the repository
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", f"--depth={depth}",
                REMOTE, f"+{self._ref}:{_LOCAL_REF}",
            )  # fmt: skip
            if fetched.exit_code == 0 or ref_is_missing(fetched.said):
                return fetched
            if refused(fetched.said) or fetched.timed_out:
                break
            time.sleep(_pause(tried, 0.1))
        raise CounterError(
            what=f"{self._server.name} can't be read: {self.told(fetched)}",
            fix="mend what git says there, until this works without asking: "
            f"git ls-remote {self._server.name} {self._ref}",
        )

    def _empty_tree(self) -> str:
        return _EMPTY_TREES[self._server.object_format]


_EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""Known to every git without being stored."""


def _new_entry(books: Books, stream: Stream, highest: int, made: Allocation | None) -> Entry:
    # the nonce: two equal commits are one object, and its push says "up to date" with exit 0
    # (measured without: 130 of 200 numbers were handed out twice)
    return Entry(stream=stream, highest=highest, nonce=uuid.uuid4().hex, first=not books.of(stream), made=made)


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
