"""The keys of ``[tool.uniqver]``, made from the declaration, and the reader of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args, get_type_hints

from uniqver.config import kinds
from uniqver.config.kinds import PER_BRANCH, Kind, as_toml, choice, shown, suggestion
from uniqver.config.settings import BranchRule, Config, key_of
from uniqver.errors import ConfigError
from uniqver.model import decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def read_table(table: Mapping[str, object], overrides: Mapping[str, tuple[str, str]]) -> Config:
    """Read the table, with ``overrides`` on top: fields, each with a variable and its text. See :func:`read_config`."""
    found: dict[str, object] = {}
    problems = list(_read_keys(table, found))
    for field, (variable, text) in overrides.items():
        problems += _read(key_of(field), KEYS[key_of(field)].parse(text), found, variable)
    if found.get("paths") and found.get("root", ".") == "." and not problems:
        problems.append('paths: has no effect without root, the way up to the repository: root = ".."')
    if problems:
        raise _all_of(problems)
    config = Config()._replace(**found)  # type: ignore[arg-type]  # each field by the reader of its kind
    rules = [
        BranchRule(pattern, {field: value for field, value in settings.items() if field not in overrides})
        for pattern, settings in config.branches
    ]
    return config._replace(branches=tuple(rules))  # a variable holds on every branch


def _read_keys(table: Mapping[str, object], found: dict[str, object], prefix: str = "") -> Iterator[str]:
    """Read a table (with ``prefix``, a branch's rule) into ``found`` and yield what is wrong with it."""
    known = [name for name, kind in KEYS.items() if kind.per_branch or not prefix]
    for name, value in table.items():
        if name in known:
            yield from _read(name, value, found, f"{prefix}{name}")
        elif prefix:
            guess = suggestion(name, known) or f" ({', '.join(known)} are)"
            yield f"{prefix}{name}: not for a branch{guess}"
        else:
            yield f"{name}: unknown key{suggestion(name, known)}"


def _read(name: str, value: object, found: dict[str, object], where: str) -> Iterator[str]:
    try:
        found[name.replace("-", "_")] = KEYS[name].read(value)
    except ValueError as error:
        yield from (f"{where}: {sentence}" for sentence in error.args)


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


def _branches(value: object) -> tuple[BranchRule, ...]:
    if not isinstance(value, dict):
        raise ValueError(f"must be {_RULES.allowed}, not {shown(value)}")
    rules: dict[str, dict[str, object]] = {}
    problems: list[str] = []
    for pattern, rule in cast("dict[str, object]", value).items():
        rules[pattern] = {}
        if isinstance(rule, dict):
            problems += _read_keys(rule, rules[pattern], f"{pattern}: ")
        else:
            problems.append(f'{pattern}: must be a table like {{segment = "rc"}}, not {shown(rule)}')
    if problems:
        raise ValueError(*problems)
    return tuple(BranchRule(*rule) for rule in rules.items())


_RULES = Kind('a table of patterns, like {"release/*" = {segment = "rc"}}', {}, _branches, as_toml)


def _kinds() -> Iterator[tuple[str, Kind]]:
    """Yield each key with the kind that its annotation names, or the choice of the literals in it."""
    names = {"kind": kinds, **vars(kinds), **vars(decision)}  # what the annotations name
    for field, hint in get_type_hints(Config, localns=names, include_extras=True).items():
        parts = [_RULES if part is BranchRule else part for part in _parts(hint)]
        kind = next((part for part in parts if isinstance(part, Kind)), None)
        kind = kind or choice([part for part in parts if isinstance(part, str)])
        yield key_of(field), kind._replace(per_branch=PER_BRANCH in parts)


def _parts(hint: object) -> Iterator[object]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


KEYS = dict(_kinds())
"""The kind of each key, in the order of the declaration."""
