"""`uniqver explain` and `uniqver verify` keep to the limits of `uniqver check`: no file hurts whoever looks at it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.distributions import core_metadata, sdist, wheel
from tests.support.hostile import CROWDED, ESCAPE, INFO, SDIST, UNREADABLE, facts, member, tar, with_facts, with_record
from tests.support.run import run

from uniqver.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.hostile import Maker


@pytest.mark.parametrize("command", ["explain", "verify"])
@pytest.mark.parametrize("case", UNREADABLE)
def test_a_hostile_file_is_an_error(
    case: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has its own sentence with a fix, on stderr, and exit 1."""
    make, says = UNREADABLE[case]
    assert main([command, str(make(tmp_path))]) == 1
    out, err = capsys.readouterr()
    if case in {"pax nonsense", "not UTF-8"} and out:
        return  # some Pythons read it, as something else; it has problems then
    assert out == ""
    assert says in err
    assert "\n  fix: " in err


MEASURED = """
import re, sys
from uniqver.cli.main import main
code = main(["explain", sys.argv[1]])
peak = re.search(r"VmHWM:\\s*([0-9]+)", open("/proc/self/status").read())  # getrusage's is that of the parent, too
print(code, int(peak[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "case",
    [
        *("tar bomb", "pax bomb", "sparse", "large directory", "RECORD with many rows"),
        *(pytest.param(case, marks=pytest.mark.once) for case in CROWDED),  # slow to make
    ],
)
def test_none_takes_much_memory(case: str, tmp_path: Path) -> None:
    """Whatever a file would unpack to or lists, the process stays under 200 MiB."""
    make, says = {**UNREADABLE, **CROWDED}[case]
    done = run(sys.executable, "-c", MEASURED, make(tmp_path), cwd=tmp_path)
    assert says in done.stderr
    code, mib = map(int, done.stdout.split())
    print(f"{case}: {mib} MiB")
    assert code == 1
    assert mib < 200


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda d: wheel(d, without=("/WHEEL",)), f"there is no {INFO}/WHEEL"),
        (lambda d: wheel(d, without=("/RECORD",)), f"there is no {INFO}/RECORD"),
        (lambda d: with_record(d, "sample/x,shake_128=x,1\n"), "RECORD lists sample/x, which isn't there"),
        (lambda d: with_record(d, "sample/__init__.py,shake_128=x,\n"), "sample/__init__.py does not match its hash"),
        (lambda d: with_record(d, "sample/__init__.py,md5=x,\n"), "sample/__init__.py does not match its hash"),
        (lambda d: with_record(d, "sample/__init__.py,=,\n"), "sample/__init__.py does not match its hash"),
        (lambda d: sdist(d, members={"other/x": b""}), "exactly one folder at its top, not 2"),
        (lambda d: sdist(d, filename="sample-2.0.tar.gz"), "in a folder sample-1.0, and not in one of its own name"),
        (lambda d: wheel(d, metadata=core_metadata("sample", "1" * 5000)), "METADATA has 1111"),
        (lambda d: with_facts(d, "[" * 100_000), "uniqver.json is damaged"),
        (lambda d: with_facts(d, '{"schema_version": ' + "1" * 5000 + "}"), "uniqver.json is damaged"),
        (lambda d: with_facts(d, facts(version=None)), "uniqver.json is damaged: version is None"),
        (lambda d: with_facts(d, facts(version=ESCAPE)), "uniqver.json is damaged: version is"),
        (lambda d: with_facts(d, facts(project=ESCAPE)), "is of the project \\x1b[31mred\\u202e\\r"),
        (lambda d: wheel(d, metadata=core_metadata("sample", f"1.0{ESCAPE}")), "METADATA has 1.0\\x1b[31mred\\u202e"),
        (lambda d: wheel(d, members={f"sample/{ESCAPE}_version.py": b"# Made by uniqver\n"}), "_version.py has nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown(make: Maker, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What can be read is explained, with what disagrees; nothing in it is sent to the terminal as it is."""
    assert main(["explain", str(make(tmp_path))]) == 1
    out, err = capsys.readouterr()
    assert says in out
    assert err == ""
    assert all(line.isprintable() for line in out.splitlines())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"commit": f"c{ESCAPE}", "base": ESCAPE}, "commit    c\\x1b[31mred\\u202e\\r"),
        ({"source_date_epoch": 10**30}, f"time      {10**30} seconds after 1970"),
        ({"source_date_epoch": -(10**18)}, "seconds after 1970"),
        ({"tools": {"x\n": "\x07"}}, "made with x\\n \\x07"),
        ({"number": 10**4000}, "in the segment None"),
    ],
)
def test_absurd_facts_are_shown(
    changes: dict[str, object], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """uniqver.json may hold anything: escapes, times that no calendar has, numbers of thousands of digits."""
    path = with_facts(tmp_path, facts(**changes))
    assert main(["explain", str(path)]) == 0
    out, _ = capsys.readouterr()
    assert says in out
    assert all(line.isprintable() for line in out.splitlines())
    assert main(["explain", "--json", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)["artifacts"][0]["facts"]
    assert {name: told[name] for name in changes} == changes


def test_an_error_shows_escapes_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The names of members get into messages, too."""
    assert main(["explain", str(tar(tmp_path / SDIST, member(f"sample-1.0/../{ESCAPE}")))]) == 1
    _, err = capsys.readouterr()
    assert "\\x1b[31mred" in err
    assert all(line.isprintable() for line in err.splitlines())


@pytest.mark.parametrize("commit", ["main", "HEAD", ESCAPE, "--output=x", "", "v1.0^{}"])
def test_only_a_hash_is_a_commit(commit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An artifact that names a branch would be compared with whatever the branch is then."""
    path = with_facts(tmp_path, facts(commit=commit))
    assert main(["verify", "-C", str(tmp_path), str(path)]) == 1
    assert "does not name a commit" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
@pytest.mark.parametrize("name", ["sample-1.0-py3-none-any.whl", SDIST])
@pytest.mark.parametrize("command", ["explain", "verify"])
def test_a_fifo_is_not_waited_for(command: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Opened, it would wait for a writer for ever."""
    path = tmp_path / name
    os.mkfifo(path)
    assert main([command, str(path)]) == 1
    assert "is not a file" in capsys.readouterr().err


@pytest.mark.parametrize("make", [wheel, sdist, lambda d: sdist(d, suffix=".zip")], ids=["wheel", "sdist", "zip"])
def test_what_is_fine_is_fine(make: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The limits stop nothing that is sound, zipped sdists included."""
    assert main(["explain", str(make(tmp_path))]) == 0
    assert ": sample 1.0\n" in capsys.readouterr().out
