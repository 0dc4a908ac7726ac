"""Where HEAD stands among the releases: which one is the last before it, and whether it lies behind a newer one.

Asked only for numbers that can be published. By distance an old commit gets back the version that it had,
with a local part that PyPI refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.model.versions import is_release, release_of_tag
from uniqver.vcs.tags import tag_patterns, tags_around

if TYPE_CHECKING:
    from uniqver.resolve.facts import Facts
    from uniqver.vcs.tags import TagsAround


def around_head(facts: Facts) -> TagsAround | None:
    """Return which tags above the nearest one lie before and after HEAD, or ``None`` where there are none.

    Raises ``GitError``.

    A tag below the nearest one is no higher release before HEAD, and no release that a build of HEAD could outrank
    but by lines that run against their own order. Mostly there is none above, and git is not asked: in a history of
    100,000 commits and 1,000 tags the question takes a second and a half.
    """
    above = facts.tags_above() if facts.repository is not None else []
    if facts.repository is None or not above:
        return None
    patterns = tag_patterns(facts.config.tag_prefix)
    with facts.git_here(facts.repository) as git:
        return tags_around(git, tags=above, patterns=patterns, branch=facts.branch)


def highest_before(facts: Facts, around: TagsAround | None) -> Version | None:
    """Return the highest release that HEAD contains.

    It is not always the nearest: after the merge of a maintenance branch, a tag of that branch may be.
    """
    found = facts.versions_of(around.before) if around is not None else []
    return max((*found, *((facts.tag,) if facts.tag is not None else ())), default=None)


def warnings_of_age(facts: Facts, around: TagsAround | None, base: str) -> tuple[str, ...]:
    """Return a sentence where HEAD is an old commit whose new number would outrank newer code.

    A release that contains HEAD makes it old in three cases: the builds that lead to ``base`` sort above that
    release; or the release is of the line that ``base`` continues; or a remote's branch of the same name has
    both, so that HEAD is simply behind. A tag on another line, which merely started from here, does not: a fresh
    maintenance branch of 1.0 isn't behind 2.0.
    """
    if around is None:
        return ()
    here = set(around.before)
    newer = [(found, tag) for tag in around.after if tag not in here and (found := _release(facts, tag)) is not None]
    own = [(found, tag) for found, tag in newer if _on_own_line(facts, around, tag, found, Version(base))]
    if not own:
        return ()
    released, tag = max(own)
    return (
        f"HEAD is behind the release tag {tag}, which contains it: a build of this old commit would sort above "
        + (f"{released}" if Version(base) > released else f"newer code on the way to {base}"),
    )


def _on_own_line(facts: Facts, around: TagsAround, tag: str, released: Version, base: Version) -> bool:
    if base > released or _line(released) == _line(base):
        return True
    if around.after_on_branch is not None:
        return tag in around.after_on_branch
    return facts.branch is None  # no branch to speak of: somebody checked out an old commit


def _line(version: Version) -> tuple[int, ...]:
    return (version.epoch, *(*version.release, 0)[:2])


def _release(facts: Facts, tag: str) -> Version | None:
    found = release_of_tag(tag, facts.config.tag_prefix)
    return found if found is not None and is_release(found) else None
