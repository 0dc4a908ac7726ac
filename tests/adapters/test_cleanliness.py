"""Whether what is packed is what the commit has: every way in which a tree may differ, with real git."""

from __future__ import annotations

import os
import shutil
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo, clone
from tests.support.resolving import NAME, configure, decide

from uniqver.vcs import Cleanliness, Scope
from uniqver.vcs.describe import read_cleanliness
from uniqver.vcs.repository import find_repository
from uniqver.vcs.runner import Git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

posix = pytest.mark.skipif(os.name == "nt", reason="such names are not to be had there")

LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"


def looked(
    repo: Repo,
    *paths: str,
    packs: Callable[[str], bool] = lambda path: path.startswith("src/"),
    excepted: tuple[str, ...] = (),
) -> Cleanliness:
    """Return what makes a tree differ from its commit, if ``src`` is its package folder."""
    repository = find_repository(repo.path)
    assert repository is not None
    scope = Scope(paths=paths, packs=packs, excepted=lambda path: path in excepted)
    return read_cleanliness(Git(repository, os.environ), scope)


def changed(repo: Repo, *paths: str) -> list[str]:
    """Return the paths that differ."""
    return list(looked(repo, *paths).changed)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with a package in ``src``, committed and clean."""
    made = Repo(tmp_path / "app")
    configure(made.path)
    made.write("src/app/__init__.py")
    made.write("src/app/data.txt", "data\n")
    made.write("README.md")
    made.write(".gitignore", "*.o\n/src/app/_made.py\n")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "First")
    made.tag("v1.4.0")
    assert looked(made) == Cleanliness()
    return made


# Tracked files


@pytest.mark.parametrize("path", ["src/app/data.txt", "README.md", "pyproject.toml"])
@pytest.mark.parametrize("staged", [False, True])
def test_a_changed_file(repo: Repo, path: str, *, staged: bool) -> None:
    """A tracked file that differs from HEAD counts, staged or not, wherever it lies."""
    repo.write(path, "changed\n")
    if staged:
        repo.git("add", path)
    assert changed(repo) == [path]


def test_a_staged_change_that_was_undone_in_the_tree(repo: Repo) -> None:
    """The index differs from HEAD, though the file doesn't: not the commit's tree as git sees it."""
    repo.write("README.md", "changed\n")
    repo.git("add", "README.md")
    repo.write("README.md")
    assert changed(repo) == ["README.md"]


@pytest.mark.parametrize("words", [("rm", "-q"), ("rm", "-q", "--cached"), None])
def test_a_deleted_file(repo: Repo, words: tuple[str, ...] | None) -> None:
    """A file that is gone counts, from the tree or from the index."""
    if words is None:
        (repo.path / "README.md").unlink()
    else:
        repo.git(*words, "README.md")
    assert changed(repo) == ["README.md"]


def test_a_renamed_file(repo: Repo) -> None:
    """A rename is its two names, also for who has git look for renames."""
    repo.git("config", "status.renames", "copies")
    repo.git("mv", "README.md", "READ.md")
    assert changed(repo) == ["READ.md", "README.md"]


def test_a_file_that_will_be_added(repo: Repo) -> None:
    """``git add -N`` makes a file tracked, and it is in no commit."""
    repo.write("new.txt")
    repo.git("add", "-N", "new.txt")
    assert changed(repo) == ["new.txt"]


@posix
def test_a_mode_that_was_changed(repo: Repo) -> None:
    """A file that can be run now is packed with another mode."""
    (repo.path / "README.md").chmod(0o755)
    assert changed(repo) == ["README.md"]


def test_a_conflict(repo: Repo) -> None:
    """A merge that stopped half-way."""
    repo.checkout("side", new=True)
    repo.commit("README.md", "side\n")
    repo.checkout("main")
    repo.commit("README.md", "main\n")
    repo.git("merge", "-q", "side", ok=False)
    assert changed(repo) == ["README.md"]


def test_touched_but_equal(repo: Repo) -> None:
    """A file that was written again with what it had is as it was."""
    repo.write("README.md")
    os.utime(repo.path / "README.md", (1, 1))
    assert changed(repo) == []


# What git status hides


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_an_edit_under_a_flag(repo: Repo, flag: str) -> None:
    """Edits that these flags hide from git are packed all the same."""
    repo.git("update-index", flag, "src/app/data.txt", "README.md")
    assert changed(repo) == []
    repo.write("src/app/data.txt", "changed\n")
    assert repo.git("status", "--porcelain") == ""
    assert changed(repo) == ["src/app/data.txt"]


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_a_file_that_is_gone_under_a_flag(repo: Repo, flag: str) -> None:
    """A hidden file that is absent counts, outside of sparse checkouts."""
    repo.git("update-index", flag, "README.md")
    (repo.path / "README.md").unlink()
    assert repo.git("status", "--porcelain") == ""
    assert changed(repo) == ["README.md"]


def test_both_flags_at_once(repo: Repo) -> None:
    """A file under both flags is looked at, too."""
    repo.git("update-index", "--skip-worktree", "README.md")
    repo.git("update-index", "--assume-unchanged", "README.md")
    repo.write("README.md", "changed\n")
    assert changed(repo) == ["README.md"]


def test_filters_are_applied_under_a_flag(repo: Repo) -> None:
    """With line endings that git converts, a file under a flag is compared as it would be committed."""
    repo.git("config", "core.autocrlf", "true")
    repo.git("update-index", "--assume-unchanged", "README.md")
    (repo.path / "README.md").write_bytes(b"x\r\n")
    assert changed(repo) == []


def test_many_files_under_a_flag(repo: Repo) -> None:
    """More files than one command line takes are compared in turns."""
    for number in range(120):
        repo.write(f"many/{number}.txt", f"{number}\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Many")
    repo.git("update-index", "--assume-unchanged", *(f"many/{number}.txt" for number in range(120)))
    assert changed(repo) == []
    repo.write("many/7.txt", "changed\n")
    repo.write("many/119.txt", "changed\n")
    assert changed(repo) == ["many/119.txt", "many/7.txt"]


@posix
def test_a_mode_under_a_flag(repo: Repo) -> None:
    """A file under a flag that can be run now is another file."""
    repo.git("update-index", "--skip-worktree", "README.md")
    (repo.path / "README.md").chmod(0o755)
    assert changed(repo) == ["README.md"]


@posix
def test_a_link_in_the_place_of_a_file(repo: Repo) -> None:
    """A file under a flag that is a link now is another one, whatever it points to."""
    repo.git("update-index", "--skip-worktree", "README.md")
    (repo.path / "README.md").unlink()
    (repo.path / "README.md").symlink_to("x\n")
    assert changed(repo) == ["README.md"]


@posix
def test_a_link_under_a_flag(repo: Repo) -> None:
    """A symbolic link under a flag is compared by where it points to."""
    (repo.path / "link").symlink_to("README.md")
    repo.git("add", "link")
    repo.git("commit", "-q", "-m", "Link")
    repo.git("update-index", "--assume-unchanged", "link")
    assert changed(repo) == []
    (repo.path / "link").unlink()
    (repo.path / "link").symlink_to("src")
    assert changed(repo) == ["link"]


def test_a_sparse_checkout(repo: Repo) -> None:
    """Files that a sparse checkout leaves out are not gone; those that it has are judged."""
    repo.commit("docs/one.txt")
    repo.git("sparse-checkout", "set", "--no-cone", "/src/", "/pyproject.toml")
    assert not (repo.path / "docs").exists()
    assert changed(repo) == []
    repo.write("src/app/data.txt", "changed\n")
    assert changed(repo) == ["src/app/data.txt"]
    repo.git("checkout", "-q", "--", "src")
    (repo.path / "src/app/data.txt").unlink()
    assert changed(repo) == ["src/app/data.txt"]


def test_a_sparse_checkout_in_a_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    """Each worktree has a sparse checkout of its own."""
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked", init=False)
    linked.git("sparse-checkout", "set", "--no-cone", "/src/")
    assert changed(linked) == []
    assert changed(repo) == []


# Submodules


@pytest.fixture
def with_submodule(repo: Repo, tmp_path: Path) -> Repo:
    """The repository with a submodule in ``vendor/sub``."""
    inner = Repo(tmp_path / "inner")
    inner.commit("inner.txt")
    repo.git("submodule", "-q", "add", inner.path.as_uri(), "vendor/sub")
    repo.git("commit", "-q", "-m", "Submodule")
    assert changed(repo) == []
    return repo


def test_a_submodule_that_was_not_fetched(with_submodule: Repo, tmp_path: Path) -> None:
    """An empty folder in a submodule's place is nothing that git status shows."""
    copy = clone(with_submodule, tmp_path / "copy")
    assert copy.git("status", "--porcelain") == ""
    assert changed(copy) == ["vendor/sub"]
    assert str(looked(copy).fetch).startswith("git submodule update --init --recursive   (")
    assert looked(copy, excepted=("vendor/sub",)).fetch is None
    copy.git("submodule", "-q", "update", "--init")
    assert changed(copy) == []
    assert looked(copy).fetch is None


