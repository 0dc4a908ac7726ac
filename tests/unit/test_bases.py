"""The base of a build: from tags, from ``base``, around lines cut elsewhere; and what sorts below the last release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from uniqver.errors import BaseVersionError
from uniqver.model.bases import Base, below, choose_base, takes

if TYPE_CHECKING:
    from uniqver.model.decision import Bump, Segment, Source


def base_after(
    tag: str | None,
    *,
    base: str | None = None,
    bump: Bump = "patch",
    segment: Segment = "dev",
    elsewhere: tuple[str, ...] = (),
) -> Base:
    """Return the base, all versions given as text."""
    return choose_base(None if tag is None else Version(tag), base, bump, segment, tuple(map(Version, elsewhere)))


@pytest.mark.parametrize(
    ("tag", "bump", "base"),
    [
        ("1.4.0", "patch", "1.4.1"),
        ("1.4.0", "minor", "1.5.0"),
        ("1.4.0", "major", "2.0.0"),
        ("2.0", "patch", "2.0.1"),
        ("2", "minor", "2.1.0"),
        ("1.2.3.4", "patch", "1.2.4"),
        ("1!2.0", "patch", "1!2.0.1"),
        ("1.0.post2", "patch", "1.0.1"),
        ("2.0rc1", "patch", "2.0rc2"),
        ("2.0a3", "major", "2.0a4"),
        ("1!2.0b1", "patch", "1!2.0b2"),
        ("2.0.dev0", "patch", "2.0"),
        ("2.0.dev7", "minor", "2.0"),
        ("2.0rc1.dev0", "patch", "2.0rc1"),
        ("1.0.post1.dev0", "patch", "1.0.post1"),
        ("2026.11.22", "patch", "2026.11.23"),
    ],
)
def test_the_base_after_a_tag(tag: str, bump: Bump, base: str) -> None:
    """A release is bumped on three components, a pre-release counts its own number up, X.dev0 starts X."""
    found = base_after(tag, bump=bump)
    assert (found.version, found.missing) == (base, None)


@pytest.mark.parametrize(
    ("tag", "configured", "segment", "base", "named"),
    [
        (None, "2.0", "dev", "2.0", True),
        ("1.4.0", "2.0", "dev", "2.0", True),
        ("1.4.0", "1.0", "dev", "1.4.1", False),
        ("1.4.0", "1.4.0", "dev", "1.4.1", False),
        ("1.4.0", "1.4.1", "dev", "1.4.1", True),
        ("2.0rc1", "2.0", "dev", "2.0rc2", False),
        ("2.0rc1", "2.1", "dev", "2.1", True),
        ("2.0rc1", "2.0", "rc", "2.0", True),
        ("1.4.0", "1.4.1rc1", "dev", "1.4.1rc1", True),
        ("1.4.0", "1.5.0rc1", "rc", "1.5.0rc1", True),
        ("1!1.0", "2.0", "dev", "1!1.0.1", False),
        ("1.4.0", "2.0", "post", "1.4.0", False),
    ],
)
def test_the_base_is_what_leads_higher(
    tag: str | None, configured: str | None, segment: Segment, base: str, *, named: bool
) -> None:
    """Of the bumped tag and the configured base, the one whose versions sort higher is worked toward."""
    found = base_after(tag, base=configured, segment=segment)
    assert (found.version, found.configured, found.missing) == (base, named, None)
    assert found.because


def test_neither_tag_nor_base() -> None:
    """Local builds work toward 0.1.0, and a public version lacks a base."""
    found = base_after(None)
    assert (found.version, found.configured) == ("0.1.0", False)
    assert found.missing is not None
    assert found.missing.fix.startswith('base = "1.0.0" in [tool.uniqver]')


@pytest.mark.parametrize(
    ("tag", "segment", "base", "carry"),
    [
        ("2.0rc3", "rc", "2.0", 3),
        ("2.0b3", "rc", "2.0", 0),
        ("2.0.dev5", "dev", "2.0", 5),
        ("2.0.dev5", "rc", "2.0", 0),
        ("1.0", "post", "1.0", 0),
        ("1.0.post4", "post", "1.0", 4),
        ("1.0rc1", "post", "1.0rc1", 0),
        ("1!1.0", "post", "1!1.0", 0),
    ],
)
def test_what_a_tag_has_in_the_numbers_place(tag: str, segment: Segment, base: str, carry: int) -> None:
    """A number by distance starts above the one that the tag has in the same segment."""
    found = base_after(tag, segment=segment)
    assert (found.version, found.carry) == (base, carry)


@pytest.mark.parametrize("tag", [None, "2.0.dev0"])
@pytest.mark.parametrize(("base", "version"), [(None, "0.1.0"), ("3.0", "3.0")])
def test_post_needs_a_release(tag: str | None, base: str | None, version: str) -> None:
    """If there is no release to come after, the version is local until there is one."""
    found = base_after(tag, base=base, segment="post")
    assert found.version == version
    assert found.missing is not None
    assert "needs a release tag to come after" in found.missing.what
    assert "git tag v1.0.0" in found.missing.fix


def test_a_base_after_a_release_leads_to_none() -> None:
    """base = "1.0.post1" with a pre-release segment would make versions below 1.0: an error with both ways out."""
    with pytest.raises(BaseVersionError, match="comes after a release") as refused:
        base_after(None, base="1.0.post1", segment="rc")
    assert 'base = "1.0"' in refused.value.fix
    assert base_after(None, base="1.0.post1").version == "1.0.post1"


def test_post_ignores_base() -> None:
    """A base that is passed over is named."""
    assert 'base = "2.0" is ignored' in base_after("1.0", base="2.0", segment="post").because


# Lines cut elsewhere


@pytest.mark.parametrize(
    ("tagged", "candidate", "taken"),
    [
        ("1.4.1", "1.4.1", True),
        ("1.4.1rc1", "1.4.1", True),
        ("1.4.1.dev3", "1.4.1", True),
        ("1.4.1.dev0", "1.4.1", False),
        ("2.0.dev0", "2.0", False),
        ("2.0", "2.0.0", True),
        ("1!2.0", "2.0", False),
        ("1.4.1", "1.4.1rc2", False),
        ("1.4.1rc2", "1.4.1rc2", True),
        ("1.4.1rc1", "1.4.1rc2", False),
        ("1.4.1.post1", "1.4.1", False),
        ("1.4.2", "1.4.1", False),
    ],
)
def test_what_takes_a_candidate(tagged: str, candidate: str, *, taken: bool) -> None:
    """A tag takes the version that it names and, of a pre-release, the final one; X.dev0 only starts a line."""
    assert takes(Version(tagged), Version(candidate)) is taken


@pytest.mark.parametrize(
    ("tag", "segment", "elsewhere", "base"),
    [
        ("1.4.0", "dev", ("1.4.1",), "1.4.2"),
        ("1.4.0", "dev", ("1.4.1", "1.4.2", "1.4.4"), "1.4.3"),
        ("1.4.0", "dev", ("1.4.1rc1",), "1.4.2"),
        ("1.4.0", "dev", ("2.0", "1.3.9"), "1.4.1"),
        ("1.4.0", "dev", ("1.4.1.dev0",), "1.4.1"),
        ("1.4.0", "rc", ("1.4.1rc3",), "1.4.2"),
        ("2.0rc1", "dev", ("2.0rc2",), "2.0rc3"),
        ("2.0rc1", "rc", ("2.0rc2",), "2.0.1"),
        ("2.0.dev0", "dev", ("2.0",), "2.0.1"),
        ("1.0", "post", ("1.0.post3",), "1.0"),
    ],
)
def test_a_taken_candidate_is_bumped_on(tag: str, segment: Segment, elsewhere: tuple[str, ...], base: str) -> None:
    """A hotfix, a candidate or a release line cut elsewhere has its version; here the next one is worked toward."""
    found = base_after(tag, segment=segment, elsewhere=elsewhere)
    assert (found.version, found.missing) == (base, None)


def test_the_reason_names_what_took_it() -> None:
    """The account says which candidates were passed over, and for which tag."""
    found = base_after("1.4.0", elsewhere=("1.4.1rc1", "1.4.1", "1.4.2rc1"))
    assert found.because == (
        "patch bump of the tag 1.4.0; 1.4.1 is taken (1.4.1 is tagged on another branch); "
        "1.4.2 is taken (1.4.2rc1 is tagged on another branch)"
    )


@pytest.mark.parametrize(("bump", "base"), [("minor", "1.6.0"), ("major", "3.0.0")])
def test_a_skipped_release_line_is_not_guessed(bump: Bump, base: str) -> None:
    """Above a patch bump nobody knows what follows a line cut elsewhere: local, until base says it."""
    elsewhere = ("1.5.0rc1", "2.0.0rc1")
    found = base_after("1.4.0", bump=bump, elsewhere=elsewhere)
    assert found.version == base
    assert found.missing is not None
    assert found.missing.fix.startswith(f'base = "{base}" in [tool.uniqver]')
    assert "branches" in found.missing.fix
    decided = base_after("1.4.0", base=base, bump=bump, elsewhere=elsewhere)
    assert (decided.version, decided.missing) == (base, None)
    beyond = base_after("1.4.0", base="7.0", bump=bump, elsewhere=elsewhere)
    assert (beyond.version, beyond.missing) == ("7.0", None)
    lower = base_after("1.4.0", base="1.4.1", bump=bump, elsewhere=elsewhere)
    assert (lower.version, lower.missing) == (base, found.missing)


def test_pre_releases_are_no_line() -> None:
    """A candidate 2.0rc2 that is taken is followed by 2.0rc3, whatever the bump: nothing final is skipped."""
    found = base_after("2.0rc1", bump="minor", elsewhere=("2.0rc2",))
    assert (found.version, found.missing) == ("2.0rc3", None)


# Below the last release


@pytest.mark.parametrize(
    ("version", "tag"),
    [
        ("1.4.1.dev1", "1.4.0"),
        ("2.0.dev0", "2.0.dev0"),
        ("2.0.dev6", "2.0.dev5"),
        ("1.0.post1", "1.0"),
        ("1.0", None),
    ],
)
def test_above_the_last_release(version: str, tag: str | None) -> None:
    """What sorts above the last release passes; a tag X.dev0 is none."""
    assert below(version, None if tag is None else Version(tag), "ci") is None


@pytest.mark.parametrize(("elsewhere", "base"), [("1.5.0", "1.5.1"), ("1.5.0rc1", "1.5.0"), ("1.6.0", "1.5.0")])
def test_a_base_that_was_released_on_another_branch(elsewhere: str, base: str) -> None:
    """The configured base is gone past once it is released; a candidate of it still leads to it."""
    assert choose_base(Version("1.4.0"), "1.5.0", "patch", "dev", [Version(elsewhere)]).version == base


def test_a_number_that_a_tag_has() -> None:
    """Made again for another commit it would be another build of that release; beside it nothing is in the way."""
    tags = {Version("1.5.0rc1"): "v1.5.0rc1"}
    missing = below("1.5.0rc1", Version("1.4.0"), "counter", tags)
    assert missing is not None
    assert (missing.what, missing.fix) == (
        "1.5.0rc1 is the release tag v1.5.0rc1 of another commit",
        "uniqver counter floor 1",
    )
    assert below("1.5.0rc2", Version("1.4.0"), "counter", tags) is None


@pytest.mark.parametrize(
    ("version", "tag", "source", "what", "fix"),
    [
        ("2.0rc3", "2.0rc5", "ci", "would sort below 2.0rc5", "offset = 6"),
        ("2.0rc5", "2.0rc5", "ci", "would be 2.0rc5", "offset = 6"),
        ("2.0.dev3", "2.0.dev5", "counter", "would sort below", "uniqver counter floor 5"),
        ("1.0.post3", "1.0.post4", "counter", "would sort below", "uniqver counter floor 4"),
        ("2.0b900", "2.0rc1", "ci", "would sort below", 'segment = "dev"'),
        ("1.0rc3", "1.0.post1.dev0", "ci", "would sort below", 'segment = "dev"'),
        ("1.0.dev3", "1.1", "distance", "would sort below", 'segment = "dev"'),
        ("2.0.dev3", "2.0.dev5", "timestamp", "would sort below", 'base = "2.0.1"'),
    ],
)
def test_below_the_last_release(version: str, tag: str, source: Source, what: str, fix: str) -> None:
    """What would sort below the last release is not public, and the fix lifts it."""
    missing = below(version, Version(tag), source)
    assert missing is not None
    assert what in missing.what
    assert fix in missing.fix
