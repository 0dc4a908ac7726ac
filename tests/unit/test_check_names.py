"""``uniqver check``: what file names say, and which version is free next. Pure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from tests.support.uploads import artifact, call_for

from uniqver.cli.check import pypi, rules
from uniqver.cli.check.rules import Case
from uniqver.dists import parse_filename
from uniqver.index import Catalog, IndexFile, Listing


@pytest.mark.parametrize(
    ("filename", "project", "version", "accepted"),
    [
        ("xtrade_ai-1.4.1.dev7-py3-none-any.whl", "xtrade-ai", "1.4.1.dev7", None),
        ("Xtrade.AI-1.4.1-py3-none-any.whl", "xtrade-ai", "1.4.1", "xtrade_ai-1.4.1-py3-none-any.whl"),
        ("foo-1.0-2-py3-none-any.whl", "foo", "1.0", None),
        ("foo-1.0.rc1-py3-none-any.whl", "foo", "1.0rc1", None),
        ("foo.bar-1.0.rc1.tar.gz", "foo-bar", "1.0rc1", "foo_bar-1.0rc1.tar.gz"),
        ("foo-bar-1.0.zip", "foo-bar", "1.0", "foo_bar-1.0.zip"),
    ],
)
def test_a_file_name_gives_project_version_and_what_pypi_accepts(
    filename: str, project: str, version: str, accepted: str | None
) -> None:
    """Of a wheel's name, PyPI wants the project normalized, of an sdist's also the version (L1385, L1467)."""
    name = parse_filename(filename)
    assert name is not None
    assert (name.project, name.version) == (project, Version(version))
    file = artifact(filename)
    reasons = [found.reason for found in pypi.name(Case(file, catalog(), call_for([file])))]
    assert reasons == ([f"the file name is not normalized: PyPI accepts only {accepted}"] if accepted else [])


@pytest.mark.parametrize("filename", ["notes.txt", "foo.whl", "foo-x-py3-none-any.whl", "foo.tar.gz", "foo-1.0.egg"])
def test_other_names_give_nothing(filename: str) -> None:
    """What is neither a wheel's nor an sdist's name isn't guessed at."""
    assert parse_filename(filename) is None


def test_the_platforms_of_a_wheel_are_all_listed() -> None:
    """A compressed tag set names each of its platforms once."""
    name = parse_filename("foo-1.0-cp311-abi3-manylinux_2_17_x86_64.linux_x86_64.whl")
    assert name is not None
    assert name.platforms == ("linux_x86_64", "manylinux_2_17_x86_64")


def catalog(*versions: str) -> Catalog:
    """An index that lists an sdist of each version."""
    return Catalog(Listing("foo", tuple(IndexFile(f"foo-{version}.tar.gz") for version in versions)))


@pytest.mark.parametrize(
    ("version", "listed", "following"),
    [
        ("1.4.1.dev7", [], "1.4.1.dev8"),
        ("1.4.1.dev7", ["1.4.1.dev41", "1.4.2.dev99", "1.4.1"], "1.4.1.dev42"),
        ("1.4.1.dev7", ["1.4.1.dev3"], "1.4.1.dev8"),
        ("1.4.1", ["1.4.1", "1.4.3", "1.5.0"], "1.4.4"),
        ("1.4", ["1.4.0", "1.4.1"], "1.4.2"),
        ("2", ["2.0"], "2.0.1"),
        ("1.0rc1", ["1.0rc1", "1.0rc4", "1.0b9"], "1.0.0rc5"),
        ("1.0.post2", ["1.0.0.post5"], "1.0.0.post6"),
        ("1.0rc1.dev3", ["1.0rc1.dev4", "1.0rc2.dev9"], "1.0.0rc1.dev5"),
        ("1!1.0.dev1", ["1.0.dev5"], "1!1.0.0.dev2"),
        ("1.0+local", [], "1.0.1"),
        ("1.2.3.4", ["1.2.3.4"], "1.2.4.4"),
    ],
)
def test_the_next_free_version_is_one_above_its_own_series(version: str, listed: list[str], following: str) -> None:
    """Only versions of the same base and segment count, and the last number grows by one above them all."""
    assert catalog(*listed).next_free(Version(version)) == Version(following)


_VERSIONS = st.builds(
    lambda release, pre, dev: Version(".".join(map(str, release)) + pre + dev),
    st.lists(st.integers(0, 9), min_size=1, max_size=3),
    st.sampled_from(["", "a1", "b2", "rc3", ".post1"]),
    st.sampled_from(["", ".dev0", ".dev5"]),
)


@given(version=_VERSIONS, listed=st.lists(_VERSIONS, max_size=8))
def test_the_next_free_version_is_free_and_higher(version: Version, listed: list[Version]) -> None:
    """Whatever is listed, the suggestion is none of it and sorts above the version it replaces."""
    following = catalog(*map(str, listed)).next_free(version)
    assert following not in listed
    assert following > version


def test_stale_files_are_those_of_the_project_with_another_version() -> None:
    """Neither another project's files nor the last build's own are called stale."""
    names = ("foo-1.1.tar.gz", "foo-1.0.tar.gz", "foo-1.1-py3-none-any.whl", "bar-1.0.tar.gz", "notes.txt")
    file = artifact("foo-1.1.tar.gz")
    call = call_for([file])._replace(built={"foo": Version("1.1")}, folders={Path("dist"): names})
    (note,) = rules.beside(Case(file, catalog(), call))
    assert note.files == ("foo-1.0.tar.gz",)
    assert list(rules.beside(Case(file, catalog(), call._replace(built={})))) == []
