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

from uniqver.dists.archive import reading
from uniqver.dists.comparison import record_rows, unlike_installed, unlike_record
from uniqver.dists.distribution import installed_from, packed_version, required_filename, sdist_from, wheel_from
from uniqver.errors import ArtifactError
from uniqver.model.provenance import FILE_NAME
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from uniqver.dists.archive import Entry
    from uniqver.dists.distribution import Distribution


def opened(path: Path) -> AbstractContextManager[Iterator[Entry]]:
    """Open the wheel or sdist at ``path`` (by its ending), and give its members one after another.

    Raises :class:`ArtifactError`, also while the members are read.
    """
    if path.name.endswith(".tar.gz"):
        from uniqver.dists.sdist import opened_tar

        return opened_tar(path)
    from uniqver.dists.wheel import opened_zip

    return opened_zip(path, "wheel" if path.suffix == ".whl" else "sdist")


def read(path: Path, *, contents: bool = False) -> Distribution:
    """Return what the wheel or sdist at ``path`` says. Raises :class:`ArtifactError` if it is neither, or broken.

    METADATA of a wheel is compared with RECORD, with ``contents`` each of its files; what differs is a problem.
    """
    required_filename(path.name)
    with opened(path) as entries:
        if path.suffix != ".whl":
            return sdist_from(path.name, entries)
        members = list(entries)
        found = wheel_from(path.name, members)
        return found._replace(problems=(*found.problems, *unlike_record(members, metadata_only=not contents)))


def read_installed(name: str) -> Distribution:
    """Return what the installed distribution ``name`` says. Raises :class:`ArtifactError` if there is none.

    Its files are compared with RECORD; what differs is a problem.
    """
    try:
        found = importlib.metadata.distribution(name)
        texts = {file: found.read_text(file) for file in ("METADATA", "PKG-INFO", "RECORD", FILE_NAME)}
    except (importlib.metadata.PackageNotFoundError, ValueError, OSError) as error:
        raise ArtifactError(
            what=f"{printable(name)} is not a file, a folder or an installed distribution",
            fix="name a .whl, a .tar.gz, a folder with some, or what is installed in this environment",
        ) from error
    with reading(name, "installation"):
        rows = record_rows(texts["RECORD"] or "")
        files = {place: Path(str(found.locate_file(place))) for place in rows}
        problems = unlike_installed(rows, files)
        version_files = dict(_version_files(files))
    return installed_from(name, texts, version_files)._replace(problems=tuple(problems))


def _version_files(files: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    for place, path in files.items():
        if place.endswith("_version.py") and path.is_file():
            version = packed_version(path.read_text(encoding="utf-8", errors="replace"))
            if version is not None:
                yield place, version
