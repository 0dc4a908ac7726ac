"""The text of _version.py."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from tests.support.facts import COMMIT, ci_run

from uniqver.model.decision import Decision
from uniqver.model.provenance import provenance_of
from uniqver.model.version_file import MARK, version_text, version_tuple

CI = ci_run(run="412", url="https://ci.example.org/412", provider="some")
SAMPLES = [
    Decision(version="1.4.1.dev41201", origin="ci", project="app", commit=COMMIT, ci=CI, attempt=1),
    Decision(version="1.4.1.dev3+g0123456789ab.dfedcba987654", origin="distance", project="app", commit=COMMIT),
    Decision(version="1", origin="pin", project="app"),
    Decision(version="1!2026.11.22.20301122.9rc1.post2.dev3+a.b.c.ddddddddddddddddd", origin="counter", project="app"),
    Decision(
        version="1.0",
        origin="ci",
        project="app",
        ci=ci_run(run="x", url='https://a"b\\c\n\N{SNOWMAN}\udcff' + "u" * 90),
    ),
]


def text_of(decision: Decision) -> str:
    """The version file of a build whose number is its run's."""
    told = decision._replace(tells_run=decision.ci is not None)
    return version_text(provenance_of(told, epoch=None, uniqver="0.1", setuptools="80.0"))


def _values(text: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile(text, "_version.py", "exec"), names)
    return names


@pytest.mark.parametrize("decision", SAMPLES, ids=lambda decision: decision.version)
def test_it_says_what_was_decided(decision: Decision) -> None:
    """Importing the file gives the version under each name, the commit and the build."""
    names = _values(text_of(decision))
    assert names["version"] == names["__version__"] == decision.version
    assert names["version_tuple"] == names["__version_tuple__"] == version_tuple(decision.version)
    assert names["commit_id"] == names["__commit_id__"] == decision.commit
    assert names["__build__"] == {
        "source": decision.origin,
        "ci": decision.ci and decision.ci.provider,
        "run": None if decision.ci is None else (412 if decision.ci.run == "412" else decision.ci.run),
        "attempt": decision.attempt,
        "url": decision.ci and decision.ci.url,
        "counter": None,
    }


@pytest.mark.parametrize("decision", SAMPLES, ids=lambda decision: decision.version)
def test_it_is_plain_text(decision: Decision) -> None:
    """The file is ASCII, and reads nothing but itself when it is imported."""
    text = text_of(decision)
    assert text.isascii()
    assert MARK in text
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [getattr(node, "module", None) for node in imports] == ["__future__"]


@pytest.mark.parametrize("decision", SAMPLES[:-1], ids=lambda decision: decision.version)
def test_ruff_leaves_it_alone(decision: Decision) -> None:
    """A formatter that runs over the checkout doesn't change the file, which would be another file then."""
    text = text_of(decision)
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
