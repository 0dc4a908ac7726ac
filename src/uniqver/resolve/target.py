"""What a build that is not a release works toward: the base and the segment, from tags or from setuptools-scm's schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.errors import ProjectError
from uniqver.model import NamedTuple
from uniqver.model.bases import Base, choose_base
from uniqver.model.decision import Missing
from uniqver.model.versions import (
    fitting_prefix,
    is_release,
    joined_local,
    kept_local,
    parse,
    release_of_tag,
    taken_apart,
)
from uniqver.model.wording import listed
from uniqver.vcs.describe import tag_names, tag_patterns

if TYPE_CHECKING:
    from uniqver.model.decision import Segment
    from uniqver.resolve.facts import Facts
    from uniqver.vcs.describe import TagsAround
    from uniqver.vcs.setuptools_scm import ScmState

UNSHALLOW = "git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"


class Target(NamedTuple):
    """What is worked toward, and what a number is put into."""

    base: Base
    segment: Segment
    distance: int
    """The number by distance, if the tree has commits."""
    last: Version | None
    """The release that the version has to sort above."""
    variant: str | None = None
    """The local part that a scheme of setuptools-scm's gives each build: ``cu118``."""
    numbered: bool = True
    """Whether the version has a place for a number: a scheme of setuptools-scm's may leave none."""
    reasons: tuple[str, ...] = ()
    """Sentences: what else was looked at."""
    warnings: tuple[str, ...] = ()
    """Sentences about a public version."""


def target_of(facts: Facts) -> Target:
    """Return what the build works toward. Raises ``BaseVersionError`` and ``ProjectError`` for wrong settings."""
    if facts.scm is not None:
        return _by_scheme(facts, facts.scm)
    return _by_tags(facts)


def _by_tags(facts: Facts) -> Target:
    git, config = facts.git, facts.config
    around = _around(facts)
    last = (
        facts.tag if around is None else max(filter(None, (facts.tag, *facts.versions_of(around.before))), default=None)
    )
    # the tags above that neither contain HEAD nor are contained in it
    here = set() if around is None else {*around.before, *around.after}
    elsewhere = () if around is None else tuple(facts.versions_of(tag for tag in facts.tags_above() if tag not in here))
    reasons: list[str] = []
    tag = last
    unreachable: Missing | None = None
    if tag is None and around is not None and (everywhere := facts.versions_of(facts.tags_above())):
        tag = max(everywhere)
        elsewhere = ()
        reasons.append(f"no release tag is reachable: the highest of all, {tag}, serves this local build")
        unreachable = Missing(
            what=f"no release tag is reachable from HEAD (the highest elsewhere is {tag}), so the base is a guess",
            fix='base = "{}" in [tool.uniqver]   (if that is the release being worked toward)',
        )
    elif last is not None and (higher := [version for version in elsewhere if version > last]):
        reasons.append(f"{max(higher)} is tagged on another branch, and HEAD doesn't contain it")
    base = choose_base(tag, config.base, config.bump, config.segment, elsewhere)
    if tag is None and facts.request.proves and config.base is None:
        unreachable = _other_prefix(facts)
    if unreachable is not None and not base.configured:
        base = base._replace(missing=unreachable._replace(fix=unreachable.fix.replace("{}", base.version)))
    if git is not None and git.shallow:
        base = base._replace(missing=_shallow(config.tag_prefix, has_tag=git.tag is not None))
    if git is None:
        base = base._replace(missing=None)  # with git, a tag may tell it
    distance = base.carry + (0 if git is None else git.distance)
    warnings = () if around is None else _warnings_of_age(facts, around, Version(base.version))
    return Target(base, config.segment, distance, last, reasons=tuple(reasons), warnings=warnings)


def _other_prefix(facts: Facts) -> Missing | None:
    """Return what is missing if there are tags, and another prefix makes them release tags."""
    tags = [] if facts.git is None else tag_names(facts.git.tag_refs)
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


def _around(facts: Facts) -> TagsAround | None:
    """Return which tags above the nearest one lie before and after HEAD, or ``None`` if there are none.

    A peek doesn't ask. Mostly there is no tag above, and git is not asked either: in a history of 100,000 commits and
    1,000 tags the question takes a second and a half.
    """
    if facts.repository is None or not facts.request.proves:
        return None
    above = facts.tags_above()
    if not above:
        return None
    from uniqver.vcs.describe import tags_around  # few builds have a tag above

    with facts.git_here(facts.repository) as git:
        return tags_around(git, tags=above, patterns=tag_patterns(facts.config.tag_prefix), branch=facts.branch)


def _warnings_of_age(facts: Facts, around: TagsAround, base: Version) -> tuple[str, ...]:
    """Return a sentence if HEAD is an old commit whose builds would outrank newer code.

    A release that contains HEAD makes it old in three cases: the builds that lead to ``base`` sort above that
    release; or the release is of the line that ``base`` continues; or a remote's branch of the same name has
    both, so that HEAD is simply behind. A tag on another line, which merely started from here, does not: a fresh
    maintenance branch of 1.0 isn't behind 2.0.
    """
    before = set(around.before)
    newer = [(release_of_tag(tag, facts.config.tag_prefix), tag) for tag in around.after if tag not in before]
    releases = [(found, tag) for found, tag in newer if found is not None and is_release(found)]
    own = [(found, tag) for found, tag in releases if _on_own_line(facts, around, tag, found, base)]
    if not own:
        return ()
    released, tag = max(own)
    return (
        f"HEAD is behind the release tag {tag}, which contains it: a build of this old commit would sort above "
        + (f"{released}" if base > released else f"newer code on the way to {base}"),
    )


def _on_own_line(facts: Facts, around: TagsAround, tag: str, released: Version, base: Version) -> bool:
    if base > released or _line(released) == _line(base):
        return True
    if around.after_on_branch is not None:
        return tag in around.after_on_branch
    return facts.branch is None  # no branch to speak of: somebody checked out an old commit


def _line(version: Version) -> tuple[int, ...]:
    return (version.epoch, *(*version.release, 0)[:2])


def _by_scheme(facts: Facts, state: ScmState) -> Target:
    """Take what setuptools-scm's schemes make of the tree: everything before the number stays as they made it."""
    git = facts.git
    if git is not None and git.dirty and state.refusal is not None:
        raise ProjectError(
            what=f"setuptools-scm's local_scheme refuses this tree: {state.refusal} ({listed(git.changed)})",
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
    variant = kept_local(parsed.local)
    if state.fallback:
        return Target(Base(parsed.public, because, missing=missing), "dev", 0, facts.tag, variant=variant)
    missing = missing or Missing(
        what=f"setuptools-scm's version_scheme {state.scheme} makes {state.development}, which has neither a dev nor a "
        "post number: every build of this line would get it",
        fix='version_scheme = "guess-next-dev" in [tool.setuptools_scm]; or pin this build: UNIQVER_VERSION=1.4.1.dev1',
    )
    base = Base(parsed.public, because, missing=missing)
    return Target(base, "dev", 0, None, variant=joined_local(variant), numbered=False)
