"""Where this user's state belongs on this system. Never in a folder that others can write."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return the folder for uniqver's state: by the XDG base directories, or the system's own custom.

    It may not exist yet; who makes it makes it private (0700).
    """
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "uniqver"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "uniqver"
    configured = environ.get("XDG_STATE_HOME", "")
    # "All paths must be absolute. … a relative path … should be considered invalid and ignored." (XDG)
    base = Path(configured) if os.path.isabs(configured) else Path.home() / ".local" / "state"  # noqa: PTH117
    return base / "uniqver"
