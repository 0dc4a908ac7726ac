"""git, read natively: what can go wrong, and what it costs."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo, clone

from uniqver.errors import GitError
from uniqver.model.versions import release_of_tag
from uniqver.resolve.ancestry import tags_around
from uniqver.vcs import Scope
from uniqver.vcs.describe import read_state, tag_patterns
from uniqver.vcs.repository import Repository, find_repository, work_tree_of
from uniqver.vcs.runner import Git, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uniqver.vcs import GitState

    FakeGit = Callable[[str], Path]

as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder to another user"
)

DESCRIBED = 'if "describe" in sys.argv: print("v1.4.0-0-g" + "a" * 40); sys.exit()\n'


def found(path: Path, owner: int | None = None) -> Repository:
    """Return the repository at ``path``."""
    repository = find_repository(path, owner)
    assert repository is not None
    return repository


def read(
    path: Path,
    *,
    paths: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
    seconds: float = 40,
    judge: bool = True,
    time: bool = True,
    meanwhile: Callable[[], object] = lambda: None,
    owner: int | None = None,
) -> GitState:
    """Read the state of the work tree at ``path``; tests/adapters/test_cleanliness.py has what makes it clean."""
    scope = Scope(paths=paths, packs=lambda _: False, excepted=lambda name: name in ignored)
    return read_state(
        Git(found(path, owner), os.environ, seconds),
        patterns=tag_patterns(None),
        accepts=lambda tag: release_of_tag(tag, None) is not None,
        paths=paths,
        scope=scope if judge else None,
        want_time=time,
        meanwhile=meanwhile,
    )


def test_a_stray_file_among_the_tags_hides_none(tmp_path: Path) -> None:
    """File managers leave desktop.ini behind, and clouds copies in conflict: git warns, and so the tags stay known."""
    repo = Repo(tmp_path)
    repo.commit()
    repo.tag("v1.4.0")
    repo.git("tag", "-a", "-m", "x", "v1.4.1")
    expected = read(tmp_path)
    for name in ("desktop.ini", "v1.4.0 (copy)", ".DS_Store"):
        (tmp_path / ".git/refs/tags" / name).touch()
    state = read(tmp_path)
    assert state.tags == expected.tags == ("v1.4.0", "v1.4.1")
    assert sorted(state.tag_refs.splitlines()) == sorted(expected.tag_refs.splitlines())


def test_a_graft_hides_no_tag(tmp_path: Path) -> None:
    """``.git/info/grafts`` gives commits other parents: here alone, as ``git replace`` does."""
    repo = Repo(tmp_path)
    repo.commit()
    repo.tag("v1.4.0")
    first = repo.head()
    repo.commits(2)
    repo.tag("v2.0.0")
    repo.commits(1)
    repo.write(".git/info/grafts", f"{repo.head()} {first}\n")
    assert repo.git("describe", "--tags").startswith("v1.4.0-1-g")
    state = read(tmp_path)
    assert (state.tag, state.distance) == ("v2.0.0", 1)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with a file, tagged v1.4.0."""
    made = Repo(tmp_path / "repo")
    made.commit("file.txt")
    made.tag("v1.4.0")
    return made


# What is read


def test_state(repo: Repo) -> None:
    """Commit, time, branch, tags and distance are those of HEAD."""
    repo.tag("v1.4.0rc1")
    repo.tag("nightly")
    state = read(repo.path)
    assert state.commit == repo.head()
    assert state.commit_time == int(repo.git("log", "-1", "--format=%ct"))
    assert state.branch == "main"
    assert state.tags == ("v1.4.0", "v1.4.0rc1")
    assert (state.distance, state.on_tag, state.dirty, state.tree.digest, state.shallow) == (
        0,
        True,
        False,
        None,
        False,
    )


def test_all_tags_of_an_older_commit(repo: Repo) -> None:
    """The tags are those of the commit that the nearest one is on, also when HEAD is further."""
    repo.tag("v1.3.9", annotated=True)
    repo.commits(2)
    repo.tag("unrelated")
    assert read(repo.path).tags == ("v1.3.9", "v1.4.0")


