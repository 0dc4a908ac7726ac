"""PEP 440 arithmetic: what tags name, how numbers go into versions, and how versions are taken apart again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from uniqver.errors import BaseVersionError
from uniqver.model import versions
from uniqver.model.versions import MAX_NUMBER, compose, local_part, release_of_tag, taken_apart
from uniqver.resolve import numbers
from uniqver.vcs.describe import tag_patterns

if TYPE_CHECKING:
    from uniqver.model.decision import Segment


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
        ("v1.0-post2", None, "1.0.post2"),
        ("pkg-a-v1.0", "pkg-a-v", "1.0"),
        ("1.0", "", "1.0"),
        ("v1.0", "", None),
        ("vv1.0", None, None),
        ("pkg-b-v1.0", "pkg-a-v", None),
        ("rel_2_1_0b3", "rel_", "2.1.0b3"),
        ("release_v3.00", "release_v", "3.0"),
        ("lxml-7.0.0a3", "lxml-", "7.0.0a3"),
        ("1_4_0", None, None),
        ("v1.0+local", None, None),
        ("v1.4.0-1", None, None),
        ("v1.4.0rc1-2", None, None),
        ("deb-1.4.0-1", "deb-", None),
        ("2022-01-05", None, None),
        ("vx", None, None),
        ("v1.x", None, None),
        ("v", None, None),
        ("", None, None),
        ("nightly", None, None),
        ("v 1.0", None, None),
        (f"v{2**63 - 1}", None, str(2**63 - 1)),
        (f"v{2**63}", None, None),
        (f"v1!0.post{2**63}", None, None),
        ("v1.0rc" + "9" * 30, None, None),
        ("v" + "9" * 5000, None, None),
    ],
)
def test_what_a_tag_names(tag: str, prefix: str | None, version: str | None) -> None:
    """A tag names a release if what follows its prefix is a PEP 440 version, not local and not implicitly post."""
    found = release_of_tag(tag, prefix)
    assert (None if found is None else str(found)) == version


def test_patterns_take_the_prefix_literally() -> None:
    """Signs that mean something to git's globs are taken as they are."""
    assert tag_patterns(None) == ("v[0-9]*", "[0-9]*")
    assert tag_patterns("a[b]*?\\") == ("a\\[b\\]\\*\\?\\\\[0-9]*",)
    assert tag_patterns("") == ("[0-9]*",)


def test_tags_above() -> None:
    """Those that name a higher version, by number and not by letter; all that name one if there is none to compare."""
    tags = ["v1.4.0", "v1.10.0", "v1.9", "1.4.0rc1", "v1.4", "v1.4.0.1", "vx", "v1!0.1", "pkg-v9.0"]
    assert versions.tags_above(tags, None, Version("1.4.0")) == ["v1.10.0", "v1.9", "v1.4.0.1", "v1!0.1"]
    assert versions.tags_above(tags, "v", Version("1.9")) == ["v1.10.0", "v1!0.1"]
    assert versions.tags_above(tags, "pkg-v", None) == ["pkg-v9.0"]
    assert versions.tags_above(["v" + "1" * 5000, "v" + "0" * 30 + "2"], None, Version("1")) == ["v" + "0" * 30 + "2"]


def test_only_dev0_starts_a_line() -> None:
    """Every other tag is a release."""
    assert not versions.is_release(Version("2.0.dev0"))
    assert versions.is_release(Version("2.0.dev1"))
    assert versions.is_release(Version("2.0rc1"))


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
        ("1.4.1", "rc", 3, "g0123", "1.4.1rc3+g0123"),
        ("1.4.1", "dev", MAX_NUMBER, None, f"1.4.1.dev{MAX_NUMBER}"),
    ],
)
def test_compose(base: str, segment: Segment, number: int, local: str | None, version: str) -> None:
    """The number goes into its segment, and the result is normalized already."""
    assert compose(base, segment, number, local) == version == str(Version(version))


@pytest.mark.parametrize("number", [-1, MAX_NUMBER + 1])
def test_compose_refuses_what_does_not_fit(number: int) -> None:
    """A number beyond 63 bits is an error, never wrapped."""
    with pytest.raises(BaseVersionError, match="doesn't fit into a version"):
        compose("1.0", "dev", number)


@pytest.mark.parametrize(
    ("made", "renumbered"),
    [
        ("1.4.1.dev5+gabc1234.d20261104", "1.4.1.dev7"),
        ("1.4.0.post1.dev5", "1.4.0.post1.dev7"),
        ("1.4.0.post5+dirty", "1.4.0.post7"),
        ("1.5.0rc2.dev5", "1.5.0rc2.dev7"),
        ("1.5.0rc5+gabc1234", "1.5.0rc7"),
        ("1!1.5.0a5", "1!1.5.0a7"),
        ("1.0rc1.post5", "1.0rc1.post7"),
        ("2!1.4.1.dev5", "2!1.4.1.dev7"),
        ("2026.11.4.0.dev5+h0123456789ab", "2026.11.4.0.dev7"),
        ("1.4.1.dev5+cu118.gabc1234", "1.4.1.dev7+cu118"),
        ("1.4.1.dev5+20261104123456", "1.4.1.dev7"),
    ],
)
def test_only_the_number_changes(made: str, renumbered: str) -> None:
    """The number is replaced; what names commit, date and changes goes; a variant in the local part stays."""
    parts = taken_apart(made)
    assert parts is not None
    assert parts.number == 5
    assert compose(parts.base, parts.segment, 7, parts.local) == renumbered


