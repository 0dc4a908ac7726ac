"""Versions that come whole, and which of them comes first: metadata, an unpacked sdist, facts, pins, pretended ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo
from tests.support.resolving import NAME, configure, decide, repository

from uniqver.errors import ArtifactError, ConfigError, ProjectError, UnprovenError
from uniqver.model.decision import Decision
from uniqver.model.provenance import FILE_NAME, as_text, provenance_of
from uniqver.resolve import resolve
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.resolve.request import Purpose

PIN = {"UNIQVER_VERSION": "9.0"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A project in a repository of its own, on the tag v1.4.0."""
    return repository(tmp_path / "app", after=0)


def frozen(folder: Path, version: str = "1.3.9", name: str = "app") -> None:
    """Write the PKG-INFO of an sdist."""
    (folder / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def facts_file(folder: Path, version: str, commit: str | None = None) -> str:
    """Write a uniqver.json; return its text."""
    decision = Decision(version=version, origin="pin", project="app", commit=commit)
    text = as_text(provenance_of(decision, epoch=1_600_000_000))
    (folder / FILE_NAME).write_text(text)
    return text


def metadata_directory(folder: Path, version: str) -> Path:
    """Return what ``prepare_metadata_for_build_wheel`` left."""
    info = folder / "metadata" / "app.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: app\nVersion: {version}\n")
    return info


def with_metadata(project: Path, directory: Path, **variables: str) -> Decision:
    """Return the decision of ``build_wheel`` that is given a metadata directory."""
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
    return resolve(request_for(project, environ, "build", hook="build_wheel", metadata_directory=directory))


# Metadata that this build has prepared


def test_metadata_comes_first(repo: Repo, tmp_path: Path) -> None:
    """The wheel must have the metadata's version, whatever else is around, and carries its facts on."""
    frozen(repo.path)
    info = metadata_directory(tmp_path, "7.0.dev3+g0123456789ab")
    text = facts_file(info, "7.0.dev3+g0123456789ab")
    for directory in (info, info.parent):
        decision = with_metadata(repo.path, directory, **PIN)
        assert (decision.version, decision.origin, decision.carried) == ("7.0.dev3+g0123456789ab", "metadata", text)


def test_an_empty_metadata_directory(repo: Repo, tmp_path: Path) -> None:
    """A directory without metadata is passed over, and that is told."""
    (tmp_path / "empty").mkdir()
    decision = with_metadata(repo.path, tmp_path / "empty")
    assert decision.version == "1.4.0"
    assert "the metadata directory that the frontend passed on is empty" in decision.reasons


def test_what_git_does_not_know_is_looked_for_again(repo: Repo, tmp_path: Path) -> None:
    """pip prepares the metadata and passes it on: the hook that packs an untracked file has to know that it is one."""
    info = metadata_directory(tmp_path, "1.4.0")
    repo.write("notes.txt")
    assert with_metadata(repo.path, info).untracked == ("notes.txt",)
    frozen(repo.path, "1.4.0")
    assert with_metadata(repo.path, info).untracked == ()


def test_facts_of_another_version_than_the_metadata(repo: Repo, tmp_path: Path) -> None:
    """A uniqver.json that contradicts the metadata beside it is an error."""
    info = metadata_directory(tmp_path, "7.0")
    facts_file(info, "8.0")
    with pytest.raises(ArtifactError, match=r"has version 8\.0, and the metadata beside it 7\.0"):
        with_metadata(repo.path, info)


# An unpacked sdist


@pytest.mark.parametrize("purpose", ["peek", "version", "build", "allocate"])
def test_an_sdist_keeps_its_version(tmp_path: Path, purpose: Purpose) -> None:
    """PKG-INFO counts before anything in the environment, and no git is asked."""
    configure(tmp_path / "app-1.3.9")
    frozen(tmp_path / "app-1.3.9", "v1.3.9-RC1")
    text = facts_file(tmp_path / "app-1.3.9", "1.3.9rc1")
    decision = decide(tmp_path / "app-1.3.9", purpose, **PIN, UNIQVER_BUILD_NUMBER="7")
    assert (decision.version, decision.origin, decision.carried) == ("1.3.9rc1", "sdist", text)
    assert decision.commit is None


def test_an_sdist_inside_of_a_foreign_checkout(repo: Repo) -> None:
    """An sdist that somebody unpacked into a repository stays one: that repository is not asked."""
    inside = repo.path / "vendor" / "app"
    configure(inside)
    frozen(inside)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Vendor")
    decision = decide(inside)
    assert (decision.version, decision.origin, decision.warnings) == ("1.3.9", "sdist", ())


