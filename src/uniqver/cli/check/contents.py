"""What a file holds, as far as rules judge it: read once, within the limits of :mod:`uniqver.dists.archive`."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from uniqver import dists
from uniqver.cli.check.framing import framing_fault
from uniqver.dists.archive import MAX_TEXT, Entry
from uniqver.dists.comparison import record_rows
from uniqver.dists.distribution import sdist_from, wheel_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from uniqver.dists.distribution import Distribution

SCANNED = (".py", ".pye")
"""Endings of members that PyPI looks into (warehouse/utils/scanner.py:19, read 2026-11-24)."""
MAX_SCANNED = 5 * 1024 * 1024
"""Bytes: PyPI looks into no larger member (warehouse/utils/scanner.py:22, read 2026-11-24)."""

_KEPT = re.compile(r"[^/]+\.dist-info/(?:METADATA|RECORD|entry_points\.txt)|(?:.*/)?PKG-INFO")


class Contents(NamedTuple):
    """What a file holds beside what its :class:`~uniqver.dists.distribution.Distribution` says."""

    texts: Mapping[str, bytes] = MappingProxyType({})
    """METADATA, RECORD, entry points and PKG-INFO, by member."""
    marks: tuple[tuple[str, str], ...] = ()
    """Each member that an obfuscator made, with the obfuscator's name."""
    framing: str | None = None
    """What is wrong with a zip file's frame: a clause."""
    is_both: bool = False
    """Whether it can be read as a zip file and as a tar file."""


def read_file(path: Path) -> tuple[Distribution, Contents]:
    """Return what the wheel or sdist at ``path`` says and holds. Raises :class:`ArtifactError` if it can't be read."""
    texts: dict[str, bytes] = {}
    marks: list[tuple[str, str]] = []
    with dists.opened(path) as entries:
        looked = _looked_into(entries, texts, marks)
        found = wheel_from(path.name, looked) if path.suffix == ".whl" else sdist_from(path.name, looked)
        for name, text in texts.items():
            if name.endswith("/RECORD"):
                record_rows(text.decode("utf-8", "replace"))  # within the limits for hostile files
    is_zip = zipfile.is_zipfile(path)
    return found, Contents(
        texts=texts,
        marks=tuple(marks),
        framing=framing_fault(path) if path.suffix == ".whl" else None,
        is_both=is_zip and tarfile.is_tarfile(path),
    )


def _looked_into(entries: Iterable[Entry], texts: dict[str, bytes], marks: list[tuple[str, str]]) -> Iterator[Entry]:
    """Yield ``entries``, and note in ``texts`` and ``marks`` what is in them. A tar's member can be read only once."""
    for entry in entries:
        name, size = entry.member.name, entry.member.size
        is_kept = _KEPT.fullmatch(name) is not None and size <= MAX_TEXT
        is_scanned = PurePosixPath(name).suffix.lower() in SCANNED and size <= MAX_SCANNED
        if entry.member.kind != "file" or not (is_kept or is_scanned):
            yield entry
            continue
        content = b"".join(entry.pieces())
        if is_kept:
            texts[name] = content
        elif (made_by := obfuscator(content)) is not None:
            marks.append((name, made_by))
        yield Entry(entry.member, lambda content=content: io.BytesIO(content))  # type: ignore[misc]


_PYARMOR = (
    b"__pyarmor__(__name__, __file__,",
    b"__pyarmor_enter__",
    b"__pyarmor_exit__",
    b"__pyarmor_assert__",
    b"__pyarmor_bcc__",
)
_SOURCEDEFENDER = (b"---BEGIN PYE FILE---", b"---END PYE FILE---")


def obfuscator(content: bytes) -> str | None:
    """Return the name of the obfuscator that wrote ``content``, by its marks.

    warehouse/utils/scanner_rules: pyarmor.yar (any of its marks), sourcedefender.yar (both), read 2026-11-24.
    """
    if b"__pyarmor_" in content and any(mark in content for mark in _PYARMOR):
        return "PyArmor"
    return "SourceDefender" if all(mark in content for mark in _SOURCEDEFENDER) else None
