"""The five steps, in order: the first that answers gives the version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver import config as settings
from uniqver.ci import detect
from uniqver.errors import ConfigError
from uniqver.git import find_repository
from uniqver.model import Decision
from uniqver.tree import frozen_version

if TYPE_CHECKING:
    from uniqver.model import Origin
    from uniqver.resolve.request import Request


def resolve(request: Request) -> Decision:
    """Return the version that this build gets, and why. Raises what the edges raise: ``UniqverError``."""
    passed: list[str] = []
    for step in (_from_metadata_directory, _from_sdist, _from_pin):
        decision = step(request, passed)
        if decision is not None:
            return decision
    # what a computed version takes is imported only now: the answers above come without it
    if request.project.scm is not None:
        from uniqver.resolve.over_scm import compute_over_scm

        return compute_over_scm(request, tuple(passed))
    from uniqver.resolve.compute import compute

    return compute(request, tuple(passed))


def _from_metadata_directory(request: Request, passed: list[str]) -> Decision | None:
    """Step 1: what ``prepare_metadata_for_…`` said holds for the wheel (PEP 517: "MUST be identical")."""
    if request.metadata_directory is None:
        return None
    from uniqver.artifacts import version_of_dist_info

    found = sorted(request.metadata_directory.glob("*.dist-info"))
    if request.metadata_directory.name.endswith(".dist-info"):
        found = [request.metadata_directory]
    if not found:
        passed.append("the metadata directory that the frontend handed on is empty")
        return None
    version = version_of_dist_info(found[0])["METADATA"]
    return _handed_in(request, version, "metadata", f"the metadata that this build has prepared already says {version}")


def _from_sdist(request: Request, passed: list[str]) -> Decision | None:
    """Step 2: an unpacked sdist keeps the version that it was made with, whatever is around it."""
    version, why_not = frozen_version(request.project)
    if why_not is not None:
        passed.append(f"{why_not}: passed over")
    if version is None:
        return None
    return _handed_in(
        request, version, "sdist", f"PKG-INFO at the project's root froze {version}: this is an unpacked sdist"
    )


def _from_pin(request: Request, _passed: list[str]) -> Decision | None:
    """Step 3: a whole version handed in, which is how the jobs of a pipeline agree on one."""
    found = settings.setting(request.environ, settings.PIN, request.project.name)
    if found is None and request.project.scm is not None:
        from uniqver.scm.handback import pretended

        found = pretended(request.environ, "VERSION", request.project.name)
    if found is None:
        return None
    variable, text = found
    try:
        version = str(Version(text))
    except ValueError:  # InvalidVersion is one
        raise ConfigError(
            what=f"{variable} is {text[:60]!r}: no PEP 440 version", fix=f"{variable}=1.4.1.dev41201   (or unset it)"
        ) from None
    return _handed_in(request, version, "pin", f"{variable} pins {version}")


def _handed_in(request: Request, version: str, origin: Origin, why: str) -> Decision:
    """Make the decision for a version that came whole. Looks at nothing that takes a process."""
    if origin == "sdist":
        return Decision(version=version, origin=origin, project=request.project.name, reasons=(why,))
    repository = find_repository((request.project.directory / request.config.root).resolve())
    ci = detect(request.environ, workflow=request.config.workflow)
    return Decision(
        version=version,
        origin=origin,
        project=request.project.name,
        base=Version(version).base_version,
        commit=None if repository is None else repository.head_commit(),
        ci=ci,
        attempt=_attempt(ci.attempt) if ci is not None else None,
        reasons=(why,),
    )


def _attempt(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
