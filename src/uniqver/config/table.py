"""The table ``[tool.uniqver]``: its keys, made from the declaration, and its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast, get_args, get_type_hints

from uniqver.config import schema
from uniqver.config.schema import PER_BRANCH, Kind, as_toml, choice, shown, suggestion
from uniqver.config.settings import BranchRule, Config, key_of
from uniqver.errors import ConfigError
from uniqver.model import decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Key(NamedTuple):
    """A key of ``[tool.uniqver]``, as :class:`Config` declares it."""

    field: str
    kind: Kind
    per_branch: bool
    """Whether a rule of ``branches`` may set it."""


def read_table(table: Mapping[str, object], overrides: Mapping[str, tuple[str, str]]) -> Config:
    """Read the table, with ``overrides`` on top: fields, each with a variable and its text.

    Raises :class:`ConfigError` that lists every problem of the table and of the variables.
    """
    problems: list[str] = []
    found: dict[str, object] = {}
    for name, value in table.items():
        if name in KEYS:
            problems += _problems_of(KEYS[name], value, found, name)
        else:
            problems.append(f"{name}: unknown key{suggestion(name, KEYS)}")
    for field, (variable, text) in overrides.items():
        key = KEYS[key_of(field)]
        problems += _problems_of(key, key.kind.parse(text), found, variable)
    if found.get("paths") and found.get("root", ".") == "." and not problems:
        problems.append('paths: has no effect without root, the way up to the repository: root = ".."')
    if problems:
        raise _all_of(problems)
    config = Config()._replace(**found)  # type: ignore[arg-type]  # each field by the reader of its kind
    return config._replace(branches=tuple(_without(rule, overrides) for rule in config.branches))


def _without(rule: BranchRule, overrides: Mapping[str, object]) -> BranchRule:
    """Take out of a rule what a variable overrides: ``UNIQVER_SEGMENT`` holds on every branch."""
    return rule._replace(settings={field: value for field, value in rule.settings.items() if field not in overrides})


def _problems_of(key: Key, value: object, found: dict[str, object], where: str) -> Iterator[str]:
    """Read ``value`` into ``found``, and yield what is wrong with it."""
    try:
        found[key.field] = key.kind.read(value)
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
        raise ValueError(f"must be {KEYS['branches'].kind.allowed}, not {shown(value)}")
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
    known = [name for name, key in KEYS.items() if key.per_branch]
    for name, value in cast("dict[str, object]", rule).items():
        if name in known:
            yield from _problems_of(KEYS[name], value, settings, f"{pattern}: {name}")
        else:
            others = ", ".join(known)
            yield f"{pattern}: {name}: not for a branch{suggestion(name, known) or f' ({others} are)'}"


def _keys() -> Iterator[Key]:
    names = {**vars(decision), **vars(schema)}  # which the annotations use, without an import at run time
    for field, hint in get_type_hints(Config, localns=names, include_extras=True).items():
        parts = tuple(_parts(hint))
        yield Key(field, _kind_of(parts), per_branch=PER_BRANCH in parts)


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


KEYS: Final[Mapping[str, Key]] = {key_of(key.field): key for key in _keys()}
"""Every key by its name, in the order of the declaration."""
