"""Whatever bytes a wheel or an sdist has, reading it ends in what it says or in an error with its fix."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.distributions import sdist, wheel

from uniqver.cli.verify import differences
from uniqver.dists.archive import contradictions, opened, read
from uniqver.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable

MAKERS: tuple[Callable[[Path], Path], ...] = (wheel, sdist, lambda folder: sdist(folder, suffix=".zip"))


@pytest.mark.parametrize("make", MAKERS, ids=["wheel", "sdist", "zip-sdist"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flipped_bytes_never_raise(make: Callable[[Path], Path], data: st.DataObject) -> None:
    """A few bytes changed anywhere, or the end cut off: read, compared or refused, but never a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder))
        content = bytearray(path.read_bytes())
        for at, value in data.draw(
            st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=6)
        ):
            content[at] = value
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            found = read(path)
            contradictions(found)
            with opened(path) as ours, opened(path) as theirs:
                differences(ours, theirs)
        except ArtifactError as error:
            what = error.what
        else:
            what = f"{path.name} is fine"
    assert what.startswith(path.name)
    assert what.isprintable()
