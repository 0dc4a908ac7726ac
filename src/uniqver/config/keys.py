"""Which keys there are, and the reader of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast, get_args

from uniqver.config import values
from uniqver.config.settings import BranchRule, SdistFiles
from uniqver.model.decision import Bump, Segment, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from uniqver.config.settings import Settings


def _branches(value: object) -> tuple[BranchRule, ...]:
    if not isinstance(value, dict):
        raise ValueError(
            f'must be a table of patterns, like {{"release/*" = {{segment = "rc"}}}}, not {values.shown(value)}'
        )
    rules: list[BranchRule] = []
    problems: list[str] = []
    for pattern, rule in cast("dict[str, object]", value).items():
        settings: dict[str, object] = {}
        problems.extend(_problems_of_rule(pattern, rule, settings))
        rules.append(BranchRule(pattern=pattern, settings=cast("Settings", settings)))
    if problems:
        raise values.ProblemsError(problems)
    return tuple(rules)


def _problems_of_rule(pattern: str, rule: object, settings: dict[str, object]) -> Iterator[str]:
    """Fill ``settings`` with what a rule sets, and yield what is wrong with it."""
    if not isinstance(rule, dict):
        yield f'{pattern}: must be a table like {{segment = "rc"}}, not {values.shown(rule)}'
        return
    for key, value in cast("dict[str, object]", rule).items():
        if key not in BRANCH_KEYS:
            known = ", ".join(BRANCH_KEYS)
            yield f"{pattern}: {key}: not for a branch{values.suggestion(key, BRANCH_KEYS) or f' ({known} are)'}"
            continue
        try:
            settings[key.replace("-", "_")] = KEYS[key](value)
        except ValueError as error:
            yield f"{pattern}: {key}: {error}"


BRANCH_KEYS: Final = ("source", "base", "bump", "segment", "local", "offset", "strict")
"""What a branch may have of its own."""

KEYS: Final[Mapping[str, Callable[[object], object]]] = {
    "source": values.choice("auto", *get_args(Source)),
    "base": values.base,
    "bump": values.choice(*get_args(Bump)),
    "segment": values.choice(*get_args(Segment)),
    "tag-prefix": values.prefix,
    "root": values.relative,
    "version-file": values.version_file,
    "workflow": values.workflow,
    "offset": values.count,
    "local": values.flag,
    "counter": values.text,
    "sdist-files": values.choice(*get_args(SdistFiles)),
    "index": values.text,
    "branches": _branches,
    "paths": values.paths,
    "strict": values.flag,
}
"""The reader of each key; the fields of ``Config`` have the same names, with underscores."""

TOML_KEYS: Final = ("offset", "local", "branches", "paths", "strict")
"""Keys whose overriding variable is read as TOML; the others are taken as the plain text that they are."""
