"""``uniqver prune``: lists the development builds that may be deleted from an index. It deletes nothing itself.

PyPI gives a project 10 GiB and has no way to delete by program; dev builds fill that. What may go is decided by
:func:`prunable` alone, from what the index lists.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from uniqver.cli.arguments import add_index_options
from uniqver.dists.distribution import parse_filename
from uniqver.errors import UniqverError, UsageError
from uniqver.model.wording import printable, readable_size

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Mapping

    from uniqver.index.listing import IndexFile, Listing

EXAMPLE = "uniqver prune --index https://index.example/simple/ --keep 5 --days 30"


class Build(NamedTuple):
    """One version that an index lists, with all its files."""

    version: Version
    files: tuple[str, ...]
    size: int | None
    """Bytes of all files; ``None`` if the index doesn't say."""
    uploaded: datetime | None
    """When its last file came; ``None`` if the index doesn't say."""


def builds_of(files: Iterable[IndexFile]) -> tuple[Build, ...]:
    """Return the versions that an index lists, lowest first."""
    by_version: dict[Version, list[IndexFile]] = {}
    for file in files:
        if (name := parse_filename(file.filename)) is not None:
            by_version.setdefault(name.version, []).append(file)
    return tuple(_build(version, by_version[version]) for version in sorted(by_version))


def _build(version: Version, files: list[IndexFile]) -> Build:
    sizes = [file.size for file in files if file.size is not None]
    times = [file.uploaded for file in files if file.uploaded is not None]
    size = sum(sizes) if len(sizes) == len(files) else None
    uploaded = max(times) if len(times) == len(files) else None
    return Build(version, tuple(file.filename for file in files), size, uploaded)


def prunable(builds: Iterable[Build], now: datetime, *, keep: int, days: int) -> tuple[Build, ...]:
    """Return the builds that may be deleted, lowest first. Pure.

    Never a release or a post-release; never a pre-release without a later release; never the newest dev build of a
    line (the version before ``.dev``); never one that is younger than ``days``, or whose age isn't known. In a line
    that isn't released yet, the ``keep`` newest dev builds stay, at least one.
    """
    known = sorted(builds, key=lambda build: build.version)
    released = max((build.version for build in known if not build.version.is_prerelease), default=None)
    lines: dict[Version, list[Build]] = {}
    for build in known:
        if build.version.dev is not None:
            lines.setdefault(line_of(build.version), []).append(build)
    staying = {
        build.version
        for line in lines.values()
        for build in line[-(1 if _is_below(line[-1].version, released) else max(keep, 1)) :]
    }
    return tuple(
        build
        for build in known
        if build.version.is_prerelease
        and build.version not in staying
        and (build.version.dev is not None or _is_below(build.version, released))
        and build.uploaded is not None
        and now - build.uploaded > timedelta(days=days)
    )


def line_of(version: Version) -> Version:
    """Return the line of a dev build: ``1.4.1`` for ``1.4.1.dev7``, which is that of ``1.4.1.0.dev7`` too."""
    return Version(str(version).partition(".dev")[0])


def _is_below(version: Version, released: Version | None) -> bool:
    return released is not None and version < released


def add_options(parser: ArgumentParser) -> None:
    """Add to ``parser`` what only this command takes."""
    add_index_options(parser)
    parser.add_argument("--name", metavar="NAME", help="the project, where none is here")
    kept = "dev builds that stay in each line without a release (default: 5)"
    parser.add_argument("--keep", type=int, default=5, metavar="N", help=kept)
    parser.add_argument("--days", type=int, default=30, metavar="N", help="younger ones stay (default: 30)")


def run(options: Namespace) -> int:
    """Ask, print, and return the exit code. Raises :class:`UniqverError` if the index can't be asked."""
    if min(options.keep, options.days) < 0:
        raise UsageError(what="--keep and --days are not below zero", fix=EXAMPLE)
    listing = _listing(options, os.environ)
    if listing.trouble is not None:
        raise UniqverError(what=f"nothing was listed: {listing.trouble.what}", fix=listing.trouble.fix)
    builds = builds_of(listing.files)
    gone = prunable(builds, datetime.now(timezone.utc), keep=options.keep, days=options.days)
    print(_as_json(listing, builds, gone) if options.json else _as_text(listing, builds, gone))
    return 0


def _listing(options: Namespace, environ: Mapping[str, str]) -> Listing:
    """Ask the index for the project that is named, else for the one here."""
    from uniqver import config
    from uniqver.index import address, client  # libraries of an extra, which `--help` does without
    from uniqver.project.pyproject import read_project  # with --name, no project is needed

    project: str
    if options.name is not None:
        project, setting = canonicalize_name(options.name), config.read({}, environ, project=options.name).index
    else:
        here = read_project(options.project)
        if here.normalized_name is None:
            raise UniqverError(what="pyproject.toml has no [project] name", fix="name the project: --name NAME")
        project, setting = here.normalized_name, config.read(here.settings, environ, project=here.name).index
    place = address.place(options.index_url or setting, options.repository, environ)
    with client.IndexClient(place, client.Patience()) as index:
        return index.ask(project)


def _as_json(listing: Listing, builds: tuple[Build, ...], gone: tuple[Build, ...]) -> str:
    rows = [
        {
            "version": str(build.version),
            "files": list(build.files),
            "size": build.size,
            "uploaded": None if build.uploaded is None else build.uploaded.isoformat(),
            "how": _how(listing, build),
        }
        for build in gone
    ]
    shown = {"project": listing.project, "index": listing.profile.key, "builds": len(builds), "prunable": rows}
    return json.dumps(shown, indent=2)


def _as_text(listing: Listing, builds: tuple[Build, ...], gone: tuple[Build, ...]) -> str:
    undated = sum(build.uploaded is None and build.version.is_prerelease for build in builds)
    lines = [f"{build.version}  {_shown(build.size)}  {printable(' '.join(build.files))}" for build in gone]
    if undated:
        lines.append(f"uniqver: note: the index doesn't say how old {undated} builds are, so they stay")
    if not gone:
        return "\n".join([*lines, f"{listing.project}: no build may go, of {len(builds)} on the index"])
    freed = None if any(build.size is None for build in gone) else sum(build.size or 0 for build in gone)
    lines += [
        f"{listing.project}: {len(gone)} of {len(builds)} builds may go, {_shown(freed)}",
        f"  how, each: {_how(listing, gone[0])}",
        "  their names are then gone for ever where the index keeps them; whoever pinned one can't install it any more",
    ]
    return "\n".join(lines)


def _how(listing: Listing, build: Build) -> str:
    return listing.profile.deletion.format(project=listing.project, version=build.version)


def _shown(size: int | None) -> str:
    return "size unknown" if size is None else readable_size(size)
