"""The last step where setuptools-scm is configured: its version, with the number of the build's source in it.

setuptools-scm reads the tree and applies its schemes; everything before the number stays as they made it. What is
uniqver's: whether this is a release (CI's word counts), the number, and whether there is a local part.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.ci.detect import detect
from uniqver.config import BUILD_NUMBER, Config, setting
from uniqver.errors import BaseVersionError, ConfigError, ProjectError, ScmError
from uniqver.model import renumber
from uniqver.model import versions as scheme
from uniqver.model.versions import Base
from uniqver.model.words import listed
from uniqver.resolve.compute import decision_of, with_number
from uniqver.resolve.facts import Facts, seconds_for_git, wants_time
from uniqver.resolve.numbers import Numbered, choose_source, take_number
from uniqver.resolve.other_tree import state_of
from uniqver.resolve.scm_release import scm_release_of
from uniqver.vcs.describe import read_state
from uniqver.vcs.repository import find_repository
from uniqver.vcs.setuptools_scm.requirement import require
from uniqver.vcs.setuptools_scm.setup_py import read_over_setup_py
from uniqver.vcs.setuptools_scm.state import Asked, read_scm

if TYPE_CHECKING:
    from uniqver.model.decision import CiRun, Decision, GitState, ScmState, Source
    from uniqver.resolve.steps import Request

NO_NUMBER = -1
"""Stands for a version whose scheme gave it no number; only its local part tells it apart."""

_NOT_OVER_SCM = {
    "base": "the tag and version_scheme decide what is worked toward",
    "bump": "version_scheme decides which component grows",
    "segment": 'version_scheme decides the segment ("post-release" makes post releases)',
    "tag_prefix": "set tag.prefix there",
    "root": "set root there",
    "paths": "set scm.git.distance_scope there",
}
"""Keys of [tool.uniqver] that would contradict setuptools-scm's configuration, and what to do instead."""


def compute_over_scm(request: Request, passed: tuple[str, ...]) -> Decision:
    """Return the version that setuptools-scm computes, with this build's number. ``passed`` as for ``compute``.

    Raises :class:`ScmError` where setuptools-scm is missing, too old or fails, and what the number's source raises.
    """
    facts, state = gather_over_scm(request)
    reasons = [*passed, *_about(facts, state)]
    release = scm_release_of(state, facts.git, facts.ci)
    reasons.append(release.reason)
    if release.version is not None:
        made = decision_of(facts, release.version, reasons, list(release.warnings))._replace(
            base=scheme_base(release.version),
            release=True,
        )
    else:
        made = _with_number(facts, state, reasons, list(release.warnings))
    return made._replace(scm=state, project=facts.request.project.name)


def gather_over_scm(request: Request) -> tuple[Facts, ScmState]:
    """Ask setuptools-scm, and git for what that doesn't say. Raises as :func:`compute_over_scm` does."""
    _refuse_settings(request.config)
    ci = detect(request.environ, workflow=request.config.workflow)
    state = _ask(request, ci)
    return _gather(request, state, ci), state


def counting_base_over_scm(request: Request) -> tuple[Facts, Base]:
    """Return the base that a counter counts under here, and what it was made from. Raises as a build would."""
    facts, state = gather_over_scm(request)
    _refuse_tree(facts, state)
    parts = _parts(facts, state, "counter")
    return _in_segment(facts, parts), _base(parts, state)


def scheme_base(version: str) -> str:
    """Return what a release works toward: itself, without a local part."""
    return renumber.parse(version).public


def _refuse_settings(config: Config) -> None:
    defaults = Config()
    rules = [(f"branches {rule.pattern!r}: ", key) for rule in config.branches for key in rule.settings]
    own = [("", key) for key in _NOT_OVER_SCM if getattr(config, key) != getattr(defaults, key)]
    problems = [
        f"{where}{key.replace('_', '-')}: {_NOT_OVER_SCM[key]}" for where, key in [*own, *rules] if key in _NOT_OVER_SCM
    ]
    if problems:
        raise ConfigError(
            what="[tool.uniqver] sets what setuptools-scm is configured for:"
            + "".join(f"\n  - {problem}" for problem in problems),
            fix="delete those keys from [tool.uniqver]; or delete setuptools-scm's table, to let uniqver read git itself",
        )


def _ask(request: Request, ci: CiRun | None) -> ScmState:
    section = request.project.scm
    if section is None:
        raise AssertionError("only for projects that configure setuptools-scm")
    require("this project's version comes from setuptools-scm")
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


def _gather(request: Request, state: ScmState, ci: CiRun | None) -> Facts:
    """Put what is known into the form that the sources ask for; git itself tells what setuptools-scm doesn't."""
    repository = None if state.root is None else find_repository(Path(state.root))
    git = None if state.whole else state_of(state)
    if git is not None and repository is not None:
        native = read_state(
            repository,
            patterns=("*",),
            accepts=lambda _: True,
            paths=(),
            ignores=lambda path: _is_own(path, request, state, repository.work_tree),
            environ=request.environ,
            want_time=wants_time(request),
            seconds=seconds_for_git(request),
            meanwhile=request.meanwhile,
        )
        on_head = native.tags if native.on_tag else ()
        git = native._replace(tag=git.tag, tags=on_head, distance=git.distance, on_tag=git.on_tag, skipped_tags=())
    branch = (git.branch if git is not None else None) or (ci.branch if ci is not None else None)
    config, rule = request.config.on_branch(branch)
    project = request.project._replace(name=request.project.name or state.name)
    return Facts(
        request=request._replace(project=project),
        config=config,
        rule=rule,
        repository=repository,
        git=git,
        ci=ci,
        branch=branch,
        tag=None if state.tag is None else renumber.parse(state.tag),
        build_number=setting(request.environ, BUILD_NUMBER, project.name),
    )


