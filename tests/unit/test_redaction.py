"""No credentials in what is shown."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uniqver.counters.redaction import has_secret, redaction_of
from uniqver.model.redaction import address, without_credentials

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=8).map(
    lambda text: f"zq{text}qz"
)


@given(SECRETS)
def test_password_of_a_url(secret: str) -> None:
    """A password in a URL, quoted or not, is not in what a person sees of the URL or of a text about it."""
    quoted = quote(secret, safe="")
    for url in (f"https://me:{quoted}@host/x", f"redis://:{quoted}@host/0", f"postgresql://h/d?password={quoted}"):
        assert quoted not in address(url)
        assert has_secret(url)
        said = redaction_of([url])(f"can't reach {url}: {secret} and {quoted} are wrong")
        assert secret not in said
        assert quoted not in said
        assert "are wrong" in said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ghp_token@host/x.git", "https://host/x.git"),
        ("ssh://git@host/x.git", "ssh://host/x.git"),
        ("git@host:x/y.git", "git@host:x/y.git"),
        ("redis://:a@b@host/0", "redis://host/0"),
        ("/srv/git/x.git", "/srv/git/x.git"),
        ("https://host/x?token=abc#ref=refs/heads/a", "https://host/x#ref=refs/heads/a"),
    ],
)
def test_addresses(url: str, shown: str) -> None:
    """What is shown still says where the store is."""
    assert address(url) == shown


def test_tokens_without_a_password() -> None:
    """A name alone is a token over HTTP, and everybody's name over SSH."""
    assert has_secret("https://ghp_token@host/x.git")
    assert has_secret("git+https://ghp_token@host/x.git")
    assert not has_secret("ssh://git@host/x.git")
    assert not has_secret("postgresql://owner@host/db")
    assert not has_secret("git+origin")


def test_secrets_that_are_handed_in() -> None:
    """Values from the environment are hidden too; the longer one first, so that nothing of it is left."""
    redact = redaction_of([], ["word", "word-and-more"])
    assert redact("word-and-more, word") == "***, ***"


def test_text_of_any_kind() -> None:
    """Every URL of a text is cleaned; what is no URL stays."""
    text = "see https://me:secret@host/run/1 and mail me@host"
    assert without_credentials(text) == "see https://host/run/1 and mail me@host"
