"""Whether this is a release build: a clean tree exactly on a release tag, and on CI a run for that tag. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from uniqver.errors import GitError
from uniqver.model.versions import is_release, release_of_tag
from uniqver.model.words import listed

if TYPE_CHECKING:
    from packaging.version import Version

    from uniqver.model.decision import CiRun, GitState


class Release(NamedTuple):
    """The release that a build is of, or why it is of none."""

    version: Version | None
    reason: str
    """A sentence."""
    warnings: tuple[str, ...] = ()


def release_of(git: GitState | None, ci: CiRun | None, prefix: str | None) -> Release:
    """Decide whether this build is a release.

    Raises :class:`GitError` for a CI run of a release tag whose tree was changed: a release pipeline must
    not publish a dev version (pypa/setuptools-scm#1238).
    """
    if ci is not None and ci.tells_tag:
        return _by_word_of_ci(git, ci, prefix)
    if git is None:
        return Release(version=None, reason="no release: there is no git to say that this is a tag")
    if not git.on_tag:
        return Release(version=None, reason="no release: HEAD is not on a release tag")
    if git.dirty:
        return Release(version=None, reason=f"no release, though HEAD is on {git.tag}: tracked files were changed")
    return _of_tags(git.tags, prefix)


def _by_word_of_ci(git: GitState | None, ci: CiRun, prefix: str | None) -> Release:
    if ci.tag is None:
        return Release(version=None, reason=f"no release: {ci.title} does not run for a tag")
    version = release_of_tag(ci.tag, prefix)
    if version is None or not is_release(version):
        return Release(version=None, reason=f"no release: the tag {ci.tag} that {ci.title} runs for names none")
    if git is not None and not _is_on(git, ci):
        warning = f"{ci.title} runs for the tag {ci.tag}, but HEAD is another commit: not built as that release"
        return Release(version=None, reason=f"no release: {warning}", warnings=(warning,))
    if git is not None and git.dirty:
        raise GitError(
            what=f"this is the release pipeline of {ci.tag}, and tracked files were changed: {listed(git.changed, most=10)}",
            fix="git diff   (shows the changes: build before the step that makes them, or keep it from making them)",
        )
    return Release(version=version, reason=f"release: {ci.title} runs for the tag {ci.tag}")


def _is_on(git: GitState, ci: CiRun) -> bool:
    """Tell whether HEAD is the tag's commit; a tag that was not fetched is taken to be, if the CI's commit is HEAD."""
    return (git.on_tag and ci.tag in git.tags) or ci.commit == git.commit


def _of_tags(tags: tuple[str, ...], prefix: str | None) -> Release:
    """Of several tags on one commit the highest version wins."""
    found = [(version, tag) for tag in tags if (version := release_of_tag(tag, prefix)) is not None]
    version, tag = max(found)
    if not is_release(version):
        return Release(version=None, reason=f"no release: the tag {tag} only starts a line")
    others = f" (highest of {', '.join(tags)})" if len(tags) > 1 else ""
    return Release(version=version, reason=f"release: the tree is clean and exactly on the tag {tag}{others}")
