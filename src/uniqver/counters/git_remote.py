"""The remote that a git counter lives in, and a repository of the counter's own to reach it from.

A fetch would write into the clone that is built, and ``--depth`` make it shallow. So each use of the counter makes an empty
repository in a private temporary folder, and gives it those of the clone's settings that it takes to reach the server: by
the environment (``GIT_CONFIG_COUNT``, git 2.31), since everyone can read a command line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from uniqver.counters.protocol import CounterContext
from uniqver.errors import CounterError
from uniqver.model.redaction import address, redactor
from uniqver.vcs.repository import Repository
from uniqver.vcs.runner import TRANSPORT, Finished, Git, GitTimeoutError

if TYPE_CHECKING:
    Settings: TypeAlias = list[tuple[str, str]]

NAME = "counter"
"""Of the remote, in the counter's repository."""

NO_ANSWER = Finished(exit_code=-1, output="", errors="git did not answer in time")
"""The server may have taken a push all the same."""

_SETTINGS = (
    r"(http|credential|url|ssh|protocol|safe)\..*|core\.(askpass|sshcommand|gitproxy)|extensions\.objectformat|"
    r"remote\..*\.(url|pushurl|proxy|proxyauthmethod|uploadpack|receivepack|vcs)"
)
"""Settings that it takes to reach a server. Nothing else gets in: no hooks, no signing."""

_OWN_SETTINGS = [
    ("gc.auto", "0"), ("maintenance.auto", "false"), ("credential.interactive", "false"),
    ("user.name", "uniqver"), ("user.email", "uniqver@localhost"),
]  # fmt: skip


class RemoteGit(Git):
    """git in an empty repository that reaches one remote."""

    def __init__(self, folder: Path, remote: str, context: CounterContext) -> None:
        """Lay out the repository in ``folder``. ``remote`` is a remote's name in the clone, a URL or a path."""
        settings = _settings_of_clone(folder, context)
        named = _remote_in(settings, remote, context.git_dir)
        self.url = named["url"]
        self.place = address(self.url)
        self.object_format = ["sha1", *(value for key, value in settings if key == "extensions.objectformat")][-1]
        git_dir = folder / "counter.git"
        _lay_out(git_dir, self.object_format)
        passed = [(key, value) for key, value in settings if not key.startswith(("remote.", "extensions."))]
        passed += [(f"remote.{NAME}.{name}", value) for name, value in named.items()]
        headers = [value.partition(":")[2].split()[-1:] for key, value in settings if key.endswith(".extraheader")]
        bases = [key for key, _ in settings if key.startswith("url.")]
        super().__init__(
            Repository(folder, git_dir, git_dir, owner=folder.stat().st_uid), context.environ,
            keeps=TRANSPORT, variables=_variables([*passed, *_OWN_SETTINGS]),
            redact=redactor([self.url, named.get("pushurl", ""), *bases], [word for words in headers for word in words]),
        )  # fmt: skip

    def run(self, *words: str) -> Finished:
        """Run git with ``words``. A failure is not an error."""
        try:
            return self.start(*words).finished()
        except GitTimeoutError:
            return NO_ANSWER


def _settings_of_clone(folder: Path, context: CounterContext) -> Settings:
    # outside of a clone, a folder without a repository: only the user's and the system's settings
    place = folder if context.git_dir is None else context.git_dir
    repository = Repository(folder, place, place, owner=folder.stat().st_uid)  # who has a git_dir has asked git already
    with Git(repository, context.environ, keeps=rf"{TRANSPORT}|GIT_CONFIG(_.*)?") as git:
        found = git.start("config", "--null", "--get-regexp", f"^({_SETTINGS})$").finished()
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
    # these settings and no others; /dev/null is known on every system (git, "Environment")
    variables = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": str(len(settings))}
    for place, (key, value) in enumerate(settings):
        variables |= {f"GIT_CONFIG_KEY_{place}": key, f"GIT_CONFIG_VALUE_{place}": value}
    return variables


def _remote_in(settings: Settings, remote: str, git_dir: Path | None) -> dict[str, str]:
    """Return the settings of ``remote``, of more than one URL the first."""
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
    # git takes a relative path from the work tree's top
    if re.match(r"[^/\\]*:", url) or Path(url).is_absolute() or git_dir is None:
        return url
    top = git_dir.parent if git_dir.name == ".git" else git_dir
    return str((top / url).resolve())
