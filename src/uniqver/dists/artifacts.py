"""Reads which version an artifact carries: its file name and the metadata inside.

What reads archives is imported where one is read: most hooks make none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from uniqver.errors import ArtifactError
from uniqver.model.core_metadata import headers

if TYPE_CHECKING:
    from pathlib import Path

_REBUILD = "build it again"


def versions_of_wheel(path: Path) -> dict[str, str]:
    """Return the version in a wheel's file name and in its METADATA. Raises :class:`ArtifactError`."""
    import zipfile

    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        named = str(parse_wheel_filename(path.name)[1])
        with zipfile.ZipFile(path) as archive:
            member = next(
                name for name in archive.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA")
            )
            text = archive.read(member).decode("utf-8", "replace")
    except (InvalidWheelFilename, StopIteration, zipfile.BadZipFile, OSError) as error:
        raise ArtifactError(
            what=f"{path.name} is no valid wheel: {str(error) or 'no METADATA'}", fix=_REBUILD
        ) from error
    return {"file name": named, "METADATA": _version_header(text, path)}


def versions_of_sdist(path: Path) -> dict[str, str]:
    """Return the version in an sdist's file name and in its PKG-INFO. Raises :class:`ArtifactError`."""
    import tarfile

    from packaging.utils import InvalidSdistFilename, parse_sdist_filename

    try:
        named = str(parse_sdist_filename(path.name)[1])
        text = _pkg_info(path)
    except (InvalidSdistFilename, tarfile.TarError, EOFError, OSError) as error:
        raise ArtifactError(what=f"{path.name} is no valid sdist: {error}", fix=_REBUILD) from error
    return {"file name": named, "PKG-INFO": _version_header(text, path)}


def _pkg_info(path: Path) -> str:
    import tarfile

    with tarfile.open(path, "r|gz") as archive:  # a stream: ends as soon as the file is found
        for member in archive:
            if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO"):
                file = archive.extractfile(member)
                return "" if file is None else file.read().decode("utf-8", "replace")
    raise ArtifactError(what=f"{path.name} holds no PKG-INFO", fix=_REBUILD)


def _version_header(text: str, path: Path) -> str:
    try:
        return str(Version(headers(text).get("version", "")))
    except InvalidVersion as error:
        raise ArtifactError(what=f"the metadata in {path.name} holds no valid version", fix=_REBUILD) from error
