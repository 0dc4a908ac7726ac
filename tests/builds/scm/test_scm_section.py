"""Projects that configure setuptools-scm: its version with the build's number, by real hooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import sdist_members, unpacked, version_of_name, wheel_members
from tests.support.run import git
from tests.support.scm import made_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scm import Tools

NUMBER = {"UNIQVER_BUILD_NUMBER": "41201"}
BRANCH = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "500",
    "GITHUB_RUN_NUMBER": "5",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_REF_NAME": "main",
}
TAG = {**BRANCH, "GITHUB_REF": "refs/tags/v1.4.0", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.4.0"}
FILE = 'version_file = "sample/_version.py"\n'


def error_of(tools: Tools, project: Path, env: dict[str, str] | None = None) -> str:
    """Return what `uniqver version` says when it refuses."""
    done = tools.run("-m", "uniqver", "version", cwd=project, env=env, ok=False)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("layout", ["flat", "src"])
def test_sdist_then_wheel_elsewhere(layout: str, tools: Tools, tmp_path: Path) -> None:
    """A wheel from the unpacked sdist, without git and variables, says the sdist's version and its commit."""
    folder = "src/sample" if layout == "src" else "sample"
    project = made_project(tmp_path / "project", f'version_file = "{folder}/_version.py"\n', package=folder)
    sdist = tools.sdist(project, tmp_path / "dist", env=NUMBER)
    wheel = tools.wheel(unpacked(sdist, tmp_path / "elsewhere"), tmp_path / "dist")
    assert version_of_name(sdist) == version_of_name(wheel) == "1.4.1.dev41201"
    written = sdist_members(sdist)[f"{folder}/_version.py"]
    assert b"'1.4.1.dev41201'" in written
    assert re.search(rb"commit_id = 'g[0-9a-f]{9}'", written)
    assert wheel_members(wheel)["sample/_version.py"] == written


def test_an_sdist_inside_another_repository(tools: Tools, tmp_path: Path) -> None:
    """An sdist unpacked into a foreign git work tree keeps its version and its files."""
    sdist = tools.sdist(made_project(tmp_path / "project", FILE), tmp_path / "dist", env=NUMBER)
    foreign = made_project(tmp_path / "foreign", FILE, tag="v9.0.0")
    inside = unpacked(sdist, foreign)
    wheel = tools.wheel(inside, tmp_path / "dist")
    again = tools.sdist(inside, tmp_path / "again")
    assert version_of_name(wheel) == version_of_name(again) == "1.4.1.dev41201"
    assert sdist_members(again).keys() == sdist_members(sdist).keys()


def test_metadata_directory(tools: Tools, tmp_path: Path) -> None:
    """The wheel says the version of the metadata that was prepared, even with another number in the environment."""
    project = made_project(tmp_path / "project", FILE)
    prepared, dist = tmp_path / "prepared", tmp_path / "dist"
    prepared.mkdir()
    dist.mkdir()
    name = tools.hook("prepare_metadata_for_build_wheel", project, prepared, env=NUMBER).result
    made = tools.hook("build_wheel", project, dist, None, prepared / name, env={"UNIQVER_BUILD_NUMBER": "7"}).result
    assert name == "sample-1.4.1.dev41201.dist-info"
    assert version_of_name(dist / made) == "1.4.1.dev41201"
    assert b"'1.4.1.dev41201'" in wheel_members(dist / made)["sample/_version.py"]


def test_editable(tools: Tools, tmp_path: Path) -> None:
    """An editable wheel writes the version file in the project."""
    project = made_project(tmp_path / "project", FILE)
    name = tools.hook("build_editable", project, tmp_path, env=NUMBER).result
    assert "1.4.1.dev41201" in name
    assert "'1.4.1.dev41201'" in (project / "sample/_version.py").read_text()


