"""Wheels, sdists and installations: the one place that reads, normalizes and compares them.

``read`` and ``read_installed`` return a :class:`~uniqver.dists.distribution.Distribution`; ``opened`` gives the
members. All three keep to the limits of :mod:`uniqver.dists.archive`. Hooks, which have just built what they look at,
use ``normalize_wheel`` and ``normalize_sdist`` of the modules :mod:`~uniqver.dists.wheel` and
:mod:`~uniqver.dists.sdist`. What reads one format is imported for it only: a wheel's hook needs no tarfile.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.dists.archive import Entry, Member, reading, require_file
from uniqver.dists.distribution import distribution_from, installation_from, required_filename
from uniqver.dists.wheel import opened_zip, record_rows, unlike_record, wheel_unlike_record
from uniqver.errors import ArtifactError
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from uniqver.dists.distribution import Distribution


def opened(path: Path) -> AbstractContextManager[Iterator[Entry]]:
    """Open the wheel or sdist at ``path`` (by its ending), and give its members one after another.

    Raises :class:`ArtifactError` if it is not a file, and while the members are read.
    """
    require_file(path)
    if path.name.endswith(".tar.gz"):
        from uniqver.dists.sdist import opened_tar

        return opened_tar(path)
    return opened_zip(path, "wheel" if path.suffix == ".whl" else "sdist")


def read(path: Path, *, contents: bool = False) -> Distribution:
    """Return what the wheel or sdist at ``path`` says. Raises :class:`ArtifactError` if it is neither, or broken.

    METADATA of a wheel is compared with RECORD, with ``contents`` each of its files; what differs is a problem.
    """
    required_filename(path.name)
    with opened(path) as entries:
        if path.suffix != ".whl":
            return distribution_from(path.name, entries)
        members = list(entries)
        found = distribution_from(path.name, members)
        return found._replace(problems=(*found.problems, *wheel_unlike_record(members, metadata_only=not contents)))


def read_installed(name: str) -> Distribution:
    """Return what the installed distribution ``name`` says. Raises :class:`ArtifactError` if there is none.

    Its files are compared with RECORD; what differs is a problem.
    """
    try:
        found = importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError) as error:
        raise ArtifactError(
            what=f"{printable(name)} is not a file, a folder or an installed distribution",
            fix="name a .whl, a .tar.gz, a folder with some, or what is installed in this environment",
        ) from error
    with reading(name, "installation"):
        rows = record_rows(found.read_text("RECORD") or "")
        paths = {place: Path(str(found.locate_file(place))) for place in rows}
        files = {place: _entry(place, path) for place, path in paths.items() if path.is_file()}
        for place in rows.keys() - files.keys():
            # .pyc files come and go; what is outside (scripts), `pip install --target` puts elsewhere
            if place.endswith(".pyc") or ".." in place.split("/"):
                del rows[place]
        problems = unlike_record(rows, files, unhashed={place for place, (hashed, _) in rows.items() if not hashed})
        return installation_from(name, found.read_text, files.values())._replace(problems=tuple(problems))


def _entry(place: str, path: Path) -> Entry:
    return Entry(Member(place, "file", size=path.stat().st_size), lambda: path.open("rb"))
