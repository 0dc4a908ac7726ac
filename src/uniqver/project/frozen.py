"""Versions that an earlier step froze: an sdist's PKG-INFO, prepared metadata, and ``uniqver.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from uniqver.errors import ArtifactError, ConfigError, ProjectError
from uniqver.files import read_text
from uniqver.model.provenance import FILE_NAME, core_metadata, parsed
from uniqver.project import normalized

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.project import Project

_REBUILD = "build it again"


def frozen_version(project: Project) -> tuple[str | None, str | None]:
    """Return the version that an sdist froze in ``PKG-INFO``, and the reason if there is one that isn't used.

    Raises :class:`ProjectError` if the file is of this project, and can't be read or has no valid version.
    """
    path = project.directory / "PKG-INFO"
    try:
        found = core_metadata(read_text(path))
    except FileNotFoundError:
        return None, None
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_pkg_info(path, "can't be read") from error
    if project.name is not None and normalized(found.name or "") != project.normalized_name:
        return None, f"PKG-INFO is of {found.name or 'no project'!r}, not of {project.name!r}"
    try:
        return str(Version(found.version or "")), None
    except ValueError as error:  # InvalidVersion is one; so are more digits than Python reads
        raise _bad_pkg_info(path, f"has no valid version ({found.version or ''!r})") from error


def _bad_pkg_info(path: Path, why: str) -> ProjectError:
    return ProjectError(what=f"{path} {why}", fix="unpack the sdist again; in a checkout, delete PKG-INFO")


def carried_in(directory: Path, version: str) -> str | None:
    """Return the text of the ``uniqver.json`` in ``directory``, or ``None`` if there is none.

    Raises :class:`ArtifactError` if it is damaged, or of another version than the metadata beside it.
    """
    path = directory / FILE_NAME
    try:
        text = read_text(path)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(what=f"{path} can't be read", fix="unpack the sdist again, or build it again") from error
    told = parsed(text, str(path)).version
    if told != version:
        fix = f"unpack the sdist again; or delete {FILE_NAME}, and the wheel will not report where it came from"
        raise ArtifactError(what=f"{path} has version {told}, and the metadata beside it {version}", fix=fix)
    return text


def read_facts(path: Path, variable: str) -> tuple[str, str]:
    """Return the text of the file that ``variable`` names, and the version in it.

    Raises :class:`ConfigError` if it can't be read, or is not such a file.
    """
    fix = f"{variable}=/path/to/{FILE_NAME}   (or unset it)"
    try:
        text = read_text(path)
        return text, parsed(text, str(path)).version
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(what=f"{variable} names {path}, which can't be read", fix=fix) from error
    except ArtifactError as error:
        raise ConfigError(what=f"{variable}: {error.what}", fix=f"{fix}; or {error.fix}") from error


def version_of_dist_info(path: Path) -> dict[str, str]:
    """Return the version in a ``.dist-info`` folder's METADATA. Raises :class:`ArtifactError`."""
    try:
        text = read_text(path / "METADATA")
    except OSError as error:
        raise ArtifactError(what=f"{path.name} has no METADATA", fix=_REBUILD) from error
    try:
        return {"METADATA": str(Version(core_metadata(text).version or ""))}
    except ValueError as error:  # InvalidVersion is one; so are more digits than Python reads
        raise ArtifactError(what=f"the metadata in {path.name} has no valid version", fix=_REBUILD) from error