def test_a_submodule_whose_folder_is_gone(with_submodule: Repo) -> None:
    """A submodule without a folder is missing, and one that was taken out of the index is another tree."""
    shutil.rmtree(with_submodule.path / "vendor/sub")
    assert changed(with_submodule) == ["vendor/sub"]
    with_submodule.git("rm", "-q", "-r", "--cached", "vendor/sub")
    assert changed(with_submodule) == ["vendor/sub"]


@pytest.mark.parametrize("ignore", ["none", "untracked", "dirty", "all"])
@pytest.mark.parametrize("how", ["edit", "commit"])
def test_a_changed_submodule(with_submodule: Repo, ignore: str, how: str) -> None:
    """Edits inside of a submodule and another commit count, whatever its settings have git ignore."""
    with_submodule.git("config", "submodule.vendor/sub.ignore", ignore)
    with_submodule.git("config", "diff.ignoreSubmodules", ignore)
    inner = Repo(with_submodule.path / "vendor/sub", init=False)
    if how == "edit":
        inner.write("inner.txt", "changed\n")
    else:
        inner.commit()
    assert changed(with_submodule) == ["vendor/sub/inner.txt" if how == "edit" else "vendor/sub"]


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_an_edit_under_a_flag_in_a_submodule(with_submodule: Repo, flag: str) -> None:
    """A submodule is judged as closely as the tree that it lies in."""
    inner = Repo(with_submodule.path / "vendor/sub", init=False)
    inner.git("update-index", flag, "inner.txt")
    assert changed(with_submodule) == []
    inner.write("inner.txt", "changed\n")
    assert changed(with_submodule) == ["vendor/sub/inner.txt"]


