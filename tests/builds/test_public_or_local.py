"""Public or local: each test is a pipeline that went wrong, told by the command as a user calls it.

Nothing but the command line and the hooks is used, so that the same file can be run against an older uniqver.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.support.hooks import call_hook
from tests.support.projects import DEMO
from tests.support.repositories import Repo, clone

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = f"""{DEMO}
[tool.uniqver]
"""

PLAIN = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}


class Answer(NamedTuple):
    """What the command said."""

    code: int
    version: str
    err: str

    @property
    def public(self) -> bool:
        return self.code == 0 and "+" not in self.version


class Home(NamedTuple):
    """A user of the command, with a home folder of its own."""

    path: Path

    def run(self, directory: Path, *words: str, **variables: str) -> Answer:
        """Run ``uniqver`` with ``words`` in ``directory``; nothing of this environment but PATH is passed on."""
        environ = {**PLAIN, "HOME": str(self.path), **variables}
        done = subprocess.run(
            [sys.executable, "-m", "uniqver", *words],
            cwd=directory,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout.strip(), done.stderr)

    def version(self, directory: Path, **variables: str) -> Answer:
        return self.run(directory, "version", **variables)

    def hook(self, name: str, directory: Path, into: Path, **variables: str) -> Answer:
        """Call a build hook as a frontend does; the answer's version is the name of the file that it made."""
        into.mkdir(parents=True, exist_ok=True)
        said = call_hook(name, directory, into, environ={**PLAIN, "HOME": str(self.path), **variables})
        return Answer(said.code, said.result, said.err)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    path = tmp_path / "home"
    path.mkdir()
    return Home(path)


def project(path: Path, settings: str = "", *, tag: str | None = "v1.4.0", commits: int = 1) -> Repo:
    """Make a repository of a project: released as 1.4.0, and one commit on."""
    repo = Repo(path)
    repo.write("pyproject.toml", PYPROJECT + settings)
    repo.write("demo/__init__.py", '"""A demo."""\n')
    repo.write(".gitignore", "*.egg-info/\n/build/\n/dist/\n__pycache__/\n_version.py\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    if tag is not None:
        repo.tag(tag)
    repo.commits(commits)
    return repo


def github(
    repo: Repo, *, commit: str | None = None, ref: str = "refs/heads/main", run: int = 412, **more: str
) -> dict[str, str]:
    """Return the variables of a run of GitHub Actions for ``repo``."""
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_SHA": commit or repo.head(),
        "GITHUB_REF": ref,
        "GITHUB_RUN_ID": str(10_000 + run),
        "GITHUB_RUN_NUMBER": str(run),
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REPOSITORY": "acme/demo",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_WORKSPACE": str(repo.path),
        "GITHUB_WORKFLOW_REF": "acme/demo/.github/workflows/publish.yml@refs/heads/main",
        **more,
    }


def of_another(path: Path) -> dict[str, str]:
    """Return the variables of somebody else's run, which depends on our project."""
    theirs = project(path / "theirs")
    theirs.commit("theirs.py")  # without it, it would be the very commit of ours
    return github(theirs, GITHUB_REPOSITORY="else/where") | {
        "GITHUB_WORKFLOW_REF": "else/where/.github/workflows/publish.yml@refs/heads/main"
    }


def test_an_own_run_is_public(tmp_path: Path, home: Home) -> None:
    """What all else is compared with: the run's commit, a clean tree, a tag, a number."""
    repo = project(tmp_path / "demo", 'workflow = "publish.yml"\n')
    found = home.version(repo.path, **github(repo))
    assert (found.code, found.version) == (0, "1.4.1.dev41201")


# Someone else's CI


def test_a_release_in_another_projects_run(tmp_path: Path, home: Home) -> None:
    """``git+…@v1.4.0`` is 1.4.0, also in a run that has nothing to do with it."""
    repo = project(tmp_path / "demo")
    repo.git("checkout", "-q", "v1.4.0")
    assert home.version(repo.path, **of_another(tmp_path)).version == "1.4.0"


def test_a_branch_in_another_projects_run(tmp_path: Path, home: Home) -> None:
    """``git+…@main`` doesn't take the number of their run."""
    repo = project(tmp_path / "demo")
    found = home.version(repo.path, **of_another(tmp_path))
    assert found.code == 0
    assert found.version.startswith("1.4.1.dev1+g")


def test_a_workflow_of_the_same_name_in_another_projects_run(tmp_path: Path, home: Home) -> None:
    """``workflow`` names a file, and theirs is called the same: its number isn't ours."""
    repo = project(tmp_path / "demo", 'workflow = "publish.yml"\n')
    found = home.version(repo.path, **of_another(tmp_path))
    assert found.code == 0
    assert found.version.startswith("1.4.1.dev1+g")


def test_a_workflow_of_another_name_stops_nobody(tmp_path: Path, home: Home) -> None:
    """Whoever installs the project in a run of theirs is not stopped by our ``workflow``."""
    repo = project(tmp_path / "demo", 'workflow = "release.yml"\n')
    found = home.version(repo.path, **of_another(tmp_path))
    assert found.code == 0
    assert not found.public


def test_another_workflow_of_our_own_is_local(tmp_path: Path, home: Home) -> None:
    """The test workflow needs no settings: its builds are local."""
    repo = project(tmp_path / "demo", 'workflow = "release.yml"\n')
    found = home.version(repo.path, **github(repo))
    assert found.code == 0
    assert found.version.startswith("1.4.1.dev1+g")


@pytest.mark.parametrize(
    "variables",
    [
        {"CIRCLECI": "true", "CIRCLE_BUILD_NUM": "7", "CIRCLE_BRANCH": "main", "CIRCLE_SHA1": "HEAD"},
        {"READTHEDOCS": "True", "READTHEDOCS_VERSION_TYPE": "branch", "READTHEDOCS_GIT_IDENTIFIER": "main"},
    ],
    ids=["circleci", "readthedocs"],
)
def test_systems_without_a_number_build(tmp_path: Path, home: Home, variables: dict[str, str]) -> None:
    """A CI without a number that could be used is no reason to stop a build."""
    repo = project(tmp_path / "demo")
    named = {name: repo.head() if value == "HEAD" else value for name, value in variables.items()}
    found = home.version(repo.path, **named)
    assert found.code == 0
    assert found.version.startswith("1.4.1.dev1+g")


