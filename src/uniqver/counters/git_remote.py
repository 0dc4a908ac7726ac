"""The remote that a git counter lives in, and a repository of the counter's own to reach it from.

A fetch would write into the clone that is built, and ``--depth`` make it shallow. So each use of the counter makes an empty
repository in a private temporary folder, and gives it those of the clone's settings that it takes to reach the server: by
the environment (``GIT_CONFIG_COUNT``, git 2.31), since everyone can read a command line.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from uniqver.errors import CounterError, GitError
from uniqver.model.redaction import address, redactor
from uniqver.vcs.repository import Repository
from uniqver.vcs.runner import TRANSPORT, Finished, Git, GitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from uniqver.counters.protocol import CounterContext

    Settings: TypeAlias = list[tuple[str, str]]

_REMOTE = "counter"
_LOCAL_REF = "refs/c"
_NO_ANSWER = Finished(exit_code=-1, output="", errors="git did not answer in time")
"""The server may have taken a push all the same."""

_TRIES_TO_FETCH = 3
_LONGEST_PAUSE = 5.0
"""Seconds."""

_SETTINGS = (
    r"(http|credential|url|ssh|protocol|safe)\..*|core\.(askpass|sshcommand|gitproxy)|extensions\.objectformat|"
    r"remote\..*\.(url|pushurl|proxy|proxyauthmethod|uploadpack|receivepack|vcs)"
)
"""Settings that it takes to reach a server. Nothing else gets in: no hooks, no signing."""

_OWN_SETTINGS = {"gc.auto": "0", "maintenance.auto": "false", "credential.interactive": "false"}
_REFUSED = (
    "hook declined", "hidden ref", "funny refname", "protected branch", "prohibited", "not allowed",
    "returned error: 403", "returned error: 401", "Permission denied", "permission denied", "Permission to ",
    "Authentication failed", "could not read Username", "could not read Password",
    "unable to create temporary object directory",  # a folder that this user may not write
)  # fmt: skip
"""Words of git: there is no use in trying again."""

Outcome = Literal["taken", "refused", "unknown"]
"""Of a push: the ref moved to our commit; it never will; another was first, or nobody knows."""


@contextlib.contextmanager
def scratch(remote: str, ref: str, context: CounterContext, seconds: float) -> Iterator[Scratch]:
    """Make a :class:`Scratch` in a private temporary folder, and remove it at the end.

    ``remote`` is a remote's name in the clone, a URL or a path; ``seconds`` is for each git process.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder = tempfile.TemporaryDirectory(prefix="uniqver-", ignore_cleanup_errors=True)
            made = Scratch(Path(stack.enter_context(folder)), remote, ref, context, seconds)
        except OSError as error:
            raise CounterError(
                what=f"there is no temporary folder to work in: {error.strerror}",
                fix="free some space, or set TMPDIR to a folder that this user can write",
            ) from error
        yield made


class Scratch:
    """An empty repository for one ref of one remote, and one use of the counter."""

    def __init__(self, folder: Path, remote: str, ref: str, context: CounterContext, seconds: float) -> None:
        settings = _settings_of_clone(folder, context, seconds)
        named = _remote_in(settings, remote, context.git_dir)
        self.url = named["url"]
        self.name = address(self.url)
        self.ref = ref
        self._format = ["sha1", *(value for key, value in settings if key == "extensions.objectformat")][-1]
        git_dir = folder / "counter.git"
        _lay_out(git_dir, self._format)
        self.repository = Repository(folder, git_dir, git_dir, owner=folder.stat().st_uid)
        passed = [(key, value) for key, value in settings if not key.startswith(("remote.", "extensions."))]
        passed += [(f"remote.{_REMOTE}.{name}", value) for name, value in named.items()]
        headers = [value.partition(":")[2].split()[-1:] for key, value in settings if key.endswith(".extraheader")]
        bases = [key for key, _ in settings if key.startswith("url.")]
        self._git = Git(
            self.repository, context.environ, seconds,
            keeps=TRANSPORT, variables=_variables([*passed, *_OWN_SETTINGS.items()]),
            redact=redactor([self.url, named.get("pushurl", ""), *bases], [word for words in headers for word in words]),
        )  # fmt: skip

    def git(self, *words: str) -> Finished:
        """Run git in the repository. A failure is not an error."""
        return _finished(self._git, *words)

    def fetch(self, depth: int) -> list[tuple[str, str]]:
        """Return the newest ``depth`` commits of the ref, each with its message, newest first."""
        for tried in range(1, _TRIES_TO_FETCH + 1):
            done = self.git(
                # never poll with ls-remote: it would receive every ref of the repository
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", f"--depth={depth}",
                _REMOTE, f"+{self.ref}:{_LOCAL_REF}",
            )  # fmt: skip
            if "couldn't find remote ref" in done.text:
                return []
            if done.exit_code == 0:
                return self._commits()
            if done is _NO_ANSWER or any(word in done.text for word in _REFUSED):
                break
            time.sleep(pause(tried, 0.1))
        raise CounterError(
            what=f"{self.name} can't be read: {self._git.complaint(done)}",
            fix=f"fix what git reports there, until this works without asking: git ls-remote {self.name} {self.ref}",
        )

    def _commits(self) -> list[tuple[str, str]]:
        done = self.git("log", "-z", "--format=%H%n%B", _LOCAL_REF)
        if done.exit_code:
            what = f"git can't read {self.ref}: {self._git.complaint(done)}"
            raise CounterError(what=what, fix="uniqver counter check, and build again")
        records = (record.partition("\n") for record in done.output.split("\0") if record)
        return [(commit, text) for commit, _, text in records]

    def push(self, message: str, tip: str | None) -> tuple[Outcome, str]:
        """Push a commit on top of ``tip`` if the ref is still there; return the outcome, and git's words."""
        empty_tree = hashlib.new(self._format, b"tree 0\0").hexdigest()  # known to every git without being stored
        made = self.git("commit-tree", empty_tree, *(["-p", tip] if tip else []), "-m", message)
        if made.exit_code:
            raise CounterError(
                what=f"git can't make a commit: {self._git.complaint(made)}",
                fix="free some space in the temporary folder, or set TMPDIR to another one",
            )
        pushed = self.git(
            # --atomic and a lease make git refuse what it would else overwrite
            "push", "--porcelain", "--no-verify", "--atomic", "--no-signed",
            f"--force-with-lease={self.ref}:{tip or ''}", _REMOTE, f"{made.output.strip()}:{self.ref}",
        )  # fmt: skip
        return push_outcome(pushed), self._git.complaint(pushed)


