"""This project's own workflows are what ``uniqver init`` writes, and its tests run where it says it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from uniqver.cli.init.pipelines import DEPENDABOT, Pipeline, files_for
from uniqver.cli.init.plan import make_plan
from uniqver.cli.init.source_tree import SourceTree
from uniqver.config import loads

pytestmark = pytest.mark.once  # texts
REPOSITORY = Path(__file__).parent.parent.parent
WORKFLOWS = REPOSITORY / ".github/workflows"


def test_own_publishing_workflows_are_what_init_writes() -> None:
    """A change of the recipe changes this project's own workflows, or fails here."""
    written = files_for("github", Pipeline(name="uniqver"), {})
    assert set(written) == {".github/workflows/dev-build.yml", ".github/workflows/release.yml", DEPENDABOT}
    for path, text in written.items():
        assert (REPOSITORY / path).read_text(encoding="utf-8") == text


def test_init_has_nothing_to_do_here() -> None:
    """The project is set up as init would set it up."""
    files = {name: (REPOSITORY / name).read_text(encoding="utf-8") for name in ("pyproject.toml", ".gitignore")}
    pipelines = {f".github/workflows/{path.name}": path.read_text(encoding="utf-8") for path in WORKFLOWS.iterdir()}
    pipelines[DEPENDABOT] = (REPOSITORY / DEPENDABOT).read_text(encoding="utf-8")
    tree = SourceTree(
        name="uniqver",
        files=files,
        pipelines=pipelines,
        own_package="src/uniqver",
        git=lambda *words: "" if "check-ignore" in words else None,
    )
    assert [change.path for change in make_plan(tree, "github").changes] == []


@pytest.mark.parametrize("os", ["ubuntu-latest", "macos-latest", "windows-latest"])
def test_the_tests_run_on_every_system_and_python(os: str) -> None:
    """Linux, macOS and Windows, Python 3.10 to 3.14."""
    matrix = yaml.safe_load((WORKFLOWS / "tests.yml").read_text(encoding="utf-8"))["jobs"]["tests"]["strategy"][
        "matrix"
    ]
    assert os in matrix["os"]
    assert matrix["python"] == [f"3.{minor}" for minor in range(10, 15)]


def test_every_python_of_the_classifiers_is_tested() -> None:
    """No Python is promised that no workflow runs."""
    project = loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = {
        c.rpartition(" ")[2] for c in project["classifiers"] if c.startswith("Programming Language :: Python :: 3.")
    }
    matrix = yaml.safe_load((WORKFLOWS / "tests.yml").read_text(encoding="utf-8"))["jobs"]["tests"]["strategy"][
        "matrix"
    ]
    assert promised <= set(matrix["python"])
    assert len(promised) >= 4


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """Word for word, after what installs the servers."""
    commands = (REPOSITORY / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert f"$ {commands[-1]}" in (REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()


def test_contributors_are_told_of_every_room() -> None:
    """Each folder of the package, and each file of its top that holds something."""
    text = (REPOSITORY / ".github/CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = [
        path
        for path in (REPOSITORY / "src/uniqver").iterdir()
        if (path / "__init__.py").exists() or path.name == "manual"
    ]
    assert [path.name for path in rooms if f"| `{path.name}/` |" not in text] == []
    assert len(rooms) > 10
