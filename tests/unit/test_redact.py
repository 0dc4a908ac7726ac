"""Credentials never reach a screen or a record."""

from __future__ import annotations

import pytest

from uniqver.model.redaction import without_credentials


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://me:secret@host/run/1", "see https://host/run/1"),
        ("redis://:secret@host:6379/0", "redis://host:6379/0"),
        ("https://token@host", "https://host"),
        ("https://me:se@cret@host/x", "https://host/x"),
        ("https://host/@scope/x", "https://host/@scope/x"),
        ("https://host?q=a@b", "https://host?q=a@b"),
        ("a https://u:p@x b https://u:p@y", "a https://x b https://y"),
        ("me@example.org", "me@example.org"),
        ("", ""),
    ],
)
def test_without_credentials(text: str, shown: str) -> None:
    """User name and password go, also where the password holds an @; everything else stays."""
    assert without_credentials(text) == shown