def _is_own(path: str, request: Request, state: ScmState, top: Path) -> bool:
    """Tell whether ``path`` is written by the build itself: a tracked version file would dirty every second hook."""
    return ".egg-info/" in path or any(top / path == request.project.directory / name for name in state.files)


def _about(facts: Facts, state: ScmState) -> list[str]:
    git = facts.git
    if state.whole:
        where = "fallback_version" if state.fallback else "the folder's name or its PKG-INFO"
        return [f"setuptools-scm: no commits to count, {state.development} from {where}"]
    tag = "no release tag" if state.tag is None else f"{state.distance} commits since tag {state.tag}"
    found = [f"setuptools-scm: {tag}; version_scheme {state.scheme} makes {state.release or state.development}"]
    if git is not None and git.dirty:
        found.append(f"changed tracked files: {listed(git.changed)}")
    if facts.ci is not None:
        found.append(f"CI: {facts.ci.title}, run {facts.ci.run or '?'}")
    return found


def _with_number(facts: Facts, state: ScmState, reasons: list[str], warnings: list[str]) -> Decision:
    """Return the decision for a build that is no release."""
    _refuse_tree(facts, state)
    source, why = choose_source(facts)
    parts = _parts(facts, state, source)
    base = _base(parts, state)
    facts = _in_segment(facts, parts)
    numbered = _distance(facts, parts) if source == "distance" else take_number(facts, source, base)
    local = renumber.joined_local(parts.local, numbered.local)
    if numbered.number == NO_NUMBER:  # no number at all: the version as it is, told apart by its local part
        version = f"{parts.base}+{local}"
    else:
        version = scheme.compose(parts.base, parts.segment, numbered.number, local)
    scheme.refuse_below(version, facts.tag, source=source)
    made = decision_of(
        facts,
        version,
        [*reasons, why, f"base {base.version}: {base.because}", numbered.reason],
        [*warnings, *numbered.warnings],
    )
    made = with_number(made, source, base, numbered)._replace(segment=parts.segment)
    return made._replace(number=None, segment=None) if numbered.number == NO_NUMBER else made


def _base(parts: renumber.Numbered, state: ScmState) -> Base:
    return Base(version=parts.base, because=f"version_scheme {state.scheme} makes {state.development}")


def _in_segment(facts: Facts, parts: renumber.Numbered) -> Facts:
    """Return ``facts`` with the segment that the scheme chose."""
    return facts._replace(config=facts.config._replace(segment=parts.segment))


def _refuse_tree(facts: Facts, state: ScmState) -> None:
    git = facts.git
    if git is not None and git.dirty and state.refusal is not None:
        raise ProjectError(
            what=f"setuptools-scm's local_scheme refuses this tree: {state.refusal} ({listed(git.changed)})",
            fix="commit or undo the changes (git status shows them)",
        )
    if git is not None and git.shallow and state.tag is None:
        raise BaseVersionError(
            what="this clone is shallow, and no release tag is in the part of the history that it has",
            fix="git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
        )


def _parts(facts: Facts, state: ScmState, source: Source) -> renumber.Numbered:
    parts = renumber.taken_apart(state.development)
    if parts is not None:
        return parts._replace(number=parts.number if state.distance else 0)
    whole = renumber.parse(state.development)
    local = renumber.kept_local(whole.local)
    if state.fallback:
        return renumber.Numbered(base=whole.public, segment="dev", number=0, local=local)
    if source == "distance" and facts.config.local:
        return renumber.Numbered(base=whole.public, segment="dev", number=NO_NUMBER, local=local)
    raise renumber.no_number(state.development, state.scheme)


def _distance(facts: Facts, parts: renumber.Numbered) -> Numbered:
    """Return setuptools-scm's own number, with uniqver's local part."""
    git: GitState | None = facts.git
    if git is None:
        raise ScmError(
            what='source = "distance", and setuptools-scm finds no commits to count',
            fix="build in the repository; or UNIQVER_VERSION=1.4.1.dev1 for a build without it",
        )
    if facts.config.local:
        return Numbered(
            number=parts.number,
            local=scheme.local_part(git.commit, git.digest, letter=git.letter, dirty=git.dirty),
            reason="number: setuptools-scm's own, with a local part, which PyPI refuses",
            collisions=("untracked files aren't seen: builds that differ only in those share this (local) version",),
        )
    return Numbered(
        number=parts.number,
        reason="number: setuptools-scm's own; local = false drops the local part",
        collisions=("another branch with as many commits since the tag gets this version too",),
    )
