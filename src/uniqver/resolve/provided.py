"""Versions that a build is given whole: by an earlier hook's metadata, an unpacked sdist, or the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.config import COMMIT, FACTS, PIN, setting
from uniqver.errors import ArtifactError, ConfigError, GitError, ProjectError, UnprovenError
from uniqver.files import read_text
from uniqver.model.decision import Decision, Origin
from uniqver.model.versions import release_of_tag, version_of
from uniqver.model.wording import listed
from uniqver.project import normalized
from uniqver.resolve.request import Request, repository_of

if TYPE_CHECKING:
    from uniqver.vcs.repository import Repository


def provided(
    request: Request, reasons: list[str], warnings: list[str], meanwhile: Callable[[], object]
) -> Decision | None:
    """Return the version that comes whole, ``None`` if it has to be computed.

    What was passed over goes to ``reasons``, what a person should read to ``warnings``. ``meanwhile`` is called while git works.
    """
    decision = (
        _from_metadata_directory(request, reasons)
        or _from_sdist(request, reasons, warnings)
        or _from_facts(request)
        or _from_pin(request)
    )
    if decision is not None and decision.origin != "sdist" and request.proves:
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
    from uniqver.model.provenance import version_in_metadata  # email and json, 14 ms: not for a pin

    found = [directory] if directory.name.endswith(".dist-info") else sorted(directory.glob("*.dist-info"))
    if not found:
        reasons.append("the metadata directory that the frontend passed on is empty")
        return None
    try:
        version = version_in_metadata(read_text(found[0] / "METADATA", "replace"), found[0].name)
    except OSError as error:
        raise ArtifactError(what=f"{found[0].name} has no METADATA", fix="build it again") from error
    why = f"the metadata that this build has prepared already has {version}"
    return _whole(request, version, "metadata", why)._replace(carried=_carried_in(found[0], version))


def _from_sdist(request: Request, reasons: list[str], warnings: list[str]) -> Decision | None:
    """Step 2: an unpacked sdist keeps the version that it was made with, whatever is around it."""
    project = request.project
    path = project.directory / "PKG-INFO"
    if not path.exists():
        return None
    from uniqver.model.provenance import core_metadata  # as above

    why = "can't be read"
    try:
        found = core_metadata(read_text(path))
        if project.name is not None and normalized(found.name or "") != project.normalized_name:
            reasons.append(f"PKG-INFO is of {found.name or 'no project'!r}, not of {project.name!r}: passed over")
            return None
        why = f"has no valid version ({found.version or ''!r})"
        version = str(Version(found.version or ""))
    except (OSError, ValueError) as error:  # InvalidVersion, and more digits than Python reads
        fix = "unpack the sdist again; in a checkout, delete PKG-INFO"
        raise ProjectError(what=f"{path} {why}", fix=fix) from error
    if _is_tracked_metadata(request):
        warnings.append(
            "PKG-INFO is tracked by this project's git, so this is not an sdist, and it is ignored: git rm --cached PKG-INFO"
        )
        return None
    why = f"PKG-INFO at the project's root froze {version}: this is an unpacked sdist"
    return _whole(request, version, "sdist", why)._replace(carried=_carried_in(project.directory, version))


def _carried_in(directory: Path, version: str) -> str | None:
    """Return the text of the ``uniqver.json`` in ``directory``, if there is one; its version must be the metadata's."""
    from uniqver.model.provenance import FILE_NAME, parsed  # as above

    path = directory / FILE_NAME
    try:
        text = read_text(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtifactError(what=f"{path} can't be read", fix="unpack the sdist again, or build it again") from error
    found = parsed(text, str(path)).version
    if found != version:
        fix = f"unpack the sdist again; or delete {FILE_NAME}, and the wheel will not report where it came from"
        raise ArtifactError(what=f"{path} has version {found}, and the metadata beside it {version}", fix=fix)
    return text


def _is_tracked_metadata(request: Request) -> bool:
    """Tell whether PKG-INFO is a file of the project's own repository that works toward a release by itself.

    An imported sdist (as in Debian's git-buildpackage) has no release tag and no ``base``: it stays an sdist.
    """
    repository = _repository(request)
    if repository is None:
        return False
    from uniqver.vcs.describe import tag_patterns  # few sdists lie in a repository
    from uniqver.vcs.runner import Git

    config = request.config
    with Git(repository, request.environ) as git:
        code, tracked, _ = git.start(
            "ls-files", "--", f"{request.project.inside(repository.work_tree)}PKG-INFO"
        ).finished()
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
    from uniqver.model.provenance import FILE_NAME, parsed  # few builds have such a file

    variable, path = found[0], Path(found[1])
    fix = f"{variable}=/path/to/{FILE_NAME}   (or unset it)"
    try:
        text = read_text(path)
        facts = parsed(text, str(path))
    except OSError as error:
        raise ConfigError(what=f"{variable} names {path}, which can't be read", fix=fix) from error
    except ArtifactError as error:
        raise ConfigError(what=f"{variable}: {error.what}", fix=f"{fix}; or {error.fix}") from error
    decision = _whole(request, facts.version, "pin", f"the file in {variable} has {facts.version}")
    commit, head = facts.commit, decision.commit
    if commit is not None and head is not None and commit != head:
        raise ConfigError(
            what=f"{variable} is of the commit {commit[:12]}, and HEAD is {head[:12]}",
            fix=f"git checkout {commit}   (or unset {variable})",
        )
    return decision._replace(carried=text, digest=facts.digest)


def _from_pin(request: Request) -> Decision | None:
    """Step 3 too: a whole version in the environment, which is how the jobs of a pipeline agree on one.

    ``SETUPTOOLS_SCM_PRETEND_VERSION`` is one too over setuptools-scm, and without git: distributions set it for trees that
    have lost theirs.
    """
    found = setting(request.environ, PIN, request.project.name)
    if found is None and any("_PRETEND_VERSION" in name for name in request.environ):
        from uniqver.vcs.export import read_archive  # few builds come here
        from uniqver.vcs.setuptools_scm import pretended

        found, top = pretended(request.environ, "VERSION", request.project.name), request.top
        if request.project.scm is None and ((top / ".git").exists() or read_archive(top, lambda _: True) is not None):
            return None
    if found is None:
        return None
    variable, text = found
    version = version_of(text)
    if version is None:
        fix = f"{variable}=1.4.1.dev41201   (or unset it)"
        raise ConfigError(what=f"{variable} is {text[:60]!r}: not a PEP 440 version", fix=fix)
    return _whole(request, str(version), "pin", f"{variable} pins {version}")


def _whole(request: Request, version: str, origin: Origin, why: str) -> Decision:
    """Make the decision, without starting a process. A hook that only peeks doesn't look where its version came from."""
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
        if commit is None:  # refs in a table, a branch that stands for another
            from uniqver.vcs.runner import Git  # as below

            commit = Git(repository, request.environ).ask("rev-parse", "--quiet", "--verify", "HEAD")
    else:
        commit = stated[1] if stated is not None else None if ci is None else ci.commit
    base = Version(version).base_version
    return Decision(version, origin, name, base=base, commit=commit, ci=ci, proof=(why,), reasons=(why,))


def _judged(request: Request, decision: Decision, meanwhile: Callable[[], object]) -> Decision:
    """Look at the tree of a public version: elsewhere a pinned one may have other contents, if it isn't clean.

    So may one for which metadata was prepared: another step of the build has changed the tree since.
    """
    repository = _repository(request)
    prepared = decision.origin == "metadata"
    of_sdist = prepared and (request.project.directory / "PKG-INFO").exists()
    if repository is None or not decision.public or of_sdist:
        return decision
    from uniqver.resolve.facts import counted_paths, scope_of  # a peek and a local pin need none of it
    from uniqver.vcs.describe import read_cleanliness
    from uniqver.vcs.runner import Git

    scm = request.project.scm
    scope = scope_of(request, repository.work_tree, counted_paths(request), () if scm is None else scm.files)
    try:
        found = read_cleanliness(Git(repository, request.environ), scope, meanwhile)
    except GitError as error:
        if request.insists:
            raise
        return decision._replace(warnings=(f"nothing shows whether the tree is clean: {error.what}",))
    same = found.digest == decision.digest  # facts may be of a changed tree
    decision = decision._replace(untracked=found.untracked, dirty=bool(found.changed), digest=found.digest)
    of, head = _commit_carried(decision) if prepared else None, decision.commit
    if of and head and of != head:
        what = f"{decision.version} was prepared for the commit {of[:12]}, and HEAD is {head[:12]}"
        fix = "build again"
    elif same or not found.changed:
        return decision
    else:
        how = "was prepared" if prepared else "is pinned"
        what = f"{decision.version} {how}, and the tree differs from its commit: {listed(found.changed)}"
        fix = "build before the step that makes these changes, or name them in allow-changes in [tool.uniqver]"
    if request.insists:
        raise UnprovenError(what=what, fix=fix)
    return decision._replace(warnings=(f"{what}; {fix}",))


def _commit_carried(decision: Decision) -> str | None:
    from uniqver.model.provenance import FILE_NAME, parsed  # only for prepared metadata, which has read it already

    return None if decision.carried is None else parsed(decision.carried, FILE_NAME).commit


def _repository(request: Request) -> Repository | None:
    try:
        return repository_of(request)
    except GitError:
        return None
