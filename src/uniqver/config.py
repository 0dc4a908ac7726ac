"""``[tool.uniqver]``: reads the table and the variables that override it, and finds every problem at once.

Pure: the table and the environment come in as mappings. What a key means is documented in the README.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal, TypedDict, cast, get_args

from packaging.version import InvalidVersion, Version

from uniqver.errors import ConfigError
from uniqver.model import MAX_NUMBER, Bump, Segment, Source
from uniqver.toml import TOMLDecodeError, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SdistFiles = Literal["manifest", "tracked"]

BUILD_NUMBER: Final = "UNIQVER_BUILD_NUMBER"
BUILD_ID: Final = "UNIQVER_BUILD_ID"
PIN: Final = "UNIQVER_VERSION"
GIT_TIMEOUT: Final = "UNIQVER_GIT_TIMEOUT"

_VARIABLES_THAT_ARE_NO_KEYS: Final = (BUILD_NUMBER, BUILD_ID, PIN, GIT_TIMEOUT)


class Settings(TypedDict, total=False):
    """The fields of :class:`Config` that something sets."""

    source: Source | Literal["auto"]
    base: str | None
    bump: Bump
    segment: Segment
    tag_prefix: str | None
    root: str
    version_file: str | Literal[False] | None
    workflow: str | None
    offset: int
    local: bool
    counter: str
    sdist_files: SdistFiles
    index: str | None
    branches: tuple[BranchRule, ...]
    paths: tuple[str, ...]
    strict: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BranchRule:
    """What ``branches`` says for the branches whose name matches ``pattern``."""

    pattern: str
    """Shell pattern, as :func:`fnmatch.fnmatchcase` reads it: ``release/*``."""
    settings: Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The settings of one project. The README's table says what each means."""

    source: Source | Literal["auto"] = "auto"
    base: str | None = None
    """Normalized PEP 440, with neither a dev nor a local part."""
    bump: Bump = "patch"
    segment: Segment = "dev"
    tag_prefix: str | None = None
    """``None``: ``v`` or nothing."""
    root: str = "."
    version_file: str | Literal[False] | None = None
    """``None``: found by the project's name; ``False``: none is written."""
    workflow: str | None = None
    offset: int = 0
    local: bool = True
    counter: str = "local"
    sdist_files: SdistFiles = "manifest"
    index: str | None = None
    branches: tuple[BranchRule, ...] = ()
    paths: tuple[str, ...] = ()
    strict: bool = False

    def on_branch(self, branch: str | None) -> tuple[Config, BranchRule | None]:
        """Return the settings for ``branch`` (first matching rule wins) and the rule that matched."""
        for rule in self.branches:
            if branch is not None and fnmatchcase(branch, rule.pattern):
                return replace(self, **rule.settings), rule
        return self, None


def read(table: Mapping[str, object], environ: Mapping[str, str], *, project: str | None) -> Config:
    """Read the table ``[tool.uniqver]``, with ``UNIQVER_<KEY>`` and ``UNIQVER_<KEY>_FOR_<NAME>`` on top.

    Raises :class:`ConfigError` that lists every problem of the table and of the variables.
    """
    problems: list[str] = []
    values: dict[str, object] = {}
    for key, value in table.items():
        if key in _KEYS:
            _take(values, key, value, f"{key}", problems)
        else:
            problems.append(f"{key}: unknown key{_suggestion(key, _KEYS)}")
    for variable, key, text in _overrides(environ, project):
        _take(values, key, _value_of(text, _KEYS[key]), variable, problems)
    if problems:
        raise _all_of(problems)
    return Config(**cast("Settings", values))


def variable_for(variable: str, project: str | None) -> str | None:
    """Return the name of ``variable`` for one project: ``UNIQVER_VERSION_FOR_XTRADE_AI``."""
    return None if project is None else f"{variable}_FOR_{re.sub(r'[-_.]+', '_', project).upper()}"


def setting(environ: Mapping[str, str], variable: str, project: str | None) -> tuple[str, str] | None:
    """Return the name and the value of ``variable``, the project's own before the one for all.

    Raises :class:`ConfigError` where it is set but empty: in a pipeline that means that the job that
    should have filled it gave nothing, and going on would give each job a version of its own.
    """
    for name in (variable_for(variable, project), variable):
        if name is not None and name in environ:
            if not environ[name].strip():
                raise ConfigError(
                    what=f"{name} is set, but empty",
                    fix=f"give {name} its value (is the output of the job before spelled right?), or unset it",
                )
            return name, environ[name].strip()
    return None


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each ``UNIQVER_…`` variable that nothing reads: most likely mistyped."""
    known = [*_VARIABLES_THAT_ARE_NO_KEYS, *map(_variable, _KEYS)]
    return [
        f"{name} is no variable of uniqver{_suggestion(name, known)}"
        for name in sorted(environ)
        if name.startswith("UNIQVER_") and name.partition("_FOR_")[0] not in known
    ]


def _overrides(environ: Mapping[str, str], project: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield variable, key and text of each override, the project's own instead of the one for all."""
    for key in _KEYS:
        for name in (variable_for(_variable(key), project), _variable(key)):
            if name is not None and name in environ:
                yield name, key, environ[name]
                break


def _variable(key: str) -> str:
    return "UNIQVER_" + key.upper().replace("-", "_")


def _value_of(text: str, reader: Callable[[object], object]) -> object:
    """Read an override as the table would have it: plain text for text, TOML for everything else."""
    if reader in _TEXTS or (reader is _version_file and text != "false"):
        return text
    if text in {"0", "1"} and reader is _flag:
        return text == "1"
    try:
        return cast("object", loads(f"value = {text}")["value"])
    except TOMLDecodeError:
        return text


def _take(values: dict[str, object], key: str, value: object, where: str, problems: list[str]) -> None:
    try:
        values[key.replace("-", "_")] = _KEYS[key](value)
    except ValueError as error:
        problems.append(f"{where}: {error}")


def _suggestion(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word.replace("_", "-") if word.islower() else word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _all_of(problems: list[str]) -> ConfigError:
    if len(problems) == 1:
        what = f"[tool.uniqver] {problems[0]}"
    else:
        what = f"[tool.uniqver] has {len(problems)} problems:" + "".join(f"\n  - {p}" for p in problems)
    keys = ", ".join(_KEYS)
    fix = "correct [tool.uniqver] in pyproject.toml (or the variable named)"
    return ConfigError(what=what, fix=f"{fix}; keys are {keys}" if "unknown key" in what else fix)


# One reader for each kind of value: takes what TOML gave, returns what Config holds, raises ValueError.


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a string in quotes, not {_shown(value)}")
    if not value.strip():
        raise ValueError("is empty")
    if not value.isprintable():
        raise ValueError(f"holds a character that can't be printed: {_shown(value)}")
    return value


def _prefix(value: object) -> str:
    return "" if value == "" else _text(value)


def _choice(*choices: str) -> Callable[[object], str]:
    def read_choice(value: object) -> str:
        if value not in choices:
            close = difflib.get_close_matches(str(value), choices, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"must be one of {', '.join(map(repr, choices))}, not {_shown(value)}{hint}")
        return str(value)

    _TEXTS.append(read_choice)
    return read_choice


def _base(value: object) -> str:
    text = _text(value)
    try:
        version = Version(text)
    except InvalidVersion:
        raise ValueError(f'{_shown(text)} is no PEP 440 version; write it like base = "1.4.0"') from None
    if version.dev is not None or version.local is not None:
        release = str(version).partition("+")[0].partition(".dev")[0]
        raise ValueError(f'{_shown(text)} is no release; write base = "{release}"')
    return str(version)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a whole number, not {_shown(value)}")
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"must lie between 0 and {MAX_NUMBER}, not {_shown(value)}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {_shown(value)}")
    return value


def _relative(value: object) -> str:
    text = _text(value)
    if text.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", text):
        raise ValueError(f"must be relative to the project, not {_shown(text)}")
    return text.replace("\\", "/")


def _version_file(value: object) -> str | Literal[False]:
    if value is False:
        return False
    if not isinstance(value, str):
        raise ValueError(f"must be a path in quotes or false, not {_shown(value)}")
    path = _relative(value)
    if ".." in path.split("/"):
        raise ValueError(f"must lie inside the project, not {_shown(value)}")
    if not path.endswith(".py"):
        raise ValueError(f"must be a Python file (….py), not {_shown(value)}")
    return path


def _workflow(value: object) -> str:
    text = _text(value)
    if not text.endswith((".yml", ".yaml")):
        raise ValueError(f'must be the file of the workflow, like "publish.yml", not {_shown(value)}')
    return text


def _paths(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list of paths, not {_shown(value)}")
    return tuple(_relative(path) for path in cast("list[object]", value))


def _branches(value: object) -> tuple[BranchRule, ...]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table of patterns, not {_shown(value)}")
    return tuple(_rule(pattern, rule) for pattern, rule in cast("dict[str, object]", value).items())


def _rule(pattern: str, rule: object) -> BranchRule:
    if not isinstance(rule, dict):
        raise ValueError(f'{pattern}: must be a table like {{segment = "rc"}}, not {_shown(rule)}')
    settings: dict[str, object] = {}
    for key, value in cast("dict[str, object]", rule).items():
        if key not in _BRANCH_KEYS:
            raise ValueError(f"{pattern}: {key}: not for a branch{_suggestion(key, _BRANCH_KEYS)}")
        try:
            settings[key.replace("-", "_")] = _KEYS[key](value)
        except ValueError as error:
            raise ValueError(f"{pattern}: {key}: {error}") from None
    return BranchRule(pattern=pattern, settings=cast("Settings", settings))


_TEXTS: Final[list[Callable[[object], object]]] = [_text, _prefix, _base, _relative, _workflow]
"""Readers whose overriding variable is taken as it is, not as TOML."""

_BRANCH_KEYS: Final = ("source", "base", "bump", "segment", "local", "offset", "strict")

_KEYS: Final[Mapping[str, Callable[[object], object]]] = {
    "source": _choice("auto", *get_args(Source)),
    "base": _base,
    "bump": _choice(*get_args(Bump)),
    "segment": _choice(*get_args(Segment)),
    "tag-prefix": _prefix,
    "root": _relative,
    "version-file": _version_file,
    "workflow": _workflow,
    "offset": _count,
    "local": _flag,
    "counter": _text,
    "sdist-files": _choice(*get_args(SdistFiles)),
    "index": _text,
    "branches": _branches,
    "paths": _paths,
    "strict": _flag,
}

assert {key.replace("-", "_") for key in _KEYS} == {field.name for field in fields(Config)}  # noqa: S101
