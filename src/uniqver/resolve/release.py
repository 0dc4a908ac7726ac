"""Whether a build is a release: a clean tree exactly on a release tag, or the word of an own run for a tag. Pure."""

from __future__ import annotations

from packaging.version import Version

from uniqver.config import PIN, variable_for
from uniqver.model import NamedTuple
from uniqver.model.decision import CiRun, Missing
from uniqver.model.versions import NODE_DIGITS, is_release, release_of_tag, releases
from uniqver.model.wording import listed
from uniqver.resolve.facts import Facts
from uniqver.vcs import GitState
from uniqver.vcs.describe import commit_of_tag, tag_names


class Release(NamedTuple):
    """The release of a build, or why it is none."""

    version: str | None
    """Over setuptools-scm a tag may have a local part."""
    reason: str
    missing: Missing | None = None
    """What a person should fix, if the build is on a release tag and not that release."""
    warning: str | None = None


def release_of(facts: Facts) -> Release:
    """Decide whether this build is a release, by ``tag-prefix`` or by setuptools-scm's configuration."""
    state = facts.scm
    if state is not None and state.whole and not state.fallback:
        return _release(Version(state.development), "the folder that this was unpacked to names it")
    run = facts.run
    if run is not None and run.tells_tag:
        return _by_word_of_ci(facts, run)
    if facts.git is None:
        return _none("there is no git to say that this is a tag")
    return _by_tree(facts, facts.git)


def _by_tree(facts: Facts, git: GitState) -> Release:
    if not git.on_tag:
        return _none("HEAD is not on a release tag")
    version = _of_tree(facts)
    if version is None or not is_release(version):
        return _none(f"the tag {git.tag} only starts a line")
    changes = _elsewhere(facts, git, version) or changes_in(git)
    if changes is not None:
        return Release(None, f"no release, though HEAD is on {git.tag}: {changes.what}", missing=changes)
    if git.archive:
        return _release(version, f"this is the archive of the tag {git.tag}")
    others = f" (highest of {', '.join(git.tags)})" if len(git.tags) > 1 else ""
    return _release(version, f"the tree is clean and exactly on the tag {git.tag}{others}")


def _by_word_of_ci(facts: Facts, run: CiRun) -> Release:
    git = facts.git
    if run.tag is None:
        on_tag = _of_tree(facts) if git is not None and git.on_tag else None
        if git is None or on_tag is None or not is_release(on_tag):
            return _none(f"{run.title} does not run for a tag")
        runs = "does not run for it" if run.branch is None else f"runs for the branch {run.branch}"
        project = facts.request.project
        pin = variable_for(PIN, project.name if project.inside(facts.request.top) else None) or PIN
        return Release(
            None,
            f"no release: HEAD is on the tag {git.tag}, but {run.title} {runs}",
            warning=f"HEAD is on the release tag {git.tag}, but {run.title} {runs}, so this is not built as "
            f"that release; if this run makes the release: {pin}={on_tag}",
        )
    version = _named(facts, run.tag)
    if version is None or not is_release(version) or _moves_along(facts, version):
        return _none(f"the tag {run.tag} that {run.title} runs for names none")
    if git is None:
        return _none(f"{run.title} runs for the tag {run.tag}, but without git nothing shows that the tree is clean")
    changes = _elsewhere(facts, git, version, run.tag) or changes_in(git)
    if changes is not None:
        return Release(None, f"no release, though {run.title} runs for {run.tag}: {changes.what}", missing=changes)
    return _release(version, f"{run.title} runs for the tag {run.tag}")


def _moves_along(facts: Facts, version: Version) -> bool:
    """Tell whether HEAD has a longer tag that begins with ``version``: ``v2`` is moved to each ``v2.x.y``."""
    tags = facts.git.tags if facts.git is not None and facts.git.on_tag else ()
    length = len(version.release)
    found = (each.release for each in releases(tags, facts.config.tag_prefix))
    return any(release[:length] == version.release and len(release) > length for release in found)


def _of_tree(facts: Facts) -> Version | None:
    state = facts.scm
    if state is None:
        return facts.tag
    return None if state.release is None else Version(state.release)


def _named(facts: Facts, tag: str) -> Version | None:
    if facts.scm is not None:
        return None if facts.scm.named is None else Version(facts.scm.named)
    return release_of_tag(tag, facts.config.tag_prefix)


def _elsewhere(facts: Facts, git: GitState, version: Version, *tags: str) -> Missing | None:
    """Return what is missing if another commit has one of ``tags``, or another tag of ``version``."""
    named = tag_names(git.tag_refs) if facts.scm is None else []
    # of v2 and v2.0.0 the longer one is the release
    length = len(version.release)
    same = (
        tag
        for tag in named
        for its in releases([tag], facts.config.tag_prefix)
        if its == version and len(its.release) >= length
    )
    for tag in (*tags, *same):
        at = commit_of_tag(git.tag_refs, tag)
        if at is not None and at != git.commit:
            return Missing(
                what=f"the tag {tag} is at the commit {at[:NODE_DIGITS]}, and HEAD is {git.commit[:NODE_DIGITS]}",
                fix=f"git checkout {tag}   (a tag that was moved: build in a run for where it is now; "
                "two for one version: delete one)",
            )
    return None


def changes_in(git: GitState) -> Missing | None:
    """Return what a clean tree lacks, if ``git`` is not clean."""
    if not git.dirty:
        return None
    return Missing(
        what=f"the tree differs from its commit: {listed(git.tree.changed)}",
        fix=git.tree.fetch
        or "git status   (commit or undo the changes; generated files: .gitignore, or allow-changes in [tool.uniqver])",
    )


def _release(version: Version, why: str) -> Release:
    return Release(str(version), f"release: {why}")


def _none(why: str) -> Release:
    return Release(None, f"no release: {why}")