# One run, several sources


def test_a_step_that_edits_a_tracked_file(tmp_path: Path, home: Home) -> None:
    """The second build of the run has other contents, and so a local version."""
    repo = project(tmp_path / "demo")
    first = home.version(repo.path, **github(repo))
    repo.write("demo/__init__.py", "edited = True\n")
    second = home.version(repo.path, **github(repo))
    assert first.public
    assert second.code == 0
    assert second.version.startswith(f"{first.version}+g")


def test_head_is_not_the_runs_commit(tmp_path: Path, home: Home) -> None:
    """``ref: main`` while main moves: two runs check out one commit, or one run two."""
    repo = project(tmp_path / "demo")
    pushed = repo.head()
    repo.commit("demo/more.py")
    found = home.version(repo.path, **github(repo, commit=pushed))
    assert found.code == 0
    assert found.version.startswith("1.4.1.dev2+g")


def test_the_commit_that_a_pipeline_means(tmp_path: Path, home: Home) -> None:
    """``UNIQVER_COMMIT`` states the run's commit, if the pipeline builds another one than its own on purpose."""
    repo = project(tmp_path / "demo")
    pushed = repo.head()
    repo.commit("demo/more.py")
    found = home.version(repo.path, **github(repo, commit=pushed, UNIQVER_COMMIT=repo.head()))
    assert found.version == "1.4.1.dev1041201"


def test_two_branches_in_one_job(tmp_path: Path, home: Home) -> None:
    """One of them is the run's, the other is not."""
    repo = project(tmp_path / "demo")
    variables = github(repo)
    repo.checkout("other", new=True)
    repo.commit("demo/other.py")
    other = home.version(repo.path, **variables)
    repo.checkout("main")
    main = home.version(repo.path, **variables)
    assert main.public
    assert other.code == 0
    assert not other.public


def test_a_dispatched_run_for_an_old_tag(tmp_path: Path, home: Home) -> None:
    """Dispatched on main with an input that is checked out: it builds that tag's release."""
    repo = project(tmp_path / "demo", commits=3)
    variables = github(repo)
    repo.git("checkout", "-q", "v1.4.0")
    assert home.version(repo.path, **variables).version == "1.4.0"


def test_a_commit_made_and_tagged_in_the_run(tmp_path: Path, home: Home) -> None:
    """semantic-release: the release that it makes is that release."""
    repo = project(tmp_path / "demo")
    variables = github(repo)
    repo.commit("CHANGELOG.md")
    repo.tag("v1.5.0")
    assert home.version(repo.path, **variables).version == "1.5.0"


def test_a_tag_made_in_a_branch_run(tmp_path: Path, home: Home) -> None:
    """release-please tags the run's own commit: a dev build, and the line to pin it."""
    repo = project(tmp_path / "demo")
    repo.tag("v1.5.0")
    found = home.version(repo.path, **github(repo))
    assert found.version == "1.5.1.dev1041201"
    assert "UNIQVER_VERSION=1.5.0" in found.err


def test_a_pin_does_not_hide_changes(tmp_path: Path, home: Home) -> None:
    """A pinned release of a tree with changes is warned about, and refused in a job that publishes."""
    repo = project(tmp_path / "demo", commits=0)
    repo.write("demo/__init__.py", "edited = True\n")
    built = home.hook("build_wheel", repo.path, tmp_path / "out", UNIQVER_VERSION="1.4.0")
    assert built.code == 0
    assert "demo/__init__.py" in built.err
    strict = home.hook("build_wheel", repo.path, tmp_path / "strict", UNIQVER_VERSION="1.4.0", UNIQVER_STRICT="1")
    assert strict.code == 1
    assert "demo/__init__.py" in strict.err
    assert list((tmp_path / "strict").iterdir()) == []


def test_a_pinned_build_with_changes_beside_one_without(tmp_path: Path, home: Home) -> None:
    """One version of one commit, with and without an edit, in one folder: no index may serve both."""
    repo, dist = project(tmp_path / "demo", commits=0), tmp_path / "dist"
    assert home.hook("build_sdist", repo.path, dist, UNIQVER_VERSION="1.4.0").code == 0
    repo.write("demo/__init__.py", "edited = True\n")
    assert home.hook("build_wheel", repo.path, dist, UNIQVER_VERSION="1.4.0").code == 0
    explained = home.run(tmp_path, "explain", str(dist))
    assert explained.code == 1
    checked = home.run(tmp_path, "check", "--index", "http://127.0.0.1:9/", *map(str, dist.iterdir()))
    assert checked.code == 1
    for told in (explained.version, checked.version):
        assert f"{repo.head()[:12]} with changes" in " ".join(told.split())


@pytest.mark.parametrize("how", ["missing", "changed", "changed under ignore = all"])
def test_submodules(tmp_path: Path, home: Home, how: str) -> None:
    """A submodule that isn't there, or at another commit, is a change, whatever its settings say."""
    other = project(tmp_path / "other")
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "vendor")
    repo.git("commit", "-q", "-m", "Vendor")
    repo.tag("v1.4.0")
    assert home.version(repo.path).version == "1.4.0"
    if how == "missing":
        repo = clone(repo, tmp_path / "clone")
    else:
        Repo(repo.path / "vendor", init=False).commit("more.py")
        if "ignore" in how:
            repo.git("config", "submodule.vendor.ignore", "all")
    found = home.version(repo.path)
    assert found.code == 0
    assert not found.public


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_edits_under_a_flag(tmp_path: Path, home: Home, flag: str) -> None:
    """An edit that ``git status`` is told not to show is packed all the same."""
    repo = project(tmp_path / "demo", commits=0)
    repo.git("update-index", flag, "demo/__init__.py")
    assert home.version(repo.path).version == "1.4.0"
    repo.write("demo/__init__.py", "edited = True\n")
    found = home.version(repo.path)
    assert found.code == 0
    assert not found.public


