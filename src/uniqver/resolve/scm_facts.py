"""A tree by setuptools-scm: of projects that configure it, and where git has nothing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path

from uniqver.ci import detect
from uniqver.config import Config
from uniqver.errors import ConfigError, GitError, ScmError
from uniqver.model.decision import Missing
from uniqver.model.versions import parse
from uniqver.project.scm_section import ScmSection
from uniqver.resolve.facts import Facts, facts_of, read_git, tolerated
from uniqver.resolve.request import Request
from uniqver.vcs import Cleanliness, GitState
from uniqver.vcs.repository import find_repository, work_tree_of
from uniqver.vcs.runner import Git
from uniqver.vcs.setuptools_scm import Asked, ScmState, marker_at, read_over_setup_py, read_scm, require

_PROGRAMS = {".hg": "Mercurial: hg", ".jj": "Jujutsu: jj"}

_HG_ARCHIVE = ".hg_archival.txt"
_ARCHIVES = (".git_archival.txt", _HG_ARCHIVE)

_NODE = re.compile(r"(?P<letter>[a-z]?)(?P<hex>[0-9a-f]+)")

_NOT_OVER_SCM = {
    "base": "the tag and version_scheme decide what is worked toward",
    "bump": "version_scheme decides which component grows",
    "segment": 'version_scheme decides the segment ("post-release" makes post releases)',
    "tag_prefix": "set tag.prefix there",
    "root": "set root there",
    "paths": "set scm.git.distance_scope there",
}
"""Keys that would contradict setuptools-scm's configuration, and what to do instead."""


def gather_over_scm(request: Request, section: ScmSection, meanwhile: Callable[[], object]) -> Facts:
    """Ask setuptools-scm, and git for what that doesn't report.

    Raises :class:`ConfigError` for settings that contradict setuptools-scm's, :class:`ScmError` if it is missing, too old or
    fails.
    """
    _refuse_settings(request.config)
    unasked = _why_not_ask(request, section)
    if unasked is not None:
        return facts_of(request, no_git=tolerated(request, unasked))
    state = _ask(request, section)
    project = request.project._replace(name=request.project.name or state.name)
    request = request._replace(project=project)
    repository = None if state.root is None else find_repository(Path(state.root), request.owner)
    archives = () if state.root is None or repository is not None else (Path(state.root, name) for name in _ARCHIVES)
    git = None if state.whole else state_of(state, archive=any(path.is_file() for path in archives))
    no_git: Missing | None = None
    if git is not None and repository is not None:
        try:
            native = read_git(request, repository, (), meanwhile, state)
        except GitError as error:
            no_git = tolerated(request, error)
            git = git._replace(tree=Cleanliness(git.tree.changed or ("(git can't tell)",)))
            repository = None
        else:
            tags = native.tags if native.on_tag else ()
            git = native._replace(tag=git.tag, tags=tags, distance=git.distance, on_tag=git.on_tag, skipped_tags=())
    tag = None if state.tag is None else parse(state.tag)
    return facts_of(request, repository=repository, git=git, no_git=no_git, scm=state, tag=tag)


def read_other_tree(request: Request, top: Path) -> GitState | None:
    """Return the state of a tree that only setuptools-scm can read, if there is one at ``top``.

    Raises :class:`ScmError` if it isn't installed or fails.
    """
    marker = marker_at(top)
    if marker is None:
        return None
    require(f"detected {marker}, which only setuptools-scm reads")
    prefix = request.config.tag_prefix
    tag = {"regex": r"^(?P<version>[0-9].*)$", "prefix": prefix}
    if prefix is None:
        tag = {"regex": r"^v?(?P<version>[0-9].*)$"}
    asked = Asked(
        directory=request.project.directory,
        name=request.project.name,
        table={"root": request.config.root},
        overrides={"tag": tag},
    )
    state = read_scm(asked, request.environ)
    if state is None and marker in _PROGRAMS:
        raise ScmError(
            what=f"detected {marker}, which setuptools-scm can't read",
            fix=f"install {_PROGRAMS[marker]} (on PATH for the build too); or pin the version: UNIQVER_VERSION=1.4.1.dev1",
        )
    return None if state is None or state.whole else state_of(state, prefix, archive=marker == _HG_ARCHIVE)


def state_of(state: ScmState, prefix: str | None = None, *, archive: bool = False) -> GitState:
    """Return setuptools-scm's answer as git's; ``archive``: of files that may be changed."""
    match = _NODE.fullmatch(state.node or "")
    tag = None if state.tag is None else f"{prefix or ''}{state.tag}"
    day = None if state.node_date is None else datetime.datetime.fromisoformat(f"{state.node_date}T00:00:00+00:00")
    return GitState(
        commit="" if match is None else match["hex"],
        commit_time=None if day is None else int(day.timestamp()),
        branch=state.branch,
        tag=tag,
        tags=() if tag is None else (tag,),
        distance=state.distance,
        on_tag=state.release is not None,
        tree=Cleanliness(("some (setuptools-scm doesn't report which)",) if state.dirty else ()),
        archive=archive,
        letter="g" if match is None or not match["letter"] else match["letter"],
    )


def _refuse_settings(config: Config) -> None:
    defaults = Config()
    own = [("", key) for key in _NOT_OVER_SCM if getattr(config, key) != getattr(defaults, key)]
    rules = [(f"branches {rule.pattern!r}: ", key) for rule in config.branches for key in rule.settings]
    found = [(where, key) for where, key in own + rules if key in _NOT_OVER_SCM]
    if found:
        problems = (f"\n  - {where}{key.replace('_', '-')}: {_NOT_OVER_SCM[key]}" for where, key in found)
        raise ConfigError(
            what=f"[tool.uniqver] sets what setuptools-scm is configured for:{''.join(problems)}",
            fix="delete those keys from [tool.uniqver]; or delete setuptools-scm's table, to let uniqver read git itself",
        )


def _why_not_ask(request: Request, section: ScmSection) -> ScmError | None:
    """Return the error if setuptools-scm must not be asked: it names the repository to git, which then judges nothing.

    A hook runs the project's code anyway; whoever only looks runs none of it.
    """
    if section.legacy and not request.builds:
        return ScmError(
            what="setup.py has use_scm_version, whose value only a build knows: it takes running setup.py",
            fix="move its settings to [tool.setuptools_scm] in pyproject.toml",
        )
    root = section.table.get("root")
    top = request.project.directory
    if isinstance(root, str):
        top = (top / root).resolve()
    try:
        repository = find_repository(work_tree_of(top) or top, request.owner)
        if repository is not None:
            with Git(repository, request.environ) as git:
                git.start("rev-parse", "--git-dir").output()
    except GitError as error:
        return ScmError(what=error.what, fix=error.fix)
    return None


def _ask(request: Request, section: ScmSection) -> ScmState:
    require("this project's version comes from setuptools-scm")
    ci = detect(request.environ, workflow=request.config.workflow)
    asked = Asked(
        directory=request.project.directory,
        name=request.project.name,
        tool=section.tool,
        table=section.table,
        tag=None if ci is None else ci.tag,
    )
    read = read_over_setup_py if section.legacy else read_scm
    state = read(asked, request.environ)
    if state is None:
        raise ScmError(
            what=f"setuptools-scm finds nothing in {request.project.directory} to tell a version from",
            fix=f'build in the repository or from an sdist; or set fallback_version = "1.4.0" in [tool.{section.tool}]',
        )
    return state
