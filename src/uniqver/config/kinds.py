"""Kinds of values in ``[tool.uniqver]``, each with its reader and its JSON Schema; and the schema of the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, cast

from packaging.version import Version

from uniqver.config import TOMLDecodeError, loads
from uniqver.model import NamedTuple
from uniqver.model.redaction import address, without_credentials
from uniqver.model.versions import MAX_NUMBER, fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Kind(NamedTuple):
    """A kind of value."""

    allowed: str
    """Follows ``must be``: ``true or false``."""
    schema: Mapping[str, object]
    read: Callable[[object], object]
    """From what TOML gave to what ``Config`` holds. Raises :class:`ValueError` with a sentence for each problem."""
    parse: Callable[[str], object] = str
    """From the text of a variable to what TOML would have given."""
    per_branch: bool = False
    """Whether a rule of ``branches`` may set it."""

    def __hash__(self) -> int:
        return hash(self.allowed)  # before CPython 3.11.7 a union can't hold what has no hash, as a dict


def suggestion(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return ``; did you mean …?`` if ``word`` is close to one that is known.

    ``prefix`` stands before all of them, and is not compared: it would make everything look alike.
    """
    import difflib  # only when something is mistyped

    wanted = word.replace("_", "-") if word.islower() else word
    close = difflib.get_close_matches(wanted, list(known), n=1)
    return f"; did you mean {prefix}{close[0]}?" if close else ""


def shown(value: object) -> str:
    """Return ``value`` as an error shows it: short, and without credentials."""
    whole = isinstance(value, str) and "://" in value  # then nobody knows where a password in it ends
    text = repr(address(str(value))) if whole else without_credentials(repr(value))
    return text if len(text) <= 60 else f"{text[:57]}..."


def as_toml(text: str) -> object:
    """Parse a value as TOML writes it; what is not TOML stays text, for the reader to refuse."""
    try:
        return loads(f"value = {text}")["value"]
    except TOMLDecodeError:
        return text


def choice(choices: list[str]) -> Kind:
    """Return the kind of a value that is one of ``choices``."""

    def read(value: object) -> str:
        if value not in choices:
            listed = ", ".join(map(repr, choices))
            raise ValueError(f"must be one of {listed}, not {shown(value)}{suggestion(str(value), choices)}")
        return str(value)

    return Kind(", ".join(f'"{choice}"' for choice in choices), {"enum": choices}, read)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a string in quotes, not {shown(value)}")
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
            raise ValueError(f"must be {allowed}, not {shown(text)}")
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
            raise ValueError(f"must be {allowed}, not {shown(value)}")
        return tuple(str(path.read(each)).rstrip("/") for each in cast("list[object]", value))

    return Kind(allowed, {"type": "array", "items": path.schema}, read, as_toml)


def _or_false(kind: Kind) -> Kind:
    def read(value: object) -> object:
        if value is True:
            raise ValueError(f"must be {kind.allowed}, or false, not {shown(value)}")
        return value is not False and kind.read(value)

    kinds = {"oneOf": [{"const": False}, kind.schema]}
    return Kind(f"{kind.allowed}, or false", kinds, read, lambda text: text != "false" and text)


def _release(value: object) -> str:
    wanted = _text(value)
    try:
        version = Version(wanted)
    except ValueError:  # InvalidVersion is one, and a number of 5,000 digits raises another
        raise ValueError(f'{shown(wanted)} is not a PEP 440 version; write it like base = "1.4.0"') from None
    if version.dev is not None or version.local is not None:
        release = str(version).partition("+")[0].partition(".dev")[0]
        raise ValueError(f'{shown(wanted)} is not a release; write base = "{release}"')
    if not fits(version):
        raise ValueError(f"{shown(wanted)} has a number above {MAX_NUMBER}, which pip and uv don't read alike")
    return str(version)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"must be a whole number from 0 to {MAX_NUMBER}, not {shown(value)}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {shown(value)}")
    return value


_UPWARDS = r"(^|[/\\])\.\.([/\\]|$)"
_RELEASE = (
    r"^\s*[vV]?([0-9]+!)?[0-9]+(\.[0-9]+)*([-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*)?"
    r"(-[0-9]+|[-_.]?(post|rev|r)[-_.]?[0-9]*)?\s*$"
)
_NUMBER = {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}

_T = TypeVar("_T")
PER_BRANCH = object()
PerBranch = Annotated[_T, PER_BRANCH]
"""Marks what a rule of ``branches`` may set."""
Text = Annotated[str, _string("text", r"\S")]
Prefix = Annotated[
    str, Kind('text, like "pkg-a-v"', {"type": "string"}, lambda value: "" if value == "" else _text(value))
]
Release = Annotated[str, Kind('a release, like "1.4.0"', {"type": "string", "pattern": _RELEASE}, _release)]
Count = Annotated[int, Kind("a whole number", _NUMBER, _count, as_toml)]
Flag = Annotated[
    bool,
    Kind("true or false", {"type": "boolean"}, _flag, lambda text: {"0": False, "1": True}.get(text, as_toml(text))),
]
RelativePath = Annotated[str, _path('a relative path, like ".."', r"\S")]
PathsOfRepository = Annotated[tuple[str, ...], _paths('a list of paths from the repository\'s root, like ["shared"]')]
PathsOfProject = Annotated[
    tuple[str, ...], _paths('a list of files of the project, like ["src/acme/_data.py"]', "[*?]")
]
VersionFile = Annotated[
    str | Literal[False],
    _or_false(_path('a Python file inside the project, like "src/acme/_version.py"', r"\.py$", _UPWARDS)),
]
WorkflowFile = Annotated[str, _string('the file of a workflow, like "publish.yml"', r"\.ya?ml$")]
Repository = Annotated[str, _string('owner and name of a repository, like "acme/demo"', r"^[^\s/:@]+(/[^\s/:@]+)+$")]


def tool_schema(tool_name: str) -> dict[str, object]:
    """Check the settings of the build backend uniqver.

    The entry point ``validate_pyproject.tool_schema``: validate-pyproject shows the line above as its help.
    """
    if tool_name != "uniqver":
        raise ValueError(f"this is the schema of [tool.uniqver], not of [tool.{tool_name}]")
    import json  # no build gets here
    from importlib import resources

    text = resources.files("uniqver.config").joinpath("schema.json").read_text(encoding="utf-8")
    return cast("dict[str, object]", json.loads(text))
