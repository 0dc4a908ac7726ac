"""How tags, numbers and settings become a version."""

from __future__ import annotations

import pytest
from packaging.version import Version

from uniqver.errors import BaseVersionError, CiError
from uniqver.model import versions as scheme
from uniqver.model.decision import MAX_NUMBER
from uniqver.model.versions import Base, choose_base, compose, local_part, refuse_below, release_of_tag
from uniqver.vcs.tags import tag_patterns


@pytest.mark.parametrize(
    ("tag", "prefix", "version"),
    [
        ("v1.4.0", None, "1.4.0"),
        ("1.4.0", None, "1.4.0"),
        ("v1.0.1-rc1", None, "1.0.1rc1"),
        ("v1.0.1.rc1", None, "1.0.1rc1"),
        ("v2.0.dev0", None, "2.0.dev0"),
        ("v1!2.0", None, "1!2.0"),
        ("v1.0.post2", None, "1.0.post2"),
        ("pkg-a-v1.0", "pkg-a-v", "1.0"),
        ("1.0", "", "1.0"),
        ("v1.0", "", None),
        ("vv1.0", None, None),
        ("pkg-b-v1.0", "pkg-a-v", None),
        ("v1.0+local", None, None),
        ("vx", None, None),
        ("v1.x", None, None),
        ("v", None, None),
        ("", None, None),
        ("nightly", None, None),
        (f"v{2**63 - 1}", None, str(2**63 - 1)),
        (f"v{2**63}", None, None),
        ("v1.0rc" + "9" * 30, None, None),
        ("v" + "9" * 5000, None, None),
    ],
)
def test_what_a_tag_names(tag: str, prefix: str | None, version: str | None) -> None:
    """A tag names a release if what follows its prefix is a PEP 440 version without a local part."""
    found = release_of_tag(tag, prefix)
    assert (None if found is None else str(found)) == version


def test_patterns_take_the_prefix_literally() -> None:
    """Signs that mean something to git's globs are taken as they are."""
    assert tag_patterns(None) == ("v[0-9]*", "[0-9]*")
    assert tag_patterns("a[b]*?\\") == ("a\\[b\\]\\*\\?\\\\[0-9]*",)
    assert tag_patterns("") == ("[0-9]*",)


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
def test_the_base_after_a_tag(tag: str, bump: str, base: str) -> None:
    """A release is bumped on three components, a pre-release counts its own number up, X.dev0 starts X."""
    assert choose_base(Version(tag), None, bump, "dev").version == base  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tag", "configured", "segment", "base", "configured_leads"),
    [
        (None, None, "dev", "0.1.0", False),
        (None, "2.0", "dev", "2.0", True),
        ("1.4.0", "2.0", "dev", "2.0", True),
        ("1.4.0", "1.0", "dev", "1.4.1", False),
        ("1.4.0", "1.4.0", "dev", "1.4.1", False),
        ("1.4.0", "1.4.1", "dev", "1.4.1", False),
        ("2.0rc1", "2.0", "dev", "2.0rc2", False),
        ("2.0rc1", "2.1", "dev", "2.1", True),
        ("2.0rc1", "2.0", "rc", "2.0", False),
        ("1.4.0", "1.4.1rc1", "dev", "1.4.1rc1", True),
        ("1.4.0", "1.5.0rc1", "rc", "1.5.0rc1", True),
        ("1!1.0", "2.0", "dev", "1!1.0.1", False),
        ("1.4.0", "2.0", "post", "1.4.0", False),
    ],
)
def test_the_base_is_what_leads_higher(
    tag: str | None, configured: str | None, segment: str, base: str, configured_leads: bool
) -> None:
    """Of the bumped tag and the configured base, the one whose versions sort higher is worked toward."""
    found = choose_base(None if tag is None else Version(tag), configured, "patch", segment)  # type: ignore[arg-type]
    assert (found.version, found.configured) == (base, configured_leads)
    assert found.because


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
def test_what_a_tag_has_in_the_numbers_place(tag: str, segment: str, base: str, carry: int) -> None:
    """A number by distance starts above the one that the tag has in the same segment."""
    found = choose_base(Version(tag), None, "patch", segment)  # type: ignore[arg-type]
    assert (found.version, found.carry) == (base, carry)


