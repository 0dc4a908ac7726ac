"""Calls hooks that come as JSON on standard input, each in a forked process (where there is no fork, in a new one)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    calls = json.load(sys.stdin)
    if len(sys.argv) > 1:
        call(calls[0], Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps([called(each, Path(scratch, str(number))) for number, each in enumerate(calls)]))


def called(wanted: dict[str, Any], answer: Path) -> str:
    """Run one call in a process of its own; what it says goes to standard error."""
    if hasattr(os, "fork"):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)
            code = 1
            try:
                call(wanted, answer)
                code = 0
            except SystemExit as error:
                code = int(error.code or 0)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    else:
        code = subprocess.run(
            [sys.executable, __file__, str(answer)], input=json.dumps([wanted]), text=True, stdout=2, check=False
        ).returncode
    if code:
        sys.exit(code)
    return answer.read_text(encoding="utf-8")


def call(wanted: dict[str, Any], answer: Path) -> None:
    os.umask(wanted["umask"])
    os.environ.update(wanted["environ"])
    if "TZ" in wanted["environ"]:
        import time

        getattr(time, "tzset", lambda: None)()
    if wanted["backwards"]:
        turn_folders_round()
    os.chdir(wanted["folder"])
    from uniqver import build_meta

    directory, *more = wanted["arguments"]
    rest = [None if word == "" else word for word in more]
    answer.write_text(getattr(build_meta, wanted["hook"])(directory, *rest), encoding="utf-8")


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
