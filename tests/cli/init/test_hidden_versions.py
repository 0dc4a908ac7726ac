"""Names and versions that are not where one looks first: init finds them, or names the line, and invents nothing."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import version_of_name
from tests.support.repositories import Repo
from tests.support.run import run

from uniqver.cli.init import edits, setup_script
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
META = """\
import os
import re

import setuptools

re_meta = re.compile(r'__(\\w+?)__\\s*=\\s*(.*)')

def add_default(m):
    attr_name, attr_value = m.groups()
    return ((attr_name, attr_value.strip("\\"'")),)

with open(os.path.join('acme', '__init__.py')) as meta_fh:
    meta = {}
    for line in meta_fh:
        m = re_meta.match(line.strip())
        if m:
            meta.update(add_default(m))

def strip_comments(line):
    return line.split('#', 1)[0].strip()

setuptools.setup(name='acme', packages=['acme'], version=meta['version'], author=meta['author'])
"""
AGAIN = """\
import setuptools

kwargs = {}

with open("acme/__init__.py") as f:
    ns = {}
    exec(f.read(), ns)
    version = ns["version"]

with open("README") as f:
    kwargs["long_description"] = f.read()

setuptools.setup(name="acme", version=version, packages=["acme"], **kwargs)
"""
LIB = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "acme"
dynamic = ["version"]

[tool.setuptools]
package-dir = {"" = "lib"}
packages = ["acme"]

[tool.setuptools.dynamic]
version = {attr = "acme.__version__"}
"""
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
    "attribute of the imported package": {
        "setup.py": "import acme\nfrom setuptools import setup\n\nsetup(name='acme', version=acme.version, description=acme.__doc__, packages=['acme'])\n",
        "acme/__init__.py": '"""Keys."""\n\nversion = "1.4.0"\n',
    },
    "version and name of the imported package": {
        "setup.py": "import acme\nfrom setuptools import setup\n\nsetup(name=acme.__title__, version=acme.__version__, packages=['acme'])\n",
        "acme/__init__.py": '__title__ = "acme"\n__version__ = "1.4.0"\n',
    },
    "imported name with two assignments": {
        "setup.py": "from setuptools import setup\n\nfrom acme.info import __VERSION__\n\nsetup(name='acme', version=__VERSION__, packages=['acme'])\n",
        "acme/info.py": '__version__ = __VERSION__ = "1.4.0"\n',
        "acme/__init__.py": "from .info import __VERSION__, __version__\n",
    },
    "attr made of a tuple by a comprehension": {
        "setup.py": "from setuptools import setup\nsetup()\n",
        "setup.cfg": "[metadata]\nname = acme\nversion = attr: acme.__version__\n\n[options]\npackages = acme\n",
        "acme/__init__.py": 'version_info = (1, 4, 0)\n__version__ = ".".join([str(v) for v in version_info])\n',
    },
    "one entry of what a pattern reads": {
        "setup.py": META,
        "acme/__init__.py": '"""Promises."""\n\n__version__ = "1.4.0"\n__author__ = "A"\n',
    },
    "exec with a variable that is used again": {
        "setup.py": AGAIN,
        "README": "Read me",
        "MANIFEST.in": "include README\n",
        "acme/__init__.py": 'version = "1.4.0"\nversion_info = (1, 4, 0, 0)\n',
    },
    "a _version.py of the project's own": {
        "setup.py": EXEC.replace("__version__.py", "_version.py"),
        "acme/_version.py": "version_info = (1, 4, 0)\n__version__ = '.'.join([str(part) for part in version_info if part or part == 0])\n",
        "acme/__init__.py": "from acme._version import __version__, version_info\n",
    },
    "attr in a folder of its own": {
        "pyproject.toml": LIB,
        "lib/acme/__init__.py": VERSION,
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
    code = f"import sys; sys.path.insert(0, {str(wheel)!r}); import acme; print(getattr(acme, '__version__', None) or acme.version)"
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


def test_what_writes_the_version_into_a_file_is_refused_with_its_line() -> None:
    """The package imports that file, and no build would write it."""
    script = "def resolve():\n    return write('1')\n\ndef write(v):\n    with open('v.py', 'w') as file:\n        file.write(v)\n    return v\n\nversion = resolve()\nsetup(version=version)\n"
    with pytest.raises(UniqverError, match=r"in line 5, and writes it into a file: with open\('v.py', 'w'\)"):
        setup_script.setup_script_without_version(script)


def test_what_only_uses_the_version_is_not_taken_for_what_computes_it() -> None:
    """psutil hands its version to the compiler: that line must not go."""
    script = "V = get()\nmacros.append(('V', int(V.replace('.', ''))))\nkeywords = dict(name='a', version=V)\nsetup(**keywords)\n"
    assert setup_script.read_setup_script(script).keywords["name"].text == "a"
    with pytest.raises(UniqverError, match="in line 1, and uses V for more than the version"):
        setup_script.setup_script_without_version(script)


def test_keywords_of_a_dict_are_edited_where_they_are_written() -> None:
    """``setup(**keywords)`` with ``keywords = dict(…)``, and an argument that others use."""
    script = "HERE = folder()\nkeywords = dict(name='a', version=read(HERE))\nkeywords['x'] = HERE\nsetup(**keywords)\n"
    assert setup_script.setup_script_without_version(script) == script.replace(", version=read(HERE)", "")


def test_keywords_that_two_calls_share_are_taken_out_once() -> None:
    """multidict tries again without its extension: what follows the keyword was cut with it, and valid code refused."""
    script = "V = read()\nshared = dict(name='a', version=V, license='MIT')\nif C:\n    setup(c=C, **shared)\nelse:\n    setup(**shared)\n"
    after = "shared = dict(name='a', license='MIT')\nif C:\n    setup(c=C, **shared)\nelse:\n    setup(**shared)\n"
    assert setup_script.setup_script_without_version(script) == after


def test_a_version_in_keywords_that_can_not_be_read_is_refused() -> None:
    """Left there, it would be another version than the build's."""
    files = {"setup.py": "keywords = {'version': '1'}\nsetup(name='a', **keywords)\n"}
    with pytest.raises(UniqverError, match="can't be read here"):
        make_plan(SourceTree(name="checkout", files=files, pipelines={}), "none")


def test_the_version_is_not_taken_from_a_module_that_only_looks_like_it() -> None:
    """python-future has a copy of the email package, with its ``__version__``; its own is computed."""
    files = {
        "setup.py": "import src.acme\nVERSION = src.acme.__version__\nsetup(name='acme', version=VERSION)\n",
        "src/acme/__init__.py": 'MAJOR = 1\n__version__ = "%d.0" % MAJOR\n',
        "src/acme/email/__init__.py": '__version__ = "5.1.0"\n',
    }
    tree = SourceTree(name="acme", files=files, pipelines={}, packages=("src/acme",), own_package="src/acme")
    plan = make_plan(replace(tree, tags=("v1.0",)), "none")
    texts = {change.path: change.after or "" for change in plan.changes}
    assert "from ._version import __version__\n" in texts["src/acme/__init__.py"]
    assert "base" not in texts["pyproject.toml"]
    assert "src/acme/email/__init__.py" not in texts
    assert plan.notes == ()


@pytest.mark.parametrize(
    ("tags", "merged", "base"),
    [
        (("1.4.0", "1.3.0"), (), "1.4.1"),
        (("1.4.0", "1.3.0"), ("1.3.0",), "1.4.1"),
        (("1.5.0", "1.3.0"), ("1.3.0",), "1.4.0"),
        (("1.5.0",), (), "1.5.1"),
    ],
)
def test_tags_on_branches_that_are_never_merged_lead_to_a_base(
    tags: tuple[str, ...], merged: tuple[str, ...], base: str
) -> None:
    """Without it no build would be public, or builds would lead to a release that is out."""
    files = {"pyproject.toml": '[project]\nname = "acme"\nversion = "1.4.0"\n'}
    plan = make_plan(SourceTree(name="acme", files=files, pipelines={}, tags=tags, merged=merged), "none")
    assert f'base = "{base}"' in (plan.changes[0].after or "")


def test_a_candidates_tag_leads_on_by_itself() -> None:
    """``base = "2.1.0"`` would make dev builds that sort below the candidate."""
    files = {"pyproject.toml": '[project]\nname = "acme"\nversion = "2.1.0b4"\n'}
    plan = make_plan(SourceTree(name="acme", files=files, pipelines={}, tags=("rel_2_1_0b3", "rel_2_0_5")), "none")
    assert 'tag-prefix = "rel_"' in (plan.changes[0].after or "")
    assert "base" not in (plan.changes[0].after or "")


def test_tuples_and_version_files_that_stay_are_named_and_vendored_packages_are_not() -> None:
    """What holds the old version is told; another project's version inside is nobody's business."""
    files = {
        "pyproject.toml": '[project]\nname = "acme"\nversion = "3.0.3"\n',
        "acme/__init__.py": '__version__ = "3.0.3"\nVERSION = (3, 0, 3, "final")\n',
        "acme/vendor/yaml/__init__.py": '__version__ = "5.4.1"\n',
        "acme/VERSION": "3.0.3\n",
    }
    tree = SourceTree(name="acme", files=files, pipelines={}, packages=("acme",), own_package="acme")
    notes = [note for note in make_plan(tree, "none").notes if "base" not in note]
    assert [note.partition(" ")[0] for note in notes] == ["acme/__init__.py,", "acme/VERSION"]
    assert "line 2: VERSION stays" in notes[0]


def test_a_version_that_a_build_step_stamps_is_named() -> None:
    """versioneer's own setup.py writes its constant into the module that it packs."""
    script = "VERSION = '0.20.dev0'\n\ndef stamped(text):\n    return text.replace('@V@', VERSION)\n\nsetup(name='a', version=VERSION)\n"
    notes = make_plan(SourceTree(name="a", files={"setup.py": script}, pipelines={}), "none").notes
    assert "setup.py, line 1: 0.20.dev0 stays there, and what uses it gets that: VERSION = '0.20.dev0'" in notes


STAMPS = """
class Stamped(build_py):
    def run(self):
        super().run()
        with open(f"{self.build_lib}/acme/__init__.py", "a") as file:
            file.write(f"__version__ = {described()!r}\\n")

setup(name="acme", packages=["acme"], cmdclass={"build_py": Stamped})
"""


@pytest.mark.parametrize("stamps", [True, False])
def test_a_build_step_that_writes_the_version_is_named(stamps: bool) -> None:
    """Its lines are no part of what init takes apart: what they write is another version than the build's."""
    script = STAMPS if stamps else STAMPS.replace("__version__ =", "__date__ =")
    files = {"setup.py": script, "acme/__init__.py": '__version__ = "1.4.0"\n'}
    plan = make_plan(SourceTree("acme", files, {}, packages=("acme",), own_package="acme"), "none")
    named = [note for note in plan.notes if "a build step seems to write __version__" in note]
    assert [note.partition(":")[0] for note in named] == (["setup.py, line 6"] if stamps else [])


def test_an_attribute_that_can_not_be_read_is_refused() -> None:
    """What setuptools would run the package for stays as it is, in silence."""
    files = {
        "pyproject.toml": '[project]\nname = "acme"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "acme.V"}\n',
        "acme/__init__.py": "V = compute()\n",
    }
    with pytest.raises(UniqverError, match=r"the version is acme\.V, and no assignment") as caught:
        make_plan(SourceTree(name="acme", files=files, pipelines={}, packages=("acme",)), "none")
    assert 'V = "1.4.0"' in caught.value.fix


FXRAYS = {
    "pyproject.toml": '[project]\nname = "FXrays"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "FXrays.__version__"}\n',
    "setup.py": "from setuptools import setup\nsetup(packages=['FXrays'], package_dir={'FXrays': 'python_src'})\n",
    "python_src/__init__.py": "__version__ = '1.3.3'\n",
}


def test_a_package_that_only_setup_py_knows_the_folder_of() -> None:
    """The attribute's module has another folder; the project's one assignment to that name is found all the same."""
    tree = SourceTree(name="x", files=FXRAYS, pipelines={}, packages=("python_src",))
    plan = make_plan(tree, "none")
    texts = {change.path: change.after or "" for change in plan.changes}
    assert "attr" not in texts["pyproject.toml"]
    assert 'version-file = "python_src/_version.py"' in texts["pyproject.toml"]
    assert 'base = "1.3.4"' in texts["pyproject.toml"]
    assert texts["python_src/__init__.py"] == "from ._version import __version__\n"


@pytest.mark.parametrize("text", ["VERSION = '1.3.3'\n", "__version__ = compute()\n"])
def test_a_module_that_is_not_found_is_refused_as_that(text: str) -> None:
    """To write the version as a text there was no help: it was one."""
    files = {**FXRAYS, "python_src/__init__.py": text}
    with pytest.raises(
        UniqverError, match=r"the version is FXrays\.__version__, and there is no module FXrays"
    ) as caught:
        make_plan(SourceTree(name="x", files=files, pipelines={}, packages=("python_src",)), "none")
    assert 'version = "1.4.0" in [project]' in caught.value.fix
    static = files["pyproject.toml"].partition("dynamic")[0] + 'version = "1.4.0"\n'
    plan = make_plan(SourceTree(name="x", files={**files, "pyproject.toml": static}, pipelines={}), "none")
    assert 'base = "1.4.1"' in (plan.changes[0].after or "")


def test_no_version_file_goes_into_a_package_beside_the_projects_module() -> None:
    """peewee is one module; playhouse, the package beside it, is none of the version's business."""
    files = {
        "pyproject.toml": '[project]\nname = "peewee"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "peewee.__version__"}\n',
        "peewee.py": '__version__ = "4.3.0"\n',
        "playhouse/__init__.py": "",
    }
    plan = make_plan(SourceTree(name="x", files=files, pipelines={}, packages=("playhouse",)), "none")
    assert [change.path for change in plan.changes] == ["pyproject.toml"]
    assert "version-file" not in (plan.changes[0].after or "")
    assert any("peewee.py, line 1" in note for note in plan.notes)


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
        ('A, B = 1, 2\nMAJOR = 4\nSHORT = f"{MAJOR}.1"\n__version__ = f"{SHORT}.0"\n', True),
        ('from importlib.metadata import version\n__version__ = version("acme")\n', False),
        ('def read():\n    return "1"\n__version__ = read()\n', False),
        ("from . import _version\n__version__ = _version.get_versions()['version']\n", False),
    ],
)
def test_what_only_constants_make_is_a_version_that_no_build_changes(code: str, found: bool) -> None:
    """What is read from elsewhere when the package is imported isn't."""
    assert bool(list(edits.version_places({"acme/__init__.py": code}, "__version__"))) is found


@pytest.mark.parametrize(
    ("path", "text", "named"),
    [
        # vine, and the files that these tools document
        (".bumpversion.cfg", "[bumpversion]\ncurrent_version = 1.4.0\n[bumpversion:file:acme/__init__.py]\n", None),
        (".bumpversion.toml", '[tool.bumpversion]\ncurrent_version = "1.4.0"\n', None),
        ("setup.cfg", "[bumpversion]\ncurrent_version = 1.4.0\n", "[bumpversion] in setup.cfg"),
        ("pyproject.toml", '[tool.bumpversion]\ncurrent_version = "1.4.0"\n', "[tool.bumpversion] in pyproject.toml"),
        ("pyproject.toml", '[tool.bumpver]\ncurrent_version = "1.4.0"\n', "[tool.bumpver] in pyproject.toml"),
    ],
)
def test_settings_that_would_still_bump_the_version_are_named(path: str, text: str, named: str | None) -> None:
    """A tool that writes the version into files finds none there any more: the note says what takes its place."""
    files = {"pyproject.toml": PYPROJECT, "setup.py": SUBMODULE, "acme/__init__.py": VERSION}
    files[path] = files.get(path, "") + text
    tree = SourceTree("acme", files, {}, packages=("acme",), own_package="acme")
    (note,) = [note for note in make_plan(tree, "none").notes if "bump" in note]
    assert note.startswith(f"{named or path} bumps a version that is no longer in any file: ")
    assert "git tag" in note
