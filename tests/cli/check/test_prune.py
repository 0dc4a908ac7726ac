"""``uniqver prune``: what may go, from values alone, and what the command says of a real page."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version
from tests.servers.pypi_like import Behaviour, PypiLike
from tests.support.distributions import wheel

from uniqver.cli.main import main
from uniqver.cli.prune import Build, builds_of, line_of, prunable
from uniqver.index import IndexFile, Listing, address
from uniqver.index.client import IndexClient

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)


def build(version: str, age: float | None = 100) -> Build:
    uploaded = None if age is None else NOW - timedelta(days=age)
    return Build(Version(version), [IndexFile(f"acme-{version}-py3-none-any.whl", size=1000, uploaded=uploaded)])


def gone(*builds: Build, keep: int = 2, days: int = 30) -> list[str]:
    return [str(found.version) for found in prunable(builds, NOW, keep=keep, days=days)]


def test_releases_stay_however_old() -> None:
    """Also post-releases, and the releases of old lines."""
    assert gone(build("0.1", 900), build("1.0", 800), build("1.0.post1", 700), build("2.0", 600)) == []


def test_the_newest_dev_builds_of_a_line_without_a_release_stay() -> None:
    """``keep`` of them, by version and not by time; at least one."""
    line = [build(f"1.1.dev{number}") for number in (9, 10, 2, 1)]
    assert gone(build("1.0"), *line, keep=2) == ["1.1.dev1", "1.1.dev2"]
    assert gone(build("1.0"), *line, keep=0) == ["1.1.dev1", "1.1.dev2", "1.1.dev9"]


def test_a_released_line_keeps_its_newest_dev_build() -> None:
    """More of them serve nobody once the release is out."""
    assert gone(*(build(f"1.1.dev{number}") for number in (1, 2, 3)), build("1.1")) == ["1.1.dev1", "1.1.dev2"]


def test_a_pre_release_goes_only_after_a_later_release() -> None:
    """A candidate whose release never came may be what people use."""
    assert gone(build("1.0"), build("2.0rc1"), build("2.0rc2")) == []
    assert gone(build("2.0rc1"), build("2.0rc2"), build("2.0")) == ["2.0rc1", "2.0rc2"]
    assert gone(build("2.0a1.dev1"), build("2.0a1.dev2"), keep=1) == ["2.0a1.dev1"]


def test_young_builds_and_those_without_an_age_stay() -> None:
    """The days count to the hour; without upload times (HTML pages) nothing goes."""
    old, young, undated = build("1.0.dev1", 30.1), build("1.0.dev2", 29.9), build("1.0.dev3", None)
    assert gone(old, young, undated, build("1.0.dev4"), keep=1) == ["1.0.dev1"]
    assert gone(old, build("1.0.dev4"), keep=1, days=10**12) == []


def test_one_line_however_it_is_spelled() -> None:
    """1.1 and 1.1.0 are one line."""
    assert line_of(Version("1.1.dev1")) == line_of(Version("1.1.0.dev2"))
    assert gone(build("1.1.dev1"), build("1.1.0.dev2"), keep=1) == ["1.1.dev1"]
    assert line_of(Version("1.1.dev1")) != line_of(Version("1.1rc1.dev1"))


versions = st.builds(
    "{}.{}{}{}".format,
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from(["", "a1", "rc1", "rc2", ".post1"]),
    st.sampled_from(["", ".dev1", ".dev2", ".dev30"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(versions, st.integers(0, 60)), max_size=25), st.integers(0, 4), st.integers(0, 40))
def test_what_must_stay_stays(listed: list[tuple[str, int]], keep: int, days: int) -> None:
    """Never a release, never an unreleased candidate, never a line's newest dev build, never a young build."""
    builds = [build(version, age) for version, age in dict(listed).items()]
    removed = prunable(builds, NOW, keep=keep, days=days)
    left = [found.version for found in builds if found not in removed]
    final = [found.version for found in builds if not found.version.is_prerelease]
    for found in removed:
        assert found.version.is_prerelease
        assert found.uploaded is not None
        assert NOW - found.uploaded >= timedelta(days=days)
        if found.version.dev is None:
            assert any(version > found.version for version in final)
        else:
            assert any(v > found.version and line_of(v) == line_of(found.version) for v in left if v.dev is not None)


DAYS = max(60, int(os.environ.get("TEST_UNIQVER_DAYS", "60")))
"""How many days are simulated: 365 show the year; in fewer than 60 hardly anything gets old."""


def pip(index: PypiLike, *arguments: str) -> str:
    """Run pip against the index, and return what it prints."""
    command = [sys.executable, "-m", "pip", *arguments, "--index-url", index.simple_url, "--no-cache-dir"]
    environ = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(command, env=environ, check=True, capture_output=True, text=True, timeout=120).stdout


def pip_installs(index: PypiLike, folder: Path, *words: str) -> Version:
    """Have pip install a wheel into a new folder, and return its version."""
    into = folder / f"installed-{len(list(folder.iterdir()))}"
    pip(index, "install", "-q", "--no-deps", "--target", str(into), *words)
    (info,) = into.glob("acme-*.dist-info")
    return Version(info.name.removesuffix(".dist-info").split("-")[1])


def pip_lists(index: PypiLike) -> set[Version]:
    """Return all versions that pip could install."""
    found = re.search(r"versions: (.*)", pip(index, "index", "versions", "acme", "--pre"))
    assert found is not None
    return set(map(Version, found[1].split(", ")))


def builds_of_day(day: int, number: int) -> list[str]:
    """Up to seven dev builds on a working day, a candidate and a release every other week."""
    minor = (day + 3) // 14 + 1
    made = [f"1.{minor}.dev{number + n}" for n in range(1, 1 + random.randint(2, 7) * (day % 7 < 5))]
    return made + {10: [f"1.{minor - 1}rc1"], 11: [f"1.{minor - 1}"]}.get((day + 3) % 14, [])


def test_dev_builds_with_prune_once_a_week_stay_below_200(tmp_path: Path, index: PypiLike) -> None:
    """After each prune pip can still install every release and the newest dev build; in between, files only come."""
    random.seed(17)
    start = datetime.now(timezone.utc) - timedelta(days=DAYS)
    made: list[Version] = []
    most, gone = 0, 0
    with IndexClient(address.parse(index.simple_url)) as client:
        for day in range(DAYS):
            for version in builds_of_day(day, len(made)):
                file = wheel(tmp_path / "made", "acme", version)
                index.put(file.name, file.read_bytes(), age=timedelta(days=DAYS - day))
                made.append(Version(version))
            most = max(most, len(index.files))
            if day % 7 != 6:
                continue
            now = start + timedelta(days=day)
            removed = prunable(builds_of(client.ask("acme")), now, keep=5, days=30)
            gone += len(removed)
            for name in [file.filename for found in removed for file in found.files]:
                index.delete(name)
            released = {version for version in made if not version.is_prerelease}
            if not removed:
                continue
            assert pip_lists(index) >= released | {max(made)}
            assert pip_installs(index, tmp_path, "--pre", "acme") == max(made)
            if released:
                assert pip_installs(index, tmp_path, "acme") == max(released)
    print(f"{DAYS} days: {len(made)} builds, {len(released)} of them releases; {gone} pruned, at most {most} at once")
    assert most <= 200
    assert gone > 0
    for release in released:
        assert pip_installs(index, tmp_path, f"acme=={release}") == release


def files(*versions: str) -> list[IndexFile]:
    return [IndexFile(f"acme-{version}-py3-none-any.whl", size=10, uploaded=NOW) for version in versions]


def test_all_files_of_a_version_are_one_build() -> None:
    """Wheels and sdist go together; sizes add up, and are unknown if one is."""
    sdist = IndexFile("acme-1.0.dev1.tar.gz", size=5, uploaded=NOW + timedelta(days=1))
    first, second = builds_of(Listing("acme", (*files("1.0.dev1", "1.0.dev2"), sdist, IndexFile("readme.txt"))))
    assert (first.size, len(first.files), first.uploaded) == (15, 2, sdist.uploaded)
    assert str(second.version) == "1.0.dev2"
    assert builds_of(Listing("acme", (*files("1.0"), IndexFile("acme-1.0.tar.gz"))))[0].size is None


def test_the_command_lists_and_deletes_nothing(dist: Path, index: PypiLike, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each build that may go, how it is deleted there, and the same as JSON."""
    for number in range(1, 9):
        file = wheel(dist, "acme", f"1.0.dev{number}")
        index.put(file.name, file.read_bytes(), age=timedelta(days=60 - number))
    arguments = ["prune", "--name", "acme", "--index", index.simple_url, "--keep", "5"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()[:3]] == ["1.0.dev1", "1.0.dev2", "1.0.dev3"]
    assert "acme: 3 of 8 builds may go" in said
    assert "https://pypi.org/manage/project/acme/release/1.0.dev1/" in said
    assert main([*arguments, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["version"] for row in shown["prunable"]] == ["1.0.dev1", "1.0.dev2", "1.0.dev3"]
    assert shown["index"] == "pypi"
    assert len(index.files) == 8
    assert {answer.method for answer in index.answers} == {"GET"}


def test_an_index_without_times_shows_nothing_that_may_go(
    dist: Path, index: PypiLike, capsys: pytest.CaptureFixture[str]
) -> None:
    """HTML pages: how old a build is can't be known, so all stay, and the output says why."""
    index.behaviour = Behaviour(pages="html")
    for number in range(9):
        index.put(f"acme-1.0.dev{number}-py3-none-any.whl", b"x", age=timedelta(days=60))
    assert main(["prune", "--name", "acme", "--index", index.simple_url]) == 0
    said = capsys.readouterr().out
    assert "doesn't say how old 9 builds are" in said
    assert "no build may go, of 9 on the index" in said


def test_a_project_that_the_index_does_not_know(index: PypiLike, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped name is told from a tidy project."""
    assert main(["prune", "--name", "acne", "--index", index.simple_url]) == 0
    assert capsys.readouterr().out == "acne: the index has no build of this project\n"


def test_an_index_that_cannot_be_asked_is_an_error(
    dist: Path, index: PypiLike, capsys: pytest.CaptureFixture[str]
) -> None:
    """What isn't known is never taken for an empty list."""
    index.behaviour = Behaviour(trouble="403")
    assert main(["prune", "--name", "acme", "--index", index.simple_url]) == 1
    assert "nothing was listed: the index doesn't let these credentials read" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--keep", "--days"])
def test_numbers_below_zero_are_wrong_usage(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 with the line to type, before anything is asked."""
    assert main(["prune", "--name", "acme", option, "-1"]) == 2
    assert "--keep and --days are not below zero" in capsys.readouterr().err
