"""Gathers what a computed version depends on: asks the edges, and refuses what can't be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from uniqver.config import BUILD_NUMBER, EPOCH, GIT_TIMEOUT, setting
from uniqver.errors import ConfigError
from uniqver.project.version_file import find_version_file
from uniqver.vcs.describe import read_state
from uniqver.vcs.repository import enclosing_work_tree, find_repository
from uniqver.vcs.runner import SECONDS, Git
from uniqver.vcs.tags import tag_names, tag_patterns

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.version import Version

    from uniqver.config import BranchRule, Config
    from uniqver.model.decision import CiRun, GitState
    from uniqver.resolve.steps import Request
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
    ci: CiRun | None
    branch: str | None
    """git's, or where HEAD is detached the CI's."""
    tag: Version | None
    """The version of the nearest release tag; of several on one commit the highest."""
    build_number: tuple[str, str] | None
    """The variable that hands in a number, and its text."""

    def versions_of(self, tags: tuple[str, ...]) -> list[Version]:
        """Return the versions that ``tags`` name, without the tags that name none."""
        versions = (_release_of(tag, self.config) for tag in tags)
        return [version for version in versions if version is not None]

    def tags_above(self) -> list[str]:
        """Return the release tags of the whole repository that name a higher version than the nearest."""
        names = () if self.git is None else tag_names(self.git.tag_refs)
        from uniqver.model.versions import tags_above

        return tags_above(names, self.config.tag_prefix, self.tag)

    def git_here(self, repository: Repository) -> Git:
        """Return git for ``repository``, with the time limit that the environment sets."""
        return Git(repository, self.request.environ, seconds_for_git(self.request))


def gather(request: Request) -> Facts:
    """Ask the edges for what a version depends on. Raises what they raise: ``UniqverError``.

    ``request.meanwhile`` is called while git works.
    """
    config, environ = request.config, request.environ
    top = (request.project.directory / config.root).resolve()
    repository = find_repository(top)
    if repository is None:
        _refuse_unnamed_root(request, top)
    git = _read_other(request, top) if repository is None else _read_git(request, repository, top)
    from uniqver.ci.detect import detect  # mostly there already: imported while git worked

    ci = detect(environ, workflow=config.workflow)
    branch = (git.branch if git is not None else None) or (ci.branch if ci is not None else None)
    config, rule = config.on_branch(branch)
    versions = [_release_of(tag, config) for tag in (git.tags if git is not None else ())]
    return Facts(
        request=request,
        config=config,
        rule=rule,
        repository=repository,
        git=git,
        ci=ci,
        branch=branch,
        tag=max((version for version in versions if version is not None), default=None),
        build_number=setting(environ, BUILD_NUMBER, request.project.name),
    )


def _release_of(tag: str, config: Config) -> Version | None:
    from uniqver.model.versions import release_of_tag  # packaging comes with it: imported while git works

    return release_of_tag(tag, config.tag_prefix)


def wants_time(request: Request) -> bool:
    """Tell whether to ask for the commit's time: artifacts carry it, where the user doesn't say another one.

    The answer also shows a git that is too old. A hook that only asks leaves that to the hook behind it; the
    command has none behind it.
    """
    return not only_asks(request) and not request.environ.get(EPOCH)


def only_asks(request: Request) -> bool:
    """Tell whether a hook asks that makes nothing: as few git processes as can be, since another one follows."""
    return request.purpose == "peek" and request.hook is not None


def seconds_for_git(request: Request) -> float:
    """Return how long one git command may take. Raises :class:`ConfigError` for what is no number of seconds."""
    text = request.environ.get(GIT_TIMEOUT, "")
    try:
        seconds = float(text) if text else SECONDS
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise ConfigError(what=f"{GIT_TIMEOUT} is {text[:40]!r}: no number of seconds", fix=f"{GIT_TIMEOUT}=120")
    return seconds


def _read_git(request: Request, repository: Repository, top: Path) -> GitState:
    config = request.config
    version_file = find_version_file(request.project, config.version_file)
    own = None
    if version_file is not None and version_file.is_relative_to(top):
        own = version_file.relative_to(top).as_posix()
    return read_state(
        repository,
        patterns=tag_patterns(config.tag_prefix),
        accepts=lambda tag: _release_of(tag, config) is not None,
        paths=_counting_paths(request, top),
        # setuptools writes .egg-info folders itself, in the middle of a build
        ignores=lambda path: path == own or ".egg-info/" in path,
        environ=request.environ,
        want_time=wants_time(request),
        # a hook that only asks leaves this hint to the hook behind it, for a process less
        want_tracked=own if version_file is not None and version_file.exists() and not only_asks(request) else None,
        seconds=seconds_for_git(request),
        meanwhile=request.meanwhile,
    )


def _read_other(request: Request, top: Path) -> GitState | None:
    from uniqver.resolve.other_tree import read_other_tree  # most projects are git's

    return read_other_tree(request, top)


def _counting_paths(request: Request, top: Path) -> list[str]:
    """Return the pathspecs of what counts: everything where the project is the repository."""
    directory = request.project.directory
    if directory == top:
        return []
    if not directory.is_relative_to(top):
        raise ConfigError(
            what=f'root = "{request.config.root}": the project does not lie inside {top}',
            fix='root = ".." in [tool.uniqver]   (the way up from the project to the repository)',
        )
    return [f":(literal){path}" for path in (directory.relative_to(top).as_posix(), *request.config.paths)]


def _refuse_unnamed_root(request: Request, top: Path) -> None:
    """A project inside a bigger repository that tracks it must say so, or its commits would go unseen."""
    directory = request.project.directory
    above = top if (top / ".git").exists() else enclosing_work_tree(top)
    repository = None if above is None or not directory.is_relative_to(above) else find_repository(above)
    if above is None or repository is None:
        return
    tracked = (directory / "pyproject.toml").relative_to(above).as_posix()
    with Git(repository, request.environ, seconds_for_git(request)) as git:
        is_tracked = git.start("ls-files", "--", f":(literal){tracked}").output()
    if is_tracked:
        up = "/".join([".."] * len(directory.relative_to(above).parts))
        raise ConfigError(
            what=f"the project's root is no git repository, but the one at {above} tracks it",
            fix=f'root = "{up}" in [tool.uniqver]',
        )
