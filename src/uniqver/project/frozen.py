"""What an earlier step of the same build froze: the metadata that it prepared, and its ``uniqver.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from uniqver.errors import ArtifactError, ConfigError
from uniqver.model.core_metadata import headers
from uniqver.model.provenance import FILE_NAME, parsed

if TYPE_CHECKING:
    from pathlib import Path

_REBUILD = "build it again"


def carried_in(directory: Path, version: str) -> str | None:
    """Return the text of the ``uniqver.json`` in ``directory``, or ``None`` where there is none.

    Raises :class:`ArtifactError` where it is damaged, or of another version than the metadata beside it.
    """
    path = directory / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(what=f"{path} can't be read", fix="unpack the sdist again, or build it again") from error
    told = parsed(text, str(path)).version
    if told != version:
        raise ArtifactError(
            what=f"{path} says version {told}, and the metadata beside it says {version}",
            fix=f"unpack the sdist again; or delete {FILE_NAME}, and the wheel will not say where it came from",
        )
    return text


def read_facts(path: Path, variable: str) -> tuple[str, str]:
    """Return the text of the file that ``variable`` names, and the version that it tells.

    Raises :class:`ConfigError` where it can't be read, :class:`ArtifactError` where it is damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            what=f"{variable} names {path}, which can't be read", fix=f"{variable}=/path/to/{FILE_NAME}   (or unset it)"
        ) from error
    return text, parsed(text, str(path)).version


def version_of_dist_info(path: Path) -> dict[str, str]:
    """Return the version in a ``.dist-info`` folder's METADATA. Raises :class:`ArtifactError`."""
    try:
        text = (path / "METADATA").read_text(encoding="utf-8")
    except OSError as error:
        raise ArtifactError(what=f"{path.name} holds no METADATA", fix=_REBUILD) from error
    try:
        return {"METADATA": str(Version(headers(text).get("version", "")))}
    except InvalidVersion as error:
        raise ArtifactError(what=f"the metadata in {path.name} holds no valid version", fix=_REBUILD) from error
