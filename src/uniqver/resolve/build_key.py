"""The key of hooks and jobs that are one build: the user's id, else the CI's run and attempt, else one frontend process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from uniqver.config import BUILD_ID, setting
from uniqver.resolve.facts import Facts


def build_key(facts: Facts) -> str | None:
    """Return the key of this build; ``None`` if a peek finds that none was begun.

    Commit and digest belong to it: a long-lived frontend, or one id for a whole pipeline, builds more than one source.
    """
    key = _key(facts)
    if key is None or facts.git is None or not facts.git.commit:
        return key
    return f"{key}@{facts.git.commit[:12]}" + (f".{facts.git.tree.digest[:12]}" if facts.git.tree.digest else "")


def _key(facts: Facts) -> str | None:
    request = facts.request
    given = setting(request.environ, BUILD_ID, request.project.name)
    if given is not None:
        return f"id:{given[1]}"
    if facts.run is not None and facts.run.key is not None:
        return facts.run.key
    if request.hook is None:
        import uuid  # only here

        return f"allocate:{uuid.uuid4()}" if request.purpose == "allocate" else None
    from uniqver.counters.sqlite import Records
    from uniqver.counters.store import state_directory

    records = Records(state_directory(request.environ))
    process = frontend_process(request.project.directory)
    return records.build_key(process, request.hook, now=request.now, takes=request.takes)


def frontend_process(root: Path) -> str:
    """Return a text that all hooks of one frontend run on the project at ``root`` share, and no others.

    It names machine and container: they may share a home folder, and each container counts its pids from 1.
    """
    import platform  # costs more to import than all else here; only builds with a record come by

    if sys.platform == "win32":
        pid = _windows_frontend_pid()
    else:
        pid = os.getppid()
    try:
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115
    except OSError:  # no proc(5), or a kernel without namespaces
        namespace = ""
    return ":".join(("process", platform.node(), namespace, str(pid), _started(pid), str(root)))


def _started(pid: int) -> str:
    """Return when ``pid`` was started, in this system's own unit; empty if unknown."""
    if sys.platform == "win32":
        return _windows_started(pid)
    try:
        # the name, in parentheses, may hold spaces and parentheses; the start is field 22 of proc(5)
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        return f"{boot.strip()}/{stat.rpartition(')')[2].split()[19]}"
    except (OSError, IndexError):  # no proc(5) here, or one that hides other users' processes
        return _started_by_ps(pid)


def _started_by_ps(pid: int) -> str:
    import subprocess  # only where there is no /proc

    words = ["ps", "-o", "lstart=", "-p", str(pid)]
    try:
        asked = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    except OSError:  # no ps either: the pid alone has to do
        return ""
    return " ".join(asked.stdout.split())


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KERNEL32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _KERNEL32.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
    _KERNEL32.OpenProcess.restype = wintypes.HANDLE
    _QUERY_LIMITED_INFORMATION = 0x1000
    _SNAPSHOT_PROCESSES = 0x2

    class _ProcessEntry(ctypes.Structure):
        """PROCESSENTRY32W of tlhelp32.h."""

        _fields_ = (
            ("dwSize", wintypes.DWORD),
            ("cntUsage", wintypes.DWORD),
            ("th32ProcessID", wintypes.DWORD),
            ("th32DefaultHeapID", ctypes.c_size_t),
            ("th32ModuleID", wintypes.DWORD),
            ("cntThreads", wintypes.DWORD),
            ("th32ParentProcessID", wintypes.DWORD),
            ("pcPriClassBase", wintypes.LONG),
            ("dwFlags", wintypes.DWORD),
            ("szExeFile", wintypes.WCHAR * 260),
        )

    def _windows_frontend_pid() -> int:
        """In a virtual environment ``python.exe`` is a launcher, whose parent is meant."""
        launched = getattr(sys, "_base_executable", sys.executable) != sys.executable
        parent = os.getppid()
        return _windows_parents().get(parent, parent) if launched else parent

    def _windows_parents() -> dict[int, int]:
        snapshot = wintypes.HANDLE(_KERNEL32.CreateToolhelp32Snapshot(_SNAPSHOT_PROCESSES, 0))
        entry = _ProcessEntry()
        entry.dwSize = ctypes.sizeof(entry)
        parents: dict[int, int] = {}
        more = _KERNEL32.Process32FirstW(snapshot, ctypes.byref(entry))
        while more:
            parents[int(entry.th32ProcessID)] = int(entry.th32ParentProcessID)
            more = _KERNEL32.Process32NextW(snapshot, ctypes.byref(entry))
        _KERNEL32.CloseHandle(snapshot)
        return parents

    def _windows_started(pid: int) -> str:
        handle = wintypes.HANDLE(_KERNEL32.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid))
        times = [wintypes.FILETIME() for _ in range(4)]
        done = _KERNEL32.GetProcessTimes(handle, *(ctypes.byref(time) for time in times))
        _KERNEL32.CloseHandle(handle)
        return f"{times[0].dwHighDateTime}.{times[0].dwLowDateTime}" if done else ""
