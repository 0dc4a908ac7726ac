"""``uniqver prune``: lists the development builds that may be deleted from an index.

Dev builds fill the 10 GiB that PyPI gives a project, where no program can delete.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from packaging.version import Version

from uniqver.cli import readable_size, show
from uniqver.cli.arguments import add_index_options
from uniqver.errors import UniqverError, UsageError, printable
from uniqver.index import Catalog, IndexFile, Listing
from uniqver.project import Project, normalized, read_project

_LOWEST = Version("0.dev0")


class Build(NamedTuple):
    """One version on an index."""

    version: Version
    files: list[IndexFile]

    @property
    def size(self) -> int | None:
        """Bytes, if the index knows."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(filter(None, sizes))

    @property
    def uploaded(self) -> datetime | None:
        """Its last file's time, if the index knows."""
        times = [file.uploaded for file in self.files]
        return None if None in times else max(filter(None, times))


def builds_of(listing: Listing) -> list[Build]:
    """Return the versions of a project, lowest first."""
    return [Build(*found) for found in sorted(Catalog(listing).releases.items())]


def prunable(builds: Iterable[Build], now: datetime, *, keep: int, days: int) -> list[Build]:
    """Return the builds that may be deleted, lowest first. Pure.

    Releases and post-releases stay, pre-releases without a later release, of each line (the version before ``.dev``) the
    newest dev build (unreleased: the ``keep`` newest), and what is younger than ``days`` or of unknown age.
    """
    known = sorted(builds, key=lambda build: build.version)
    released = max((build.version for build in known if not build.version.is_prerelease), default=_LOWEST)
    lines: dict[Version, list[Version]] = {}
    for build in known:
        if build.version.is_devrelease:
            lines.setdefault(line_of(build.version), []).append(build.version)
    staying = {v for line in lines.values() for v in line[-(1 if line[-1] < released else max(keep, 1)) :]}
    return [
        build
        for build in known
        if build.version.is_prerelease
        and build.version not in staying
        and (build.version.is_devrelease or build.version < released)
        and build.uploaded is not None
        and (now - build.uploaded).days >= days
    ]


def line_of(version: Version) -> Version:
    """Return ``1.4.1`` for ``1.4.1.dev7``; equal for ``1.4.1.0.dev7``."""
    return Version(str(version).partition(".dev")[0])


def add_options(parser: ArgumentParser) -> None:
    """Add its options."""
    add_index_options(parser)
    parser.add_argument("--name", metavar="NAME", help="the project (default: this one)")
    kept = "dev builds that stay in each line without a release (default: 5)"
    parser.add_argument("--keep", type=int, default=5, metavar="N", help=kept)
    parser.add_argument("--days", type=int, default=30, metavar="N", help="younger ones stay (default: 30)")


def run(options: Namespace) -> int:
    """Ask the index, and print the list."""
    if min(options.keep, options.days) < 0:
        raise UsageError(what="--keep and --days are not below zero", fix="--keep 5 --days 30")
    listing = _listing(options, os.environ)
    if listing.trouble is not None:
        raise UniqverError(what=f"nothing was listed: {listing.trouble.what}", fix=listing.trouble.fix)
    builds = builds_of(listing)
    gone: list[dict[str, Any]] = [
        {
            "version": str(build.version),
            "files": [file.filename for file in build.files],
            "size": build.size,
            "uploaded": build.uploaded and build.uploaded.isoformat(),
            "how": listing.profile.deletion.format(project=listing.project, version=build.version),
        }
        for build in prunable(builds, datetime.now(timezone.utc), keep=options.keep, days=options.days)
    ]
    undated = sum(build.uploaded is None and build.version.is_prerelease for build in builds)
    text = _as_text(listing.project, gone, len(builds), undated)
    data: dict[str, Any] = {
        "project": listing.project,
        "index": listing.profile.key,
        "builds": len(builds),
        "prunable": gone,
    }
    show(options, text, data)
    return 0


def _listing(options: Namespace, environ: Mapping[str, str]) -> Listing:
    from uniqver.config import read_config
    from uniqver.index import address, client  # libraries of an extra, which `--help` does without

    project = Project(options.project, options.name, {}) if options.name else read_project(options.project)
    if project.name is None:
        raise UniqverError(what="pyproject.toml has no [project] name", fix="--name NAME")
    index_url = options.index_url or read_config(project.settings, environ, project=project.name).index
    place = address.place(index_url, options.repository, environ)
    with client.IndexClient(place) as index:
        return index.ask(normalized(project.name))


def _as_text(project: str, gone: list[dict[str, Any]], builds: int, undated: int) -> str:
    lines = [f"{row['version']}  {_size(row['size'])}  {printable(' '.join(row['files']))}" for row in gone]
    if undated:
        lines.append(f"uniqver: note: the index doesn't say how old {undated} builds are: they stay")
    if not gone:
        none = f"no build may go, of {builds} on the index" if builds else "the index has no build of this project"
        return "\n".join([*lines, f"{project}: {none}"])
    lines += [
        f"{project}: {len(gone)} of {builds} builds may go, {_size(*(row['size'] for row in gone))}",
        f"  how, each: {gone[0]['how']}",
        "  whoever pinned one can't install it any more, and many indexes never accept its name again",
    ]
    return "\n".join(lines)


def _size(*sizes: int | None) -> str:
    return "size unknown" if None in sizes else readable_size(sum(filter(None, sizes)))
