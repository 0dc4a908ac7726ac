"""The last step: a version computed from the work tree, the CI run and the settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uniqver import scheme
from uniqver.ci import detect
from uniqver.config import BUILD_NUMBER, GIT_TIMEOUT, setting
from uniqver.errors import BaseVersionError, ConfigError
from uniqver.git import find_repository, read_state
from uniqver.git.locate import enclosing_work_tree
from uniqver.git.read import newer_tags, read_newer_tags
from uniqver.git.run import SECONDS, GitCommand
from uniqver.model import Decision
from uniqver.resolve.numbers import Numbered, choose_source, take_number
from uniqver.resolve.release import release_of
from uniqver.tree import find_version_file

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.version import Version

    from uniqver.config import Config
    from uniqver.git import Repository
    from uniqver.model import CiRun, GitState, Source
    from uniqver.resolve.request import Request
    from uniqver.scheme import Base


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that a computed version depends on."""

    request: Request
    config: Config
    """With the rule of the branch applied."""
    repository: Repository | None
    git: GitState | None
    ci: CiRun | None
    branch: str | None
    tag: Version | None
    """The version of the nearest release tag; of several on one commit the highest."""
    build_number: tuple[str, str] | None
    """The variable that hands in a number, and its text."""


def compute(request: Request, passed: tuple[str, ...]) -> Decision:
    """Return the computed version. ``passed`` are the reasons why no earlier step answered."""
    facts, reasons = _gather(request)
    reasons = [*passed, *reasons]
    release = release_of(facts.git, facts.ci, facts.config.tag_prefix)
    reasons.append(release.reason)
    if release.version is not None:
        return replace(
            _decision(facts, str(release.version), reasons, [*_warnings(facts), *release.warnings]),
            origin="tag",
            base=str(release.version),
            release=True,
        )
    source, why = choose_source(facts.config, facts.ci, facts.repository is not None, facts.build_number)
    reasons.append(why)
    base = _base(facts, source)
    reasons.append(f"base {base.version}: {base.because}")
    warnings = [*_warnings(facts), *release.warnings, *_behind(facts, source)]
    if facts.config.strict and warnings:
        raise ConfigError(
            what=f"{warnings[0]} (strict = true)", fix="mend that, or set strict = false in [tool.uniqver]"
        )
    numbered = take_number(facts, source, base)
    version = scheme.compose(base.version, facts.config.segment, numbered.number, numbered.local)
    scheme.refuse_below(version, facts.tag, source=source)
    reasons.append(numbered.reason)
    return _numbered(_decision(facts, version, reasons, [*warnings, *numbered.warnings]), facts, source, base, numbered)


def _decision(facts: Facts, version: str, reasons: list[str], warnings: list[str]) -> Decision:
    git, ci = facts.git, facts.ci
    if facts.config.strict and warnings:
        raise ConfigError(
            what=f"{warnings[0]} (strict = true)", fix="mend that, or set strict = false in [tool.uniqver]"
        )
    return Decision(
        version=version,
        origin="tag",
        project=facts.request.project.name,
        commit=git.commit if git is not None else ci.commit if ci is not None else None,
        commit_time=None if git is None else git.commit_time,
        branch=facts.branch,
        dirty=None if git is None else git.dirty,
        ci=ci,
        reasons=tuple(reasons),
        warnings=tuple(warnings),
    )


def _numbered(decision: Decision, facts: Facts, source: Source, base: Base, numbered: Numbered) -> Decision:
    return replace(
        decision,
        origin=source,
        base=base.version,
        number=numbered.number,
        segment=facts.config.segment,
        attempt=numbered.attempt,
        build_key=numbered.build_key,
        counter=numbered.counter,
        counter_kind=numbered.counter_kind,
        collisions=numbered.collisions,
    )


def _gather(request: Request) -> tuple[Facts, list[str]]:
    """Ask the edges for what a version depends on."""
    config, environ = request.config, request.environ
    top = (request.project.directory / config.root).resolve()
    repository = find_repository(top)
    ci = detect(environ, workflow=config.workflow)
    if repository is None:
        _refuse_unnamed_root(request, top)
    git = None if repository is None else _read_git(request, repository, top)
    branch = (git.branch if git is not None else None) or (ci.branch if ci is not None else None)
    config, rule = config.on_branch(branch)
    reasons = _about(git, ci, repository)
    if rule is not None:
        reasons.append(f"branch {branch} matches {rule.pattern!r} of branches in [tool.uniqver]")
    versions = [scheme.release_of_tag(tag, config.tag_prefix) for tag in (git.tags if git is not None else ())]
    facts = Facts(
        request=request,
        config=config,
        repository=repository,
        git=git,
        ci=ci,
        branch=branch,
        tag=max((version for version in versions if version is not None), default=None),
        build_number=setting(environ, BUILD_NUMBER, request.project.name),
    )
    return facts, reasons


