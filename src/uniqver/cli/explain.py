"""``uniqver explain``: how a tree or an artifact got its version, and whether all places of an artifact agree on it.

On a CI also what is detected of it, by which variables, whose run it is and why its number counts: ``uniqver doctor --ci``.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from packaging.utils import canonicalize_name

from uniqver import dists
from uniqver.ci.detect import detect, provider_of
from uniqver.ci.provider import holds, names_in
from uniqver.cli.version import decide
from uniqver.config import BUILD_ID, BUILD_NUMBER, COMMIT
from uniqver.dists.distribution import builds_of_versions, contradictions
from uniqver.errors import ArtifactError
from uniqver.model import report
from uniqver.model.ci_run import Untrusted
from uniqver.model.provenance import FILE_NAME, parsed
from uniqver.model.provenance import as_json as provenance_json
from uniqver.model.redaction import without_credentials
from uniqver.model.report import aligned, bullets_under
from uniqver.model.wording import listed, printable
from uniqver.resolve.gather import gather
from uniqver.resolve.own_run import Ownership
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Mapping, Sequence

    from uniqver.dists.distribution import Distribution
    from uniqver.model.provenance import Provenance
    from uniqver.model.report import Json

EXAMPLE = "uniqver explain dist/"


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument(
        "artifacts",
        nargs="*",
        metavar="ARTIFACT",
        help="a wheel, an sdist, a folder of them, or the name of an installed distribution (default: this tree)",
    )


def run(options: Namespace) -> int:
    """Print the account; return 1 if an artifact contradicts itself or another one."""
    if options.artifacts:
        accounts = accounts_of([found for name in options.artifacts for found in _distributions(name)])
        print(
            json.dumps(as_json(accounts), indent=2)
            if options.json
            else for_screen("\n\n".join(map(_as_text, accounts)))
        )
        return 1 if any(account.problems for account in accounts) else 0
    decision = decide(options.project, "version", quiet=True)
    print(json.dumps(report.as_json(decision), indent=2) if options.json else for_screen(report.as_text(decision)))
    if decision.ci is not None and not options.json:
        print(for_screen(f"\n{ci_as_text(ci_account(options.project, os.environ))}"))
    return 0


def for_screen(text: str) -> str:
    """Return ``text``; where it goes to a terminal, with its long lines wrapped between words, below where they begin.

    A fix is left to the terminal to wrap, so that it can be copied.
    """
    if not sys.stdout.isatty():
        return text
    wrapper = textwrap.TextWrapper(shutil.get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)
    lines: list[str] = []
    for line in text.split("\n"):
        begins = re.match(r" *- | {2}[a-z][a-z ]{8} |(?:error|warning): | *", line)
        wrapper.subsequent_indent = " " * (2 if begins is None or begins[0][:1].isalpha() else begins.end())
        words = line[begins.end() if begins else 0 :].split()
        wraps = len(line) > wrapper.width and len(words) > 1 and not re.match(r" +fix\b", line)
        lines += wrapper.wrap(line) if wraps else [line]
    return "\n".join(lines)


class ArtifactAccount(NamedTuple):
    """What can be told of one artifact."""

    found: Distribution
    facts: Provenance | None
    """``None`` if it doesn't say where it came from."""
    problems: tuple[str, ...]
    """Sentences: what disagrees with what."""


def accounts_of(found: Sequence[Distribution]) -> list[ArtifactAccount]:
    """Compare everything that each artifact says about itself, and those of one version with each other. Pure."""
    problems: dict[str, list[str]] = {}
    for version, contents in builds_of_versions(found).items():
        if len(contents) > 1:
            made = ", ".join(f"{source} made {listed(names)}" for source, names in contents.items())
            sentence = f"two builds share {version}: {made}"
            for name in (name for names in contents.values() for name in names):
                problems.setdefault(name, []).append(sentence)
    accounts = map(account_of, found)
    return [each._replace(problems=(*each.problems, *problems.get(each.found.name, ()))) for each in accounts]


def account_of(found: Distribution) -> ArtifactAccount:
    """Compare everything that an artifact says about itself. Pure."""
    problems = [*found.problems, *contradictions(found)]
    facts: Provenance | None = None
    try:
        facts = None if found.provenance is None else parsed(found.provenance, FILE_NAME)
    except ArtifactError as error:
        problems.append(error.what)
    if facts is not None and facts.version not in found.versions.values():
        problems.append(f"{FILE_NAME} has {facts.version}")
    project = None if facts is None else facts.project
    if project is not None and canonicalize_name(project) not in found.projects.values():
        problems.append(f"{FILE_NAME} is of the project {project}")
    return ArtifactAccount(found, facts, tuple(problems))


def as_json(accounts: Sequence[ArtifactAccount]) -> dict[str, Json]:
    """Return what ``--json`` prints. Keys are never renamed or removed within a major version."""
    return {
        "artifacts": [
            {
                "artifact": each.found.name,
                "kind": each.found.kind,
                "project": each.found.metadata.name,
                "version": each.found.metadata.version,
                "facts": None if each.facts is None else cast("dict[str, Json]", provenance_json(each.facts)),
                "problems": list(each.problems),
            }
            for each in accounts
        ]
    }


