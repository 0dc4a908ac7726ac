"""The promise, for any tag, settings and run: different, rising, between the releases, and valid everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from packaging.version import Version
from tests.property.strategies import BUMPS, SEGMENTS, bases, commits, digests, numbers, runs, tags
from tests.support.facts import facts, git_state

from uniqver.errors import UniqverError
from uniqver.model.bases import below, choose_base, takes
from uniqver.model.versions import (
    MAX_NUMBER,
    compose,
    is_release,
    local_part,
    release_of_tag,
    series,
    tags_above,
    taken_apart,
)
from uniqver.resolve.numbers import number_of_run, run_of
from uniqver.resolve.release import release_of
from uniqver.vcs.describe import tag_patterns

if TYPE_CHECKING:
    from uniqver.model.decision import Bump, Segment

settings.register_profile("here", max_examples=150, deadline=None, derandomize=True)
settings.load_profile("here")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a project has settled on, and doesn't change from build to build."""

    base: str | None
    bump: Bump
    segment: Segment
    offset: int


SETTINGS = st.builds(Settings, base=bases(), bump=BUMPS, segment=SEGMENTS, offset=st.integers(0, 1000))


def made(
    tag: Version | None, chosen: Settings, number: int, elsewhere: tuple[Version, ...] = ()
) -> tuple[str, Version] | None:
    """Return base and version of a build, as the resolution makes them, or ``None`` if it isn't public."""
    try:
        base = choose_base(tag, chosen.base, chosen.bump, chosen.segment, elsewhere)
        version = compose(base.version, chosen.segment, number)
    except UniqverError:
        return None
    if base.missing is not None or below(version, tag, "ci") is not None:
        return None
    return base.version, Version(version)


def by_run(tag: Version | None, chosen: Settings, run: tuple[int, int]) -> tuple[str, Version] | None:
    """Return base and version of a CI's build."""
    return made(tag, chosen, number_of_run(*run, chosen.offset))


maybe_tags = st.none() | tags()


@given(first=maybe_tags, second=maybe_tags, chosen=SETTINGS, one=runs, two=runs)
def test_different_runs_never_share_a_version(
    first: Version | None, second: Version | None, chosen: Settings, one: tuple[int, int], two: tuple[int, int]
) -> None:
    """Two runs, or two attempts of one, give two versions, on whatever tags they stand."""
    assume(one != two)
    a, b = by_run(first, chosen, one), by_run(second, chosen, two)
    assume(a is not None and b is not None)
    assert a is not None
    assert b is not None
    assert a[1] != b[1]


@given(first=maybe_tags, second=maybe_tags, a=SETTINGS, b=SETTINGS, one=numbers, two=numbers)
def test_different_settings_never_share_a_version(
    first: Version | None, second: Version | None, a: Settings, b: Settings, one: int, two: int
) -> None:
    """Two builds with different numbers give two versions even where the settings were changed in between."""
    assume(one != two)
    x, y = made(first, a, one), made(second, b, two)
    assume(x is not None and y is not None)
    assert x is not None
    assert y is not None
    assert x[1] != y[1]


@given(first=maybe_tags, second=maybe_tags, a=SETTINGS, b=SETTINGS, number=numbers)
@example(
    first=None, second=None, number=7,
    a=Settings(base="2.0", bump="patch", segment="dev", offset=0),
    b=Settings(base="2.0.0", bump="patch", segment="dev", offset=0),
)  # fmt: skip
@example(
    first=None, second=None, number=7,
    a=Settings(base="2.0rc1", bump="patch", segment="rc", offset=0),
    b=Settings(base="2.0", bump="patch", segment="rc", offset=0),
)  # fmt: skip
def test_counters_never_give_a_version_twice(
    first: Version | None, second: Version | None, a: Settings, b: Settings, number: int
) -> None:
    """Where two bases would make equal versions from one number, they take their numbers from one series."""
    x, y = made(first, a, number), made(second, b, number)
    assume(x is not None and y is not None)
    assert x is not None
    assert y is not None
    if x[1] == y[1]:
        assert series(x[0], a.segment) == series(y[0], b.segment)