def test_an_lfs_file_in_a_submodule(with_submodule: Repo) -> None:
    """Who fetches submodules and the files of Git LFS need not have fetched those of the submodules."""
    inner = Repo(with_submodule.path / "vendor/sub", init=False)
    inner.write(".gitattributes", "*.bin filter=lfs -text\n")
    inner.commit("a.bin", LFS_POINTER)
    inner.git("add", "-A")
    inner.git("commit", "-q", "-m", "Attributes")
    with_submodule.git("commit", "-q", "-a", "-m", "Pointer")
    assert changed(with_submodule) == ["vendor/sub/a.bin"]
    assert str(looked(with_submodule).fetch).startswith("git lfs pull   (")


def test_ignored_by_gitmodules(with_submodule: Repo) -> None:
    """``ignore = all`` in .gitmodules hides nothing either."""
    with_submodule.git("config", "-f", ".gitmodules", "submodule.vendor/sub.ignore", "all")
    with_submodule.git("commit", "-q", "-a", "-m", "Ignore it")
    with_submodule.write("vendor/sub/inner.txt", "changed\n")
    assert with_submodule.git("status", "--porcelain") == ""
    assert changed(with_submodule) == ["vendor/sub/inner.txt"]


def test_untracked_files_in_a_submodule(with_submodule: Repo) -> None:
    """What a build leaves in a submodule is untracked like anywhere else: it counts where packages lie."""
    with_submodule.write("vendor/sub/made.o")
    with_submodule.write("vendor/sub/deep/made.txt")
    found = looked(with_submodule)
    assert (found.changed, sorted(found.untracked)) == ((), ["vendor/sub/deep/made.txt", "vendor/sub/made.o"])
    packed = looked(with_submodule, packs=lambda path: path.startswith("vendor/"))
    assert packed.changed == ("vendor/sub/deep/made.txt", "vendor/sub/made.o")


def test_a_submodule_in_a_submodule(with_submodule: Repo, tmp_path: Path) -> None:
    """Changes count at any depth."""
    innermost = Repo(tmp_path / "innermost")
    innermost.commit("x.txt")
    inner = Repo(with_submodule.path / "vendor/sub", init=False)
    inner.git("submodule", "-q", "add", innermost.path.as_uri(), "deeper")
    inner.git("commit", "-q", "-m", "Deeper")
    with_submodule.git("commit", "-q", "-a", "-m", "Deeper")
    assert changed(with_submodule) == []
    with_submodule.write("vendor/sub/deeper/made.txt")
    found = looked(with_submodule)
    assert (found.changed, found.untracked) == ((), ("vendor/sub/deeper/made.txt",))
    with_submodule.write("vendor/sub/deeper/x.txt", "changed\n")
    assert changed(with_submodule) == ["vendor/sub/deeper/x.txt"]


# Git LFS