def test_metadata_of_another_project(repo: Repo) -> None:
    """A PKG-INFO of another name is passed over."""
    frozen(repo.path, name="other")
    decision = decide(repo.path)
    assert decision.version == "1.4.0"
    assert "PKG-INFO is of 'other', not of 'app': passed over" in decision.reasons


def test_metadata_without_a_version(repo: Repo) -> None:
    """A PKG-INFO of this project that can't be used is an error: the sdist is damaged."""
    frozen(repo.path, "trunk")
    with pytest.raises(ProjectError, match="has no valid version"):
        decide(repo.path)


def test_metadata_that_git_does_not_track(repo: Repo) -> None:
    """A PKG-INFO in a checkout that git doesn't track froze the version, as a person put it there."""
    frozen(repo.path)
    assert decide(repo.path).version == "1.3.9"


def test_metadata_that_was_committed(repo: Repo) -> None:
    """A PKG-INFO that the project's own git tracks freezes nothing, if a release tag is reachable: with a warning."""
    frozen(repo.path)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "By accident")
    decision = decide(repo.path, UNIQVER_BUILD_NUMBER="7")
    assert decision.version == "1.4.1.dev7"
    (warning,) = decision.warnings
    assert warning.endswith("git rm --cached PKG-INFO")
    assert decide(repo.path, **PIN).warnings == (warning,)


def test_an_imported_sdist(tmp_path: Path) -> None:
    """Debian's git-buildpackage imports sdists into git, without release tags: such a tree stays an sdist."""
    repo = Repo(tmp_path / "app")
    configure(repo.path)
    frozen(repo.path)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "New upstream version 1.3.9")
    repo.tag("upstream/1.3.9")
    assert decide(repo.path).version == "1.3.9"
    assert decide(repo.path, UNIQVER_BASE="2.0").version.startswith("2.0.dev1+g")


# What the environment provides


def test_the_order_in_the_environment(repo: Repo, tmp_path: Path) -> None:
    """Facts before a pin, the project's own variable before the one for all."""
    facts_file(tmp_path, "5.0", repo.head())
    facts = {"UNIQVER_FACTS": str(tmp_path / FILE_NAME)}
    own = {"UNIQVER_VERSION_FOR_APP": "8.0", "UNIQVER_VERSION_FOR_OTHER": "7.0"}
    assert decide(repo.path, **PIN, **own, **facts).version == "5.0"
    assert decide(repo.path, **PIN, **own).version == "8.0"
    assert decide(repo.path, **PIN).version == "9.0"


def test_facts_are_carried_on(repo: Repo, tmp_path: Path) -> None:
    """The artifact that is made again holds the same uniqver.json."""
    text = facts_file(tmp_path, "5.0.dev3", repo.head())
    decision = decide(repo.path, UNIQVER_FACTS=str(tmp_path / FILE_NAME))
    assert (decision.version, decision.origin, decision.carried) == ("5.0.dev3", "pin", text)


def test_facts_of_another_commit(repo: Repo, tmp_path: Path) -> None:
    """Facts of one commit don't name another one's contents; without git nobody can tell."""
    facts_file(tmp_path, "5.0", "f" * 40)
    facts = {"UNIQVER_FACTS": str(tmp_path / FILE_NAME)}
    with pytest.raises(ConfigError, match="UNIQVER_FACTS is of the commit ffffffffffff, and HEAD is") as refused:
        decide(repo.path, **facts)
    assert refused.value.fix.startswith(f"git checkout {'f' * 40}")
    configure(tmp_path / "elsewhere")
    assert decide(tmp_path / "elsewhere", **facts).version == "5.0"


def test_facts_and_a_changed_tree(repo: Repo, tmp_path: Path) -> None:
    """Facts are of a commit, or of the changes whose digest they hold: another tree under their version is noticed."""
    facts_file(tmp_path, "5.0", repo.head())
    facts = {"UNIQVER_FACTS": str(tmp_path / FILE_NAME)}
    assert decide(repo.path, "build", "build_wheel", UNIQVER_STRICT="1", **facts).warnings == ()
    repo.write("pyproject.toml", NAME + "# changed\n")
    changed = decide(repo.path, **facts)
    assert "5.0 is pinned, and the tree differs from its commit: pyproject.toml" in changed.warnings[0]
    with pytest.raises(UnprovenError, match="differs from its commit"):
        decide(repo.path, "build", "build_wheel", UNIQVER_STRICT="1", **facts)
    (tmp_path / FILE_NAME).write_text(as_text(provenance_of(changed._replace(carried=None), epoch=0)))
    assert decide(repo.path, "build", "build_wheel", UNIQVER_STRICT="1", **facts).warnings == ()


