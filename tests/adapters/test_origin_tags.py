"""Release tags of origin that were not fetched: ``allocate`` compares, and no hook does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo, clone
from tests.support.resolving import decide, repository

from uniqver.errors import UnprovenError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NUMBER = {"UNIQVER_BUILD_NUMBER": "7"}


@pytest.fixture
def origin(tmp_path: Path) -> Repo:
    """A project, tagged v1.4.0, with a commit after it."""
    return repository(tmp_path / "origin")


@pytest.fixture
def work(origin: Repo, tmp_path: Path) -> Repo:
    """A clone of it, that was made before what a test does to it."""
    return clone(origin, tmp_path / "work")


def allocated(work: Repo, **variables: str) -> str:
    decision = decide(work.path, "allocate", **NUMBER, **variables)
    assert decision.warnings == ()
    return decision.version


def test_the_same_tags(work: Repo) -> None:
    """Nothing new at origin: the version is public."""
    assert allocated(work) == "1.4.1.dev7"


@pytest.mark.parametrize("annotated", [False, True])
def test_a_tag_of_what_head_contains(origin: Repo, work: Repo, *, annotated: bool) -> None:
    """A release of HEAD or of a commit before it that was not fetched changes the base: an error with its fix."""
    origin.tag("v1.5.0", annotated=annotated)
    with pytest.raises(UnprovenError, match=r"origin has the release tag v1\.5\.0, which was not fetched") as refused:
        allocated(work)
    assert refused.value.fix == "git fetch --tags origin"
    work.git("fetch", "-q", "--tags", "origin")
    work.commit()
    assert allocated(work) == "1.5.1.dev7"


def test_a_hotfix_that_takes_the_candidate(origin: Repo, work: Repo) -> None:
    """A release line that was cut elsewhere, whose commit is not here either, takes what would be worked toward."""
    origin.checkout("hotfix", new=True, at="v1.4.0")
    origin.commit()
    origin.tag("v1.4.1")
    with pytest.raises(UnprovenError, match=r"v1\.4\.1"):
        allocated(work)
    work.git("fetch", "-q", "--tags", "origin")
    assert allocated(work) == "1.4.2.dev7"


@pytest.mark.parametrize("tag", ["v1.3.9", "v2.0.dev0", "nightly", "other-v9.0", "v1.4.1.post1"])
def test_tags_that_change_nothing(origin: Repo, work: Repo, tag: str) -> None:
    """Lower releases, starts of lines, other projects' tags."""
    origin.checkout("side", new=True, at="v1.4.0")
    origin.commit()
    origin.tag(tag)
    assert allocated(work) == "1.4.1.dev7"


def test_a_higher_release_on_another_branch(origin: Repo, work: Repo) -> None:
    """v2.0 elsewhere doesn't move main."""
    origin.checkout("next", new=True)
    origin.commit()
    origin.tag("v2.0")
    assert allocated(work) == "1.4.1.dev7"


def test_a_release_that_contains_head(origin: Repo, work: Repo) -> None:
    """An old commit that is built again stays below its release, which contains it."""
    origin.commit()
    origin.tag("v1.4.1")
    work.git("fetch", "-q", "--no-tags", "origin")
    assert allocated(work) == "1.4.1.dev7"


def test_an_origin_that_cannot_be_asked(work: Repo, tmp_path: Path) -> None:
    """That is a warning: the tags here may be all there are."""
    work.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    decision = decide(work.path, "allocate", **NUMBER)
    assert decision.version == "1.4.1.dev7"
    (warning,) = decision.warnings
    assert warning.startswith("origin could not be asked for release tags that were not fetched")


def test_no_origin(work: Repo) -> None:
    """Without a remote of that name there is nothing to compare with."""
    work.git("remote", "remove", "origin")
    assert allocated(work) == "1.4.1.dev7"


def test_nobody_else_asks(work: Repo, counted: Callable[[], list[str]]) -> None:
    """Neither hooks nor ``uniqver version`` make network calls, and neither does an allocation that fails anyway."""
    decide(work.path, **NUMBER)
    decide(work.path, "build", "build_wheel", **NUMBER)
    decide(work.path, "peek", "build_wheel", **NUMBER)
    work.write("pyproject.toml", "[project]\nname = 'app'\ndynamic = ['version']\n# changed\n")
    with pytest.raises(UnprovenError):
        decide(work.path, "allocate", **NUMBER)
    assert not any("ls-remote" in words for words in counted())


def test_a_release_asks_nobody(work: Repo, counted: Callable[[], list[str]]) -> None:
    """On a release tag the base doesn't matter."""
    work.git("checkout", "-q", "v1.4.0")
    assert decide(work.path, "allocate").version == "1.4.0"
    assert not any("ls-remote" in words for words in counted())
