"""Reads what an artifact says about itself, in all the places where it does: wheel, sdist, installed distribution."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from uniqver.errors import ArtifactError
from uniqver.model.core_metadata import headers
from uniqver.model.provenance import FILE_NAME
from uniqver.model.version_file import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import Distribution
    from pathlib import Path

Kind = Literal["wheel", "sdist", "installed"]

_VERSION_LINE = re.compile(r'^__version__ = version = "(.+)"$', re.MULTILINE)
_UNHASHED = ("/RECORD", "/RECORD.jws", "/RECORD.p7s")
"""In ``.dist-info``: what RECORD can't hold a hash of (PEP 427)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What one artifact says about itself."""

    name: str
    """Its file name, or the name of the distribution."""
    kind: Kind
    project: str | None
    version: str | None
    """As its metadata have it."""
    projects: Mapping[str, str]
    """Each place that names the project, with that name, normalized."""
    versions: Mapping[str, str]
    """Each place that says a version, with that version, normalized."""
    version_files: Mapping[str, str]
    """Each version file that uniqver wrote, with the version that it says."""
    provenance: str | None
    """The text of ``uniqver.json``."""
    generator: str | None = None
    """What made a wheel, by its file WHEEL: ``setuptools (84.2.1)``."""
    broken: tuple[str, ...] = ()
    """Sentences: where RECORD and the files disagree."""


def read_contents(path: Path) -> Contents:
    """Read a wheel or an sdist. Raises :class:`ArtifactError` where it is neither, or can't be read."""
    try:
        return _wheel(path) if path.suffix == ".whl" else _sdist(path)
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise ArtifactError(
            what=str(error), fix="name a file as its index would: NAME-VERSION….whl or .tar.gz"
        ) from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise ArtifactError(what=f"{path.name} can't be read: {error}", fix="download or build it again") from error


def read_installed(name: str) -> Contents:
    """Read the installed distribution ``name``. Raises :class:`ArtifactError` where there is none."""
    from importlib.metadata import PackageNotFoundError, distribution  # only for this

    try:
        found = distribution(name)
    except (PackageNotFoundError, ValueError) as error:
        raise ArtifactError(
            what=f"{name} is no file, no folder and no installed distribution",
            fix="name a .whl, a .tar.gz, a folder with some, or what is installed in this environment",
        ) from error
    said = headers(found.read_text("METADATA") or found.read_text("PKG-INFO") or "")
    broken, version_files = _installed_files(found)
    return Contents(
        name=name,
        kind="installed",
        project=said.get("name"),
        version=said.get("version"),
        projects={"METADATA": canonicalize_name(said.get("name", ""))},
        versions={"METADATA": _normalized(said.get("version", ""))},
        version_files=version_files,
        provenance=found.read_text(FILE_NAME),
        broken=tuple(broken),
    )


def _wheel(path: Path) -> Contents:
    project, version, *_ = parse_wheel_filename(path.name)
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if not name.endswith("/")]
        folder = next((n.partition("/")[0] for n in names if n.partition("/")[0].endswith(".dist-info")), "")
        inside = {name.rpartition("/")[2]: name for name in names if name.rpartition("/")[0] == folder and folder}
        said = headers(_text(wheel, inside.get("METADATA")))
        made_by = headers(_text(wheel, inside.get("WHEEL"))).get("generator")
        texts = {name: _text(wheel, name) for name in names if name.endswith("_version.py")}
        broken = _against_record(wheel, names, inside.get("RECORD"), folder)
        provenance = _text(wheel, inside[FILE_NAME]) if FILE_NAME in inside else None
    named = folder.removesuffix(".dist-info").rpartition("-")
    return Contents(
        name=path.name,
        kind="wheel",
        project=said.get("name"),
        version=said.get("version"),
        projects={
            "file name": project,
            ".dist-info": canonicalize_name(named[0]),
            "METADATA": canonicalize_name(said.get("name", "")),
        },
        versions={
            "file name": str(version),
            ".dist-info": _normalized(named[2].replace("_", "-")),
            "METADATA": _normalized(said.get("version", "")),
        },
        version_files=_version_files(texts),
        provenance=provenance,
        generator=made_by,
        broken=tuple(broken),
    )


