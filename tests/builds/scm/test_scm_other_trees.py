"""Trees that aren't git's: Mercurial, Jujutsu, archives. setuptools-scm reads them, where it is needed."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import sdist_members, unpacked, version_of_name, wheel_members
from tests.support.run import git, run
from tests.support.scm import made_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scm import Tools

NUMBER = {"UNIQVER_BUILD_NUMBER": "41201"}
ARCHIVAL = """node: $Format:%H$
node-date: $Format:%cI$
describe-name: $Format:%(describe:tags=true,match=*[0-9]*)$
ref-names: $Format:%D$
"""


def hg_project(tools: Tools, folder: Path, table: str | None, *, uniqver: str = "", tag: str = "v1.4.0") -> Path:
    """Make a Mercurial repository with a tagged commit, and one more after the one that the tag itself makes."""
    project = made_project(folder, table, uniqver=uniqver, repository=None)
    (project / ".hgignore").write_text("_version.py$\n\\.egg-info/\n^build/\n")
    tools.hg(project, "init")
    tools.hg(project, "commit", "-q", "-A", "-m", "First")
    tools.hg(project, "tag", tag)
    (project / "sample/more.py").write_text("")
    tools.hg(project, "commit", "-q", "-A", "-m", "More")
    return project


@pytest.mark.parametrize("table", [None, 'version_file = "sample/_version.py"\n'], ids=["native", "section"])
def test_mercurial(table: str | None, tools: Tools, tmp_path: Path) -> None:
    """In a Mercurial repository the tag, the distance and the commit are Mercurial's; a CI's number replaces the distance."""
    project = hg_project(tools, tmp_path / "project", table)
    node = tools.hg(project, "id", "-i", "--debug")
    assert tools.version(project) == f"1.4.1.dev2+h{node[:12]}"
    assert "setuptools-scm>=10.3.4" in tools.hook("get_requires_for_build_sdist", project).result
    sdist = tools.sdist(project, tmp_path / "dist", env=NUMBER)
    wheel = tools.wheel(unpacked(sdist, tmp_path / "elsewhere"), tmp_path / "dist")
    assert version_of_name(sdist) == version_of_name(wheel) == "1.4.1.dev41201"
    assert b"1.4.1.dev41201" in wheel_members(wheel)["sample/_version.py"]
    (project / "sample/more.py").write_text("changed = 1\n")
    assert tools.version(project) == f"1.4.1.dev2+h{node[:12]}.dirty"


def test_mercurial_release(tools: Tools, tmp_path: Path) -> None:
    """A clean Mercurial tree on the tag, or on the commit that only makes the tag, is the release."""
    project = hg_project(tools, tmp_path / "project", None)
    for revision in ("v1.4.0", "1"):
        tools.hg(project, "update", "-q", revision)
        assert tools.version(project) == "1.4.0"


def test_mercurial_and_tag_prefix(tools: Tools, tmp_path: Path) -> None:
    """uniqver's tag-prefix holds for Mercurial's tags too."""
    project = hg_project(tools, tmp_path / "project", None, uniqver='tag-prefix = "core-"\n', tag="core-3.1")
    assert tools.version(project).startswith("3.1.1.dev2+h")


def test_tracked_files_of_mercurial(tools: Tools, tmp_path: Path) -> None:
    """sdist-files = "tracked" packs what Mercurial tracks, "manifest" only what setuptools' rules name."""
    project = hg_project(tools, tmp_path / "project", None)
    for kind, there in (("tracked", True), ("manifest", False)):
        sdist = tools.sdist(project, tmp_path / kind, env={"UNIQVER_SDIST_FILES": kind})
        assert (".hgignore" in sdist_members(sdist)) is there


def test_mercurial_archive(tools: Tools, tmp_path: Path) -> None:
    """An archive that hg makes says its version by .hg_archival.txt."""
    project = hg_project(tools, tmp_path / "project", None)
    tools.hg(project, "archive", str(tmp_path / "archive"))
    assert (tmp_path / "archive/.hg_archival.txt").exists()
    assert re.fullmatch(r"1\.4\.1\.dev[0-9]+\+h[0-9a-f]{12}", tools.version(tmp_path / "archive"))


