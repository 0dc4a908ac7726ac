"""The question and the steps, in order: the first that answers gives the version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from uniqver import config as settings
from uniqver.errors import ConfigError
from uniqver.model.decision import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from packaging.version import Version

    from uniqver.config import Config
    from uniqver.model.decision import Origin
    from uniqver.project.pyproject import Project

Purpose = Literal["peek", "build", "allocate"]
"""``peek`` takes no number; ``build`` takes one for the hook of a frontend; ``allocate`` one of its own."""


class Request(NamedTuple):
    """One question: which version does this project get, here and now?"""

    project: Project
    config: Config
    environ: Mapping[str, str]
    now: int
    """Seconds since the epoch, UTC."""
    purpose: Purpose
    hook: str | None = None
    """The hook that makes something (``build_wheel``); also when its ``get_requires_for_…`` only peeks."""
    metadata_directory: Path | None = None
    """Where ``prepare_metadata_for_…`` left its ``.dist-info``, if the frontend hands that on."""
    meanwhile: Callable[[], None] | None = None
    """What the caller would do next anyway, and may do while git works. Must not fail."""


def resolve(request: Request) -> Decision:
    """Return the version that this build gets, and why. Raises what the edges raise: ``UniqverError``."""
    passed: list[str] = []
    for step in (_from_metadata_directory, _from_sdist, _from_facts, _from_pin):
        decision = step(request, passed)
        if decision is not None:
            return decision
    # what a computed version takes is imported only now: the answers above come without it
    if request.project.scm is not None:
        from uniqver.resolve.over_scm import compute_over_scm

        return compute_over_scm(request, tuple(passed))
    from uniqver.resolve.facts import gather

    facts = gather(request._replace(meanwhile=lambda: _meanwhile(request)))
    from uniqver.resolve.compute import compute

    return compute(facts, tuple(passed))


def _meanwhile(request: Request) -> None:
    """Import, while git works, what its answer is for; then do what the caller wants done."""
    import uniqver.ci.detect
    import uniqver.resolve.compute  # noqa: F401

    if request.meanwhile is not None:
        request.meanwhile()


def _from_metadata_directory(request: Request, passed: list[str]) -> Decision | None:
    """Step 1: what ``prepare_metadata_for_…`` said holds for the wheel (PEP 517: "MUST be identical")."""
    if request.metadata_directory is None:
        return None
    from uniqver.project.frozen import carried_in, version_of_dist_info

    found = sorted(request.metadata_directory.glob("*.dist-info"))
    if request.metadata_directory.name.endswith(".dist-info"):
        found = [request.metadata_directory]
    if not found:
        passed.append("the metadata directory that the frontend handed on is empty")
        return None
    version = version_of_dist_info(found[0])["METADATA"]
    why = f"the metadata that this build has prepared already says {version}"
    return _handed_in(request, version, "metadata", why)._replace(carried=carried_in(found[0], version))


def _from_sdist(request: Request, passed: list[str]) -> Decision | None:
    """Step 2: an unpacked sdist keeps the version that it was made with, whatever is around it."""
    if not (request.project.directory / "PKG-INFO").exists():
        return None
    from uniqver.project.frozen import carried_in, frozen_version

    version, why_not = frozen_version(request.project)
    if why_not is not None:
        passed.append(f"{why_not}: passed over")
    if version is None:
        return None
    why = f"PKG-INFO at the project's root froze {version}: this is an unpacked sdist"
    carried = carried_in(request.project.directory, version)
    return _handed_in(request, version, "sdist", why)._replace(carried=carried)


def _from_facts(request: Request, _passed: list[str]) -> Decision | None:
    """Step 3: everything that an artifact says about where it came from, to make that artifact again."""
    found = settings.setting(request.environ, settings.FACTS, request.project.name)
    if found is None:
        return None
    from uniqver.project.frozen import read_facts

    variable, path = found
    text, version = read_facts(Path(path), variable)
    return _handed_in(request, version, "pin", f"the file in {variable} says {version}")._replace(carried=text)


def _from_pin(request: Request, _passed: list[str]) -> Decision | None:
    """Step 4: a whole version handed in, which is how the jobs of a pipeline agree on one."""
    found = settings.setting(request.environ, settings.PIN, request.project.name)
    if found is None and request.project.scm is not None:
        from uniqver.vcs.setuptools_scm.overrides import pretended

        found = pretended(request.environ, "VERSION", request.project.name)
    if found is None:
        return None
    variable, text = found
    try:
        version = str(_parsed(text))
    except ValueError:  # InvalidVersion is one
        raise ConfigError(
            what=f"{variable} is {text[:60]!r}: no PEP 440 version", fix=f"{variable}=1.4.1.dev41201   (or unset it)"
        ) from None
    return _with_run(_handed_in(request, version, "pin", f"{variable} pins {version}"), request.config.offset)


def _handed_in(request: Request, version: str, origin: Origin, why: str) -> Decision:
    """Make the decision for a version that came whole. Looks at nothing that takes a process.

    A hook that only peeks tells nobody where its version came from, and doesn't look. (A version file that it has
    to write for setup.py is written anew by the hook behind it.)
    """
    peeks = request.purpose == "peek" and request.hook is not None and request.project.scm is None
    if origin == "sdist" or peeks:
        return Decision(version=version, origin=origin, project=request.project.name, reasons=(why,))
    from uniqver.ci.detect import detect
    from uniqver.vcs.repository import find_repository

    repository = find_repository((request.project.directory / request.config.root).resolve())
    ci = detect(request.environ, workflow=request.config.workflow)
    return Decision(
        version=version,
        origin=origin,
        project=request.project.name,
        base=_parsed(version).base_version,
        commit=(None if repository is None else repository.head_commit()) or (None if ci is None else ci.commit),
        ci=ci,
        attempt=int(ci.attempt) if ci is not None and ci.attempt is not None and ci.attempt.isdecimal() else None,
        reasons=(why,),
    )


def _parsed(version: str) -> Version:
    from packaging.version import Version  # dear, and computed versions need it only when git has answered

    return Version(version)


def _with_run(decision: Decision, offset: int) -> Decision:
    """Say which attempt of this CI run a pinned version is of, if its number is one of this run's.

    The jobs of a pipeline get the version that one of them computed, and some may run in a later attempt;
    what they make must be the same bytes, so the attempt is the one that the version tells.
    """
    ci, version = decision.ci, _parsed(decision.version)
    if ci is None or ci.number is None or not ci.number.isdecimal():
        return decision
    run = offset + int(ci.number)
    for number in (version.dev, version.post, None if version.pre is None else version.pre[1]):
        if number is not None and ci.attempt is None and number == run:
            return decision._replace(tells_run=True)
        if number is not None and ci.attempt is not None and number // 100 == run:
            return decision._replace(tells_run=True, attempt=number % 100)
    return decision