def test_tags_that_name_no_version_are_passed_over(repo: Repo) -> None:
    """A nearer tag that only looks like a version is named, and the next one is taken."""
    repo.commits(1)
    repo.tag("v1.x")
    repo.commits(1)
    repo.tag("2022-is-over")
    state = read(repo.path)
    assert (state.tag, state.distance, state.skipped_tags) == ("v1.4.0", 2, ("2022-is-over", "v1.x"))


def test_too_many_tags_that_name_no_version(repo: Repo) -> None:
    """A history of build tags is an error that says how to tell releases apart, not an endless search."""
    repo.commits(1)
    for number in range(51):
        repo.git("update-ref", f"refs/tags/1-build-{number}", "HEAD")
    with pytest.raises(GitError, match="more than 50 tags look like versions") as refused:
        read(repo.path)
    assert 'tag-prefix = "v"' in refused.value.fix


def test_a_tag_under_another_name(repo: Repo) -> None:
    """An annotated tag that was made as v1.5.0 and is known as v2.0.0 goes by the name that everybody sees."""
    repo.commit()
    repo.tag("v1.5.0", annotated=True)
    repo.git("update-ref", "refs/tags/v2.0.0", "refs/tags/v1.5.0")
    repo.git("tag", "-d", "v1.5.0")
    assert (read(repo.path).tag, read(repo.path).tags) == ("v2.0.0", ("v2.0.0",))
    repo.commit()
    assert (read(repo.path).tag, read(repo.path).distance) == ("v2.0.0", 1)


def test_a_detached_head_has_no_branch(repo: Repo) -> None:
    """A branch is only what HEAD names."""
    repo.git("checkout", "-q", "--detach")
    assert read(repo.path).branch is None


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path) -> None:
    """A history that was cut is told from one that has no tags."""
    repo.commits(3)
    shallow = clone(repo, tmp_path / "clone", "--depth=1")
    state = read(shallow.path)
    assert (state.shallow, state.tag) == (True, None)


def test_settings_of_the_user_are_ignored(repo: Repo) -> None:
    """Colours, signatures, decorations and a monitor in the user's settings change nothing."""
    for name, value in (
        ("color.ui", "always"),
        ("log.showSignature", "true"),
        ("log.decorate", "false"),
        ("log.excludeDecoration", "refs/tags/*"),
        ("log.date", "iso"),
        ("core.abbrev", "4"),
        ("status.renames", "copies"),
        ("status.showUntrackedFiles", "all"),
        ("core.fsmonitor", "true"),
        ("core.quotePath", "true"),
        ("format.pretty", "oneline"),
    ):
        repo.git("config", name, value)
    state = read(repo.path)
    assert (state.tag, state.branch, state.dirty) == ("v1.4.0", "main", False)


def test_variables_of_git_are_ignored(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build started by a git hook has GIT_DIR set to another repository."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no-index"))
    assert read(repo.path).tag == "v1.4.0"


def test_clean_environment() -> None:
    """GIT_ variables go, everything else stays, and git speaks English and asks nothing."""
    kept = clean_environment({"GIT_DIR": "x", "HOME": "/h", "LC_ALL": "de_DE"})
    assert kept == {
        "HOME": "/h", "LC_ALL": "C", "LANGUAGE": "", "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never",
        "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": "",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }  # fmt: skip


# Parts of a tree


def test_only_commits_of_the_project_count(repo: Repo) -> None:
    """Commits and changes elsewhere in the repository are another project's."""
    repo.commit("a/x.txt")
    repo.commit("b/x.txt")
    repo.commit("a/y.txt")
    repo.write("b/x.txt", "changed")
    state = read(repo.path, paths=("a",))
    assert (state.distance, state.dirty) == (2, False)
    assert read(repo.path, paths=("a", "b")).distance == 3
    assert read(repo.path).tree.changed == ("b/x.txt",)


def test_not_on_the_tag_though_nothing_of_the_project_changed(repo: Repo) -> None:
    """No commit of the project since the tag is not the same as HEAD being on it."""
    repo.commit("b/x.txt")
    state = read(repo.path, paths=("a",))
    assert (state.distance, state.on_tag) == (0, False)


def test_paths_are_taken_literally(repo: Repo) -> None:
    """A folder called * holds no other folder's commits."""
    repo.commit("*/x.txt")
    repo.commit("a/x.txt")
    assert read(repo.path, paths=("*",)).distance == 1


# Changes and their digest


