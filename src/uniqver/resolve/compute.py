"""A version computed from the tree, the CI run and the settings: public if proven, else local."""

from __future__ import annotations

from collections.abc import Iterable

from uniqver.errors import ProjectError, UnprovenError
from uniqver.model.bases import below
from uniqver.model.decision import Decision, Missing, Number
from uniqver.model.versions import compose, local_part, with_local
from uniqver.model.wording import counted, listed
from uniqver.project.version_file import find_version_file, replaceable_bytes
from uniqver.resolve.facts import Facts
from uniqver.resolve.numbers import number_of
from uniqver.resolve.release import Release, changes_in, release_of
from uniqver.resolve.target import Target, target_of
from uniqver.vcs import GitState


def compute(facts: Facts, passed: tuple[str, ...]) -> Decision:
    """Return the version that follows from ``facts``; ``passed`` are reasons why no earlier step answered.

    Raises :class:`UnprovenError` if the version would be local and the request insists on a public one.
    """
    release = release_of(facts)
    reasons = [*passed, *_found(facts), release.reason]
    if release.version is not None:
        return _released(facts, release.version, reasons)
    return _numbered(facts, release, reasons)


def _released(facts: Facts, version: str, reasons: Iterable[str]) -> Decision:
    archive = facts.git is not None and facts.git.archive
    return _decision(facts, version, reasons)._replace(
        warnings=tuple(_warnings(facts)),
        origin="archive" if archive else "tag",
        base=version.partition("+")[0],
        release=True,
        proof=("the tree is an archive of its tag",) if archive else ("a release tag", "a clean tree"),
    )


def _numbered(facts: Facts, release: Release, reasons: list[str]) -> Decision:
    target = target_of(facts)
    base = f"base {target.base.version}: {target.base.because}"
    reasons += [*target.reasons, base]
    missing = [found for found in (release.missing or _unclean(facts), target.base.missing) if found is not None]
    warnings = [*filter(None, [release.warning]), *_warnings(facts)]
    if facts.request.purpose == "allocate" and not missing:
        from uniqver.resolve.ancestry import compare_with_origin  # only here is the network asked

        found = compare_with_origin(facts, target.base.version, target.last)
        if isinstance(found, Missing):
            missing.append(found)
        elif found is not None:
            warnings.append(found)
    number = number_of(facts, target, publishable=not missing)
    # first what to fix first: without git no number helps, and on a release tag none is needed
    numberless = facts.git is None or release.missing is not None
    missing = [*missing, *number.missing] if numberless else [*number.missing, *missing]
    version = _composed(facts, target, number, missing)
    too_low = below(version, target.last, number.source, target.elsewhere)
    if too_low is not None and "+" not in version:
        missing.append(too_low)
        version = _composed(facts, target, number, missing)
    decision = _decision(facts, version, [*reasons, number.reason])._replace(
        origin=number.source,
        base=target.base.version,
        segment=target.segment if target.numbered else None,
        number=number if target.numbered else None,
        proof=() if missing else (number.reason, "a clean tree", base),
        missing=tuple(missing),
        warnings=(*(() if missing else target.warnings), *warnings),
        collisions=() if missing else number.collisions,
    )
    if missing and facts.request.insists:
        raise unproven(decision)
    return decision


def _composed(facts: Facts, target: Target, number: Number, missing: list[Missing]) -> str:
    local = (target.variant, number.local or (_tree(facts) if missing else None))
    if not target.numbered:
        return with_local(target.base.version, *local)
    return compose(target.base.version, target.segment, number.value, *local)


def _tree(facts: Facts) -> str:
    """Name the tree in a local part: by commit and changes, else by a digest of all files."""
    git = facts.git
    if git is not None:
        return local_part(git.commit, git.tree.digest, letter=git.letter, dirty=git.dirty)
    if not facts.request.proves:
        return "t"  # a peek's version is thrown away, and reading all files takes time
    from uniqver.project.tree_digest import tree_digest  # most builds have git

    return f"t{tree_digest(facts.request.project.directory)[:12]}"