@given(tag=maybe_tags, chosen=SETTINGS, one=runs, two=runs)
def test_a_later_run_sorts_higher(
    tag: Version | None, chosen: Settings, one: tuple[int, int], two: tuple[int, int]
) -> None:
    """A later run sorts above an earlier one, a later attempt above an earlier one of its run."""
    one, two = sorted((one, two))
    assume(one < two)
    a, b = by_run(tag, chosen, one), by_run(tag, chosen, two)
    assume(a is not None and b is not None)
    assert a is not None
    assert b is not None
    assert a[1] < b[1]


@given(
    tag=maybe_tags, chosen=SETTINGS, one=runs, two=runs, step=st.sampled_from(["release", "candidate", "post", "line"])
)
def test_a_later_run_sorts_higher_over_a_release(
    tag: Version | None, chosen: Settings, one: tuple[int, int], two: tuple[int, int], step: str
) -> None:
    """A later run sorts higher also when a tag came in between: the release, a candidate, a fix, a new line."""
    one, two = sorted((one, two))
    assume(one < two)
    a = by_run(tag, chosen, one)
    assume(a is not None)
    assert a is not None
    final = Version(a[0]).base_version
    between = Version(
        {"release": a[0], "candidate": f"{final}rc99", "post": f"{final}.post1", "line": f"{final}.1.dev0"}[step]
    )
    assume(tag is None or between > tag)
    assume(between > a[1] or not is_release(between))  # nobody tags a release below what was built already
    b = by_run(between, chosen, two)
    assume(b is not None)
    assert b is not None
    assert a[1] < b[1]


@given(tag=maybe_tags, chosen=SETTINGS, number=numbers)
def test_between_the_releases(tag: Version | None, chosen: Settings, number: int) -> None:
    """Nothing sorts above the release that it leads to, and nothing below the last one."""
    build = made(tag, chosen, number)
    assume(build is not None)
    assert build is not None
    base, version = build
    if chosen.segment == "dev":
        assert version < Version(base)
    elif chosen.segment != "post":
        assert version < Version(Version(base).base_version)
    if tag is not None:
        assert version > tag or (version == tag and not is_release(tag))


@given(tag=maybe_tags, chosen=SETTINGS, number=numbers, commit=commits, digest=digests, local=st.booleans())
def test_every_version_is_plain(
    tag: Version | None, chosen: Settings, number: int, commit: str, digest: str | None, local: bool
) -> None:
    """Every version comes back from packaging unchanged, without leading zeros, and with numbers below 2^63."""
    try:
        base = choose_base(tag, chosen.base, chosen.bump, chosen.segment)
        text = compose(base.version, chosen.segment, number, local_part(commit, digest) if local else None)
    except UniqverError:
        return
    assert str(Version(text)) == text
    public = text.partition("+")[0]
    assert not re.search(r"(?<![0-9])0[0-9]", public)
    assert all(int(part) <= MAX_NUMBER for part in re.findall(r"[0-9]+", public))


@given(commit=commits, other=commits, digest=digests, other_digest=digests, number=numbers)
def test_different_trees_never_share_a_version(
    commit: str, other: str, digest: str | None, other_digest: str | None, number: int
) -> None:
    """By distance two commits, and two dirty trees of one commit, differ as far as 48 bits can tell."""
    parts = [local_part(commit, digest), local_part(other, other_digest)]
    seen = [(node[:12], change and change[:12]) for node, change in ((commit, digest), (other, other_digest))]
    versions = [Version(f"1.0.dev{number}+{part}") for part in parts]
    assert (versions[0] == versions[1]) == (seen[0] == seen[1])


