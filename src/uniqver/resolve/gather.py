"""Asks the edges about a project's tree: git, an archive, another system through setuptools-scm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.errors import ConfigError, GitError
from uniqver.model.decision import Missing
from uniqver.model.versions import release_of_tag
from uniqver.resolve.facts import facts_of, git_for, scope_of, tolerated, wants_time
from uniqver.resolve.request import repository_of
from uniqver.vcs.describe import read_state, tag_patterns
from uniqver.vcs.repository import enclosing_work_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uniqver.resolve.facts import Facts
    from uniqver.resolve.request import Request
    from uniqver.vcs import GitState
    from uniqver.vcs.repository import Repository


def gather(request: Request, meanwhile: Callable[[], object] = lambda: None) -> Facts:
    """Ask for what a version depends on; ``meanwhile`` is called while git works.

    Raises ``ConfigError`` for settings that can't be right, ``GitError`` or ``ScmError`` if the tree can't be read and only a
    public version will do.
    """
    if request.project.scm is not None:
        from uniqver.resolve.scm_facts import gather_over_scm  # few projects are over setuptools-scm

        return gather_over_scm(request, request.project.scm, meanwhile)
    top = request.top
    try:
        repository = repository_of(request)
        if repository is not None:
            return facts_of(request, repository=repository, git=_read_git(request, repository, top, meanwhile))
    except GitError as error:
        return facts_of(request, no_git=tolerated(request, error))
    git = _read_other(request, top)
    return facts_of(request, git=git, no_git=None if git is not None else _why_no_git(request))


def _read_git(request: Request, repository: Repository, top: Path, meanwhile: Callable[[], object]) -> GitState:
    config = request.config
    paths = _counting_paths(request, top)
    return read_state(
        git_for(request, repository),
        patterns=tag_patterns(config.tag_prefix),
        accepts=lambda tag: release_of_tag(tag, config.tag_prefix) is not None,
        paths=paths,
        scope=scope_of(request, top, paths) if request.proves else None,
        want_time=wants_time(request),
        meanwhile=meanwhile,
    )


def _read_other(request: Request, top: Path) -> GitState | None:
    from uniqver.vcs.export import read_archive  # most projects are git's

    archive = read_archive(top, lambda tag: release_of_tag(tag, request.config.tag_prefix) is not None)
    if archive is not None:
        return archive
    from uniqver.resolve.scm_facts import read_other_tree  # as above

    return read_other_tree(request, top)


def _counting_paths(request: Request, top: Path) -> tuple[str, ...]:
    directory = request.project.directory
    if directory == top:
        return ()
    if not directory.is_relative_to(top):
        raise ConfigError(
            what=f'root = "{request.config.root}": the project does not lie inside {top}',
            fix='root = ".." in [tool.uniqver]   (the way up from the project to the repository)',
        )
    return tuple(f":(literal){path}" for path in (directory.relative_to(top).as_posix(), *request.config.paths))


def _why_no_git(request: Request) -> Missing | None:
    if (request.top / ".git").exists():
        return Missing(
            what=f"{request.top / '.git'} has no HEAD, so git takes it for no repository",
            fix="clone the repository again; or remove .git, if this is not a checkout",
        )
    directory = request.project.directory
    above = enclosing_work_tree(directory)
    if above is None:
        return None
    up = "/".join([".."] * len(directory.relative_to(above).parts))
    return Missing(
        what=f"the project lies inside the git repository at {above}, and root doesn't name it",
        fix=f'root = "{up}" in [tool.uniqver]',
    )
