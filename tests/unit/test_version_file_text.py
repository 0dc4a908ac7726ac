"""The text of _version.py."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from tests.support.facts import COMMIT

from uniqver.model.decision import Decision
from uniqver.model.provenance import Provenance, provenance_of
from uniqver.model.version_file_text import MARK, is_generated, version_in, version_text, version_tuple


def facts_of(version: str, commit: str | None = COMMIT) -> Provenance:
    """Return what the build of a version tells."""
    return provenance_of(Decision(version=version, origin="pin", project="app", commit=commit), epoch=None)


SAMPLES = [
    facts_of("1.4.1.dev41201"),
    facts_of("1.4.1.dev3+g0123456789ab.dfedcba987654"),
    facts_of("1", None),
    facts_of("1!2026.11.22.20301122.9rc1.post2.dev3+a.b.c.ddddddddddddddddd"),
    facts_of("1.4.0+cu118"),
    facts_of("1.0", 'a"b\\c\n\N{SNOWMAN}\udcff' + "u" * 90),
]
every_sample = pytest.mark.parametrize("facts", SAMPLES, ids=lambda facts: facts.version)


def _values(text: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(text, "_version.py", "exec"), names)
    return names


@every_sample
def test_it_says_what_was_decided(facts: Provenance) -> None:
    """Importing the file gives the version under each name, the commit and the build."""
    names = _values(version_text(facts))
    assert names["version"] == names["__version__"] == facts.version
    assert names["version_tuple"] == names["__version_tuple__"] == version_tuple(facts.version)
    assert names["commit_id"] == names["__commit_id__"] == facts.commit
    assert names["__build__"] == {
        "base": facts.base,
        "segment": facts.segment,
        "number": facts.number,
        "dirty": facts.dirty,
    }


@every_sample
def test_it_is_plain_text(facts: Provenance) -> None:
    """The file is ASCII, and reads nothing but itself when it is imported."""
    text = version_text(facts)
    assert text.isascii()
    assert MARK in text
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [getattr(node, "module", None) for node in imports] == ["__future__"]


@pytest.mark.parametrize("facts", SAMPLES[:-1], ids=lambda facts: facts.version)
def test_ruff_leaves_it_alone(facts: Provenance) -> None:
    """A formatter that runs over the checkout doesn't change the file, which would be another file then."""
    text = version_text(facts)
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=text, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert formatted.stdout == text


@pytest.mark.parametrize(
    ("version", "parts"),
    [
        ("1.4.1.dev41201", (1, 4, 1, "dev41201")),
        ("1!2.0rc1.post2.dev3+g01", ("1!", 2, 0, "rc1", "post2", "dev3", "g01")),
        ("7", (7,)),
    ],
)
def test_version_tuple(version: str, parts: tuple[int | str, ...]) -> None:
    """The parts are those that setuptools-scm's users know."""
    assert version_tuple(version) == parts


@every_sample
def test_it_is_known_again(facts: Provenance) -> None:
    """The version is read back from the text, and the text is known as uniqver's own."""
    assert version_in(version_text(facts)) == facts.version
    assert is_generated(version_text(facts))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("__version__ = '1.4.0'\n", "1.4.0"),
        ('version = __version__ = "1.4.0"\n', "1.4.0"),
        ('__version__: str = version = "1.4.0"\n', "1.4.0"),
        ("__version__ = get_version()\n", None),
        ("x = '__version__'\n", None),
        ("", None),
    ],
)
def test_the_version_in_other_files(text: str, version: str | None) -> None:
    """What setuptools-scm, hatch-vcs and people write is read, too."""
    assert version_in(text) == version
    assert not is_generated(text)
