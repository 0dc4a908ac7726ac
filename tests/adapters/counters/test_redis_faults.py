"""What the Redis counter does when the server, its settings or its data are not as they should be."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import redis
from tests.adapters.counters import servers
from tests.adapters.counters.allocator import claim
from tests.adapters.counters.servers import PASSWORD, QUOTED
from tests.adapters.counters.stores import Store, assert_numbers_outlive

from uniqver.counters.redis import RedisCounter
from uniqver.errors import CounterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.adapters.counters.servers import Server

    from uniqver.counters.protocol import Stream

Admin = redis.Redis


@pytest.fixture
def own_port() -> int:
    return servers.free_port()


@pytest.fixture
def own_server(tmp_path: Path, own_port: int) -> Iterator[Server]:
    """A server of the test's own, to be mistreated."""
    folder = tmp_path / "redis"
    folder.mkdir()
    with servers.running(servers.redis_server(folder, own_port)) as server:
        yield server


@pytest.fixture
def own(own_server: Server, own_port: int, state: Path, stream: Stream) -> Store:
    return Store(setting=servers.redis_url(own_port), state=state, stream=stream)


@pytest.fixture
def admin(own: Store, own_port: int) -> Iterator[Admin]:
    with contextlib.closing(redis.Redis(port=own_port, password=PASSWORD, decode_responses=True)) as client:
        yield client


def failing(store: Store, *, seconds: float = 5.0, key: str = "k") -> CounterError:
    """Take a number where that must fail; return how."""
    counter = RedisCounter(store.setting, store.around)
    counter.seconds = seconds
    with pytest.raises(CounterError) as caught:
        counter.allocate(store.stream, claim(key))
    assert PASSWORD not in str(caught.value)
    assert QUOTED not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_server_killed_while_eight_take_numbers(own: Store, own_server: Server) -> None:
    """``kill -9`` of the server in the middle of it: after a restart the same builds get one number each."""
    assert_numbers_outlive(own_server, own, "can't be reached")


def test_connection_refused(redis_store: Store) -> None:
    """A server that isn't there is named, without the password."""
    port = servers.free_port()
    error = failing(replace(redis_store, setting=servers.redis_url(port)))
    assert f"redis://127.0.0.1:{port}/0 can't be reached" in error.what


def test_hanging_server(own: Store, own_server: Server) -> None:
    """A server that hangs is given up after the time-out; the same build then has one number."""
    assert own.take("a") == 1
    with own_server.frozen():
        error = failing(own, seconds=0.3, key="b")
        assert "does not answer" in error.what
    assert own.take("b") == 2
    assert own.take("c") == 3


@pytest.mark.parametrize("password", ["wrong-password", ""])
def test_wrong_password(redis_store: Store, redis_port: int, password: str) -> None:
    """A wrong or missing password is an error that names where to set it, and isn't shown."""
    error = failing(replace(redis_store, setting=servers.redis_url(redis_port, password=password)))
    assert "refuses the password" in error.what
    assert "REDISCLI_AUTH" in error.fix
    assert "wrong-password" not in str(error)


