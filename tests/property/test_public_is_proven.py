"""Trees, CI systems, homes and purposes, each with each: a public version is proven, and nothing harmless is stopped.

Every build here is of the same pipeline run, if it is of one at all: so two that differ in their contents must never get
one public version.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.support.ci_environments import SITUATIONS
from tests.support.repositories import Repo, clone

from uniqver.ci import detect, provider_named
from uniqver.errors import UniqverError
from uniqver.resolve import resolve
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from uniqver.resolve.request import Hook, Purpose

OF_EACH = [
    sorted(group, key=lambda each: (each.version == "1.4.1", "pull" not in each.name))[:2]
    for _, group in itertools.groupby(SITUATIONS, key=lambda each: each.system)
]
CASES = [situation for two in OF_EACH for situation in two]
"""Two situations of each CI system: a pull request, if there is one, and a branch."""
PLAIN = [f"{two[-1].name}: own" for two in OF_EACH]
"""What each tree is built in: a branch's run of each CI system."""

HOOK: Hook = "build_wheel"
ASKS: tuple[tuple[Purpose, Hook | None], ...] = (("version", None), ("build", HOOK), ("allocate", None))

SAMPLE = int(os.environ.get("TEST_UNIQVER_SAMPLE", "250"))
"""How many builds are tried; all of them are some 30,000, and take half an hour."""


class Tree(NamedTuple):
    """A work tree, and what it is."""

    path: Path
    contents: str
    """Names its contents: equal names, equal contents."""
    releases: str | None = None
    """The release that it is, by a tag on a clean HEAD."""
    proven: bool = False
    """Whether a run for this commit may publish it."""


class Build(NamedTuple):
    """One build."""

    tree: Tree
    environment: str
    version: str
    public: bool
    tag: str | None
    """The tag that the run is for: its word suffices."""


def _project(path: Path) -> Repo:
    repo = Repo(path)
    repo.write("pyproject.toml", '[project]\nname = "app"\ndynamic = ["version"]\n')
    repo.write("app/__init__.py", "x = 1\n")
    repo.write(".gitignore", "_version.py\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.4.0")
    repo.commit("app/one.py")
    return repo


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[Tree]:
    """Make a tree of each kind, all of one project and, but for other HEADs, of one commit."""
    folder = tmp_path_factory.mktemp("trees")
    origin = _project(folder / "origin")
    head = origin.head()
    made = [Tree(origin.path, "clean", proven=True)]

    def copy(name: str, change: Callable[[Repo], object], **more: Any) -> None:
        path = folder / name
        shutil.copytree(origin.path, path, symlinks=True)
        repo = Repo(path, init=False)
        change(repo)
        made.append(Tree(path, more.pop("contents", name), **more))

    copy("edited", lambda repo: repo.write("app/__init__.py", "x = 2\n"))
    copy("staged", lambda repo: (repo.write("app/__init__.py", "x = 3\n"), repo.git("add", "-A")))
    copy("deleted", lambda repo: (repo.path / "app/one.py").unlink())
    copy("untracked", lambda repo: repo.write("app/local_settings.py", "x = 4\n"))
    copy("hidden", lambda r: (r.git("update-index", "--skip-worktree", "app/one.py"), r.write("app/one.py", "x = 5\n")))
    copy("no git", lambda repo: shutil.rmtree(repo.path / ".git"))
    copy("broken git", lambda repo: (repo.path / ".git/HEAD").write_text("nonsense\n"))
    copy("other head", lambda repo: repo.commit("app/two.py"))
    copy("release", lambda repo: repo.git("checkout", "-q", "v1.4.0"), releases="1.4.0")
    copy("no tags", lambda repo: repo.git("tag", "-d", "v1.4.0"), contents="clean")
    copy("tags elsewhere", _move_tag, contents="clean")
    shallow = clone(origin, folder / "shallow", "--depth=1", "--no-tags")
    made.append(Tree(shallow.path, "clean"))
    assert shallow.head() == head
    return made


def _move_tag(repo: Repo) -> None:
    repo.git("tag", "-d", "v1.4.0")
    repo.checkout("side", new=True, at="HEAD~1")
    repo.commit("app/side.py")
    repo.tag("v1.4.0")
    repo.checkout("main")