@pytest.mark.parametrize("made", ["1.4.0", "1.4.0+gabc1234", "2026.11.4.123"])
def test_no_number(made: str) -> None:
    """A final release has no number to replace."""
    assert taken_apart(made) is None


def test_what_a_scheme_makes_has_to_be_a_version() -> None:
    """A scheme of setuptools-scm's that doesn't make a PEP 440 version is an error that shows what it made."""
    assert versions.parse("1.4.1.dev5") == Version("1.4.1.dev5")
    with pytest.raises(BaseVersionError, match="trunk-5") as refused:
        versions.parse("trunk-5")
    assert "version_scheme" in refused.value.fix


@pytest.mark.parametrize(
    ("local", "kept"),
    [
        (None, None),
        ("gabc1234", None),
        ("unknown", None),
        ("dirty", None),
        ("cu118", "cu118"),
        ("gabc1234.cu118.d20261104", "cu118"),
        ("rocm6.2", "rocm6.2"),
        ("gabc1234.d0123456789ab.cpu", "cpu"),
        ("good", "good"),
    ],
)
def test_kept_local(local: str | None, kept: str | None) -> None:
    """Of a local part, only what isn't about the tree stays."""
    assert versions.kept_local(local) == kept


def test_local_part() -> None:
    """The letter keeps the zeros of a commit that is all digits; the digest, or the word, tells changes."""
    commit = "0072198000000000"
    assert local_part(commit, None) == "g007219800000"
    assert local_part(commit, "fedcba9876543210") == "g007219800000.dfedcba987654"
    assert local_part(commit, None, dirty=True) == "g007219800000.dirty"
    assert local_part(commit, None, letter="h") == "h007219800000"
    assert local_part("", None) == "unknown"
    assert str(Version(f"1.0+{local_part(commit, None)}")) == "1.0+g007219800000"


def test_with_local() -> None:
    """What there is, with dots between; nothing of nothing."""
    assert versions.with_local("1.0", "cu118", None, "g0123") == "1.0+cu118.g0123"
    assert versions.with_local("1.0", None, "") == versions.with_local("1.0") == "1.0"


@pytest.mark.parametrize(
    ("version", "changed"),
    [
        ("1.0", False),
        ("1.0.dev3+g0123456789ab", False),
        ("1.0.dev3+cu118", False),
        ("1.0.dev3+g0123456789ab.dfedcba987654", True),
        ("1.0.dev3+g0123456789ab.dirty", True),
        ("1.0.dev3+gabc1234.d20261104", True),
    ],
)
def test_has_changes(version: str, *, changed: bool) -> None:
    """The local part tells whether the tree differed from its commit."""
    assert versions.has_changes(version) is changed


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
def test_series(base: str, segment: Segment, series: str) -> None:
    """Bases that make equal versions take their numbers from one series."""
    assert versions.series(base, segment) == series


def test_number_of_a_run() -> None:
    """Runs leave room for 99 attempts; without attempts they are taken as they are. Both ways."""
    assert numbers.number_of_run(412, 1) == 41201
    assert numbers.number_of_run(412, 99) == 41299
    assert numbers.number_of_run(412, 2, 1000) == 141202
    assert numbers.number_of_run(412, None, 1000) == 1412
    assert numbers.run_of(141202, attempts=True, offset=1000) == (412, 2)
    assert numbers.run_of(1412, attempts=False, offset=1000) == (412, None)


@pytest.mark.parametrize(
    ("tags", "name", "prefix"),
    [
        (("release-1.4.0", "release-1.5.0", "deploy-2.0"), "app", "release-"),
        (("lib-v1.0", "lib-v1.1", "app-v0.1"), "app", "app-v"),
        (("lib-v1.0", "my_app-0.1", "lib-v1.1"), "my-app", "my_app-"),
        (("lib-v1.0", "lib-v1.1", "app-v0.1"), None, "lib-v"),
        (("app/v1.0rc1",), "app", "app/v"),
        (("build-7", "nightly-20261122", "latest", "x-1.0-1", "y-1.0+z"), "app", None),
        ((), "app", None),
    ],
)
def test_the_prefix_that_fits(tags: tuple[str, ...], name: str | None, prefix: str | None) -> None:
    """If no tag is a release tag, the prefix is found that most of them have, the project's own before others'."""
    assert versions.fitting_prefix(tags, name) == prefix
