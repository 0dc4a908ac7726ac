"""The JSON Schema of [tool.uniqver] and the reader of the settings say the same."""

from __future__ import annotations

from typing import Any

import pytest
from validate_pyproject import api, errors, plugins

from uniqver.config import loads, read_config
from uniqver.config.kinds import KEYS, tool_schema
from uniqver.errors import ConfigError

GOOD = (
    "",
    'source = "auto"',
    'source = "timestamp"\nbase = "1.4.0"',
    'base = "2!1.0rc1"\nbump = "minor"',
    'segment = "post"\ntag-prefix = ""',
    'tag-prefix = "pkg-a-v"\nroot = ".."\npaths = ["shared", "packages/core"]',
    "version-file = false",
    'version-file = "src/acme/_version.py"',
    'workflow = "publish.yaml"\noffset = 0',
    "offset = 9223372036854775807\nlocal = false",
    'counter = "git+origin"\nsdist-files = "tracked"',
    'index = "https://index.example/simple/"\nstrict = true',
    'branches = {"release/*" = {segment = "rc"}, "main" = {bump = "minor", local = false}}',
    'repository = "acme/demo"\nallow-changes = ["uv.lock", "src/acme/_data.py"]',
    'repository = "group/sub/demo"',
)
BAD = (
    'sauce = "ci"',
    'source = "clock"',
    "source = 1",
    'base = "next"',
    'base = "1.4.0.dev3"',
    'base = "1.4.0+local"',
    "base = 1.4",
    'bump = "huge"',
    'segment = "alpha"',
    "tag-prefix = true",
    'root = "/srv/project"',
    'root = ""',
    "version-file = true",
    'version-file = "src/acme/_version.txt"',
    'version-file = "../_version.py"',
    'version-file = "setup.py"',
    'version-file = "./setup.py"',
    'workflow = "Publish"',
    "offset = -1",
    "offset = true",
    "offset = 9223372036854775808",
    "offset = 1.5",
    'local = "yes"',
    "counter = false",
    'counter = " "',
    'sdist-files = "all"',
    "index = 3",
    'branches = ["main"]',
    'branches = {"main" = "minor"}',
    'branches = {"main" = {index = "https://index.example/"}}',
    'branches = {"main" = {segment = "x"}}',
    'paths = "shared"',
    'paths = ["/shared"]',
    "strict = 1",
    'branches = {"main" = {offset = 5}}',
    'repository = "demo"',
    'repository = "https://host.example/acme/demo"',
    'allow-changes = "uv.lock"',
    'allow-changes = ["../uv.lock"]',
    'allow-changes = ["*.lock"]',
)


@pytest.fixture(scope="module")
def validator() -> api.Validator:
    """validate-pyproject as it is installed here, with the schemas that its entry points name."""
    return api.Validator(plugins.list_from_entry_points(lambda entry: entry.name == "uniqver"))


def test_the_schema_knows_the_keys_of_the_settings_and_no_others() -> None:
    """A key that is added to one side only is found here."""
    schema: Any = tool_schema("uniqver")
    assert set(schema["properties"]) == set(KEYS)


def test_the_schema_knows_the_keys_of_a_branch_and_no_others() -> None:
    """What a rule may set for the reader, it may set for the schema, and nothing else."""
    schema: Any = tool_schema("uniqver")
    allowed = set(schema["properties"]["branches"]["additionalProperties"]["properties"])
    taken = set()
    for key in KEYS:
        try:
            read_config({"branches": {"main": {key: 5.5}}}, {}, project=None)
        except ConfigError as error:
            if "not for a branch" not in error.what:
                taken.add(key)
    assert taken == allowed


@pytest.mark.parametrize("text", GOOD)
def test_good_settings_are_good_to_both(text: str, validator: api.Validator) -> None:
    """Neither the schema nor the reader refuses a table that is right."""
    table = loads(text)
    read_config(table, {}, project=None)
    validator({"tool": {"uniqver": table}})


@pytest.mark.parametrize("text", BAD)
def test_bad_settings_are_bad_to_both(text: str, validator: api.Validator) -> None:
    """An editor marks every table that a build would refuse."""
    table = loads(text)
    with pytest.raises(ConfigError):
        read_config(table, {}, project=None)
    with pytest.raises(errors.ValidationError):
        validator({"tool": {"uniqver": table}})


def test_the_schema_is_of_no_other_tool() -> None:
    """Asked for another tool's table, it says so."""
    with pytest.raises(ValueError, match=r"\[tool\.other\]"):
        tool_schema("other")
