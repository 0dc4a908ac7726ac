"""``.git_archival.txt``: what an archive of git's tells of its commit."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo
from tests.support.resolving import configure, decide

from uniqver.model.versions import release_of_tag
from uniqver.vcs.export import MOST_ARCHIVE, NAME, read_archive

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.vcs import GitState

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TEMPLATE = "node: $Format:%H$\nnode-date: $Format:%cI$\ndescribe-name: $Format:%(describe:tags=true)$\n"
WITH_REFS = f"{TEMPLATE}ref-names: $Format:%D$\n"


def read(folder: Path, text: str | None = None, prefix: str | None = None) -> GitState | None:
    """Return what an archive in ``folder`` tells; ``text`` is the file's contents, if it isn't there yet."""
    if text is not None:
        (folder / NAME).write_text(text, encoding="utf-8")
    return read_archive(folder, lambda tag: release_of_tag(tag, prefix) is not None)


def state(folder: Path, text: str, prefix: str | None = None) -> GitState:
    found = read(folder, text, prefix)
    assert found is not None
    return found


def filled(describe: str = "v1.4.0", refs: str = "", date: str = "2023-11-14T22:13:20+00:00") -> str:
    """Return the file as git fills it in."""
    return f"node: {COMMIT}\nnode-date: {date}\ndescribe-name: {describe}\nref-names: {refs}\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A project with the file in it, tagged v1.4.0."""
    made = Repo(tmp_path / "app")
    configure(made.path)
    made.write(NAME, WITH_REFS)
    made.write(".gitattributes", f"{NAME} export-subst\n")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "First")
    made.tag("v1.4.0", annotated=True)
    return made


def archive(repo: Repo, into: Path, of: str = "HEAD") -> Path:
    """Unpack an archive that git makes."""
    into.mkdir()
    packed = repo.path.parent / "packed.tar"
    repo.git("archive", "-o", str(packed), of)
    subprocess.run(["tar", "-xf", str(packed), "-C", str(into)], check=True)
    return into


def test_an_archive_of_a_tag(repo: Repo, tmp_path: Path) -> None:
    """Commit, time and tag are those of the commit, without git, and the build is that release."""
    unpacked = archive(repo, tmp_path / "archive", "v1.4.0")
    found = read(unpacked)
    assert found is not None
    assert (found.commit, found.commit_time) == (repo.head(), int(repo.git("log", "-1", "--format=%ct")))
    assert (found.tag, found.tags, found.distance, found.on_tag) == ("v1.4.0", ("v1.4.0",), 0, True)
    assert (found.archive, found.shallow, found.dirty) == (True, False, False)
    decision = decide(unpacked)
    assert (decision.version, decision.origin, decision.release) == ("1.4.0", "archive", True)
    assert decision.commit == repo.head()


def test_an_archive_after_a_tag(repo: Repo, tmp_path: Path) -> None:
    """An archive of a branch is local: it doesn't show whether its files were changed."""
    repo.commits(2)
    unpacked = archive(repo, tmp_path / "archive")
    decision = decide(unpacked)
    assert decision.version == f"1.4.1.dev2+g{repo.head()[:12]}"
    assert any("an archive doesn't show" in missing.what for missing in decision.missing)
    assert not decide(unpacked, UNIQVER_BUILD_NUMBER="7").public


def test_the_file_in_a_checkout_is_not_filled_in(repo: Repo) -> None:
    """In a work tree the placeholders stand as they are, and mean nothing."""
    assert read(repo.path) is None
    assert decide(repo.path).origin == "tag"


@pytest.mark.parametrize(
    ("describe", "refs", "tag", "distance", "on_tag"),
    [
        ("v1.4.0", "", "v1.4.0", 0, True),
        ("v1.4.0-12-g0123456", "", "v1.4.0", 12, False),
        ("v1.5.0-rc1-2-g0123456", "HEAD -> main, origin/main", "v1.5.0-rc1", 2, False),
        ("v1.4.0-12-g0123456", "HEAD -> main, tag: v1.5.0", "v1.5.0", 0, True),
        ("nightly-3-g0123456", "tag: v1.5.0, tag: nightly", "v1.5.0", 0, True),
        ("nightly-3-g0123456", "tag: nightly", None, 0, False),
        ("%(describe:tags=true)", "tag: v1.4.0", "v1.4.0", 0, True),
        ("%(describe:tags=true)", "", None, 0, False),
        ("", "", None, 0, False),
        ("v1.4.0-" + "9" * 5000 + "-g0123456", "", None, 0, False),
    ],
)
def test_tag_and_distance(
    tmp_path: Path, describe: str, refs: str, tag: str | None, distance: int, *, on_tag: bool
) -> None:
    """What git describes, and the refs on the commit, of which only release tags count."""
    found = state(tmp_path, filled(describe, refs))
    assert (found.tag, found.distance, found.on_tag) == (tag, distance, on_tag)


def test_several_tags(tmp_path: Path) -> None:
    """All release tags of the commit are there, for the highest to be taken."""
    found = state(tmp_path, filled("v1.4.0rc2", "tag: v1.4.0rc2, tag: v1.4.0, tag: nightly"))
    assert found.tags == ("v1.4.0", "v1.4.0rc2")


def test_a_prefix(tmp_path: Path) -> None:
    """In a monorepo only the project's own tags count."""
    assert state(tmp_path, filled("pkg-a-v1.0-2-g0123456"), "pkg-a-v").tag == "pkg-a-v1.0"
    assert state(tmp_path, filled("pkg-b-v1.0-2-g0123456"), "pkg-a-v").tag is None


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("2023-11-14T22:13:20+00:00", 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000),
        ("2023-11-14T22:13:20", None),
        ("2023-11-14", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_time(tmp_path: Path, date: str, seconds: int | None) -> None:
    """The commit's time is read as git writes it; without an offset it would depend on the machine."""
    assert state(tmp_path, filled(date=date)).commit_time == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEMPLATE,
        "node: 0123456\n",
        "node:\n",
        f"node: {COMMIT}0\n",
        "\n" * (MOST_ARCHIVE + 1) + f"node: {COMMIT}\n",
    ],
    ids=["empty", "not filled in", "short", "no node", "too long", "beyond the limit"],
)
def test_what_is_not_an_archive(tmp_path: Path, text: str) -> None:
    """A file without a whole commit tells nothing."""
    assert read(tmp_path, text) is None


def test_files_that_are_none(tmp_path: Path) -> None:
    """No file, a folder in its place, bytes of another encoding: no archive, and no crash."""
    assert read(tmp_path) is None
    (tmp_path / NAME).write_bytes(b"node: \xff\xfe\n")
    assert read(tmp_path) is None
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).mkdir()
    assert read(tmp_path) is None


def test_a_commit_named_by_sha256(tmp_path: Path) -> None:
    """Repositories with SHA-256 have longer names."""
    assert state(tmp_path, f"node: {'a' * 64}\n").commit == "a" * 64
