"""Names and versions that are not where one looks first: init finds them, or names the line, and invents nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import version_of_name
from tests.support.repositories import Repo
from tests.support.run import run

from uniqver.cli.init import code_edits, setup_script
from uniqver.cli.init.plan import make_plan
from uniqver.cli.init.source_tree import SourceTree
from uniqver.errors import UniqverError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNIQVER = (sys.executable, "-m", "uniqver")
PYPROJECT = '[build-system]\nrequires = ["setuptools"]\n'
PATTERN = """\
import re
from setuptools import setup

with open("acme/__init__.py") as file:
    version = re.search(r'__version__ = "(.*)"', file.read()).group(1)

setup(name="acme", version=version, packages=["acme"])
"""
FUNCTION = """\
import re
from pathlib import Path
from setuptools import setup

def find_version(path):
    return re.search(r'__version__ = "(.*)"', Path(path).read_text()).group(1)

setup(name="acme", version=find_version("acme/__init__.py"), packages=["acme"])
"""
EXEC = """\
from setuptools import setup

about = {}
with open("acme/__version__.py") as file:
    exec(file.read(), about)

setup(name="acme", version=about["__version__"], packages=["acme"])
"""
SUBMODULE = 'from setuptools import setup\nsetup(name="acme", version="1.4.0", packages=["acme"])\n'
VERSION = '__version__ = "1.4.0"\n'
CASES: dict[str, Mapping[str, str]] = {
    "pattern": {"setup.py": PATTERN, "acme/__init__.py": VERSION},
    "function": {"setup.py": FUNCTION, "acme/__init__.py": VERSION},
    "exec": {"setup.py": EXEC, "acme/__version__.py": VERSION, "acme/__init__.py": "from .__version__ import __version__\n"},
    "written twice": {"setup.py": SUBMODULE, "acme/__init__.py": VERSION},
    "computed attr": {
        "setup.py": "from setuptools import setup\nsetup()\n",
        "setup.cfg": "[metadata]\nname = acme\nversion = attr: acme.__version__\n\n[options]\npackages = acme\n",
        "acme/__init__.py": 'INFO = ("1", "4", "0")\n__version__ = ".".join(INFO)\n',
    },
    "attr of a submodule": {
        "setup.py": "from setuptools import setup\nsetup()\n",
        "setup.cfg": "[metadata]\nname = acme\nversion = attr: acme.core.about.VERSION\n\n[options]\npackages = acme, acme.core\n",
        "acme/core/__init__.py": "",
        "acme/core/about.py": '__version__ = "1"\nVERSION = "1.4.0"\n',
        "acme/__init__.py": "from .core.about import VERSION as __version__\n",
    },
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_package_has_the_builds_version_wherever_it_was_written(case: str, tmp_path: Path) -> None:
    """The wheel can be imported, its ``__version__`` is the wheel's, and a second init changes nothing.

    The folder is not called like the project: the name is setup.py's.
    """
    repo = Repo(tmp_path / "checkout")
    for path, text in {
        "pyproject.toml": PYPROJECT,
        ".gitignore": "build/\ndist/\n*.egg-info/\n",
        **CASES[case],
    }.items():
        repo.write(path, text)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.4.0")
    run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=repo.path)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Versions by uniqver")
    words = ("--no-isolation", "--wheel", "--skip-dependency-check")
    run(sys.executable, "-m", "build", *words, cwd=repo.path)
    (wheel,) = (repo.path / "dist").glob("acme-*.whl")
    code = f"import sys; sys.path.insert(0, {str(wheel)!r}); import acme; print(acme.__version__)"
    assert run(sys.executable, "-c", code, cwd=tmp_path).stdout.strip() == version_of_name(wheel)
    assert version_of_name(wheel).startswith("1.4.1.dev1+g")
    assert run(*UNIQVER, "init", "--ci", "none", "--yes", cwd=repo.path).stdout == ""


def test_a_name_that_only_setup_py_has_is_written_where_a_build_sees_it() -> None:
    """The version file and UNIQVER_VERSION_FOR_<NAME> are found by the name; no [project] table is invented."""
    files = {"setup.py": SUBMODULE, "pyproject.toml": PYPROJECT}
    plan = make_plan(SourceTree(name="checkout", files=files, pipelines={}, own_package="acme"), "none")
    texts = {change.path: change.after or "" for change in plan.changes}
    assert texts["setup.cfg"] == "[metadata]\nname = acme\n"
    assert "[project]" not in texts["pyproject.toml"]


@pytest.mark.parametrize(
    "call", ["setup(**arguments)", "setup(name=NAME + 'x', version='1.0')", "setup(version='1.0', packages=['a'])"]
)
def test_a_computed_name_stops_init_with_the_line_to_write(call: str) -> None:
    """A guess would build another project's name."""
    files = {"setup.py": f"from setuptools import setup\nNAME = 'a'\narguments = {{}}\n{call}\n"}
    with pytest.raises(UniqverError, match="computes the project's name") as caught:
        make_plan(SourceTree(name="checkout", files=files, pipelines={}), "none")
    assert "[metadata]" in caught.value.fix


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("about = {}\nexec(open('v.py').read(), about)\nsetup(version=about['v'], author=about['a'])\n", 1),
        ("v = open('VERSION').read()\nsetup(version=v, download_url='https://x/' + v)\n", 1),
        ("def main():\n    v = open('VERSION').read()\n    setup(version=v)\nmain()\n", 2),
    ],
)
def test_a_computed_version_that_is_used_elsewhere_is_refused_with_its_line(script: str, line: int) -> None:
    """What is left would read a line that is gone, or keep an old version."""
    with pytest.raises(UniqverError, match=f"in line {line}"):
        setup_script.setup_script_without_version(script)


