"""Makes the counter that a setting names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.errors import ConfigError
from uniqver.redact import without_credentials

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.counters.protocol import Counter

FILE_NAME = "counter.sqlite3"


def open_counter(setting: str, *, directory: Path) -> Counter:
    """Return the counter that ``counter`` in the settings names; ``directory`` is for local state.

    Raises :class:`ConfigError` for a scheme that nobody knows.
    """
    if setting == "local":
        from uniqver.counters.local import LocalCounter

        return LocalCounter(directory / FILE_NAME)
    raise ConfigError(
        what=f"counter = {without_credentials(setting)!r}: no such kind of counter is installed",
        fix='counter = "local" in [tool.uniqver]',
    )
