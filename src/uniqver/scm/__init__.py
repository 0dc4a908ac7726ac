"""setuptools-scm: whether it is needed and there, what it says about a tree, and how it is told a version."""

from uniqver.scm.handback import handed_back, own_finder_only
from uniqver.scm.need import REQUIREMENT, is_missing, marker_at, require

__all__ = [
    "REQUIREMENT",
    "handed_back",
    "is_missing",
    "marker_at",
    "own_finder_only",
    "require",
]
