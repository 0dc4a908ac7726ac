"""The base of a build, the release being worked toward: from tags and from ``base``. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from packaging.version import Version

from uniqver.errors import BaseVersionError
from uniqver.model import NamedTuple
from uniqver.model.decision import Bump, Missing, Segment, Source
from uniqver.model.versions import compose, is_release, taken_apart

FIRST_BASE = "0.1.0"
"""The base of local builds without a release tag or a ``base``."""


class Base(NamedTuple):
    """The release being worked toward."""

    version: str
    """Normalized PEP 440 without the number's segment: ``1.4.1``."""
    because: str
    configured: bool = False
    """Whether ``base`` in the settings names it."""
    carry: int = 0
    """The number to start above: the tag's own in the segment."""
    missing: Missing | None = None
    """Why the base isn't known well enough for a public version."""


def choose_base(
    tag: Version | None, configured: str | None, bump: Bump, segment: Segment, elsewhere: Collection[Version] = ()
) -> Base:
    """Return the bumped tag or ``base`` from the settings, whichever leads higher.

    What one of ``elsewhere`` has taken (tags that neither contain HEAD nor are contained in it) is bumped on. "Higher" compares
    the versions that result: ``base = "2.0"`` doesn't pull a line with a tag ``2.0rc1`` below it. Raises
    :class:`BaseVersionError` if the configured base contradicts the segment.
    """
    if segment == "post":
        return _after_release(tag, configured)
    if configured is not None and segment != "dev" and Version(configured).post is not None:
        raise BaseVersionError(
            what=f'base = "{configured}" comes after a release, and segment = "{segment}" leads to one',
            fix=f'base = "{Version(configured).base_version}", or segment = "dev", in [tool.uniqver]',
        )
    following = None if tag is None else _past(_following(tag, bump, segment), bump, segment, elsewhere)
    if configured is None:
        return following or _first()
    wanted = Base(version=configured, because=f'base = "{configured}" is configured', configured=True)
    if Version(configured) in elsewhere:  # it was released there; a pre-release of it may still lead to it
        wanted = _past(wanted, bump, segment, elsewhere)._replace(configured=True)
    if following is None or _lowest(wanted, segment) > _lowest(following, segment):
        return wanted
    if _lowest(wanted, segment) == _lowest(following, segment):
        return following._replace(because=f"{following.because}, as base has it too", configured=True, missing=None)
    return following._replace(because=f'{following.because}; base = "{configured}" is not higher')


def _first() -> Base:
    return Base(
        version=FIRST_BASE,
        because=f"no release tag and no base: {FIRST_BASE}",
        missing=Missing(
            what="there is neither a release tag nor a base, so the release being worked toward is not known",
            fix='base = "1.0.0" in [tool.uniqver]   (the release being worked toward); or git fetch --tags; or tag the last release',
        ),
    )


def _following(tag: Version, bump: Bump, segment: Segment) -> Base:
    if tag.dev is not None:
        line = str(tag).partition(".dev")[0]
        carry = tag.dev if segment == "dev" else 0
        return Base(version=_for(segment, Version(line)), because=f"tag {tag} starts the line {line}", carry=carry)
    if tag.pre is not None:
        phase, count = tag.pre
        if segment == "dev":
            return Base(version=bumped(tag, bump), because=f"follows the pre-release {tag}")
        carry = count if phase == segment else 0
        return Base(version=tag.base_version, because=f"leads to the release of {tag}", carry=carry)
    return Base(version=bumped(tag, bump), because=f"{bump} bump of the tag {tag}")


def _past(base: Base, bump: Bump, segment: Segment, elsewhere: Collection[Version]) -> Base:
    """Bump ``base`` on while a tag elsewhere has taken it."""
    candidate = Version(base.version)
    while (taken := max((found for found in elsewhere if takes(found, candidate)), default=None)) is not None:
        following = bumped(candidate, bump)
        missing = base.missing
        if candidate.pre is None and bump != "patch":
            missing = Missing(
                what=f"{base.version} is taken ({taken} is tagged on another branch), and what follows it here is not known",
                fix=f'base = "{following}" in [tool.uniqver]   (or a rule for this branch in branches)',
            )
        base = Base(
            version=_for(segment, Version(following)),
            because=f"{base.because}; {base.version} is taken ({taken} is tagged on another branch)",
            missing=missing,
        )
        candidate = Version(base.version)
    return base


def takes(tagged: Version, candidate: Version) -> bool:
    """Tell whether a tag elsewhere names a candidate or, if that is final, a pre-release of it."""
    if not is_release(tagged):
        return False
    return tagged == candidate or (
        candidate.pre is None and tagged.is_prerelease and Version(tagged.base_version) == candidate
    )


def _after_release(tag: Version | None, configured: str | None) -> Base:
    if tag is None or tag.dev is not None:
        return Base(
            version=configured or FIRST_BASE,
            because='segment = "post" comes after a release, and there is none',
            missing=Missing(
                what='segment = "post" needs a release tag to come after, and there is none',
                fix='tag the last release (git tag v1.0.0), or set segment = "dev" in [tool.uniqver]',
            ),
        )
    stem = str(tag).partition(".post")[0]
    passed = f'; base = "{configured}" is ignored, since a post-release leads to nothing' if configured else ""
    return Base(version=stem, because=f"comes after the release {stem}{passed}", carry=tag.post or 0)


def below(
    version: str, tag: Version | None, source: Source, elsewhere: Mapping[Version, str] | None = None
) -> Missing | None:
    """Return what is missing if ``version`` would sort below the last release, or be it, or one whose tag is ``elsewhere``."""
    made = Version(version)
    if elsewhere and made in elsewhere:
        what = f"{version} is the release tag {elsewhere[made]} of another commit"
        return Missing(what=what, fix=_above(version, made, source))
    if tag is None:
        return None
    if made > tag or (made == tag and not is_release(tag)):
        return None
    how = "would be" if made == tag else "would sort below"
    return Missing(what=f"{version} {how} {tag}, which is released already", fix=_above(version, tag, source))


def _above(version: str, tag: Version, source: Source) -> str:
    mine, released = taken_apart(version), taken_apart(str(tag))
    if mine is None or released is None or (mine.base, mine.segment) != (released.base, released.segment):
        return 'segment = "dev" in [tool.uniqver]'
    if source == "counter":
        return f"uniqver counter floor {released.number}"
    if source == "ci":
        return f"offset = {released.number + 1} in [tool.uniqver]"
    return f'base = "{bumped(Version(tag.base_version), "patch")}" in [tool.uniqver]'


def bumped(version: Version, bump: Bump) -> str:
    """Return the release after ``version``; after a candidate the next candidate. The epoch stays."""
    if version.pre is not None:
        phase, count = version.pre
        return f"{version.base_version}{phase}{count + 1}"
    major, minor, patch = version.major, version.minor, version.micro
    following = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}[bump]
    return str(Version(f"{version.epoch}!{'.'.join(map(str, following))}"))


def _lowest(base: Base, segment: Segment) -> Version:
    return Version(compose(base.version, segment, 0))


def _for(segment: Segment, version: Version) -> str:
    return version.base_version if segment in ("a", "b", "rc") else str(version)
