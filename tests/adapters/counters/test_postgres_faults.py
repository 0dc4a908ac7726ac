"""What the PostgreSQL counter does when the server, its settings or its tables are not as they should be."""

from __future__ import annotations

import contextlib
import itertools
import sys
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.adapters.counters import servers
from tests.adapters.counters.allocator import claim
from tests.adapters.counters.servers import PASSWORD, QUOTED
from tests.adapters.counters.stores import Store, assert_numbers_outlive, race

from uniqver.counters.postgresql import PostgresCounter
from uniqver.errors import CounterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.adapters.counters.servers import Server

    from uniqver.counters.protocol import Stream


@pytest.fixture(scope="module")
def own_port() -> int:
    return servers.free_port()


@pytest.fixture(scope="module")
def own_server(own_port: int) -> Iterator[Server]:
    """A server of this module's own, to be mistreated."""
    with (
        servers.postgres_folder() as (data, user),
        servers.running(servers.postgres_server(data, user, own_port)) as server,
    ):
        yield server


@pytest.fixture
def own(own_server: Server, own_port: int, state: Path, stream: Stream) -> Store:
    return Store(setting=servers.postgres_url(own_port), state=state, stream=stream)


@pytest.fixture
def database(postgres_port: int, state: Path, stream: Stream) -> Store:
    """An empty database of the test's own."""
    name = f"d{uuid.uuid4().hex}"
    sql(servers.postgres_url(postgres_port), f"CREATE DATABASE {name}")
    return Store(setting=servers.postgres_url(postgres_port, database=name), state=state, stream=stream)