def test_no_second_version_file(tools: Tools, tmp_path: Path) -> None:
    """uniqver writes no version file of its own: with a table but no file in it, there is none."""
    project = made_project(tmp_path / "project", "")
    wheel = tools.wheel(project, tmp_path / "dist", env=NUMBER)
    assert set(wheel_members(wheel)) == {
        "sample/__init__.py",
        *(
            f"sample-1.4.1.dev41201.dist-info/{name}"
            for name in ("METADATA", "WHEEL", "top_level.txt", "RECORD", "uniqver.json")
        ),
    }


def test_a_version_file_that_is_asked_for(tools: Tools, tmp_path: Path) -> None:
    """With version-file in [tool.uniqver], uniqver writes that one."""
    project = made_project(tmp_path / "project", "", uniqver='version-file = "sample/_build.py"\n')
    wheel = tools.wheel(project, tmp_path / "dist", env=NUMBER)
    assert b'"1.4.1.dev41201"' in wheel_members(wheel)["sample/_build.py"]


def test_a_template_of_its_own(tools: Tools, tmp_path: Path) -> None:
    """A template gets what follows from version and commit: a pinned build, which knows no more, writes the same."""
    template = "v = '{version}' # {scm_version.dirty} {scm_version.node}\n"
    project = made_project(tmp_path / "project", FILE + f'version_file_template = """{template}"""\n', commits=3)
    tools.wheel(project, tmp_path / "computed", env=NUMBER)
    computed = (project / "sample/_version.py").read_text()
    tools.wheel(project, tmp_path / "pinned", env={"UNIQVER_VERSION": "1.4.1.dev41201"})
    assert (project / "sample/_version.py").read_text() == computed
    assert computed == f"v = '1.4.1.dev41201' # False g{git(project, 'rev-parse', 'HEAD')}\n"


def test_a_tracked_version_file(tools: Tools, tmp_path: Path) -> None:
    """A version file that git tracks doesn't make the second hook's tree dirty: both hooks say one version."""
    project = made_project(tmp_path / "project", FILE, ignored=False)
    (project / "sample/_version.py").write_text("version = '0'\n")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Version file")
    first = version_of_name(tools.sdist(project, tmp_path / "dist"))
    assert git(project, "status", "--porcelain", "--untracked-files=no")
    second = version_of_name(tools.wheel(project, tmp_path / "dist"))
    assert first == second
    assert first.startswith("1.4.1.dev2+g")


SCHEMES = [
    ("", "1.4.1.dev41201"),
    ('version_scheme = "no-guess-dev"\n', "1.4.0.post1.dev41201"),
    ('version_scheme = "post-release"\n', "1.4.0.post41201"),
    ('version_scheme = "semver-pep440-release-branch"\n', "1.5.0.dev41201"),
    ('version_scheme = "semver-pep440"\nlocal_scheme = "no-local-version"\n', "1.4.1.dev41201"),
    ('local_scheme = "node-and-timestamp"\n', "1.4.1.dev41201"),
]


@pytest.mark.parametrize(
    ("table", "version"), SCHEMES, ids=[version + str(n) for n, (_, version) in enumerate(SCHEMES)]
)
def test_schemes(table: str, version: str, tools: Tools, tmp_path: Path) -> None:
    """The number takes the place of the scheme's own; the local part, whatever the local_scheme, isn't there."""
    assert tools.version(made_project(tmp_path / "project", table), NUMBER) == version


def test_calver(tools: Tools, tmp_path: Path) -> None:
    """calver-by-date makes the date of the commit, and uniqver its number."""
    project = made_project(tmp_path / "project", 'version_scheme = "calver-by-date"\n', tag="v2020.1.1")
    assert re.fullmatch(r"20[0-9]{2}\.[0-9]+\.[0-9]+\.0\.dev41201", tools.version(project, NUMBER))


def test_a_scheme_without_number(tools: Tools, tmp_path: Path) -> None:
    """only-version has no number to replace: every build is local, and differs by its local part."""
    project = made_project(tmp_path / "project", 'version_scheme = "only-version"\n')
    assert tools.version(project, NUMBER).startswith("1.4.0+g")
    assert tools.version(project).startswith("1.4.0+g")


def test_by_distance(tools: Tools, tmp_path: Path) -> None:
    """Without CI the number is setuptools-scm's own; the local part is uniqver's, and changes make another one."""
    project = made_project(tmp_path / "project", 'local_scheme = "no-local-version"\n', commits=2)
    clean = tools.version(project)
    (project / "sample/__init__.py").write_text("changed = 1\n")
    first = tools.version(project)
    (project / "sample/__init__.py").write_text("changed = 2\n")
    second = tools.version(project)
    assert re.fullmatch(r"1\.4\.1\.dev2\+g[0-9a-f]{12}", clean)
    assert re.fullmatch(r"1\.4\.1\.dev2\+g[0-9a-f]{12}\.d[0-9a-f]{12}", first)
    assert len({clean, first, second}) == 3
    by_word = {"UNIQVER_SOURCE": "distance", "UNIQVER_LOCAL": "false"}
    assert tools.version(project, by_word) == second
    git(project, "checkout", "-q", "sample/__init__.py")
    assert tools.version(project, by_word) == "1.4.1.dev2"


def test_changes_on_the_tag(tools: Tools, tmp_path: Path) -> None:
    """A changed tree on the tag is no release, and works toward the next one."""
    project = made_project(tmp_path / "project", "", commits=0)
    assert tools.version(project) == "1.4.0"
    (project / "sample/__init__.py").write_text("changed = 1\n")
    assert re.fullmatch(r"1\.4\.1\.dev0\+g[0-9a-f]{12}\.d[0-9a-f]{12}", tools.version(project))


def test_a_local_scheme_that_refuses_changes(tools: Tools, tmp_path: Path) -> None:
    """fail-on-uncommitted-changes goes on refusing."""
    project = made_project(tmp_path / "project", 'local_scheme = ["fail-on-uncommitted-changes", "node-and-date"]\n')
    assert tools.version(project, NUMBER) == "1.4.1.dev41201"
    (project / "sample/__init__.py").write_text("changed = 1\n")
    assert "refuses this tree" in error_of(tools, project, NUMBER)


def test_ci(tools: Tools, tmp_path: Path) -> None:
    """On the tag, CI's word counts: a run for the branch is a dev build, a run for the tag the release."""
    project = made_project(tmp_path / "project", "", commits=0)
    commit = {"GITHUB_SHA": git(project, "rev-parse", "HEAD")}
    assert tools.version(project, {**BRANCH, **commit}) == "1.4.1.dev50001"
    assert tools.version(project, {**TAG, **commit}) == "1.4.0"
    (project / "sample/__init__.py").write_text("changed = 1\n")
    assert tools.version(project, {**TAG, **commit}).startswith("1.4.1.dev50001+g")


def test_a_tag_of_another_project(tools: Tools, tmp_path: Path) -> None:
    """A CI run for another project's tag in the same repository is no release of this one."""
    table = 'tag.prefix = "core-v"\n'
    project = made_project(tmp_path / "project", table, tag="core-v1.4.0", commits=0)
    git(project, "tag", "gui-v7.0.0")
    commit = {"GITHUB_SHA": git(project, "rev-parse", "HEAD")}
    other = {**TAG, "GITHUB_REF": "refs/tags/gui-v7.0.0", "GITHUB_REF_NAME": "gui-v7.0.0"}
    own = {**TAG, "GITHUB_REF": "refs/tags/core-v1.4.0", "GITHUB_REF_NAME": "core-v1.4.0"}
    assert tools.version(project, {**other, **commit}) == "1.4.1.dev50001"
    assert tools.version(project, {**own, **commit}) == "1.4.0"


def test_own_tags(tools: Tools, tmp_path: Path) -> None:
    """tag_regex and a describe command of the project's own decide which tag counts."""
    table = """
tag.regex = '^rel/(?P<version>[0-9.]+)$'
scm.git.describe_command = "git describe --dirty --tags --long --match rel/*"
"""
    project = made_project(tmp_path / "project", table, tag="rel/3.1", commits=2)
    git(project, "tag", "v9.9.9")
    assert tools.version(project, NUMBER) == "3.2.dev41201"


