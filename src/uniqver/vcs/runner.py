"""Runs git: with an environment of its own, a time limit, and errors that name their cure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from uniqver.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uniqver.vcs.repository import Repository

SECONDS = 40.0
"""How long one git command may take (``UNIQVER_GIT_TIMEOUT`` sets another limit)."""

_SETTINGS = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=false")
"""A monitor would outlive the command and hold its pipes; signatures would mix into what is read."""


_OPTION_UNKNOWN = r"unrecognized argument|unknown (?:option|switch)|unknown field name|unknown date format"
"""How git says that it doesn't know an option: there is none that 2.25 and newer don't know."""


class Git:
    """git in one repository, with one environment and one time limit. At the end, nothing of it still runs."""

    def __init__(self, repository: Repository, environ: Mapping[str, str], seconds: float = SECONDS) -> None:
        self.repository = repository
        self._environ = environ
        self._seconds = seconds
        self._started: list[GitCommand] = []

    def __enter__(self) -> Git:
        return self

    def __exit__(self, *_: object) -> None:
        for command in self._started:
            command.abandon()

    def start(self, *words: str) -> GitCommand:
        """Start ``git`` with ``words``. Raises :class:`GitError` where there is no git that can be run."""
        command = GitCommand(self, words, self._environ, self._seconds)
        self._started.append(command)
        return command

    def of(self, repository: Repository) -> Git:
        """Return git for another repository, with the same environment and time limit."""
        return Git(repository, self._environ, self._seconds)


class GitCommand:
    """A git command that has been started; :meth:`output` waits for it."""

    def __init__(self, git: Git, words: Sequence[str], environ: Mapping[str, str], seconds: float) -> None:
        repository = git.repository
        self._git = git
        self._name = f"git {words[0]}"
        self._seconds = seconds
        command = [
            "git",
            # Named, not found: so git asks no questions about who owns the folder ("dubious ownership").
            f"--git-dir={repository.git_dir}",
            f"--work-tree={repository.work_tree}",
            *_SETTINGS,
            *words,
        ]
        try:
            self._process = subprocess.Popen(
                command,
                cwd=repository.work_tree,
                env=clean_environment(environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise GitError(
                what="there is no git program on PATH, and this project is a git work tree",
                fix="install git; or pin the version: UNIQVER_VERSION=1.4.1.dev1",
            ) from error
        except OSError as error:
            raise GitError(
                what=f"git can't be run: {error.strerror}", fix="make the git program on PATH executable for this user"
            ) from error

    def finished(self) -> tuple[int, str, str]:
        """Wait for the command; return its exit code, output and error text. Raises :class:`GitError` on time-out."""
        try:
            out, err = self._process.communicate(timeout=self._seconds)
        except subprocess.TimeoutExpired as error:
            self.abandon()
            raise GitError(
                what=f"{self._name} gave no answer within {self._seconds:g} seconds",
                fix="look what holds it up (a network drive? a stale lock?), or allow more: UNIQVER_GIT_TIMEOUT=120",
            ) from error
        return self._process.returncode, _text(out), _text(err)

    def output(self) -> str:
        """Wait for the command and return its output. Raises :class:`GitError` when it fails."""
        code, out, err = self.finished()
        if code != 0:
            raise self.failure(code, err)
        return out

    def failure(self, code: int, err: str) -> GitError:
        """Return the error for a command that failed: with git's own words, or that this git is too old for it."""
        if re.search(_OPTION_UNKNOWN, err):
            return too_old(self._git)
        lines = [line for line in err.strip().splitlines() if line.strip()]
        said = lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else f"exit code {code}"
        return GitError(
            what=f"{self._name} failed: {said}", fix="git fsck   (names what is broken; a fresh clone mends most of it)"
        )

    def abandon(self) -> None:
        """End the command, if it still runs, without waiting for what it may have started."""
        if self._process.returncode is not None:
            return
        self._process.kill()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._process.wait()


def too_old(git: Git) -> GitError:
    """Return the error for a git that doesn't know what is asked of it."""
    version = git.start("--version").output().strip().removeprefix("git version ")
    return GitError(what=f"git {version} is too old", fix="install git 2.25 or newer, and put it first on PATH")


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` for git: without ``GIT_…`` (a hook's would point elsewhere), in English, no prompts."""
    kept = {name: value for name, value in environ.items() if not name.startswith("GIT_")}
    return {**kept, "LC_ALL": "C", "LANGUAGE": "", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _text(raw: bytes) -> str:
    return raw.decode(sys.getfilesystemencoding() if os.name == "nt" else "utf-8", "surrogateescape")
