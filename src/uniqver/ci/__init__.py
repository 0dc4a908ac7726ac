"""CI systems: what their variables say about a run, and what of it may be trusted."""

from uniqver.ci.detect import detect

__all__ = ["detect"]
