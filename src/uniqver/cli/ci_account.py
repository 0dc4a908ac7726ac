"""What is detected of the CI that a command runs on: by which variables, whose run it is, and why its number counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from uniqver.ci.detect import detect, provider_of
from uniqver.ci.provider import holds, names_in
from uniqver.config import BUILD_ID, BUILD_NUMBER, COMMIT
from uniqver.model.ci_run import Untrusted
from uniqver.model.redaction import without_credentials
from uniqver.model.report import aligned
from uniqver.model.wording import printable
from uniqver.resolve.gather import gather
from uniqver.resolve.own_run import Ownership
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from uniqver.ci.provider import Provider
    from uniqver.model.ci_run import CiRun
    from uniqver.model.report import Json

_LONGEST = 200
"""How much of a variable is shown."""

_ALSO = ("CI", "GITHUB_RUN_NUMBER", "GITHUB_WORKFLOW_REF", "JOB_NAME", "BUILD_TAG", BUILD_NUMBER, BUILD_ID, COMMIT)
"""What is looked at besides the variables of a row. No other variable is shown: its value may be a secret."""

_LABELS = {
    "branch": "branch",
    "tag": "tag",
    "pull_request": "change",
    "commit": "commit",
    "workspace": "folder",
    "repository": "project",
    "build_key": "build key",
    "url": "page",
}
"""What people are told of a run."""


class CiAccount(NamedTuple):
    """What is detected of the CI."""

    title: str
    """The CI's name, or that there is none."""
    detected_by: tuple[str, ...]
    """The variables that showed it."""
    whose: str
    """A sentence."""
    own: bool
    number: str
    """The number and what it counts in, or why it isn't trusted."""
    fix: str | None
    """The line that would provide what is missing."""
    run: Mapping[str, str | None]
    """What the run is for."""
    variables: Mapping[str, str]
    """Every variable that was looked at and is set, without credentials."""
    source: str | None
    """Where the row of the table was read."""


def ci_account(directory: Path, environ: Mapping[str, str]) -> CiAccount:
    """Return what is detected of the CI for the project at ``directory``.

    Raises :class:`~uniqver.errors.UniqverError` for a project or settings that can't be read.
    """
    provider = provider_of(environ)
    variables = _variables(provider, environ)
    request = request_for(directory, environ, "version")
    run = detect(environ, workflow=request.config.workflow)
    if provider is None or run is None:
        title = "no CI that is known" if provider is None else f"{provider.title}, which is treated as your own machine"
        by = () if provider is None else _shown_by(provider, environ)
        return CiAccount(title, by, "no run", False, "none", None, {}, variables, provider and provider.source)
    ownership = gather(request).ownership or Ownership(False, "no run")
    trusted = not isinstance(run.number, Untrusted)
    fix = (run.number.fix if isinstance(run.number, Untrusted) else None) if ownership.own else ownership.fix
    unconfirmed = f"; unconfirmed: {provider.unconfirmed}" if provider.unconfirmed else ""
    return CiAccount(
        title=provider.title,
        detected_by=_shown_by(provider, environ),
        whose=ownership.why,
        own=ownership.own,
        number=_number(run),
        fix=None if trusted and ownership.own else fix,
        run=_run(run),
        variables=variables,
        source=f"{provider.source}, {provider.read}{unconfirmed}",
    )


def as_json(account: CiAccount) -> dict[str, Json]:
    """Return what ``doctor --ci --json`` prints. Keys are never renamed or removed within a major version."""
    return {
        "ci": account.title,
        "detected_by": list(account.detected_by),
        "own_run": account.own,
        "whose": account.whose,
        "number": account.number,
        "fix": account.fix,
        "run": dict(account.run),
        "variables": dict(account.variables),
        "source": account.source,
    }


def as_text(account: CiAccount) -> str:
    """Return the account as lines."""
    told = {
        "detected": account.title + (f", by {', '.join(account.detected_by)}" if account.detected_by else ""),
        "run": (account.whose if account.own else f"not this project's own: {account.whose}") if account.run else None,
        "number": account.number if account.run else None,
        "fix": account.fix,
        **{label: account.run.get(key) for key, label in _LABELS.items()},
        "read in": account.source,
    }
    shown = [f"    {name}={value}" for name, value in account.variables.items()]
    return "\n".join(["the CI", *aligned(told), *(["  variables that were looked at", *shown] if shown else [])])


def _variables(provider: Provider | None, environ: Mapping[str, str]) -> dict[str, str]:
    names = dict.fromkeys([*(() if provider is None else provider.variables), *_ALSO])
    return {name: _shown(environ[name]) for name in names if name in environ}


def _shown(value: str) -> str:
    text = printable(without_credentials(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _shown_by(provider: Provider, environ: Mapping[str, str]) -> tuple[str, ...]:
    found = [each for condition in provider.detect.split() for each in condition.split("|") if holds(environ, each)]
    return tuple(dict.fromkeys(name for each in found for name in names_in(each)))


def _number(run: CiRun) -> str:
    if isinstance(run.number, Untrusted):
        return f"not trusted: {run.number.why}"
    attempt = "" if run.attempt is None else f", attempt {run.attempt}"
    return f"trusted: {run.number_variable} {run.number}{attempt}, which counts {run.scope}"


def _run(run: CiRun) -> dict[str, str | None]:
    told = {
        "branch": run.branch,
        "tag": run.tag,
        "pull_request": run.pull_request,
        "commit": run.commit,
        "workspace": run.workspace,
        "repository": run.repository,
        "build_key": run.key,
        "url": run.url,
    }
    return {name: None if value is None else _shown(value) for name, value in told.items()}