def test_an_untracked_module(tmp_path: Path, home: Home) -> None:
    """``local_settings.py`` would be packed into the release."""
    repo = project(tmp_path / "demo", commits=0)
    repo.write("demo/local_settings.py", "SECRET = 1\n")
    found = home.version(repo.path)
    assert found.code == 0
    assert not found.public


def test_an_untracked_file_that_a_manifest_packs(tmp_path: Path, home: Home) -> None:
    """What MANIFEST.in takes from elsewhere is found when it is packed: no commit has what this version would be."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.commit("MANIFEST.in", "graft docs\n")
    repo.tag("v1.4.0")
    repo.write("docs/local.csv", "1\n")
    found = home.hook("build_sdist", repo.path, tmp_path / "out")
    assert found.code == 1
    assert "docs/local.csv" in found.err
    assert list((tmp_path / "out").iterdir()) == []


def test_lock_files_do_not_count(tmp_path: Path, home: Home) -> None:
    """A lock file that a step brought up to date changes nothing that is packed."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.commit("uv.lock", "version = 1\n")
    repo.tag("v1.4.0")
    repo.write("uv.lock", "version = 2\n")
    assert home.version(repo.path).version == "1.4.0"


def test_a_lock_file_that_is_packed(tmp_path: Path, home: Home) -> None:
    """A lock file in the sdist is the commit's, or the sdist is refused; a wheel has none."""
    repo = project(tmp_path / "demo", 'sdist-files = "tracked"\n', commits=0, tag=None)
    repo.commit("uv.lock", "version = 1\n")
    repo.tag("v1.4.0")
    assert home.hook("build_sdist", repo.path, tmp_path / "before").version == "demo-1.4.0.tar.gz"
    repo.write("uv.lock", "version = 2\n")
    found = home.hook("build_sdist", repo.path, tmp_path / "out")
    assert found.code == 1
    assert "demo-1.4.0.tar.gz is public and holds uv.lock, which git does not track" in found.err
    assert home.hook("build_wheel", repo.path, tmp_path / "out").version == "demo-1.4.0-py3-none-any.whl"


def test_untracked_files_that_the_settings_name(tmp_path: Path, home: Home) -> None:
    """A wheel that is built without an sdist has the readme's text, data files and licenses: it is a local one."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    table = '[tool.setuptools]\npackages = ["demo"]\ndata-files = {"share/demo" = ["data/*.csv"]}\n'
    repo.commit("pyproject.toml", f'{DEMO}readme = "README.md"\n{table}')
    repo.tag("v1.4.0")
    untracked = ("NOTICE", "README.md", "data/a.csv")
    for path in untracked:
        repo.write(path)
    found = home.hook("build_wheel", repo.path, tmp_path / "out")
    assert found.version.startswith("demo-1.4.1.dev0+g"), found.err
    assert ", ".join(untracked) in found.err


_SETUP = """
from glob import glob
from setuptools import setup
setup(
    package_dir={"": "lib"}, packages=["demo"], license_files=glob("legal/*"), scripts=glob("bin/*"),
    data_files=[("share/demo", glob("data/*"))],
)
"""


@pytest.mark.parametrize(
    ("untracked", "packed"),
    [
        ("lib/demo/new.py", "demo/new.py"),
        ("legal/more.txt", "licenses/legal/more.txt"),
        ("bin/two", "scripts/two"),
        ("data/two.csv", "data/share/demo/two.csv"),
        ("old/demo/__init__.py", ""),
        ("old/bin/one", ""),
    ],
)
def test_what_only_setup_py_packs(tmp_path: Path, home: Home, untracked: str, packed: str) -> None:
    """setup.py may pack a file from anywhere. A publishing job is stopped, and somebody who installs it is told."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    (repo.path / "lib").mkdir()
    repo.git("mv", "demo", "lib")
    repo.write("setup.py", _SETUP)
    for path in ("legal/one.txt", "bin/one", "data/one.csv"):
        repo.write(path, "#!python\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Layout")
    repo.tag("v1.4.0")
    repo.write(untracked, "#!python\n")
    for strict, stopped in (("0", False), ("1", bool(packed))):
        found = home.hook("build_wheel", repo.path, tmp_path / strict, UNIQVER_STRICT=strict)
        assert found.code == int(stopped), found.err
        assert (f"{packed}, which git does not track" in found.err) is bool(packed)
        assert len(list((tmp_path / strict).iterdir())) == int(not stopped)


