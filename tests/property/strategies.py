"""Everything that a version depends on, drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from packaging.version import Version

from uniqver.model.versions import MAX_NUMBER

if TYPE_CHECKING:
    from uniqver.model.decision import Bump, Segment

SEGMENTS: st.SearchStrategy[Segment] = st.sampled_from(["dev", "a", "b", "rc", "post"])
BUMPS: st.SearchStrategy[Bump] = st.sampled_from(["patch", "minor", "major"])

_small = st.integers(0, 12)


@st.composite
def releases(draw: st.DrawFn) -> str:
    """Return a final release."""
    epoch = draw(st.sampled_from(["", "", "", "1!"]))
    return epoch + ".".join(str(draw(_small)) for _ in range(draw(st.integers(1, 4))))


@st.composite
def tags(draw: st.DrawFn) -> Version:
    """Return the version of a tag: final, pre-release, post-release, the start of a line, and mixtures."""
    text = draw(releases())
    if draw(st.booleans()):
        text += draw(st.sampled_from(["a", "b", "rc"])) + str(draw(_small))
    if draw(st.integers(0, 3)) == 0:
        text += f".post{draw(_small)}"
    if draw(st.integers(0, 3)) == 0:
        text += f".dev{draw(st.sampled_from([0, 0, 3]))}"
    return Version(text)


@st.composite
def bases(draw: st.DrawFn) -> str | None:
    """Return what ``base`` in the settings may be."""
    if draw(st.booleans()):
        return None
    text = draw(releases())
    if draw(st.integers(0, 3)) == 0:
        text += draw(st.sampled_from(["a", "b", "rc"])) + str(draw(_small))
    return str(Version(text))


runs = st.tuples(st.integers(0, 10**6) | st.integers(10**9, 4 * 10**11), st.integers(1, 99))
"""A run and its attempt: run numbers, and GitHub's run ids."""

numbers = st.integers(0, 2000) | st.integers(0, MAX_NUMBER)
commits = st.text("0123456789abcdef", min_size=40, max_size=40)
digests = st.none() | st.text("0123456789abcdef", min_size=64, max_size=64)
