"""Generated files hold what the code declares."""

from __future__ import annotations

from tests import generate

from uniqver.config import Config


def test_no_generated_file_is_stale() -> None:
    """Fixed by ``python -m tests.generate``."""
    assert generate.stale() == []


def test_every_key_has_a_text_for_people() -> None:
    """Whole sentences, of which the schema's descriptions and the manual's table are made."""
    rows = list(generate.setting_rows())
    assert [row.key.replace("-", "_") for row in rows] == list(Config._fields)
    assert [row.key for row in rows if not row.text[0].isupper() or row.text[-1] != "."] == []
