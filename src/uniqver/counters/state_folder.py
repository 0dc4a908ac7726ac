"""Where this user's state belongs on this system. Never in a folder that others can write."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.errors import CounterError

if TYPE_CHECKING:
    from collections.abc import Mapping


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return the folder for uniqver's state: by the XDG base directories, or the system's own custom.

    It may not exist yet; who makes it makes it private (0700). Raises :class:`CounterError` for a user
    without a home folder.
    """
    configured = environ.get("XDG_STATE_HOME", "")
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local") / "uniqver"
    # "All paths must be absolute. … a relative path … should be considered invalid and ignored." (XDG)
    if os.path.isabs(configured):  # noqa: PTH117
        return Path(configured, "uniqver")
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "uniqver"
    return _home() / ".local" / "state" / "uniqver"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:  # a container that runs as a user nobody knows
        raise CounterError(
            what="this user has no home folder, and the record of builds belongs there",
            fix="XDG_STATE_HOME=/a/folder/of/this/user   (an absolute path that is kept from build to build)",
        ) from error
