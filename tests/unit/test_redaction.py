"""No credentials in what is shown, however the URL that holds them is malformed."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uniqver.model.redaction import address, has_secret, is_url, redactor, without_credentials

QUOTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs"]), min_size=8)
SECRETS = QUOTABLE.map(lambda text: f"zq{text}qz")

MARK = "SECRET"
"""Stands at every place of a malformed password."""

MALFORMED = st.lists(st.sampled_from([*":/?#@[]%&;=.", "12", "a", " "]), max_size=6).map("".join)


@given(SECRETS)
def test_password_of_a_url(secret: str) -> None:
    """A password in a URL, quoted or not, is not in what a person sees of the URL or of a text about it."""
    quoted = quote(secret, safe="")
    for url in (f"https://me:{quoted}@host/x", f"redis://:{quoted}@host/0", f"postgresql://h/d?password={quoted}"):
        assert quoted not in address(url)
        assert has_secret(url)
        shown = redactor([url])(f"can't reach {url}: {secret} and {quoted} are wrong")
        assert secret not in shown
        assert quoted not in shown
        assert "are wrong" in shown


@given(MALFORMED, MALFORMED, st.sampled_from(["redis://:", "redis://me:", "postgresql://me:", "git+https://me:"]))
@example("aaaa#", "", "redis://:")
@example("a/", "", "redis://:")
@example("12/", "", "git+https://me:")
@example("12?", "#", "git+https://me:")
def test_a_password_that_is_not_quoted(before: str, after: str, start: str) -> None:
    """Signs that end a URL's part do not carry the rest of a password into an address or a text."""
    url = f"{start}{before}{MARK}{after}@host/0"
    assert MARK not in address(url)
    assert has_secret(url)
    for text in (url, repr(url), f"git said: unable to access '{url}': 403", f"{url} and {url}"):
        assert " " in url or MARK not in without_credentials(text)  # a text does not show where such a URL ends
        assert MARK not in redactor([url])(text)
    if not is_url(url):  # parsers complain about what they take for a part
        for piece in re.split(r"[:/?#@\[\]]", f"{before}{MARK}{after}"):
            assert MARK not in redactor([url])(f"not a port: {piece}")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ghp_token@host/x.git", "https://host/x.git"),
        ("https://me:a@b@host:8443/x", "https://host:8443/x"),
        ("ssh://git@host/x.git", "ssh://host/x.git"),
        ("redis://:secret@host:6379/0?password=secret", "redis://host:6379/0"),
        ("rediss://[::1]:6379/0", "rediss://[::1]:6379/0"),
        ("postgresql://me@one:5432,two/db", "postgresql://one:5432,two/db"),
        ("postgres:///db", "postgres:///db"),
        ("https://host/x?token=abc#ref=refs/heads/a", "https://host/x"),
        ("https://host/My Project/x;token=abc", "https://host/My Project/x"),
        ("git@host:x/y.git", "git@host:x/y.git"),
        ("host:x/y.git", "host:x/y.git"),
        ("/srv/git/a project.git", "/srv/git/a project.git"),
        ("C:\\git\\x.git", "C:\\git\\x.git"),
        ("origin", "origin"),
        ("redis://:aaaa#SECRET@h/0", "redis://***"),
        ("redis://me:SECRET", "redis://***"),
        ("https://SECRET/with@host/x", "https://***"),
        ("https://host/\x1b[31m", "https://***"),
        ("mysql:password=SECRET", "mysql:***"),
        ("host=h password=SECRET", "***"),
    ],
)
def test_addresses(url: str, shown: str) -> None:
    """What is shown says where it is, built from the parts that parse; what does not parse is not shown."""
    assert address(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://me:secret@host/run/1", "see https://host/run/1"),
        ("redis://:secret@host:6379/0", "redis://host:6379/0"),
        ("https://me:se@cret@host/x", "https://host/x"),
        ("a https://u:p@x b https://u:p@y", "a https://x b https://y"),
        ("fatal: 'https://u:p@x/': denied", "fatal: 'https://x/': denied"),
        ("(https://u:p@x/y).", "(https://x/y)."),
        ("could not read Password for 'http://TOKEN@host': no", "could not read Password for 'http://host': no"),
        ("at https://u:p a s s@host/x: refused", "at https://host/x: refused"),
        ("at https://u:p/a s s@host/x: refused", "at https://***: refused"),
        ("me@example.org", "me@example.org"),
        ("", ""),
    ],
)
def test_texts(text: str, shown: str) -> None:
    """Every URL in a text is shown as its address; the rest of the text stays."""
    assert without_credentials(text) == shown


def test_what_a_url_is() -> None:
    """Only what parses whole can be used as a URL: a password with its own signs has to be quoted."""
    assert is_url("redis://:pass%2Fword@host:6379/0?x=1#durability=unchecked")
    assert is_url("postgresql:///db")
    for wrong in ("redis://:pass/word@host/0", "redis://:pass#word@host/0", "redis:/host", "origin", "redis://h\n"):
        assert not is_url(wrong)


def test_tokens_without_a_password() -> None:
    """A name alone is a token over HTTP, and everybody's name over SSH."""
    assert has_secret("https://ghp_token@host/x.git")
    assert has_secret("git+https://ghp_token@host/x.git")
    assert has_secret("https://ghp_token:@host/x.git")
    assert not has_secret("ssh://git@host/x.git")
    assert not has_secret("postgresql://owner@host/db")
    assert not has_secret("git+origin")
    assert not has_secret("git+git@host:x/y.git")


def test_secrets_that_are_handed_in() -> None:
    """Values from the environment are hidden too; the longer one first, so that nothing of it is left."""
    redact = redactor([], ["word", "word-and-more"])
    assert redact("word-and-more, word") == "***, ***"


def test_short_values_stay() -> None:
    """A password of three letters is not looked for in texts: it would hide half of every message."""
    assert redactor(["redis://:abc@host/0"])("abc: redis://:abc@host/0") == "abc: redis://host/0"
