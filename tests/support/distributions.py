"""Small wheels and sdists made by hand: valid ones, and ones that are wrong in one known way."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_DATE = (2020, 1, 1, 0, 0, 0)


def core_metadata(name: str, version: str, *, metadata_version: str = "2.1", extra: str = "", text: str = "") -> str:
    """The text of METADATA or PKG-INFO."""
    return f"Metadata-Version: {metadata_version}\nName: {name}\nVersion: {version}\nSummary: A sample\n{extra}\n{text}"


def wheel(
    folder: Path,
    name: str = "sample",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    content: str = "",
    filename: str | None = None,
    metadata: str | None = None,
    members: Mapping[str, bytes] | None = None,
    without: tuple[str, ...] = (),
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Make a wheel with one package, the same bytes for the same arguments.

    ``content`` makes it differ, ``members`` adds to it, ``without`` leaves members out whose names end so.
    """
    package = name.replace("-", "_").replace(".", "_").lower()
    info = f"{package}-{version}.dist-info"
    contents = {
        f"{package}/__init__.py": f"__version__ = {version!r}\n{content}\n".encode(),
        **(members or {}),
        f"{info}/METADATA": (metadata or core_metadata(name, version)).encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    contents = {key: value for key, value in contents.items() if not key.endswith(without or ("\0",))}
    if not without or "/RECORD" not in without:
        contents[f"{info}/RECORD"] = _record(contents, f"{info}/RECORD")
    path = folder / (filename or f"{package}-{version}-{tag}.whl")
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for key, value in contents.items():
            entry = zipfile.ZipInfo(key, _DATE)
            entry.compress_type = compression
            archive.writestr(entry, value)
    return path


def sdist(
    folder: Path,
    name: str = "sample",
    version: str = "1.0",
    *,
    content: str = "",
    suffix: str = ".tar.gz",
    filename: str | None = None,
    metadata: str | None = None,
    members: Mapping[str, bytes] | None = None,
    without: tuple[str, ...] = (),
) -> Path:
    """Make an sdist, the same bytes for the same arguments."""
    stem = f"{name.replace('-', '_').replace('.', '_').lower()}-{version}"
    contents = {
        f"{stem}/PKG-INFO": (metadata or core_metadata(name, version)).encode(),
        f"{stem}/pyproject.toml": f"# {content}\n".encode(),
        **(members or {}),
    }
    contents = {key: value for key, value in contents.items() if not key.endswith(without or ("\0",))}
    path = folder / (filename or f"{stem}{suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for key, value in contents.items():
                archive.writestr(zipfile.ZipInfo(key, _DATE), value)
        return path
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for key, value in contents.items():
            member = tarfile.TarInfo(key)
            member.size = len(value)
            archive.addfile(member, io.BytesIO(value))
    return path


def _record(contents: Mapping[str, bytes], own: str) -> bytes:
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for key, value in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(value).digest()).rstrip(b"=").decode()
        writer.writerow((key, f"sha256={digest}", len(value)))
    writer.writerow((own, "", ""))
    return rows.getvalue().encode()
