"""``[tool.uniqver]`` and the variables ``UNIQVER_…``: declared once, read and checked. Pure."""

from uniqver.config.settings import BranchRule, Config
from uniqver.config.variables import (
    BUILD_ID,
    BUILD_NUMBER,
    COMMIT,
    EPOCH,
    FACTS,
    GIT_TIMEOUT,
    PIN,
    read,
    setting,
    unknown_variables,
    variable_for,
)

__all__ = [
    "BUILD_ID",
    "BUILD_NUMBER",
    "COMMIT",
    "EPOCH",
    "FACTS",
    "GIT_TIMEOUT",
    "PIN",
    "BranchRule",
    "Config",
    "read",
    "setting",
    "unknown_variables",
    "variable_for",
]
