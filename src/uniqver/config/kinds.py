"""Kinds of values in ``[tool.uniqver]``, each with its reader and its JSON Schema; the keys; and the reader of the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, cast, get_args, get_type_hints

from uniqver.config import BranchRule, Config, key_of, loads, variable_of
from uniqver.errors import ConfigError
from uniqver.model import NamedTuple, decision
from uniqver.model.redaction import address, has_secret, without_credentials
from uniqver.model.versions import MAX_NUMBER, fits, version_of
from uniqver.model.wording import suggestion

if TYPE_CHECKING:
    from types import ModuleType


class Kind(NamedTuple):
    """A kind of value."""

    allowed: str
    """Follows ``must be``: ``true or false``."""
    schema: Mapping[str, object]
    read: Callable[[object], object]
    """From TOML's value to that of ``Config``. Raises :class:`ValueError` with a sentence for each problem."""
    parse: Callable[[str], object] = str
    """From the text of a variable to TOML's value."""
    per_branch: bool = False
    """Whether a rule of ``branches`` may set it."""

    def __hash__(self) -> int:
        return hash(self.allowed)  # before CPython 3.11.7 a union can't hold what has no hash, as a dict

    @property
    def example(self) -> str:
        """The example in ``allowed``, as TOML writes it, or nothing."""
        return self.allowed.partition(", like ")[2].removesuffix(", or false")


def shown(value: object) -> str:
    """Return ``value`` for errors: short, and without credentials."""
    whole = isinstance(value, str) and "://" in value  # nobody knows where a password in it ends
    text = repr(address(str(value))) if whole else without_credentials(repr(value))
    return text if len(text) <= 60 else f"{text[:57]}..."


def as_toml(text: str) -> object:
    """Parse a value as TOML writes it. What is not TOML stays text, for the reader to refuse."""
    try:
        return loads(f"value = {text}")["value"]
    except ValueError:
        return text


def _misfit(allowed: str, value: object) -> ValueError:
    return ValueError(f"must be {allowed}, not {shown(value)}")


def _choice(choices: list[str]) -> Kind:
    def read(value: object) -> str:
        if value not in choices:
            listed = ", ".join(map(repr, choices))
            raise ValueError(f"must be one of {listed}, not {shown(value)}{suggestion(str(value), choices)}")
        return str(value)

    return Kind(", ".join(f'"{choice}"' for choice in choices), {"enum": choices}, read)


def _plain(allowed: str, schema: Mapping[str, object], fits: Callable[[object], bool]) -> Kind:
    # what TOML gave, if it fits
    def read(value: object) -> object:
        if not fits(value):
            raise _misfit(allowed, value)
        return value

    return Kind(allowed, schema, read, as_toml)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _misfit("a string in quotes", value)
    if not value.strip():
        raise ValueError("is empty")
    if not value.isprintable():
        raise ValueError(f"holds a character that can't be printed: {shown(value)}")
    return value


def _string(allowed: str, pattern: str, *refused: str) -> Kind:
    # text in which pattern is found, and none of refused
    def read(value: object) -> str:
        text = _text(value)
        if not re.search(pattern, text) or (refused and re.search("|".join(refused), text)):
            raise _misfit(allowed, text)
        return text

    schema = {"type": "string", "pattern": pattern}
    return Kind(allowed, {**schema, "not": {"pattern": "|".join(refused)}} if refused else schema, read)


def _path(allowed: str, pattern: str, *refused: str) -> Kind:
    # a relative path, read with forward slashes
    kind = _string(allowed, pattern, r"^([/\\]|[A-Za-z]:)", *refused)
    return kind._replace(read=lambda value: str(kind.read(value)).replace("\\", "/"))


def _paths(allowed: str, *refused: str) -> Kind:
    # a list of relative paths that stay below where they start
    path = _path(allowed, r"\S", _UPWARDS, *refused)

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise _misfit(allowed, value)
        return tuple(str(path.read(each)).rstrip("/") for each in cast("list[object]", value))

    return Kind(allowed, {"type": "array", "items": path.schema}, read, as_toml)


def _version_file() -> Kind:
    kind = _path('a Python file inside the project, like "src/acme/_version.py"', r"\.py$", _UPWARDS, _SETUP_SCRIPT)
    allowed = f"{kind.allowed}, or false"

    def read(value: object) -> object:
        if value is True:
            raise _misfit(allowed, value)
        return value is not False and kind.read(value)

    schema = {"oneOf": [{"const": False}, kind.schema]}
    return Kind(allowed, schema, read, lambda text: text != "false" and text)


def _release(value: object) -> str:
    wanted = _text(value)
    version = version_of(wanted)
    if version is None:
        raise ValueError(f'{shown(wanted)} is not a PEP 440 version; write it like base = "1.4.0"')
    if version.dev is not None or version.local is not None:
        release = str(version).partition("+")[0].partition(".dev")[0]
        raise ValueError(f'{shown(wanted)} is not a release; write base = "{release}"')
    if not fits(version):
        raise ValueError(f"{shown(wanted)} has a number above {MAX_NUMBER}, which pip and uv don't read alike")
    return str(version)


_UPWARDS = r"(^|[/\\])\.\.([/\\]|$)"
_SETUP_SCRIPT = r"^(\.[/\\])*setup\.py$"
"""Each later build would run it."""
_RELEASE = (
    r"^\s*[vV]?([0-9]+!)?[0-9]+(\.[0-9]+)*([-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*)?"
    r"(-[0-9]+|[-_.]?(post|rev|r)[-_.]?[0-9]*)?\s*$"
)
_NUMBER = _plain(
    f"a whole number from 0 to {MAX_NUMBER}",
    {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER},
    lambda value: type(value) is int and 0 <= value <= MAX_NUMBER,
)
_FLAG = _plain("true or false", {"type": "boolean"}, lambda value: isinstance(value, bool))

