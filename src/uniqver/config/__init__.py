"""``[tool.uniqver]`` and the variables that go with it: read, checked, and every problem found at once.

Pure: the table and the environment come in as mappings. ``settings`` declares the keys.
"""

from uniqver.config.environment import (
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
from uniqver.config.settings import BranchRule, Config

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
