"""The counter of all who can push to one git remote: a chain of commits under one ref.

Each number is a commit, made on top of the last one and pushed with a lease on it: the server's own lock on the ref
decides who was first.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from uniqver.counters.git_remote import NAME, NO_ANSWER, RemoteGit
from uniqver.counters.protocol import Allocation, CounterContext, Stream
from uniqver.counters.store import Memory, StoreCounter, as_json, from_json
from uniqver.errors import CounterError, GitError
from uniqver.model import NamedTuple
from uniqver.model.redaction import address
from uniqver.vcs.runner import Finished

ALGORITHM = "git-ref/1"
DEFAULT_REF = "refs/uniqver/counter"
FALLBACK_REF = "refs/heads/uniqver-counter"
"""For servers that take only branches. Never chosen by uniqver: two machines might choose differently."""

PATIENCE_SECONDS = 120.0
"""Limit of the tries while others are faster."""

_LOCAL_REF = "refs/c"
_TRIES_TO_FETCH = 3
_LONGEST_PAUSE = 5.0
"""Seconds."""

_DEPTH = 256
_DEEPER = 8
_ENDLESS = 2**31 - 1  # git's number for "all of it"

_REFUSED = (
    "hook declined", "hidden ref", "funny refname", "protected branch", "prohibited", "not allowed",
    "returned error: 403", "returned error: 401", "Permission denied", "permission denied", "Permission to ",
    "Authentication failed", "could not read Username", "could not read Password",
    "unable to create temporary object directory",  # a folder that this user may not write
)  # fmt: skip
"""Words of git: there is no use in trying again."""


class GitCounter(StoreCounter):
    """Numbers for all who can push to one remote."""

    algorithm = ALGORITHM

    def __init__(self, remote: str, ref: str, context: CounterContext, *, patience: float = PATIENCE_SECONDS) -> None:
        """Count in ``ref`` of ``remote``: a remote's name in the clone, a URL or a path."""
        if ".." in ref or not re.fullmatch(r"refs/[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)+", ref):
            fix = f"name one under refs/uniqver/ or refs/heads/, like {DEFAULT_REF}"
            raise CounterError(what=f"{ref!r} can't be a counter's ref", fix=fix)
        self.place = f"{ref} of {address(remote)}"
        self._remote = remote
        self._ref = ref
        self._context = context
        self._patience = patience

    def check(self) -> None:
        """Push an entry without a number: only that proves what the server's hooks allow."""
        proof = LedgerEntry(stream=None, highest=0, nonce=uuid.uuid4().hex)
        with self._opened(None, writes=True) as ledger:
            while all(entry.nonce != proof.nonce for entry in ledger.read(None)):
                ledger.append(proof)

    @contextlib.contextmanager
    def _opened(self, stream: Stream | None, *, writes: bool) -> Iterator[_Ledger]:  # noqa: ARG002 - nothing is locked
        try:
            with tempfile.TemporaryDirectory(prefix="uniqver-", ignore_cleanup_errors=True) as folder:
                git = RemoteGit(Path(folder), self._remote, self._context)
                memory = Memory(self._context.state, f"{git.url} {self._ref}", f"{self._ref} of {git.place}")
                with git:
                    yield _Ledger(git, self._ref, memory, self._patience)
        except GitError as error:
            raise CounterError(what=error.what, fix=error.fix) from error
        except OSError as error:
            raise CounterError(
                what=f"there is no temporary folder to work in: {error.strerror}",
                fix="free some space, or set TMPDIR to a folder that this user can write",
            ) from error


