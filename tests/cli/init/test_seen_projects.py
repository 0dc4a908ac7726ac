"""Projects that init was taken to, and what it missed there: each in the few lines that show it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from uniqver.cli.init.plan import make_plan
from uniqver.cli.init.source_tree import SourceTree
from uniqver.errors import UniqverError

if TYPE_CHECKING:
    from uniqver.cli.init.pipelines import Ci

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "acme"
dynamic = ["version"]

[tool.setuptools.dynamic]
version = {attr = "acme.release.__version__"}
"""
RUNS_A_MODULE = """\
import setuptools

release = {}
with open("acme/release.py", encoding="utf-8") as file:
    exec(file.read(), None, release)

macros = [("__version__", release["__version__"])]
setuptools.setup(ext_modules=[setuptools.Extension("acme._c", ["acme.c"], define_macros=macros)])
"""


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (RUNS_A_MODULE, 4),
        (
            "import runpy\nimport setuptools\nmeta = runpy.run_path('acme/release.py')\nsetuptools.setup(author=meta['A'])\n",
            3,
        ),
        (
            "import os, setuptools\nfrom importlib import util\nspec = util.spec_from_file_location('release', os.path.join('acme', 'release.py'))\n"
            "meta = util.module_from_spec(spec)\nspec.loader.exec_module(meta)\nsetuptools.setup(author=meta.A)\n",
            5,
        ),
        (
            "import setuptools\ndef meta():\n    found = {}\n    exec(open('acme/release.py').read(), found)\n    return found\nsetuptools.setup(**meta())\n",
            2,
        ),
    ],
)
def test_a_module_that_setup_py_runs_can_not_import_its_version(script: str, line: int) -> None:
    """mysqlclient: a module that is run by exec() is in no package, so each build would end in an ImportError."""
    files = {
        "pyproject.toml": PYPROJECT,
        "setup.py": script,
        "acme/__init__.py": "",
        "acme/release.py": '__version__ = "1.4.0"\n',
    }
    with pytest.raises(UniqverError, match=rf"setup\.py runs acme/release\.py in line {line}, ") as caught:
        make_plan(SourceTree("acme", files, {}, packages=("acme",), own_package="acme"), "none")
    assert "acme/release.py" in caught.value.fix


@pytest.mark.parametrize("script", ["import setuptools\nimport acme.release\nsetuptools.setup()\n", RUNS_A_MODULE])
def test_what_setup_py_runs_may_be_another_file(script: str) -> None:
    """Only the module that init changes matters, and only if it is run: an import knows its package."""
    script = script.replace("acme/release.py", "acme/flags.py")
    files = {
        "pyproject.toml": PYPROJECT,
        "setup.py": script,
        "acme/__init__.py": "",
        "acme/release.py": '__version__ = "1.4.0"\n',
    }
    plan = make_plan(SourceTree("acme", files, {}, packages=("acme",), own_package="acme"), "none")
    assert (
        "from ._version import __version__"
        in {change.path: change.after or "" for change in plan.changes}["acme/release.py"]
    )


@pytest.mark.parametrize(
    "script",
    [
        # simplejson, coverage.py, the guide to pybind11
        'from setuptools import Extension, setup\ndef run(binary):\n    if binary:\n        kw = dict(ext_modules=[Extension("acme._c", ["c.c"])])\n    else:\n        kw = dict(zip_safe=True)\n    setup(name="acme", version="1.4.0", **kw)\nrun(True)\n',
        'from setuptools import setup\nargs = dict(name="acme", version="1.4.0")\nargs.update(dict(ext_modules=made()))\nsetup(**args)\n',
        'from setuptools import setup\nargs = {}\nargs["ext_modules"] = made()\nsetup(name="acme", version="1.4.0", **args)\n',
        'from setuptools import setup\nfrom pybind11.setup_helpers import Pybind11Extension\nthese = [Pybind11Extension("acme._c", ["c.cpp"])]\nsetup(name="acme", version="1.4.0", **keywords(these))\n',
    ],
)
def test_extensions_are_noticed_wherever_setup_py_makes_them(script: str) -> None:
    """Wheels of one platform, tagged linux_x86_64, are what PyPI refuses: each platform needs its job."""
    files = {"setup.py": script, "acme/__init__.py": ""}
    plan = make_plan(SourceTree("acme", files, {}, packages=("acme",), own_package="acme"), "github")
    after = {change.path: change.after or "" for change in plan.changes}
    assert "python -m cibuildwheel" in after[".github/workflows/dev-build.yml"]


