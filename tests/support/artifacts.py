"""What sdists and wheels hold, read without uniqver's own code."""

from __future__ import annotations

import email
import re
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def wheel_members(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def sdist_members(sdist: Path) -> dict[str, bytes]:
    """Return the files of an sdist, named from inside its one top folder."""
    with tarfile.open(sdist) as archive:
        files = [member for member in archive if member.isfile()]
        return {m.name.split("/", 1)[1]: archive.extractfile(m).read() for m in files}  # type: ignore[union-attr]


def versions_in(members: dict[str, bytes]) -> set[str]:
    """Return every version that metadata and version files among ``members`` say."""
    found: set[str] = set()
    for name, content in members.items():
        if name.endswith(("/METADATA", "PKG-INFO")):
            found.add(email.message_from_bytes(content)["Version"])
        elif name.rpartition("/")[2] == "_version.py":
            match = re.search(r'^__version__ = version = "(.+)"$', content.decode(), re.MULTILINE)
            found.add(match[1] if match else f"nothing in {name}")
    return found


def version_of_name(artifact: Path) -> str:
    """Return the version in a file name."""
    stem = artifact.name.removesuffix(".tar.gz").removesuffix(".whl")
    return stem.split("-")[1]


def assert_all_say(version: str, *artifacts: Path) -> None:
    """Assert that file name, metadata and version file of each artifact say ``version``."""
    assert artifacts
    for artifact in artifacts:
        members = wheel_members(artifact) if artifact.suffix == ".whl" else sdist_members(artifact)
        assert version_of_name(artifact) == version
        assert versions_in(members) == {version}


def unpacked(sdist: Path, into: Path) -> Path:
    """Unpack an sdist; return its top folder."""
    with tarfile.open(sdist) as archive:
        archive.extractall(into, filter="data")
    return into / sdist.name.removesuffix(".tar.gz")