def test_password_from_the_environment(redis_store: Store, redis_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """``REDISCLI_AUTH`` has the password where the URL has none."""
    monkeypatch.setenv("REDISCLI_AUTH", PASSWORD)
    assert replace(redis_store, setting=f"redis://127.0.0.1:{redis_port}/0").take("a") == 1


def test_forgetful_server(own: Store, admin: Admin) -> None:
    """A server without its append-only file is refused before a number is taken, unless that is accepted."""
    admin.config_set("appendonly", "no")
    error = failing(own)
    assert "append-only" in error.what
    assert "appendonly yes" in error.fix
    with pytest.raises(CounterError, match="append-only"):
        own.counter.check()
    assert admin.dbsize() == 0
    assert replace(own, setting=f"{own.setting}#durability=unchecked").take("a") == 1


def test_evicting_server(own: Store, admin: Admin) -> None:
    """A server that drops keys when it is full is refused; one that only has the policy and no limit is not."""
    admin.config_set("maxmemory-policy", "allkeys-lru")
    assert own.take("a") == 1
    admin.config_set("maxmemory", "100mb")
    assert "allkeys-lru" in failing(own, key="b").what


def test_full_memory(own: Store, admin: Admin) -> None:
    """A server that is out of memory takes nothing; with more memory it goes on."""
    assert own.take("a") == 1
    admin.config_set("maxmemory", "1")
    assert "out of memory" in failing(own, key="b").what
    admin.config_set("maxmemory", "0")
    assert own.counter.peek(own.stream, None) == 2
    assert own.take("b") == 2


def test_replica(own: Store, admin: Admin) -> None:
    """A read-only replica is named as such."""
    admin.replicaof("127.0.0.1", servers.free_port())
    assert "read-only replica" in failing(own).what


def test_no_permission(own: Store, admin: Admin, own_port: int) -> None:
    """A user who may not write is told what to grant."""
    admin.acl_setuser("reader", enabled=True, passwords=["+reader-word"], categories=["+@read"], keys=["*"])
    admin.acl_setuser("reader", enabled=True, commands=["+info", "+client", "+hello"])
    error = failing(replace(own, setting=f"redis://reader:reader-word@127.0.0.1:{own_port}/0"))
    assert "does not permit" in error.what
    assert "reader-word" not in str(error)


def test_emptied_server(own: Store, admin: Admin) -> None:
    """A server that lost its data is noticed by who saw more; the fix that it names works."""
    assert [own.take("a"), own.take("b")] == [1, 2]
    admin.flushall()
    assert "uniqver counter floor 2" in failing(own, key="c").fix
    with pytest.raises(CounterError, match="highest number"):
        own.counter.peek(own.stream, None)
    assert own.counter.floor(own.stream, 0) == 2
    assert own.take("c") == 3


def test_damaged_data(own: Store, admin: Admin) -> None:
    """A record that can't be read, and a key of another type, are errors."""
    assert own.take("a") == 1
    admin.hset(f"uniqver:{own.stream}", "number:1", "{")
    assert "damaged" in failing(own, key="a").what
    admin.delete(f"uniqver:{own.stream}")
    admin.set(f"uniqver:{own.stream}", "1")
    assert "something else" in failing(own, key="a").what


def test_full_disk(own_port: int, state: Path, stream: Stream) -> None:
    """A server whose disk is full hands out no number that a restart would hand out again."""
    with servers.tiny_disk("1m") as disk:
        server = servers.redis_server(disk, own_port, "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
        store = Store(setting=servers.redis_url(own_port), state=state, stream=stream)
        with servers.running(server):
            numbers = {"a": store.take("a")}
            ballast = disk / "ballast"
            with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
                while file.write(b"x" * 4096):
                    pass
            refused = None
            for each in range(100):
                try:
                    numbers[f"{each}"] = store.take(f"{each}")
                except CounterError as error:
                    refused = error
                    break
            assert refused is not None
            assert "can't" in refused.what
            ballast.unlink()
            server.stop()
        with servers.running(server):
            numbers |= {key: store.take(key) for key in ("after", "later")}
            assert {key: store.take(key) for key in numbers} == numbers
        assert len(set(numbers.values())) == len(numbers)


def test_missing_client(redis_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the client library the error is the line that installs it."""
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(CounterError, match="not installed") as caught:
        redis_store.counter.peek(redis_store.stream, None)
    assert "pip install 'uniqver[redis]'" in caught.value.fix


def test_tls_is_spoken(redis_store: Store, redis_port: int) -> None:
    """``rediss://`` insists on TLS: a server that speaks none is an error."""
    error = failing(
        replace(redis_store, setting=servers.redis_url(redis_port).replace("redis:", "rediss:")), seconds=0.5
    )
    assert error.what.startswith(f"rediss://127.0.0.1:{redis_port}/0")