@pytest.mark.parametrize("attributes", [".gitattributes", "src/.gitattributes", "src/app/.gitattributes"])
def test_an_lfs_file_that_was_not_fetched(repo: Repo, attributes: str) -> None:
    """A pointer in the place of a file is what the commit has, and not what should be packed."""
    repo.write(attributes, "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    repo.write("src/app/pointer.bin", LFS_POINTER)
    repo.write("src/app/fetched.bin", "the real contents\n")
    repo.write("src/app/pointer.txt", LFS_POINTER)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Pointers")
    assert repo.git("status", "--porcelain") == ""
    assert changed(repo) == ["src/app/pointer.bin"]
    assert changed(repo, "src") == ["src/app/pointer.bin"]
    assert str(looked(repo).fetch).startswith("git lfs pull   (")
    assert looked(repo, excepted=("src/app/pointer.bin",)) == Cleanliness()


@pytest.mark.parametrize("attributes", [".gitattributes", "pkgs/.gitattributes", ".git/info/attributes"])
@pytest.mark.parametrize("pattern", ["*.bin", "pkgs/one/a.bin"])
def test_an_lfs_file_by_attributes_from_above(repo: Repo, attributes: str, pattern: str) -> None:
    """In a monorepo the attributes may lie in any folder above the project, or in the clone alone."""
    pattern = pattern.removeprefix(f"{attributes.rpartition('/')[0]}/")
    repo.write(attributes, f"/{pattern} filter=lfs\n" if "/" in pattern else f"{pattern} filter=lfs\n")
    repo.write("pkgs/one/a.bin", LFS_POINTER)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Pointer")
    assert changed(repo, "pkgs/one") == ["pkgs/one/a.bin"]
    assert changed(repo, "src") == changed(repo, "pkgs/o") == []


def test_a_commit_that_was_replaced(repo: Repo) -> None:
    """``git replace`` shows other contents under a commit's name: here alone."""
    first = repo.head()
    repo.commit("src/app/data.txt", "other\n")
    repo.git("replace", first, "HEAD")
    repo.git("checkout", "-q", "--detach", first)
    repo.git("reset", "-q", "--hard")
    assert repo.git("status", "--porcelain") == ""
    assert changed(repo) == ["src/app/data.txt"]


def test_an_lfs_file_that_is_gone(repo: Repo) -> None:
    """A file of Git LFS's that is absent is reported once."""
    repo.write(".gitattributes", "*.bin filter=lfs\n")
    repo.write("a.bin", "contents\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "One")
    (repo.path / "a.bin").unlink()
    assert changed(repo) == ["a.bin"]


# Untracked files


def test_untracked_files(repo: Repo) -> None:
    """In a package folder what git neither tracks nor ignores counts; elsewhere it is listed; ignored files are neither."""
    repo.write("src/app/new.py")
    repo.write("src/app/deep/er/new.txt")
    repo.write("notes.txt")
    repo.write("deep/notes.txt")
    repo.write("src/app/x.o")
    repo.write("src/app/_made.py")
    found = looked(repo)
    assert found.changed == ("src/app/deep/er/new.txt", "src/app/new.py")
    assert found.untracked == ("deep/notes.txt", "notes.txt")


def test_untracked_files_that_the_user_does_not_see(repo: Repo) -> None:
    """Who has git status leave out untracked files gets the same answer."""
    repo.git("config", "status.showUntrackedFiles", "no")
    repo.write("src/app/new.py")
    assert changed(repo) == ["src/app/new.py"]


def test_a_clone_inside_of_a_package(repo: Repo) -> None:
    """A repository of its own in the package folder is untracked."""
    nested = Repo(repo.path / "src/app/nested")
    nested.commit("x.py")
    assert changed(repo) == ["src/app/nested/"]


# Names and parts


@posix
@pytest.mark.parametrize(
    "name", ["a b.txt", 'say "hi".txt', "new\nline.txt", "tab\there.txt", "-n", ":colon", "ünï ☃.txt", "*", "#x", "\udce9.txt"]
)  # fmt: skip
def test_odd_names(repo: Repo, name: str) -> None:
    """Names with spaces, quotes, line breaks, and bytes that are no UTF-8 are read as they are, in each way."""
    paths = [f"src/app/{where}{name}" for where in ("edited/", "flagged/", "lfs/")]
    repo.write("src/app/lfs/.gitattributes", "* filter=lfs\n.gitattributes !filter\n")
    repo.write(paths[0])
    repo.write(paths[1])
    repo.write(paths[2], LFS_POINTER)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Odd")
    repo.git("update-index", "--skip-worktree", "--", paths[1])
    repo.write(paths[0], "changed\n")
    repo.write(paths[1], "changed\n")
    repo.write(f"src/app/new/{name}")
    assert changed(repo) == sorted([*paths, f"src/app/new/{name}"])


@posix
@pytest.mark.parametrize("folder", ["a*b", "[x]", "sp ace", "ü"])
def test_a_part_of_the_tree(repo: Repo, folder: str) -> None:
    """Only what the pathspecs name is judged, and each is taken literally."""
    repo.write(".gitattributes", "*.bin filter=lfs\n")
    for place in (folder, "aXb", "x"):
        repo.write(f"{place}/flagged.txt")
        repo.write(f"{place}/pointer.bin", LFS_POINTER)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Parts")
    for place in (folder, "aXb", "x"):
        repo.git("update-index", "--assume-unchanged", f"{place}/flagged.txt")
        repo.write(f"{place}/flagged.txt", "changed\n")
        repo.write(f"{place}/new.txt")
    found = looked(repo, folder)
    assert found.changed == (f"{folder}/flagged.txt", f"{folder}/pointer.bin")
    assert found.untracked == (f"{folder}/new.txt",)


# What a project's settings make of it

PUBLIC = {"UNIQVER_BUILD_NUMBER": "7"}


def version(repo: Repo, folder: str = ".") -> str:
    return decide(repo.path / folder, **PUBLIC).version


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("uv.lock", True),
        ("poetry.lock", True),
        ("pdm.lock", True),
        ("package-lock.json", True),
        ("frontend/package-lock.json", True),
        ("src/app/_version.py", True),
        ("src/app.egg-info/PKG-INFO", True),
        ("app.egg-info/SOURCES.txt", True),
        *((f"app.egg-info/{writer.name}", True) for writer in entry_points(group="egg_info.writers")),
        ("app.egg-info/scm_file_list.json", True),
        ("src/app.egg-info/extra.txt", False),
        ("app.egg-info/extra.txt", False),
        ("src/app/data/x.egg-info/PKG-INFO", False),
        ("src/app/package-lock.json", False),
        ("notes.txt", True),
        ("build/lib/app/__init__.py", True),
        ("src/app/__pycache__/x.cpython-311.pyc", True),
        ("src/app/new.py", False),
        ("src/app/data/new.json", False),
        ("src/other/__init__.py", False),
        ("flat/__init__.py", False),
        ("flat.py", False),
        ("setup.py", False),
        ("setup.cfg", False),
        ("MANIFEST.in", False),
        ("docs/setup.py", True),
    ],
)
def test_what_may_be_new(repo: Repo, path: str, *, public: bool) -> None:
    """The version file, what setuptools writes and what lies outside of packages may be untracked; what it packs or goes by may not."""
    repo.commit()
    repo.write(path)
    found = version(repo)
    assert found.startswith("1.4.1.dev7" if public else f"1.4.1.dev7+g{repo.head()[:12]}.d")
    assert (found == "1.4.1.dev7") is public


@posix
def test_a_version_file_that_is_a_link(repo: Repo) -> None:
    """A build replaces the link; the file that it points to is one like any other."""
    repo.write("src/app/_real.py", "# generated by hand\n")
    (repo.path / "src/app/_version.py").symlink_to("_real.py")
    repo.git("add", "-A", "-f")
    repo.git("commit", "-q", "-m", "Link")
    assert "+" not in version(repo)
    repo.write("src/app/_real.py", "# generated by another\n")
    assert "+" in version(repo)


@pytest.mark.parametrize("path", ["uv.lock", "src/app/_version.py", "web/package-lock.json"])
def test_what_may_change(repo: Repo, path: str) -> None:
    """The version file and lock files may differ from the commit, tracked or not."""
    repo.commit(path, "old\n")
    repo.git("update-index", "--skip-worktree", path)
    repo.write(path, "new\n")
    assert version(repo) == "1.4.1.dev7"


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("src/app.egg-info/PKG-INFO", True),
        ("src/app.egg-info/not-zip-safe", True),
        ("src/app.egg-info/extra.txt", False),
        ("src/app/data/x.egg-info/PKG-INFO", False),
        ("src/app/package-lock.json", False),
    ],
)
def test_what_is_packed_as_it_is(repo: Repo, path: str, *, public: bool) -> None:
    """Of the project's own ``.egg-info`` setuptools writes some files anew; the others are packed, like all in a package folder."""
    repo.commit(path, "old\n")
    repo.write(path, "new\n")
    assert ("+" not in version(repo)) is public


