"""Says in sentences what was found, what a person should look at, and what could still collide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.config import BUILD_ID, setting
from uniqver.model.versions import FIRST_BASE, NODE_DIGITS
from uniqver.model.words import counted, listed
from uniqver.project.version_file import find_version_file

if TYPE_CHECKING:
    from uniqver.model.decision import CiRun, GitState, Source
    from uniqver.model.versions import Base
    from uniqver.resolve.facts import Facts


def about(facts: Facts) -> list[str]:
    """Say what was found, before anything is decided."""
    who = "git" if facts.repository is not None else "setuptools-scm"
    found = _about_git(facts.git, who) if facts.git is not None else ["no git repository at the project's root"]
    if facts.ci is not None:
        found.append(_about_ci(facts.ci))
    if facts.rule is not None:
        found.append(f'branch {facts.branch} matches "{facts.rule.pattern}" of branches in [tool.uniqver]')
    return found


def warnings_of_tree(facts: Facts, source: Source | None) -> list[str]:
    """Return what a person should mend in the project; ``source`` is ``None`` for a release."""
    warnings: list[str] = []
    path = find_version_file(facts.request.project, facts.config.version_file)
    if facts.git is not None and facts.git.tracked and path is not None:
        name = path.relative_to(facts.request.project.directory).as_posix()
        warnings.append(f"the version file is tracked by git: git rm --cached {name}, and add it to .gitignore")
    if source is None:
        return warnings
    if facts.git is None and facts.config.base is None:
        warnings.append(
            f"no git here and no base: took {FIRST_BASE}; set base in [tool.uniqver] to the release being worked toward"
        )
    if source == "distance" and _is_ci_of_no_name(facts):
        warnings.append(
            "CI is set, but no CI that uniqver knows is here, so commits are counted: pass its variables on into this "
            "container or tox environment, or set UNIQVER_VERSION from outside"
        )
    if source == "counter" and facts.ci is not None and facts.ci.key is None and not _has_build_id(facts):
        warnings.append(
            f"{facts.ci.title} doesn't say here which run this is, so each job takes a number of its own: "
            f"set {BUILD_ID} to something that all jobs of a run share"
        )
    if source == "timestamp" and facts.ci is not None:
        warnings.append(
            "each CI job takes a timestamp of its own: take one version in one job (uniqver allocate) and hand it to "
            "the others as UNIQVER_VERSION"
        )
    return warnings


def collisions_of_base(facts: Facts, source: Source, base: Base) -> list[str]:
    """Return what the base could still do to a version that has a number of its own."""
    sentences: list[str] = []
    if facts.git is not None and facts.git.shallow:
        sentences.append(
            "this clone is shallow: a release tag beyond its edge goes unseen, and may be higher than the base"
        )
    if source == "distance" and not facts.config.local and base.configured and facts.git is not None:
        sentences.append(f"the base {base.version} stays when a new tag starts the count of commits again")
    return sentences


def _has_build_id(facts: Facts) -> bool:
    return setting(facts.request.environ, BUILD_ID, facts.request.project.name) is not None


def _is_ci_of_no_name(facts: Facts) -> bool:
    """``CI`` alone says too little for a number, but enough to ask whether the rest got lost on the way."""
    environ = facts.request.environ
    lost = environ.get("CI", "").lower() not in ("", "0", "false") and not environ.get("ACT")
    return lost and facts.ci is None and facts.config.source == "auto"


def _about_git(git: GitState, who: str) -> list[str]:
    node = git.commit[:NODE_DIGITS]
    if git.tag is None:
        found = [f"{who}: no release tag is reachable from {node}"]
    else:
        also = f" (highest of {', '.join(git.tags)}, on one commit)" if len(git.tags) > 1 else ""
        found = [f"{who}: {counted(git.distance, 'commit')} since the tag {git.tag}{also}, at {node}"]
    if git.skipped_tags:
        found.append(f"tags that name no version were passed over: {listed(git.skipped_tags)}")
    if git.dirty:
        found.append(f"changed tracked files: {listed(git.changed)}")
    return found


def _about_ci(ci: CiRun) -> str:
    attempt = f", attempt {ci.attempt}" if ci.attempt else ""
    return f"CI: {ci.title}" + (f", run {ci.run}{attempt}" if ci.run else "")
