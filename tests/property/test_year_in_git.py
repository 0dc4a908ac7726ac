"""A year of a project in a real repository: its pipeline, those who depend on it, and all that goes wrong on the way.

Whatever anybody's build calls public is uploaded to the loopback index's rules. None may be refused, and the project's
own builds have to sort in the order in which they were started. ``TEST_UNIQVER_DAYS=365`` is the whole year; pytest -s
prints the table.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import shutil
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest
from packaging.version import Version
from tests.servers.pypi_files import RefusedError
from tests.servers.pypi_like import PypiLike
from tests.support.distributions import sdist
from tests.support.repositories import Repo, clone
from tests.support.resolving import configure, decide

from uniqver.errors import UnprovenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from uniqver.model.decision import Decision

DAYS = int(os.environ.get("TEST_UNIQVER_DAYS", "20"))
HOTFIX_EVERY, RELEASE_EVERY = 9, 13


class Run(NamedTuple):
    """A run of the project's own publishing workflow."""

    number: int
    commit: str
    ref: str
    attempt: int = 1

    def variables(self, workspace: Path, **more: str) -> dict[str, str]:
        """Return what GitHub sets."""
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SHA": self.commit,
            "GITHUB_REF": self.ref,
            "GITHUB_RUN_ID": str(34_180_000_000 + self.number),
            "GITHUB_RUN_NUMBER": str(self.number),
            "GITHUB_RUN_ATTEMPT": str(self.attempt),
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/publish.yml@refs/heads/main",
            **more,
        }


class Year:
    """The repository, the workspace of its pipeline, and the index."""

    def __init__(self, folder: Path, index: PypiLike) -> None:
        self.folder, self.index = folder, index
        self.chance = random.Random(20261124)
        self.names = itertools.count()
        self.origin = Repo(folder / "origin")
        configure(self.origin.path, 'workflow = "publish.yml"')
        self.origin.write("app/__init__.py", '"""An app."""\n')
        self.origin.write(".gitignore", "_version.py\n")
        self.origin.git("add", "-A")
        self.origin.git("commit", "-q", "-m", "First")
        self.origin.tag("v1.4.0")
        self.releases = ["v1.4.0"]
        self.work = clone(self.origin, folder / "work")
        self.runs: list[Run] = []
        self.line: list[tuple[str, Version]] = []
        """Main's own builds and releases, in order."""
        self.refused: list[str] = []
        self.stopped: list[str] = []
        self.counts: Counter[str] = Counter()

    def pass_by(self) -> Year:
        for day in range(DAYS):
            for _ in range(self.chance.choice((1, 1, 2))):
                self.push()
            happening = self.chance.choice(HAPPENINGS)
            happening(self)
            if day % HOTFIX_EVERY == HOTFIX_EVERY - 1:
                self.hotfix(merged=self.chance.random() < 0.5)
            if day % RELEASE_EVERY == RELEASE_EVERY - 1:
                self.release()
        return self

    # What a build is

    def at(self, commit: str) -> Path:
        """Check ``commit`` out in the workspace, as actions/checkout does."""
        self.work.git("fetch", "-q", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*")
        self.work.git("checkout", "-q", "--force", "--detach", commit)
        self.work.git("clean", "-qfdx")
        return self.work.path

    def built(self, kind: str, path: Path, variables: Mapping[str, str]) -> Decision:
        """Build as a hook does; what is public is uploaded."""
        decision = decide(path, "build", "build_sdist", **variables)
        self.upload(kind, path, decision)
        return decision

    def allocated(self, kind: str, path: Path, variables: Mapping[str, str]) -> Decision | None:
        """Allocate as the version job does; ``None`` if it ended with an error."""
        try:
            decision = decide(path, "allocate", **variables)
        except UnprovenError:
            self.counts[f"{kind}: allocate ended with its fix"] += 1
            return None
        self.upload(kind, path, decision)
        return decision

    def upload(self, kind: str, path: Path, decision: Decision) -> None:
        version = decision.version
        self.counts[f"{kind}: {'local' if '+' in version else 'release' if decision.release else 'public'}"] += 1
        if "+" in version:
            return
        file = sdist(self.folder / "dist", "app", version, content=_contents(path))
        content = file.read_bytes()
        form = {
            ":action": "file_upload",
            "protocol_version": "1",
            "metadata_version": "2.1",
            "name": "app",
            "version": version,
            "filetype": "sdist",
            "pyversion": "source",
            "summary": "A sample",
            "sha256_digest": hashlib.sha256(content).hexdigest(),
        }
        try:
            self.index.upload({key: [value] for key, value in form.items()}, file.name, content)
        except RefusedError as error:
            self.refused.append(f"{kind}: {version}: {error}")

    # What happens

    def own(self, commit: str, ref: str = "refs/heads/main") -> Run:
        run = Run(len(self.runs) + 412, commit, ref)
        self.runs.append(run)
        return run

    def push(self) -> Run:
        """Somebody pushes to main: the version job allocates, and a leg builds with the version as a pin."""
        name = f"app/module{next(self.names)}.py"
        run = self.own(self.origin.commit(name, f"{name!r}\n"))
        path = self.at(run.commit)
        decision = self.allocated("push", path, run.variables(path))
        if decision is None:
            self.stopped.append(f"run {run.number}")
            return run
        self.line.append((f"run {run.number}", Version(decision.version)))
        self.built("push, leg", path, run.variables(path, UNIQVER_VERSION=decision.version, UNIQVER_STRICT="1"))
        self.built("push, leg in a container", path, {"UNIQVER_VERSION": decision.version})
        self.base = decision.base
        return run

    def tagged(self, tag: str, commit: str) -> None:
        self.origin.tag(tag, at=commit)
        self.releases.append(tag)
        run = self.own(commit, f"refs/tags/{tag}")
        path = self.at(tag)
        for attempt in (1, 2):
            decision = self.allocated("tag run", path, run._replace(attempt=attempt).variables(path))
            if decision is None or f"v{decision.version}" != tag:
                self.stopped.append(f"{tag}: {decision}")

    def release(self) -> None:
        self.push()  # a hotfix of this day may have taken what main led to
        assert self.base is not None
        self.tagged(f"v{self.base}", self.origin.head())
        self.line.append((f"release {self.base}", Version(self.base)))

    def hotfix(self, *, merged: bool) -> None:
        """Fix the last release on a branch of its own, which main may get later."""
        last = max(self.releases, key=Version)
        *others, patch = Version(last).release
        branch = f"hotfix{next(self.names)}"
        self.origin.checkout(branch, new=True, at=last)
        commit = self.origin.commit(f"app/{branch}.py", f"{branch!r}\n")
        tag = f"v{'.'.join(map(str, others))}.{patch + 1}"
        self.tagged(tag, commit)
        self.line.append((f"hotfix {tag}", Version(tag)))
        self.origin.checkout("main")
        if merged:
            self.origin.merge(branch)

    def run_again(self) -> None:
        run = self.chance.choice(self.runs)
        again = run._replace(attempt=2 + next(self.names))
        if again.attempt > 99 or run.ref != "refs/heads/main":
            again = run._replace(attempt=2)
        path = self.at(run.commit)
        self.allocated("re-run", path, again.variables(path))

    def dirty_step(self) -> None:
        run = self.push()
        path = self.at(run.commit)
        self.chance.choice((self._edit, self._untracked, self._flagged))(path)
        self.built("changed tree", path, run.variables(path))
        self.allocated("changed tree", path, run.variables(path))

    def _edit(self, path: Path) -> None:
        (path / "app/__init__.py").write_text("edited = True\n")

    def _untracked(self, path: Path) -> None:
        (path / "app/local_settings.py").write_text("SECRET = 1\n")

    def _flagged(self, path: Path) -> None:
        self.work.git("update-index", "--assume-unchanged", "app/__init__.py")
        self._edit(path)

    def container(self) -> None:
        """Parts of the run's own state are lost on the way into a container."""
        run = self.push()
        path = self.at(run.commit)
        copied = self.folder / f"copy{next(self.names)}"
        shutil.copytree(path, copied, ignore=shutil.ignore_patterns(".git"))
        self.built("container without .git", copied, run.variables(copied))
        self.built("container without .git and variables", copied, {"CI": "true"})
        self.built("container without variables", path, {})
        lost = run.variables(path)
        del lost["GITHUB_REF"]
        self.built("container without the ref", path, lost)
        shutil.rmtree(copied)

    def dependent(self) -> None:
        """Another project's run, with a workflow file of the same name, builds a tag, a branch, and a shallow clone."""
        theirs = Run(412, "f" * 40, "refs/heads/main").variables(self.folder, GITHUB_REPOSITORY="else/where")
        self.built("dependent, tag", self.at(self.chance.choice(self.releases)), theirs)
        self.built("dependent, branch", self.at(self.origin.git("rev-parse", "main")), theirs)
        shallow = clone(self.origin, self.folder / f"shallow{next(self.names)}", "--depth=1", "--no-tags")
        self.built("dependent, shallow", shallow.path, theirs)
        shutil.rmtree(shallow.path)

    def moved_main(self) -> None:
        """``ref: main`` while main moves: HEAD is another commit than the run's."""
        run = self.push()
        self.push()
        path = self.at(self.runs[-1].commit)
        self.built("main moved", path, run.variables(path))

    def dispatched_tag(self) -> None:
        """A run on main builds an old tag, as its input says."""
        run = self.own(self.origin.git("rev-parse", "main"))
        tag = self.chance.choice(self.releases)
        path = self.at(tag)
        decision = self.allocated("dispatched tag", path, run.variables(path))
        if decision is None or f"v{decision.version}" != tag:
            self.stopped.append(f"{tag}, dispatched: {decision}")

    def tests_and_pulls(self) -> None:
        """Another workflow of the project's own, a pull request, a shallow checkout."""
        run = Run(5, self.origin.git("rev-parse", "main"), "refs/heads/main")
        path = self.at(run.commit)
        other = "acme/app/.github/workflows/test.yml@refs/heads/main"
        self.built("test workflow", path, run.variables(path, GITHUB_WORKFLOW_REF=other))
        pull = run._replace(ref="refs/pull/7/merge")
        self.built("pull request", path, pull.variables(path, GITHUB_EVENT_NAME="pull_request"))
        shallow = clone(self.origin, self.folder / f"shallow{next(self.names)}", "--depth=1", "--no-tags")
        self.built("shallow checkout", shallow.path, run.variables(shallow.path))
        shutil.rmtree(shallow.path)

    def table(self) -> str:
        return "\n".join(f"{count:>6}  {kind}" for kind, count in sorted(self.counts.items()))


HAPPENINGS: tuple[Callable[[Year], None], ...] = (
    Year.run_again,
    Year.run_again,
    Year.dirty_step,
    Year.container,
    Year.dependent,
    Year.moved_main,
    Year.dispatched_tag,
    Year.tests_and_pulls,
)


def _contents(path: Path) -> str:
    """Return what names all that would be packed: files and commit, since uniqver.json has that."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file() and ".git" not in file.parts:
            digest.update(f"{file.relative_to(path)}\0".encode() + file.read_bytes())
    head = Repo(path, init=False).head() if (path / ".git").exists() else "no commit"
    return f"{head} {digest.hexdigest()}"


@pytest.fixture(scope="module")
def index() -> Iterator[PypiLike]:
    with PypiLike() as server:
        yield server


def test_a_year(tmp_path: Path, index: PypiLike) -> None:
    """Nothing is refused, nothing of the project's own is stopped, and what comes later sorts later."""
    year = Year(tmp_path, index).pass_by()
    versions = len(index.files)
    print(f"\n{DAYS} days, {sum(year.counts.values())} builds, {versions} versions on the index\n{year.table()}")
    assert year.refused == []
    assert year.stopped == []
    assert versions > DAYS
    highest = None
    for what, version in year.line:
        assert highest is None or version > highest[1], f"{what} {version} after {highest}"
        highest = (what, version)
    for kind, words in (
        ("changed tree", ("local", "allocate ended with its fix")),
        ("container without .git", ("local",)),
        ("dependent, tag", ("release",)),
        ("dependent, branch", ("local", "release")),
        ("main moved", ("local", "release")),
        ("pull request", ("local", "release")),
        ("dispatched tag", ("release",)),
    ):
        assert {name for name in year.counts if name.startswith(f"{kind}: ")} <= {f"{kind}: {word}" for word in words}


def test_the_index_would_see_it(tmp_path: Path, index: PypiLike) -> None:
    """Two builds of other contents under one version are refused by the rules that the year is judged by."""
    year = Year(tmp_path, index)
    path = year.at("v1.4.0")
    pinned = {"UNIQVER_VERSION": "0.0.1"}
    year.built("pinned", path, pinned)
    year._edit(path)
    year.built("pinned", path, pinned)
    assert len(year.refused) == 1
    assert "File already exists" in year.refused[0]
