"""Whether a build over setuptools-scm is a release: a clean tree on a tag, and on CI a run for that tag. Pure.

The rules are those of :mod:`uniqver.resolve.release`; which tags are release tags, and which version they name,
is for setuptools-scm's configuration to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from packaging.version import Version

from uniqver.errors import GitError, ScmError
from uniqver.model.versions import is_release
from uniqver.model.words import listed

if TYPE_CHECKING:
    from uniqver.model.decision import CiRun, GitState, ScmState


class ScmRelease(NamedTuple):
    """The release that a build is of, or why it is of none."""

    version: str | None
    """Normalized PEP 440; a tag may have a local part."""
    reason: str
    """A sentence."""
    warnings: tuple[str, ...] = ()


def scm_release_of(state: ScmState, git: GitState | None, ci: CiRun | None) -> ScmRelease:
    """Decide whether this build is a release.

    Raises :class:`GitError` for a CI run of a release tag whose tree was changed (pypa/setuptools-scm#1238), and
    :class:`ScmError` where the CI and setuptools-scm each name another tag of the same commit.
    """
    if state.whole and not state.fallback:
        return _release(state.development, "the folder that this was unpacked to names it")
    if git is None:
        return _none("there are no commits, and so no tag")
    if ci is not None and ci.tells_tag:
        return _by_word_of_ci(state, git, ci)
    return _by_tree(state, git)


def _by_tree(state: ScmState, git: GitState) -> ScmRelease:
    if state.release is None:
        return _none("HEAD is not on a release tag")
    if git.dirty:
        return _none(f"though HEAD is on the tag of {state.tag}, tracked files were changed")
    if not is_release(Version(state.release)):
        return _none(f"the tag {state.tag} only starts a line")
    return _release(state.release, "the tree is clean and exactly on its tag")


def _by_word_of_ci(state: ScmState, git: GitState, ci: CiRun) -> ScmRelease:
    if ci.tag is None:
        return _none(f"{ci.title} does not run for a tag")
    if state.named is None or not is_release(Version(state.named)):
        return _none(f"the tag {ci.tag} that {ci.title} runs for names none by setuptools-scm's tag settings")
    is_here = ci.tag in git.tags
    if not is_here and ci.commit != git.commit:
        warning = f"{ci.title} runs for the tag {ci.tag}, but HEAD is another commit: not built as that release"
        return ScmRelease(version=None, reason=f"no release: {warning}", warnings=(warning,))
    if is_here and state.release is None:
        return _none(f"setuptools-scm's settings pass the tag {ci.tag} over")
    if state.release is not None and Version(state.release) != Version(state.named):
        raise ScmError(
            what=f"{ci.title} runs for the tag {ci.tag}, but setuptools-scm takes this commit for {state.release}",
            fix=f"UNIQVER_VERSION={state.named}   if that is meant; or say which tags are this project's: tag.prefix",
        )
    if git.dirty:
        raise GitError(
            what=f"this is the release pipeline of {ci.tag}, and tracked files were changed: {listed(git.changed, most=10)}",
            fix="git diff   (shows the changes: build before the step that makes them, or keep it from making them)",
        )
    return _release(state.named, f"{ci.title} runs for the tag {ci.tag}")


def _release(version: str, why: str) -> ScmRelease:
    return ScmRelease(version=str(Version(version)), reason=f"release: {why}")


def _none(why: str) -> ScmRelease:
    return ScmRelease(version=None, reason=f"no release: {why}")
