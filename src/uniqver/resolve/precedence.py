"""Which version a build uses: the first step that answers. The one place of precedence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.config import settings
from uniqver.errors import ConfigError, GitError, UnprovenError
from uniqver.model import NamedTuple
from uniqver.model.decision import Decision
from uniqver.model.wording import listed
from uniqver.resolve.request import repository_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from packaging.version import Version

    from uniqver.model.decision import Origin
    from uniqver.resolve.request import Request
    from uniqver.vcs.repository import Repository


def resolve(request: Request, meanwhile: Callable[[], object] = lambda: None) -> Decision:
    """Return the version that this build gets, and why. ``meanwhile`` is called while git works, if it is asked.

    Raises ``UnprovenError`` if only a public version will do and it can't be proven, and what the edges raise for
    settings and files that can't be right: all are ``UniqverError``.
    """
    passed = Passed([], [])
    # versions that come whole: from an earlier hook's metadata, an unpacked sdist, or the environment
    for step in (from_metadata_directory, from_sdist, from_facts, from_pin, from_pretended):
        decision = step(request, passed)
        if decision is not None:
            # a version alone says nothing of the tree; facts, which are carried on, are of a commit
            if decision.origin == "pin" and decision.carried is None and request.proves:
                decision = _judged(request, decision, meanwhile)
            if request.insists and not decision.public:
                raise UnprovenError(
                    what=f"only a public version will do, and {'; '.join(decision.reasons)}",
                    fix="unset or correct what provides it; in an sdist, build it again with a public version",
                )
            return _with_warnings(decision, passed)
    # what a computed version takes is imported only now: the answers above come without it
    from uniqver.resolve.gather import gather

    def import_compute() -> None:
        import uniqver.resolve.compute  # noqa: F401  what git's answer is for

        meanwhile()

    facts = gather(request, import_compute)
    from uniqver.resolve.compute import compute

    return _with_warnings(compute(facts, (*passed.warnings, *passed.reasons)), passed)


def _with_warnings(decision: Decision, passed: Passed) -> Decision:
    return decision._replace(warnings=(*passed.warnings, *decision.warnings))


_PIN_AGAIN = "=1.4.1.dev41201   (or unset it)"


class Passed(NamedTuple):
    """What was looked at and passed over: sentences."""

    reasons: list[str]
    warnings: list[str]
    """Those that a person should read."""


def from_metadata_directory(request: Request, passed: Passed) -> Decision | None:
    """Step 1: what ``prepare_metadata_for_…`` wrote holds for the wheel (PEP 517: "MUST be identical")."""
    if request.metadata_directory is None:
        return None
    from uniqver.project.frozen import carried_in, version_of_dist_info

    found = sorted(request.metadata_directory.glob("*.dist-info"))
    if request.metadata_directory.name.endswith(".dist-info"):
        found = [request.metadata_directory]
    if not found:
        passed.reasons.append("the metadata directory that the frontend passed on is empty")
        return None
    version = version_of_dist_info(found[0])
    why = f"the metadata that this build has prepared already has {version}"
    return _whole(request, version, "metadata", why)._replace(carried=carried_in(found[0], version))


def from_sdist(request: Request, passed: Passed) -> Decision | None:
    """Step 2: an unpacked sdist keeps the version that it was made with, whatever is around it."""
    if not (request.project.directory / "PKG-INFO").exists():
        return None
    from uniqver.project.frozen import carried_in, frozen_version  # email and json: 14 ms, and most trees are no sdist

    version, why_not = frozen_version(request.project)
    if why_not is not None:
        passed.reasons.append(f"{why_not}: passed over")
    if version is None:
        return None
    if _is_tracked_metadata(request):
        passed.warnings.append(
            "PKG-INFO is tracked by this project's git, so this is not an sdist, and it is ignored: git rm --cached PKG-INFO"
        )
        return None
    why = f"PKG-INFO at the project's root froze {version}: this is an unpacked sdist"
    return _whole(request, version, "sdist", why)._replace(carried=carried_in(request.project.directory, version))


def from_facts(request: Request, _passed: Passed) -> Decision | None:
    """Step 3: everything that an artifact reports of its origin, to make that artifact again.

    Raises :class:`ConfigError` if it is of another commit than HEAD.
    """
    found = settings.setting(request.environ, settings.FACTS, request.project.name)
    if found is None:
        return None
    from uniqver.model.provenance import parsed
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


def from_pin(request: Request, _passed: Passed) -> Decision | None:
    """Step 3 too: a whole version in the environment, which is how the jobs of a pipeline agree on one."""
    found = settings.setting(request.environ, settings.PIN, request.project.name)
    if found is None and request.project.scm is not None:
        from uniqver.vcs.setuptools_scm import pretended

        found = pretended(request.environ, "VERSION", request.project.name)
    return None if found is None else _pinned(request, *found)


def from_pretended(request: Request, _passed: Passed) -> Decision | None:
    """Without git: ``SETUPTOOLS_SCM_PRETEND_VERSION``, which distributions set for trees that have lost theirs."""
    if request.project.scm is not None or not any("_PRETEND_VERSION" in name for name in request.environ):
        return None
    from uniqver.vcs.export import read_archive
    from uniqver.vcs.setuptools_scm import pretended

    found = pretended(request.environ, "VERSION", request.project.name)
    if found is None or (request.top / ".git").exists() or read_archive(request.top, lambda _: True) is not None:
        return None
    return _pinned(request, *found)


def _pinned(request: Request, variable: str, text: str) -> Decision:
    try:
        version = str(_parsed(text))
    except ValueError:  # InvalidVersion is one
        raise ConfigError(
            what=f"{variable} is {text[:60]!r}: not a PEP 440 version", fix=f"{variable}{_PIN_AGAIN}"
        ) from None
    return _whole(request, version, "pin", f"{variable} pins {version}")


def _whole(request: Request, version: str, origin: Origin, why: str) -> Decision:
    """Make the decision for a version that came whole. Looks at nothing that takes a process.

    A hook that only peeks tells nobody where its version came from, and doesn't look. (A version file that it has
    to write for setup.py is written again by the hook behind it.)
    """
    peeks = request.purpose == "peek" and request.hook is not None and request.project.scm is None
    if origin == "sdist" or peeks:
        return Decision(version=version, origin=origin, project=request.project.name, reasons=(why,))
    from uniqver.ci import detect

    repository = _repository(request)
    ci = detect(request.environ, workflow=request.config.workflow)
    stated = settings.setting(request.environ, settings.COMMIT, request.project.name)
    commit = None if repository is None else repository.head_commit()
    if repository is None:
        commit = stated[1] if stated is not None else None if ci is None else ci.commit
    return Decision(
        version=version,
        origin=origin,
        project=request.project.name,
        base=_parsed(version).base_version,
        commit=commit,
        ci=ci,
        proof=(why,),
        reasons=(why,),
    )


def _judged(request: Request, decision: Decision, meanwhile: Callable[[], object]) -> Decision:
    """Look at the tree that a pinned version is for: public, and not clean, it may be of other contents elsewhere.

    Raises :class:`UnprovenError` under ``strict``.
    """
    repository = _repository(request)
    if repository is None or not decision.public:
        return decision
    from uniqver.resolve.facts import git_for, scope_of_project
    from uniqver.vcs.describe import read_cleanliness

    scope = scope_of_project(request, repository.work_tree)
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


def _is_tracked_metadata(request: Request) -> bool:
    """Tell whether PKG-INFO is a file of the project's own repository that works toward a release by itself.

    An imported sdist (as in Debian's git-buildpackage) has no release tag and no ``base``: it stays an sdist.
    """
    repository = _repository(request)
    if repository is None:
        return False
    from uniqver.model.versions import release_of_tag
    from uniqver.resolve.facts import git_for
    from uniqver.vcs.describe import tag_patterns

    config = request.config
    path = (request.project.directory / "PKG-INFO").relative_to(repository.work_tree).as_posix()
    with git_for(request, repository) as git:
        code, listed_paths, _ = git.start("ls-files", "--", f":(literal){path}").finished()
        if code or not listed_paths.strip():
            return False
        if config.base is not None:
            return True
        matches = [f"--match={pattern}" for pattern in tag_patterns(config.tag_prefix)]
        code, tag, _ = git.start("describe", "--tags", "--abbrev=0", *matches).finished()
        return code == 0 and release_of_tag(tag.strip(), config.tag_prefix) is not None


def _repository(request: Request) -> Repository | None:
    try:
        return repository_of(request)
    except GitError:
        return None


def _parsed(version: str) -> Version:
    from packaging.version import Version  # expensive, and computed versions need it only when git has answered

    return Version(version)
