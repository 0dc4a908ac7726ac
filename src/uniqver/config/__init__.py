"""``[tool.uniqver]`` and the variables that go with it: read, checked, and every problem found at once.

Pure: the table and the environment come in as mappings. What a key means is documented in the README.
"""

from uniqver.config.environment import (
    BUILD_ID,
    BUILD_NUMBER,
    EPOCH,
    FACTS,
    GIT_TIMEOUT,
    PIN,
    read,
    setting,
    unknown_variables,
    variable_for,
)
from uniqver.config.settings import BranchRule, Config, SdistFiles

__all__ = [
    "BUILD_ID",
    "BUILD_NUMBER",
    "EPOCH",
    "FACTS",
    "GIT_TIMEOUT",
    "PIN",
    "BranchRule",
    "Config",
    "SdistFiles",
    "read",
    "setting",
    "unknown_variables",
    "variable_for",
]