@given(tag=tags(), prefix=st.sampled_from(["", "v", "pkg-a-v", "a[1]*-"]))
def test_a_tag_names_its_version(tag: Version, prefix: str) -> None:
    """What a version is tagged as is read back, and matched by the pattern that git is given."""
    import fnmatch

    assert release_of_tag(f"{prefix}{tag}", prefix) == tag
    (pattern,) = tag_patterns(prefix)
    if "\\" not in pattern:
        assert fnmatch.fnmatchcase(f"{prefix}{tag}", pattern)


@given(names=st.lists(tags().map(str) | st.text("0123456789.!v-rc", max_size=8), max_size=6), nearest=tags())
def test_tags_above_are_those_that_sort_above(names: list[str], nearest: Version) -> None:
    """The short look at a tag's first numbers never loses one that names a higher version."""
    versions = {name: release_of_tag(name, "") for name in names}
    above = [name for name in names if (version := versions[name]) is not None and version > nearest]
    assert tags_above(names, "", nearest) == above
    assert tags_above(names, "", None) == [name for name in names if versions[name] is not None]


@given(found=st.lists(tags(), min_size=1, max_size=4))
def test_of_several_tags_the_highest_is_released(found: list[Version]) -> None:
    """A clean tree on several tags is the highest of them, unless that only starts a line."""
    release = release_of(facts(git=git_state(tags=tuple(f"v{version}" for version in found)))).version
    assert release == (str(max(found)) if is_release(max(found)) else None)


elsewheres = st.lists(tags(), max_size=6).map(tuple)


@given(tag=tags(), chosen=SETTINGS, elsewhere=elsewheres)
def test_no_base_is_taken_elsewhere(tag: Version, chosen: Settings, elsewhere: tuple[Version, ...]) -> None:
    """Whatever lines were cut elsewhere, their release is not worked toward here, but for who says so by base."""
    assume(chosen.segment != "post")
    try:
        base = choose_base(tag, chosen.base, chosen.bump, chosen.segment, elsewhere)
    except UniqverError:
        return
    if base.version != chosen.base:
        assert not any(takes(tagged, Version(base.version)) for tagged in elsewhere)
    alone = choose_base(tag, chosen.base, chosen.bump, chosen.segment)
    assert Version(base.version) >= Version(alone.version)


@given(tag=tags(), chosen=SETTINGS, elsewhere=elsewheres, one=numbers, two=numbers)
def test_lines_cut_elsewhere_keep_the_order(
    tag: Version, chosen: Settings, elsewhere: tuple[Version, ...], one: int, two: int
) -> None:
    """A build after another line was cut sorts above one before it, and the numbers of both never make one version."""
    one, two = sorted((one, two))
    assume(one < two)
    before, after = made(tag, chosen, one), made(tag, chosen, two, elsewhere)
    assume(before is not None and after is not None)
    assert before is not None
    assert after is not None
    assert before[1] < after[1]


@given(tag=maybe_tags, chosen=SETTINGS, number=numbers, local=st.none() | st.just("cu118"))
def test_taken_apart_is_the_inverse(tag: Version | None, chosen: Settings, number: int, local: str | None) -> None:
    """A version tells its segment, its number, its variant, and a base that makes the same version again."""
    try:
        base = choose_base(tag, chosen.base, chosen.bump, chosen.segment).version
        version = compose(base, chosen.segment, number, local)
    except UniqverError:
        return
    parts = taken_apart(version)
    assert parts is not None
    assert (parts.segment, parts.number, parts.local) == (chosen.segment, number, local)
    assert compose(parts.base, parts.segment, parts.number, parts.local) == version


@given(run=runs, offset=st.integers(0, 10**6), attempts=st.booleans())
def test_a_number_tells_its_run(run: tuple[int, int], offset: int, *, attempts: bool) -> None:
    """What makes the number of a run, takes it apart again."""
    number, attempt = run
    made_of = number_of_run(number, attempt if attempts else None, offset)
    assert run_of(made_of, attempts=attempts, offset=offset) == (number, attempt if attempts else None)
