"""The GitHub recipe that ``uniqver init`` writes, run step by step up to the upload to a loopback index."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.init.samples import sample
from tests.servers.pypi_like import PypiLike
from tests.support.artifacts import versions_in, wheel_members
from tests.support.run import git, run
from tests.support.workflow_runner import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are bash")

UNIQVER = (sys.executable, "-m", "uniqver")
PLATFORMS = {
    "ubuntu-latest": "manylinux_2_17_x86_64",
    "windows-latest": "win_amd64",
    "macos-latest": "macosx_11_0_arm64",
}


@pytest.fixture
def index() -> Iterator[PypiLike]:
    with PypiLike() as server:
        yield server


@pytest.fixture
def repository(tmp_path: Path, offline: Path, index: PypiLike, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with wheels for three platforms, after ``uniqver init``."""
    project = sample("static", "src", tmp_path)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.cibuildwheel]\nbuild = "cp311-*"\n')
    run(*UNIQVER, "init", "--ci", "github", "--yes", cwd=project)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Versions by uniqver")
    monkeypatch.setenv("UNIQVER_INDEX", index.simple_url)
    return project


def cibuildwheel(place: Path, environment: dict[str, str]) -> None:
    """Play cibuildwheel: build here, with what its containers would see, and name the leg's platform."""
    leg = next(name for name in PLATFORMS if place.name.endswith(name))
    assert environment["CIBW_ENVIRONMENT_PASS_LINUX"] == "UNIQVER_VERSION_FOR_SAMPLE_SRC UNIQVER_STRICT"
    seen = {k: v for k, v in environment.items() if not k.startswith("GITHUB_")}
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", "dist", cwd=place, env=seen)
    (wheel,) = (place / "dist").glob("*.whl")
    words = ("--python-tag", "cp311", "--abi-tag", "cp311", "--platform-tag", PLATFORMS[leg], "--remove")
    run(sys.executable, "-m", "wheel", "tags", *words, wheel, cwd=place)


def a_run(
    repository: Path,
    index: PypiLike,
    tmp_path: Path,
    number: int,
    *,
    file: str = "dev-build.yml",
    ref: str = "refs/heads/main",
) -> Run:
    return Run(
        workflow=repository / ".github/workflows" / file,
        repository=repository,
        work=tmp_path / "work",
        index_url=index.upload_url,
        run_number=number,
        ref=ref,
        stubs={"cibuildwheel": cibuildwheel},
    )


def uploaded(index: PypiLike) -> dict[str, set[str]]:
    """The files on the index by version, each of which says its version inside, too."""
    found: dict[str, set[str]] = {}
    for name, stored in index.files.items():
        found.setdefault(stored.version, set()).add(name)
    return found


def assert_whole(index: PypiLike, version: str, tmp_path: Path) -> None:
    """Assert that the index has an sdist and three wheels of ``version``, and each says so inside."""
    names = uploaded(index)[version]
    assert sorted(name.rpartition("-")[2] for name in names) == sorted(
        [f"{version}.tar.gz", *(f"{tag}.whl" for tag in PLATFORMS.values())]
    )
    for name in names:
        if name.endswith(".whl"):
            (tmp_path / name).write_bytes(index.files[name].content)
            assert versions_in(wheel_members(tmp_path / name)) == {version}


def test_rerunning_all_and_rerunning_failed_jobs_neither_is_refused_nor_splits_a_version(
    repository: Path, index: PypiLike, tmp_path: Path
) -> None:
    """Two runs: one where a leg dies and only that is run again, then all of it; every upload is accepted."""
    first = a_run(repository, index, tmp_path, 412)
    assert not first.again(only_failed=False, failing=frozenset({("build", "windows-latest")}))
    assert uploaded(index) == {}
    assert first.again(only_failed=True), first.said
    assert set(uploaded(index)) == {"1.4.1.dev41201"}  # the leg of attempt 2 took the word of attempt 1
    assert_whole(index, "1.4.1.dev41201", tmp_path)

    assert first.again(only_failed=False), first.said
    assert set(uploaded(index)) == {"1.4.1.dev41201", "1.4.1.dev41203"}
    assert_whole(index, "1.4.1.dev41203", tmp_path)

    first.done -= {("publish", "")}  # an upload that went through, but whose job was lost: the same files again
    assert first.again(only_failed=True), first.said
    assert [answer.status for answer in index.uploads() if answer.status != 200] == []
    assert len(uploaded(index)) == 2


def test_the_release_workflow_publishes_the_tag(repository: Path, index: PypiLike, tmp_path: Path) -> None:
    """The other workflow file, which ``workflow`` doesn't name, publishes the tag."""
    git(repository, "tag", "v1.4.1")
    release = a_run(repository, index, tmp_path, 1, file="release.yml", ref="refs/tags/v1.4.1")
    assert release.again(only_failed=False), release.said
    assert set(uploaded(index)) == {"1.4.1"}
    assert_whole(index, "1.4.1", tmp_path)
    assert [answer.status for answer in index.uploads() if answer.status != 200] == []