@pytest.mark.parametrize(
    ("mapped", "package"),
    [('app = "python/app"', "python/app"), ('"" = "lib/"', "lib/other"), ('"" = "./lib"', "lib/other")],
)
def test_a_package_by_package_dir(repo: Repo, mapped: str, package: str) -> None:
    """``package-dir`` may map one package or all to any folder, however that is written."""
    (repo.path / "pyproject.toml").write_text(f"{NAME}\n[tool.setuptools]\npackage-dir = {{{mapped}}}\n")
    repo.commit(f"{package}/__init__.py")
    repo.git("commit", "-q", "-a", "-m", "Elsewhere")
    assert version(repo) == "1.4.1.dev7"
    repo.write(f"{package}/new.py")
    assert "+" in version(repo)


READ = """
[project]
name = "app"
dynamic = ["version", "description"]
readme = {file = "README.rst", content-type = "text/x-rst"}
license-files = ["legal/*"]
keywords = ["notes"]
[tool.setuptools]
data-files = {"share/app" = ["./share/**/*.csv"]}
package-data = {"*" = ["*.txt"]}
[tool.setuptools.dynamic]
description = {file = ["about.txt"]}
[[tool.setuptools.ext-modules]]
name = "app._fast"
sources = ["native/fast.c"]
include-dirs = ["native/include"]
[tool.coverage.xml]
output = "coverage.xml"
"""


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("README.rst", False),
        ("NOTICE", False),
        ("legal/MIT.txt", False),
        ("share/a.csv", False),
        ("share/deep/er/a.csv", False),
        ("about.txt", False),
        ("native/fast.c", False),
        ("native/include/deep/fast.h", False),
        ("long.md", False),
        ("from/setup.cfg", False),
        ("coverage.xml", True),
        ("notes/one.md", True),
        ("description/one.md", True),  # keys of these tables
        ("file/one.md", True),
        ("share/app/one.md", True),
        ("share/a.txt", True),
        ("docs/README.rst", True),
        ("docs/about.txt", True),
    ],
)
def test_what_the_settings_name(repo: Repo, path: str, *, public: bool) -> None:
    """What ``[project]`` and setuptools' tables have packed may not be untracked, wherever it lies."""
    repo.write("pyproject.toml", READ)
    repo.write(
        "setup.cfg", "[metadata]\nlong_description = file: README.rst, long.md\n[options.data_files]\nx = from/*\n"
    )
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Named")
    repo.write(path)
    assert ("+" not in version(repo)) is public


OUTSIDE = """
[tool.uniqver]
root = "../.."
[tool.setuptools]
package-dir = {lib = "../../shared/lib"}
data-files = {"share/app" = ["../../data/*.csv"]}
"""


def test_what_the_settings_take_from_elsewhere(repo: Repo, tmp_path: Path) -> None:
    """A package or data file of another folder of the repository is judged; one from outside of it can't be."""
    repo.write("packages/a/pyproject.toml", NAME + OUTSIDE)
    for name in ("packages/a/app/__init__.py", "shared/lib/__init__.py", "shared/other.txt", "data/one.csv"):
        repo.write(name)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Elsewhere")
    repo.write("shared/other.txt", "changed\n")
    repo.write("new.txt")
    assert version(repo, "packages/a") == "1.4.1.dev7"
    for changed_one in ("shared/lib/__init__.py", "data/one.csv"):
        repo.write(changed_one, "changed\n")
        assert "+" in version(repo, "packages/a")
        repo.git("checkout", "-q", changed_one)
    for new in ("shared/lib/new.py", "data/two.csv"):
        repo.write(new)
        assert "+" in version(repo, "packages/a")
        (repo.path / new).unlink()
    assert version(repo, "packages/a") == "1.4.1.dev7"
    (repo.path / "pyproject.toml").write_text(f'{NAME}\n[tool.setuptools]\npackage-dir = {{lib = "../lib"}}\n')
    repo.git("commit", "-q", "-m", "Outside", "pyproject.toml")
    repo.git("checkout", "-q", ".")
    decision = decide(repo.path, **PUBLIC)
    assert decision.version.startswith("1.4.1.dev7+g")
    (missing,) = decision.missing
    assert "../lib" in missing.what
    assert "into the repository" in missing.fix


@pytest.fixture
def linked(repo: Repo) -> Repo:
    """Links to what lies outside of the project and of the repository, beside a folder and a module of the package."""
    repo.write("packages/a/pyproject.toml", f'{NAME}\n[tool.uniqver]\nroot = "../.."\n')
    repo.write("shared/lib/__init__.py")
    repo.write("LICENSE")
    repo.write("packages/a/data/one.csv")
    repo.write("packages/a/src/app/__init__.py")
    links = {
        "LICENSE": "../../LICENSE",
        "src/app/data": "../../data",
        "src/lib": "../../../shared/lib",
        "docs/top": "../../..",
    }
    for name, target in links.items():
        link = repo.path / "packages/a" / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(target)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Links")
    return repo


