from __future__ import annotations

import subprocess
import uuid
from typing import TYPE_CHECKING

import pytest
from tests.adapters.counters import servers
from tests.adapters.counters.git_http import GitHttpServer, serving
from tests.adapters.counters.stores import KINDS, Store

from uniqver.counters.protocol import Stream
from uniqver.counters.sqlite import LocalCounter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_SERVERS = {"redis_port", "postgres_port", "own_server", "http", "bare", "store"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A server is the same to every Python; SQLite is a part of each."""
    for item in items:
        params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if "local" not in params.values() and _SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("once")


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = servers.free_port()
    with servers.running(servers.redis_server(tmp_path_factory.mktemp("redis"), port)):
        yield port


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    port = servers.free_port()
    with servers.postgres_folder() as (data, user), servers.running(servers.postgres_server(data, user, port)):
        yield port


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A bare repository, as it stands on a server."""
    path = tmp_path / "server" / "project.git"
    path.parent.mkdir()
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    subprocess.run(["git", "-C", str(path), "config", "http.receivepack", "true"], check=True)
    return path


@pytest.fixture
def http(bare: Path) -> Iterator[GitHttpServer]:
    with serving(bare.parent) as server:
        yield server


@pytest.fixture
def stream() -> Stream:
    """A stream that no other test uses."""
    return Stream(project=f"project-{uuid.uuid4().hex}", base="1.4.1")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def git_path(bare: Path, state: Path, stream: Stream) -> Store:
    return Store(setting=f"git+{bare}", state=state, stream=stream)


@pytest.fixture
def git_http(http: GitHttpServer, bare: Path, state: Path, stream: Stream) -> Store:
    return Store(setting=f"git+{http.url(bare.name)}", state=state, stream=stream)


@pytest.fixture
def redis_store(redis_port: int, state: Path, stream: Stream) -> Store:
    return Store(setting=servers.redis_url(redis_port), state=state, stream=stream)


@pytest.fixture
def postgres_store(postgres_port: int, state: Path, stream: Stream) -> Store:
    return Store(setting=servers.postgres_url(postgres_port), state=state, stream=stream)


@pytest.fixture
def local(state: Path, stream: Stream) -> Store:
    return Store(setting="local", state=state, stream=stream)


@pytest.fixture
def sqlite(tmp_path: Path, state: Path, stream: Stream) -> Store:
    """A file that the settings name, and that ``uniqver counter init`` made."""
    made = Store(setting=f"sqlite://{tmp_path}/numbers.sqlite3", state=state, stream=stream)
    assert isinstance(made.counter, LocalCounter)
    made.counter.create()
    return made


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Store:
    """Every store in turn."""
    name = {"git-path": "git_path", "git-http": "git_http", "redis": "redis_store", "postgresql": "postgres_store"}
    found = request.getfixturevalue(name.get(request.param, request.param))
    assert isinstance(found, Store)
    return found
