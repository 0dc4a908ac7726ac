"""The figures: 200 builds without a refusal, 500 files with one request, 50 MiB without being held in memory."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.cli.check.conftest import Said, upload
from tests.cli.check.posting import post
from tests.servers.pypi_like import PypiLike
from tests.support.distributions import wheel
from tests.support.run import git, run

from uniqver.resolve import resolve
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 1024 * 1024
BRANCHES = {"main": 40, "feature/a": 15, "feature/b": 15, "fix/c": 15, "release/d": 15}
"""Commits after the tag by branch: 100 in all, each built by a run and by its re-run."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A tagged project that uniqver and setuptools-scm can both version."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n'
        '[project]\nname = "sample"\ndynamic = ["version"]\n'
    )
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "First")
    git(folder, "tag", "v1.4.0")
    return folder


def pushes(project: Path) -> Iterator[tuple[str, str]]:
    """Make the commits of all branches; yield branch and commit after each push. Branches start at the tag."""
    for branch, count in BRANCHES.items():
        git(project, "checkout", "-q", "-B", branch, "v1.4.0")
        for number in range(count):
            git(project, "commit", "-q", "--allow-empty", "-m", f"{branch} {number}")
            yield branch, git(project, "rev-parse", "HEAD")


def github(run_id: int, attempt: int, branch: str, commit: str) -> dict[str, str]:
    """The variables of a run on GitHub Actions, as far as a version may depend on them."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": str(34_180_115_486 + run_id),
        "GITHUB_RUN_NUMBER": str(run_id),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_REF": f"refs/heads/{branch}",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REF_NAME": branch,
        "GITHUB_SHA": commit,
        "GITHUB_REPOSITORY": "someone/sample",
        "GITHUB_SERVER_URL": "https://ci.example.org",
    }


def uniqver_version(project: Path, environ: dict[str, str]) -> str:
    return resolve(request_for(project, environ, "allocate")).version


_SCM = """
import json, subprocess, sys
from setuptools_scm import get_version
versions = {}
for commit in sys.argv[2:]:
    subprocess.run(["git", "checkout", "-q", "--detach", commit], cwd=sys.argv[1], check=True)
    versions[commit] = get_version(sys.argv[1], local_scheme="no-local-version")
print(json.dumps(versions))
"""


def test_200_builds_are_all_uploaded_where_plain_distance_is_refused(
    project: Path,
    dist: Path,
    index: PypiLike,
    check: Callable[..., Said],
    environments: Callable[..., Path],
) -> None:
    """100 pushes on 5 branches, each run and re-run: 0 of 200 refused, while setuptools-scm's versions collide."""
    commits = []
    for number, (branch, commit) in enumerate(pushes(project), 1):
        commits.append(commit)
        for attempt in (1, 2):
            version = uniqver_version(project, github(number, attempt, branch, commit))
            wheel(dist / "uniqver", version=version, content=f"# {commit} {attempt}")
    files = sorted((dist / "uniqver").iterdir())
    assert len(files) == 200
    foretold = check("--json", "--no-same-version", "--no-metadata", "--index", index.simple_url, *files)
    assert set(foretold.verdicts.values()) == {"free"}
    assert upload("twine", index.upload_url, *files[:100]).code == 0
    assert upload("uv", index.upload_url, *files[100:]).code == 0
    stored = [answer for answer in index.uploads() if answer.reason == "stored"]
    refused = [answer for answer in index.uploads() if answer.status != 200]
    print(f"\nuniqver: 200 builds, {len(stored)} uploaded, {len(refused)} refused")
    assert (len(stored), len(refused)) == (200, 0)
    assert _with_plain_distance(project, dist, commits, environments("scm", "setuptools-scm", "setuptools")) == (
        40,
        40,
        120,
    )


def _with_plain_distance(project: Path, dist: Path, commits: list[str], programs: Path) -> tuple[int, int, int]:
    """Upload the same 200 builds under setuptools-scm's versions; return how many were stored, the same, refused.

    A re-run makes the same bytes here, which is kinder than life: sdists differ at every build.
    """
    done = run(programs / "python", "-c", _SCM, project, *commits, cwd=project)
    versions: dict[str, str] = json.loads(done.stdout)
    with PypiLike() as plain:
        for number, commit in enumerate(commits):
            built = wheel(dist / f"scm-{number}", version=versions[commit], content=f"# {commit}")
            for _ in ("run", "re-run"):
                post(built, plain.upload_url)
        answers = plain.uploads()
        assert len(answers) == 200
        stored = sum(answer.reason == "stored" for answer in answers)
        same = sum(answer.reason == "unchanged" for answer in answers)
        refused = sum(answer.status == 400 for answer in answers)
    print(f"setuptools-scm, no-local-version: 200 builds, {stored} uploaded, {same} the same again, {refused} refused")
    return stored, same, refused


def test_500_files_cost_one_request_for_each_project(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """500 wheels of one project and 3 of another: two requests in all, and a verdict for each file."""
    files = [wheel(dist, version=f"1.0.dev{number}") for number in range(500)]
    others = [wheel(dist, "other", f"1.0.dev{number}") for number in range(3)]
    index.put(files[7].name, files[7].read_bytes())
    said = check("--json", "--no-same-version", "--index", index.simple_url, *files, *others)
    assert said.code == 0
    assert len(said.rows) == 503
    assert said.verdicts[files[7].name] == "identical"
    assert (len(index.page_requests("sample")), len(index.page_requests("other"))) == (1, 1)
    print(f"\n500 files of one project: {len(index.page_requests('sample'))} request")


def test_50_mib_are_hashed_without_being_held_in_memory(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """The peak of memory that Python allocates stays under 8 MiB while a wheel of 50 MiB is checked whole."""
    check("--json", "--index", index.simple_url, wheel(dist, version="0.9"))  # imports and caches come before
    noise = bytes(range(256)) * (50 * MIB // 256)
    big = wheel(dist, version="1.0", members={"sample/noise.bin": noise}, compression=zipfile.ZIP_STORED)
    index.put(big.name, big.read_bytes())
    del noise
    assert big.stat().st_size > 50 * MIB
    tracemalloc.start()
    try:
        said = check("--json", "--index", index.simple_url, big)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"\n50 MiB wheel: {said.rows[0]['verdict']}, peak {peak / MIB:.1f} MiB")
    assert said.verdicts == {big.name: "identical"}
    assert peak < 8 * MIB


def test_a_file_over_the_limit_is_foretold(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """A wheel of more than 100 MiB is refused beforehand, and by the index."""
    big = wheel(dist, members={"sample/zeros": bytes(100 * MIB)}, compression=zipfile.ZIP_STORED)
    assert check("--json", "--index", index.simple_url, big).verdicts == {big.name: "refused"}
    assert upload("uv", index.upload_url, big).code != 0
    assert index.uploads()[-1].reason.startswith("File too large")
