"""Two builds from equal facts are the same bytes, wherever, whenever and by whomever they are made."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from tests.builds.test_real_projects import sdists  # noqa: F401  a fixture
from tests.support.artifacts import unpacked, wheel_members
from tests.support.hooks import Surroundings, built, call_hooks, call_in
from tests.support.projects import NAMES, committed, copied
from tests.support.run import git, run
from tests.support.same import assert_same, sha256

ELSEWHERE = Surroundings(
    umask=0o077,
    backwards=True,
    environ={
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
        "LANGUAGE": "tr",
        "USER": "somebody",
        "LOGNAME": "somebody",
        "PYTHONHASHSEED": "7",
    },
)
NOWHERE = Surroundings(umask=0o002, environ={"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"})

REAL = ["partd==1.4.2", "pexpect==4.9.0", "simplejson==3.20.2"]


def moved(project: Path, to: Path, *, year: int) -> Path:
    """Copy a work tree: files made in another order, of another day, with other modes and (as root) another owner."""
    day = time.mktime((year, 2, 3, 4, 5, 6, 0, 0, -1)) + 0.123456
    for path in sorted(project.rglob("*"), reverse=True):
        new = to / path.relative_to(project)
        if path.is_dir():
            new.mkdir(parents=True, exist_ok=True)
            continue
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, new)
        if ".git" not in path.parts:
            new.chmod(0o700 if path.stat().st_mode & 0o100 else 0o600)
            os.utime(new, (day, day))
            if hasattr(os, "chown") and os.geteuid() == 0:
                os.chown(new, 12345, 12345)
    return to


def everything(project: Path, into: Path, where: Surroundings) -> dict[str, Path]:
    """Build an sdist, and the wheel in each way that there is."""
    folders = {"build_sdist": "sdist", "build_wheel": "wheel", "prepare_metadata_for_build_wheel": "metadata"}
    (into / "metadata").mkdir(parents=True)
    made = call_hooks([(project, hook, [str(into / name)]) for hook, name in folders.items()], where)
    sdist, wheel, metadata = (into / name / file for name, file in zip(folders.values(), made, strict=True))
    pip, source = into / "pip", unpacked(sdist, into / "unpacked")
    more = [
        (project, "build_wheel", [str(pip), "", str(metadata)]),
        (source, "build_wheel", [str(into / "from-sdist")]),
    ]
    like_pip, from_sdist = call_hooks(more, where)
    return {
        "sdist": sdist,
        "wheel": wheel,
        "wheel like pip": pip / like_pip,
        "wheel from the sdist": into / "from-sdist" / from_sdist,
    }


def assert_all_the_same(project: Path, tmp_path: Path, *, pure: bool, again: bool = False) -> None:
    copy = moved(project, tmp_path / "another" / "rather longer" / "päth", year=2031)
    made = [
        everything(project, tmp_path / "out1", Surroundings()),
        everything(copy, tmp_path / "out2", ELSEWHERE),
        *([everything(project, tmp_path / "out3", NOWHERE)] if again else []),  # in the tree that has built already
    ]
    first, *others = made
    assert_same(first["sdist"], *(other["sdist"] for other in others))
    wheels = [each[way] for each in made for way in each if way != "sdist" and (pure or way != "wheel from the sdist")]
    assert_same(*wheels)
    if not pure:
        assert_same(*(each["wheel from the sdist"] for each in made))


@pytest.mark.parametrize("sample", NAMES)
def test_samples(sample: str, tmp_path: Path) -> None:
    """A sample builds the same bytes on two paths, with other modes, days, orders, zones, locales and ways."""
    project = committed(copied(sample, tmp_path / "first"))
    assert_all_the_same(project, tmp_path, pure=sample != "c_extension", again=sample in ("c_extension", "src_layout"))


@pytest.mark.parametrize("requirement", REAL)
def test_real_projects(requirement: str, sdists: Path, tmp_path: Path) -> None:  # noqa: F811
    """A real project builds the same bytes under all the same variations."""
    name, _, released = requirement.partition("==")
    (sdist,) = sdists.glob(f"{name.replace('-', '_')}-*.tar.gz")
    project = unpacked(sdist, tmp_path / "first")
    for stale in [project / "PKG-INFO", *project.rglob("*.egg-info/*")]:
        stale.unlink()
    committed(project, tag=released)
    run(sys.executable, "-m", "uniqver", "init", "--ci", "none", "--yes", cwd=project)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "Versions by uniqver")
    assert_all_the_same(project, tmp_path, pure=name != "simplejson")


GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "34180115486",
    "GITHUB_RUN_NUMBER": "412",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SERVER_URL": "https://ci.example",
    "GITHUB_REPOSITORY": "acme/sample",
    "UNIQVER_BASE": "1.4.1",
}


def test_a_pinned_export_is_built_like_the_checkout(tmp_path: Path) -> None:
    """An export without git gives the checkout's sdist and wheel, if version, commit and time of both are provided."""
    project = committed(copied("src_layout", tmp_path))
    export = tmp_path / "export"
    export.mkdir()
    git(project, "archive", "-o", str(tmp_path / "export.tar"), "HEAD")
    run(sys.executable, "-m", "tarfile", "-e", tmp_path / "export.tar", export, cwd=tmp_path)
    told = {
        **GITHUB,
        "UNIQVER_VERSION": "2.0",
        "GITHUB_SHA": git(project, "rev-parse", "HEAD"),
        "SOURCE_DATE_EPOCH": git(project, "log", "-1", "--format=%ct"),
    }
    there, here = (Surroundings(environ={**told, "GITHUB_WORKSPACE": str(tree)}) for tree in (project, export))
    for hook in ("build_sdist", "build_wheel"):
        assert_same(built(project, hook, tmp_path / "a", there), built(export, hook, tmp_path / "b", here))


