"""Small pure things: errors, words, core metadata."""

from __future__ import annotations

import pytest
from tests.support.facts import git_state

from uniqver import errors
from uniqver.model.provenance import CoreMetadata, core_metadata, header
from uniqver.model.wording import counted, listed


def test_every_error_says_what_and_how() -> None:
    """Each kind of foreseen error takes what is wrong and its fix, and shows both."""
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
    assert listed(("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "a\nb", "x\udcff")) == "café, a\\nb, x\\udcff"


def test_a_state_is_dirty_if_something_changed() -> None:
    """Dirtiness is nothing but changed tracked files."""
    assert git_state(changed=("a",)).dirty
    assert not git_state().dirty


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("Name: a\nVersion: 1\n\nVersion: 2\n", "a", "1"),
        ("Name: a\r\nVersion: 1\r\n\r\nText", "a", "1"),
        ("name: a\nNAME: b\nVersion: 1", None, "1"),
        ("Description: a\n  Version: 9\nVersion: 1\n", None, "1"),
        ("Summary: a\u2028\u2028b\nVersion: 1\n", None, "1"),
        ("Name: a\nno field\nVersion: 1", "a", None),
        ("", None, None),
    ],
)
def test_core_metadata(text: str, name: str | None, version: str | None) -> None:
    """Fields end at the first line that is none; what is specified twice is not taken for either."""
    assert core_metadata(text) == CoreMetadata(None, name, version)


def test_a_field_of_another_file() -> None:
    """WHEEL has the same form."""
    assert header("Wheel-Version: 1.0\nGenerator: setuptools (84.2.1)\n", "Generator") == "setuptools (84.2.1)"
    assert header("Wheel-Version: 1.0\n", "Generator") is None
