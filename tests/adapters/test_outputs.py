"""Outputs that can't be written: closed, full, without a reader, or ASCII only. Each ends quietly, with exit code 1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.repositories import Repo
from tests.support.resolving import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

pytestmark = pytest.mark.skipif(os.name == "nt", reason="written for the shells of POSIX")

COMMANDS = (
    "version",
    "version --json",
    "allocate",
    "explain",
    "explain --json",
    "doctor",
    "doctor --json",
    "check --help",
    "whence 1.4.0",
    "counter show",
    "counter history",
    "init --dry-run",
    "completion bash",
    "help",
    "help start",
    "--help",
    "version --help",
    "--version",
)
BRANCH = "größe-\u2713-\U0001f600"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project one commit after its release, on a branch that ASCII can't spell."""
    repo = Repo(tmp_path_factory.mktemp("app"))
    repo.write(
        "pyproject.toml", '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n' + NAME
    )
    repo.write("src/app/__init__.py")
    repo.git("add", "-A")
    repo.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "größe")
    repo.tag("v1.4.0")
    repo.checkout(BRANCH, new=True)
    return repo.path


def through_shell(words: Sequence[str], redirection: str, cwd: Path, **variables: str) -> tuple[int, str, str]:
    """Run the command with a redirection of the shell's; return exit code, stdout and stderr."""
    done = subprocess.run(
        ["bash", "-c", f'"$0" -m uniqver "$@" {redirection}', sys.executable, *words],
        cwd=cwd, env={**os.environ, **variables}, capture_output=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def usual(project: Path) -> Callable[[str], int]:
    """Return the exit code of a command where all can be written; asked once."""
    return cache(lambda command: through_shell(command.split(), "", project)[0])


def require_quiet(stderr: str) -> None:
    """Assert that nothing is told about the output itself."""
    for sign in (
        "Traceback",
        "Exception ignored",
        "No space left",
        "Broken pipe",
        "Bad file descriptor",
        "not writable",
    ):
        assert sign not in stderr, stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
@pytest.mark.parametrize("command", COMMANDS)
def test_stdout_is_full(command: str, project: Path) -> None:
    """A result that could not be written is no success."""
    code, _, stderr = through_shell(command.split(), ">/dev/full", project)
    assert code == 1
    require_quiet(stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_stdout_is_closed(command: str, project: Path) -> None:
    """As with a full one; nothing that is opened instead gets the output."""
    code, _, stderr = through_shell(command.split(), ">&-", project)
    assert code == 1
    require_quiet(stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_reads_stdout(command: str, project: Path) -> None:
    """A pipe whose reader left before anything was written."""
    ours, theirs = os.pipe()
    os.close(ours)
    with subprocess.Popen(
        [sys.executable, "-m", "uniqver", *command.split()],
        cwd=project, stdout=theirs, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(theirs)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    require_quiet(stderr.decode())


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize(
    "command", ["version", "allocate", "explain", "doctor", "no-such-command", "verify nothing.whl"]
)
def test_stderr_cannot_be_written(command: str, redirection: str, project: Path) -> None:
    """Warnings and errors that nobody can read leave an exit code, and nothing else."""
    code, stdout, stderr = through_shell(command.split(), redirection, project)
    assert code in (0, 1, 2)
    assert not stderr
    require_quiet(stdout)


@pytest.mark.parametrize(
    "variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_that_knows_ascii_only(
    command: str, variables: dict[str, str], project: Path, usual: Callable[[str], int]
) -> None:
    """What can't be shown is shown by its code; the exit code stays what it is elsewhere."""
    code, stdout, stderr = through_shell(command.split(), "", project, **variables)
    assert code == usual(command)
    require_quiet(stderr)
    assert stdout or stderr


@pytest.mark.parametrize("command", ["version", "explain", "doctor"])
def test_interrupted_in_the_first_moments(command: str, project: Path) -> None:
    """Ctrl-C while modules are imported: no traceback, and what a shell shows as exit code 130."""
    stop = (
        "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\nsys.argv[1:] = %r\n"
        "class Stopping:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == %r: signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Stopping())\n"
        "from uniqver.__main__ import script\nsys.exit(script())\n"
    )
    for module in (
        "uniqver.cli",
        "uniqver.cli.main",
        "uniqver.errors",
        "argparse",
        f"uniqver.cli.{command}",
        "uniqver.resolve",
    ):
        words = [command, "--json"]
        done = subprocess.run(
            [sys.executable, "-c", stop % (words, module)], cwd=project, capture_output=True, text=True, check=False,
            timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode in (130, -signal.SIGINT), (module, done.stderr)
        assert not done.stderr, module