def sql(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        for statement in statements:
            db.execute(statement)


def failing(store: Store, *, seconds: float = 5.0, key: str = "k") -> CounterError:
    """Take a number where that must fail; return how."""
    counter = PostgresCounter(store.setting, store.around)
    counter.seconds = seconds
    with pytest.raises(CounterError) as caught:
        counter.allocate(store.stream, claim(key))
    assert PASSWORD not in str(caught.value)
    assert QUOTED not in str(caught.value)
    return caught.value


def test_server_killed_while_eight_take_numbers(own: Store, own_server: Server) -> None:
    """``kill -9`` of the server in the middle of it: after a restart the same builds get one number each."""
    assert_numbers_outlive(own_server, own, "CounterError")


def test_tables_made_by_eight_at_once(database: Store) -> None:
    """8 processes that all find no tables make them once, and get 8 numbers."""
    got = race(database, [[f"{process}"] for process in range(8)])
    assert sorted(itertools.chain(*got)) == list(range(1, 9))


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_stricter_isolation(database: Store, level: str) -> None:
    """A database whose transactions see only what was there when they began still counts without a fault."""
    sql(database.setting, f"ALTER ROLE owner IN DATABASE {database.setting.rpartition('/')[2]} "
        f"SET default_transaction_isolation = '{level}'")  # fmt: skip
    got = race(database, [[f"{process}-{each}" for each in range(10)] for process in range(4)])
    assert sorted(itertools.chain(*got)) == list(range(1, 41))


def test_commits_last(database: Store) -> None:
    """Where the server would confirm commits that a crash can undo, the counter's own are made to last."""
    name = database.setting.rpartition("/")[2]
    sql(database.setting, f"ALTER DATABASE {name} SET synchronous_commit = off",
        f"ALTER DATABASE {name} SET log_statement = 'none'")  # fmt: skip
    assert database.take("a") == 1
    sql(database.setting,
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.who := current_setting('synchronous_commit'); RETURN NEW; END $$",
        "CREATE TRIGGER note BEFORE INSERT ON uniqver_numbers FOR EACH ROW EXECUTE FUNCTION note()")  # fmt: skip
    assert database.take("b") == 2
    assert [made.claim.who for made in database.counter.history(database.stream)] == ["who", "on"]


def test_forgetful_server(own: Store, own_server: Server) -> None:
    """A server with fsync off is refused."""
    sql(own.setting, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    try:
        servers.eventually(lambda: _shows(own.setting, "fsync") == "off")
        assert "fsync is off" in failing(own).what
        with pytest.raises(CounterError, match="fsync"):
            own.counter.check()
    finally:
        sql(own.setting, "ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()")
    servers.eventually(lambda: _shows(own.setting, "fsync") == "on")
    assert own.take("a") == 1


def _shows(url: str, name: str) -> str:
    with psycopg.connect(url) as db:
        return str(db.execute("SELECT current_setting(%s)", (name,)).fetchone()[0])  # type: ignore[index]


def test_connection_refused(postgres_store: Store) -> None:
    """A server that isn't there is named, without the password."""
    port = servers.free_port()
    error = failing(replace(postgres_store, setting=servers.postgres_url(port)))
    assert f"postgresql://127.0.0.1:{port}/postgres can't be reached" in error.what


def test_hanging_server(own: Store, own_server: Server) -> None:
    """A server that hangs is given up after the time-out, before and after it was reached."""
    assert own.take("a") == 1
    with own_server.frozen():
        assert "can't be reached" in failing(own, seconds=1, key="b").what
    assert own.take("b") == 2


def test_hanging_transaction(own: Store) -> None:
    """Another's transaction that does not end is waited for no longer than the time-out, and can be found."""
    assert own.take("a") == 1
    with psycopg.connect(own.setting) as other:
        other.execute("LOCK TABLE uniqver_numbers IN ACCESS EXCLUSIVE MODE")
        error = failing(own, seconds=1, key="b")
        assert "pg_locks" in error.fix or "can't be reached" in error.what
    assert own.take("b") == 2


@pytest.mark.parametrize("password", ["wrong-password", ""])
def test_wrong_password(postgres_store: Store, postgres_port: int, password: str) -> None:
    """A wrong or missing password is an error that names where to set it, and isn't shown."""
    error = failing(replace(postgres_store, setting=servers.postgres_url(postgres_port, password=password)))
    assert "refuses the password" in error.what
    assert "PGPASSWORD" in error.fix
    assert "wrong-password" not in str(error)


def test_password_from_the_environment(
    postgres_store: Store, postgres_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``PGPASSWORD`` has the password where the URL has none."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert replace(postgres_store, setting=f"postgresql://owner@127.0.0.1:{postgres_port}/postgres").take("a") == 1


def test_password_in_the_query(postgres_store: Store, postgres_port: int) -> None:
    """libpq takes the password in the query too: it works there, and is not shown."""
    url = f"postgresql://127.0.0.1:{postgres_port}/postgres?user=owner&password="
    store = replace(postgres_store, setting=f"{url}{QUOTED}")
    assert store.take("a") == 1
    assert store.counter.place == f"postgresql://127.0.0.1:{postgres_port}/postgres"
    assert "wrong-word" not in str(failing(replace(store, setting=f"{url}wrong-word")))


def test_no_permission(database: Store, postgres_port: int) -> None:
    """A user who may not write is told what to grant; with that granted it counts, owning no table."""
    user = f"u{uuid.uuid4().hex}"
    sql(database.setting, f"CREATE ROLE {user} LOGIN PASSWORD 'plain-word'")
    name = database.setting.rpartition("/")[2]
    store = replace(
        database, setting=servers.postgres_url(postgres_port, user=user, password="plain-word", database=name)
    )
    assert "GRANT CREATE" in failing(store).fix
    database.counter.check()
    assert "GRANT SELECT" in failing(store).fix
    with pytest.raises(CounterError, match="does not let this user write"):
        store.counter.check()
    sql(database.setting, f"GRANT SELECT, INSERT, UPDATE ON uniqver_numbers, uniqver_floors TO {user}")
    assert store.take("a") == 1


def test_read_only(database: Store) -> None:
    """A database that only lets itself be read is named as such, and can be peeked at."""
    assert database.take("a") == 1
    name = database.setting.rpartition("/")[2]
    sql(database.setting, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "only lets this user read" in failing(database, key="b").what
    assert database.counter.peek(database.stream, None) == 2


def test_foreign_tables(database: Store) -> None:
    """Tables that someone else made under these names are left alone."""
    sql(database.setting, "CREATE TABLE uniqver_numbers (x int)", "CREATE TABLE uniqver_floors (y int)")
    assert "not uniqver's" in failing(database).what


def test_missing_database(postgres_store: Store, postgres_port: int) -> None:
    """A database that isn't there is named."""
    error = failing(replace(postgres_store, setting=servers.postgres_url(postgres_port, database="nowhere")))
    assert "is not there" in error.what


def test_emptied_database(database: Store) -> None:
    """A database that was set back is noticed by who saw more; the fix that it names works."""
    assert [database.take("a"), database.take("b")] == [1, 2]
    sql(database.setting, "DROP TABLE uniqver_numbers, uniqver_floors")
    assert "uniqver counter floor 2" in failing(database, key="c").fix
    with pytest.raises(CounterError, match="highest number"):
        database.counter.peek(database.stream, None)
    assert database.counter.floor(database.stream, 0) == 2
    assert database.take("c") == 3


def test_damaged_table(own: Store, own_server: Server, own_port: int) -> None:
    """A page of the table overwritten on disk is an error, never a number twice."""
    sql(own.setting, "DROP TABLE IF EXISTS uniqver_numbers, uniqver_floors")
    assert [own.take("a"), own.take("b")] == [1, 2]
    with psycopg.connect(own.setting) as db:
        names = [
            str(db.execute("SELECT pg_relation_filepath(%s::regclass)", (name,)).fetchone()[0])  # type: ignore[index]
            for name in ("uniqver_numbers", "uniqver_numbers_project_base_number_key")
        ]
    data = own_server.command[own_server.command.index("-D") + 1]
    own_server.stop()
    for name in names:
        with open(f"{data}/{name}", "r+b") as file:
            file.write(b"\xa5" * 8192)
    own_server.start()
    try:
        assert "is damaged" in failing(own, key="c").what
    finally:
        sql(own.setting, "SET zero_damaged_pages = on", "DROP TABLE uniqver_numbers, uniqver_floors")


def test_full_disk(database: Store, postgres_port: int) -> None:
    """With the tables' disk full nothing is taken; with space again the counter goes on."""
    with servers.tiny_disk("1m") as disk:
        folder = disk / "space"
        folder.mkdir()
        servers.give_to_postgres(folder)
        space = f"t{uuid.uuid4().hex}"
        name = database.setting.rpartition("/")[2]
        admin = servers.postgres_url(postgres_port)
        sql(
            admin,
            f"CREATE TABLESPACE {space} LOCATION '{folder}'",
            f"ALTER DATABASE {name} SET default_tablespace = {space}",
        )
        try:
            numbers = {"a": database.take("a")}
            sql(database.setting, "CREATE TABLE ballast (x text)")
            with contextlib.suppress(psycopg.errors.DiskFull):
                for _ in range(100):
                    sql(database.setting, "INSERT INTO ballast SELECT repeat('x', 100) FROM generate_series(1, 300)")
            refused = None
            for each in range(200):
                try:
                    numbers[f"{each}"] = database.take(f"{each}-{'k' * 300}")
                except CounterError as error:
                    refused = error
                    break
            assert refused is not None
            assert "no space left" in refused.what
            sql(database.setting, "DROP TABLE ballast")
            numbers |= {key: database.take(key) for key in ("after", "later")}
            assert len(set(numbers.values())) == len(numbers)
        finally:
            sql(admin, f"DROP DATABASE {name} WITH (FORCE)", f"DROP TABLESPACE {space}")


def test_missing_client(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the client library the error is the line that installs it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(CounterError, match="not installed") as caught:
        postgres_store.counter.check()
    assert "pip install 'uniqver[postgres]'" in caught.value.fix
