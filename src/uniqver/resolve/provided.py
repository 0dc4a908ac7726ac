"""Versions that a build is given whole: by an earlier hook's metadata, an unpacked sdist, or the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.config import COMMIT, FACTS, PIN, setting
from uniqver.errors import ConfigError, GitError, UnprovenError
from uniqver.model.decision import Decision, listed
from uniqver.resolve.request import repository_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from uniqver.model.decision import Origin
    from uniqver.resolve.request import Request
    from uniqver.vcs.repository import Repository


def provided(
    request: Request, reasons: list[str], warnings: list[str], meanwhile: Callable[[], object]
) -> Decision | None:
    """Return the version that comes whole, ``None`` if it has to be computed.

    Sentences on what was passed over go to ``reasons``, those that a person should read to ``warnings``. ``meanwhile``
    is called while git works, if it is asked.
    """
    decision = (
        _from_metadata_directory(request, reasons)
        or _from_sdist(request, reasons, warnings)
        or _from_facts(request)
        or _from_pin(request)
        or _from_pretended(request)
    )
    # a version alone says nothing of the tree; facts, which are carried on, are of a commit
    if decision is not None and decision.origin == "pin" and decision.carried is None and request.proves:
        decision = _judged(request, decision, meanwhile)
    if decision is not None and request.insists and not decision.public:
        raise UnprovenError(
            what=f"only a public version will do, and {'; '.join(decision.reasons)}",
            fix="unset or correct what provides it; in an sdist, build it again with a public version",
        )
    return decision


def _from_metadata_directory(request: Request, reasons: list[str]) -> Decision | None:
    """Step 1: what ``prepare_metadata_for_…`` wrote holds for the wheel (PEP 517: "MUST be identical")."""
    directory = request.metadata_directory
    if directory is None:
        return None
    from uniqver.project.frozen import carried_in, version_of_dist_info  # email and json, 14 ms: not for a pin

    found = [directory] if directory.name.endswith(".dist-info") else sorted(directory.glob("*.dist-info"))
    if not found:
        reasons.append("the metadata directory that the frontend passed on is empty")
        return None
    version = version_of_dist_info(found[0])
    why = f"the metadata that this build has prepared already has {version}"
    return _whole(request, version, "metadata", why)._replace(carried=carried_in(found[0], version))


def _from_sdist(request: Request, reasons: list[str], warnings: list[str]) -> Decision | None:
    """Step 2: an unpacked sdist keeps the version that it was made with, whatever is around it."""
    directory = request.project.directory
    if not (directory / "PKG-INFO").exists():
        return None
    from uniqver.project.frozen import carried_in, frozen_version  # email and json

    version, why_not = frozen_version(request.project)
    if why_not is not None:
        reasons.append(f"{why_not}: passed over")
    if version is None:
        return None
    if _is_tracked_metadata(request):
        warnings.append(
            "PKG-INFO is tracked by this project's git, so this is not an sdist, and it is ignored: git rm --cached PKG-INFO"
        )
        return None
    why = f"PKG-INFO at the project's root froze {version}: this is an unpacked sdist"
    return _whole(request, version, "sdist", why)._replace(carried=carried_in(directory, version))


def _is_tracked_metadata(request: Request) -> bool:
    """Tell whether PKG-INFO is a file of the project's own repository that works toward a release by itself.

    An imported sdist (as in Debian's git-buildpackage) has no release tag and no ``base``: it stays an sdist.
    """
    repository = _repository(request)
    if repository is None:
        return False
    from uniqver.model.versions import release_of_tag  # few sdists lie in a repository
    from uniqver.resolve.facts import git_for
    from uniqver.vcs.describe import tag_patterns

    config = request.config
    path = (request.project.directory / "PKG-INFO").relative_to(repository.work_tree).as_posix()
    with git_for(request, repository) as git:
        code, tracked, _ = git.start("ls-files", "--", f":(literal){path}").finished()
        if code or not tracked.strip():
            return False
        if config.base is not None:
            return True
        matches = [f"--match={pattern}" for pattern in tag_patterns(config.tag_prefix)]
        code, tag, _ = git.start("describe", "--tags", "--abbrev=0", *matches).finished()
        return code == 0 and release_of_tag(tag.strip(), config.tag_prefix) is not None


def _from_facts(request: Request) -> Decision | None:
    """Step 3: everything that an artifact reports of its origin, to make that artifact again."""
    found = setting(request.environ, FACTS, request.project.name)
    if found is None:
        return None
    from uniqver.model.provenance import parsed  # few builds have such a file
    from uniqver.project.frozen import read_facts

    variable, path = found
    text, version = read_facts(Path(path), variable)
    decision = _whole(request, version, "pin", f"the file in {variable} has {version}")
    commit = parsed(text, path).commit
    if commit is not None and decision.commit is not None and commit != decision.commit:
        raise ConfigError(
            what=f"{variable} is of the commit {commit[:12]}, and HEAD is {decision.commit[:12]}",
            fix=f"git checkout {commit}   (or unset {variable})",
        )
    return decision._replace(carried=text)


def _from_pin(request: Request) -> Decision | None:
    """Step 3 too: a whole version in the environment, which is how the jobs of a pipeline agree on one."""
    found = setting(request.environ, PIN, request.project.name)
    if found is None and request.project.scm is not None:
        from uniqver.vcs.setuptools_scm import pretended  # few projects are over setuptools-scm

        found = pretended(request.environ, "VERSION", request.project.name)
    return None if found is None else _pinned(request, *found)


def _from_pretended(request: Request) -> Decision | None:
    """Without git: ``SETUPTOOLS_SCM_PRETEND_VERSION``, which distributions set for trees that have lost theirs."""
    if request.project.scm is not None or not any("_PRETEND_VERSION" in name for name in request.environ):
        return None
    from uniqver.vcs.export import read_archive  # few builds come here
    from uniqver.vcs.setuptools_scm import pretended

    found = pretended(request.environ, "VERSION", request.project.name)
    if found is None or (request.top / ".git").exists() or read_archive(request.top, lambda _: True) is not None:
        return None
    return _pinned(request, *found)


def _pinned(request: Request, variable: str, text: str) -> Decision:
    try:
        version = str(Version(text))
    except ValueError:  # InvalidVersion is one
        fix = f"{variable}=1.4.1.dev41201   (or unset it)"
        raise ConfigError(what=f"{variable} is {text[:60]!r}: not a PEP 440 version", fix=fix) from None
    return _whole(request, version, "pin", f"{variable} pins {version}")


def _whole(request: Request, version: str, origin: Origin, why: str) -> Decision:
    """Make the decision, without starting a process.

    A hook that only peeks tells nobody where its version came from, and doesn't look: the hook behind it writes a version
    file again.
    """
    name = request.project.name
    peeks = request.purpose == "peek" and request.hook is not None and request.project.scm is None
    if origin == "sdist" or peeks:
        return Decision(version=version, origin=origin, project=name, reasons=(why,))
    from uniqver.ci import detect

    repository = _repository(request)
    ci = detect(request.environ, workflow=request.config.workflow)
    stated = setting(request.environ, COMMIT, name)
    if repository is not None:
        commit = repository.head_commit()
    else:
        commit = stated[1] if stated is not None else None if ci is None else ci.commit
    base = Version(version).base_version
    return Decision(version, origin, name, base=base, commit=commit, ci=ci, proof=(why,), reasons=(why,))


def _judged(request: Request, decision: Decision, meanwhile: Callable[[], object]) -> Decision:
    """Look at the tree that a pinned version is for: public, and not clean, it may be of other contents elsewhere."""
    repository = _repository(request)
    if repository is None or not decision.public:
        return decision
    from uniqver.resolve.facts import git_for, scope_of  # a peek and a local pin need none of it
    from uniqver.vcs.describe import read_cleanliness

    project, top = request.project, repository.work_tree
    paths = () if project.directory == top else (f":(literal){project.directory.relative_to(top).as_posix()}",)
    scope = scope_of(request, top, paths, () if project.scm is None else project.scm.files)
    try:
        found = read_cleanliness(git_for(request, repository), scope, meanwhile)
    except GitError as error:
        if request.insists:
            raise
        return decision._replace(warnings=(f"nothing shows whether the tree is clean: {error.what}",))
    decision = decision._replace(untracked=found.untracked, dirty=bool(found.changed), digest=found.digest)
    if not found.changed:
        return decision
    what = f"{decision.version} is pinned, and the tree differs from its commit: {listed(found.changed)}"
    fix = "build before the step that makes these changes, or name them in allow-changes in [tool.uniqver]"
    if request.insists:
        raise UnprovenError(what=what, fix=fix)
    return decision._replace(warnings=(f"{what}; {fix}",))


def _repository(request: Request) -> Repository | None:
    try:
        return repository_of(request)
    except GitError:
        return None
