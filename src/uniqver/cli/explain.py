"""``uniqver explain``: how a tree or an artifact got its version, and what is detected of the CI."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from uniqver.ci import SIGNS, detect, holds, names_in, provider_of
from uniqver.ci.providers import READ
from uniqver.cli import show, time_text
from uniqver.cli.version import decide
from uniqver.config import BUILD_ID, BUILD_NUMBER, COMMIT
from uniqver.dists import Distribution
from uniqver.dists.archive import builds_that_share, contradictions, read, read_installed
from uniqver.errors import ArtifactError, printable
from uniqver.model import provenance, report
from uniqver.model.decision import CiRun, Missing, Untrusted
from uniqver.model.provenance import Provenance
from uniqver.model.redaction import without_credentials
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for


def add_options(parser: ArgumentParser) -> None:
    """Add its options."""
    artifacts = "a wheel, an sdist, a folder of them, or an installed distribution's name (default: this tree)"
    parser.add_argument("artifacts", nargs="*", metavar="ARTIFACT", help=artifacts)


def run(options: Namespace) -> int:
    """Print the account; return 1 if an artifact contradicts itself or another one."""
    if options.artifacts:
        found: list[Distribution] = []
        broken: list[ArtifactError] = []
        for place in [place for name in options.artifacts for place in _places(name)]:
            try:
                found.append(read(place) if isinstance(place, Path) else read_installed(place))
            except ArtifactError as error:  # the others are still of use
                broken.append(error)
        accounts = accounts_of(found)
        if found or options.json:
            show(options, "\n\n".join(map(_as_text, accounts)), {"artifacts": [*accounts]})
        for each in broken:
            print(f"uniqver: error: {each}", file=sys.stderr)
        return int(bool(broken) or any(each["problems"] for each in accounts))
    decision = decide(options.project, "version")
    text = report.as_text(decision)
    if decision.ci is not None and not options.json:
        text += f"\n\n{ci_as_text(ci_account(options.project, os.environ))}"
    show(options, text, report.as_json(decision))
    return 0


def _places(name: str) -> Sequence[Path | str]:
    """Return the artifacts that ``name`` stands for, or the name of an installed distribution."""
    path = Path(name)
    if not path.is_dir():
        return [path if path.exists() or name.endswith((".whl", ".tar.gz")) else name]
    files = sorted([*path.glob("*.whl"), *path.glob("*.tar.gz")])
    if not files:
        raise ArtifactError(what=f"{name} contains neither a wheel nor an sdist", fix="python -m build")
    return files


def accounts_of(found: Sequence[Distribution]) -> list[dict[str, Any]]:
    """Compare each artifact with itself, and those of one version; return what ``--json`` prints of each. Pure."""
    accounts = [*map(_account_of, found)]
    shared = builds_that_share(found)
    for account in accounts:
        account["problems"] += filter(None, [shared.get(account["artifact"])])
    return accounts


def _account_of(found: Distribution) -> dict[str, Any]:
    problems = [*found.problems, *contradictions(found)]
    facts: Provenance | None = None
    try:
        facts = None if found.provenance is None else provenance.parsed(found.provenance, provenance.FILE_NAME)
    except ArtifactError as error:
        problems.append(error.what)
    projects, versions = zip(*found.places.values(), strict=True)
    if facts is not None and facts.version not in versions:
        problems.append(f"{provenance.FILE_NAME} has {facts.version}")
    if facts is not None and facts.project and canonicalize_name(facts.project) not in projects:
        problems.append(f"{provenance.FILE_NAME} is of the project {facts.project}")
    return {
        "artifact": found.name,
        "kind": found.kind,
        "project": found.metadata.name,
        "version": found.metadata.version,
        "facts": None if facts is None else provenance.as_json(facts),
        "problems": problems,
    }


def _as_text(account: dict[str, Any]) -> str:
    facts = account["facts"]
    lines = [f"  there is no {provenance.FILE_NAME} in it: where it came from isn't known"]
    if facts is not None:
        told = {
            "base": facts["base"],
            "number": None if facts["number"] is None else "{number} in the segment {segment}".format(**facts),
            "commit": facts["commit"] and facts["commit"] + (" with changes" if facts["dirty"] else ""),
            "time": None if facts["source_date_epoch"] is None else time_text(facts["source_date_epoch"]),
            "made with": ", ".join(f"{name} {version}" for name, version in facts.get("tools", {}).items()),
        }
        lines = report.aligned({name: value and printable(value) for name, value in told.items()})
    first = f"{account['artifact']}: {account['project'] or 'no name'} {account['version'] or 'without a version'}"
    return "\n".join(
        [printable(first), *lines, *report.bullets_under("what disagrees", map(printable, account["problems"]))]
    )


_ALSO = ("CI", "GITHUB_RUN_NUMBER", "GITHUB_WORKFLOW_REF", "JOB_NAME", "BUILD_TAG", BUILD_NUMBER, BUILD_ID, COMMIT)
"""The variables that are shown besides a CI's own. Any other may be a secret."""

