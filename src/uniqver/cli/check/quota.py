"""How full a project is on its index, and how many builds of this size are left. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from uniqver.index.listing import Listing

MIB = 1024 * 1024
TIGHT = 0.1
"""Below this part of the limit, what is left is a warning."""


class Quota(NamedTuple):
    """The room of one project on its index."""

    project: str
    used: int
    """Bytes of all listed files."""
    adds: int
    """Bytes of the files of this call that are free."""
    limit: int | None
    """Bytes; ``None`` if the index has no limit that is known, or if it was raised."""

    @property
    def left(self) -> int | None:
        """How many more builds of this size fit after this one; ``None`` if nobody knows."""
        if self.limit is None or not self.adds:
            return None
        return max(0, self.limit - self.used - self.adds) // self.adds

    @property
    def is_tight(self) -> bool:
        """Whether less than a tenth of the limit is left after this upload."""
        return self.limit is not None and self.limit - self.used - self.adds < TIGHT * self.limit

    def __str__(self) -> str:
        of = "" if self.limit is None else f" of {size(self.limit)}"
        text = f"{self.project}: {size(self.used)}{of} used, this upload adds {size(self.adds)}"
        if self.left is not None:
            text += f", room for {self.left:,} more of this size"
        return f"{text} (uniqver prune lists what may go)" if self.is_tight else text


def quota_of(listing: Listing, adds: int) -> Quota | None:
    """Return the room of a project, once ``adds`` bytes are uploaded; ``None`` if the index doesn't show sizes."""
    sizes = [file.size for file in listing.files if not file.pending]
    if listing.trouble is not None or not sizes or None in sizes:
        return None
    used, limit = sum(size or 0 for size in sizes), listing.profile.quota
    return Quota(listing.project, used, adds, limit if limit is not None and used <= limit else None)


def size(number: int) -> str:
    """Return a number of bytes as people read it."""
    if number < MIB:
        return f"{number / 1024:.1f} KiB"
    return f"{number / MIB:.1f} MiB" if number < 1024 * MIB else f"{number / MIB / 1024:.1f} GiB"
