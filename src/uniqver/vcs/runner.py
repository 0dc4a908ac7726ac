"""Runs git: in a clean environment, with limits of time and output, and errors without secrets."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO

from uniqver.errors import ConfigError, GitError
from uniqver.model import NamedTuple
from uniqver.vcs.repository import Repository

GIT_TIMEOUT = "UNIQVER_GIT_TIMEOUT"  # as in config, which vcs may not import
_SECONDS = 40.0
MOST_OUTPUT = 256 * 2**20
"""Limits of one git command: its time, unless :data:`GIT_TIMEOUT` is set, and what it prints."""

TRANSPORT = r"GIT_(ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|PROXY_.*|SSL_.*|HTTP_.*|EXEC_PATH|ALLOW_PROTOCOL)"
"""Variables for reaching a server."""

_SETTINGS = (
    *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.ext.allow=never"),
    *("-c", "core.quotePath=false", "-c", "log.showSignature=false"),
)
"""No program that the repository names: a monitor would also outlive the command."""

_FOR_ALL = {
    "LC_ALL": "C", "LANGUAGE": "",
    "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": "", "GIT_LITERAL_PATHSPECS": "1",
}  # fmt: skip
"""English, no questions, no lock for what only looks, no fetch of what a partial clone lacks; each commit as everyone has it; paths without globs."""

_OPTION_UNKNOWN = r"unrecognized argument|unknown (?:option|switch)|unknown field name|unknown date format"
"""git 2.25 and newer know all options."""

_FAILURES = (
    (r"(?:dubious ownership in repository at|unsafe repository \()\s*'(?P<path>.*)'",  # 2.35.2 and newer
     "the repository at {path} belongs to another user, so git doesn't read it",
     "git config --global --add safe.directory {path}   (if you trust what is in it)"),
    (r"lazy fetching disabled|transport '.*' not allowed|promisor remote",
     "{name} needs what this partial clone has not fetched", "git fetch --refetch --no-filter"),
    (r"valid object name HEAD|bad revision 'HEAD'",
     "this git repository has no commit yet", 'git add -A && git commit -m "First commit"'),
    ("", "{name} failed: {complaint}", "git fsck   (names what is broken; a fresh clone fixes most of it)"),
)  # fmt: skip
"""Pattern of git's words, what is wrong, fix. The last row takes what is left."""

_AFTER_THE_END = 0.5
"""Seconds for stderr, which a helper (ssh's ``ControlPersist``) may keep open."""


def clean_environment(environ: Mapping[str, str], keeps: str = "") -> dict[str, str]:
    """Return ``environ`` for git.

    Of ``GIT_…`` (a git hook's would point elsewhere) stays what ``keeps`` matches: :data:`TRANSPORT` for servers.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith("GIT_") or re.fullmatch(keeps, name, re.IGNORECASE)
    }
    kept.pop("SSH_ASKPASS", None)  # a window
    # GIT_NO_LAZY_FETCH came with git 2.45, and a fetch would run what the clone names
    return {**kept, **_FOR_ALL, **({} if keeps else {"GIT_ALLOW_PROTOCOL": "none"})}


def seconds_for(environ: Mapping[str, str]) -> float:
    """Return the time limit of one git command. Raises :class:`ConfigError` for what is not a number of seconds."""
    text = environ.get(GIT_TIMEOUT, "")
    try:
        seconds = float(text) if text else _SECONDS
    except ValueError:
        seconds = 0
    if not 0 < seconds < 1e6:
        raise ConfigError(what=f"{GIT_TIMEOUT} is {text[:40]!r}: not a number of seconds", fix=f"{GIT_TIMEOUT}=120")
    return seconds


class GitTimeoutError(GitError):
    """git gave no answer in time."""


class Finished(NamedTuple):
    """What a git command left."""

    exit_code: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        """All output, with any secrets."""
        return f"{self.output}\n{self.errors}"


class Git:
    """git in one repository, with a time limit for each command. Leaving it ends what still runs.

    Its environment is :func:`clean_environment` with ``keeps``, and ``variables``. ``redact`` takes secrets out of errors.
    """

    def __init__(
        self, repository: Repository, environ: Mapping[str, str], seconds: float | None = None, *,
        keeps: str = "", variables: Mapping[str, str] | None = None, redact: Callable[[str], str] | None = None,
    ) -> None:  # fmt: skip
        self.repository = repository
        self.seconds = seconds_for(environ) if seconds is None else seconds
        self.environ = {**clean_environment(environ, keeps), **(variables or {})}
        self._redact = redact
        self._started: list[GitCommand] = []

    def __enter__(self) -> Git:
        return self

    def __exit__(self, *_: object) -> None:
        for command in self._started:
            command.abandon()

    def start(self, *words: str) -> GitCommand:
        """Start ``git`` with ``words``. Raises :class:`GitError` if git can't be run."""
        command = GitCommand(self, words)
        self._started.append(command)
        return command

    def start_status(self, *paths: str) -> GitCommand:
        """Start ``git status``, as :mod:`uniqver.vcs.changes` reads it."""
        words = ("--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=dirty", "--no-renames")
        return self.start("status", *words, "--", *paths)

    def start_listing(self, *paths: str) -> GitCommand:
        """Start listing the index, as :func:`~uniqver.vcs.repository.listed_in` reads it."""
        return self.start("ls-files", "-v", "-s", "-z", "--", *paths)

    def ask(self, *words: str) -> str | None:
        """Return the output, or ``None`` if git fails. A git that hung once is not waited for again."""
        try:
            with self:
                code, output, _ = self.start(*words).finished()
        except GitError as error:
            if isinstance(error, GitTimeoutError):
                self.seconds = 0.0
            return None
        return None if code else output.strip("\n")

    def of(self, repository: Repository) -> Git:
        """Return the same git for another repository."""
        return Git(repository, self.environ, self.seconds, redact=self._redact)

    def complaint(self, finished: Finished) -> str:
        """Return the line of a failure that tells most, without secrets."""
        lines = [line.strip() for line in finished.text.splitlines() if line.strip()]
        starts = ("remote:", "fatal:", "!", "error:", "")
        found = next((line for start in starts for line in lines if line.startswith(start)), None)
        if found is None:
            return f"exit code {finished.exit_code}"
        from uniqver.model.redaction import without_credentials  # only errors need it: 2 ms

        text = found.removeprefix("fatal: ").removeprefix("error: ").encode("utf-8", "surrogateescape")
        return (self._redact or without_credentials)(text.decode("utf-8", "replace"))

    def too_old(self) -> GitError:
        """Return the error for a git older than 2.25."""
        version = self.start("--version").output().strip().removeprefix("git version ")
        return GitError(what=f"git {version} is too old", fix="install git 2.25 or newer, and put it first on PATH")