@pytest.mark.parametrize(
    "untracked",
    [
        "old/demo/_version.py",
        "old/demo/_generated.py",
        "env/lib/python3.11/site-packages/demo/_built.py",
        "build/lib.linux-x86_64-cpython-311/demo/_built.py",
    ],
)
def test_copies_that_nothing_packs(tmp_path: Path, home: Home, untracked: str) -> None:
    """What a build makes or git ignores has namesakes in an environment, an old build or a backup: they stop nobody."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.write("pyproject.toml", f'{DEMO}[tool.setuptools]\npackages = ["demo"]\n')
    repo.write(
        "setup.py",
        "from pathlib import Path\nfrom setuptools import setup\nfrom setuptools.command.build_py import build_py\n"
        "class Build(build_py):\n    def run(self):\n        super().run()\n"
        '        Path(self.build_lib, "demo/_built.py").write_text("x = 1\\n")\n'
        'setup(cmdclass={"build_py": Build})\n',
    )
    repo.write(".gitignore", "*.egg-info/\n/demo/_version.py\n/demo/_generated.py\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "A step that makes a module")
    repo.tag("v1.4.0")
    repo.write("demo/_generated.py", "x = 1\n")
    repo.write(untracked, "x = 1\n")
    found = home.hook("build_wheel", repo.path, tmp_path / "out", UNIQVER_STRICT="1")
    assert found.version == "demo-1.4.0-py3-none-any.whl", found.err
    with zipfile.ZipFile(tmp_path / "out" / found.version) as wheel:
        assert {"demo/_built.py", "demo/_generated.py", "demo/_version.py"} <= set(wheel.namelist())


def test_an_old_build_that_is_packed(tmp_path: Path, home: Home) -> None:
    """Where setuptools takes any folder for a package, ``build`` is one, too."""
    repo = project(tmp_path / "demo", "[tool.setuptools.packages.find]\n", commits=0, tag=None)
    repo.write(".gitignore", "*.egg-info/\n_version.py\n")
    repo.git("commit", "-qam", "Ignore less")
    repo.tag("v1.4.0")
    repo.write("build/lib/demo/gone.py")
    found = home.hook("build_wheel", repo.path, tmp_path / "out", UNIQVER_STRICT="1")
    assert (found.code, "build/lib/demo/gone.py, which git does not track" in found.err) == (1, True), found.err


@pytest.mark.parametrize(("link", "public"), [("demo/data.txt", False), ("docs/data.txt", True)])
def test_links_that_git_made_files_of(tmp_path: Path, home: Home, link: str, *, public: bool) -> None:
    """Under ``core.symlinks = false``, usual on Windows, a link is a file with the target's name: packed, it is another one."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.write(link, "../target.txt")
    node = repo.git("hash-object", "-w", link)
    repo.git("config", "core.symlinks", "false")
    repo.git("update-index", "--add", "--cacheinfo", f"120000,{node},{link}")
    repo.git("commit", "-q", "-m", "Link")
    repo.tag("v1.4.0")
    assert not (repo.path / link).is_symlink()
    found = home.version(repo.path)
    assert found.public is public
    assert ("core.symlinks" in found.err) is not public


def test_untracked_files_that_setup_cfg_names(tmp_path: Path, home: Home) -> None:
    """A ``file:`` directive of any key puts an untracked file into the metadata."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.write("pyproject.toml", '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n')
    metadata = "[metadata]\nname = demo\nclassifiers = file: classifiers.txt\n"
    repo.write("setup.cfg", f"{metadata}[options]\npackages = demo\ninstall_requires = file: one.txt, two.txt\n")
    repo.write("one.txt", "")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Settings")
    repo.tag("v1.4.0")
    assert home.version(repo.path).version == "1.4.0"
    for path, text in (("classifiers.txt", "Topic :: Utilities\n"), ("two.txt", "requests\n")):
        repo.write(path, text)
        assert not home.version(repo.path).public
        (repo.path / path).unlink()


@pytest.mark.parametrize("where", ["pyproject", "setup.cfg"])
def test_packages_without_a_file_at_their_top(tmp_path: Path, home: Home, where: str) -> None:
    """A namespace in a flat layout is packed as far as it is listed, and scripts of setup.cfg are packed."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.git("mv", "demo", "part")
    repo.write("acme/README.md")
    text = (repo.path / "pyproject.toml").read_text(encoding="utf-8")
    if where == "pyproject":
        repo.write("pyproject.toml", f'{text}\n[tool.setuptools]\npackages = ["acme.demo"]\n')
    else:
        repo.write("setup.cfg", "[options]\npackages =\n  acme.demo\nscripts = bin/one\n")
    repo.git("mv", "part", "acme/demo")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Namespace")
    repo.tag("v1.4.0")
    assert home.version(repo.path).version == "1.4.0"
    for path in ("acme/demo/new.py", *(["bin/one"] if where == "setup.cfg" else [])):
        repo.write(path)
        assert not home.version(repo.path).public
        (repo.path / path).unlink()
    repo.write("acme/other/new.py")
    assert home.version(repo.path).public


def test_a_change_after_the_metadata(tmp_path: Path, home: Home) -> None:
    """Another build, or setup.py, changes the tree between two hooks of one build, whose version is fixed by then."""
    repo = project(tmp_path / "demo", commits=0)
    said = call_hook("prepare_metadata_for_build_wheel", repo.path, tmp_path, environ={**PLAIN, "HOME": str(home.path)})
    repo.write("demo/__init__.py", "changed = True\n")
    for strict, code in (("0", 0), ("1", 1)):
        environ = {**PLAIN, "HOME": str(home.path), "UNIQVER_STRICT": strict}
        found = call_hook("build_wheel", repo.path, tmp_path, None, tmp_path / said.result, environ=environ)
        assert found.code == code, found.err
        assert "1.4.0 was prepared, and the tree differs from its commit: demo/__init__.py" in found.err


def test_another_commit_after_the_metadata(tmp_path: Path, home: Home) -> None:
    """A checkout between two hooks of one build: the wheel would hold another commit than its version."""
    repo = project(tmp_path / "demo", commits=0)
    said = call_hook("prepare_metadata_for_build_wheel", repo.path, tmp_path, environ={**PLAIN, "HOME": str(home.path)})
    first = repo.head()[:12]
    repo.commit("demo/new.py")
    for strict, code in (("0", 0), ("1", 1)):
        environ = {**PLAIN, "HOME": str(home.path), "UNIQVER_STRICT": strict}
        found = call_hook("build_wheel", repo.path, tmp_path, None, tmp_path / said.result, environ=environ)
        assert found.code == code, found.err
        assert f"1.4.0 was prepared for the commit {first}, and HEAD is {repo.head()[:12]}" in found.err


