"""What ``uniqver init`` makes of single files: the version goes, and everything else stays as it was written."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.metadata import requires
from typing import TYPE_CHECKING

import pytest
import tomlkit

from uniqver.cli.init import edits, pipelines, setup_script
from uniqver.cli.init.plan import make_plan
from uniqver.cli.init.source_tree import FileChange, SourceTree, read_source_tree, write
from uniqver.errors import ProjectError, UniqverError, UsageError
from uniqver.project import OLDEST_SETUPTOOLS

if TYPE_CHECKING:
    from pathlib import Path


def edited(text: str, **settings: object) -> str:
    return edits.edit_pyproject(text, name="acme", old_tool="static", settings=settings)


def test_a_static_version_becomes_dynamic_in_its_place_with_its_comment() -> None:
    """The line that says the version is the line that says it is dynamic."""
    text = '[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "acme"\nversion = \'1.0\'  # x\nlicense = "MIT"\n'
    assert edited(text) == (
        '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n\n'
        '[project]\nname = "acme"\ndynamic = ["version"]  # x\nlicense = "MIT"\n'
    )


def test_other_dynamic_fields_and_other_requirements_stay() -> None:
    """``dynamic`` is added to; a bounded setuptools and Cython are still required."""
    text = (
        '[build-system]\nrequires = ["setuptools>=68,<80", "Cython"]\nbuild-backend = "setuptools.build_meta"\n\n'
        '[project]\nname = "acme"\nversion = "1.0"\ndynamic = ["readme"]\n'
    )
    after = edited(text)
    assert 'requires = ["setuptools>=68,<80", "Cython", "uniqver"]' in after
    assert 'dynamic = ["readme", "version"]' in after
    assert "1.0" not in after


def test_an_attribute_that_says_the_version_goes_with_its_empty_table() -> None:
    """[tool.setuptools.dynamic] with a version alone leaves nothing behind; with more, the rest."""
    alone = '[project]\nname = "acme"\ndynamic = ["version"]\n\n[tool.setuptools.dynamic]\nversion = {attr = "acme.__version__"}\n'
    assert "tool.setuptools" not in edited(alone)
    more = alone + 'readme = {file = "README.md"}\n'
    assert '[tool.setuptools.dynamic]\nreadme = {file = "README.md"}' in edited(more)
    assert "attr" not in edited(more)


def test_what_is_appended_to_each_version_goes() -> None:
    """sqlalchemy tags its builds ``dev`` in pyproject.toml, where it is stronger than what a build can say."""
    text = (
        '[project]\nname = "acme"\nversion = "1.0"\n\n[tool.distutils.egg_info]\ntag-build = "dev"\n\n[tool.x]\na = 1\n'
    )
    assert "distutils" not in edited(text)
    assert "[tool.x]" in edited(text)


def test_a_tool_that_setup_py_imports_is_still_required() -> None:
    """ultrajson asks setuptools-scm for a macro, too."""
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["setuptools>=77", "setuptools-scm[toml]>=3.4"]\n[project]\nname = "ujson"\n',
        "setup.py": "from setuptools import setup\nfrom setuptools_scm import get_version\nversion = get_version()\nsetup(define_macros=[('V', version)], use_scm_version=True)\n",
    }
    plan = make_plan(SourceTree(name="a", files=files, pipelines={}), "none")
    assert 'requires = ["uniqver", "setuptools-scm[toml]>=3.4"]' in (plan.changes[0].after or "")


def test_a_table_in_two_places_loses_what_goes() -> None:
    """tomlkit gives such a table as another kind of object."""
    text = '[tool.a]\nx = 1\n\n[project]\nname = "acme"\ndynamic = ["version"]\n\n[tool.versioningit]\ndefault-version = "1"\n'
    after = edits.edit_pyproject(text, name="acme", old_tool="versioningit", settings={})
    assert "versioningit" not in after
    assert "[tool.a]\nx = 1\n" in after


def test_an_empty_pyproject_gets_all_that_a_project_needs() -> None:
    """From nothing: the two lines, a name, dynamic, and the settings."""
    assert edited("", base="1.1.0") == (
        '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n\n'
        '[project]\nname = "acme"\ndynamic = ["version"]\n\n[tool.uniqver]\nbase = "1.1.0"\n'
    )


@pytest.mark.parametrize("folder", ["empty", "notes"])
def test_a_folder_without_a_project_is_refused(folder: str, tmp_path: Path) -> None:
    """A newcomer in the wrong folder got a pyproject.toml there, for a project of nothing."""
    files = {"empty": {}, "notes": {".gitignore": "", "script.py": "", "VERSION": "1"}}[folder]
    with pytest.raises(ProjectError, match=r"no pyproject\.toml, setup\.py or setup\.cfg in") as refused:
        make_plan(SourceTree(name="a", files=files, pipelines={}, top=tmp_path), "github")
    assert str(tmp_path) in refused.value.what
    assert refused.value.fix.startswith("uniqver init -C DIR")
    tree = SourceTree(name="a", files=files, pipelines={})
    for new in (replace(tree, files={**files, "pyproject.toml": ""}), replace(tree, packages=("a",))):
        assert "pyproject.toml" in {change.path for change in make_plan(new, "none").changes}


def test_settings_that_are_there_are_not_changed() -> None:
    """Only missing keys are added to [tool.uniqver]."""
    text = edited('[tool.uniqver]\nbase = "9.0"\n\n[tool.ruff]\nline-length = 9\n', base="1.0", workflow="dev.yml")
    assert '[tool.uniqver]\nbase = "9.0"\nworkflow = "dev.yml"\n' in text


def test_editing_twice_is_editing_once() -> None:
    """The second edit of a pyproject.toml changes no byte."""
    text = '# c\n[project]\nname="acme"\nversion="1.0"\n[tool.x]\na=1\n'
    once = edited(text, base="1.0.1")
    assert edited(once, base="1.0.1") == once


def test_keywords_of_setup_go_and_the_rest_of_setup_py_stays() -> None:
    """Keywords on a line of their own, in the middle of a line and last go; an import that nothing uses goes."""
    text = (
        "import versioneer\nfrom setuptools import setup\n\nsetup(\n    name='ä',\n    version=versioneer.get_version(),\n"
        "    cmdclass=versioneer.get_cmdclass(),\n    packages=['x'],  # here\n)\n"
    )
    assert setup_script.setup_script_without_version(text) == (
        "from setuptools import setup\n\nsetup(\n    name='ä',\n    packages=['x'],  # here\n)\n"
    )
    line = "import setuptools\nsetuptools.setup(name='a', version='1.0', packages=['x'])\n"
    assert (
        setup_script.setup_script_without_version(line)
        == "import setuptools\nsetuptools.setup(name='a', packages=['x'])\n"
    )
    assert setup_script.read_setup_script(line).keywords["version"].text == "1.0"


def test_command_classes_of_ones_own_are_kept_and_a_mixture_is_refused() -> None:
    """get_cmdclass(mine) leaves mine; a dictionary that mixes is not guessed at."""
    text = "import versioneer\nsetup(cmdclass=versioneer.get_cmdclass({'build_ext': B}))\n"
    assert setup_script.setup_script_without_version(text) == "setup(cmdclass={'build_ext': B})\n"
    with pytest.raises(UniqverError, match="mixes the command classes"):
        setup_script.setup_script_without_version("setup(cmdclass={**versioneer.get_cmdclass(), 'x': X})\n")


def test_a_version_in_setup_cfg_goes_with_the_lines_that_continue_it() -> None:
    """Only ``version`` of [metadata] goes: not that of another section, nor a key that starts like it."""
    text = "# kept\n[metadata]\nname = a  # kept\nversion =\n    1.0\nversion_note: x\n\n[other]\nversion = 2\n"
    assert edits.edit_setup_cfg(text) == text.replace("version =\n    1.0\n", "")


@pytest.mark.parametrize(("before", "after"), [("", ""), ("[a]\nx = 1\n\n", "[a]\nx = 1\n")])
@pytest.mark.parametrize("rest", ["", "\n[b]\n# kept\ny =\n    2\n    # kept\n    3\n"])
def test_a_section_of_versioneer_goes_from_setup_cfg_with_all_its_lines(before: str, after: str, rest: str) -> None:
    """At the beginning, between others and at the end; other sections stay letter for letter."""
    text = f"{before}[versioneer]\nVCS = git\n# theirs\nstyle = pep440\n{rest}"
    assert edits.edit_setup_cfg(text) == (f"{after}{rest}" if after else rest.lstrip("\n"))


@pytest.mark.parametrize("text", ["", "[metadata]\nname = a", "; c\n\n\n\n[options]\nzip_safe=no\n\n\n"])
def test_a_setup_cfg_without_a_version_is_not_touched(text: str) -> None:
    """Not even empty lines, or a missing end of the last line."""
    assert edits.edit_setup_cfg(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "from . import _version\n__version__ = _version.get_versions()['version']\n",
        "from ._version import get_versions\n__version__ = get_versions()['version']\ndel get_versions\n",
    ],
)
def test_both_forms_that_versioneer_wrote_become_one_import(text: str) -> None:
    """The package takes its version from the version file, as before; nothing of versioneer is left."""
    assert edits.package_without_versioneer(f'"""Doc."""\n{text}') == '"""Doc."""\nfrom ._version import __version__\n'


def test_another_use_of_versioneer_is_refused_with_the_line_to_write() -> None:
    """What can't be taken apart is not left broken."""
    with pytest.raises(UniqverError) as caught:
        edits.package_without_versioneer("v = get_versions()\n")
    assert "from ._version import __version__" in caught.value.fix