_OF_A_RUN = {
    "branch": "branch", "tag": "tag", "pull_request": "change", "commit": "commit", "workspace": "folder",
    "repository": "project", "build_key": "build key", "url": "page",
}  # fmt: skip
"""Names of a run's facts, in JSON and for people."""


def ci_account(directory: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what ``doctor --ci --json`` prints."""
    request = request_for(directory, environ, "version")
    run, provider = detect(environ, workflow=request.config.workflow), provider_of(environ)
    variables = () if provider is None else provider.variables
    shown = {name: _shown(environ[name]) for name in dict.fromkeys((*variables, *_ALSO)) if name in environ}
    account: dict[str, Any] = {
        "ci": "no CI that is known", "detected_by": [], "own_run": False, "whose": "no run", "number": "none",
        "fix": None, "run": {}, "variables": shown, "source": None,
    }  # fmt: skip
    if provider is not None:
        signs = re.split("[ |]", SIGNS[provider.name])
        by = [name for each in signs if holds(environ, each) for name in names_in(each)]
        unconfirmed = f"; unconfirmed: {provider.unconfirmed}" if provider.unconfirmed else ""
        account["ci"] = provider.title + (", which is treated as your own machine" if run is None else "")
        account["detected_by"] = [*dict.fromkeys(by)]
        account["source"] = f"{provider.source}, {READ}{unconfirmed}"
    if run is not None:
        whose = gather(request).ownership or Missing("no run", "")
        account["own_run"] = isinstance(whose, str)
        account["number"], account["fix"] = _number_of(run)
        account["whose"], account["fix"] = whose if isinstance(whose, Missing) else (whose, account["fix"])
        account["run"] = {name: _shown(getattr(run, "key" if name == "build_key" else name)) for name in _OF_A_RUN}
    return account


def _number_of(run: CiRun) -> tuple[str, str | None]:
    if isinstance(run.number, Untrusted):
        return f"not trusted: {run.number.why}", run.number.fix
    attempt = "" if run.attempt is None else f", attempt {run.attempt}"
    return f"trusted: {run.number_variable} {run.number}{attempt}, which counts {run.scope}", None


def ci_as_text(account: Mapping[str, Any]) -> str:
    """Return :func:`ci_account` as lines."""
    run, by = account["run"], ", ".join(account["detected_by"])
    told = {
        "detected": account["ci"] + (f", by {by}" if by else ""),
        "run": run and ("" if account["own_run"] else "not this project's own: ") + account["whose"],
        "number": run and account["number"],
        "fix": account["fix"],
        **{label: run.get(name) for name, label in _OF_A_RUN.items()},
        "read in": account["source"],
    }
    shown = [f"    {name}={value}" for name, value in account["variables"].items()]
    return "\n".join(["the CI", *report.aligned(told), *(["  variables that were looked at", *shown] if shown else [])])


def _shown(value: str | None) -> str | None:
    text = printable(without_credentials(value or ""))
    return value and (text if len(text) <= 200 else f"{text[:200]}...")
