"""What setuptools-scm is told, and by which variables."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import packaging
import pytest
import setuptools

from uniqver.backend.file_finder import setuptools_scm_finds_nothing
from uniqver.config import loads
from uniqver.errors import ScmError
from uniqver.vcs.setuptools_scm import Asked, commit_said, handed_back, pretended, read_over_setup_py


def test_the_version_and_what_is_known_of_the_tree() -> None:
    """The version is in the variable for the project, and the facts are a table of TOML's in another one."""
    said = handed_back({}, "1.4.1.dev7", {"node": "gabc", "dirty": False}, "Acme.tools_x")
    assert said.pop("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_ACME_TOOLS_X") == "1.4.1.dev7"
    (name, value) = said.popitem()
    assert name == "SETUPTOOLS_SCM_PRETEND_METADATA_FOR_ACME_TOOLS_X"
    assert loads(f"v = {value}")["v"] == {"node": "gabc", "dirty": False}
    assert said == {}


def test_a_name_that_nobody_knows() -> None:
    """Without a project's name the variable for all projects is taken."""
    assert handed_back({}, "1.0", {}, None) == {"SETUPTOOLS_SCM_PRETEND_VERSION": "1.0"}


def test_the_users_metadata_stays() -> None:
    """A user's own pretended metadata isn't overwritten."""
    own = {"SETUPTOOLS_SCM_PRETEND_METADATA": '{node = "gfff"}'}
    assert handed_back(own, "1.0", {"node": "gabc"}, "acme") == {"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_ACME": "1.0"}


def test_every_enclosing_root_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file finder is told to ignore the project and each folder above, besides what the user says."""
    monkeypatch.setenv("SETUPTOOLS_SCM_IGNORE_VCS_ROOTS", "elsewhere")
    project = Path.cwd() / "a" / "b"
    with setuptools_scm_finds_nothing(project):
        roots = os.environ["SETUPTOOLS_SCM_IGNORE_VCS_ROOTS"].split(os.pathsep)
    assert roots[0] == "elsewhere"
    assert {os.path.normcase(project), os.path.normcase(project.parent)} <= set(roots)
    assert os.environ["SETUPTOOLS_SCM_IGNORE_VCS_ROOTS"] == "elsewhere"


def test_the_projects_own_pretended_version_wins() -> None:
    """The variable for one project is read before the one for all, setuptools-scm's before vcs-versioning's."""
    environ = {
        "VCS_VERSIONING_PRETEND_VERSION_FOR_ACME_TOOLS": "1",
        "SETUPTOOLS_SCM_PRETEND_VERSION": "2",
        "VCS_VERSIONING_PRETEND_VERSION": "3",
    }
    assert pretended(environ, "VERSION", "acme-tools") == ("VCS_VERSIONING_PRETEND_VERSION_FOR_ACME_TOOLS", "1")
    assert pretended(environ, "VERSION", None) == ("SETUPTOOLS_SCM_PRETEND_VERSION", "2")
    assert pretended({}, "VERSION", "acme-tools") is None


@pytest.mark.parametrize(
    ("text", "commit"),
    [
        ("__commit_id__ = commit_id = 'gabc123'\n", "gabc123"),
        ("x\ncommit_id = 'hfff'\n", "hfff"),
        ("__commit_id__ = commit_id = None\n", None),
        ("", None),
    ],
)
def test_commit_said(text: str, commit: str | None) -> None:
    """The commit is read from what setuptools-scm's own template writes, and from nothing else."""
    assert commit_said(text) == commit


@pytest.mark.skipif(os.name == "nt", reason="the interpreter is replaced by a shell script")
def test_setup_py_runs_where_only_this_process_knows_uniqver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frontend may put uniqver on ``sys.path`` and not into the environment: the process for setup.py finds it."""
    for package in (packaging, setuptools):
        (tmp_path / package.__name__).symlink_to(Path(str(package.__file__)).parent)
    (tmp_path / "_distutils_hack").symlink_to(Path(setuptools.__file__).parents[1] / "_distutils_hack")
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    project = tmp_path / "project"
    project.mkdir()
    (project / "setup.py").write_text("raise ValueError('no luck')\n")
    with pytest.raises(ScmError, match="fails: ValueError: no luck"):
        read_over_setup_py(Asked(project, None), {**os.environ, "PYTHONPATH": str(tmp_path)})