@pytest.mark.parametrize(
    ("version", "tags", "base"),
    [
        ("1.4.0", (), "1.4.1"),
        ("1.4", (), "1.4.1"),
        ("1!2.0.0", (), "1!2.0.1"),
        ("1.5.0.dev0", (), "1.5.0"),
        ("2.0rc1", ("v1.0",), "2.0"),
        ("1.4.0", ("v1.3.0",), "1.4.0"),
        ("1.4.0", ("v1.3.0", "v1.4.0"), None),
        ("not-one", (), None),
        ("1." + "9" * 5000, (), None),
    ],
)
def test_the_base_comes_from_the_old_version_where_that_is_right(
    version: str, tags: tuple[str, ...], base: str | None
) -> None:
    """A version without tags is taken to be out; above the tags it is coming; a tag that is there leads on itself."""
    text = f'[project]\nname = "acme"\nversion = "{version}"\n'
    plan = make_plan(SourceTree(name="acme", files={"pyproject.toml": text}, pipelines={}, tags=tags), "none")
    (change,) = plan.changes
    assert (f'base = "{base}"' in (change.after or "")) is (base is not None)
    assert "version = " not in (change.after or "").replace('base = "', "")


@pytest.mark.parametrize(
    "options",
    [
        *({"base": base} for base in ("", "banana", "1.0+local", "1.4.0.dev1", "-1", "1" * 5000)),
        *({"workflow": name} for name in ("", "a.txt", "../a.yml", "/a.yml", "a\\b.yml", "a\nb.yml", "\x1b[2J.yml")),
    ],
)
def test_an_option_that_no_build_could_use_is_refused(options: dict[str, str]) -> None:
    """Once written, it would stop every build, and the next ``init`` too; a path would lead out of the folder."""
    (option,) = options
    with pytest.raises(UsageError, match=f"^--{option}: ") as refused:
        make_plan(SourceTree(name="a", files={}, pipelines={}), "github", **options)  # type: ignore[arg-type]
    assert refused.value.fix.startswith(f"uniqver init --{option} ")


