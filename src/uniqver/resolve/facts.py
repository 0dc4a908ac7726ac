"""What a computed version depends on, gathered once: the tree, the CI run and whose it is, the settings of the branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.ci.detect import detect
from uniqver.config import BUILD_NUMBER, GIT_TIMEOUT, setting
from uniqver.errors import ConfigError
from uniqver.model.named_tuple import NamedTuple
from uniqver.model.versions import release_of_tag, tags_above
from uniqver.resolve.own_run import ownership
from uniqver.vcs.describe import tag_names
from uniqver.vcs.runner import SECONDS, Git

if TYPE_CHECKING:
    from packaging.version import Version

    from uniqver.config import BranchRule, Config
    from uniqver.model.ci_run import CiRun
    from uniqver.model.decision import Missing
    from uniqver.model.tree import GitState, ScmState
    from uniqver.resolve.own_run import Ownership
    from uniqver.resolve.request import Request
    from uniqver.vcs.repository import Repository


class Facts(NamedTuple):
    """All that a computed version depends on."""

    request: Request
    config: Config
    """With the rule of the branch applied."""
    rule: BranchRule | None
    """The rule that was applied."""
    repository: Repository | None
    git: GitState | None
    """What git reports, or another system through setuptools-scm, or an archive; ``None`` if nothing does."""
    no_git: Missing | None
    """Why nothing is known of the tree, if a repository is there or should be."""
    ci: CiRun | None
    """The CI run that was detected, own or not."""
    ownership: Ownership | None
    """``None`` if no CI was detected."""
    branch: str | None
    """git's, or if HEAD is detached the CI's."""
    tag: Version | None
    """The version of the nearest release tag; of several on one commit the highest."""
    build_number: tuple[str, str] | None
    """The variable that provides a number, if it is for this project, and its text."""
    scm: ScmState | None = None
    """What setuptools-scm reports, if the project configures it."""

    @property
    def run(self) -> CiRun | None:
        """The CI run, if it runs for this very source; else it is as if there were no CI."""
        return self.ci if self.ownership is not None and self.ownership.own else None

    def versions_of(self, tags: tuple[str, ...]) -> list[Version]:
        """Return the versions that ``tags`` name, without the tags that name none."""
        versions = (release_of_tag(tag, self.config.tag_prefix) for tag in tags)
        return [version for version in versions if version is not None]

    def tags_above(self) -> list[str]:
        """Return the release tags of the whole repository that name a higher version than the nearest."""
        names = () if self.git is None else tag_names(self.git.tag_refs)
        return tags_above(names, self.config.tag_prefix, self.tag)

    def git_here(self, repository: Repository) -> Git:
        """Return git for ``repository``, with the time limit that the environment sets."""
        return Git(repository, self.request.environ, seconds_for_git(self.request))


def facts_of(
    request: Request,
    *,
    repository: Repository | None,
    git: GitState | None,
    no_git: Missing | None = None,
    scm: ScmState | None = None,
    tag: Version | None = None,
) -> Facts:
    """Put what is known of the tree together with the CI run and the settings of the branch.

    ``tag`` is the version of the nearest release tag as setuptools-scm has it. Raises ``ConfigError`` for variables
    that are set but empty.
    """
    environ, project = request.environ, request.project
    ci = detect(environ, workflow=request.config.workflow)
    found = None if ci is None else ownership(request, ci, git.commit if git is not None else None)
    branch = (git.branch if git is not None else None) or (ci.branch if ci is not None else None)
    config, rule = request.config.on_branch(branch)
    if scm is None and git is not None:
        versions = (release_of_tag(name, config.tag_prefix) for name in git.tags)
        tag = max((version for version in versions if version is not None), default=None)
    number = setting(environ, BUILD_NUMBER, project.name)
    if number is not None and number[0] == BUILD_NUMBER and found is not None and not found.own:
        number = None  # the number of somebody else's run: a dependency is built there, too
    return Facts(
        request=request._replace(config=config),
        config=config,
        rule=rule,
        repository=repository,
        git=git,
        no_git=no_git,
        ci=ci,
        ownership=found,
        branch=branch,
        tag=tag,
        build_number=number,
        scm=scm,
    )


def seconds_for_git(request: Request) -> float:
    """Return how long one git command may take. Raises ``ConfigError`` for what is not a number of seconds."""
    text = request.environ.get(GIT_TIMEOUT, "")
    try:
        seconds = float(text) if text else SECONDS
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise ConfigError(what=f"{GIT_TIMEOUT} is {text[:40]!r}: not a number of seconds", fix=f"{GIT_TIMEOUT}=120")
    return seconds