class GitCommand:
    """A git command at work."""

    def __init__(self, git: Git, words: tuple[str, ...]) -> None:
        self.name = f"git {words[0]}"
        self._git = git
        self._until = time.monotonic() + git.seconds
        repository = git.repository
        # the rule of ownership (CVE-2022-24765): git refuses what it finds in another user's folder, unless safe.directory
        # names it, and not what it is given
        named = () if repository.owner is None else (f"--git-dir={repository.git_dir}",)
        try:
            self._process = subprocess.Popen(
                ["git", *named, f"--work-tree={repository.work_tree}", *_SETTINGS, *words],
                cwd=repository.work_tree, start_new_session=True, bufsize=0,
                # no repository in the folders above
                env={**git.environ, "GIT_CEILING_DIRECTORIES": str(repository.work_tree.parent)},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise GitError(
                what="there is no git program on PATH",
                fix="install git; or pin the version: UNIQVER_VERSION=1.4.1.dev1",
            ) from error
        except OSError as error:
            raise GitError(
                what=f"git can't be run: {error.strerror}", fix="make the git program on PATH executable for this user"
            ) from error
        self._output, self._errors = _Reader(self._process.stdout), _Reader(self._process.stderr)

    def finished(self) -> Finished:
        """Wait for the command. Raises :class:`GitError` if that takes too long or it prints too much."""
        self._output.join(self._left())
        if not self._output.is_alive():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=self._left())
            self._errors.join(min(_AFTER_THE_END, self._left()))
        code = self._process.returncode
        if code is None:
            self.abandon()
        if min(self._output.left, self._errors.left) < 0:
            raise GitError(
                what=f"{self.name} printed more than {MOST_OUTPUT >> 20} MB",
                fix="find what is so big in this repository; or pin the version: UNIQVER_VERSION=1.4.1.dev1",
            )
        if code is None:
            raise GitTimeoutError(
                what=f"{self.name} gave no answer within {self._git.seconds:g} seconds",
                fix="look at what holds it up (a network drive? a stale lock?), or allow more: UNIQVER_GIT_TIMEOUT=120",
            )
        return Finished(code, self._output.text(), self._errors.text())

    def output(self) -> str:
        """Wait for the command. Raises :class:`GitError` if it fails."""
        done = self.finished()
        if done.exit_code != 0:
            raise self.failure(done)
        return done.output

    def failure(self, done: Finished) -> GitError:
        """Return the error for a command that failed."""
        if re.search(_OPTION_UNKNOWN, done.errors):
            return self._git.too_old()
        rows = ((re.search(pattern, done.errors), what, fix) for pattern, what, fix in _FAILURES)
        found, what, fix = next((found, what, fix) for found, what, fix in rows if found is not None)
        complaint = self._git.complaint(done._replace(output=""))
        words = {"name": self.name, "complaint": complaint, **found.groupdict()}
        return GitError(what=what.format(**words), fix=fix.format(**words))

    def abandon(self) -> None:
        """End the command and its children (helpers that talk to servers)."""
        if self._process.poll() is not None:
            return
        if sys.platform == "win32":
            words = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(words, capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _left(self) -> float:
        return max(0.0, self._until - time.monotonic())


class _Reader(threading.Thread):
    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._blocks: list[bytes] = []
        self.left = MOST_OUTPUT
        self.start()

    def run(self) -> None:
        with self._pipe or contextlib.nullcontext() as pipe:
            while pipe is not None and self.left >= 0 and (block := pipe.read(1 << 16)):
                self._blocks.append(block)
                self.left -= len(block)

    def text(self) -> str:
        encoding = sys.getfilesystemencoding() if os.name == "nt" else "utf-8"
        return b"".join(self._blocks).decode(encoding, "surrogateescape")
