"""The table ``[tool.uniqver]``: its keys, made from the declaration, and its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast, get_args, get_type_hints

from uniqver.config import kinds
from uniqver.config.kinds import PER_BRANCH, Kind, as_toml, choice, shown, suggestion
from uniqver.config.settings import BranchRule, Config, key_of
from uniqver.errors import ConfigError
from uniqver.model import decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def read_table(table: Mapping[str, object], overrides: Mapping[str, tuple[str, str]]) -> Config:
    """Read the table, with ``overrides`` on top: fields, each with a variable and its text.

    Raises :class:`ConfigError` that lists every problem of the table and of the variables.
    """
    problems: list[str] = []
    found: dict[str, object] = {}
    for name, value in table.items():
        if name in KEYS:
            problems += _read(name, value, found, name)
        else:
            problems.append(f"{name}: unknown key{suggestion(name, KEYS)}")
    for field, (variable, text) in overrides.items():
        problems += _read(key_of(field), KEYS[key_of(field)].parse(text), found, variable)
    if found.get("paths") and found.get("root", ".") == "." and not problems:
        problems.append('paths: has no effect without root, the way up to the repository: root = ".."')
    if problems:
        raise _all_of(problems)
    config = Config()._replace(**found)  # type: ignore[arg-type]  # each field by the reader of its kind
    return config._replace(branches=tuple(_without(rule, overrides) for rule in config.branches))


def _without(rule: BranchRule, overrides: Mapping[str, object]) -> BranchRule:
    """Take out of a rule what a variable overrides: ``UNIQVER_SEGMENT`` holds on every branch."""
    return rule._replace(settings={field: value for field, value in rule.settings.items() if field not in overrides})


def _read(name: str, value: object, found: dict[str, object], where: str) -> Iterator[str]:
    """Read the value of a key into ``found``, by its field, and yield what is wrong with it."""
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
        raise ValueError(f"must be {KEYS['branches'].allowed}, not {shown(value)}")
    rules = cast("dict[str, object]", value)
    found: dict[str, dict[str, object]] = {pattern: {} for pattern in rules}
    problems = [problem for each in rules.items() for problem in _problems_of_rule(*each, found[each[0]])]
    if problems:
        raise ValueError(*problems)
    return tuple(BranchRule(pattern, settings) for pattern, settings in found.items())


def _problems_of_rule(pattern: str, rule: object, settings: dict[str, object]) -> Iterator[str]:
    """Fill ``settings`` with what a rule sets, and yield what is wrong with it."""
    if not isinstance(rule, dict):
        yield f'{pattern}: must be a table like {{segment = "rc"}}, not {shown(rule)}'
        return
    known = [name for name, kind in KEYS.items() if kind.per_branch]
    for name, value in cast("dict[str, object]", rule).items():
        if name in known:
            yield from _read(name, value, settings, f"{pattern}: {name}")
        else:
            others = ", ".join(known)
            yield f"{pattern}: {name}: not for a branch{suggestion(name, known) or f' ({others} are)'}"


def _kinds() -> Iterator[tuple[str, Kind]]:
    names = {**vars(decision), **vars(kinds)}  # which the annotations use, without an import at run time
    for field, hint in get_type_hints(Config, localns=names, include_extras=True).items():
        parts = tuple(_parts(hint))
        yield key_of(field), _kind_of(parts)._replace(per_branch=PER_BRANCH in parts)


def _parts(hint: object) -> Iterator[object]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


def _kind_of(parts: tuple[object, ...]) -> Kind:
    """Return the kind of an annotation: named in it, the rules for branches, or a choice of literals."""
    kinds = [part for part in parts if isinstance(part, Kind)]
    if not kinds and BranchRule in parts:
        return Kind('a table of patterns, like {"release/*" = {segment = "rc"}}', {}, _branches, as_toml)
    return kinds[0] if kinds else choice([part for part in parts if isinstance(part, str)])


KEYS: Final = dict(_kinds())
"""The kind of each key, in the order of the declaration."""