def test_untracked_files_do_not_dirty(repo: Repo) -> None:
    """Build artifacts that nobody ignored leave the tree clean, and are listed."""
    repo.write("untracked.txt")
    assert not read(repo.path).dirty
    assert read(repo.path).tree.untracked == ("untracked.txt",)


def test_ignored_changes_do_not_dirty(repo: Repo) -> None:
    """A tracked version file never dirties, and other changes are still seen beside it."""
    repo.write("file.txt", "changed")
    assert not read(repo.path, ignored=("file.txt",)).dirty
    repo.write("new.txt")
    repo.git("add", "new.txt")
    assert read(repo.path, ignored=("file.txt",)).tree.changed == ("new.txt",)


def test_the_digest_tells_changes_apart(repo: Repo) -> None:
    """The same change twice has the same digest, another change another one."""
    digests = []
    for text in ("one", "two", "one"):
        repo.write("file.txt", text)
        digests.append(read(repo.path).tree.digest)
    assert digests[0] == digests[2]
    assert digests[0] != digests[1]
    assert None not in digests


def test_the_digest_does_not_ask_how_it_was_staged(repo: Repo) -> None:
    """What a build reads counts, not what is in the index."""
    repo.write("file.txt", "changed")
    before = read(repo.path).tree.digest
    repo.git("add", "file.txt")
    assert read(repo.path).tree.digest == before


@pytest.mark.skipif(os.name == "nt", reason="no modes and no links there")
def test_the_digest_sees_modes_links_and_deletions(repo: Repo) -> None:
    """A file that can be run, a link, a missing file and a folder in its place are four different changes."""
    path = repo.path / "file.txt"
    path.chmod(0o755)
    digests = {read(repo.path).tree.digest}
    path.unlink()
    digests.add(read(repo.path).tree.digest)
    path.symlink_to("elsewhere")
    digests.add(read(repo.path).tree.digest)
    path.unlink()
    path.symlink_to("elsewhere2")
    digests.add(read(repo.path).tree.digest)
    assert len(digests) == 4


def test_the_digest_is_the_same_on_another_machine(repo: Repo, tmp_path: Path) -> None:
    """Two clones with the same change agree: neither path nor time nor settings go into it."""
    other = clone(repo, tmp_path / "other place")
    other.git("config", "diff.external", "false")
    other.git("config", "core.quotePath", "false")
    for one in (repo, other):
        one.write("gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n.txt", "same")
        one.git("add", "-A")
    assert read(repo.path).tree.digest == read(other.path).tree.digest


def test_a_rename_is_its_two_names(repo: Repo) -> None:
    """A rename changes the old path and the new one."""
    repo.git("mv", "file.txt", "renamed.txt")
    assert read(repo.path).tree.changed == ("file.txt", "renamed.txt")


def test_names_that_are_no_utf8(repo: Repo) -> None:
    """A file name in another encoding is read, and counts."""
    name = os.fsdecode(b"caf\xe9.txt")
    repo.write(name)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Latin-1")
    repo.write(name, "changed")
    state = read(repo.path)
    assert state.tree.changed == (name,)
    assert state.tree.digest is not None


def test_a_quick_look(repo: Repo) -> None:
    """A hook that proves nothing doesn't look for changes: its version is thrown away."""
    repo.write("file.txt", "changed")
    state = read(repo.path, judge=False)
    assert (state.dirty, state.tree.digest) == (False, None)