def _environments(head: str) -> Iterator[tuple[str, Mapping[str, str], bool]]:
    """Yield environments: a name, the variables, and whether the run is whole and for the commit ``head``."""
    yield "none", {}, False
    for case in CASES:
        run = detect(case.environ, workflow=None)
        if run is None:
            continue
        row = provider_named(run.provider)
        commit = dict.fromkeys(row.commit.split()[:1], head)
        own = {**case.environ, **commit, **dict.fromkeys(row.workspace[:1], "/nowhere")}
        yield f"{case.name}: own", own, True
        yield f"{case.name}: foreign", own | dict.fromkeys(commit, "f" * 40), False
        for lost in own:
            yield f"{case.name}: without {lost}", {k: v for k, v in own.items() if k != lost}, True
            yield f"{case.name}: empty {lost}", own | {lost: ""}, True


@pytest.fixture(scope="module")
def builds(trees: list[Tree], tmp_path_factory: pytest.TempPathFactory) -> list[Build]:
    """Ask for the version of a sample of all combinations; those that are local in any case are kept too."""
    head = Repo(trees[0].path, init=False).head()
    kept = tmp_path_factory.mktemp("kept")
    everything = list(itertools.product(trees, _environments(head), ("", "counter", "timestamp"), (True, False), ASKS))
    # the contract takes a user's own counter for one that is kept: a home that is made anew each time is not
    everything = [one for one in everything if one[2] != "counter" or one[3]]
    some = random.Random(20261124).sample(everything, min(SAMPLE, len(everything)))
    plain = [one for one in everything if one[1][0] in PLAIN and one[2] == "" and one[3] and one[4][1]]
    made: list[Build] = []
    for tree, (name, variables, _), source, keeps, (purpose, hook) in [*some, *plain]:
        home = kept if keeps else tmp_path_factory.mktemp("fresh")
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), **variables}
        environ |= {"UNIQVER_SOURCE": source} if source else {}
        request = request_for(tree.path, environ, purpose, hook=hook)
        run = detect(environ, workflow=None)
        tag = None if run is None or run.tag is None else run.tag.removeprefix("v")
        try:
            decision = resolve(request)
        except UniqverError:
            assert purpose == "allocate", f"{tree.contents}, {name}: a build that could be local was stopped"
            continue
        assert purpose != "allocate" or decision.public, f"{tree.contents}, {name}: allocate gave {decision.version}"
        assert decision.public != bool(decision.missing), f"{tree.contents}, {name}: {decision.version}"
        made.append(Build(tree, f"{name}, {source or 'auto'}", decision.version, decision.public, tag))
    return made


def test_public_is_proven(builds: list[Build]) -> None:
    """Of the same builds, since it takes long to make them: some 10,000 pairs and more."""
    public = [build for build in builds if build.public]
    assert len(public) > 50
    assert len(builds) * (len(builds) - 1) // 2 > 10_000
    assert shared(public) == {}, "two that differ share a public version"
    assert [build for build in public if guessed(build)] == []
    assert [build for build in public if unnumbered(build)] == []


def shared(public: list[Build]) -> dict[str, list[Build]]:
    """Return the versions that trees of different contents have."""
    contents: dict[str, dict[str, Build]] = defaultdict(dict)
    for build in public:
        contents[build.version].setdefault(build.tree.contents, build)
    return {version: list(found.values()) for version, found in contents.items() if len(found) > 1}


def guessed(build: Build) -> bool:
    """Judge a public version: it has to be the release of a clean tree, or of a tree that a run may publish.

    A counter or a clock that the settings name numbers any clean tree.
    """
    if build.tree.proven or build.version in (build.tree.releases, build.tag):
        return False
    return build.environment.endswith("auto") or build.tree.contents not in ("other head", "release")


def unnumbered(build: Build) -> bool:
    """Judge a public version where no run counts for this commit: only a counter that the settings name does, off CI."""
    if build.version in (build.tree.releases, build.tag) or build.environment.endswith("timestamp"):
        return False  # allocate's timestamp, in one job, is the user's word
    return build.environment.startswith("none, auto") or ": foreign" in build.environment
