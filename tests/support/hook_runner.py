"""Calls hooks: each in a process forked from this one, which has imported what they need (a new one without fork).

Each line of standard input is a call as JSON, each line of the answer what came of it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    if len(sys.argv) > 1:
        call(json.loads(sys.stdin.readline()), Path(sys.argv[1]))
        return
    for line in sys.stdin:
        print(json.dumps(called(json.loads(line))), flush=True)


def called(wanted: dict[str, Any]) -> dict[str, Any]:
    """Run one call in a process of its own; return its exit code, what the hook returned, and what it said."""
    with tempfile.TemporaryDirectory() as scratch:
        answer, out, err = (Path(scratch, name) for name in ("answer", "out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            if hasattr(os, "fork"):
                code = forked(wanted, answer, stdout.fileno(), stderr.fileno())
            else:
                words = [sys.executable, __file__, str(answer)]
                text = json.dumps(wanted)
                code = subprocess.run(
                    words, input=text, text=True, stdout=stdout, stderr=stderr, check=False
                ).returncode
        returned = answer.read_text(encoding="utf-8") if answer.exists() else ""
        return {"code": code, "result": returned, "out": said(out), "err": said(err)}


def said(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def forked(wanted: dict[str, Any], answer: Path, stdout: int, stderr: int) -> int:
    """Run one call in a fork of this process; return its exit code, negative for a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(500)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    code = 1
    try:
        call(wanted, answer)
        code = 0
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        else:
            code = error.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def call(wanted: dict[str, Any], answer: Path) -> None:
    os.umask(wanted["umask"])
    os.environ.clear()
    os.environ.update(wanted["environ"])
    tempfile.tempdir = None  # TMPDIR may be another one
    if "TZ" in wanted["environ"]:
        import time

        getattr(time, "tzset", lambda: None)()
    if wanted["backwards"]:
        turn_folders_round()
    os.chdir(wanted["folder"])
    backend = importlib.import_module(wanted["backend"])
    answer.write_text(str(getattr(backend, wanted["hook"])(*wanted["arguments"])), encoding="utf-8")


def turn_folders_round() -> None:
    """Let every folder list its contents in the opposite order, as another file system might."""
    listdir, scandir = os.listdir, os.scandir

    class Backwards:
        def __init__(self, *arguments: Any) -> None:
            with scandir(*arguments) as found:
                self.entries = iter(sorted(found, key=lambda entry: str(entry.name), reverse=True))

        def __iter__(self) -> Iterator[Any]:
            return self.entries

        def __next__(self) -> Any:
            return next(self.entries)

        def __enter__(self) -> Backwards:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def close(self) -> None:
            pass

    os.listdir = lambda *arguments: sorted(listdir(*arguments), key=str, reverse=True)  # type: ignore[assignment]
    os.scandir = Backwards  # type: ignore[assignment]


if __name__ == "__main__":
    # imported once; every call starts from here
    import setuptools.build_meta
    import setuptools.command.bdist_wheel
    import setuptools.command.sdist  # noqa: F401

    import uniqver.build_meta  # noqa: F401

    main()