@pytest.mark.parametrize(
    ("requirement", "taken"),
    [
        *((f"setuptools{which}", False) for which in ("~=66.1", "<70", "<=76.1", "==65.5.0", "==76.*", ">=61,<77")),
        *((f"setuptools{which}", True) for which in ("", ">=61", "<80", "==78.1.0", "~=78.1", ">=61,!=77.0", "===odd")),
        ("setuptools<70; python_version < '3.12'", False),
        ("setuptools <> 3", True),
    ],
)
def test_a_setuptools_that_is_too_old_is_refused(requirement: str, taken: bool) -> None:
    """As apache/libcloud asks for: its builds would end in pip's "conflicting dependencies"."""
    text = f'[build-system]\nrequires = ["{requirement}", "wheel"]\nbuild-backend = "setuptools.build_meta"\n'
    if taken:
        assert '"uniqver"' in edited(text)
    else:
        for requires in (text, text.replace('"wheel"', '"uniqver"')):
            with pytest.raises(UniqverError, match=r"setuptools 77 or newer"):
                edited(requires)


def test_the_oldest_setuptools_is_the_one_that_uniqver_asks_for() -> None:
    """Else one of them is wrong."""
    assert f"setuptools>={OLDEST_SETUPTOOLS}" in (requires("uniqver") or ())


DEEP = ("x = " + "-" * 20_000 + "1", "x = 1" + "+1" * 20_000)
"""Python's parser runs out of its stack, or of recursion; 3.10 reads the second."""


def test_a_setup_py_that_is_nested_too_deep_is_refused() -> None:
    """As one that is no Python."""
    with pytest.raises(UniqverError, match=r"setup\.py can't be read"):
        make_plan(SourceTree(name="a", files={"setup.py": DEEP[0]}, pipelines={}), "none")


@pytest.mark.parametrize("code", DEEP)
def test_a_module_that_is_nested_too_deep_says_no_version(code: str) -> None:
    """It stays as it is."""
    plan = make_plan(SourceTree(name="a", files={"a/__init__.py": code}, pipelines={}, packages=("a",)), "none")
    assert "pyproject.toml" in (paths := {change.path for change in plan.changes})
    assert "a/__init__.py" not in paths