@posix
@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("LICENSE", False),
        ("shared/lib/__init__.py", False),
        ("shared/lib/new.py", False),
        ("packages/a/data/new.csv", False),
        ("packages/a/data/deep/new.csv", False),
        ("packages/a/other/new.csv", True),
        ("shared/new.txt", True),
        ("shared/lib/x.o", True),
        ("shared/lib/__pycache__/x.pyc", True),
    ],
)
def test_what_links_lead_to(linked: Repo, path: str, *, public: bool) -> None:
    """What a tracked link leads to in the repository is judged, new files if the link's own place is packed."""
    assert version(linked, "packages/a") == "1.4.1.dev7"
    linked.write(path, "changed\n")
    assert ("+" not in version(linked, "packages/a")) is public


@posix
@pytest.mark.parametrize("way", ["changed link", "flag", "submodule", "submodule's folder", "link in a folder"])
def test_what_lies_on_the_way_of_a_link(linked: Repo, tmp_path: Path, way: str) -> None:
    """Links in links, edits that git hides, and other repositories' files, outside of the project's folder."""
    other = Repo(tmp_path / "other")
    other.commit("lib/__init__.py")
    linked.write("shared/v1/one.csv")
    linked.write("shared/v2/one.csv", "2\n")
    (linked.path / "shared/now").symlink_to("v1")
    linked.write("shared/v3/one.csv")
    (linked.path / "shared/lib/more").symlink_to("../v3")
    linked.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "third")
    for name, target in {"now": "../../../shared/now", "third": "../../../third/lib"}.items():
        (linked.path / "packages/a/src" / name).symlink_to(target)
    mapped = '[tool.setuptools.package-dir]\nmore = "../../third/lib"\n'
    linked.write("packages/a/pyproject.toml", f'{NAME}\n[tool.uniqver]\nroot = "../.."\n{mapped}')
    if way == "submodule's folder":
        for path in [path for path in (linked.path / "packages/a").rglob("*") if path.is_symlink()]:
            path.unlink()
    linked.git("add", "-A")
    linked.git("commit", "-q", "-m", "Ways")
    assert "+" not in version(linked, "packages/a")
    if way == "changed link":
        (linked.path / "shared/now").unlink()
        (linked.path / "shared/now").symlink_to("v2")
    elif way == "flag":
        linked.git("update-index", "--assume-unchanged", "shared/lib/__init__.py")
        linked.write("shared/lib/__init__.py", "changed\n")
    elif way == "link in a folder":
        linked.write("shared/v3/one.csv", "changed\n")
    else:
        linked.write("third/lib/__init__.py", "changed\n")
    assert "+" in version(linked, "packages/a")


