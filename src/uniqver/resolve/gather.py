"""Asks the edges about a project's tree: git, an archive, another system through setuptools-scm."""

from __future__ import annotations

from collections.abc import Callable

from uniqver.errors import GitError
from uniqver.model.decision import Missing
from uniqver.model.versions import release_of_tag
from uniqver.resolve.facts import Facts, counted_paths, facts_of, read_git, tolerated
from uniqver.resolve.request import Request, repository_of
from uniqver.vcs.repository import work_tree_of


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
            git = read_git(request, repository, counted_paths(request), meanwhile)
            return facts_of(request, repository=repository, git=git)
    except GitError as error:
        return facts_of(request, no_git=tolerated(request, error))
    from uniqver.vcs.export import read_archive  # most projects are git's

    archive = read_archive(top, lambda tag: release_of_tag(tag, request.config.tag_prefix) is not None)
    if archive is not None:
        return facts_of(request, git=archive)
    from uniqver.resolve.scm_facts import read_other_tree  # as above

    other = read_other_tree(request, top)
    return facts_of(request, git=other, no_git=None if other is not None else _why_no_git(request))


def _why_no_git(request: Request) -> Missing | None:
    if (request.top / ".git").exists():
        return Missing(
            what=f"{request.top / '.git'} has no HEAD, so git takes it for no repository",
            fix="clone the repository again; or remove .git, if this is not a checkout",
        )
    directory = request.project.directory
    above = work_tree_of(directory)
    if above is None:
        return None
    up = "/".join([".."] * len(directory.relative_to(above).parts)) or "."
    return Missing(
        what=f"the project lies inside the git repository at {above}, and root doesn't name it",
        fix=f'root = "{up}" in [tool.uniqver]',
    )