def push_outcome(pushed: Finished) -> Outcome:
    """Return the outcome of a ``git push --porcelain`` of one ref.

    Exit 0 alone proves nothing: the push of an object that is there already reports ``=`` and "up to date" (who trusted
    it gave out 125 of 200 numbers twice).
    """
    flags = [line[0] for line in pushed.output.splitlines() if line[1:2] == "\t"]
    if pushed.exit_code == 0 and flags and flags[0] in " *+":
        return "taken"
    return "refused" if any(word in pushed.text for word in _REFUSED) else "unknown"


def pause(tries: int, took: float) -> float:
    """Return the seconds to wait before the next try, after one that took ``took`` seconds.

    Random, so that those who met once don't meet again; by the server's pace, since what spreads the clients of a fast
    one lets those of a slow one meet every time.
    """
    return random.uniform(0, min(_LONGEST_PAUSE, took * 2 ** min(tries, 3)))  # noqa: S311 - jitter, no secret


def _finished(git: Git, *words: str) -> Finished:
    try:
        with git:
            return git.start(*words).finished()
    except GitTimeoutError:
        return _NO_ANSWER
    except GitError as error:
        raise CounterError(what=error.what, fix=error.fix) from error


def _settings_of_clone(folder: Path, context: CounterContext, seconds: float) -> Settings:
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
    # gitrepository-layout(5); "git init" would cost a tenth of an allocation
    version = "0" if object_format == "sha1" else f"1\n[extensions]\n\tobjectFormat = {object_format}"
    for name in ("objects", "refs"):
        (git_dir / name).mkdir(parents=True)
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    (git_dir / "config").write_text(f"[core]\n\trepositoryformatversion = {version}\n", encoding="ascii")


def _variables(settings: Settings) -> dict[str, str]:
    # these settings and no others; /dev/null means none on every system (git, "Environment")
    variables = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": str(len(settings))}
    for place, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{place}": key, f"GIT_CONFIG_VALUE_{place}": value}
    for role in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{role}_NAME": "uniqver", f"GIT_{role}_EMAIL": "uniqver@localhost"}
    return variables


def _remote_in(settings: Settings, remote: str, git_dir: Path | None) -> dict[str, str]:
    """Return the settings of ``remote``; of more than one URL the first."""
    if re.search(r"[/\\:]", remote):
        return {"url": _absolute(remote, git_dir)}
    found: dict[str, str] = {}
    for key, value in settings:
        section, _, name = key.rpartition(".")
        if section == f"remote.{remote}" and not (name.endswith("url") and name in found):
            found[name] = _absolute(value, git_dir) if name.endswith("url") else value
    if "url" not in found:
        raise CounterError(
            what=f"git knows no remote {remote!r} here",
            fix=f'git remote add {remote} URL, or name the URL: counter = "git+https://…"',
        )
    return found


def _absolute(url: str, git_dir: Path | None) -> str:
    """Return ``url``; a relative path means one from the work tree's top, as git has it."""
    if re.match(r"[^/\\]*:", url) or Path(url).is_absolute() or git_dir is None:
        return url
    top = git_dir.parent if git_dir.name == ".git" else git_dir
    return str((top / url).resolve())
