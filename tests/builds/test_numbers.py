"""What makes builds differ, seen on real builds: runs, attempts, branches, counters."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.support.artifacts import assert_all_say, version_of_name
from tests.support.projects import committed, copied
from tests.support.run import git, python, run

if TYPE_CHECKING:
    from pathlib import Path

BUILD = (sys.executable, "-m", "build", "-n")


def github(project: Path, run_number: int, attempt: int, **more: str) -> dict[str, str]:
    """Return the variables of a run of GitHub's for the project's commit."""
    return {
        "GITHUB_SHA": git(project, "rev-parse", "HEAD"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": str(34_180_115_486 + run_number),
        "GITHUB_RUN_NUMBER": str(run_number),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_WORKFLOW_REF": "a/b/.github/workflows/publish.yml@refs/heads/main",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_REF": "refs/heads/main",
        "UNIQVER_WORKFLOW": "publish.yml",
        **more,
    }


def counter(project: Path) -> dict[str, str]:
    """Make a counter that builds of a project share; return the variables that name it."""
    variables = {"UNIQVER_SOURCE": "counter", "UNIQVER_COUNTER": f"sqlite:///{project.parent / 'counter.sqlite3'}"}
    run(sys.executable, "-m", "uniqver", "counter", "init", cwd=project, env={**os.environ, **variables})
    return variables


def built(project: Path, out: Path, kinds: tuple[str, ...] = ("--wheel",), /, **variables: str) -> str:
    """Build ``project`` into ``out``; return the one version that everything in it has."""
    run(*BUILD, *kinds, "-o", out, project, cwd=out.parent, env={**os.environ, **variables})
    artifacts = list(out.iterdir())
    (version,) = {version_of_name(artifact) for artifact in artifacts}
    assert_all_say(version, *artifacts)
    return version


@pytest.mark.once
def test_runs_and_attempts_rise(tmp_path: Path) -> None:
    """One tree as run 412 attempt 1, attempt 2 and run 413 gives three versions, each above the one before."""
    project = committed(copied("src_layout", tmp_path))
    runs = [(412, 1), (412, 2), (413, 1)]
    versions = [
        built(project, tmp_path / f"{number}-{attempt}", (), **github(project, number, attempt))
        for number, attempt in runs
    ]
    assert versions == ["1.4.1.dev41201", "1.4.1.dev41202", "1.4.1.dev41301"]
    assert sorted(versions, key=Version) == versions


@pytest.mark.once
def test_branches_with_equal_distance_differ(tmp_path: Path) -> None:
    """Two branches with as many commits since the tag get two versions."""
    project = committed(copied("src_layout", tmp_path), commits_after=0)
    versions = set()
    for branch in ("one", "two"):
        git(project, "checkout", "-q", "-b", branch, "main")
        git(project, "commit", "-q", "--allow-empty", "-m", f"On {branch}")
        versions.add(built(project, tmp_path / branch))
    assert len(versions) == 2
    assert all(version.startswith("1.4.1.dev1+g") for version in versions)


@pytest.mark.once
def test_gitlab_counts_pipelines(tmp_path: Path) -> None:
    """GitLab's pipeline number makes the version, as it is."""
    project = committed(copied("src_layout", tmp_path))
    variables = {"GITLAB_CI": "true", "CI_PIPELINE_IID": "77", "CI_COMMIT_BRANCH": "main"}
    variables["CI_COMMIT_SHA"] = git(project, "rev-parse", "HEAD")
    assert built(project, tmp_path / "out", **variables) == "1.4.1.dev77"


@pytest.mark.once
def test_a_number_can_be_handed_in(tmp_path: Path) -> None:
    """UNIQVER_BUILD_NUMBER makes the version where no CI is known."""
    project = committed(copied("src_layout", tmp_path))
    assert built(project, tmp_path / "out", UNIQVER_BUILD_NUMBER="8", UNIQVER_OFFSET="1000") == "1.4.1.dev1008"


@pytest.mark.once
def test_a_release_is_the_tag(tmp_path: Path) -> None:
    """A clean tree on a release tag is built as that tag, on CI in a run for the tag."""
    project = committed(copied("src_layout", tmp_path), commits_after=0)
    assert built(project, tmp_path / "here") == "1.4.0"
    assert built(project, tmp_path / "ci", **github(project, 5, 1, GITHUB_REF="refs/tags/v1.4.0")) == "1.4.0"
    assert built(project, tmp_path / "branch", **github(project, 5, 1)) == "1.4.1.dev501"


@pytest.mark.once
def test_both_halves_of_a_build_share_a_counter_number(tmp_path: Path) -> None:
    """`python -m build --sdist --wheel` takes one number for its two processes, and a second run another."""
    project = committed(copied("src_layout", tmp_path))
    variables = counter(project)
    for expected in ("1.4.1.dev1", "1.4.1.dev2", "1.4.1.dev3"):
        version = built(project, tmp_path / expected, ("--sdist", "--wheel"), **variables)
        assert version == expected


def test_without_git_a_counter_of_the_user_counts(tmp_path: Path) -> None:
    """With neither CI nor git the user's own counter gives the number of a local version, in a private folder."""
    project = copied("src_layout", tmp_path)
    state = tmp_path / "state"
    variables = {"XDG_STATE_HOME": str(state), "UNIQVER_BASE": "2.0"}
    assert built(project, tmp_path / "1", ("--sdist", "--wheel"), **variables).startswith("2.0.dev1+t")
    assert built(project, tmp_path / "2", **variables).startswith("2.0.dev2+t")
    if os.name != "nt":
        assert (state / "uniqver").stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in (state / "uniqver").iterdir()} == {0o600}


def test_pip_takes_one_number(tmp_path: Path) -> None:
    """pip's metadata and wheel hooks, two processes, take one number; `uniqver version` takes none."""
    project = committed(copied("src_layout", tmp_path))
    env = {**os.environ, **counter(project)}
    pip = (sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "--no-build-isolation")
    for number in (1, 2):
        assert python("-m", "uniqver", "version", cwd=project, env=env).strip() == f"1.4.1.dev{number}"
        run(*pip, "-w", tmp_path / str(number), project, cwd=tmp_path, env=env)
        (wheel,) = (tmp_path / str(number)).iterdir()
        assert_all_say(f"1.4.1.dev{number}", wheel)


@pytest.mark.once
def test_a_build_id_makes_two_frontends_one_build(tmp_path: Path) -> None:
    """Two frontend runs with one UNIQVER_BUILD_ID share a number; the same id for another commit is another build."""
    project = committed(copied("src_layout", tmp_path))
    variables = {**counter(project), "UNIQVER_BUILD_ID": "nightly-7"}
    assert built(project, tmp_path / "1", **variables) == "1.4.1.dev1"
    assert built(project, tmp_path / "2", **variables) == "1.4.1.dev1"
    git(project, "commit", "-q", "--allow-empty", "-m", "Another")
    assert built(project, tmp_path / "3", **variables) == "1.4.1.dev2"


@pytest.mark.once
def test_timestamps_are_taken_once_a_build(tmp_path: Path) -> None:
    """Both halves of a build have one timestamp, and the next build a later one, also within a second: local versions."""
    project = committed(copied("src_layout", tmp_path))
    versions = [
        built(project, tmp_path / name, ("--sdist", "--wheel"), UNIQVER_SOURCE="timestamp") for name in ("1", "2")
    ]
    numbers = [int(version.rpartition(".dev")[2].partition("+g")[0]) for version in versions]
    assert numbers[0] < numbers[1]
    assert all(len(str(number)) == 14 for number in numbers)


@pytest.mark.once
def test_a_pin_goes_into_everything(tmp_path: Path) -> None:
    """UNIQVER_VERSION_FOR_<NAME> beats UNIQVER_VERSION, and sdist, wheel and version file have it, normalized."""
    project = committed(copied("src_layout", tmp_path))
    variables = {"UNIQVER_VERSION": "9.9", "UNIQVER_VERSION_FOR_SAMPLE_SRC": "3.0-rc.1"}
    assert built(project, tmp_path / "out", ("--sdist", "--wheel"), **variables) == "3.0rc1"


@pytest.mark.once
@pytest.mark.parametrize("value", ["", "  ", "not a version", "1.0 2.0"])
def test_a_pin_that_is_no_version_stops_the_build(value: str, tmp_path: Path) -> None:
    """An empty or invalid pin is an error: going on would give every job a version of its own."""
    project = committed(copied("src_layout", tmp_path))
    env = {**os.environ, "UNIQVER_VERSION": value}
    done = run(*BUILD, "-o", tmp_path / "out", project, cwd=tmp_path, env=env, ok=False)
    assert done.returncode == 1
    assert "uniqver: error: UNIQVER_VERSION is" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (project / "src/sample_src/_version.py").exists()
