"""Whether this process runs in a container, where a file of the user's is gone with the next build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILES = ("/.dockerenv", "/run/.containerenv")
"""What Docker and Podman leave in each container."""

_VARIABLES = ("container", "KUBERNETES_SERVICE_HOST")
"""``container`` is set by Podman, systemd-nspawn and LXC (systemd.io/CONTAINER_INTERFACE); the other by Kubernetes."""


def in_container(environ: Mapping[str, str]) -> bool:
    """Tell whether this is a container, by what the common runtimes leave there."""
    return any(environ.get(name) for name in _VARIABLES) or any(os.path.exists(path) for path in _FILES)  # noqa: PTH110
