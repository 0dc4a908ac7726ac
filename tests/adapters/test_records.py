"""The private record of builds."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from uniqver.counters.sqlite import KEPT_SECONDS, Records
from uniqver.counters.sqlite import RECORDS_NAME as FILE_NAME
from uniqver.errors import CounterError

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_700_000_000


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Records in a folder that isn't there yet."""
    return Records(tmp_path / "state")


def test_the_hooks_of_one_build_share_a_key(records: Records) -> None:
    """Different hooks of one frontend are one build."""
    key = records.build_key("frontend", "build_sdist", now=NOW)
    assert records.build_key("frontend", "build_wheel", now=NOW) == key
    assert records.build_key("another", "build_wheel", now=NOW) != key


def test_a_second_call_of_a_hook_starts_another_build(records: Records) -> None:
    """A frontend that builds twice without ever ending gets two keys, and the second build is whole too."""
    first = records.build_key("frontend", "build_sdist", now=NOW)
    records.build_key("frontend", "build_wheel", now=NOW)
    second = records.build_key("frontend", "build_sdist", now=NOW)
    assert second != first
    assert records.build_key("frontend", "build_wheel", now=NOW) == second


def test_a_peek_tells_what_the_hook_will_get(records: Records, tmp_path: Path) -> None:
    """A peek answers with the key of the build under way, with none for a new one, and writes nothing."""
    assert records.build_key("frontend", "build_sdist", now=NOW, takes=False) is None
    assert not (tmp_path / "state").exists()
    key = records.build_key("frontend", "build_sdist", now=NOW)
    assert records.build_key("frontend", "build_wheel", now=NOW, takes=False) == key
    assert records.build_key("frontend", "build_wheel", now=NOW, takes=False) == key
    assert records.build_key("frontend", "build_sdist", now=NOW, takes=False) is None
    assert records.build_key("another", "build_wheel", now=NOW, takes=False) is None


def test_old_records_go(records: Records) -> None:
    """What is a month old is forgotten when the next build starts."""
    records.build_key("old", "build_sdist", now=NOW)
    records.build_key("new", "build_sdist", now=NOW + KEPT_SECONDS + 1)
    assert records.build_key("old", "build_wheel", now=NOW, takes=False) is None
    assert records.build_key("new", "build_wheel", now=NOW, takes=False) is not None


def test_a_timestamp_is_taken_once_a_build(records: Records) -> None:
    """Later hooks of a build get the time of the first."""
    first = records.timestamp("key", now=NOW)
    assert first == (20231114221320, NOW)
    assert records.timestamp("key", now=NOW + 50) == first
    assert records.timestamp("key", now=NOW + 50, takes=False) == first


def test_timestamps_rise_strictly(records: Records) -> None:
    """Two builds in one second, and a clock that goes back, still get rising numbers."""
    times = (NOW, NOW, NOW, NOW - 86_400, NOW + 1, NOW + 59)
    numbers = [records.timestamp(f"key{index}", now=now) for index, now in enumerate(times)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == (20231114221419, NOW + 59)


def test_a_peek_at_the_time(records: Records, tmp_path: Path) -> None:
    """A peek tells what the next build would get, and writes nothing."""
    assert records.timestamp(None, now=NOW, takes=False) == (20231114221320, NOW)
    assert not (tmp_path / "state").exists()
    records.timestamp("key", now=NOW)
    assert records.timestamp(None, now=NOW, takes=False) == (20231114221321, NOW + 1)
    assert records.timestamp("other", now=NOW, takes=False) == (20231114221321, NOW + 1)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_records_are_private(records: Records, tmp_path: Path) -> None:
    """Folder and file are the user's own."""
    records.build_key("frontend", "build_sdist", now=NOW)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / FILE_NAME).stat().st_mode) == 0o600


WORK = """
import sys
from pathlib import Path
from uniqver.counters.sqlite import Records
records = Records(Path(sys.argv[1]))
for index in range(15):
    key = records.build_key(f"process {sys.argv[2]}", "build_wheel", now=1_700_000_000)
    print(key, records.timestamp(key, now=1_700_000_000)[0])
"""


def test_processes_at_once(tmp_path: Path) -> None:
    """Six processes that start builds in the same second get as many keys and as many timestamps."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, str(tmp_path / "s"), str(name)], stdout=subprocess.PIPE, text=True
        )
        for name in range(6)
    ]
    lines = [line.split() for worker in workers for line in worker.communicate(timeout=120)[0].splitlines()]
    assert [worker.returncode for worker in workers] == [0] * 6
    assert len({key for key, _ in lines}) == len({number for _, number in lines}) == 90


@pytest.mark.parametrize("content", [b"", b"this is no database, and never was one\n" * 50])
def test_a_damaged_file(records: Records, tmp_path: Path, content: bytes) -> None:
    """A damaged record is an error that says that it may be deleted."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FILE_NAME).write_bytes(content)
    with pytest.raises(CounterError) as refused:
        records.build_key("frontend", "build_sdist", now=NOW)
    assert refused.value.fix.startswith(f"delete {tmp_path / 'state' / FILE_NAME}")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the folder belongs is an error with its fix."""
    (tmp_path / "state").write_text("")
    with pytest.raises(CounterError, match="can't be used"):
        Records(tmp_path / "state").build_key("frontend", "build_sdist", now=NOW)