@pytest.mark.parametrize("hook", ["build_sdist", "build_wheel"])
def test_what_another_tool_left_in_egg_info(tmp_path: Path, home: Home, hook: str) -> None:
    """setuptools packs all that lies there, and git ignores it: it goes, unless git tracks it."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.write("demo.egg-info/kept.txt")
    repo.git("add", "-f", "demo.egg-info/kept.txt")
    repo.git("commit", "-q", "-m", "Metadata")
    repo.tag("v1.4.0")
    for name in ("scm_version.json", "pbr.json", "depends.txt", "old/PKG-INFO"):
        repo.write(f"demo.egg-info/{name}", "{}\n")
    repo.write("other.egg-info/pbr.json", "{}\n")
    made = home.hook(hook, repo.path, tmp_path / "made").version
    fresh = home.hook(hook, clone(repo, tmp_path / "clone").path, tmp_path / "fresh").version
    assert (tmp_path / "made" / made).read_bytes() == (tmp_path / "fresh" / fresh).read_bytes()
    assert "+" not in made
    assert (repo.path / "other.egg-info/pbr.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="links take a right of their own there")
def test_a_link_out_of_the_repository(tmp_path: Path, home: Home) -> None:
    """No commit has what a link in a package leads to elsewhere: it is packed, and may differ in each build."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    (tmp_path / "elsewhere.py").write_text("x = 1\n", encoding="utf-8")
    (repo.path / "demo/linked.py").symlink_to(tmp_path / "elsewhere.py")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Link")
    repo.tag("v1.4.0")
    found = home.hook("build_wheel", repo.path, tmp_path / "out")
    assert found.version.startswith("demo-1.4.1.dev0+g"), found.err
    assert "demo/linked.py" in found.err


def test_a_folder_without_files(tmp_path: Path, home: Home) -> None:
    """setuptools writes each folder of ``src`` into top_level.txt, also what a renamed package left there."""
    repo = project(tmp_path / "demo", commits=0, tag=None)
    repo.git("mv", "demo", "src")
    repo.commit("src/demo/__init__.py")
    repo.git("rm", "-q", "src/__init__.py")
    repo.git("commit", "-q", "-m", "Layout")
    repo.tag("v1.4.0")
    for harmless in ("src/__pycache__", "src/demo/empty", "src/demo.egg-info"):
        (repo.path / harmless).mkdir()
    plain = home.hook("build_wheel", repo.path, tmp_path / "plain")
    assert plain.version == "demo-1.4.0-py3-none-any.whl", plain.err
    repo.write("src/old/__pycache__/x.cpython-311.pyc")
    found = home.hook("build_wheel", repo.path, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / found.version) as wheel:
        (listed,) = (wheel.read(name) for name in wheel.namelist() if name.endswith("/top_level.txt"))
    assert listed == b"demo\nold\n"
    assert found.version.startswith("demo-1.4.1.dev0+g"), found.err
    assert "src/old" in found.err
    assert "empty folders" in found.err


def test_changes_that_are_allowed(tmp_path: Path, home: Home) -> None:
    """``allow-changes`` names what a step may write."""
    repo = project(tmp_path / "demo", 'allow-changes = ["demo/_generated.py"]\n', commits=0)
    repo.write("demo/_generated.py", "x = 1\n")
    assert home.version(repo.path).version == "1.4.0"


@pytest.mark.parametrize(
    ("settings", "manifest", "public"),
    [
        ("", None, True),
        ('sdist-files = "tracked"\n', None, False),
        ("", "graft docs\n", False),
        ('[tool.setuptools.packages.find]\ninclude = ["demo", "docs"]\n', None, False),
    ],
)
def test_a_sparse_checkout(tmp_path: Path, home: Home, settings: str, manifest: str | None, *, public: bool) -> None:
    """What a sparse checkout leaves out is not missing, unless an sdist may have it, or it is a package."""
    repo = project(tmp_path / "demo", settings, commits=0, tag=None)
    if manifest is not None:
        repo.commit("MANIFEST.in", manifest)
    repo.commit("docs/index.md")
    if "docs" in settings:
        repo.commit("docs/__init__.py")
    repo.tag("v1.4.0")
    repo.git("sparse-checkout", "set", "demo")
    assert not (repo.path / "docs").exists()
    found = home.version(repo.path)
    assert (found.version == "1.4.0") is public
    assert ("git sparse-checkout disable" in found.err) is not public


# Guesses


def test_a_full_clone_without_tags(tmp_path: Path, home: Home) -> None:
    """``fetch-depth: 0`` with ``fetch-tags: false``: nothing tells what 0.1.0 would be."""
    repo = project(tmp_path / "demo")
    bare = clone(repo, tmp_path / "clone", "--no-tags")
    found = home.version(bare.path, **github(bare))
    assert found.code == 0
    assert not found.public


def test_a_container_without_git(tmp_path: Path, home: Home) -> None:
    """A Dockerfile copies the tree without ``.git``: two builds with other contents are never one public version."""
    repo = project(tmp_path / "demo")
    shutil.rmtree(repo.path / ".git")
    first = home.version(repo.path)
    repo.write("demo/__init__.py", "edited = True\n")
    other = Home(tmp_path / "other")
    other.path.mkdir()
    second = other.version(repo.path)
    assert first.code == second.code == 0
    assert not first.public
    assert first.version != second.version


def test_a_container_on_ci_without_git(tmp_path: Path, home: Home) -> None:
    """The same with the CI's variables, and with a ``base``: nothing shows which commit it is."""
    repo = project(tmp_path / "demo", 'base = "2.0"\n')
    variables = github(repo)
    shutil.rmtree(repo.path / ".git")
    found = home.version(repo.path, **variables)
    assert found.code == 0
    assert not found.public


def test_tags_that_are_not_reachable(tmp_path: Path, home: Home) -> None:
    """Releases on branches that are never merged: the highest of all serves, but not for a public version."""
    repo = project(tmp_path / "demo", tag=None)
    repo.checkout("release", new=True)
    repo.commit("demo/release.py")
    repo.tag("v1.40.0")
    repo.checkout("main")
    found = home.version(repo.path, **github(repo))
    assert found.code == 0
    assert found.version.startswith("1.40.1.dev")
    assert not found.public


# Order


def test_a_hotfix_on_a_side_branch(tmp_path: Path, home: Home) -> None:
    """Main's builds don't stay below the hotfix for ever."""
    repo = project(tmp_path / "demo")
    repo.checkout("hotfix", new=True, at="v1.4.0")
    repo.commit("demo/fix.py")
    repo.tag("v1.4.1")
    repo.checkout("main")
    assert home.version(repo.path, **github(repo)).version == "1.4.2.dev1041201"


