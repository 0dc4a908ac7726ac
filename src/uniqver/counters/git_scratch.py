"""Runs git in a repository of the counter's own, so that the clone being built stays as it is.

A fetch with ``--depth`` into the clone would make it shallow, and any fetch writes ``FETCH_HEAD``, objects
and refs there. So each use of the counter makes an empty repository in a private temporary folder, and passes
it the settings of the clone that say how to reach and to log in to the server. Those go by the environment
(``GIT_CONFIG_COUNT``, git 2.31), since the command line of a process can be read by everyone.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.counters.redaction import Redaction, redaction_of
from uniqver.errors import CounterError
from uniqver.model.redaction import address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REMOTE = "counter"
"""The server's name in the scratch repository."""

_SETTINGS = re.compile(
    r"(http|credential|url|ssh|protocol|safe)\..*|core\.(askpass|sshcommand|gitproxy)|remote\..*|extensions\.objectformat"
)
"""What of the clone's settings says how to reach a server. Nothing else gets in: no hooks, no signing."""

_REMOTE_SETTINGS = ("proxy", "proxyauthmethod", "uploadpack", "receivepack", "vcs")

_OWN_SETTINGS = (("gc.auto", "0"), ("maintenance.auto", "false"), ("credential.interactive", "false"))

_KEPT = re.compile(
    r"GIT_(ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|PROXY_.*|SSL_.*|HTTP_.*|EXEC_PATH|ALLOW_PROTOCOL)",
    re.IGNORECASE,
)
"""Variables that say how to reach and to log in to a server; all other ``GIT_…`` ones are dropped."""

_KEPT_FOR_SETTINGS = re.compile(r"GIT_CONFIG(_.*)?", re.IGNORECASE)

Setting = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """A git process that ended."""

    exit_code: int
    output: str
    errors: str
    timed_out: bool

    @property
    def said(self) -> str:
        """All that it printed."""
        return f"{self.output}\n{self.errors}"

    @property
    def complaint(self) -> str:
        """The line that tells a person most about why it failed."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        for start in ("remote:", "fatal:", "!", "error:", ""):
            told = [line for line in lines if line.startswith(start)]
            if told:
                return told[0]
        return f"git ended with exit code {self.exit_code}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """Where the ref is, as the clone knows it."""

    name: str
    """For people and for the memory of this machine: without credentials."""
    settings: tuple[Setting, ...]
    """To be passed to git, credentials and all."""
    object_format: str
    """``sha1`` or ``sha256``."""
    redaction: Redaction


class Scratch:
    """An empty bare repository that lives as long as one use of the counter."""

    def __init__(self, folder: Path, *, environ: Mapping[str, str], timeout: float) -> None:
        self._folder = folder
        self._environ = environ
        self._timeout = timeout
        self._transport: dict[str, str] = {}
        self._redaction = Redaction()

    def prepare(self, remote: str, git_dir: Path | None) -> Server:
        """Read the settings of the clone at ``git_dir`` (or of the user, outside of one), and use them.

        ``remote`` is the name of one of the clone's remotes, a URL or a path. Raises :class:`CounterError`
        where there is no such remote.
        """
        settings = self._read_settings(git_dir)
        server = _server(remote, settings, git_dir)
        self._redaction = server.redaction
        self._transport = self._environment(server.settings)
        self._init(server.object_format)
        return server

    def git(self, *arguments: str) -> Finished:
        """Run git in the repository, with the settings of the server; never raises for git's exit code."""
        return self._run(["git", f"--git-dir={self.repository}", *arguments], self._transport)

    @property
    def repository(self) -> Path:
        """The repository's folder."""
        return self._folder / "counter.git"

    def _init(self, object_format: str) -> None:
        """Lay out an empty repository (gitrepository-layout(5)): ``git init`` would cost a tenth of an allocation."""
        version = "0" if object_format == "sha1" else f"1\n[extensions]\n\tobjectFormat = {object_format}\n[core]"
        try:
            for name in ("objects", "refs"):
                (self.repository / name).mkdir(parents=True)
            (self.repository / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
            (self.repository / "config").write_text(
                f"[core]\n\tbare = true\n\trepositoryformatversion = {version}\n", encoding="ascii"
            )
        except OSError as error:
            raise CounterError(
                what=f"there can't be a repository in {self._folder}: {error.strerror}",
                fix="free some space there, or set TMPDIR to a folder that this user can write",
            ) from error

    def _read_settings(self, git_dir: Path | None) -> list[Setting]:
        env = _stripped(self._environ, _KEPT, _KEPT_FOR_SETTINGS)
        # outside of a clone, a folder without a repository: only the user's and the system's settings
        place = self._folder if git_dir is None else git_dir
        pattern = f"^({_SETTINGS.pattern})$"
        found = self._run(
            ["git", f"--git-dir={place}", "config", "--null", "--get-regexp", pattern],
            env,
        )
        if found.exit_code > 1:
            raise CounterError(
                what=f"git can't read its settings: {found.complaint}",
                fix="mend them; git config --list shows more",
            )
        pairs = (record.partition("\n") for record in found.output.split("\0") if record)
        return [(key, value if newline else "true") for key, newline, value in pairs]

    def _environment(self, settings: Sequence[Setting]) -> dict[str, str]:
        nothing = self._folder / "no-settings"
        nothing.touch()
        env = _stripped(self._environ, _KEPT)
        env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(nothing)}
        env["GIT_CONFIG_COUNT"] = str(len(settings))
        for place, (key, value) in enumerate(settings):
            env[f"GIT_CONFIG_KEY_{place}"] = key
            env[f"GIT_CONFIG_VALUE_{place}"] = value
        for role in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{role}_NAME": "uniqver", f"GIT_{role}_EMAIL": "uniqver@localhost"}
        return env

    def _run(self, command: Sequence[str], env: Mapping[str, str]) -> Finished:
        done = run(command, env=env, cwd=self._folder, timeout=self._timeout)
        return Finished(
            exit_code=done.exit_code,
            output=done.output,  # the books and the settings: shown to nobody
            errors=self._redaction(done.errors),
            timed_out=done.timed_out,
        )


