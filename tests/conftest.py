"""Every test starts from a machine without CI, without uniqver's variables and with a home of its own.

It is no container either, whatever the tests run in: there the local counter gives no public version.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.environment import clean

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name, value in clean(os.environ, home).items():
        monkeypatch.setenv(name, value)
    for name in set(os.environ) - set(clean(os.environ, home)):
        monkeypatch.delenv(name)
    monkeypatch.setattr("uniqver.resolve.numbers._FILES", ())


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of one test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder
