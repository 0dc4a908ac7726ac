"""``uniqver explain``: how a tree or an artifact got its version, and whether all places of an artifact agree on it."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from packaging.utils import canonicalize_name

from uniqver import dists
from uniqver.cli import ci_account
from uniqver.cli.version import decide
from uniqver.dists.comparison import builds_of_versions, contradictions
from uniqver.errors import ArtifactError
from uniqver.model import report
from uniqver.model.provenance import FILE_NAME, parsed
from uniqver.model.provenance import as_json as provenance_json
from uniqver.model.report import aligned, bullets_under
from uniqver.model.wording import listed, printable

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

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
        print(json.dumps(as_json(accounts), indent=2) if options.json else "\n\n".join(map(_as_text, accounts)))
        return 1 if any(account.problems for account in accounts) else 0
    decision = decide(options.project, "version", quiet=True)
    print(json.dumps(report.as_json(decision), indent=2) if options.json else report.as_text(decision))
    if decision.ci is not None and not options.json:
        print(f"\n{ci_account.as_text(ci_account.ci_account(options.project, os.environ))}")
    return 0


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
