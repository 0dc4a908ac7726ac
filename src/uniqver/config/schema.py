"""The JSON Schema of ``[tool.uniqver]``, for editors and for validate-pyproject."""

from __future__ import annotations

import json
from importlib import resources
from typing import cast


def tool_schema(tool_name: str) -> dict[str, object]:
    """Check the settings of the build backend uniqver.

    The entry point ``validate_pyproject.tool_schema`` names this function; validate-pyproject calls it with the
    name of the tool and shows the line above as its help.
    """
    if tool_name != "uniqver":
        raise ValueError(f"this is the schema of [tool.uniqver], not of [tool.{tool_name}]")
    text = resources.files("uniqver").joinpath("schema.json").read_text(encoding="utf-8")
    return cast("dict[str, object]", json.loads(text))
