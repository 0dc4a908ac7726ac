"""The commits of a git counter, and what git's answers mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uniqver.counters.git import LedgerEntry, entry_of, message, push_outcome
from uniqver.counters.protocol import Allocation, Claim, Stream
from uniqver.errors import CounterError
from uniqver.model.versions import MAX_NUMBER
from uniqver.vcs.runner import Finished

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
STREAMS = st.builds(Stream, project=TEXT, base=TEXT)
CLAIMS = st.builds(Claim, key=TEXT, commit=st.none() | TEXT, at=st.integers(-(2**40), 2**40), host=TEXT, who=TEXT)
NUMBERS = st.integers(0, MAX_NUMBER)


@given(STREAMS, CLAIMS, NUMBERS, st.booleans())
def test_a_number_comes_back(stream: Stream, claim: Claim, number: int, first: bool) -> None:
    """Whatever a claim holds, its commit says it again."""
    made = Allocation(stream=stream, number=number, claim=claim, algorithm="git-ref/1")
    entry = LedgerEntry(stream=stream, highest=number, nonce="n", first=first, made=made)
    assert entry_of(message(entry), commit="c", ref="r") == entry


@given(STREAMS, NUMBERS)
def test_a_floor_comes_back(stream: Stream, number: int) -> None:
    """A floor is an entry without a claim."""
    entry = LedgerEntry(stream=stream, highest=number, nonce="n")
    assert entry_of(message(entry), commit="c", ref="r") == entry


@given(st.text())
def test_other_messages_are_refused(text: str) -> None:
    """A commit message that isn't an entry is an error, never a number."""
    with pytest.raises(CounterError, match="not a counter's"):
        entry_of(text, commit="c", ref="r")


@pytest.mark.parametrize("highest", ["1e400", '"x"', "null", "[]"])
def test_a_highest_number_that_is_none(highest: str) -> None:
    """Also JSON may hold what is no whole number."""
    text = message(LedgerEntry(stream=Stream("p", "1"), highest=41, nonce="n"))
    with pytest.raises(CounterError, match="not a counter's"):
        entry_of(text.replace('"highest": 41', f'"highest": {highest}'), commit="c", ref="r")


def test_equal_entries_differ_by_their_nonce() -> None:
    """Two builds that are equal in all else make two messages, and so two commits."""
    one = LedgerEntry(stream=None, highest=0, nonce="a")
    assert message(one) != message(LedgerEntry(stream=None, highest=0, nonce="b"))


REF = "refs/uniqver/counter"


@pytest.mark.parametrize(
    ("exit_code", "flag", "summary", "errors", "outcome"),
    [
        (0, " ", "abc..def", "", "taken"),
        (0, "*", "[new reference]", "", "taken"),
        (0, "+", "abc...def (forced update)", "", "taken"),
        (0, "=", "[up to date]", "", "unknown"),
        (1, " ", "abc..def", "", "unknown"),
        (0, "", "", "", "unknown"),
        (1, "!", "[rejected] (stale info)", "", "unknown"),
        (1, "!", "[rejected] (fetch first)", "", "unknown"),
        (1, "!", "[remote rejected] (failed to update ref)", "", "unknown"),
        (1, "!", "[remote rejected] (cannot lock ref 'x': is at a but expected b)", "", "unknown"),
        (1, "!", "[remote rejected] (incorrect old value provided)", "", "unknown"),
        (1, "!", "[remote rejected] (pre-receive hook declined)", "", "refused"),
        (1, "!", "[remote rejected] (protected branch hook declined)", "", "refused"),
        (1, "!", "[remote rejected] (deny updating a hidden ref)", "", "refused"),
        (1, "!", "[remote rejected] (funny refname)", "", "refused"),
        (128, "", "", "fatal: unable to access 'x': The requested URL returned error: 403", "refused"),
        (128, "", "", "fatal: Authentication failed for 'x'", "refused"),
        (128, "", "", "remote: Permission to a/b denied to c.", "refused"),
        (128, "", "", "git@host: Permission denied (publickey).", "refused"),
        (128, "", "", "fatal: the remote end hung up unexpectedly", "unknown"),
        (128, "", "", "error: RPC failed; HTTP 502 curl 22", "unknown"),
        (-9, "", "", "", "unknown"),
    ],
)
def test_push_outcomes(exit_code: int, flag: str, summary: str, errors: str, outcome: str) -> None:
    """Only exit 0 together with a flag that says so means that the number is ours."""
    porcelain = f"To origin\n{flag}\tabc:{REF}\t{summary}\nDone\n" if flag else "To origin\n"
    assert push_outcome(Finished(exit_code, porcelain, errors)) == outcome