def test_a_constant_that_more_than_the_version_uses_stays() -> None:
    """It reads nothing, so that it can't fail."""
    script = "V = '1.0'\nprint(V)\nsetup(version=V, name='a')\n"
    assert setup_script.setup_script_without_version(script) == "V = '1.0'\nprint(V)\nsetup(name='a')\n"


def test_the_base_is_of_the_attribute_that_version_names() -> None:
    """PyMySQL has ``VERSION_STRING`` and, for compatibility, another ``__version__``."""
    files = {
        "pyproject.toml": '[project]\nname = "acme"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "acme.VERSION_STRING"}\n',
        "acme/__init__.py": 'VERSION_STRING = "2.3.0"\n__version__ = "1.4.6"\n',
    }
    tree = SourceTree(name="acme", files=files, pipelines={}, packages=("acme",), own_package="acme")
    plan = make_plan(tree, "none")
    texts = {change.path: change.after or "" for change in plan.changes}
    assert 'base = "2.3.1"' in texts["pyproject.toml"]
    assert "from ._version import __version__ as VERSION_STRING" in texts["acme/__init__.py"]
    assert any("acme/__init__.py, line 2: __version__ stays" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("tags", "prefix"),
    [
        (("lxml-7.0.0a3", "lxml-6.0"), "lxml-"),
        (("lxml-7.0.0a3", "5.0"), "lxml-"),
        (("word-1.2", "word-1.1"), "word-"),
        (("word-9.2", "v1.1"), None),
        (("v1.0", "1.1"), None),
        ((), None),
    ],
)
def test_tags_with_a_prefix_of_their_own_are_recognized(tags: tuple[str, ...], prefix: str | None) -> None:
    """Without tag-prefix none of them would count, and the next build would be of 0.1.0."""
    files = {"pyproject.toml": '[project]\nname = "lxml"\nversion = "6.0"\n'}
    plan = make_plan(SourceTree(name="x", files=files, pipelines={}, tags=tags), "none")
    (change,) = plan.changes
    assert (f'tag-prefix = "{prefix}"' in (change.after or "")) is (prefix is not None)
    assert ("tag-prefix" in (change.after or "")) is (prefix is not None)


def test_a_line_that_no_build_changes_is_named() -> None:
    """A module without a package has no version file: a person must change that line."""
    files = {
        "pyproject.toml": '[project]\nname = "acme"\nversion = "1.0"\n',
        "acme.py": 'import os\n__version__ = "1.0"\n',
    }
    notes = make_plan(SourceTree(name="acme", files=files, pipelines={}), "none").notes
    assert any(note.startswith("acme.py, line 2: __version__ stays") and "importlib.metadata" in note for note in notes)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('INFO = ("1", "0")\n__version__ = ".".join(INFO)\n', True),
        ('def text(info):\n    return ".".join(info)\nINFO = ("1", "0")\n__version__ = text(INFO)\n', True),
        ('from importlib.metadata import version\n__version__ = version("acme")\n', False),
        ('def read():\n    return "1"\n__version__ = read()\n', False),
        ("from . import _version\n__version__ = _version.get_versions()['version']\n", False),
    ],
)
def test_what_only_constants_make_is_a_version_that_no_build_changes(code: str, found: bool) -> None:
    """What is read from elsewhere when the package is imported isn't."""
    assert bool(list(code_edits.version_places({"acme/__init__.py": code}, "__version__"))) is found
