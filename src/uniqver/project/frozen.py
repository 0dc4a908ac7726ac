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


def frozen_version(project: Project) -> tuple[str | None, str | None]:
    """Return the version that an sdist froze in ``PKG-INFO``, or why that isn't used.

    Raises :class:`ProjectError` if this project's file can't be read or has no valid version.
    """
    path = project.directory / "PKG-INFO"
    why = "can't be read"
    try:
        found = core_metadata(read_text(path))
        if project.name is not None and normalized(found.name or "") != project.normalized_name:
            return None, f"PKG-INFO is of {found.name or 'no project'!r}, not of {project.name!r}"
        why = f"has no valid version ({found.version or ''!r})"
        return str(Version(found.version or "")), None
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError) as error:  # not UTF-8, InvalidVersion, and more digits than Python reads
        fix = "unpack the sdist again; in a checkout, delete PKG-INFO"
        raise ProjectError(what=f"{path} {why}", fix=fix) from error


def carried_in(directory: Path, version: str) -> str | None:
    """Return the text of the ``uniqver.json`` in ``directory``, if there is one.

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
    """Return the text of the ``uniqver.json`` that ``variable`` names, and its version. Raises :class:`ConfigError`."""
    fix = f"{variable}=/path/to/{FILE_NAME}   (or unset it)"
    try:
        text = read_text(path)
        return text, parsed(text, str(path)).version
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(what=f"{variable} names {path}, which can't be read", fix=fix) from error
    except ArtifactError as error:
        raise ConfigError(what=f"{variable}: {error.what}", fix=f"{fix}; or {error.fix}") from error


def version_of_dist_info(path: Path) -> str:
    """Return the version in a ``.dist-info`` folder's METADATA. Raises :class:`ArtifactError`."""
    try:
        return str(Version(core_metadata(read_text(path / "METADATA")).version or ""))
    except OSError as error:
        raise ArtifactError(what=f"{path.name} has no METADATA", fix="build it again") from error
    except ValueError as error:  # not UTF-8, InvalidVersion, and more digits than Python reads
        what = f"the metadata in {path.name} has no valid version"
        raise ArtifactError(what=what, fix="build it again") from error