def _sdist(path: Path) -> Contents:
    project, version = parse_sdist_filename(path.name)
    wanted = ("PKG-INFO", FILE_NAME)
    texts: dict[str, str] = {}
    tops: set[str] = set()
    with tarfile.open(path) as sdist:
        for member in sdist:
            top, _, inside = member.name.partition("/")
            tops.add(top)
            file = sdist.extractfile(member) if inside in wanted or inside.endswith("_version.py") else None
            if file is not None:
                texts[inside] = file.read().decode("utf-8", "replace")
    said = headers(texts.get("PKG-INFO", ""))
    top = path.name.removesuffix(".tar.gz")
    return Contents(
        name=path.name,
        kind="sdist",
        project=said.get("name"),
        version=said.get("version"),
        projects={"file name": project, "PKG-INFO": canonicalize_name(said.get("name", ""))},
        versions={"file name": str(version), "PKG-INFO": _normalized(said.get("version", ""))},
        version_files=_version_files({name: text for name, text in texts.items() if name.endswith("_version.py")}),
        provenance=texts.get(FILE_NAME),
        broken=() if tops == {top} else (f"its files lie in {', '.join(sorted(tops)) or 'no folder'}, not in {top}",),
    )


def _text(wheel: zipfile.ZipFile, name: str | None) -> str:
    return "" if name is None else wheel.read(name).decode("utf-8", "replace")


def _normalized(version: str) -> str:
    try:
        return str(Version(version))
    except InvalidVersion:
        return version or "nothing"


def _version_files(texts: Mapping[str, str]) -> dict[str, str]:
    found = {name: _VERSION_LINE.search(text) for name, text in texts.items() if MARK in text}
    return {name: "nothing" if match is None else match[1] for name, match in found.items()}


def _against_record(wheel: zipfile.ZipFile, names: Iterable[str], record: str | None, folder: str) -> list[str]:
    """Compare RECORD with the files of a wheel: each must be there, with its hash and its size."""
    if record is None:
        return ["there is no RECORD"]
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(_text(wheel, record), newline="")) if row}
    unhashed = {folder + name for name in _UNHASHED}
    broken = [f"RECORD lists {name}, which isn't there" for name in rows if name not in set(names)]
    for name in names:
        if name not in rows:
            if name not in unhashed:
                broken.append(f"{name} is not in RECORD")
        elif name not in unhashed:
            with wheel.open(name) as file:
                if not _holds(file, *rows[name][:2]):
                    broken.append(f"{name} is not what RECORD says")
    return broken


def _holds(file: IO[bytes], hashed: str = "", size: str = "") -> bool:
    algorithm, _, wanted = hashed.partition("=")
    try:
        digest = hashlib.new(algorithm)
    except ValueError:
        return False
    length = 0
    while piece := file.read(1 << 20):
        digest.update(piece)
        length += len(piece)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode() == wanted and size in ("", str(length))


def _installed_files(found: Distribution) -> tuple[list[str], dict[str, str]]:
    """Compare an installation's RECORD with its files, and read its version files."""
    from pathlib import Path

    broken: list[str] = []
    texts: dict[str, str] = {}
    for file in found.files or ():
        path = Path(str(file.locate()))
        if not path.is_file():
            # .pyc files come and go; what lies outside (scripts) `pip install --target` puts elsewhere
            if file.suffix != ".pyc" and ".." not in file.parts:
                broken.append(f"RECORD lists {file}, which isn't there")
            continue
        if file.hash is not None:
            with path.open("rb") as opened:
                size = "" if file.size is None else str(file.size)
                if not _holds(opened, f"{file.hash.mode}={file.hash.value}", size):
                    broken.append(f"{file} is not what RECORD says")
        if file.name.endswith("_version.py"):
            texts[str(file)] = path.read_text(encoding="utf-8", errors="replace")
    return broken, _version_files(texts)