def _about(git: GitState | None, ci: CiRun | None, repository: Repository | None) -> list[str]:
    """Say what was found, before anything is decided."""
    found: list[str] = []
    if git is None or repository is None:
        found.append("no git repository at the project's root")
    elif git.tag is None:
        found.append(f"git: no release tag is reachable from {git.commit[: scheme.NODE_DIGITS]}")
    else:
        also = f" (highest of {', '.join(git.tags)} on that commit)" if len(git.tags) > 1 else ""
        found.append(f"git: {git.distance} commits since tag {git.tag}{also}, at {git.commit[: scheme.NODE_DIGITS]}")
    if git is not None and git.skipped_tags:
        found.append(f"tags that name no version were passed over: {', '.join(git.skipped_tags)}")
    if git is not None and git.dirty:
        found.append(f"changed tracked files: {_listed(git.changed)}")
    if ci is not None:
        found.append(f"CI: {ci.title}, run {ci.run or '?'}" + (f", attempt {ci.attempt}" if ci.attempt else ""))
    return found


def _read_git(request: Request, repository: Repository, top: Path) -> GitState:
    config = request.config
    version_file = find_version_file(request.project, config.version_file)
    own = {
        path.relative_to(top).as_posix() for path in (version_file,) if path is not None and path.is_relative_to(top)
    }
    return read_state(
        repository,
        patterns=scheme.tag_patterns(config.tag_prefix),
        accepts=lambda tag: scheme.release_of_tag(tag, config.tag_prefix) is not None,
        paths=_counting_paths(request, top),
        # setuptools writes .egg-info folders itself, in the middle of a build
        ignores=lambda path: path in own or ".egg-info/" in path,
        environ=request.environ,
        want_digest=True,
        seconds=_seconds(request),
    )


def _counting_paths(request: Request, top: Path) -> list[str]:
    """Return the pathspecs of what counts: everything where the project is the repository."""
    directory = request.project.directory
    if directory == top:
        return []
    if not directory.is_relative_to(top):
        raise ConfigError(
            what=f"root = {request.config.root!r}: the project does not lie inside {top}",
            fix='give the way up to the repository: root = ".."',
        )
    return [f":(literal){path}" for path in (directory.relative_to(top).as_posix(), *request.config.paths)]


def _seconds(request: Request) -> float:
    text = request.environ.get(GIT_TIMEOUT, "")
    try:
        seconds = float(text) if text else SECONDS
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise ConfigError(what=f"{GIT_TIMEOUT} is {text!r}: no number of seconds", fix=f"{GIT_TIMEOUT}=120")
    return seconds


def _refuse_unnamed_root(request: Request, top: Path) -> None:
    """A project inside a bigger repository that tracks it must say so, or its commits would go unseen."""
    above = enclosing_work_tree(top)
    repository = None if above is None else find_repository(above)
    if above is None or repository is None:
        return
    tracked = (request.project.directory / "pyproject.toml").relative_to(above).as_posix()
    command = GitCommand(
        repository, "ls-files", "--", f":(literal){tracked}", environ=request.environ, seconds=_seconds(request)
    )
    if command.output().strip():
        up = "/".join([".."] * len(request.project.directory.relative_to(above).parts))
        raise ConfigError(
            what=f"the project's root is no git repository, but the one at {above} tracks it",
            fix=f'root = "{up}" in [tool.uniqver]',
        )


def _base(facts: Facts, source: Source) -> Base:
    git, config = facts.git, facts.config
    if git is not None and git.shallow and git.tag is None and (config.base is None or source == "distance"):
        prefix = "v (or nothing)" if config.tag_prefix is None else repr(config.tag_prefix)
        or_base = ", or set base in [tool.uniqver]" if config.base is None else ""
        raise BaseVersionError(
            what=f"this clone is shallow, and no release tag (prefix {prefix}) is in the part of the history that it has",
            fix=f"git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0){or_base}",
        )
    return scheme.choose_base(facts.tag, config.base, config.bump, config.segment)


def _warnings(facts: Facts) -> list[str]:
    warnings: list[str] = []
    path = find_version_file(facts.request.project, facts.config.version_file)
    if facts.repository is not None and path is not None and path.exists() and facts.repository.tracks(path):
        name = path.relative_to(facts.request.project.directory).as_posix()
        warnings.append(f"the version file is tracked by git: git rm --cached {name}, and add it to .gitignore")
    if facts.git is None and facts.config.base is None and not (facts.ci is not None and facts.ci.tag is not None):
        warnings.append(
            f"no git here and no base: took {scheme.FIRST_BASE}; set base in [tool.uniqver] to the release being worked toward"
        )
    return warnings


def _behind(facts: Facts, source: Source) -> list[str]:
    """Warn of an old commit whose new number would outrank newer code. By distance it can't."""
    if facts.repository is None or facts.git is None or source == "distance":
        return []
    patterns = scheme.tag_patterns(facts.config.tag_prefix)
    command = newer_tags(
        facts.repository, patterns=patterns, environ=facts.request.environ, seconds=_seconds(facts.request)
    )
    found = [(scheme.release_of_tag(tag, facts.config.tag_prefix), tag) for tag in read_newer_tags(command)]
    newer = [(version, tag) for version, tag in found if version is not None and scheme.is_release(version)]
    newer = [
        (version, tag)
        for version, tag in newer
        if tag not in facts.git.tags and (facts.tag is None or version > facts.tag)
    ]
    if not newer:
        return []
    return [f"HEAD is behind the release tag {max(newer)[1]}: a build of this old commit may sort above newer code"]


def _listed(paths: tuple[str, ...]) -> str:
    more = f", … ({len(paths)} in all)" if len(paths) > 5 else ""
    return ", ".join(paths[:5]) + more