def test_pins(tools: Tools, tmp_path: Path) -> None:
    """A pin is taken as it is: uniqver's first, then the one that setuptools-scm documents."""
    project = made_project(tmp_path / "project", FILE)
    theirs = {"SETUPTOOLS_SCM_PRETEND_VERSION": "7.0"}
    assert tools.version(project, theirs) == "7.0"
    assert tools.version(project, {**theirs, "UNIQVER_VERSION": "8.0"}) == "8.0"
    wheel = tools.wheel(project, tmp_path / "dist", env=theirs)
    assert version_of_name(wheel) == "7.0"
    assert b"'7.0'" in wheel_members(wheel)["sample/_version.py"]


def test_counter(tools: Tools, tmp_path: Path) -> None:
    """A counter counts per base of the scheme, one number for both hooks of a build."""
    project = made_project(tmp_path / "project", "", uniqver='source = "counter"\n')
    counter = {"UNIQVER_COUNTER": f"sqlite:///{tmp_path / 'counter.sqlite3'}"}
    tools.run("-m", "uniqver", "counter", "init", cwd=project, env=counter)
    env = {"UNIQVER_BUILD_ID": "first", **counter}
    sdist, wheel = tools.sdist(project, tmp_path / "1", env=env), tools.wheel(project, tmp_path / "1", env=env)
    assert version_of_name(sdist) == version_of_name(wheel) == "1.4.1.dev1"
    assert (
        version_of_name(tools.sdist(project, tmp_path / "2", env={"UNIQVER_BUILD_ID": "2", **counter})) == "1.4.1.dev2"
    )
    show = tools.run("-m", "uniqver", "counter", "show", cwd=project, env=counter).stdout
    assert "sample 1.4.1" in show
    assert re.search(r"^next +3$", show, re.MULTILINE)


def test_root(tools: Tools, tmp_path: Path) -> None:
    """In a monorepo setuptools-scm's own root says where the repository is."""
    project = made_project(tmp_path / "mono" / "core", 'root = ".."\n' + FILE, repository=tmp_path / "mono")
    wheel = tools.wheel(project, tmp_path / "dist", env=NUMBER)
    assert version_of_name(wheel) == "1.4.1.dev41201"
    assert b"'1.4.1.dev41201'" in wheel_members(wheel)["sample/_version.py"]
    (project / "sample/__init__.py").write_text("changed = 1\n")
    assert re.fullmatch(r"1\.4\.1\.dev1\+g[0-9a-f]{12}\.d[0-9a-f]{12}", tools.version(project))


def test_vcs_versioning_table(tools: Tools, tmp_path: Path) -> None:
    """[tool.vcs-versioning] is as good as [tool.setuptools_scm]."""
    project = made_project(tmp_path / "project", FILE, tool="vcs-versioning")
    wheel = tools.wheel(project, tmp_path / "dist", env=NUMBER)
    assert b"'1.4.1.dev41201'" in wheel_members(wheel)["sample/_version.py"]


def test_fallback_version(tools: Tools, tmp_path: Path) -> None:
    """Without a repository, fallback_version is what is worked toward, not what every build is called."""
    project = made_project(tmp_path / "project", 'fallback_version = "3.0"\n' + FILE, repository=None)
    assert version_of_name(tools.wheel(project, tmp_path / "dist", env=NUMBER)).startswith("3.0.dev41201+t")
    assert tools.version(project).startswith("3.0.dev1+t")


def test_parentdir_prefix_version(tools: Tools, tmp_path: Path) -> None:
    """A folder whose name says the version, as parentdir_prefix_version has it, is that version."""
    table = 'parentdir_prefix_version = "sample-"\n'
    assert tools.version(made_project(tmp_path / "sample-2.5", table, repository=None), NUMBER) == "2.5"


def test_nothing_to_tell_from(tools: Tools, tmp_path: Path) -> None:
    """Without a repository and without fallback_version the error names what to set."""
    assert "fallback_version" in error_of(tools, made_project(tmp_path / "project", "", repository=None))


def test_a_shallow_clone(tools: Tools, tmp_path: Path) -> None:
    """A shallow clone without tags gives a local version, where setuptools-scm gives 0.1.dev1."""
    origin = made_project(tmp_path / "origin", "", commits=3)
    git(tmp_path, "clone", "-q", "--depth=1", "--no-tags", origin.as_uri(), "clone")
    done = tools.run("-m", "uniqver", "version", cwd=tmp_path / "clone", env=NUMBER)
    assert "+g" in done.stdout
    assert "git fetch --unshallow" in done.stderr


def test_settings_that_contradict(tools: Tools, tmp_path: Path) -> None:
    """Keys of [tool.uniqver] that setuptools-scm's schemes decide are refused, all at once."""
    uniqver = 'bump = "minor"\nbranches = {main = {segment = "rc"}}\n'
    said = error_of(tools, made_project(tmp_path / "project", "", uniqver=uniqver))
    assert "bump: version_scheme" in said
    assert "segment: version_scheme" in said


def test_requirement(tools: Tools, tmp_path: Path) -> None:
    """Each get_requires hook asks for setuptools-scm in such a project, and in no other."""
    project = made_project(tmp_path / "project", "")
    for hook in ("sdist", "wheel", "editable"):
        assert "'setuptools-scm>=10.3.4'" in tools.hook(f"get_requires_for_build_{hook}", project).result
    native = made_project(tmp_path / "native", None)
    assert tools.hook("get_requires_for_build_wheel", native).result == "[]"


def test_use_scm_version(tools: Tools, tmp_path: Path) -> None:
    """use_scm_version in setup.py: its settings, a callable's too, hold, in both artifacts and from the sdist."""
    setup = """
from setuptools import setup
def settings():
    return {"version_scheme": "post-release", "write_to": "sample/_version.py"}
setup(name="sample", packages=["sample"], use_scm_version=settings, setup_requires=["setuptools-scm"])
"""
    project = made_project(tmp_path / "project", None, setup_py=setup)
    assert tools.run("-m", "uniqver", "allocate", cwd=project, env=NUMBER).stdout.strip() == "1.4.0.post41201"
    assert not (project / "sample/_version.py").exists()  # asking writes nothing
    sdist = tools.sdist(project, tmp_path / "dist", env=NUMBER)
    wheel = tools.wheel(project, tmp_path / "dist", env=NUMBER)
    elsewhere = tools.wheel(unpacked(sdist, tmp_path / "elsewhere"), tmp_path / "again")
    assert version_of_name(sdist) == version_of_name(wheel) == version_of_name(elsewhere) == "1.4.0.post41201"
    assert b"'1.4.0.post41201'" in wheel_members(wheel)["sample/_version.py"]
    assert wheel_members(elsewhere)["sample/_version.py"] == wheel_members(wheel)["sample/_version.py"]


def test_looking_does_not_run_setup_py(tools: Tools, tmp_path: Path) -> None:
    """`uniqver version` is no build: the version is local, and the warning names the way out."""
    setup = "open('ran', 'w')\nimport setuptools\nsetuptools.setup(use_scm_version=True)\n"
    project = made_project(tmp_path / "project", None, setup_py=setup)
    done = tools.run("-m", "uniqver", "version", cwd=project, env=NUMBER)
    assert not (project / "ran").exists()
    assert "+" in done.stdout
    assert "move its settings to [tool.setuptools_scm]" in done.stderr


def test_a_setup_py_that_fails(tools: Tools, tmp_path: Path) -> None:
    """A setup.py with use_scm_version that fails is shown with its own last line."""
    setup = "import setuptools\nraise RuntimeError('broken here')\nsetup(use_scm_version=True)\n"
    project = made_project(tmp_path / "project", None, setup_py=setup)
    assert "broken here" in tools.run("-m", "uniqver", "allocate", cwd=project, ok=False).stderr
