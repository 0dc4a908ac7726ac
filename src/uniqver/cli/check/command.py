"""``uniqver check`` from the files to the report: reads, asks, judges, in that order. Prints nothing."""

from __future__ import annotations

import contextlib
import glob
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from uniqver.cli.check import demands, install, metadata
from uniqver.cli.check.judge import judge_all
from uniqver.cli.check.request import Report, Request
from uniqver.cli.check.stale import stale
from uniqver.cli.check.surroundings import Surroundings, look
from uniqver.cli.check.verdict import Verdict
from uniqver.dists import archive
from uniqver.errors import UsageError
from uniqver.index import address, credentials
from uniqver.index.client import Index, Patience
from uniqver.index.listing import comparable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from packaging.version import Version

    from uniqver.cli.check.verdict import Outcome
    from uniqver.dists.artifact import Artifact
    from uniqver.index.address import Address
    from uniqver.index.listing import Listing

CAVEAT = (
    "names of deleted files are taken for ever, and caches lag by minutes: no index shows either, "
    "so free means free as far as can be seen"
)

_COMPANIONS = (".asc", ".attestation", ".sigstore", ".sigstore.json")
"""Signatures that lie in dist/ beside the files they are for; clients take them along."""


def check(request: Request) -> Report:
    """Return what the index will do with each file.

    Raises :class:`UsageError` for files that aren't there, :class:`~uniqver.errors.UniqverError` for settings that
    can't be read. Whatever the index does, and whatever is wrong with a file's content, becomes a verdict.
    """
    around = look(request.directory, request.environ)
    place = _place(request, around)
    artifacts = [_read(path) for path in _files(request.files)]
    with Index(place, Patience(timeout=request.timeout)) as index:
        listings = {project: index.ask(project) for project in _projects(artifacts)}
    artifacts = _hashed(artifacts, listings, progress=request.progress)
    outcomes = judge_all(artifacts, listings, request.rules, request.now)
    outcomes = demands.apply(request.demands, artifacts, outcomes)
    if request.metadata:
        outcomes = _try(outcomes, artifacts, lambda artifact: metadata.problem(artifact.path))
    notes = _notes(artifacts, around, listings)
    if request.install:
        outcomes = _try(outcomes, artifacts, _installed)
        notes = [*notes, *_not_installed(artifacts)]
    return Report(outcomes=tuple(outcomes), notes=tuple(notes), caveat=CAVEAT)


def _place(request: Request, around: Surroundings) -> Address:
    if request.repository is not None:
        return credentials.repository(request.repository, request.environ)
    return credentials.index(request.index or around.index or address.PYPI_SIMPLE)


def _files(given: Sequence[str]) -> list[str]:
    """Return each file once. Patterns are expanded, since not every shell does it."""
    found: dict[str, None] = {}
    for path in given:
        paths = [path] if Path(path).exists() else sorted(glob.glob(path))  # noqa: PTH207  # may be absolute
        if not paths:
            raise UsageError(what=f"no such file: {path}", fix="build first: python -m build   (or check the path)")
        found.update(dict.fromkeys(p for p in paths if not p.endswith(_COMPANIONS)))
    if not found:
        raise UsageError(what="there's nothing to upload among these files", fix="uniqver check dist/*")
    return list(found)


def _read(path: str) -> Artifact:
    if Path(path).is_dir():
        raise UsageError(what=f"{path} is a folder", fix=f"uniqver check {Path(path).as_posix()}/*")
    try:
        return archive.read(path)
    except OSError as error:
        raise UsageError(what=f"{path} can't be read: {error.strerror}", fix="make it readable") from None


def _sound(artifact: Artifact) -> bool:
    return artifact.name is not None and all(flaw.pypi_only for flaw in artifact.flaws)


def _projects(artifacts: Sequence[Artifact]) -> list[str]:
    """Return the projects to ask about, each once."""
    return list(dict.fromkeys(a.name.project for a in artifacts if a.name is not None and _sound(a)))