@pytest.mark.parametrize("tag", [None, "2.0.dev0"])
def test_post_needs_a_release(tag: str | None) -> None:
    """There is nothing to come after where there is no release."""
    with pytest.raises(BaseVersionError, match="needs a release tag to come after") as refused:
        choose_base(None if tag is None else Version(tag), None, "patch", "post")
    assert "git tag v1.0.0" in refused.value.fix


def test_a_base_after_a_release_leads_to_none() -> None:
    """base = "1.0.post1" with a pre-release segment would make versions below 1.0, so it is refused."""
    with pytest.raises(BaseVersionError, match="comes after a release") as refused:
        choose_base(None, "1.0.post1", "patch", "rc")
    assert 'base = "1.0"' in refused.value.fix
    assert choose_base(None, "1.0.post1", "patch", "dev").version == "1.0.post1"


def test_post_says_that_base_has_no_say() -> None:
    """A base that is passed over is named."""
    assert 'base = "2.0" has no say' in choose_base(Version("1.0"), "2.0", "patch", "post").because


@pytest.mark.parametrize(
    ("base", "segment", "number", "local", "version"),
    [
        ("1.4.1", "dev", 41201, None, "1.4.1.dev41201"),
        ("1.4.1", "rc", 41201, None, "1.4.1rc41201"),
        ("1.4.1", "a", 0, None, "1.4.1a0"),
        ("1.4.1", "b", 7, None, "1.4.1b7"),
        ("1.4.0", "post", 7, None, "1.4.0.post7"),
        ("2.0rc2", "dev", 7, None, "2.0rc2.dev7"),
        ("2.0rc2", "rc", 7, None, "2.0rc7"),
        ("1!2.0", "rc", 7, None, "1!2.0rc7"),
        ("1.4.1", "dev", 3, "g0123", "1.4.1.dev3+g0123"),
    ],
)
def test_compose(base: str, segment: str, number: int, local: str | None, version: str) -> None:
    """The number goes into its segment, and the result is normalized already."""
    assert compose(base, segment, number, local) == version == str(Version(version))  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [-1, MAX_NUMBER + 1])
def test_compose_refuses_what_does_not_fit(number: int) -> None:
    """A number beyond 63 bits is an error, never wrapped."""
    with pytest.raises(BaseVersionError, match="doesn't fit into a version"):
        compose("1.0", "dev", number)


@pytest.mark.parametrize(
    ("base", "segment", "series"),
    [
        ("1.4.1", "dev", "1.4.1"),
        ("2", "dev", "2.0.0"),
        ("2.0", "rc", "2.0.0"),
        ("2.0.0.0", "post", "2.0.0"),
        ("1.2.3.4", "dev", "1.2.3.4"),
        ("1.2.3.0.5.0", "dev", "1.2.3.0.5"),
        ("2.0rc1", "dev", "2.0.0rc1"),
        ("2.0rc1", "rc", "2.0.0"),
        ("1!2.0b1", "b", "1!2.0.0"),
        ("1!2.0b1.post3", "dev", "1!2.0.0b1.post3"),
    ],
)
def test_series(base: str, segment: str, series: str) -> None:
    """Bases that make equal versions take their numbers from one series."""
    assert scheme.series(base, segment) == series  # type: ignore[arg-type]


def test_local_part() -> None:
    """The g keeps the zeros of a commit that is all digits; the digest follows where there is one."""
    commit = "0072198000000000"
    assert local_part(commit, None) == "g007219800000"
    assert local_part(commit, "fedcba9876543210") == "g007219800000.dfedcba987654"
    assert str(Version(f"1.0+{local_part(commit, None)}")) == "1.0+g007219800000"