def test_a_candidate_on_a_side_branch(tmp_path: Path, home: Home) -> None:
    """A release line that was cut has the candidate; above ``patch``, only a person knows what follows here."""
    repo = project(tmp_path / "demo", 'bump = "minor"\n')
    repo.checkout("release/1.5", new=True)
    repo.commit("demo/release.py")
    repo.tag("v1.5.0rc1")
    repo.checkout("main")
    repo.commit("demo/more.py")
    found = home.version(repo.path, **github(repo))
    assert found.code == 0
    assert found.version.startswith("1.6.0.dev1041201+g")
    assert 'base = "1.6.0"' in found.err


def test_an_old_commit_stays_below_its_release(tmp_path: Path, home: Home) -> None:
    """A tag that contains HEAD doesn't count: the old commit's build is not bumped past it."""
    repo = project(tmp_path / "demo")
    old = repo.head()
    repo.commit("demo/more.py")
    repo.tag("v1.4.1")
    repo.git("checkout", "-q", old)
    assert home.version(repo.path, **github(repo)).version == "1.4.1.dev1041201"


def test_a_merged_maintenance_line(tmp_path: Path, home: Home) -> None:
    """What HEAD contains counts, not what is nearest."""
    repo = project(tmp_path / "demo")
    repo.tag("v2.0.0")
    repo.checkout("1.4", new=True, at="v1.4.0")
    repo.commit("demo/fix.py")
    repo.tag("v1.4.1")
    repo.checkout("main")
    repo.merge("1.4")
    assert home.version(repo.path, **github(repo)).version == "2.0.1.dev1041201"


def test_a_shallow_clone_that_sees_an_older_tag(tmp_path: Path, home: Home) -> None:
    """A higher tag may lie beyond its edge."""
    repo = project(tmp_path / "demo", commits=3)
    shallow = clone(repo, tmp_path / "clone", "--depth=4")
    shallow.git("fetch", "-q", "origin", "refs/tags/v1.4.0:refs/tags/v1.4.0")
    found = home.version(shallow.path, **github(shallow))
    assert found.code == 0
    assert not found.public


# Providers


@pytest.mark.parametrize("name", ["GITEA_ACTIONS", "FORGEJO_ACTIONS"])
def test_runners_that_set_act(tmp_path: Path, home: Home, name: str) -> None:
    """Gitea and Forgejo set ``ACT=true`` like the program that they come from, and are no laptops."""
    repo = project(tmp_path / "demo")
    found = home.version(repo.path, **github(repo, ACT="true", GITEA_ACTIONS="true") | {name: "true"})
    assert found.version == "1.4.1.dev41201"


def test_bamboos_plan_branches(tmp_path: Path, home: Home) -> None:
    """Each plan branch counts for itself."""
    repo = project(tmp_path / "demo")
    found = home.version(
        repo.path,
        bamboo_planKey="DEMO-MAIN1",
        bamboo_buildNumber="7",
        bamboo_planRepository_branchName="feature",
        bamboo_planRepository_revision=repo.head(),
    )
    assert found.code == 0
    assert not found.public


def test_a_ref_that_was_lost(tmp_path: Path, home: Home) -> None:
    """A container without ``GITHUB_REF`` in a tag run doesn't publish a dev version."""
    repo = project(tmp_path / "demo", commits=1, tag=None)
    variables = github(repo, ref="refs/tags/v1.4.0")
    del variables["GITHUB_REF"]
    repo.tag("v1.3.0", at="HEAD~1")
    found = home.version(repo.path, **variables)
    assert found.code == 0
    assert not found.public


def test_a_fork_whose_branch_is_called_main(tmp_path: Path, home: Home) -> None:
    """A pull request is never public, whatever its branch is called."""
    repo = project(tmp_path / "demo", 'branches = {main = {source = "ci"}}\n')
    found = home.version(
        repo.path,
        JENKINS_URL="https://ci.example/",
        BUILD_ID="7",
        BUILD_NUMBER="7",
        JOB_NAME="demo/PR-3",
        BRANCH_NAME="PR-3",
        CHANGE_ID="3",
        CHANGE_BRANCH="main",
        GIT_COMMIT=repo.head(),
    )
    assert found.code == 0
    assert not found.public


def test_the_local_counter_on_ephemeral_runners(tmp_path: Path, home: Home) -> None:
    """Each runner starts with an empty home: ``dev1`` for ever."""
    repo = project(tmp_path / "demo", 'source = "counter"\n')
    found = home.version(repo.path, **github(repo))
    assert found.code == 0
    assert not found.public


def test_a_counter_in_a_file(tmp_path: Path, home: Home) -> None:
    """In a container, and on a runner with a disk that stays: public once the file was made, and only then."""
    path = tmp_path / "numbers.sqlite3"
    repo = project(tmp_path / "demo", f'source = "counter"\ncounter = "sqlite://{path}"\n')
    variables = {**github(repo), "container": "podman"}
    missing = home.version(repo.path, **variables)
    assert (missing.code, missing.public) == (0, False)
    assert "uniqver counter init" in missing.err
    insisting = home.run(repo.path, "allocate", **variables)
    assert insisting.code == 1
    assert "uniqver counter init" in insisting.err
    assert not path.exists()
    assert home.run(repo.path, "counter", "init", **variables).code == 0
    assert home.version(repo.path, **variables).version == "1.4.1.dev1"
    built = home.hook("build_wheel", repo.path, tmp_path / "out", **variables)
    assert built.version == "demo-1.4.1.dev1-py3-none-any.whl", built.err
    assert home.run(repo.path, "allocate", **github(repo, run=413), container="podman").version == "1.4.1.dev2"


