"""What the local counter does when its file, the disk or the folder are not as they should be."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.adapters.counters.allocator import claim
from tests.adapters.counters.stores import ROOT, Store
from tests.support.run import git

from uniqver.counters import sqlite as private_sqlite
from uniqver.counters.sqlite import LocalCounter
from uniqver.errors import CounterError

if TYPE_CHECKING:
    from pathlib import Path


def file_of(store: Store) -> Path:
    return store.state / "counter.sqlite3"


def failing(store: Store, key: str = "k") -> CounterError:
    """Take a number where that must fail; return how."""
    with pytest.raises(CounterError) as caught:
        store.take(key)
    assert str(file_of(store)) in caught.value.what
    return caught.value


def test_private(local: Store) -> None:
    """Nobody else can read or write the file, or list its folder."""
    assert local.take("a") == 1
    assert stat.S_IMODE(file_of(local).stat().st_mode) == 0o600
    assert stat.S_IMODE(local.state.stat().st_mode) == 0o700
    assert [path.name for path in local.state.iterdir()] == ["counter.sqlite3"]


def test_peek_makes_no_file(local: Store) -> None:
    """Reading a counter that isn't there yet writes nothing."""
    assert local.counter.peek(local.stream, "k") == 1
    assert list(local.counter.history()) == []
    assert not local.state.exists()


def test_clones_share(local: Store, tmp_path: Path) -> None:
    """Two clones of one user count together: two counters of one project would give one number twice."""
    for name in ("one", "two"):
        git(tmp_path, "init", "--quiet", name)
    taken = [replace(local, git_dir=tmp_path / name / ".git").take(name) for name in ("one", "two")]
    assert taken == [1, 2]
    assert not (tmp_path / "one" / ".git" / "uniqver").exists()


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_corrupt_file(local: Store, content: bytes) -> None:
    """A file of garbage is an error that says how to go on, and stays as it is; after that, counting goes on."""
    assert [local.take("a"), local.take("b")] == [1, 2]
    file_of(local).write_bytes(content)
    error = failing(local)
    assert "damaged" in error.what
    assert "uniqver counter floor N" in error.fix
    assert file_of(local).read_bytes() == content
    file_of(local).rename(tmp := file_of(local).with_suffix(".damaged"))
    local.counter.floor(local.stream, 2)
    assert local.take("c") == 3
    assert tmp.exists()


def test_overwritten_page(local: Store) -> None:
    """A page overwritten in the middle is found by a check."""
    for each in range(60):
        local.take(f"{each}-{'k' * 300}")
    with file_of(local).open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\xa5" * 4096)
    with pytest.raises(CounterError, match="damaged"):
        local.counter.check()


def test_a_table_that_is_gone(local: Store) -> None:
    """A database without one of its tables is damaged, also where only the other one would be read."""
    assert local.take("a") == 1
    with sqlite3.connect(file_of(local)) as db:
        db.execute("DROP TABLE floors")
    db.close()
    with pytest.raises(CounterError, match="no such table: floors"):
        local.counter.check()


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE floors",
        "DROP TABLE numbers; CREATE TABLE numbers (project, base, number)",
        "INSERT INTO floors VALUES ('{}', '{}', 'many')",
    ],
)
def test_tables_of_another_kind(change: str, local: Store) -> None:
    """What the tables lack, or hold besides numbers, is found by a check and by a look."""
    local.take("a")
    with sqlite3.connect(file_of(local)) as db:
        db.executescript(change.format(*local.stream))
    db.close()
    with pytest.raises(CounterError, match="damaged"):
        local.counter.peek(local.stream, "a" if "numbers (" in change else None)
    if "many" not in change:
        with pytest.raises(CounterError, match="damaged"):
            local.counter.check()


def test_a_record_of_another_kind(local: Store) -> None:
    """A number that is none is reported as damage, not passed on."""
    local.take("a")
    with sqlite3.connect(file_of(local)) as db:
        db.execute("UPDATE numbers SET number = 'one'")
    db.close()
    with pytest.raises(CounterError, match="damaged"):
        list(local.counter.history())


def test_truncated_file(local: Store) -> None:
    """A file cut to nothing by a crash is not taken for a new counter."""
    assert local.take("a") == 1
    file_of(local).write_bytes(b"")
    error = failing(local)
    assert "empty" in error.what
    assert "uniqver counter floor N" in error.fix
    with pytest.raises(CounterError, match="empty"):
        local.counter.peek(local.stream, None)


def test_another_file(local: Store) -> None:
    """A database of something else is left alone."""
    local.state.mkdir()
    with sqlite3.connect(file_of(local)) as db:
        db.execute("CREATE TABLE other (x)")
    db.close()
    before = file_of(local).read_bytes()
    assert "damaged" in failing(local).what
    assert file_of(local).read_bytes() == before