def _hashed(artifacts: Sequence[Artifact], listings: Mapping[str, Listing], *, progress: bool) -> list[Artifact]:
    total = sum(artifact.size for artifact in artifacts if _sound(artifact))
    with _progress(total, drawn=progress) as advance:
        return [_hash(a, listings, advance) if _sound(a) else a for a in artifacts]


def _hash(artifact: Artifact, listings: Mapping[str, Listing], advance: Callable[[int], None]) -> Artifact:
    listed = () if artifact.name is None else listings[artifact.name.project].files
    algorithms = {"sha256", *filter(None, (comparable(file.digests) for file in listed))}
    try:
        return replace(artifact, digests=archive.hash_file(artifact.path, sorted(algorithms), advance))
    except OSError as error:
        raise UsageError(what=f"{artifact.path} can't be read: {error.strerror}", fix="make it readable") from None


@contextlib.contextmanager
def _progress(total: int, *, drawn: bool) -> Iterator[Callable[[int], None]]:
    with Progress(console=Console(stderr=True), transient=True, disable=not drawn) as bar:
        task = bar.add_task("hashing", total=total)
        yield lambda size: bar.advance(task, size)


def _try(
    outcomes: Sequence[Outcome],
    artifacts: Sequence[Artifact],
    problem: Callable[[Artifact], tuple[str, str] | None],
) -> list[Outcome]:
    """Return the outcomes, those refused whose file has a problem. What is refused already isn't looked at."""
    tried = []
    for outcome, artifact in zip(outcomes, artifacts, strict=True):
        done = outcome.verdict in (Verdict.CONFLICT, Verdict.REFUSED) or not _sound(artifact)
        found = None if done else problem(artifact)
        if found is None:
            tried.append(outcome)
        else:
            tried.append(replace(outcome, verdict=Verdict.REFUSED, reason=found[0], fix=found[1]))
    return tried


def _installed(artifact: Artifact) -> tuple[str, str] | None:
    name = artifact.name
    if name is None or name.kind != "wheel" or not install.fits_here(name):
        return None
    return install.problem(artifact.path, name, artifact.members)


def _not_installed(artifacts: Sequence[Artifact]) -> list[str]:
    names = [a.filename for a in artifacts if a.name and a.name.kind == "wheel" and not install.fits_here(a.name)]
    return [f"not tried by --install, since not for this machine: {', '.join(names)}"] if names else []


def _notes(artifacts: Sequence[Artifact], around: Surroundings, listings: Mapping[str, Listing]) -> list[str]:
    notes = [_stale_note(folder, names) for folder, names in _stale(artifacts, around).items()]
    projects = list(dict.fromkeys(a.name.project for a in artifacts if a.name is not None))
    if len(projects) > 1:
        notes.append(f"these files are of {len(projects)} projects, each judged by itself: {', '.join(projects)}")
    products = sorted({listing.product for listing in listings.values() if listing.product})
    notes += [
        f"the index is {product}, so PyPI's own rules aren't asked for (--rules pypi does)" for product in products
    ]
    return notes


def _stale_note(folder: Path, names: Sequence[str]) -> str:
    return f"stale, of another version than the last build, in {folder}: {', '.join(names)}"


def _stale(artifacts: Sequence[Artifact], around: Surroundings) -> dict[Path, list[str]]:
    """Return the stale files by folder. Where the tree has no version file, the files given stand for it."""
    found: dict[Path, list[str]] = {}
    for folder in dict.fromkeys(Path(artifact.path).parent for artifact in artifacts):
        for project in _projects(artifacts):
            last = around.last if project == around.project else None
            last = last or _only_version(artifacts, project)
            if last is not None and (names := stale(_names(folder), project, last)):
                found.setdefault(folder, []).extend(names)
    return found


def _names(folder: Path) -> list[str]:
    """Return the names of the files in ``folder``; none where it can't be listed, which is no reason to stop."""
    try:
        return [entry.name for entry in folder.iterdir() if entry.is_file()]
    except OSError:
        return []


def _only_version(artifacts: Sequence[Artifact], project: str) -> Version | None:
    versions = {a.name.version for a in artifacts if a.name is not None and a.name.project == project}
    return versions.pop() if len(versions) == 1 else None
