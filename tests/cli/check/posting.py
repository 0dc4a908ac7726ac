"""A client that sends whatever a file says to a loopback index: real ones refuse some of it themselves."""

from __future__ import annotations

import hashlib
import tarfile
import urllib.error
import urllib.request
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from packaging.metadata import parse_email

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Posted(NamedTuple):
    """What an upload got."""

    status: int
    reason: str


_FIELDS = {"platforms": "platform", "supported_platforms": "supported_platform", "license_files": "license_file"}


def metadata_in(path: Path) -> bytes:
    """Return METADATA or PKG-INFO: the one nearest to the top. Empty if there is none."""
    try:
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(("/METADATA", "/PKG-INFO"))]
                return archive.read(min(names, key=lambda name: (name.count("/"), len(name)))) if names else b""
        with tarfile.open(path) as unpacked:
            names = [name for name in unpacked.getnames() if name.endswith("/PKG-INFO")]
            stream = unpacked.extractfile(min(names, key=lambda name: name.count("/"))) if names else None
            return b"" if stream is None else stream.read()
    except (zipfile.BadZipFile, NotImplementedError, tarfile.TarError, OSError, EOFError):
        return b""


def form_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the fields of the form, as twine sends them, but without asking whether they are valid."""
    raw, _ = parse_email(metadata_in(path))
    if raw.get("metadata_version", "") < "2.4":
        raw.pop("license_files", None)
    for key, value in raw.items():
        field = _FIELDS.get(key, key)
        if key == "keywords":
            yield field, ", ".join(value)  # type: ignore[arg-type]
        elif isinstance(value, dict):
            yield from ((field, f"{label}, {url}") for label, url in value.items())
        elif isinstance(value, list):
            yield from ((field, text) for text in value)
        else:
            yield field, str(value)
    yield "filetype", "bdist_wheel" if path.suffix == ".whl" else "sdist"
    yield "sha256_digest", hashlib.sha256(path.read_bytes()).hexdigest()


def post(path: Path, url: str) -> Posted:
    """Upload a file."""
    boundary = "uniqver-tests-boundary"
    body = bytearray()
    for name, value in form_of(path):
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="content"; filename="{path.name}"\r\n'
    body += head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + path.read_bytes()
    body += f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(url, bytes(body), {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return Posted(response.status, "")
    except urllib.error.HTTPError as error:
        with error:
            return Posted(error.code, error.read().decode())
