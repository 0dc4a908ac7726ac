"""Files to upload and what an index lists, as values: for the rules of ``uniqver check``."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uniqver.cli.check.pipeline import judge_all
from uniqver.cli.check.rules import Artifact, Call
from uniqver.dists import Distribution, Member, parse_filename
from uniqver.dists.archive import builds_that_share
from uniqver.index import Catalog, Listing
from uniqver.model.provenance import CoreMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from uniqver.cli.check.pipeline import Report

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)
HERE = {"sha256": "a" * 64}
THERE = {"sha256": "b" * 64}


def artifact(
    filename: str = "foo-1.0-py3-none-any.whl",
    *,
    size: int = 1000,
    metadata_version: str = "2.4",
    digests: Mapping[str, str] = HERE,
    problems: tuple[str, ...] = (),
    compression: int = 8,
) -> Artifact:
    """A file of that name, sound but for its ``problems``."""
    name = parse_filename(filename)
    assert name is not None
    content = Distribution(
        name=filename,
        kind=name.kind,
        metadata=CoreMetadata(metadata_version=metadata_version, name=name.project, version=str(name.version)),
        places={},
        version_files={},
        provenance=None,
        members=tuple(
            Member(name=path, kind="file", size=1, mode=0o644, time="", compression=compression)
            for path in _members(filename)
        ),
        problems=problems,
    )
    return Artifact(path=f"dist/{filename}", size=size, name=name, content=content, digests=digests)


def _members(filename: str) -> list[str]:
    if not filename.endswith(".whl"):
        return [f"foo-1/{name}" for name in ("foo.py", "PKG-INFO")]
    folder = "-".join(filename.split("-")[:2]) + ".dist-info"
    return ["foo.py", *(f"{folder}/{name}" for name in ("METADATA", "WHEEL", "RECORD"))]


def call_for(files: Sequence[Artifact], **required: Any) -> Call:
    """One call for ``files``; ``required`` are further fields."""
    required = {"same_version": False, "metadata": False, **required}
    versions: dict[str, set[Version]] = {}
    for file in files:
        versions.setdefault(file.name.project, set()).add(file.name.version)
    return Call(
        now=NOW,
        versions={project: tuple(sorted(found)) for project, found in versions.items()},
        built={},
        folders={Path(file.path).parent: () for file in files},
        shared=builds_that_share(file.content for file in files),
        **required,
    )


def report_on(files: Sequence[Artifact], *listings: Listing, **required: Any) -> Report:
    """What is said of ``files``, each of another path, where the index lists ``listings``, and nothing else."""
    known = {file.name.project: Listing(project=file.name.project) for file in files}
    known |= {listing.project: listing for listing in listings}
    catalogs = {project: Catalog(listing) for project, listing in known.items()}
    return judge_all({file.path: file for file in files}, catalogs, call_for(files, **required))