_T = TypeVar("_T")
PER_BRANCH = object()
PerBranch = Annotated[_T, PER_BRANCH]
"""Marks what a rule of ``branches`` may set."""
Text = Annotated[str, _string("text", r"\S")]
Prefix = Annotated[
    str, Kind('text, like "pkg-a-v"', {"type": "string"}, lambda value: "" if value == "" else _text(value))
]
Release = Annotated[str, Kind('a release, like "1.4.0"', {"type": "string", "pattern": _RELEASE}, _release)]
Count = Annotated[int, _NUMBER]
Flag = Annotated[bool, _FLAG._replace(parse=lambda text: {"0": False, "1": True}.get(text, as_toml(text)))]
RelativePath = Annotated[str, _path('a relative path, like ".."', r"\S")]
PathsOfRepository = Annotated[tuple[str, ...], _paths('a list of paths from the repository\'s root, like ["shared"]')]
PathsOfProject = Annotated[
    tuple[str, ...], _paths('a list of files of the project, like ["src/acme/_data.py"]', "[*?]")
]
VersionFile = Annotated[str | Literal[False], _version_file()]
WorkflowFile = Annotated[str, _string('the file of a workflow, like "publish.yml"', r"\.ya?ml$")]
Repository = Annotated[str, _string('owner and name of a repository, like "acme/demo"', r"^[^\s/:@]+(/[^\s/:@]+)+$")]


def read_table(table: Mapping[str, object], overrides: Mapping[str, tuple[str, str]]) -> Config:
    """Read the table, with ``overrides`` on top: by field, a variable and its text. See :func:`read_config`."""
    found: dict[str, object] = {}
    problems = list(_read_keys(table, found))
    problems += [
        f"{key}: holds a password, and pyproject.toml is in every sdist; change it, and set {variable_of(key)} instead"
        for key in ("counter", "index")
        if has_secret(str(found.get(key)))
    ]
    for field, (variable, text) in overrides.items():
        problems += _read(key_of(field), KEYS[key_of(field)].parse(text), found, variable)
    if found.get("paths") and found.get("root", ".") == "." and not problems:
        problems.append('paths: has no effect without root, the way up to the repository: root = ".."')
    if problems:
        raise _all_of(problems)
    config = Config(**found)  # type: ignore[arg-type]  # each field by the reader of its kind
    rules = [
        BranchRule(pattern, {field: value for field, value in settings.items() if field not in overrides})
        for pattern, settings in config.branches
    ]
    return config._replace(branches=tuple(rules))  # a variable holds on every branch


def _read_keys(table: Mapping[str, object], found: dict[str, object], prefix: str = "") -> Iterator[str]:
    """Read a table (with ``prefix``, a branch's rule) into ``found``, and yield what is wrong."""
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
    fixes += [f"keys are {', '.join(KEYS)}"] if re.search("unknown key$", what, re.MULTILINE) else []
    return ConfigError(what=what, fix="; ".join(fixes))


def _branches(value: object) -> tuple[BranchRule, ...]:
    if not isinstance(value, dict):
        raise _misfit(_RULES.allowed, value)
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
    """Yield each key with the kind in its annotation, or the choice of its literals."""
    for field, hint in get_type_hints(Config, localns=globals() | vars(decision), include_extras=True).items():
        parts = [_RULES if part is BranchRule else part for part in _parts(hint)]
        kind = next((part for part in parts if isinstance(part, Kind)), None)
        kind = kind or _choice([part for part in parts if isinstance(part, str)])
        yield key_of(field), kind._replace(per_branch=PER_BRANCH in parts)


def _parts(hint: object) -> Iterator[object]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


KEYS = dict(_kinds())
"""The kind of each key, in the order of the declaration."""


def field_texts(declaration: type | ModuleType) -> dict[str, str]:
    """Return the text below each annotated name of a class or module, as one line of Markdown."""
    import ast  # these two take 15 ms, and no build gets here
    import inspect

    body = ast.parse(inspect.getsource(declaration)).body
    if isinstance(declaration, type) and isinstance(body[0], ast.ClassDef):
        body = body[0].body
    texts = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[ast.unparse(field.target)] = " ".join(str(below.value.value).split()).replace("``", "`")
    return texts


def tool_schema(tool_name: str) -> dict[str, object]:
    """Check the settings of the build backend uniqver.

    The entry point ``validate_pyproject.tool_schema``: validate-pyproject shows the line above as its help.
    """
    if tool_name != "uniqver":
        raise ValueError(f"this is the schema of [tool.uniqver], not of [tool.{tool_name}]")
    properties: dict[str, dict[str, object]] = {}
    for field, text in field_texts(Config).items():
        kind, default = KEYS[key_of(field)], Config._field_defaults[field]
        properties[key_of(field)] = {
            "description": text.replace("`", ""),
            **kind.schema,
            **({"examples": [loads(f"_ = {kind.example}")["_"]]} if kind.example else {}),
            **({} if default in (None, ()) else {"default": default}),
        }
    rule = _closed({key: schema for key, schema in properties.items() if KEYS[key].per_branch})
    properties["branches"] |= {"type": "object", "additionalProperties": rule}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:uniqver:tool.uniqver",
        "title": "[tool.uniqver]",
        "description": "How uniqver gives each build of a project a version of its own. Everything is optional.",
        **_closed(properties),
    }


def _closed(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "properties": properties}
