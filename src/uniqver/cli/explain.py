"""``uniqver explain``: how a tree or an artifact got its version, and whether all places of an artifact agree on it."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from packaging.utils import canonicalize_name

from uniqver.cli.version import decide
from uniqver.dists.contents import read_contents, read_installed
from uniqver.errors import ArtifactError
from uniqver.model import report
from uniqver.model.provenance import FILE_NAME, parsed
from uniqver.model.provenance import as_json as provenance_json
from uniqver.model.report import aligned, bullets_under, title_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Mapping, Sequence

    from uniqver.dists.contents import Contents
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
    """Print the account; return 1 if an artifact contradicts itself."""
    if options.artifacts:
        accounts = accounts_of(options.artifacts)
        print(json.dumps(as_json(accounts), indent=2) if options.json else as_text(accounts))
        return 1 if any(account.problems for account in accounts) else 0
    decision = decide(options.project, "peek", quiet=True)
    print(json.dumps(report.as_json(decision), indent=2) if options.json else report.as_text(decision))
    return 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What can be told of one artifact."""

    contents: Contents
    facts: Provenance | None
    """``None`` where it doesn't say where it came from."""
    problems: tuple[str, ...]
    """Sentences: what disagrees with what."""


def accounts_of(names: Sequence[str]) -> list[Account]:
    """Return the account of each artifact: ``names`` are files, folders of files, or installed distributions.

    Raises :class:`ArtifactError` for a name that is none of these, and for a folder without artifacts.
    """
    return [account(contents) for name in names for contents in _contents_of(name)]


def account(contents: Contents) -> Account:
    """Compare everything that an artifact says about itself. Pure."""
    problems = [*contents.broken, *_unlike("project", contents.projects), *_unlike("version", contents.versions)]
    facts: Provenance | None = None
    try:
        facts = None if contents.provenance is None else parsed(contents.provenance, FILE_NAME)
    except ArtifactError as error:
        problems.append(error.what)
    said = set(contents.versions.values())
    if contents.version_files and not said & set(contents.version_files.values()):
        # one that agrees is enough: others may be those of packages that were copied in
        problems += [f"{name} says {version}" for name, version in contents.version_files.items()]
    if facts is not None and facts.version not in said:
        problems.append(f"{FILE_NAME} says {facts.version}")
    project = None if facts is None else facts.project
    if project is not None and canonicalize_name(project) not in contents.projects.values():
        problems.append(f"{FILE_NAME} is of the project {project}")
    return Account(contents=contents, facts=facts, problems=tuple(problems))


def as_json(accounts: Sequence[Account]) -> dict[str, Json]:
    """Return what ``--json`` prints. Keys are never renamed or removed within a major version."""
    return {"artifacts": [_one_as_json(each) for each in accounts]}


def as_text(accounts: Sequence[Account]) -> str:
    """Return the accounts for a person."""
    return "\n\n".join(_one_as_text(each) for each in accounts)


def _contents_of(name: str) -> Iterator[Contents]:
    path = Path(name)
    if path.is_dir():
        found = sorted([*path.glob("*.whl"), *path.glob("*.tar.gz")])
        if not found:
            raise ArtifactError(what=f"no wheel and no sdist lies in {name}", fix="python -m build")
        yield from map(read_contents, found)
    elif path.exists() or name.endswith((".whl", ".tar.gz")):
        yield read_contents(path)
    else:
        yield read_installed(name)


def _unlike(what: str, said: Mapping[str, str]) -> list[str]:
    if len(set(said.values())) < 2:
        return []
    return [
        f"the {what} is not the same everywhere: " + ", ".join(f"{place} says {text}" for place, text in said.items())
    ]


def _one_as_json(each: Account) -> dict[str, Json]:
    contents = each.contents
    return {
        "artifact": contents.name,
        "kind": contents.kind,
        "project": contents.project,
        "version": contents.version,
        "facts": None if each.facts is None else cast("dict[str, Json]", provenance_json(each.facts)),
        "problems": list(each.problems),
    }


def _one_as_text(each: Account) -> str:
    contents, facts = each.contents, each.facts
    lines = [f"{contents.name}: {contents.project or 'no name'} {contents.version or 'without a version'}"]
    if facts is None:
        lines.append(f"  it holds no {FILE_NAME}, so it doesn't say where it came from")
    else:
        lines[0] += " (a release)" if facts.release else ""
        lines += aligned(_told(facts))
    return "\n".join([*lines, *bullets_under("what disagrees", each.problems)])


def _told(facts: Provenance) -> dict[str, str | None]:
    ci = facts.ci
    run = (
        None
        if ci is None
        else ", ".join(
            str(part)
            for part in (ci.name, ci.run and f"run {ci.run}", ci.attempt and f"attempt {ci.attempt}", ci.url)
            if part
        )
    )
    return {
        "from": title_of(facts.source),
        "base": facts.base,
        "number": None if facts.number is None else f"{facts.number} in the segment {facts.segment}",
        "commit": facts.commit and facts.commit + (" with changes" if facts.dirty else ""),
        "branch": facts.branch,
        "ci": run,
        "build key": facts.build_key,
        "counter": facts.counter,
        "time": None if facts.source_date_epoch is None else _date(facts.source_date_epoch),
        "made with": f"uniqver {facts.uniqver}, setuptools {facts.setuptools}",
    }


def _date(epoch: int) -> str:
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