def archived(tmp_path: Path, table: str | None, *, commits: int) -> Path:
    """Make a git repository whose archives say their version, and an archive of it."""
    project = made_project(tmp_path / "project", table, repository=None)
    (project / ".git_archival.txt").write_text(ARCHIVAL)
    (project / ".gitattributes").write_text(".git_archival.txt export-subst\n")
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "First")
    git(project, "tag", "-a", "-m", "Release", "v1.4.0")
    for count in range(commits):
        git(project, "commit", "-q", "--allow-empty", "-m", f"Change {count}")
    git(project, "archive", "--format=tar", "-o", str(tmp_path / "archive.tar"), "--prefix=archive/", "HEAD")
    run(sys.executable, "-m", "tarfile", "-e", "archive.tar", ".", cwd=tmp_path)
    return tmp_path / "archive"


@pytest.mark.parametrize("table", [None, 'version_file = "sample/_version.py"\n'], ids=["native", "section"])
def test_git_archive(table: str | None, tools: Tools, tmp_path: Path) -> None:
    """An archive by `git archive` with .git_archival.txt has the version of its commit, and its wheel too."""
    archive = archived(tmp_path, table, commits=2)
    node = git(tmp_path / "project", "rev-parse", "HEAD")
    described = tools.version(archive)
    assert re.fullmatch(r"1\.4\.1\.dev2\+g[0-9a-f]{7,12}", described)
    assert node.startswith(described.partition("+g")[2])
    # nothing shows whether its files were changed
    assert version_of_name(tools.wheel(archive, tmp_path / "dist", env=NUMBER)).startswith("1.4.1.dev41201+g")


@pytest.mark.parametrize("table", [None, ""], ids=["native", "section"])
def test_git_archive_of_a_release(table: str | None, tools: Tools, tmp_path: Path) -> None:
    """An archive of the tagged commit is the release."""
    assert tools.version(archived(tmp_path, table, commits=0)) == "1.4.0"


def test_the_checkout_of_such_a_project_is_git(tools: Tools, tmp_path: Path) -> None:
    """With .git there, git is read natively, and setuptools-scm isn't asked for."""
    archived(tmp_path, None, commits=2)
    assert tools.hook("get_requires_for_build_wheel", tmp_path / "project").result == "[]"
    assert re.fullmatch(r"1\.4\.1\.dev2\+g[0-9a-f]{12}", tools.version(tmp_path / "project"))


def test_without_the_program(tools: Tools, tmp_path: Path) -> None:
    """A Mercurial repository on a machine without hg is an error that says what to install, not another version."""
    project = hg_project(tools, tmp_path / "project", None)
    env = {"SETUPTOOLS_SCM_HG_COMMAND": "no-such-program"}
    done = tools.run("-m", "uniqver", "version", cwd=project, env=env, ok=False)
    assert done.returncode == 1
    assert "hg" in done.stderr.partition("fix:")[2] or "no-such-program" in done.stderr


JJ = """#!{python}
import sys
words = " ".join(sys.argv[1:])
if "version" in words.split():
    print("jj 0.42.0")
elif "root" in words.split():
    print({root!r})
elif "diff" in words:
    pass
elif "tags.map" in words:
    print("v1.4.0")
elif "commit_id" in words:
    print("0123456789abcdef" * 2 + "01234567")
elif '"x\\\\n"' in words:
    print("x\\nx\\nx")
elif "local_bookmarks" in words:
    print("main")
elif "committer" in words:
    print("2026-11-04T12:00:00+00:00")
else:
    sys.exit(1)
"""


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for jj is a script that its first line starts")
@pytest.mark.parametrize("table", [None, ""], ids=["native", "section"])
def test_jujutsu(table: str | None, tools: Tools, tmp_path: Path) -> None:
    """A Jujutsu workspace is read through setuptools-scm.

    The program jj is on no index that these tests reach: a stand-in answers in the form that jj documents.
    """
    project = made_project(tmp_path / "project", table, repository=None)
    (project / ".jj").mkdir()
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "jj").write_text(JJ.format(python=sys.executable, root=str(project)))
    (programs / "jj").chmod(0o755)
    env = {"PATH": os.pathsep.join((str(programs), tools.environ()["PATH"]))}
    assert tools.version(project, env) == "1.4.1.dev2+j0123456789ab"
    assert version_of_name(tools.wheel(project, tmp_path / "dist", env={**env, **NUMBER})) == "1.4.1.dev41201"


def test_jujutsu_without_jj(tools: Tools, tmp_path: Path) -> None:
    """A Jujutsu workspace on a machine without jj is an error, not another version."""
    project = made_project(tmp_path / "project", None, repository=None)
    (project / ".jj").mkdir()
    done = tools.run("-m", "uniqver", "version", cwd=project, ok=False)
    assert done.returncode == 1
    assert "jj" in done.stderr.partition("fix:")[2]