@pytest.mark.parametrize(
    ("tags", "pattern"),
    [(("v1.0.0", "2.0.0"), "/^[0-9].*/"), (("1.0.0", "v2.0.0"), "/^v[0-9].*/"), ((), "/^v[0-9].*/")],
)
def test_a_pipeline_runs_for_tags_like_the_last_release(tags: tuple[str, ...], pattern: str) -> None:
    """paramiko: its tags had a v up to 1.18, and have none since 2.0."""
    files = {"pyproject.toml": PYPROJECT.replace("acme.release", "acme"), "acme/__init__.py": '__version__ = "2.1.0"\n'}
    tree = SourceTree("acme", files, {}, packages=("acme",), own_package="acme", tags=tags)
    after = {change.path: change.after or "" for change in make_plan(tree, "circleci").changes}
    assert f"only: {pattern}" in after[".circleci/config.yml"]


@pytest.mark.parametrize(
    ("path", "text", "named"),
    [
        # greenlet, zope.interface
        (
            "pyproject.toml",
            '[tool.zest-releaser]\npython-file-with-version = "acme/release.py"\n',
            "[tool.zest-releaser] in pyproject.toml",
        ),
        ("setup.cfg", "[zest.releaser]\ncreate-wheel = yes\n", "[zest.releaser] in setup.cfg"),
    ],
)
def test_zest_releaser_is_named_among_what_bumps_versions(path: str, text: str, named: str) -> None:
    """It writes the next version into the file where it finds one, and there is none any more."""
    files = {"pyproject.toml": PYPROJECT, "acme/__init__.py": "", "acme/release.py": '__version__ = "1.4.0"\n'}
    files[path] = files.get(path, "") + text
    tree = SourceTree("acme", files, {}, packages=("acme",), own_package="acme")
    (note,) = [note for note in make_plan(tree, "none").notes if "bumps" in note]
    assert note.startswith(f"{named} bumps a version that is no longer in any file: ")


@pytest.mark.parametrize(
    ("ci", "path", "submodules", "lfs"),
    [
        ("github", ".github/workflows/dev-build.yml", "          submodules: recursive\n", "          lfs: true\n"),
        ("gitlab", ".gitlab-ci.yml", "  GIT_SUBMODULE_STRATEGY: recursive\n", ""),
        ("azure", "azure-pipelines.yml", "        submodules: recursive\n", '        lfs: "true"\n'),
        ("circleci", ".circleci/config.yml", "git submodule update --init --recursive\n", "git lfs pull\n"),
        ("bitbucket", "bitbucket-pipelines.yml", "git submodule update --init --recursive\n", "  lfs: true\n"),
        ("buildkite", ".buildkite/pipeline.yml", "", "git lfs pull\n"),
        ("jenkins", "Jenkinsfile", "git submodule update --init --recursive'\n", "git lfs pull'\n"),
    ],
)
def test_pipelines_fetch_submodules_and_large_files(ci: Ci, path: str, submodules: str, lfs: str) -> None:
    """sentry-python: without its submodule the tree is not what the commit has, and no build is public."""
    files = {"pyproject.toml": PYPROJECT, "acme/__init__.py": "", "acme/release.py": '__version__ = "1.4.0"\n'}
    tree = SourceTree("acme", files, {}, packages=("acme",), own_package="acme")
    plain = {change.path: change.after or "" for change in make_plan(tree, ci).changes}[path]
    assert not any(word in plain.lower() for word in ("submodule", "lfs"))
    needed = {".gitmodules": "[submodule]\n", ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    full = {change.path: change.after or "" for change in make_plan(replace(tree, pipelines=needed), ci).changes}[path]
    assert submodules in full
    assert lfs in full
    assert "S@" not in full + plain
