"""Findings about the repository. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.cli.doctor.values import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.cli.doctor.values import Facts


def version_file(facts: Facts) -> Iterator[Finding]:
    """Yield where git tracks the version file, or would."""
    if facts.git is None or facts.version_file is None:
        return
    if facts.git.version_file_tracked:
        yield Finding(
            what=f"git tracks the version file {facts.version_file}, which every build writes",
            fix=f"git rm --cached {facts.version_file}, and add /{facts.version_file} to .gitignore",
            severity="warning",
            where=facts.version_file,
        )
    elif not facts.git.version_file_ignored:
        yield Finding(
            what=f"git doesn't ignore the version file {facts.version_file}: the next git add takes it",
            fix=f'echo "/{facts.version_file}" >> .gitignore',
            severity="warning",
            where=".gitignore",
        )


def shallow(facts: Facts) -> Iterator[Finding]:
    """Yield where the history is cut off: where no tag is left in it, the build stops."""
    if facts.git is None or not facts.git.shallow:
        return
    lost = not facts.git.tags and (facts.config is None or facts.config.base is None)
    yield Finding(
        what="this clone is shallow" + (", and no release tag is in it: the build stops" if lost else ""),
        fix="git fetch --unshallow --tags   (GitHub Actions: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
        severity="error" if lost else "warning",
    )


def tags(facts: Facts) -> Iterator[Finding]:
    """Yield where there are no release tags, or fewer than the remote has."""
    git = facts.git
    if git is None:
        return
    missing = sorted(set(git.remote_tags or ()) - set(git.tags))
    if missing:
        shown = ", ".join(missing[-4:])
        yield Finding(
            what=f"origin has {len(missing)} release tags that aren't here ({shown}): builds here work toward another release",
            fix="git fetch --tags",
            severity="warning",
        )
    elif not git.tags and not git.shallow and (facts.config is None or facts.config.base is None):
        yield Finding(
            what="there is no release tag and no base: builds work toward 0.1.0",
            fix='git tag v1.2.3 <commit> && git push --tags, or base = "1.2.4" in [tool.uniqver]',
            severity="warning",
        )
