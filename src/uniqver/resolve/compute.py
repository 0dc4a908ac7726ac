"""The last step: a version computed from the work tree, the CI run and the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.errors import BaseVersionError, ConfigError
from uniqver.model import versions as scheme
from uniqver.model.decision import Decision
from uniqver.resolve.numbers import choose_source, take_number
from uniqver.resolve.release import release_of
from uniqver.resolve.wording import about, collisions_of_base, warnings_of_tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

    from uniqver.model.decision import Source
    from uniqver.model.versions import Base
    from uniqver.resolve.facts import Facts
    from uniqver.resolve.numbers import Numbered
    from uniqver.resolve.release import Release
    from uniqver.vcs.tags import TagsAround


def compute(facts: Facts, passed: tuple[str, ...]) -> Decision:
    """Return the version that follows from ``facts``. ``passed`` are the reasons why no earlier step answered."""
    release = release_of(facts.git, facts.ci, facts.config.tag_prefix)
    reasons = [*passed, *about(facts), release.reason]
    if release.version is not None:
        return _released(facts, release, reasons)
    source, why = choose_source(facts)
    return _numbered(facts, release, source, [*reasons, why])


def _released(facts: Facts, release: Release, reasons: list[str]) -> Decision:
    version = str(release.version)
    decision = decision_of(facts, version, reasons, [*warnings_of_tree(facts, source=None), *release.warnings])
    return decision._replace(origin="tag", base=version, release=True)


def _numbered(facts: Facts, release: Release, source: Source, reasons: list[str]) -> Decision:
    last, around = _last_release(facts, publishable=source != "distance" or not facts.config.local)
    base = _base(facts, source, last)
    reasons.append(f"base {base.version}: {base.because}")
    warnings = [*warnings_of_tree(facts, source), *release.warnings]
    if source != "distance":
        from uniqver.resolve.ancestry import warnings_of_age

        warnings.extend(warnings_of_age(facts, around, base.version))
    _refuse_if_strict(facts, warnings)  # before a number is taken
    numbered = take_number(facts, source, base)
    version = scheme.compose(base.version, facts.config.segment, numbered.number, numbered.local)
    scheme.refuse_below(version, last, source=source)
    reasons.append(numbered.reason)
    decision = decision_of(facts, version, reasons, [*warnings, *numbered.warnings])
    decision = decision._replace(segment=facts.config.segment)
    return with_number(decision, source, base, numbered, collisions_of_base(facts, source, base))


def with_number(
    decision: Decision, source: Source, base: Base, numbered: Numbered, collisions: Iterable[str] = ()
) -> Decision:
    """Return ``decision`` with what is known of its number; its segment is the branch's or the scheme's."""
    return decision._replace(
        origin=source,
        base=base.version,
        number=numbered.number,
        attempt=numbered.attempt,
        tells_run=numbered.tells_run,
        made_at=numbered.made_at,
        build_key=numbered.build_key,
        counter=numbered.counter,
        counter_kind=numbered.counter_kind,
        collisions=(*numbered.collisions, *collisions),
    )


def counting_base(facts: Facts) -> Base:
    """Return the base that a counter counts under here. Raises :class:`BaseVersionError` as a build would."""
    return _base(facts, "counter", _last_release(facts, publishable=True)[0])


def _last_release(facts: Facts, *, publishable: bool) -> tuple[Version | None, TagsAround | None]:
    """Return the release that the version has to sort above, and for a publishable one what lies around HEAD."""
    if not publishable:
        return facts.tag, None
    from uniqver.resolve.ancestry import around_head, highest_before

    around = around_head(facts)
    return highest_before(facts, around), around


def decision_of(facts: Facts, version: str, reasons: Iterable[str], warnings: list[str]) -> Decision:
    """Return the decision for ``version``, without what a number adds. Raises where ``strict`` has it so."""
    _refuse_if_strict(facts, warnings)
    git, ci = facts.git, facts.ci
    return Decision(
        version=version,
        origin="tag",
        project=facts.request.project.name,
        commit=(git.commit or None) if git is not None else ci.commit if ci is not None else None,
        commit_time=None if git is None else git.commit_time,
        branch=facts.branch,
        dirty=None if git is None else git.dirty,
        ci=ci,
        reasons=tuple(reasons),
        warnings=tuple(warnings),
    )


def _refuse_if_strict(facts: Facts, warnings: list[str]) -> None:
    if facts.config.strict and warnings:
        raise ConfigError(what=f"{warnings[0]} (strict = true)", fix="mend that, or strict = false in [tool.uniqver]")


def _base(facts: Facts, source: Source, last: Version | None) -> Base:
    git, config = facts.git, facts.config
    if git is not None and git.shallow and git.tag is None and (config.base is None or source == "distance"):
        prefix = "v or nothing" if config.tag_prefix is None else repr(config.tag_prefix)
        or_base = '; or base = "…" in [tool.uniqver]' if config.base is None else ""
        raise BaseVersionError(
            what=f"this clone is shallow, and no release tag (prefix {prefix}) is in the part of the history that it has",
            fix=f"git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0){or_base}",
        )
    return scheme.choose_base(last, config.base, config.bump, config.segment)
