"""What is asked of the resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from uniqver.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from uniqver.config import Config
    from uniqver.tree import Project

Purpose = Literal["peek", "build", "allocate"]
"""``peek`` takes no number; ``build`` takes one for the hook of a frontend; ``allocate`` one of its own."""


class Request(Value):
    """One question: which version does this project get, here and now?"""

    project: Project
    config: Config
    environ: Mapping[str, str]
    now: int
    """Seconds since the epoch, UTC."""
    purpose: Purpose
    hook: str | None = None
    """The hook that makes something (``build_wheel``); also when its ``get_requires_for_…`` only peeks."""
    metadata_directory: Path | None = None
    """Where ``prepare_metadata_for_…`` left its ``.dist-info``, if the frontend hands that on."""
