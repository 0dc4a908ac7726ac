"""Writes the files that are made from declarations in the code; ``--check`` only compares.

    python -m tests.generate [--check]

A generated file is an entry of FILES: its path, and the function that returns what it must hold.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from uniqver.config import Config
from uniqver.config.settings import variable_of
from uniqver.config.table import KEYS
from uniqver.config.toml import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent


class SettingRow(NamedTuple):
    """What people are told of a key of ``[tool.uniqver]``."""

    key: str
    default: str | None
    """As TOML writes it; ``None`` where ``text`` says what happens without the key."""
    variable: str
    """Overrides the key: ``UNIQVER_SOURCE``."""
    text: str
    """Markdown, whole sentences."""
    allowed: str
    """What the value must be."""
    per_branch: bool
    """Whether a rule of ``branches`` may set it."""


def field_texts(declaration: type) -> dict[str, str]:
    """Return the text below each annotated field of a class, as one line of Markdown."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(declaration))).body
    assert isinstance(tree, ast.ClassDef)
    texts = {}
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[ast.unparse(field.target)] = " ".join(str(below.value.value).split()).replace("``", "`")
    return texts


def setting_rows() -> Iterator[SettingRow]:
    """Yield every key of ``[tool.uniqver]``, in the order of the declaration."""
    texts = field_texts(Config)
    for field, (key, kind) in zip(Config._fields, KEYS.items(), strict=True):
        value = Config._field_defaults[field]
        default = None if value in (None, ()) else json.dumps(value)
        yield SettingRow(key, default, variable_of(field), texts[field], kind.allowed, kind.per_branch)


def schema() -> str:
    """Return the JSON Schema of ``[tool.uniqver]``."""
    properties = {row.key: _property(row) for row in setting_rows()}
    properties["branches"] |= {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "properties": {row.key: properties[row.key] for row in setting_rows() if row.per_branch},
        },
    }
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:uniqver:tool.uniqver",
        "title": "[tool.uniqver]",
        "description": "How uniqver gives each build of a project a version of its own. Everything is optional.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _property(row: SettingRow) -> dict[str, object]:
    example = row.allowed.partition(", like ")[2].removesuffix(", or false")
    return {
        "description": row.text.replace("`", ""),
        **KEYS[row.key].schema,
        **({"examples": [loads(f"example = {example}")["example"]]} if example else {}),
        **({} if row.default is None else {"default": json.loads(row.default)}),
    }


FILES: dict[str, Callable[[], str]] = {"src/uniqver/schema.json": schema}


def stale() -> list[str]:
    """Return the paths of the files that differ from what they must hold."""
    paths = {path: ROOT / path for path in FILES}
    return [
        path for path, file in paths.items() if not file.exists() or file.read_text(encoding="utf-8") != FILES[path]()
    ]


def main() -> int:
    """Write or compare; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if a file is stale")
    check = parser.parse_args().check
    found = stale()
    for path in found:
        if check:
            print(f"{path} is stale: python -m tests.generate")
        else:
            (ROOT / path).write_text(FILES[path](), encoding="utf-8")
            print(f"wrote {path}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