def test_the_time_is_the_commits(tmp_path: Path) -> None:
    """Without SOURCE_DATE_EPOCH members carry the commit's time, also under a pin; with it they carry that."""
    project = committed(copied("src_layout", tmp_path))
    committed_at = int(git(project, "log", "-1", "--format=%ct"))
    for number, (environ, wanted) in enumerate(
        [
            ({}, committed_at),
            ({"UNIQVER_VERSION": "3.0"}, committed_at),
            ({"SOURCE_DATE_EPOCH": "1234567890"}, 1234567890),
        ]
    ):
        sdist = built(project, "build_sdist", tmp_path / str(number), Surroundings(environ=environ))
        with tarfile.open(sdist) as archive:
            assert {member.mtime for member in archive} == {wanted}


@pytest.mark.parametrize(
    ("given", "held"),
    [("0", 315532800), ("000000000000001", 315532800), ("5000000000", 2**32 - 1), ("9" * 5000, 2**32 - 1)],
    ids=["1970", "zeros", "2128", "5,000 digits"],
)
def test_a_time_that_archives_can_not_hold(given: str, held: int, tmp_path: Path) -> None:
    """zip begins in 1980, gzip's header ends in 2106: what is before or after becomes the first or the last of these."""
    project = committed(copied("src_layout", tmp_path))
    where = Surroundings(environ={"SOURCE_DATE_EPOCH": given})
    wheels = [built(project, "build_wheel", tmp_path / str(number), where) for number in range(2)]
    assert_same(*wheels)
    with zipfile.ZipFile(wheels[0]) as wheel:
        assert {info.date_time[:5] for info in wheel.infolist()} == {time.gmtime(held)[:5]}
    assert facts_of(wheels[0])["source_date_epoch"] == held
    with tarfile.open(built(project, "build_sdist", tmp_path / "sdist", where)) as sdist:
        assert {member.mtime for member in sdist} == {held}


