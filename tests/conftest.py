"""Every test starts from a machine without CI, without uniqver's variables and with a home of its own.

It is no container either, whatever the tests run in: there the local counter gives no public version.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.environment import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

threading.settrace(None)
threading.settrace = lambda _: None  # type: ignore[assignment]
"""Coverage counts in the main thread alone: a thread that starts while another one installs its trace function dies of a
RuntimeError (CPython's), and no thread decides anything."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure coverage in units and goldens alone: they reach what decides, and elsewhere it only costs time."""
    for item in items:
        if not {"unit", "golden"} & set(item.path.parts):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def _machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What modules and the session make for all of their tests starts from such a machine too."""
    with pytest.MonkeyPatch.context() as patch:
        _clean(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _own_machine(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _clean(monkeypatch, Path(tempfile.mkdtemp(dir=_homes)))  # mktemp looks at each of the thousands that there are
    monkeypatch.setattr("uniqver.resolve.numbers._FILES", ())


def _clean(patch: pytest.MonkeyPatch, home: Path) -> None:
    wanted = clean(os.environ, home)
    for name, value in wanted.items():
        patch.setenv(name, value)
    for name in set(os.environ) - set(wanted):
        patch.delenv(name)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of one test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder
