"""The native reader says what setuptools-scm's own (``vcs_versioning``) says, on repositories of every shape.

Each function below makes one repository; its docstring is what is special about it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import vcs_versioning
from tests.support.repositories import Repo, clone

from uniqver.model.versions import release_of_tag
from uniqver.vcs import Scope
from uniqver.vcs.describe import read_state, tag_patterns
from uniqver.vcs.repository import find_repository
from uniqver.vcs.runner import Git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[[Path], Path]

pytestmark = pytest.mark.once  # what git answers
MAKERS: list[Maker] = []


def shape(maker: Maker) -> Maker:
    """Register a maker of a repository."""
    MAKERS.append(maker)
    return maker


def started(path: Path, *, tag: str | None = "v1.4.0", annotated: bool = False, after: int = 0) -> Repo:
    """Return a repository with some files, a tag, and commits after it."""
    repo = Repo(path / "repo")
    repo.write("pkg/__init__.py")
    repo.write("other.txt")
    repo.write("run.sh")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    if tag is not None:
        repo.tag(tag, annotated=annotated)
    repo.commits(after)
    return repo


@shape
def one_commit_without_tags(path: Path) -> Path:
    """One commit, no tag."""
    return started(path, tag=None).path


@shape
def several_commits_without_tags(path: Path) -> Path:
    """Commits, no tag: all of them are counted."""
    return started(path, tag=None, after=4).path


@shape
def on_a_light_tag(path: Path) -> Path:
    """HEAD on a light tag."""
    return started(path).path


@shape
def on_an_annotated_tag(path: Path) -> Path:
    """HEAD on an annotated tag."""
    return started(path, annotated=True).path


@shape
def after_a_light_tag(path: Path) -> Path:
    """Commits after a light tag."""
    return started(path, after=3).path


@shape
def after_an_annotated_tag(path: Path) -> Path:
    """Commits after an annotated tag."""
    return started(path, annotated=True, after=12).path


@shape
def a_tag_without_v(path: Path) -> Path:
    """A tag that is a bare version."""
    return started(path, tag="1.4.0", after=1).path


@shape
def light_after_annotated(path: Path) -> Path:
    """A nearer light tag counts as much as an annotated one further away."""
    repo = started(path, annotated=True, after=2)
    repo.tag("v1.5.0")
    repo.commits(1)
    return repo.path


@shape
def a_tag_named_as_a_branch(path: Path) -> Path:
    """A branch has the tag's name, and its commits must not be taken for the tag's."""
    repo = started(path)
    repo.commits(2)
    repo.checkout("v1.4.0", new=True)
    repo.commits(3)
    return repo.path


@shape
def a_merged_feature(path: Path) -> Path:
    """A merge: the commits of both sides since the tag count."""
    repo = started(path)
    repo.checkout("feature", new=True)
    repo.commits(3)
    repo.checkout("main")
    repo.commits(2)
    repo.merge("feature")
    return repo.path


@shape
def an_octopus(path: Path) -> Path:
    """A merge of three branches at once."""
    repo = started(path)
    for name in ("a", "b", "c"):
        repo.checkout(name, new=True, at="v1.4.0")
        repo.commit(f"{name}.txt")
    repo.git("merge", "-q", "--no-ff", "-m", "Octopus", "a", "b")
    return repo.path


@shape
def a_tag_on_a_merged_branch(path: Path) -> Path:
    """A maintenance branch with its own tag was merged."""
    repo = started(path)
    repo.checkout("fixes", new=True)
    repo.commits(1)
    repo.tag("v1.4.1")
    repo.checkout("main")
    repo.commits(6)
    repo.tag("v2.0.0")
    repo.commits(2)
    repo.merge("fixes")
    return repo.path


@shape
def gitflow_develop(path: Path) -> Path:
    """gitflow: the release's tag lies on main, and develop got it back by a merge."""
    repo = started(path)
    repo.checkout("develop", new=True)
    repo.commits(2)
    repo.checkout("release/1.5.0", new=True)
    repo.commits(1)
    repo.checkout("main")
    repo.merge("release/1.5.0")
    repo.tag("v1.5.0", annotated=True)
    repo.checkout("develop")
    repo.merge("main")
    repo.commits(2)
    return repo.path


@shape
def gitflow_develop_without_the_merge_back(path: Path) -> Path:
    """gitflow without the merge back: the tag is not reachable from develop."""
    repo = started(path)
    repo.checkout("develop", new=True)
    repo.commits(2)
    repo.checkout("main")
    repo.merge("develop")
    repo.tag("v1.5.0")
    repo.checkout("develop")
    repo.commits(1)
    return repo.path


@shape
def a_pre_release(path: Path) -> Path:
    """A pre-release tag."""
    return started(path, tag="v2.0.0rc1", after=2).path


@shape
def a_post_release(path: Path) -> Path:
    """A post-release tag."""
    return started(path, tag="v1.4.0.post1", after=2).path


@shape
def a_line_that_was_started(path: Path) -> Path:
    """A tag X.dev0."""
    return started(path, tag="v2.0.0.dev0", after=2).path


@shape
def a_detached_head(path: Path) -> Path:
    """HEAD on a commit, not on a branch."""
    repo = started(path, after=3)
    repo.git("checkout", "-q", "--detach", "HEAD~1")
    return repo.path


@shape
def a_branch_with_slashes(path: Path) -> Path:
    """A branch in folders."""
    repo = started(path, after=1)
    repo.checkout("feature/a/b", new=True)
    return repo.path


@shape
def a_linked_worktree(path: Path) -> Path:
    """A worktree whose .git is a file."""
    repo = started(path, after=2)
    repo.git("worktree", "add", "-q", "-b", "side", str(path / "linked"))
    return path / "linked"


@shape
def a_dirty_linked_worktree(path: Path) -> Path:
    """A change in one worktree doesn't dirty the other."""
    repo = started(path, after=2)
    repo.git("worktree", "add", "-q", "-b", "side", str(path / "linked"))
    repo.write("other.txt", "changed")
    return path / "linked"


@shape
def a_shallow_clone_with_its_tag(path: Path) -> Path:
    """A clone whose history is cut behind the tag."""
    repo = started(path)
    repo.commits(3)
    repo.tag("v1.5.0")
    repo.commits(2)
    return clone(repo, path / "clone", "--depth=4").path


@shape
def a_packed_repository(path: Path) -> Path:
    """Refs and objects are packed."""
    repo = started(path, annotated=True, after=2)
    repo.git("gc", "-q")
    return repo.path


@shape
def a_modified_file(path: Path) -> Path:
    """Dirty: a changed file."""
    repo = started(path, after=1)
    repo.write("other.txt", "changed")
    return repo.path


@shape
def a_staged_file(path: Path) -> Path:
    """Dirty: a change that is staged."""
    repo = started(path)
    repo.write("other.txt", "changed")
    repo.git("add", "other.txt")
    return repo.path


@shape
def a_new_staged_file(path: Path) -> Path:
    """Dirty: a new file that is staged."""
    repo = started(path)
    repo.write("new.txt")
    repo.git("add", "new.txt")
    return repo.path


@shape
def a_deleted_file(path: Path) -> Path:
    """Dirty: a file that is gone."""
    repo = started(path)
    (repo.path / "other.txt").unlink()
    return repo.path


@shape
def a_renamed_file(path: Path) -> Path:
    """Dirty: a file that was renamed."""
    repo = started(path)
    repo.git("mv", "other.txt", "renamed.txt")
    return repo.path


@shape
def a_mode_that_changed(path: Path) -> Path:
    """Dirty: a file that can be run now."""
    repo = started(path)
    (repo.path / "run.sh").chmod(0o755)
    return repo.path


@shape
def a_conflict(path: Path) -> Path:
    """Dirty: a merge that stopped at a conflict."""
    repo = started(path)
    repo.checkout("side", new=True)
    repo.commit("other.txt", "side\n")
    repo.checkout("main")
    repo.commit("other.txt", "main\n")
    repo.git("merge", "-q", "side", ok=False)
    return repo.path


@shape
def an_untracked_file(path: Path) -> Path:
    """Clean: untracked files don't count."""
    repo = started(path)
    repo.write("untracked.txt")
    return repo.path


@shape
def an_ignored_file(path: Path) -> Path:
    """Clean: neither do ignored ones."""
    repo = started(path)
    repo.commit(".gitignore", "*.o\n")
    repo.write("a.o")
    return repo.path


@shape
def touched_but_equal(path: Path) -> Path:
    """Clean: a file that was written again with what it had."""
    repo = started(path)
    repo.write("other.txt")
    os.utime(repo.path / "other.txt", (1, 1))
    return repo.path


@shape
def a_name_that_is_not_ascii(path: Path) -> Path:
    """core.quotePath is on, and a changed file's name isn't ASCII."""
    repo = started(path)
    repo.git("config", "core.quotePath", "true")
    repo.commit("gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n \N{SNOWMAN}.txt")
    repo.write("gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n \N{SNOWMAN}.txt", "changed")
    return repo.path


@shape
def a_sparse_checkout(path: Path) -> Path:
    """Files that a sparse checkout leaves out are not gone."""
    repo = started(path, after=1)
    repo.git("sparse-checkout", "set", "--no-cone", "/pkg/")
    return repo.path


@shape
def a_clean_submodule(path: Path) -> Path:
    """A submodule as it was committed."""
    return _with_submodule(path).path


@shape
def a_dirty_submodule(path: Path) -> Path:
    """Dirty: a change inside of a submodule."""
    repo = _with_submodule(path)
    repo.write("sub/inner.txt", "changed")
    return repo.path


@shape
def a_moved_submodule(path: Path) -> Path:
    """Dirty: a submodule at another commit."""
    repo = _with_submodule(path)
    Repo(repo.path / "sub", init=False).commit()
    return repo.path


@shape
def an_untracked_file_in_a_submodule(path: Path) -> Path:
    """Clean: an untracked file inside of a submodule is untracked."""
    repo = _with_submodule(path)
    repo.write("sub/untracked.txt")
    return repo.path


@shape
def a_folder_name_with_spaces_and_quotes(path: Path) -> Path:
    """The repository's own path is odd."""
    return started(path / 'it\'s "a" f\N{LATIN SMALL LETTER O WITH DIAERESIS}lder', after=1).path


@shape
def a_misleading_tag(path: Path) -> Path:
    """A nearer tag whose name has no version in it."""
    repo = started(path, after=1)
    repo.tag("nightly")
    repo.commits(1)
    return repo.path


def _with_submodule(path: Path) -> Repo:
    inner = Repo(path / "inner")
    inner.commit("inner.txt")
    repo = started(path)
    repo.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", inner.path.as_uri(), "sub")
    repo.git("commit", "-q", "-m", "Submodule")
    return repo


@dataclass(frozen=True)
class Said:
    """What a reader says of a work tree, as far as a version depends on it."""

    tag: str
    distance: int
    dirty: bool
    node: str
    branch: str | None


def by_oracle(path: Path, **settings: Any) -> Said:
    """Ask setuptools-scm's own reader."""
    environment = vcs_versioning.VcsEnvironment.from_env("SETUPTOOLS_SCM", env=dict(os.environ))
    configuration = environment.build_config(root=str(path), fallback_version="0.0", **settings)
    workdir = configuration.discover_workdir()
    assert workdir is not None
    found = workdir.get_scm_version()
    assert found is not None
    assert found.node is not None
    return Said(
        tag=str(found.tag),
        distance=found.distance,
        dirty=found.dirty,
        node=found.node.removeprefix("g"),
        # where a tag has the branch's name, git shortens it to heads/NAME
        branch=None if found.branch in (None, "HEAD") else found.branch.removeprefix("heads/"),
    )


def by_uniqver(path: Path, node_digits: int, paths: tuple[str, ...] = ()) -> Said:
    """Ask the native reader."""
    repository = find_repository(path)
    assert repository is not None
    found = read_state(
        Git(repository, os.environ),
        patterns=tag_patterns(None),
        accepts=lambda tag: release_of_tag(tag, None) is not None,
        paths=paths,
        scope=Scope(paths=paths, packs=lambda _: False, excepted=lambda _: False),
        want_time=False,
    )
    assert (found.tree.digest is not None) == found.dirty
    return Said(
        tag="0.0" if found.tag is None else str(release_of_tag(found.tag, None)),
        distance=found.distance,
        dirty=found.dirty,
        node=found.commit[:node_digits],
        branch=found.branch,
    )


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_both_say_the_same(maker: Maker, tmp_path: Path) -> None:
    """Same tag, same distance, same commit, same branch, same dirtiness."""
    path = maker(tmp_path)
    oracle = by_oracle(path)
    assert by_uniqver(path, len(oracle.node)) == oracle


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("extra", [(), ("shared",), ("shared", "tools/one.txt")])
@pytest.mark.parametrize("dirty", [None, "pkg-a/a.txt", "pkg-b/b.txt"])
def test_both_count_the_same_for_a_part_of_the_tree(extra: tuple[str, ...], dirty: str | None, tmp_path: Path) -> None:
    """For a project in a folder of its own, both count its own commits and see its own changes only."""
    repo = Repo(tmp_path / "repo")
    repo.commit("pkg-a/a.txt")
    repo.commit("pkg-b/b.txt")
    repo.tag("v1.0.0")
    # the same change on both sides of a merge: git's own simplification would drop one side from the count
    repo.checkout("side", new=True)
    repo.commit("pkg-a/a.txt", "both\n")
    repo.commit("pkg-b/b.txt", "side\n")
    repo.checkout("main")
    repo.commit("pkg-a/a.txt", "both\n")
    repo.merge("side")
    for number in range(4):
        for name in ("pkg-b/b.txt", "pkg-a/a.txt", "shared/s.txt", "tools/one.txt", "tools/two.txt")[number:]:
            repo.commit(name, f"{number}\n")
    if dirty is not None:
        repo.write(dirty, "changed")
    scm = {"git": {"distance_scope": list(extra)}}
    relative_to = str(repo.path / "pkg-a" / "pyproject.toml")
    oracle = by_oracle("..", relative_to=relative_to, scm=scm)  # type: ignore[arg-type]
    assert by_uniqver(repo.path, len(oracle.node), ("pkg-a", *extra)) == oracle