@posix
@pytest.mark.parametrize(
    ("link", "public"),
    [
        ("src/app/data.csv", False),
        ("src/other", False),
        ("src", False),
        ("README.md", False),
        ("docs/x.csv", True),
        ("docs/y", True),
    ],
)
@pytest.mark.parametrize("inside", ["", "packages/a/"])
def test_links_out_of_the_repository(repo: Repo, tmp_path: Path, inside: str, link: str, *, public: bool) -> None:
    """What a packed link leads to outside of the repository can't be proven; a link that leads nowhere packs nothing."""
    top = 'root = "../.."' if inside else ""
    repo.write(f"{inside}pyproject.toml", f'{NAME}\nreadme = "README.md"\n[tool.uniqver]\n{top}\n')
    place = repo.path / inside / link
    if link == "src":
        repo.git("rm", "-rqf", "--ignore-unmatch", place.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    outside = tmp_path / "outside"
    place.symlink_to(outside)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Link")
    assert version(repo, inside or ".") == "1.4.1.dev7"
    if "." in link:
        outside.write_text("1\n")
    else:
        (outside / "app").mkdir(parents=True)
    decision = decide(repo.path / inside, **PUBLIC)
    assert ("+" not in decision.version) is public
    assert public or (link in decision.missing[0].what and "into the repository" in decision.missing[0].fix)


@posix
def test_links_in_a_circle(repo: Repo) -> None:
    """Links that lead to each other, to themselves and to the folders above end."""
    for name, target in {"src/app/one": "two", "src/app/two": "one", "src/app/me": "me", "src/app/up": "../.."}.items():
        (repo.path / name).symlink_to(target)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Circle")
    assert version(repo) == "1.4.1.dev7"


def test_a_package_that_a_sparse_checkout_cuts(repo: Repo) -> None:
    """What is left out of a package is missing in its wheel; what is left out elsewhere is not."""
    repo.commit("docs/one.txt")
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/docs/", "!/README.md")
    assert version(repo) == "1.4.1.dev7"
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/src/app/data.txt")
    decision = decide(repo.path, **PUBLIC)
    assert "+" in decision.version
    (missing,) = decision.missing
    assert (missing.fix, "src/app/data.txt" in missing.what) == ("git sparse-checkout disable", True)


def test_allow_changes(repo: Repo) -> None:
    """Files and folders that the settings name may differ; their neighbours may not."""
    configure(repo.path, 'allow-changes = ["src/app/data.txt", "src/app/generated/"]')
    repo.git("commit", "-q", "-a", "-m", "Allow")
    repo.write("src/app/data.txt", "changed\n")
    repo.write("src/app/generated/deep/x.py")
    assert version(repo) == "1.4.1.dev7"
    repo.write("src/app/generated.py")
    assert version(repo).startswith("1.4.1.dev7+g")


def test_a_release_with_changes(repo: Repo) -> None:
    """A tree that differs is not the release, and the number by distance says so locally; what may differ does no harm."""
    assert decide(repo.path).version == "1.4.0"
    repo.write("uv.lock")
    assert decide(repo.path).version == "1.4.0"
    repo.git("update-index", "--assume-unchanged", "README.md")
    repo.write("README.md", "changed\n")
    decision = decide(repo.path)
    assert decision.version.startswith("1.4.1.dev0+g")
    assert any("README.md" in missing.what for missing in decision.missing)


def test_the_number_stays(repo: Repo) -> None:
    """A changed tree keeps its number, and commit and digest go into the local part: two changes differ."""
    repo.commit()
    versions = []
    for text in ("one", "two", "one"):
        repo.write("README.md", text)
        versions.append(version(repo))
    assert versions[0] == versions[2] != versions[1]
    assert versions[0].startswith(f"1.4.1.dev7+g{repo.head()[:12]}.d")


def test_untracked_files_have_digests(repo: Repo) -> None:
    """Two trees that differ in an untracked file of a package have two versions; a clone in it counts by its commit."""
    repo.commit()
    found = set()
    for text in ("one", "two"):
        repo.write("src/app/new.py", text)
        found.add(version(repo))
    (repo.path / "src/app/new.py").unlink()
    nested = Repo(repo.path / "src/app/nested")
    for _ in range(2):
        nested.commit()
        found.add(version(repo))
    assert len(found) == 4


def test_a_project_in_a_folder(repo: Repo) -> None:
    """In a monorepo the project's folder and its paths are judged, and names are from the project's folder."""
    text = 'root = "../.."\npaths = ["shared"]\nallow-changes = ["lib/ok.txt"]'
    (repo.path / "packages/a").mkdir(parents=True)
    (repo.path / "packages/a/pyproject.toml").write_text(f"{NAME}\n[tool.uniqver]\n{text}\n")
    repo.write("packages/a/lib/app/__init__.py")
    repo.write("packages/a/lib/ok.txt")
    repo.write("shared/s.txt")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Monorepo")
    for harmless in ("README.md", "src/app/new.py", "packages/b/x.py", "packages/a/lib/ok.txt", "packages/a/new.txt"):
        repo.write(harmless, "changed\n")
    assert version(repo, "packages/a") == "1.4.1.dev7"
    repo.write("shared/s.txt", "changed\n")
    assert "+" in version(repo, "packages/a")
    assert "shared/s.txt" in decide(repo.path / "packages/a", UNIQVER_VERSION="1.4.1").warnings[0]
    repo.git("checkout", "-q", "shared")
    repo.write("packages/a/new.py", "changed\n")
    assert "+" in version(repo, "packages/a")


def test_a_pin_on_a_changed_tree(repo: Repo) -> None:
    """A pinned version is taken as it is, with a warning that names the files; a clean tree has none."""
    pin = {"UNIQVER_VERSION": "1.4.1.dev9"}
    assert decide(repo.path, **pin).warnings == ()
    repo.write("src/app/new.py")
    repo.write("notes.txt")
    decision = decide(repo.path, **pin)
    assert decision.version == "1.4.1.dev9"
    (warning,) = decision.warnings
    assert warning.startswith("1.4.1.dev9 is pinned, and the tree differs from its commit: src/app/new.py; ")
    assert decision.untracked == ("notes.txt",)
