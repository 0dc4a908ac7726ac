"""The base and the segment of a build that is not a release: from tags, or from setuptools-scm's schemes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.errors import ProjectError
from uniqver.model import NamedTuple
from uniqver.model.bases import Base, choose_base
from uniqver.model.decision import Missing, Segment
from uniqver.model.versions import fitting_prefix, kept_local, parse, release_of_tag, releases, tags_above, taken_apart
from uniqver.model.wording import listed
from uniqver.resolve.facts import Facts
from uniqver.vcs.describe import tag_names, tag_patterns
from uniqver.vcs.runner import Git

if TYPE_CHECKING:
    from uniqver.vcs.setuptools_scm import ScmState

UNSHALLOW = "git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"


class Target(NamedTuple):
    """What is worked toward."""

    base: Base
    segment: Segment
    distance: int
    """The number by distance, if the tree has commits."""
    last: Version | None
    """The release that the version has to sort above."""
    variant: str | None = None
    """The local part that a scheme of setuptools-scm's gives each build: ``cu118``."""
    numbered: bool = True
    """Whether the version has a place for a number, which a scheme of setuptools-scm's may not leave."""
    elsewhere: Mapping[Version, str] | None = None
    """Tags of releases above ``last``, by version."""
    reasons: tuple[str, ...] = ()
    """Sentences on what else was looked at."""
    warnings: tuple[str, ...] = ()
    """Sentences about a public version."""


def target_of(facts: Facts) -> Target:
    """Return what the build works toward. Raises ``BaseVersionError`` and ``ProjectError`` for wrong settings."""
    if facts.scm is not None:
        return _by_scheme(facts, facts.scm)
    return _by_tags(facts)


def _by_tags(facts: Facts) -> Target:
    git, config = facts.git, facts.config
    tag = last = facts.tag
    elsewhere: Sequence[Version] = ()
    around = None
    # a peek doesn't ask git, and nobody does without a tag above: 1.5 s for 100,000 commits and 1,000 tags
    names = tag_names(git.tag_refs) if git is not None and facts.request.proves else []
    above = tags_above(names, config.tag_prefix, last)
    if above and facts.repository is not None:
        from uniqver.resolve.ancestry import tags_around, warnings_of_age  # few builds have a tag above

        with Git(facts.repository, facts.request.environ) as git_here:
            patterns = tag_patterns(config.tag_prefix)
            around = tags_around(git_here, tags=above, patterns=patterns, branch=facts.branch)
        tag = last = max(filter(None, (last, *releases(around.before, config.tag_prefix))), default=None)
        if tag is None:
            tag = max(releases(above, config.tag_prefix))
        else:
            here = {*around.before, *around.after}
            elsewhere = releases((name for name in above if name not in here), config.tag_prefix)
    base = choose_base(tag, config.base, config.bump, config.segment, elsewhere)
    reasons: tuple[str, ...] = ()
    missing: Missing | None = None
    if last is not None:
        if (highest := max(elsewhere, default=last)) > last:
            reasons = (f"{highest} is tagged on another branch, and HEAD doesn't contain it",)
    elif tag is not None:
        reasons = (f"no release tag is reachable: the highest of all, {tag}, serves this local build",)
        missing = Missing(
            what=f"no release tag is reachable from HEAD (the highest elsewhere is {tag}), so the base is a guess",
            fix=f'base = "{base.version}" in [tool.uniqver]   (if that is the release being worked toward)',
        )
    elif config.base is None:
        missing = _other_prefix(facts, names)

    if missing is not None and not base.configured:
        base = base._replace(missing=missing)
    if git is None:
        base = base._replace(missing=None)  # with git, a tag may tell it
    elif git.shallow:
        base = base._replace(missing=_shallow(config.tag_prefix, has_tag=git.tag is not None))
    distance = base.carry + (0 if git is None else git.distance)
    warnings = () if around is None else warnings_of_age(facts, around, Version(base.version))
    tagged = {version: tag for tag in above for version in releases([tag], config.tag_prefix)}
    return Target(base, config.segment, distance, last, elsewhere=tagged, reasons=reasons, warnings=warnings)


def _other_prefix(facts: Facts, tags: list[str]) -> Missing | None:
    prefix = fitting_prefix(tags, facts.request.project.normalized_name)
    if prefix is None:
        return None
    found = [tag for tag in tags if release_of_tag(tag, prefix) is not None]
    return Missing(
        what=f"none of the tags is a release tag, since they start with {prefix!r}: {listed(found)}",
        fix=f'tag-prefix = "{prefix}" in [tool.uniqver]',
    )


def _shallow(prefix: str | None, *, has_tag: bool) -> Missing:
    named = "v or nothing" if prefix is None else repr(prefix)
    seen = "a higher release tag may lie" if has_tag else f"the release tags (prefix {named}) may lie"
    return Missing(what=f"this clone is shallow, and {seen} beyond its edge", fix=UNSHALLOW)


def _by_scheme(facts: Facts, state: ScmState) -> Target:
    """Keep everything before the number as setuptools-scm's schemes made it."""
    git = facts.git
    if git is not None and git.dirty and state.refusal is not None:
        raise ProjectError(
            what=f"setuptools-scm's local_scheme refuses this tree: {state.refusal} ({listed(git.tree.changed)})",
            fix="commit or undo the changes (git status shows them)",
        )
    missing: Missing | None = None
    if git is not None and git.shallow:
        missing = _shallow(None, has_tag=state.tag is not None)
    elif state.tag is None and not state.fallback:
        missing = Missing(
            what="setuptools-scm finds no release tag, so the release being worked toward is not known",
            fix="git fetch --tags; or tag the last release (git tag v1.0.0)",
        )
    parsed = parse(state.development)
    parts = taken_apart(state.development) if parsed.is_devrelease or parsed.is_postrelease else None
    because = f"version_scheme {state.scheme} makes {state.development}"
    if parts is not None:
        base = Base(version=parts.base, because=because, missing=missing)
        distance = parts.number if state.distance else 0
        return Target(base, parts.segment, distance, facts.tag, variant=parts.local)
    base, variant = Base(parsed.public, because, missing=missing), kept_local(parsed.local)
    if state.fallback:
        return Target(base, "dev", 0, facts.tag, variant=variant)
    missing = missing or Missing(
        what=f"setuptools-scm's version_scheme {state.scheme} makes {state.development}, which has neither a dev nor a "
        "post number: every build of this line would get it",
        fix='version_scheme = "guess-next-dev" in [tool.setuptools_scm]; or pin this build: UNIQVER_VERSION=1.4.1.dev1',
    )
    return Target(base._replace(missing=missing), "dev", 0, None, variant=variant, numbered=False)
