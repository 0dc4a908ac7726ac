"""After a build: what was made has the build's version in every place, also in the version file that is packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.artifacts import assert_all_say, wheel_members
from tests.support.hooks import built, call_hook, unpacked_with
from tests.support.projects import committed, copied
from tests.support.run import git

if TYPE_CHECKING:
    from pathlib import Path

SETUP_PY = """
import pathlib, re
from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

def change(path):
    text = path.read_text()
    path.unlink()  # in an sdist it may be a hard link to the project's
    path.write_text({change})

class BuildPy(build_py):
    def run(self):
        super().run()
        change(pathlib.Path(self.build_lib, "sample_src/_version.py"))

class Sdist(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        change(pathlib.Path(base_dir, "src/sample_src/_version.py"))

setup(cmdclass={{"build_py": BuildPy, "sdist": Sdist}})
"""

STALE = 're.sub("1[.]4[.]1[.]dev", "1.4.1.dev9", text)'
BY_ANOTHER_TOOL = "\"__version__ = '0.0.0'\\n\""
WITHOUT_ANY = 're.sub("__version__ = version = .*", "", text)'
SINGLE_QUOTES = "text.replace('\"', \"'\")"


def project_that(change: str, tmp_path: Path) -> Path:
    """A project whose own commands change the version file while it is packed."""
    project = copied("src_layout", tmp_path)
    (project / "setup.py").write_text(SETUP_PY.format(change=change), encoding="utf-8")
    return committed(project)


@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
@pytest.mark.parametrize(
    ("change", "found"),
    [(STALE, "_version.py has 1.4.1.dev91"), (BY_ANOTHER_TOOL, "_version.py has 0.0.0"), (WITHOUT_ANY, "has nothing")],
    ids=["stale", "another tool's", "no version"],
)
def test_another_version_in_the_packed_version_file_is_refused(
    hook: str, change: str, found: str, tmp_path: Path
) -> None:
    """Whatever changed the packed version file, the hook fails, says what it has, and leaves no artifact."""
    done = call_hook(hook, project_that(change, tmp_path), tmp_path / "dist")
    assert done.code == 1
    assert "uniqver: error: " in done.err
    assert "this build is 1.4.1.dev1+g" in done.err
    assert found in done.err
    assert "Traceback" not in done.err
    assert list((tmp_path / "dist").iterdir()) == []


@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
def test_a_version_file_that_was_formatted_is_fine(hook: str, tmp_path: Path) -> None:
    """Not the text has to be uniqver's, but the version."""
    done = call_hook(hook, project_that(SINGLE_QUOTES, tmp_path), tmp_path / "dist")
    assert done.code == 0, done.err


def test_an_sdist_whose_version_file_was_changed_makes_no_wheel(tmp_path: Path) -> None:
    """PKG-INFO decides; a version file that was changed in the unpacked sdist is found in the wheel."""
    sdist = built(committed(copied("src_layout", tmp_path)), "build_sdist", tmp_path / "sdist")
    tree = unpacked_with(sdist, tmp_path / "tree")
    path = tree / "src/sample_src/_version.py"
    path.write_text(path.read_text(encoding="utf-8").replace("1.4.1.dev1+", "1.4.1.dev2+"), encoding="utf-8")
    done = call_hook("build_wheel", tree, tmp_path / "dist")
    assert done.code == 1
    assert "sample_src/_version.py has 1.4.1.dev2+g" in done.err
    assert list((tmp_path / "dist").iterdir()) == []


@pytest.mark.parametrize("setting", ["", "\n[tool.uniqver]\nversion-file = false\n"], ids=["own", "none"])
def test_the_version_files_of_copied_packages_do_not_matter(setting: str, tmp_path: Path) -> None:
    """A package copied into the project brings its own version file, made by uniqver too."""
    made = built(committed(copied("flat_layout", tmp_path)), "build_wheel", tmp_path / "other")
    (text,) = (text for name, text in wheel_members(made).items() if name.endswith("/_version.py"))
    project = copied("src_layout", tmp_path)
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(setting)
    vendored = project / "src/sample_src/_vendor"
    vendored.mkdir()
    (vendored / "__init__.py").touch()
    (vendored / "_version.py").write_bytes(text.replace(b"1.4.1.dev1", b"8.7.6"))
    committed(project)
    members = wheel_members(built(project, "build_wheel", tmp_path / "dist"))
    assert b'version = "8.7.6' in members["sample_src/_vendor/_version.py"]
    assert ("sample_src/_version.py" in members) == (setting == "")


@pytest.mark.parametrize("tags", ["tag_build = dev\ntag_date = 1", "tag_build = .post", "tag-build = rc1"])
@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
def test_version_tags_of_setup_cfg_have_no_effect(tags: str, hook: str, tmp_path: Path) -> None:
    """Many an old setup.cfg has setuptools append ``dev`` and the date: the version of a build is uniqver's alone."""
    project = copied("src_layout", tmp_path)
    (project / "setup.cfg").write_text(f"[egg_info]\n{tags}\n", encoding="utf-8")
    committed(project)
    done = call_hook(hook, project, tmp_path / "dist")
    assert done.code == 0, done.err
    assert_all_say(f"1.4.1.dev1+g{git(project, 'rev-parse', 'HEAD')[:12]}", *(tmp_path / "dist").iterdir())