def test_without_git_there_is_no_time(tmp_path: Path) -> None:
    """Without git members carry 1980-01-01, so the same tree makes the same bytes again whenever it is built."""
    project = copied("src_layout", tmp_path)
    where = Surroundings(environ={"UNIQVER_BUILD_ID": "one", "XDG_STATE_HOME": str(tmp_path / "state")})
    first = built(project, "build_wheel", tmp_path / "a", where)
    again = built(moved(project, tmp_path / "b", year=2001), "build_wheel", tmp_path / "c", where)
    assert_same(first, again)
    assert facts_of(first)["source_date_epoch"] is None
    with zipfile.ZipFile(first) as wheel:
        assert {info.date_time for info in wheel.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def facts_of(wheel: Path) -> dict[str, object]:
    (text,) = [content for name, content in wheel_members(wheel).items() if name.endswith(".dist-info/uniqver.json")]
    found: dict[str, object] = json.loads(text)
    return found


def test_a_release_does_not_tell_the_run(tmp_path: Path) -> None:
    """A release built by another run, another attempt or on a laptop is the same bytes."""
    project = committed(copied("src_layout", tmp_path), commits_after=0)
    github = {**GITHUB, "GITHUB_REF": "refs/tags/v1.4.0", "GITHUB_SHA": git(project, "rev-parse", "HEAD")}
    del github["UNIQVER_BASE"]
    wheels = [
        built(project, "build_wheel", tmp_path / str(number), Surroundings(environ=environ))
        for number, environ in enumerate([github, {**github, "GITHUB_RUN_ATTEMPT": "3", "GITHUB_RUN_ID": "7"}, {}])
    ]
    assert wheels[0].name.startswith("sample_src-1.4.0-")
    assert_same(*wheels)


def test_a_dev_version_tells_number_and_commit(tmp_path: Path) -> None:
    """uniqver.json of a CI build holds what its version and its commit tell, and nothing else of the run."""
    project = committed(copied("src_layout", tmp_path))
    commit = git(project, "rev-parse", "HEAD")
    where = Surroundings(environ={**GITHUB, "GITHUB_SHA": commit})
    wheel = built(project, "build_wheel", tmp_path / "out", where)
    facts = facts_of(wheel)
    assert (facts["version"], facts["number"], facts["commit"]) == ("1.4.1.dev3418011548602", 3418011548602, commit)
    members = wheel_members(wheel)
    assert not any(b"ci.example" in content or b"refs/heads" in content for content in members.values())


def test_a_pin_that_the_first_attempt_computed_is_built_the_same_in_the_second(tmp_path: Path) -> None:
    """Jobs that run again, in another attempt, make the same bytes of the version that was handed to them."""
    project = committed(copied("src_layout", tmp_path))
    pin = {**GITHUB, "UNIQVER_VERSION": "1.4.1.dev3418011548601", "GITHUB_SHA": git(project, "rev-parse", "HEAD")}
    one = built(project, "build_wheel", tmp_path / "1", Surroundings(environ={**pin, "GITHUB_RUN_ATTEMPT": "1"}))
    two = built(project, "build_wheel", tmp_path / "2", Surroundings(environ=pin))
    assert_same(one, two)


def test_another_branch_on_the_same_commit_is_the_same_build(tmp_path: Path) -> None:
    """A version by distance doesn't depend on the branch's name or on a detached HEAD, and neither do its bytes."""
    project = committed(copied("src_layout", tmp_path))
    one = built(project, "build_wheel", tmp_path / "1")
    git(project, "checkout", "-q", "-b", "topic")
    two = built(project, "build_wheel", tmp_path / "2")
    git(project, "checkout", "-q", "--detach")
    assert_same(one, two, built(project, "build_wheel", tmp_path / "3"))


def test_prepared_metadata_are_those_of_the_wheel(tmp_path: Path) -> None:
    """PEP 517: every file that prepare_metadata_for_build_wheel makes is in the wheel with the same contents."""
    project = committed(copied("src_layout", tmp_path))
    (tmp_path / "metadata").mkdir()
    (name,) = call_hooks([(project, "prepare_metadata_for_build_wheel", [str(tmp_path / "metadata")])])
    prepared = {path.name: path.read_bytes() for path in (tmp_path / "metadata" / name).iterdir()}
    members = wheel_members(built(project, "build_wheel", tmp_path / "out"))
    assert "uniqver.json" in prepared
    assert {file: members[f"{name}/{file}"] for file in prepared} == prepared


def test_files_that_an_older_build_left_are_not_in_the_sdist(tmp_path: Path) -> None:
    """What MANIFEST.in no longer includes isn't taken from the SOURCES.txt of the build before."""
    project = copied("src_layout", tmp_path)
    (project / "extra.dat").write_text("x", encoding="utf-8")
    committed(project)
    (project / "MANIFEST.in").write_text("include extra.dat\n", encoding="utf-8")
    built(project, "build_sdist", tmp_path / "before")
    (project / "MANIFEST.in").unlink()
    fresh = moved(project, tmp_path / "fresh", year=2020)
    shutil.rmtree(fresh / "src/sample_src.egg-info")
    assert_same(built(project, "build_sdist", tmp_path / "a"), built(fresh, "build_sdist", tmp_path / "b"))


def test_a_deleted_module_does_not_come_back(tmp_path: Path) -> None:
    """A module that was deleted since the last build isn't in the next wheel, in whatever folder setuptools kept it."""
    project = copied("src_layout", tmp_path)
    (project / "src/sample_src/old.py").write_text("x = 1\n", encoding="utf-8")
    committed(project)
    assert "sample_src/old.py" in wheel_members(built(project, "build_wheel", tmp_path / "before"))
    git(project, "rm", "-q", "src/sample_src/old.py")
    git(project, "commit", "-q", "-m", "Delete a module")
    fresh = tmp_path / "fresh"
    run("git", "clone", "-q", project, fresh, cwd=tmp_path)
    assert_same(built(fresh, "build_wheel", tmp_path / "a"), built(project, "build_wheel", tmp_path / "b"))


def test_a_mixed_set_of_120_builds(tmp_path: Path) -> None:
    """Of 120 builds, of equal and of different facts, files with equal names are equal bytes, always."""
    project = committed(copied("single_module", tmp_path / "p"), tag="v1.4.0", commits_after=3)
    trees = {}
    commits = git(project, "rev-list", "HEAD").splitlines()
    for number, commit in enumerate(commits):
        for way, year in (("a", 2011), ("b", 2029)):
            tree = moved(project, tmp_path / f"{way}{number}", year=year)
            git(tree, "checkout", "-q", "--detach", commit)
            trees[way, number] = tree
    surroundings = [
        Surroundings(),
        ELSEWHERE,
        Surroundings(environ=GITHUB),
        Surroundings(umask=0o077, environ={**GITHUB, "TZ": "Asia/Tokyo"}),
        Surroundings(environ={**GITHUB, "GITHUB_RUN_ID": "34180115487", "GITHUB_RUN_ATTEMPT": "1"}),
    ]
    calls: list[tuple[Path, str, list[str], Surroundings]] = []
    for (way, number), tree in sorted(trees.items()):
        for turn, where in enumerate(surroundings):
            # one run is of one commit: another commit is another run, as on a real CI
            of_commit = {}
            if run_id := where.environ.get("GITHUB_RUN_ID"):
                of_commit = {"GITHUB_RUN_ID": str(int(run_id) + number * 10), "GITHUB_SHA": commits[number]}
            there = Surroundings(umask=where.umask, backwards=where.backwards, environ={**where.environ, **of_commit})
            for hook in ("build_sdist", "build_wheel", "build_wheel"):
                calls.append((tree, hook, [str(tmp_path / "out" / f"{way}{number}-{turn}-{len(calls)}")], there))
    assert len(calls) == 120
    names = call_in(calls)
    digests: dict[str, set[str]] = {}
    for (_, _, (folder, *_), _), name in zip(calls, names, strict=True):
        digests.setdefault(name, set()).add(sha256(Path(folder, name)))
    assert {name for name, found in digests.items() if len(found) > 1} == set()
    assert 20 <= len(digests) <= 40