@pytest.mark.parametrize(
    ("version", "tag"),
    [("1.4.1.dev1", "1.4.0"), ("2.0.dev0", "2.0.dev0"), ("2.0.dev6", "2.0.dev5"), ("1.0.post1", "1.0"), ("1.0", None)],
)
def test_above_the_last_release(version: str, tag: str | None) -> None:
    """What sorts above the last release passes; a tag X.dev0 is none."""
    refuse_below(version, None if tag is None else Version(tag), source="ci")


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
def test_below_the_last_release(version: str, tag: str, source: str, what: str, fix: str) -> None:
    """What would sort below the last release is refused, with a cure that lifts it."""
    with pytest.raises(BaseVersionError, match=what) as refused:
        refuse_below(version, Version(tag), source=source)  # type: ignore[arg-type]
    assert fix in refused.value.fix


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("412", 412), (str(MAX_NUMBER), MAX_NUMBER)])
def test_whole_numbers(text: str, number: int) -> None:
    """A plain whole number is read."""
    assert scheme.whole_number(text, "N") == number


@pytest.mark.parametrize(
    "text", ["abc", "-1", "007", "+1", "1.0", "1_000", "", " 1", "1\n", "\N{SUPERSCRIPT TWO}", "٣"]
)
def test_what_is_no_whole_number(text: str) -> None:
    """Signs, leading zeros, foreign digits and text are refused, with the line to add."""
    with pytest.raises(CiError, match="not a plain whole number") as refused:
        scheme.whole_number(text, "GITHUB_RUN_NUMBER")
    assert "GITHUB_RUN_NUMBER" in refused.value.what
    assert refused.value.fix.startswith("UNIQVER_BUILD_NUMBER=N")


@pytest.mark.parametrize("text", [str(MAX_NUMBER + 1), "9" * 30, "9" * 5000])
def test_numbers_beyond_63_bits(text: str) -> None:
    """A number of 30 digits is refused before it is counted with, and shown shortened."""
    with pytest.raises(CiError, match="more than a version's number can hold") as refused:
        scheme.whole_number(text, "N")
    assert len(refused.value.what) < 120


def test_a_ci_has_its_own_cure() -> None:
    """Where the CI's row names a line to add, the error does."""
    with pytest.raises(CiError) as refused:
        scheme.whole_number("x", "BUILD_NUMBER", "env.UNIQVER_BUILD_NUMBER = %build.counter%")
    assert refused.value.fix == "env.UNIQVER_BUILD_NUMBER = %build.counter%"


def test_number_of_a_run() -> None:
    """Runs leave room for 99 attempts; without attempts they are taken as they are."""
    assert scheme.number_of_run(412, 1, 0) == 41201
    assert scheme.number_of_run(412, 99, 0) == 41299
    assert scheme.number_of_run(412, 2, 1000) == 141202
    assert scheme.number_of_run(412, None, 1000) == 1412


@pytest.mark.parametrize("attempt", [0, 100])
def test_attempts_are_never_wrapped(attempt: int) -> None:
    """Attempt 100 would be the next run's attempt 0, so it is an error."""
    with pytest.raises(CiError, match=f"attempt {attempt} of run 412") as refused:
        scheme.number_of_run(412, attempt, 0)
    assert "start a new run" in refused.value.fix


def test_only_dev0_starts_a_line() -> None:
    """Every other tag is a release."""
    assert not scheme.is_release(Version("2.0.dev0"))
    assert scheme.is_release(Version("2.0.dev1"))
    assert scheme.is_release(Version("2.0rc1"))


def test_base_is_a_value() -> None:
    """Two bases with the same parts are equal."""
    assert Base(version="1", because="x") == Base(version="1", because="x", carry=0, configured=False)
