"""Small pure things: errors, words, core metadata."""

from __future__ import annotations

import pytest
from tests.support.facts import git_state

from uniqver import errors
from uniqver.model.core_metadata import headers
from uniqver.model.words import counted, listed


def test_every_error_says_what_and_how() -> None:
    """Each kind of foreseen error takes what is wrong and its cure, and shows both."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.UniqverError)]
    assert len(kinds) >= 8
    for kind in kinds:
        error = kind(what="it is broken", fix="repair it", topic="ci")
        assert str(error) == "it is broken\n  fix: repair it\n  see: uniqver help ci"


def test_counted() -> None:
    """One is singular, everything else plural."""
    assert [counted(number, "commit") for number in (0, 1, 2)] == ["0 commits", "1 commit", "2 commits"]


def test_listed() -> None:
    """Long lists are cut, and names that a terminal can't show are spelled out."""
    assert listed(("a", "b")) == "a, b"
    assert listed(tuple("abcdef")) == "a, b, c, d, e, … (6 in all)"
    assert listed(("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "a\nb", "x\udcff")) == "café, 'a\\nb', 'x\\udcff'"


def test_a_state_is_dirty_if_something_changed() -> None:
    """Dirtiness is nothing but changed tracked files."""
    assert git_state(changed=("a",)).dirty
    assert not git_state().dirty


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Name: a\nVersion: 1\n\nVersion: 2\n", {"name": "a", "version": "1"}),
        ("Name: a\r\nVersion: 1\r\n\r\nText", {"name": "a", "version": "1"}),
        ("Name: a\nName: b\n", {"name": "a"}),
        ("Description: a\n  Version: 9\nVersion: 1\n", {"description": "a", "version": "1"}),
        ("Summary: a\u2028\u2028b\nVersion: 1\n", {"summary": "a\u2028\u2028b", "version": "1"}),
        ("no header\nVersion: 1", {"version": "1"}),
        ("", {}),
    ],
)
def test_headers(text: str, found: dict[str, str]) -> None:
    """Headers end at the first empty line; the first of each name counts; continued lines are no headers."""
    assert headers(text) == found
