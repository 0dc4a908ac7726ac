"""The remote that a git counter lives in, and a repository of the counter's own to reach it from.

A fetch with ``--depth`` into the clone that is built would make it shallow, and any fetch writes ``FETCH_HEAD``,
objects and refs there. So each use of the counter makes an empty repository in a private temporary folder, and gives it
the settings of the clone that it takes to reach and to log in to the server. Those go by the environment
(``GIT_CONFIG_COUNT``, git 2.31), since the command line of a process can be read by everyone.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.errors import CounterError, GitError
from uniqver.model.named_tuple import NamedTuple
from uniqver.model.redaction import address, redactor
from uniqver.vcs.repository import Repository
from uniqver.vcs.runner import TRANSPORT, Finished, Git, GitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from uniqver.counters.protocol import CounterContext

    Setting: TypeAlias = tuple[str, str]

REMOTE = "counter"
"""The server's name in the scratch repository."""

NO_ANSWER = Finished(exit_code=-1, output="", errors="git did not answer in time")
"""Stands for a git process that took too long: the server may have taken a push all the same."""

_SETTINGS = r"(http|credential|url|ssh|protocol|safe)\..*|core\.(askpass|sshcommand|gitproxy)|remote\..*|extensions\.objectformat"
"""Those of the clone's settings that it takes to reach a server. Nothing else gets in: no hooks, no signing."""

_REMOTE_SETTINGS = ("proxy", "proxyauthmethod", "uploadpack", "receivepack", "vcs")

_OWN_SETTINGS = (("gc.auto", "0"), ("maintenance.auto", "false"), ("credential.interactive", "false"))


class Server(NamedTuple):
    """The place of the ref, as the clone knows it."""

    url: str
    name: str
    """For people: without credentials."""
    settings: tuple[Setting, ...]
    """To be passed to git, credentials and all."""
    object_format: str
    """``sha1`` or ``sha256``."""
    redact: Callable[[str], str]


class Scratch:
    """An empty repository, set up for one server, that lives as long as one use of the counter."""

    def __init__(self, folder: Path, server: Server, context: CounterContext, seconds: float) -> None:
        git_dir = folder / "counter.git"
        _lay_out(git_dir, server.object_format)
        self.server = server
        self.repository = Repository(folder, git_dir, git_dir, owner=folder.stat().st_uid)
        variables = _variables(folder, server.settings)
        self._git = Git(
            self.repository, context.environ, seconds, keeps=TRANSPORT, variables=variables, redact=server.redact
        )

    def git(self, *words: str) -> Finished:
        """Run git in the repository; it is no error if git fails. :data:`NO_ANSWER` if it takes too long."""
        return _finished(self._git, *words)

    def complaint(self, finished: Finished) -> str:
        """Return why a git process failed, without secrets."""
        return self._git.complaint(finished)


@contextlib.contextmanager
def scratch(remote: str, context: CounterContext, seconds: float) -> Iterator[Scratch]:
    """Make a :class:`Scratch` in a private temporary folder, and remove it at the end.

    ``remote`` is the name of one of the clone's remotes, a URL or a path; ``seconds`` is for each git process.
    Raises :class:`CounterError` if there is no such remote.
    """
    try:
        made = tempfile.TemporaryDirectory(prefix="uniqver-", ignore_cleanup_errors=True)
    except OSError as error:
        raise CounterError(
            what=f"there is no temporary folder to work in: {error.strerror}",
            fix="free some space, or set TMPDIR to a folder that this user can write",
        ) from error
    with made as folder:
        settings = _read_settings(Path(folder), context, seconds)
        yield Scratch(Path(folder), _server(remote, settings, context.git_dir), context, seconds)


def _finished(git: Git, *words: str) -> Finished:
    try:
        with git:
            return git.start(*words).finished()
    except GitTimeoutError:
        return NO_ANSWER
    except GitError as error:
        raise CounterError(what=error.what, fix=error.fix) from error


def _read_settings(folder: Path, context: CounterContext, seconds: float) -> list[Setting]:
    """Read the settings of the clone, or of the user outside of one."""
    # outside of a clone, a folder without a repository: only the user's and the system's settings
    place = folder if context.git_dir is None else context.git_dir
    repository = Repository(folder, place, place, owner=folder.stat().st_uid)  # who has a git_dir has asked git already
    git = Git(repository, context.environ, seconds, keeps=rf"{TRANSPORT}|GIT_CONFIG(_.*)?")
    found = _finished(git, "config", "--null", "--get-regexp", f"^({_SETTINGS})$")
    if found.exit_code not in (0, 1):
        raise CounterError(
            what=f"git can't read its settings: {git.complaint(found)}", fix="fix them; git config --list shows more"
        )
    pairs = (record.partition("\n") for record in found.output.split("\0") if record)
    return [(key, value if newline else "true") for key, newline, value in pairs]


def _lay_out(git_dir: Path, object_format: str) -> None:
    """Lay out an empty repository (gitrepository-layout(5)): ``git init`` would cost a tenth of an allocation."""
    version = "0" if object_format == "sha1" else f"1\n[extensions]\n\tobjectFormat = {object_format}"
    try:
        for name in ("objects", "refs"):
            (git_dir / name).mkdir(parents=True)
        (git_dir / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
        (git_dir / "config").write_text(f"[core]\n\trepositoryformatversion = {version}\n", encoding="ascii")
    except OSError as error:
        raise CounterError(
            what=f"there can't be a repository in {git_dir.parent}: {error.strerror}",
            fix="free some space there, or set TMPDIR to a folder that this user can write",
        ) from error


def _variables(folder: Path, settings: Sequence[Setting]) -> dict[str, str]:
    """Return what gives git ``settings`` and no others."""
    nothing = folder / "no-settings"
    nothing.touch()
    variables = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(nothing), "GIT_CONFIG_COUNT": str(len(settings))}
    for place, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{place}": key, f"GIT_CONFIG_VALUE_{place}": value}
    for role in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{role}_NAME": "uniqver", f"GIT_{role}_EMAIL": "uniqver@localhost"}
    return variables


def _server(remote: str, settings: Sequence[Setting], git_dir: Path | None) -> Server:
    url, pushed = _urls(remote, settings, git_dir)
    passed = [(key, value) for key, value in settings if not key.startswith(("remote.", "extensions."))]
    passed += [(f"remote.{REMOTE}.url", url), *((f"remote.{REMOTE}.pushurl", other) for other in pushed)]
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
        url=url,
        name=address(url),
        settings=(*passed, *_OWN_SETTINGS),
        object_format=formats[-1] if formats else "sha1",
        redact=redactor([url, *pushed, *bases], [word for words in headers for word in words]),
    )


def _urls(remote: str, settings: Sequence[Setting], git_dir: Path | None) -> tuple[str, list[str]]:
    """Return the URL to fetch from, and the ones to push to if they are others."""
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
