"""Reads the table ``[tool.uniqver]``, with the variables that override it on top.

Imported only where there is something to read: many projects have no table, and most builds no variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uniqver.config.keys import KEYS, TOML_KEYS
from uniqver.config.settings import BranchRule, Config
from uniqver.config.toml import TOMLDecodeError, loads
from uniqver.config.values import ProblemsError, suggestion
from uniqver.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uniqver.config.environment import Override
    from uniqver.config.settings import Settings


def read_table(table: Mapping[str, object], overridden: Iterable[Override]) -> Config:
    """Read the table, with ``overridden`` on top.

    Raises :class:`ConfigError` that lists every problem of the table and of the variables.
    """
    problems: list[str] = []
    found: dict[str, object] = {}
    for key, value in table.items():
        if key in KEYS:
            _take(found, key, value, key, problems)
        else:
            problems.append(f"{key}: unknown key{suggestion(key, KEYS)}")
    above: list[str] = []
    for variable, key, text in overridden:
        above.append(_field(key))
        _take(found, key, _value_of(key, text), variable, problems)
    if found.get("paths") and found.get("root", ".") == "." and not problems:
        problems.append('paths: has no effect without root, the way up to the repository: root = ".."')
    if problems:
        raise _all_of(problems)
    config = cast("Settings", found)
    if "branches" in config:
        config["branches"] = tuple(_without(rule, above) for rule in config["branches"])
    return Config(**config)


def _without(rule: BranchRule, overridden: Iterable[str]) -> BranchRule:
    """Take out of a rule what a variable overrides: ``UNIQVER_SEGMENT`` holds on every branch."""
    kept = {field: value for field, value in rule.settings.items() if field not in overridden}
    return BranchRule(pattern=rule.pattern, settings=cast("Settings", kept))


def _value_of(key: str, text: str) -> object:
    """Read an override as the table would have it: plain text for text, TOML for everything else."""
    if key == "version-file":
        return False if text == "false" else text
    if key not in TOML_KEYS:
        return text
    if key in ("local", "strict") and text in {"0", "1"}:
        return text == "1"
    try:
        return cast("object", loads(f"value = {text}")["value"])
    except TOMLDecodeError:
        return text


def _take(found: dict[str, object], key: str, value: object, where: str, problems: list[str]) -> None:
    try:
        found[_field(key)] = KEYS[key](value)
    except ProblemsError as several:
        problems.extend(f"{where}: {sentence}" for sentence in several.sentences)
    except ValueError as error:
        problems.append(f"{where}: {error}")


def _field(key: str) -> str:
    return key.replace("-", "_")


def _all_of(problems: list[str]) -> ConfigError:
    variables = [problem.partition(":")[0] for problem in problems if problem.startswith("UNIQVER_")]
    where = "the settings" if variables else "[tool.uniqver]"
    if len(problems) == 1:
        what = problems[0] if variables else f"{where} {problems[0]}"
    else:
        what = f"{where}: {len(problems)} problems" + "".join(f"\n  - {problem}" for problem in problems)
    fixes = ["correct [tool.uniqver] in pyproject.toml"] if len(variables) < len(problems) else []
    fixes += [f"correct or unset {', '.join(variables)}"] if variables else []
    fixes += [f"keys are {', '.join(KEYS)}"] if "unknown key" in what else []
    return ConfigError(what=what, fix="; ".join(fixes))