@pytest.mark.parametrize("encoding", ["rot13", "hex", "undefined"])
def test_a_module_in_an_encoding_that_decodes_no_text_is_unreadable(encoding: str, tmp_path: Path) -> None:
    """By a line of PEP 263, which Python itself refuses."""
    (tmp_path / "setup.py").write_text(f"# coding: {encoding}\nx = 1\n")
    assert read_source_tree(tmp_path).unreadable == ("setup.py",)


def test_a_backend_that_is_not_setuptools_is_refused() -> None:
    """uniqver wraps setuptools, and says so before it touches a hatch project."""
    text = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    with pytest.raises(UniqverError, match=r"hatchling\.build"):
        make_plan(SourceTree(name="a", files={"pyproject.toml": text}, pipelines={}), "github")


@pytest.mark.parametrize(
    ("run", "packs"),
    [
        ("python -m build", True),
        ("pip wheel . -w dist", True),
        ("uv build --sdist", True),
        ("python setup.py sdist bdist_wheel", True),
        ("tox -e build,dist", True),
        ("tox -e py", False),
        ("pip install -e .[test]", False),
        ("pip install ruff", False),
        ("ruff check .", False),
    ],
)
def test_a_step_that_packs_the_project_is_told_from_one_that_does_not(run: str, packs: bool) -> None:
    """Only what may be published needs a public version."""
    assert pipelines.packs(run) is packs


@pytest.mark.parametrize(
    "run",
    [
        "twine upload dist/*",
        "python -m twine upload dist/*",
        "twine --no-color upload dist/*",
        "uv publish",
        "python setup.py sdist bdist_wheel upload",
        "make release",
        "tox -e publish",
        "./scripts/release.sh",
    ],
)
def test_a_publisher_of_ones_own_is_named_and_not_touched(run: str) -> None:
    """Its uploads would race with the recipe's: the note names it, and the command where only that shows."""
    path = ".github/workflows/publish.yml"
    tree = SourceTree(
        name="acme",
        files={"pyproject.toml": '[project]\nname = "acme"\nversion = "1.0"\n'},
        pipelines={path: f"on: [push]\njobs:\n  a:\n    steps:\n      - run: {run}\n"},
    )
    plan = make_plan(tree, "github")
    assert path not in [change.path for change in plan.changes]
    (note,) = [note for note in plan.notes if note.startswith(path)]
    assert ("publishes too" if "upload" in run or run == "uv publish" else run) in note


def test_a_workflow_that_only_tests_is_neither_touched_nor_named() -> None:
    """Its builds are local by themselves."""
    path, text = ".github/workflows/tests.yml", "on: [push]\njobs:\n  a:\n    steps:\n      - run: pip install -e .\n"
    files = {"pyproject.toml": '[project]\nname = "acme"\nversion = "1.0"\n'}
    plan = make_plan(SourceTree(name="acme", files=files, pipelines={path: text}), "github")
    assert path not in [change.path for change in plan.changes]
    assert [note for note in plan.notes if path in note] == []


def test_archives_of_git_know_their_version_if_that_is_asked_for() -> None:
    """The file, and the line that has git fill it in; both once."""
    files = {"pyproject.toml": '[project]\nname = "acme"\nversion = "1.0"\n', ".gitattributes": "*.py text"}
    tree = SourceTree(name="acme", files=files, pipelines={})
    assert [change.path for change in make_plan(tree, "none").changes] == ["pyproject.toml"]
    plan = make_plan(tree, "none", archives=True)
    assert not any("--archives" in step for step in plan.next_steps)
    changes = {change.path: change.after or "" for change in plan.changes}
    assert changes[".gitattributes"] == "*.py text\n.git_archival.txt  export-subst\n"
    assert "describe-name: $Format:%(describe:tags=true,match=*[0-9]*)$" in changes[".git_archival.txt"]
    after = replace(tree, files={**files, **changes})
    assert make_plan(after, "none", archives=True).changes == ()


