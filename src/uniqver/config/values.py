"""One reader for each kind of value: takes what TOML gave, returns what ``Config`` holds.

Each raises :class:`ValueError` with a sentence about what is wrong; :class:`ProblemsError` where there are several.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, cast

from packaging.version import Version

from uniqver.model.decision import MAX_NUMBER
from uniqver.model.redaction import without_credentials
from uniqver.model.versions import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class ProblemsError(ValueError):
    """Several things are wrong with one value."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


def suggestion(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return ``; did you mean …?`` where ``word`` is close to one that is known, else nothing.

    ``prefix`` stands before all of them, and would make everything look alike if it were compared.
    """
    import difflib  # only when something is mistyped

    wanted = word.replace("_", "-") if word.islower() else word
    close = difflib.get_close_matches(wanted, list(known), n=1)
    return f"; did you mean {prefix}{close[0]}?" if close else ""


def shown(value: object) -> str:
    """Return ``value`` as an error shows it: short, and without credentials."""
    text = without_credentials(repr(value))
    return text if len(text) <= 60 else f"{text[:57]}..."


def text(value: object) -> str:
    """Any text that is not empty."""
    if not isinstance(value, str):
        raise ValueError(f"must be a string in quotes, not {shown(value)}")
    if not value.strip():
        raise ValueError("is empty")
    if not value.isprintable():
        raise ValueError(f"holds a character that can't be printed: {shown(value)}")
    return value


def prefix(value: object) -> str:
    """The start of tags, which may be nothing."""
    return "" if value == "" else text(value)


def choice(*choices: str) -> Callable[[object], str]:
    """Return the reader for one of ``choices``."""

    def read_choice(value: object) -> str:
        if value not in choices:
            raise ValueError(
                f"must be one of {', '.join(map(repr, choices))}, not {shown(value)}{suggestion(str(value), choices)}"
            )
        return str(value)

    return read_choice


def base(value: object) -> str:
    """A release, normalized."""
    wanted = text(value)
    try:
        version = Version(wanted)
    except ValueError:  # InvalidVersion is one
        raise ValueError(f'{shown(wanted)} is no PEP 440 version; write it like base = "1.4.0"') from None
    if version.dev is not None or version.local is not None:
        release = str(version).partition("+")[0].partition(".dev")[0]
        raise ValueError(f'{shown(wanted)} is no release; write base = "{release}"')
    if not fits(version):
        raise ValueError(f"{shown(wanted)} has a number above {MAX_NUMBER}, which pip and uv don't read alike")
    return str(version)


def count(value: object) -> int:
    """A whole number that a version can hold."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a whole number, not {shown(value)}")
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"must lie between 0 and {MAX_NUMBER}, not {shown(value)}")
    return value


def flag(value: object) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {shown(value)}")
    return value


def relative(value: object) -> str:
    """A relative path, with forward slashes."""
    path = text(value)
    if path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", path):
        raise ValueError(f"must be a relative path, not {shown(path)}")
    return path.replace("\\", "/")


def version_file(value: object) -> str | Literal[False]:
    """A Python file inside the project, or ``False``."""
    if value is False:
        return False
    if not isinstance(value, str):
        raise ValueError(f"must be a path in quotes or false, not {shown(value)}")
    path = relative(value)
    if ".." in path.split("/"):
        raise ValueError(f"must lie inside the project, not {shown(value)}")
    if not path.endswith(".py"):
        raise ValueError(f"must be a Python file (….py), not {shown(value)}")
    return path


def workflow(value: object) -> str:
    """The file of a GitHub workflow."""
    name = text(value)
    if not name.endswith((".yml", ".yaml")):
        raise ValueError(f'must be the file of the workflow, like "publish.yml", not {shown(value)}')
    return name


def paths(value: object) -> tuple[str, ...]:
    """Paths from the repository's root."""
    if not isinstance(value, list):
        raise ValueError(f'must be a list of paths, like ["shared"], not {shown(value)}')
    found = [relative(path).rstrip("/") for path in cast("list[object]", value)]
    outside = [path for path in found if ".." in path.split("/")]
    if outside:
        raise ValueError(f"start at the repository's root, so that {shown(outside[0])} can't hold '..'")
    return tuple(found)