def test_somebody_elses_run_takes_no_number_of_a_file(tmp_path: Path, home: Home) -> None:
    """A build that isn't the project's own never touches a shared counter, also not one in a file."""
    path = tmp_path / "numbers.sqlite3"
    repo = project(tmp_path / "demo", f'source = "counter"\ncounter = "sqlite://{path}"\n')
    assert home.run(repo.path, "counter", "init").code == 0
    before = path.read_bytes()
    built = home.hook("build_wheel", repo.path, tmp_path / "out", **of_another(tmp_path))
    assert built.code == 0
    assert "+" in built.version
    assert path.read_bytes() == before


def test_forks_on_one_company_index(tmp_path: Path, home: Home) -> None:
    """A fork's numbers start again: ``repository`` leaves its runs out."""
    repo = project(tmp_path / "demo", 'repository = "acme/demo"\n')
    assert home.version(repo.path, **github(repo)).public
    assert not home.version(repo.path, **github(repo, GITHUB_REPOSITORY="fork/demo")).public


# Harmless, and stopped


def test_a_clone_without_history_or_tags(tmp_path: Path, home: Home) -> None:
    """pre-commit and pip clone like this, and only want to install."""
    repo = project(tmp_path / "demo", commits=3)
    shallow = clone(repo, tmp_path / "clone", "--depth=1", "--no-tags")
    found = home.hook("build_wheel", shallow.path, tmp_path / "out")
    assert found.code == 0, found.err
    assert "+g" in found.version


def test_a_shallow_checkout_in_a_test_job(tmp_path: Path, home: Home) -> None:
    """The default of actions/checkout: one commit, no tags, the CI's variables."""
    repo = project(tmp_path / "demo", commits=3)
    shallow = clone(repo, tmp_path / "clone", "--depth=1", "--no-tags")
    found = home.hook("build_wheel", shallow.path, tmp_path / "out", **github(shallow))
    assert found.code == 0, found.err
    assert "+g" in found.version


def test_an_image_without_git(tmp_path: Path, home: Home) -> None:
    """``.git`` was copied along, and there is no git program."""
    repo = project(tmp_path / "demo")
    (tmp_path / "bin").mkdir()
    found = home.hook("build_wheel", repo.path, tmp_path / "out", PATH=str(tmp_path / "bin"))
    assert found.code == 0, found.err
    assert "+t" in found.version


def test_a_vendored_project(tmp_path: Path, home: Home) -> None:
    """A project in a bigger repository that doesn't say ``root``: local, with the line to add."""
    outer = Repo(tmp_path / "outer")
    outer.write("libs/demo/pyproject.toml", PYPROJECT)
    outer.write("libs/demo/demo/__init__.py")
    outer.git("add", "-A")
    outer.git("commit", "-q", "-m", "First")
    found = home.version(outer.path / "libs/demo")
    assert found.code == 0
    assert not found.public
    assert 'root = "../.."' in found.err


def test_an_archive_of_a_tag(tmp_path: Path, home: Home) -> None:
    """conda-forge and Debian build from a code host's tarball: ``.git_archival.txt`` has its tag."""
    repo = project(tmp_path / "demo", tag=None, commits=0)
    repo.write(
        ".git_archival.txt",
        "node: $Format:%H$\nnode-date: $Format:%cI$\ndescribe-name: $Format:%(describe:tags=true,match=*[0-9]*)$\n",
    )
    repo.commit(".gitattributes", ".git_archival.txt export-subst\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Archives")
    repo.tag("v1.4.0")
    repo.git("archive", "-o", str(tmp_path / "demo.tar"), "HEAD")
    with tarfile.open(tmp_path / "demo.tar") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert home.version(tmp_path / "unpacked").version == "1.4.0"


def test_a_version_that_a_distribution_pretends(tmp_path: Path, home: Home) -> None:
    """Debian's builds have no git, and set setuptools-scm's variable for every project."""
    repo = project(tmp_path / "demo")
    with_git = home.version(repo.path, SETUPTOOLS_SCM_PRETEND_VERSION="9.9")
    shutil.rmtree(repo.path / ".git")
    without = home.version(repo.path, SETUPTOOLS_SCM_PRETEND_VERSION="9.9")
    assert with_git.version.startswith("1.4.1")
    assert without.version == "9.9"


# Equal version, other bytes


def made(home: Home, repo: Repo, into: Path, hook: str = "build_wheel", **variables: str) -> bytes:
    found = home.hook(hook, repo.path, into, **variables)
    assert found.code == 0, found.err
    (path,) = into.iterdir()
    return path.read_bytes()


@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
def test_pinned_and_computed_are_the_same_bytes(tmp_path: Path, home: Home, hook: str) -> None:
    """The version job computes, the others get a pin, and some lose the CI's variables in a container."""
    repo = project(tmp_path / "demo")
    variables = github(repo)
    computed = made(home, repo, tmp_path / "a", hook, **variables)
    pinned = made(home, repo, tmp_path / "b", hook, **variables, UNIQVER_VERSION="1.4.1.dev1041201")
    alone = made(home, repo, tmp_path / "c", hook, UNIQVER_VERSION="1.4.1.dev1041201")
    assert computed == pinned
    assert pinned == alone


def test_a_re_run_with_another_key_is_the_same_bytes(tmp_path: Path, home: Home) -> None:
    """CircleCI: a re-run is another workflow; a release is the same release."""
    repo = project(tmp_path / "demo", commits=0)
    circle = {"CIRCLECI": "true", "CIRCLE_TAG": "v1.4.0", "CIRCLE_SHA1": repo.head()}
    first = made(
        home, repo, tmp_path / "a", **circle, CIRCLE_WORKFLOW_ID="one", CIRCLE_BUILD_URL="https://ci.example/1"
    )
    second = made(
        home, repo, tmp_path / "b", **circle, CIRCLE_WORKFLOW_ID="two", CIRCLE_BUILD_URL="https://ci.example/2"
    )
    assert first == second