def test_file_taken_away_in_between(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that goes away between the look and the opening isn't made again, empty."""
    assert local.take("a") == 1
    connect = sqlite3.connect

    def late(*args: object, **kwargs: object) -> sqlite3.Connection:
        file_of(local).unlink(missing_ok=True)
        return connect(*args, **kwargs)  # type: ignore[call-overload, no-any-return]

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", late)
        assert "can't be used" in failing(local).what
    assert not file_of(local).exists()


def test_locked_file(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that another process doesn't end is given up, with the way to find that process."""
    assert local.take("a") == 1
    monkeypatch.setattr(private_sqlite, "BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(file_of(local), isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        error = failing(local)
    finally:
        holder.close()
    assert "locked" in error.what
    assert "lsof" in error.fix
    assert local.take("b") == 2


def test_no_folder(local: Store) -> None:
    """A folder that can't be made is named."""
    local.state.write_text("a file, where the folder should be")
    assert f"make {local.state}" in failing(local).fix


def test_file_that_nobody_may_write(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file for reading only can be peeked at; taking a number reports what to fix."""
    assert local.take("a") == 1
    with sqlite3.connect(file_of(local)) as db:
        db.execute("PRAGMA user_version = 1")
    db.close()
    # root may write everything: so the file system itself must refuse
    counter = LocalCounter(file_of(local))
    connect = sqlite3.connect

    def for_reading(where: str, **options: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(where.replace("mode=rw", "mode=ro"), **options)
        return db

    monkeypatch.setattr(sqlite3, "connect", for_reading)
    assert counter.peek(local.stream, None) == 2
    with pytest.raises(CounterError, match="readonly") as caught:
        counter.allocate(local.stream, claim("b"))
    with pytest.raises(CounterError, match="readonly"):
        counter.check()
    assert "writable for this user" in caught.value.fix


def test_full_disk(local: Store) -> None:
    """On a disk that can't take more, the number isn't taken, and the file stays whole."""
    numbers = [local.take(f"{each}") for each in range(5)]
    size = file_of(local).stat().st_size
    code = (
        "import resource, signal, sys, pathlib\n"
        "from tests.adapters.counters.allocator import claim\n"
        "from uniqver.counters.sqlite import LocalCounter\n"
        "from uniqver.counters.protocol import Stream\n"
        "from uniqver.errors import CounterError\n"
        "path, project, base, size = sys.argv[1:]\n"
        "counter, stream = LocalCounter(pathlib.Path(path)), Stream(project=project, base=base)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))\n"
        "try:\n"
        "    for each in range(1000): print(counter.allocate(stream, claim(f'full-{each}-' + 'k' * 500)).number)\n"
        "except CounterError as error: print(error, file=sys.stderr); sys.exit(3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file_of(local)), local.stream.project, local.stream.base, str(size)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "can't be" in done.stderr
    assert "space" in done.stderr
    numbers += map(int, done.stdout.split())
    local.counter.check()
    numbers.append(local.take("after"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_hard_links(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without hard links can hold the counter too."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    assert [local.take("a"), local.take("b")] == [1, 2]
    assert stat.S_IMODE(file_of(local).stat().st_mode) == 0o600


def test_folder_moved(local: Store, tmp_path: Path) -> None:
    """Names that a URI would read otherwise are names of files here."""
    store = replace(local, state=tmp_path / "50% of #1 ?mode=ro")
    assert store.take("a") == 1
    shutil.move(store.state, tmp_path / "moved")
    assert replace(local, state=tmp_path / "moved").take("b") == 2


# A file that the settings name


def named(local: Store, path: Path) -> Store:
    return replace(local, setting=f"sqlite://{path}")


def test_no_build_makes_a_named_file(local: Store, tmp_path: Path) -> None:
    """A volume that is not mounted, an empty cache: a new file would give number 1 once more."""
    path = tmp_path / "numbers.sqlite3"
    store = named(local, path)
    for ask in (
        lambda: store.take("k"),
        lambda: store.counter.peek(store.stream, None),
        lambda: store.counter.floor(store.stream, 7),
        lambda: list(store.counter.history()),
        store.counter.check,
    ):
        with pytest.raises(CounterError) as caught:
            ask()
        assert str(path) in caught.value.what
        assert "uniqver counter init" in caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_a_named_file_that_was_made(local: Store, tmp_path: Path) -> None:
    """Once it is there it counts, wherever the clone and whoever's state folder."""
    path = tmp_path / "num bers#1.sqlite3"
    store = named(local, tmp_path / "num%20bers%231.sqlite3")
    counter = store.counter
    assert isinstance(counter, LocalCounter)
    assert (counter.create(), counter.create()) == (True, False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [store.take("a"), store.on_another_machine(tmp_path / "x").take("b"), store.take("a")] == [1, 2, 1]
    assert counter.create() is False
    assert store.counter.peek(store.stream, None) == 3
    assert store.counter.place == str(path)


def test_a_named_file_needs_its_folder(local: Store, tmp_path: Path) -> None:
    """A folder that isn't there may be a volume that isn't mounted: it is not made."""
    counter = named(local, tmp_path / "volume" / "numbers.sqlite3").counter
    assert isinstance(counter, LocalCounter)
    with pytest.raises(CounterError, match="there is no folder"):
        counter.create()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_named_counter(local: Store, tmp_path: Path) -> None:
    """What ``touch`` made, or a crash left, is not taken for a counter, and not overwritten."""
    path = tmp_path / "numbers.sqlite3"
    path.touch()
    counter = named(local, path).counter
    assert isinstance(counter, LocalCounter)
    with pytest.raises(CounterError, match="empty"):
        counter.create()
    with pytest.raises(CounterError, match="empty"):
        named(local, path).take("k")
    assert path.read_bytes() == b""