def test_a_pinned_build_knows_its_commit_wherever_it_is_kept(repo: Repo) -> None:
    """Else it would not have the bytes of a computed build (reftable; here a branch that stands for another)."""
    repo.git("branch", "-m", "main", "trunk")
    repo.git("symbolic-ref", "refs/heads/main", "refs/heads/trunk")
    repo.git("symbolic-ref", "HEAD", "refs/heads/main")
    assert decide(repo.path, **PIN).commit == decide(repo.path).commit == repo.head()


def test_facts_that_cannot_be_read(repo: Repo, tmp_path: Path) -> None:
    """A file that isn't there is a wrong variable, and so is one that is damaged or another."""
    with pytest.raises(ConfigError, match="which can't be read"):
        decide(repo.path, UNIQVER_FACTS=str(tmp_path / "nowhere.json"))
    (tmp_path / FILE_NAME).write_text("{}")
    with pytest.raises(ConfigError, match=r"^UNIQVER_FACTS: ") as caught:
        decide(repo.path, UNIQVER_FACTS=str(tmp_path / FILE_NAME))
    assert "UNIQVER_FACTS=/path/to/uniqver.json   (or unset it)" in str(caught.value)


@pytest.mark.parametrize("purpose", ["version", "build", "allocate"])
def test_a_pin_on_a_changed_tree(repo: Repo, purpose: Purpose) -> None:
    """Changed files are a warning, and an error for who insists: allocate, and hooks under strict."""
    repo.commit("app/__init__.py")
    repo.write("app/__init__.py", "changed\n")
    if purpose == "allocate":
        with pytest.raises(UnprovenError, match=r"9\.0 is pinned, and the tree differs from its commit: app/__init__"):
            decide(repo.path, purpose, **PIN)
        return
    decision = decide(repo.path, purpose, **PIN)
    assert (decision.version, decision.dirty, len(decision.warnings)) == ("9.0", True, 1)
    if purpose == "build":
        with pytest.raises(UnprovenError):
            decide(repo.path, purpose, **PIN, UNIQVER_STRICT="1")


def test_a_local_pin_is_not_judged(repo: Repo) -> None:
    """A local version is of no public index's interest: its tree may be changed."""
    repo.write("pyproject.toml", (repo.path / "pyproject.toml").read_text() + "# changed\n")
    assert decide(repo.path, UNIQVER_VERSION="9.0+mine").warnings == ()


def test_a_pin_if_git_fails(repo: Repo) -> None:
    """If nothing shows whether the tree is clean, that is a warning."""
    (repo.path / ".git/index").write_bytes(b"broken")
    (warning,) = decide(repo.path, **PIN).warnings
    assert warning.startswith("nothing shows whether the tree is clean: git ")


def test_a_peek_at_a_pin_looks_at_nothing(repo: Repo) -> None:
    """A hook that only asks tells nobody where its version came from."""
    decision = decide(repo.path, "peek", "build_wheel", **PIN)
    assert (decision.version, decision.commit, decision.dirty) == ("9.0", None, None)


@pytest.mark.parametrize(
    ("stated", "commit"), [({}, "f" * 40), ({"UNIQVER_COMMIT": "e" * 40}, "e" * 40)]
)  # fmt: skip
def test_the_commit_of_a_pin_without_git(tmp_path: Path, stated: dict[str, str], commit: str) -> None:
    """In a container without git the commit of a pinned version is the one that is stated, or the CI's."""
    configure(tmp_path / "app")
    gitlab = {"GITLAB_CI": "true", "CI_COMMIT_SHA": "f" * 40, "CI_COMMIT_BRANCH": "main"}
    assert decide(tmp_path / "app", **PIN, **gitlab, **stated).commit == commit


# What distributions pretend


@pytest.mark.parametrize(
    "variable", ["SETUPTOOLS_SCM_PRETEND_VERSION", "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_APP"]
)  # fmt: skip
def test_a_pretended_version(tmp_path: Path, repo: Repo, variable: str) -> None:
    """Without git it is a pin; with git, or in an archive of git's, uniqver knows better."""
    pretended = {variable: "1.2.3"}
    configure(tmp_path / "tarball")
    decision = decide(tmp_path / "tarball", **pretended)
    assert (decision.version, decision.origin) == ("1.2.3", "pin")
    assert decide(tmp_path / "tarball", **pretended, **PIN).version == "9.0"
    assert decide(repo.path, **pretended).version == "1.4.0"
    (tmp_path / "tarball" / ".git_archival.txt").write_text(f"node: {'a' * 40}\ndescribe-name: v1.4.0\n")
    assert decide(tmp_path / "tarball", **pretended).version == "1.4.0"


def test_a_version_that_is_pretended_for_another_project(tmp_path: Path) -> None:
    """Another project's variable is none of this one's."""
    configure(tmp_path / "app")
    assert decide(tmp_path / "app", SETUPTOOLS_SCM_PRETEND_VERSION_FOR_OTHER="1.2.3").origin == "counter"
