"""What an index says about one project."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Product = Literal["devpi", "pypiserver"]
"""Index software that shows itself, and is known not to follow PyPI's rules (FACTS: upload clients)."""


ALGORITHMS = ("sha256", "sha512", "sha384", "blake2b", "blake2s", "sha3_256", "sha3_512", "sha224", "sha1", "md5")
"""The algorithms of index pages that are compared, best first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexFile:
    """One file that an index lists."""

    filename: str
    digests: Mapping[str, str] = field(default_factory=dict)
    """Hex digests by algorithm, lower case; empty where the index gives none."""
    size: int | None = None
    """Bytes, where the index says (PEP 700)."""
    uploaded: datetime | None = None
    """When it came to the index, where the index says (PEP 700)."""
    pending: bool = False
    """Whether it isn't on the index yet, but an earlier file of the same call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Why an index couldn't be asked, or not be believed."""

    what: str
    """A sentence without secrets."""
    fix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What an index says about one project. With ``trouble``, nothing is known and ``files`` is empty."""

    project: str
    """Normalized (PEP 503)."""
    files: tuple[IndexFile, ...] = ()
    trouble: Trouble | None = None
    product: Product | None = None

    def with_pending(self, filename: str, digests: Mapping[str, str], size: int) -> Listing:
        """Return the listing as it will be once that file of the same call was uploaded."""
        coming = IndexFile(filename=filename, digests=digests, size=size, pending=True)
        return replace(self, files=(*self.files, coming))


def comparable(digests: Mapping[str, str]) -> str | None:
    """Return the strongest algorithm in ``digests`` that hashlib has everywhere, or ``None``.

    md5 and sha1 come last: old indexes give nothing else, and for telling two builds apart they are enough.
    """
    return next((name for name in ALGORITHMS if name in digests), None)