@contextlib.contextmanager
def scratch(*, environ: Mapping[str, str], timeout: float) -> Iterator[Scratch]:
    """Make a :class:`Scratch` in a private temporary folder, and remove it at the end."""
    try:
        made = tempfile.TemporaryDirectory(prefix="uniqver-", ignore_cleanup_errors=True)
    except OSError as error:
        raise CounterError(
            what=f"there is no temporary folder to work in: {error.strerror}",
            fix="free some space, or set TMPDIR to a folder that this user can write",
        ) from error
    with made as folder:
        yield Scratch(Path(folder), environ=environ, timeout=timeout)


def run(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout: float) -> Finished:
    """Run a process to its end, or to ``timeout`` seconds: then it and its children are ended.

    Output goes to files, since a pipe stays open as long as any grandchild lives (ssh's ``ControlPersist``).
    A timer ends it, since waiting with a time-out polls, which made every git process 15 ms slower.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                env=env, cwd=cwd, start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError:
            raise CounterError(what="git is not on PATH", fix="install git, or use another counter") from None
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            _end(process)

        timer = threading.Timer(timeout, end)
        timer.daemon = True
        timer.start()
        try:
            exit_code = process.wait()
        except BaseException:
            _end(process)
            process.wait()
            raise
        finally:
            timer.cancel()
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Finished(exit_code=exit_code, output=texts[0], errors=texts[1], timed_out=overdue.is_set())


def _end(process: subprocess.Popen[bytes]) -> None:
    """End ``process`` and its children (git leaves the talking to helpers, which would live on)."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _stripped(environ: Mapping[str, str], *kept: re.Pattern[str]) -> dict[str, str]:
    """Return ``environ`` for a git that never asks, with only those ``GIT_…`` variables that are ``kept``."""
    env = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith("GIT_") or any(pattern.fullmatch(name) for pattern in kept)
    }
    env.pop("SSH_ASKPASS", None)  # a window that nobody would see
    return env | {"LC_ALL": "C", "LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}


def _server(remote: str, settings: Sequence[Setting], git_dir: Path | None) -> Server:
    urls, pushed = _urls(remote, settings, git_dir)
    passed = [(key, value) for key, value in settings if not key.startswith(("remote.", "extensions."))]
    passed += [(f"remote.{REMOTE}.url", urls)]
    passed += [(f"remote.{REMOTE}.pushurl", url) for url in pushed]
    passed += [
        (f"remote.{REMOTE}.{name}", value)
        for name in _REMOTE_SETTINGS
        for key, value in settings
        if key == f"remote.{remote}.{name}"
    ]
    formats = [value for key, value in settings if key == "extensions.objectformat"]
    headers = [value.partition(":")[2].split()[-1:] for key, value in settings if key.endswith(".extraheader")]
    bases = [key for key, _ in settings if key.startswith("url.")]
    return Server(
        name=address(urls),
        settings=(*passed, *_OWN_SETTINGS),
        object_format=formats[-1] if formats else "sha1",
        redaction=redaction_of([urls, *pushed, *bases], [word for words in headers for word in words]),
    )


def _urls(remote: str, settings: Sequence[Setting], git_dir: Path | None) -> tuple[str, list[str]]:
    """Return the URL to fetch from, and the ones to push to where they are others."""
    if re.search(r"[/\\:]", remote):
        return _absolute(remote, git_dir), []
    named = [value for key, value in settings if key == f"remote.{remote}.url"]
    if not named:
        raise CounterError(
            what=f"git knows no remote {remote!r} here",
            fix=f'git remote add {remote} URL, or name the URL: counter = "git+https://…"',
        )
    pushed = [value for key, value in settings if key == f"remote.{remote}.pushurl"]
    return _absolute(named[0], git_dir), [_absolute(url, git_dir) for url in pushed[:1]]


def _absolute(url: str, git_dir: Path | None) -> str:
    """Return ``url``; a relative path means one from the work tree's top, as git has it."""
    if re.match(r"[^/\\]*:", url) or Path(url).is_absolute() or git_dir is None:
        return url
    top = git_dir.parent if git_dir.name == ".git" else git_dir
    return str((top / url).resolve())
