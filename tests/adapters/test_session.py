"""What makes hooks one build: the frontend's process, and where the records lie."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from uniqver.counters.store import state_directory
from uniqver.errors import CounterError
from uniqver.resolve.build_key import frontend_process

HOOK = """
import sys
from pathlib import Path
from uniqver.resolve.build_key import frontend_process
print(frontend_process(Path(sys.argv[1])))
"""
FRONTEND = f"""
import subprocess, sys
for root in ("/a", "/a", "/b"):
    subprocess.run([sys.argv[1], "-c", {HOOK!r}, root], check=True)
"""


def keys_of_one_frontend(program: str | Path = sys.executable) -> list[str]:
    """Start a frontend that runs three hooks in processes of their own, the last for another project."""
    done = subprocess.run([program, "-c", FRONTEND, sys.executable], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_hooks_of_one_frontend_share_a_key() -> None:
    """Two hooks of one frontend agree, another project's hook doesn't, and neither does another frontend."""
    first, second = keys_of_one_frontend(), keys_of_one_frontend()
    assert first[0] == first[1] != first[2]
    assert not set(first) & set(second)


def test_the_key_names_the_parent_and_its_start() -> None:
    """A pid comes back after a while, so the parent's start goes into the key."""
    before, _, after = frontend_process(Path("/a")).partition(f":{os.getppid()}:")
    assert before.startswith("process:")
    assert after.endswith(":/a")
    assert after != ":/a"


def _started(key: str) -> str:
    """Return the part of a key that has a slash: boot and start. The namespace before it holds a colon itself."""
    return next(part for part in key.split(":") if "/" in part)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_a_process_name_with_parentheses(tmp_path: Path) -> None:
    """The start is found behind a name that looks like the end of one."""
    odd = tmp_path / "a) R 1 (b"
    odd.symlink_to(Path(sys.executable).resolve())
    keys = keys_of_one_frontend(odd)
    assert keys[0] == keys[1]
    boot, _, ticks = _started(keys[0]).partition("/")
    own_boot, _, own_ticks = _started(frontend_process(Path("/a"))).partition("/")
    assert boot == own_boot
    assert int(ticks) >= int(own_ticks)


@pytest.fixture
def no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for a system without /proc."""
    read = Path.read_text

    def without_proc(path: Path, *words: Any, **names: Any) -> str:
        if path.is_relative_to("/proc"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return read(path, *words, **names)

    monkeypatch.setattr(Path, "read_text", without_proc)


@pytest.mark.usefixtures("no_proc")
def test_ps_tells_where_there_is_no_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On systems without /proc the answer of ps is taken, in one line."""
    ps = tmp_path / "ps"
    ps.write_text(f"#!{sys.executable}\nprint('Mon Nov 23  00:00:00 2026')\n")
    ps.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert frontend_process(Path("/a")).endswith(f":{os.getppid()}:Mon Nov 23 00:00:00 2026:/a")


@pytest.mark.usefixtures("no_proc")
def test_a_system_that_tells_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody tells when the parent started, its pid alone has to do."""
    monkeypatch.setenv("PATH", "")
    assert frontend_process(Path("/a")).endswith(f":{os.getppid()}::/a")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the customs of other systems are their own")
@pytest.mark.parametrize(
    ("configured", "folder"),
    [("/var/state", "/var/state/uniqver"), ("", "HOME/.local/state/uniqver"), ("a/b", "HOME/.local/state/uniqver")],
)
def test_state_directory(configured: str, folder: str) -> None:
    """An absolute XDG_STATE_HOME is taken, a relative one ignored, as the specification says."""
    assert state_directory({"XDG_STATE_HOME": configured}) == Path(folder.replace("HOME", str(Path.home())))


def test_other_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows and macOS keep application data elsewhere; XDG's variable is obeyed on macOS too."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert state_directory({"LOCALAPPDATA": "/local"}) == Path("/local/uniqver")
    assert state_directory({}) == Path.home() / "AppData/Local/uniqver"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert state_directory({}) == Path.home() / "Library/Application Support/uniqver"
    assert state_directory({"XDG_STATE_HOME": "/x"}) == Path("/x/uniqver")


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that runs as a user nobody knows gets an error that names the variable to set."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(CounterError, match="no home folder") as refused:
        state_directory({})
    assert refused.value.fix.startswith("XDG_STATE_HOME=")