def _distributions(name: str) -> Iterator[Distribution]:
    """Read what ``name`` stands for: a file, the files of a folder, or an installed distribution."""
    path = Path(name)
    if path.is_dir():
        files = sorted([*path.glob("*.whl"), *path.glob("*.tar.gz")])
        if not files:
            raise ArtifactError(what=f"there is no wheel and no sdist in {name}", fix="python -m build")
        yield from (dists.read(file, contents=True) for file in files)
    elif path.exists() or name.endswith((".whl", ".tar.gz")):
        yield dists.read(path, contents=True)
    else:
        yield dists.read_installed(name)


def _as_text(each: ArtifactAccount) -> str:
    metadata, facts = each.found.metadata, each.facts
    first = f"{each.found.name}: {metadata.name or 'no name'} {metadata.version or 'without a version'}"
    if facts is None:
        lines = [f"  there is no {FILE_NAME} in it, so it doesn't say where it came from"]
    else:
        lines = aligned({name: value and printable(value) for name, value in _told(facts).items()})
    return "\n".join([printable(first), *lines, *bullets_under("what disagrees", map(printable, each.problems))])


def _told(facts: Provenance) -> dict[str, str | None]:
    return {
        "base": facts.base,
        "number": None if facts.number is None else f"{facts.number} in the segment {facts.segment}",
        "commit": facts.commit and facts.commit + (" with changes" if facts.dirty else ""),
        "time": None if facts.source_date_epoch is None else _date(facts.source_date_epoch),
        "made with": ", ".join(f"{name} {version}" for name, version in (facts.tools or {}).items()) or None,
    }


def _date(epoch: int) -> str:
    try:
        return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):  # absurd, but nobody checked it
        return f"{epoch} seconds after 1970"


_LONGEST = 200
"""How much of a variable is shown."""

_ALSO = ("CI", "GITHUB_RUN_NUMBER", "GITHUB_WORKFLOW_REF", "JOB_NAME", "BUILD_TAG", BUILD_NUMBER, BUILD_ID, COMMIT)
"""What is looked at besides the variables of a row. No other variable is shown: its value may be a secret."""

_OF_A_RUN = {
    "branch": "branch",
    "tag": "tag",
    "pull_request": "change",
    "commit": "commit",
    "workspace": "folder",
    "repository": "project",
    "key": "build key",
    "url": "page",
}
"""Fields of a run, and what people are told of them."""


def ci_account(directory: Path, environ: Mapping[str, str]) -> dict[str, Json]:
    """Return what is detected of the CI for the project at ``directory``: what ``doctor --ci --json`` prints.

    Keys are never renamed or removed within a major version. ``fix`` is the line that would provide what is missing.
    Raises :class:`~uniqver.errors.UniqverError` for a project or settings that can't be read.
    """
    provider = provider_of(environ)
    names = dict.fromkeys([*(() if provider is None else provider.variables), *_ALSO])
    variables: dict[str, Json] = {name: _shown(environ[name]) for name in names if name in environ}
    request = request_for(directory, environ, "version")
    run = detect(environ, workflow=request.config.workflow)
    account: dict[str, Json] = {
        "ci": "no CI that is known",
        "detected_by": [],
        "own_run": False,
        "whose": "no run",
        "number": "none",
        "fix": None,
        "run": {},
        "variables": variables,
        "source": None,
    }
    if provider is None:
        return account
    found = [each for condition in provider.detect.split() for each in condition.split("|") if holds(environ, each)]
    account["detected_by"] = [*dict.fromkeys(name for each in found for name in names_in(each))]
    unconfirmed = f"; unconfirmed: {provider.unconfirmed}" if provider.unconfirmed else ""
    account["source"] = f"{provider.source}, {provider.read}{unconfirmed}"
    account["ci"] = provider.title
    if run is None:
        account["ci"] = f"{provider.title}, which is treated as your own machine"
        return account
    ownership = gather(request).ownership or Ownership(False, "no run")
    account.update(own_run=ownership.own, whose=ownership.why)
    if isinstance(run.number, Untrusted):
        account.update(number=f"not trusted: {run.number.why}", fix=run.number.fix)
    else:
        attempt = "" if run.attempt is None else f", attempt {run.attempt}"
        account["number"] = f"trusted: {run.number_variable} {run.number}{attempt}, which counts {run.scope}"
    if not ownership.own:
        account["fix"] = ownership.fix
    told = {"build_key" if name == "key" else name: getattr(run, name) for name in _OF_A_RUN}
    account["run"] = {name: None if value is None else _shown(value) for name, value in told.items()}
    return account


def ci_as_text(account: Mapping[str, Json]) -> str:
    """Return what :func:`ci_account` returned, as lines."""
    run, by = cast("dict[str, str | None]", account["run"]), cast("list[str]", account["detected_by"])
    whose = account["whose"] if account["own_run"] else f"not this project's own: {account['whose']}"
    told = {
        "detected": f"{account['ci']}{', by ' if by else ''}{', '.join(by)}",
        "run": str(whose) if run else None,
        "number": str(account["number"]) if run else None,
        "fix": cast("str | None", account["fix"]),
        **{label: run.get("build_key" if name == "key" else name) for name, label in _OF_A_RUN.items()},
        "read in": cast("str | None", account["source"]),
    }
    shown = [f"    {name}={value}" for name, value in cast("dict[str, str]", account["variables"]).items()]
    return "\n".join(["the CI", *aligned(told), *(["  variables that were looked at", *shown] if shown else [])])


def _shown(value: str) -> str:
    text = printable(without_credentials(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