def test_no_toolchain_in_sdists(tmp_path: Path, home: Home) -> None:
    """Another setuptools or uniqver makes the same sdist."""
    repo = project(tmp_path / "demo", commits=0)
    made(home, repo, tmp_path / "out", "build_sdist")
    (path,) = (tmp_path / "out").iterdir()
    with tarfile.open(path) as archive:
        file = archive.extractfile("demo-1.4.0/uniqver.json")
        assert file is not None
        facts = json.load(file)
    assert not {"uniqver", "setuptools", "tools", "build_key", "ci"} & facts.keys()


# Others


def test_metadata_that_git_tracks(tmp_path: Path, home: Home) -> None:
    """A PKG-INFO that was committed by accident doesn't freeze all later versions."""
    repo = project(tmp_path / "demo", tag=None, commits=0)
    repo.write("PKG-INFO", "Metadata-Version: 2.1\nName: demo\nVersion: 0.9\n")
    repo.git("add", "-f", "PKG-INFO")
    repo.git("commit", "-q", "-m", "Oops")
    imported = home.version(repo.path)
    repo.tag("v1.4.0")
    assert imported.version == "0.9"  # no release tag: an imported sdist, as in git-buildpackage
    assert home.version(repo.path).version == "1.4.0"


@pytest.mark.parametrize("line", ["version_info = (1, 4, 0)", '__author__ = "Ada"'])
def test_a_version_file_that_a_person_wrote(tmp_path: Path, home: Home, line: str) -> None:
    """Names of its own would be lost."""
    repo = project(tmp_path / "demo", commits=0)
    text = f'__version__ = "1.4.0"\n{line}\n'
    path = repo.write("demo/_version.py", text)
    found = home.hook("build_wheel", repo.path, tmp_path / "out")
    assert found.code == 1
    assert "holds more than a version" in found.err
    assert path.read_text() == text


def test_an_offset_in_a_branch_rule(tmp_path: Path, home: Home) -> None:
    """Two branches with offsets of their own give one number twice: configuration that is wrong."""
    repo = project(tmp_path / "demo", "branches = {main = {offset = 100}}\n")
    found = home.version(repo.path)
    assert found.code == 1
    assert "offset" in found.err


def test_facts_of_another_commit(tmp_path: Path, home: Home) -> None:
    """``UNIQVER_FACTS`` of one commit doesn't name another one's contents."""
    repo = project(tmp_path / "demo", commits=0)
    made(home, repo, tmp_path / "out")
    (wheel,) = (tmp_path / "out").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        (tmp_path / "facts.json").write_bytes(archive.read("demo-1.4.0.dist-info/uniqver.json"))
    assert home.version(repo.path, UNIQVER_FACTS=str(tmp_path / "facts.json")).version == "1.4.0"
    repo.commit("demo/more.py")
    found = home.version(repo.path, UNIQVER_FACTS=str(tmp_path / "facts.json"))
    assert (found.code, found.version) == (1, "")
    assert "UNIQVER_FACTS is of the commit" in found.err


def test_no_local_part_on_a_dirty_tree(tmp_path: Path, home: Home) -> None:
    """``local = false`` is a word about commits, not about changes."""
    repo = project(tmp_path / "demo", 'source = "distance"\nlocal = false\n')
    assert home.version(repo.path).version == "1.4.1.dev1"
    repo.write("demo/__init__.py", "edited = True\n")
    found = home.version(repo.path)
    assert found.code == 0
    assert not found.public


def test_one_variable_for_one_project(tmp_path: Path, home: Home) -> None:
    """``UNIQVER_BUILD_NUMBER`` in somebody else's run isn't ours; ``…_FOR_DEMO`` is."""
    repo = project(tmp_path / "demo")
    theirs = of_another(tmp_path)
    assert not home.version(repo.path, **theirs, UNIQVER_BUILD_NUMBER="7").public
    assert home.version(repo.path, **theirs, UNIQVER_BUILD_NUMBER_FOR_DEMO="7").version == "1.4.1.dev7"


def test_allocate_insists(tmp_path: Path, home: Home) -> None:
    """The version job ends with an error that has its fix, not with a local version."""
    repo = project(tmp_path / "demo")
    variables = github(repo)
    assert home.run(repo.path, "allocate", **variables).version == "1.4.1.dev1041201"
    repo.write("demo/__init__.py", "edited = True\n")
    found = home.run(repo.path, "allocate", **variables)
    assert (found.code, found.version) == (1, "")
    assert "fix:" in found.err


def test_allocate_insists_on_a_public_pin(tmp_path: Path, home: Home) -> None:
    """A local version that a variable pins is not one to publish."""
    repo = project(tmp_path / "demo")
    found = home.run(repo.path, "allocate", UNIQVER_VERSION="1.0+local")
    assert (found.code, found.version) == (1, "")
    assert "UNIQVER_VERSION pins 1.0+local" in found.err


def test_strict_hooks_insist(tmp_path: Path, home: Home) -> None:
    """A job that builds for publishing sets ``UNIQVER_STRICT=1``."""
    repo = project(tmp_path / "demo")
    found = home.hook("build_wheel", repo.path, tmp_path / "out", UNIQVER_STRICT="1")
    assert found.code == 1
    assert "no public version can be proven" in found.err


def test_allocate_asks_origin_for_tags(tmp_path: Path, home: Home) -> None:
    """A persistent workspace that never fetched the last release's tag."""
    repo = project(tmp_path / "demo")
    stale = clone(repo, tmp_path / "clone")
    repo.tag("v1.5.0")
    found = home.run(stale.path, "allocate", **github(stale))
    assert found.code == 1
    assert "git fetch --tags origin" in found.err
    stale.git("fetch", "-q", "--tags", "origin")
    assert home.run(stale.path, "allocate", **github(stale)).version == "1.5.1.dev1041201"


def test_allocate_without_an_answer_from_origin(tmp_path: Path, home: Home) -> None:
    """An origin that can't be asked is a warning."""
    repo = project(tmp_path / "demo")
    repo.git("remote", "add", "origin", str(tmp_path / "gone"))
    found = home.run(repo.path, "allocate", **github(repo))
    assert found.version == "1.4.1.dev1041201"
    assert "origin" in found.err