def test_a_changed_file_that_cannot_be_read(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that can't be read has no digest, so it is an error."""
    path = repo.write("file.txt", "changed")
    real = type(path).open

    def refuse(self: Path, *words: object, **names: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return real(self, *words, **names)  # type: ignore[call-overload]

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(GitError, match=r"file\.txt can't be read: Permission denied"):
        read(repo.path)


# Submodules and worktrees


@pytest.fixture
def with_submodule(repo: Repo, tmp_path: Path) -> Repo:
    """The repository with a submodule in it."""
    inner = Repo(tmp_path / "inner")
    inner.commit("inner.txt")
    repo.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", inner.path.as_uri(), "sub")
    repo.git("commit", "-q", "-m", "Submodule")
    return repo


def test_changes_in_a_submodule_have_digests_too(with_submodule: Repo) -> None:
    """Two different changes inside of a submodule differ, and the same one twice agrees."""
    digests = []
    for text in ("one", "two", "one"):
        with_submodule.write("sub/inner.txt", text)
        state = read(with_submodule.path)
        assert state.tree.changed == ("sub/inner.txt",)
        digests.append(state.tree.digest)
    assert digests[0] == digests[2] != digests[1]


def test_a_submodule_at_another_commit(with_submodule: Repo) -> None:
    """Each commit of a submodule is a change of its own."""
    inner = Repo(with_submodule.path / "sub", init=False)
    inner.commit()
    first = read(with_submodule.path).tree.digest
    inner.commit()
    assert read(with_submodule.path).tree.digest != first


def test_a_submodule_that_is_gone(with_submodule: Repo) -> None:
    """A submodule whose folder holds no repository any more is a change, and no crash."""
    (with_submodule.path / "sub/.git").unlink()
    (with_submodule.path / "sub/inner.txt").unlink()
    with_submodule.git("rm", "-q", "--cached", "sub")
    state = read(with_submodule.path)
    assert "sub" in state.tree.changed
    assert state.tree.digest is not None


def test_a_linked_worktree_has_its_own_head(repo: Repo, tmp_path: Path) -> None:
    """Branch, HEAD and changes are the worktree's own; tags are shared."""
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked", init=False)
    linked.commit()
    linked.write("file.txt", "changed")
    state = read(linked.path)
    assert (state.branch, state.tag, state.distance, state.dirty) == ("side", "v1.4.0", 1, True)
    assert found(linked.path).head_commit() == linked.head()
    assert found(linked.path).common_dir.resolve() == (repo.path / ".git").resolve()
    assert not read(repo.path).dirty


# Finding a repository


def test_no_repository(tmp_path: Path) -> None:
    """A folder without .git is none, and neither is an empty .git; no parent is looked into."""
    assert find_repository(tmp_path) is None
    (tmp_path / "half/.git").mkdir(parents=True)
    assert find_repository(tmp_path / "half") is None
    inside = Repo(tmp_path / "outer").write("inside/file.txt").parent
    assert find_repository(inside) is None
    assert work_tree_of(inside) == tmp_path / "outer"
    assert work_tree_of(tmp_path) is None


def test_a_git_file_that_points_nowhere(tmp_path: Path) -> None:
    """A worktree whose main repository isn't there (a container) is an error with its fix, not "no git"."""
    (tmp_path / ".git").write_text("gitdir: /not/there/.git/worktrees/x\n")
    with pytest.raises(GitError, match="which isn't there") as refused:
        find_repository(tmp_path)
    assert "git worktree repair" in refused.value.fix


def test_no_commit_yet(tmp_path: Path) -> None:
    """A repository without any commit has no version yet."""
    Repo(tmp_path / "new")
    with pytest.raises(GitError, match="no commit yet") as refused:
        read(tmp_path / "new")
    assert "git commit" in refused.value.fix


def test_head_without_a_process(repo: Repo, fake_git: FakeGit) -> None:
    """HEAD's commit is read from files: loose, packed, and detached."""
    commit = repo.head()
    repository = found(repo.path)
    assert repository.head_commit() == commit
    repo.git("pack-refs", "--all", "--prune")
    assert repository.head_commit() == commit
    repo.git("checkout", "-q", "--detach")
    fake_git("sys.exit('no process is wanted')")
    assert repository.head_commit() == commit


@pytest.mark.parametrize("head", ["ref: refs/heads/.invalid\n", "ref: refs/heads/unborn\n", "", "garbage\n"])
def test_a_head_that_takes_more(repo: Repo, head: str) -> None:
    """Where files don't say (the reftable format, an unborn branch) there is no answer, and no error."""
    (repo.path / ".git/HEAD").write_text(head)
    assert found(repo.path).head_commit() is None
    (repo.path / ".git/HEAD").unlink()
    assert find_repository(repo.path) is None


# What lies around HEAD


def around(repo: Repo, branch: str | None = None) -> tuple[set[str], set[str], set[str] | None]:
    """Return the tags before and after HEAD, and those after on a remote's branch."""
    patterns = tag_patterns(None)
    tags = repo.git("tag", "--list", *patterns).split()
    with Git(found(repo.path), os.environ) as git:
        seen = tags_around(git, tags=tags, patterns=patterns, branch=branch)
    on_branch = seen.after_on_branch
    return set(seen.before), set(seen.after), None if on_branch is None else set(on_branch)


def test_tags_before_and_after(repo: Repo) -> None:
    """Tags that HEAD contains lie before it, tags that contain HEAD after it, its own on both sides."""
    repo.commits(1)
    repo.tag("v1.5.0", annotated=True)
    middle = repo.head()
    repo.commits(1)
    repo.tag("v1.6.0")
    repo.tag("nightly")
    repo.checkout("other", new=True, at="v1.4.0")
    repo.commits(1)
    repo.tag("v9.0")
    repo.git("checkout", "-q", middle)
    assert around(repo) == ({"v1.4.0", "v1.5.0"}, {"v1.5.0", "v1.6.0"}, None)


def test_tags_on_the_remotes_branch(repo: Repo, tmp_path: Path) -> None:
    """Of the tags after HEAD, those on the remote's branch of the same name are told from others."""
    base = repo.head()
    repo.commits(1)
    repo.tag("v1.5.0")
    repo.checkout("maint-1", new=True, at=base)
    repo.checkout("main")
    copy = clone(repo, tmp_path / "copy")
    copy.git("checkout", "-q", base)
    assert around(copy, "main")[2] == {"v1.4.0", "v1.5.0"}
    assert around(copy, "maint-1")[2] == {"v1.4.0"}
    assert around(copy, "unknown")[2] is None


def test_more_tags_than_a_command_line_holds(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are too many to be named, all that match the patterns are asked about."""
    repo.commits(1)
    repo.tag("v1.5.0")
    by_name = around(repo)
    monkeypatch.setattr("uniqver.resolve.ancestry.MOST_NAMED", 1)
    assert around(repo) == by_name == ({"v1.4.0", "v1.5.0"}, {"v1.5.0"}, None)


# Refs that are not files


@pytest.mark.parametrize(("said", "branch"), [('print("refs/heads/side")', "side"), ("sys.exit(1)", None)])
def test_a_branch_that_only_git_knows(repo: Repo, fake_git: FakeGit, said: str, branch: str | None) -> None:
    """In the reftable format the file HEAD says nothing, and git is asked; exit code 1 means that it is detached."""
    (repo.path / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")
    fake_git(DESCRIBED + f'if "symbolic-ref" in sys.argv: {said}\n' + 'if "log" in sys.argv: print("1700000000", "")')
    state = read(repo.path)
    assert (state.branch, state.tags) == (branch, ("v1.4.0",))


def test_refs_that_cannot_be_listed(repo: Repo, fake_git: FakeGit) -> None:
    """Refs that can't be read are an error in git's own words; no tag at all is none."""
    fake_git(DESCRIBED + 'if "show-ref" in sys.argv: print("fatal: unexpected line", file=sys.stderr); sys.exit(128)')
    with pytest.raises(GitError, match="git show-ref failed: unexpected line"):
        read(repo.path, time=False)


# Ownership


@as_root
def test_dubious_ownership(with_submodule: Repo) -> None:
    """A checkout that belongs to another user is git's to refuse; a hook of that user's project reads submodules too."""
    with_submodule.write("sub/inner.txt", "changed")
    before = read(with_submodule.path)
    for folder, names, files in os.walk(with_submodule.path.parent):
        for name in (".", *names, *files):
            os.lchown(f"{folder}/{name}", 12345, 12345)
    assert "dubious ownership" in _said(with_submodule, "status")
    with pytest.raises(GitError, match="belongs to another user") as refused:
        read(with_submodule.path)
    assert refused.value.fix.startswith(f"git config --global --add safe.directory {with_submodule.path}")
    with pytest.raises(GitError, match="belongs to another user"):
        read(with_submodule.path, owner=0)
    assert read(with_submodule.path, owner=12345) == before
    assert before.dirty


def _said(repo: Repo, word: str) -> str:
    import subprocess

    return subprocess.run(["git", word], cwd=repo.path, capture_output=True, text=True, check=False).stderr


# The git program


def test_an_old_git_is_refused(repo: Repo, fake_git: FakeGit) -> None:
    """A git before 2.25, which prints the letters of a format that it doesn't know, is named with its version."""
    fake_git(
        DESCRIBED + 'if "log" in sys.argv: print("1700000000", "%al")\n'
        'if "--version" in sys.argv: print("git version 2.24.1")'
    )
    with pytest.raises(GitError, match=r"git 2\.24\.1 is too old") as refused:
        read(repo.path)
    assert refused.value.fix.startswith("install git 2.25 or newer")


@pytest.mark.parametrize("said", ["fatal: unrecognized argument: --dereference", "error: unknown option `exclude=x'"])
def test_a_very_old_git_is_refused(repo: Repo, fake_git: FakeGit, said: str) -> None:
    """A git that doesn't even know the options is called old, too, and not a broken repository."""
    fake_git(
        'if "--version" in sys.argv: print("git version 1.8.3.1"); sys.exit()\n'
        + DESCRIBED
        + f"print({said!r}, file=sys.stderr); sys.exit(129)"
    )
    with pytest.raises(GitError, match=r"git 1\.8\.3\.1 is too old"):
        read(repo.path)


def test_no_git_program(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git work tree without a git program is an error that names both ways out."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(GitError, match="no git program on PATH") as refused:
        read(repo.path)
    assert "install git" in refused.value.fix
    assert "UNIQVER_VERSION" in refused.value.fix


def test_a_git_that_cannot_be_run(repo: Repo, fake_git: FakeGit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git program without the right to run it is told from none."""
    program = fake_git("")
    program.chmod(0o644)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(GitError, match="git can't be run: Permission denied"):
        read(repo.path)


def test_a_git_that_hangs(repo: Repo, fake_git: FakeGit) -> None:
    """A git that gives no answer is ended after the time allowed, and nothing of it is left."""
    pids = repo.path / "pids"
    fake_git(f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(3600)")
    with pytest.raises(GitError, match=r"git describe gave no answer within 1\.5 seconds") as refused:
        read(repo.path, seconds=1.5)
    assert "UNIQVER_GIT_TIMEOUT=120" in refused.value.fix
    assert [pid for pid in pids.read_text().split() if _runs(int(pid))] == []


def test_nothing_runs_on_after_an_error(repo: Repo, fake_git: FakeGit) -> None:
    """When one command fails, the others that were started are ended."""
    repo.write("file.txt", "changed")
    pids = repo.path / "pids"
    fake_git(
        'if "describe" in sys.argv: print("v1.4.0-1-g" + "a" * 40); sys.exit()\n'
        f'while "status" in sys.argv and not os.path.exists({str(pids)!r}): time.sleep(0.01)\n'
        'if "status" in sys.argv: sys.exit("fatal: index file corrupt")\n'
        f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(3600)"
    )
    with pytest.raises(GitError, match="git status failed: index file corrupt") as refused:
        read(repo.path)
    assert "git fsck" in refused.value.fix
    assert [pid for pid in pids.read_text().split() if _runs(int(pid))] == []


def test_a_git_that_says_something_odd(repo: Repo, fake_git: FakeGit) -> None:
    """What can't be understood is shown, and not guessed at."""
    fake_git("print('hello')")
    with pytest.raises(GitError, match="git describe printed something unexpected: 'hello"):
        read(repo.path)


def test_a_corrupt_repository(repo: Repo) -> None:
    """git's own words reach the user in one line."""
    commit = repo.head()
    (repo.path / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(GitError, match="git describe failed: ") as refused:
        read(repo.path)
    assert "\n" not in refused.value.what


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# What it costs


def test_what_is_done_while_git_works(repo: Repo, fake_git: FakeGit, tmp_path: Path) -> None:
    """What the caller has to do meanwhile is done while git is at work, and once: here git gives no answer before."""
    seen = tmp_path / "seen"
    fake_git(f"while not os.path.exists({str(seen)!r}): time.sleep(0.01)\nos.execv(REAL, [REAL, *sys.argv[1:]])")

    def meanwhile() -> None:
        with seen.open("a") as file:
            file.write("called\n")

    assert read(repo.path, meanwhile=meanwhile, seconds=20).tag == "v1.4.0"
    assert seen.read_text() == "called\n"


def test_no_lock_is_taken(repo: Repo) -> None:
    """Reading works beside another git that holds the index."""
    (repo.path / ".git/index.lock").touch()
    os.utime(repo.path / "file.txt", (time.time() + 5, time.time() + 5))
    assert not read(repo.path).dirty
