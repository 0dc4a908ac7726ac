"""What a build by distance or by CI imports: every millisecond is paid in each of five hooks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo
from tests.support.resolving import configure

if TYPE_CHECKING:
    from pathlib import Path

EXPENSIVE = (
    "argparse", "ctypes", "difflib", "email", "getpass", "json", "platform", "setuptools", "sqlite3",
    "tempfile", "unittest", "uuid",
)  # fmt: skip

RESOLVE = """
import os, sys
before = set(sys.modules)
from pathlib import Path
from uniqver.resolve import resolve
from uniqver.resolve.request import request_for
print(resolve(request_for(Path(sys.argv[1]), os.environ, sys.argv[2], hook="build_wheel")).origin)
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


@pytest.mark.parametrize(
    ("origin", "variables"),
    [("distance", {}), ("ci", {"UNIQVER_BUILD_NUMBER": "7"}), ("pin", {"UNIQVER_VERSION": "1.0"})],
)
@pytest.mark.parametrize("purpose", ["peek", "build"])
def test_what_is_imported(
    origin: str, variables: dict[str, str], purpose: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing expensive is imported that this source doesn't use: no database, no JSON, no network, no setuptools."""
    repo = Repo(tmp_path / "app")
    configure(repo.path)
    repo.commit("pyproject.toml", (repo.path / "pyproject.toml").read_text())
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    # -S: an editable installation's own hooks would import what they like
    path = [entry for entry in sys.path if entry]
    code = f"import sys; sys.path[:] = {path!r}\n{RESOLVE}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(repo.path), purpose], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    came_from, modules = done.stdout.splitlines()
    assert came_from == origin
    assert not set(modules.split()) & set(EXPENSIVE)