class _Ledger:
    """The counter's ref: a :class:`~uniqver.counters.store.Store`."""

    def __init__(self, git: RemoteGit, ref: str, memory: Memory, patience: float) -> None:
        self.memory = memory
        self._git = git
        self._ref = ref
        self._begun = time.monotonic()
        self._until = self._begun + patience
        self._tries = 0
        self._complaint = ""
        self._tip = ""
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
            commits = self._fetch(depth)
            self._tip = commits[0][0] if commits else ""
            entries = [entry_of(text, commit=commit, ref=self._ref) for commit, text in commits]
            entries = [entry for entry in entries if stream in (None, entry.stream)]
            known = not self._git.repository.shallow or any(entry.first for entry in entries)
            if stream is None or known or depth >= _ENDLESS:
                return entries
            depth = min(depth * _DEEPER, _ENDLESS)

    def _fetch(self, depth: int) -> list[tuple[str, str]]:
        """Return the newest ``depth`` commits of the ref, each with its message, newest first."""
        for tried in range(1, _TRIES_TO_FETCH + 1):
            done = self._git.run(
                # never poll with ls-remote: it would receive every ref of the repository
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", f"--depth={depth}",
                NAME, f"+{self._ref}:{_LOCAL_REF}",
            )  # fmt: skip
            if "couldn't find remote ref" in done.text:
                return []
            if done.exit_code == 0:
                log = self._output_of("log", "-z", "--format=%H%n%B", _LOCAL_REF)
                records = (record.partition("\n") for record in log.split("\0") if record)
                return [(commit, text) for commit, _, text in records]
            if done is NO_ANSWER or any(word in done.text for word in _REFUSED):
                break
            time.sleep(pause(tried, 0.1))
        place = self._git.place
        raise CounterError(
            what=f"{place} can't be read: {self._git.complaint(done)}",
            fix=f"fix what git reports there, until this works without asking: git ls-remote {place} {self._ref}",
        )

    def _output_of(self, *words: str) -> str:
        done = self._git.run(*words)
        if done.exit_code:
            what = f"git {words[0]} failed: {self._git.complaint(done)}"
            raise CounterError(what=what, fix="free some space in the temporary folder, or set TMPDIR to another one")
        return done.output

    def append(self, entry: LedgerEntry) -> bool:
        """Push ``entry`` on top of what was read, if the ref is still there; tell whether it was taken. If not, read again."""
        if self._tries and time.monotonic() >= self._until:
            fix = "build again: the same build gets the same number, even if one was taken after all"
            if "File exists" in self._complaint:  # a git that was killed leaves its lock, and none breaks it
                fix = f"if no push is under way, remove {self._ref}.lock from the server's repository, and build again"
            what = f"{self.memory.place} could not be written in {self._tries} tries: {self._complaint}"
            raise CounterError(what=what, fix=fix)
        empty_tree = hashlib.new(self._git.object_format, b"tree 0\0").hexdigest()  # every git knows it, stored or not
        parent = ["-p", self._tip] if self._tip else []
        made = self._output_of("commit-tree", empty_tree, *parent, "-m", message(entry)).strip()
        pushed = self._git.run(
            # --atomic and a lease make git refuse what it would else overwrite
            "push", "--porcelain", "--no-verify", "--atomic", "--no-signed",
            f"--force-with-lease={self._ref}:{self._tip}", NAME, f"{made}:{self._ref}",
        )  # fmt: skip
        outcome, self._complaint = push_outcome(pushed), self._git.complaint(pushed)
        if outcome == "refused":
            raise CounterError(
                what=f"{self._git.place} does not let this user write {self._ref}: {self._complaint}",
                fix="give the job the right to push (GitHub: permissions: contents: write; pull requests from "
                "forks never have it: allocate in one job and pass UNIQVER_VERSION on). If only branches "
                f'can be pushed: counter = "git+…#ref={FALLBACK_REF}"',
            )
        if outcome == "unknown":
            self._tries += 1
            time.sleep(pause(self._tries, time.monotonic() - self._begun))
        return outcome == "taken"


def push_outcome(pushed: Finished) -> Literal["taken", "refused", "unknown"]:
    """Return the outcome of a ``git push --porcelain`` of one ref: it is ours; it never will be; another was first, or nobody
    knows.

    Exit 0 alone proves nothing: the push of an object that is there already reports ``=`` and "up to date".
    """
    flags = [line[0] for line in pushed.output.splitlines() if line[1:2] == "\t"]
    if pushed.exit_code == 0 and flags and flags[0] in " *+":
        return "taken"
    return "refused" if any(word in pushed.text for word in _REFUSED) else "unknown"


def pause(tries: int, took: float) -> float:
    """Return the seconds to wait before the next try, after one that took ``took`` seconds.

    Random, so that clients that met once don't meet again; by the server's pace, since those of a slow one need more.
    """
    return random.uniform(0, min(_LONGEST_PAUSE, took * 2 ** min(tries, 3)))  # noqa: S311 - jitter, no secret


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
    """Return the entry in a commit message: the inverse of :func:`message`. Raises :class:`CounterError`."""
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