@pytest.mark.parametrize(
    ("old", "settings", "lost"),
    [
        (
            'versioningit.format]\ndistance = "{next_version}.dev{distance}+{vcs}{rev}"',
            {"bump": "minor"},
            ["have no counterpart: format"],
        ),
        ('versioningit.next-version]\nmethod = "minor"', {}, []),
        (
            'versioningit]\nformat = {distance = "{next_version}.dev{distance}"}\nnext-version = {method = "smallest"}',
            {},
            ["have no counterpart: format"],
        ),
        ('versioningit.next-version]\nmethod = "null"', {}, ["have no counterpart: next-version"]),
        ('versioneer]\nstyle = "pep440-post"', {"segment": "post"}, []),
        ('versioneer]\nstyle = "pep440-pre"', {}, []),
        ('versioneer]\nstyle = "git-describe"', {}, ["have no counterpart: style"]),
    ],
)
def test_what_other_tools_make_goes_on(old: str, settings: dict[str, str], lost: list[str]) -> None:
    """Bump and segment are kept, so that the next version sorts above those of the old tool; nothing else is called lost."""
    files = {"pyproject.toml": f'[project]\nname = "acme"\ndynamic = ["version"]\n\n[tool.{old}\n'}
    plan = make_plan(SourceTree(name="acme", files=files, pipelines={}), "none")
    after = next(tomlkit.parse(change.after or "") for change in plan.changes if change.path == "pyproject.toml")
    assert after.get("tool", {}).get("uniqver", {}) == settings
    assert [note.partition("] ")[2] for note in plan.notes if "counterpart" in note] == lost


@pytest.mark.parametrize(("base", "told"), [(None, True), ("1.0.10", True), ("2.0", False)])
def test_a_base_of_the_users_own_is_not_explained(base: str | None, told: bool) -> None:
    """The note is about the release that the old version leads to, and not about another."""
    files = {"pyproject.toml": '[project]\nname = "acme"\nversion = "1.0.9"\n'}
    plan = make_plan(SourceTree(name="acme", files=files, pipelines={}), "none", base=base)
    assert [note for note in plan.notes if note.startswith("base")] == [
        'base 1.0.10: there are no tags, so 1.0.9 is assumed to be released; if it is not, set base = "1.0.9"'
    ] * told


UV = {
    "none": ("", '\n[tool.uv]\ncache-keys = [KEYS]\n'),
    "one": ('\n[tool.uv]\npackage = true\n', '\n[tool.uv]\npackage = true\ncache-keys = [KEYS]\n'),
    "one before another": ('\n[tool.uv]\npackage = true\n\n[tool.ruff]\nx = 1\n', '\n[tool.uv]\npackage = true\ncache-keys = [KEYS]\n\n[tool.ruff]\nx = 1\n'),
    "tables below it": ('\n[tool.uv.sources]\nother = { path = "../other" }\n', None),
    "keys": ('\n[tool.uv]\ncache-keys = []\n', '\n[tool.uv]\ncache-keys = []\n'),
}  # fmt: skip


@pytest.mark.parametrize("case", UV)
def test_uv_builds_again_for_another_commit(case: str) -> None:
    """Five real projects had to be told by doctor, right after init. setup.py goes on counting."""
    before, after = UV[case]
    start = '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n'
    line = edits.cache_keys(["pyproject.toml", "setup.py"])
    keys = '{ file = "pyproject.toml" }, { file = "setup.py" }, { git = { commit = true, tags = true } }'
    got = edits.edit_pyproject(start + before, name=None, old_tool="none", settings={}, cache_keys=line)
    if after is not None:
        assert got == start + after.replace("KEYS", keys)
    uv = tomlkit.parse(got).unwrap()["tool"]["uv"]
    assert case == "keys" or uv["cache-keys"][-1] == {"git": {"commit": True, "tags": True}}
    assert "sources" not in before or uv["sources"] == {"other": {"path": "../other"}}
    assert edits.edit_pyproject(got, name=None, old_tool="uniqver", settings={}, cache_keys=line) == got


@pytest.mark.skipif(os.name == "nt", reason="limits and modes are POSIX'")
@pytest.mark.parametrize("linked", [False, True])
def test_a_file_is_written_whole_or_not_at_all(linked: bool, tmp_path: Path) -> None:
    """A full disk left half a pyproject.toml. Mode, owner and a link inside the project stay."""
    import resource  # not on Windows

    (tmp_path / "settings").mkdir()
    path = tmp_path / "settings/pyproject.toml"
    path.write_text("x = 1\n")
    path.chmod(0o640)
    if linked:
        (tmp_path / "pyproject.toml").symlink_to("settings/pyproject.toml")
    name = "pyproject.toml" if linked else "settings/pyproject.toml"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(ProjectError, match=r"can't be written: File too large"):
            write(tmp_path, [FileChange(name, "x = 1\n", "y = 2\n" * 10)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "x = 1\n"
    write(tmp_path, [FileChange(name, "x = 1\n", "y = 2\n")])
    assert path.read_text() == "y = 2\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "pyproject.toml").is_symlink() is linked
    assert [each.name for each in path.parent.iterdir()] == ["pyproject.toml"]
