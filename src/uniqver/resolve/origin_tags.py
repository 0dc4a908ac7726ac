"""Release tags of origin that were not fetched and may change the base: ``allocate`` asks for them.

A clone without tags, or an old one, would make a version below a release. No hook asks: builds make no network calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.errors import GitError
from uniqver.model.bases import takes
from uniqver.model.decision import Missing
from uniqver.model.versions import is_release, release_of_tag
from uniqver.vcs.describe import tag_names
from uniqver.vcs.runner import TRANSPORT, Git

if TYPE_CHECKING:
    from uniqver.resolve.facts import Facts
    from uniqver.resolve.target import Target

SECONDS = 20.0

_REMOTE = "origin"


def compare_with_origin(facts: Facts, target: Target) -> Missing | str | None:
    """Ask origin with ``git ls-remote``, if there is a remote of that name.

    Returns the release tag that was not fetched and changes the base; or a sentence why origin could not be asked.
    """
    repository = facts.repository
    if repository is None:
        return None
    with Git(repository, facts.request.environ, SECONDS, keeps=TRANSPORT) as git:
        code, _, _ = git.start("config", "--get", f"remote.{_REMOTE}.url").finished()
        if code:  # no remote of that name: nothing to compare with
            return None
        try:
            code, listing, _ = git.start("ls-remote", "--tags", _REMOTE).finished()
        except GitError as error:
            return _unasked(error.what)
        if code:
            return _unasked(f"git ls-remote ended with exit code {code}")
        return _first_that_matters(facts, target, git, listing)


def _unasked(why: str) -> str:
    return f"{_REMOTE} could not be asked for release tags that were not fetched ({why})"


def _first_that_matters(facts: Facts, target: Target, git: Git, listing: str) -> Missing | None:
    commits = _commits(listing)
    here = set(tag_names(facts.git.tag_refs)) if facts.git is not None else set()
    candidate = Version(target.base.version)
    for tag, commit in commits.items():
        version = release_of_tag(tag, facts.config.tag_prefix)
        if tag in here or version is None or not is_release(version) or (target.last and version <= target.last):
            continue
        if _is_ancestor(git, commit, "HEAD") or (takes(version, candidate) and not _is_ancestor(git, "HEAD", commit)):
            return Missing(
                what=f"{_REMOTE} has the release tag {tag}, which was not fetched here, and it changes the base",
                fix=f"git fetch --tags {_REMOTE}",
            )
    return None


def _commits(listing: str) -> dict[str, str]:
    """Return origin's tags with their commits: an annotated tag's is in a second line, with ``^{}``."""
    found: dict[str, str] = {}
    for line in listing.splitlines():
        commit, _, ref = line.partition("\t")
        if ref.startswith("refs/tags/"):
            found[ref.removeprefix("refs/tags/").removesuffix("^{}")] = commit
    return found


def _is_ancestor(git: Git, commit: str, of: str) -> bool:
    """Nothing contains a commit that isn't here."""
    return git.start("merge-base", "--is-ancestor", commit, of).finished()[0] == 0