def _warnings(facts: Facts) -> list[str]:
    if facts.git is None or not facts.git.tree.tracked:
        return []
    path = find_version_file(facts.request.project, facts.config.version_file)
    if path is None:
        return []
    try:
        replaceable_bytes(path)
    except ProjectError as error:  # a person's file, which git should keep; a hook ends with this error
        return [] if facts.request.purpose == "build" else [f"{error.what}; {error.fix}"]
    name = path.relative_to(facts.request.project.directory).as_posix()
    return [f"git tracks the version file, which each build writes: git rm --cached {name}, and add it to .gitignore"]


def _unclean(facts: Facts) -> Missing | None:
    git = facts.git
    if git is None:
        return facts.no_git or Missing("without git nothing shows which commit this is", "build in the git repository")
    if git.archive and not git.dirty:
        return Missing("an archive doesn't show whether its files were changed", "build in the git repository")
    return changes_in(git)


def unproven(decision: Decision) -> UnprovenError:
    """Return the error for a version that is local although only a public one will do."""
    what = "; ".join(dict.fromkeys(missing.what for missing in decision.missing))
    fixes = dict.fromkeys(missing.fix for missing in decision.missing)
    return UnprovenError(what=f"no public version can be proven: {what}", fix="; ".join(fixes))


def _decision(facts: Facts, version: str, reasons: Iterable[str]) -> Decision:
    git, ci = facts.git, facts.ci
    return Decision(
        version=version,
        origin="tag",
        project=facts.request.project.name,
        commit=(git.commit or None) if git is not None else facts.run.commit if facts.run is not None else None,
        commit_time=None if git is None else git.commit_time,
        branch=facts.branch,
        dirty=None if git is None else git.dirty,
        ci=ci,
        own_run=facts.run is not None,
        untracked=() if git is None else git.tree.untracked,
        reasons=tuple(reasons),
        letter="g" if git is None else git.letter,
    )


def _found(facts: Facts) -> list[str]:
    found: list[str] = []
    scm, git = facts.scm, facts.git
    if scm is not None:
        found.append(f"setuptools-scm: version_scheme {scm.scheme} makes {scm.release or scm.development}")
    if git is not None:
        found += _about_tree(git, "git" if facts.repository is not None or git.archive else "setuptools-scm")
    else:
        found.append("no git repository at the project's root" if facts.no_git is None else facts.no_git.what)
    if facts.ci is not None and facts.ownership is not None:
        attempt = f", attempt {facts.ci.attempt}" if facts.ci.attempt else ""
        run = f", run {facts.ci.run}{attempt}" if facts.ci.run else ""
        whose = facts.ownership if isinstance(facts.ownership, str) else facts.ownership.what
        found += [f"CI: {facts.ci.title}{run}", whose]
    if facts.build_number is not None and facts.config.source not in ("auto", "ci"):
        found.append(f'{facts.build_number[0]} is ignored, since source = "{facts.config.source}"')
    if facts.rule is not None:
        found.append(f'branch {facts.branch} matches "{facts.rule.pattern}" of branches in [tool.uniqver]')
    return found


def _about_tree(git: GitState, who: str) -> list[str]:
    node = git.commit[:12]
    if git.tag is None:
        found = [f"{who}: no release tag is reachable from {node}"]
    else:
        also = f" (highest of {', '.join(git.tags)}, on one commit)" if len(git.tags) > 1 else ""
        found = [f"{who}: {counted(git.distance, 'commit')} since the tag {git.tag}{also}, at {node}"]
    if git.skipped_tags:
        found.append(f"tags that name no version were passed over: {listed(git.skipped_tags)}")
    if git.dirty:
        found.append(f"differs from the commit: {listed(git.tree.changed)}")
    return found
