"""What the git counter does when the server, the network, the clone or the ref are not as they should be."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.adapters.counters.allocator import claim
from tests.adapters.counters.servers import PASSWORD, QUOTED, free_port
from tests.adapters.counters.stores import Store
from tests.support.run import git

from uniqver.counters.git import ALGORITHM, DEFAULT_REF, FALLBACK_REF, GitCounter, LedgerEntry, message
from uniqver.counters.protocol import Allocation, CounterContext, Stream
from uniqver.errors import CounterError

if TYPE_CHECKING:
    from tests.adapters.counters.git_http import GitHttpServer

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def hook(bare: Path, name: str, script: str) -> Path:
    path = bare / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def within(store: Store, seconds: float) -> CounterContext:
    """The context of ``store``, with a limit for git."""
    return store.around._replace(environ={**os.environ, "UNIQVER_GIT_TIMEOUT": str(seconds)})


def failing(store: Store, *, patience: float = 1.0, seconds: float = 20.0, key: str = "k") -> CounterError:
    """Take a number where that must fail; return how."""
    remote, _, ref = store.setting.removeprefix("git+").partition("#ref=")
    counter = GitCounter(remote, ref or DEFAULT_REF, within(store, seconds), patience=patience)
    with pytest.raises(CounterError) as caught:
        counter.allocate(store.stream, claim(key))
    text = str(caught.value)
    assert PASSWORD not in text
    assert QUOTED not in text
    return caught.value


def commits(bare: Path, ref: str = DEFAULT_REF) -> int:
    return int(git(bare, "rev-list", "--count", ref))


@pytest.fixture
def clone(bare: Path, tmp_path: Path) -> Path:
    """A clone with a commit, a tag and a settings file that would get in the way."""
    git(tmp_path, "clone", "--quiet", str(bare), "clone")
    path = tmp_path / "clone"
    git(path, "commit", "--quiet", "--allow-empty", "-m", "First")
    git(path, "tag", "v1.4.0")
    git(path, "push", "--quiet", "origin", "HEAD", "v1.4.0")
    git(path, "config", "commit.gpgSign", "true")
    git(path, "config", "core.hooksPath", "/no/such/folder")
    git(path, "config", "push.gpgSign", "true")
    git(path, "config", "remote.origin.mirror", "false")
    return path


@pytest.fixture
def in_clone(clone: Path, state: Path, stream: Stream) -> Store:
    return Store(setting="git+origin", state=state, stream=stream, git_dir=clone / ".git")


def tree_of(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Return mode, time and digest of everything in ``folder``."""
    found = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(state.st_mode) else b""
        found[str(path.relative_to(folder))] = (state.st_mode, state.st_mtime_ns, hashlib.sha256(content).hexdigest())
    return found


def test_clone_is_untouched(in_clone: Store, clone: Path) -> None:
    """No byte, mode or time in the clone changes, whatever the counter does."""
    before = tree_of(clone)
    assert len(before) > 10
    assert in_clone.take("a") == 1
    in_clone.counter.peek(in_clone.stream, None)
    in_clone.counter.floor(in_clone.stream, 10)
    in_clone.counter.check()
    assert len(list(in_clone.counter.history())) == 1
    assert in_clone.take("b") == 11
    assert tree_of(clone) == before


def test_worktree_and_clone_share(in_clone: Store, clone: Path, tmp_path: Path) -> None:
    """A remote with a relative path means the same from every place."""
    git(clone, "remote", "set-url", "origin", "../server/project.git")
    assert in_clone.take("a") == 1
    assert replace(in_clone, setting=f"git+{tmp_path / 'server' / 'project.git'}").take("b") == 2


def test_hostile_environment(in_clone: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of a git hook, tracing and a user's own settings don't reach the counter's git."""
    for name, value in {"GIT_DIR": "/x", "GIT_WORK_TREE": "/y", "GIT_INDEX_FILE": "/z", "GIT_TRACE": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_TRACE_PACKET", str(tmp_path / "trace"))
    with Path(os.environ["HOME"], ".gitconfig").open("a") as file:
        file.write("[commit]\n gpgSign = true\n[push]\n gpgSign = true\n[core]\n hooksPath = /nowhere\n[i18n]\n")
        file.write(" commitEncoding = ISO-8859-1\n logOutputEncoding = UTF-16\n[log]\n showSignature = true\n")
    assert in_clone.take("a") == 1
    assert in_clone.take("a") == 1
    assert not (tmp_path / "trace").exists()


def test_receive_pack_killed_after_the_ref_moved(git_path: Store, bare: Path) -> None:
    """A push whose reply was lost took the number: it is found, and not taken again."""
    hook(bare, "post-receive", "test -e died || { touch died; kill -9 $PPID; }")
    assert git_path.take("a") == 1
    assert (bare / "died").exists()
    assert commits(bare) == 1
    assert git_path.take("b") == 2


def test_receive_pack_killed_before_the_ref_moved(git_path: Store, bare: Path) -> None:
    """A push that did not come through is made again."""
    hook(bare, "pre-receive", "test -e died || { touch died; kill -9 $PPID; }")
    assert git_path.take("a") == 1
    assert (bare / "died").exists()
    assert commits(bare) == 1


def test_receive_pack_killed_in_the_transaction(git_path: Store, bare: Path) -> None:
    """Killed with the ref locked, the server keeps a lock: the error shows it, and without it all goes on."""
    hook(bare, "reference-transaction", 'test "$1" != prepared -o -e died || { touch died; kill -9 $PPID; }')
    error = failing(git_path)
    assert (bare / "died").exists()
    assert "File exists" in error.what
    assert f"{DEFAULT_REF}.lock" in error.fix
    for lock in (bare / "refs").rglob("*.lock"):
        lock.unlink()
    assert git_path.take("a") == 1


def test_http_reply_lost(git_http: Store, http: GitHttpServer, bare: Path) -> None:
    """A server that moves the ref and then hangs up gives one number, not two."""
    http.lost_replies = 1
    assert git_http.take("a") == 1
    assert http.lost_replies == 0
    assert commits(bare) == 1
    assert git_http.take("b") == 2


def test_http_read_only(git_http: Store, http: GitHttpServer) -> None:
    """A 403 is final: one try, an error that names the permission, and reading goes on."""
    assert git_http.take("a") == 1
    http.read_only = True
    asked = len(http.asked)
    error = failing(git_http, patience=60, key="b")
    assert "403" in error.what
    assert "contents: write" in error.fix
    assert len(http.asked) - asked < 12
    assert git_http.counter.peek(git_http.stream, None) == 2
    with pytest.raises(CounterError, match="does not let this user write"):
        git_http.counter.check()


@pytest.mark.parametrize("password", ["", "wrong-password"])
def test_http_wrong_password(git_http: Store, http: GitHttpServer, bare: Path, password: str) -> None:
    """A wrong or missing password is an error at once: nothing is asked, and it isn't shown."""
    error = failing(replace(git_http, setting=f"git+{http.url(bare.name, password=password)}"))
    assert "can't be read" in error.what
    assert "without asking" in error.fix
    assert "wrong-password" not in str(error)


def test_password_from_settings_of_the_clone(in_clone: Store, http: GitHttpServer, bare: Path, clone: Path) -> None:
    """The header that a CI's checkout leaves in the clone's settings logs the counter in, and is sent once."""
    import base64

    git(clone, "remote", "set-url", "origin", http.url(bare.name, password=""))
    token = base64.b64encode(f"builder:{PASSWORD}".encode()).decode()
    address = f"http://127.0.0.1:{http.server_address[1]}/"
    git(clone, "config", f"http.{address}.extraheader", f"AUTHORIZATION: basic {token}")
    # replies with the header's words as the server got them: duplicates would be "basic X, basic X"
    error = failing(in_clone)
    assert token not in str(error)
    http.accepted = f"basic {token}"
    assert in_clone.take("a") == 1
    assert set(http.asked) == {f"basic {token}"}


def test_password_from_netrc(git_http: Store, http: GitHttpServer, bare: Path) -> None:
    """``.netrc`` logs the counter in, as it does git."""
    netrc = Path(os.environ["HOME"], ".netrc")
    netrc.write_text(f"machine 127.0.0.1 login builder password {PASSWORD}\n")
    netrc.chmod(0o600)
    assert replace(git_http, setting=f"git+{http.url(bare.name, password='')}").take("a") == 1


def test_password_from_a_helper(git_http: Store, http: GitHttpServer, bare: Path) -> None:
    """git's credential helper logs the counter in."""
    helper = f"!f() {{ echo username=builder; echo password={PASSWORD}; }}; f"
    git(Path("/"), "config", "--global", "credential.helper", helper)
    assert replace(git_http, setting=f"git+{http.url(bare.name, password='')}").take("a") == 1


def test_connection_refused(git_http: Store) -> None:
    """A server that isn't there is named, without credentials."""
    port = free_port()
    error = failing(replace(git_http, setting=f"git+http://builder:{QUOTED}@127.0.0.1:{port}/x.git"))
    assert f"http://127.0.0.1:{port}/x.git can't be read" in error.what


def test_hanging_server(git_http: Store) -> None:
    """A server that takes the connection and says nothing is given up after the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        error = failing(replace(git_http, setting=f"git+http://127.0.0.1:{port}/x.git"), seconds=0.5)
    assert "did not answer in time" in error.what


def test_server_hangs_in_the_push(git_path: Store, bare: Path) -> None:
    """A push that hangs is ended with all its children; the number isn't taken twice when it comes through late."""
    hook(bare, "pre-receive", "test -e hung || { touch hung; sleep 1.5; }")
    remote = git_path.setting.removeprefix("git+")
    counter = GitCounter(remote, DEFAULT_REF, within(git_path, 1.0), patience=30)
    assert counter.allocate(git_path.stream, claim("a")).number == 1
    assert (bare / "hung").exists()
    assert commits(bare) == 1
    assert git_path.take("b") == 2


def test_hook_declines(git_path: Store, bare: Path) -> None:
    """A server whose hook declines is asked once, and its words are passed on."""
    hook(bare, "pre-receive", "echo >> calls; echo 'only on Tuesdays' >&2; exit 1")
    error = failing(git_path, patience=60)
    assert "only on Tuesdays" in error.what
    assert (bare / "calls").read_text() == "\n"


def test_only_branches_allowed(git_path: Store, bare: Path) -> None:
    """Where a server takes no other refs, the error names the branch to use, and that one works."""
    git(bare, "config", "receive.hideRefs", "refs/uniqver")
    error = failing(git_path, patience=60)
    assert FALLBACK_REF in error.fix
    branch = replace(git_path, setting=f"{git_path.setting}#ref={FALLBACK_REF}")
    assert [branch.take("a"), branch.take("b"), branch.take("a")] == [1, 2, 1]
    assert commits(bare, FALLBACK_REF) == 2
    assert "[skip ci]" in git(bare, "log", "-1", "--format=%s", FALLBACK_REF)


def test_mirror_deletes_the_ref(in_clone: Store, clone: Path, bare: Path, tmp_path: Path) -> None:
    """After ``push --mirror`` a machine that saw number 2 does not start again; the fix that it names works."""
    assert [in_clone.take("a"), in_clone.take("b")] == [1, 2]
    git(clone, "-c", "push.gpgSign=false", "push", "--quiet", "--mirror", "origin")
    assert git(bare, "for-each-ref", "refs/uniqver") == ""
    error = failing(in_clone, key="c")
    assert "uniqver counter floor 2" in error.fix
    with pytest.raises(CounterError, match="highest number"):
        in_clone.counter.peek(in_clone.stream, None)
    assert in_clone.counter.floor(in_clone.stream, 1) == 2
    assert in_clone.take("c") == 3


def test_ref_set_back(in_clone: Store, bare: Path) -> None:
    """A ref that was set back to an older commit is noticed too."""
    assert [in_clone.take("a"), in_clone.take("b"), in_clone.take("c")] == [1, 2, 3]
    git(bare, "update-ref", DEFAULT_REF, f"{DEFAULT_REF}~2")
    assert "uniqver counter floor 3" in failing(in_clone, key="d").fix
    assert in_clone.take("a") == 1


def test_other_commits_in_the_ref(in_clone: Store, bare: Path) -> None:
    """A ref that holds something else is left as it is: a branch of code named by mistake, say."""
    store = replace(in_clone, setting="git+origin#ref=refs/heads/main")
    before = git(bare, "rev-parse", "main")
    error = failing(store)
    assert "not a counter's" in error.what
    assert git(bare, "rev-parse", "main") == before


def test_entry_of_a_newer_version(git_path: Store, bare: Path) -> None:
    """An entry that a later uniqver wrote is not misread."""
    assert git_path.take("a") == 1
    text = git(bare, "log", "-1", "--format=%B", DEFAULT_REF).replace(ALGORITHM, "git-ref/9")
    tip = git(bare, "commit-tree", EMPTY_TREE, "-p", DEFAULT_REF, "-m", text)
    git(bare, "update-ref", DEFAULT_REF, tip)
    assert "git-ref/9" in failing(git_path, key="b").what


def test_corrupt_ref(git_path: Store, bare: Path) -> None:
    """A ref file full of zeros (a crash of the server's disk) is an error, not an empty counter."""
    assert git_path.take("a") == 1
    (bare / DEFAULT_REF).write_bytes(b"\0" * 41)
    error = failing(git_path, key="b")
    assert "number" in error.what or "can't be read" in error.what
    assert error.fix


def test_long_history(git_path: Store, bare: Path) -> None:
    """A key older than any first fetch is found, and so is the number of a stream that was long at rest."""
    assert [git_path.take("old"), git_path.take("newer")] == [1, 2]
    busy = Stream(project="busy", base="1.0")
    lines, tip = [], git(bare, "rev-parse", DEFAULT_REF)
    for number in range(1, 601):
        made = Allocation(stream=busy, number=number, claim=claim(f"b{number}"), algorithm=ALGORITHM)
        text = message(LedgerEntry(stream=busy, highest=number, nonce=str(number), first=number == 1, made=made))
        lines.append(
            f"commit {DEFAULT_REF}\ncommitter x <x@localhost> {number} +0000\ndata {len(text)}\n{text}"
            + (f"from {tip}\n" if number == 1 else "")
        )
    subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet"], input="\n".join(lines), text=True, check=True)
    assert commits(bare) == 602
    assert git_path.take("old") == 1
    assert git_path.take("new") == 3
    assert git_path.counter.allocate(busy, claim("b1")).number == 1
    assert git_path.counter.allocate(busy, claim("b601")).number == 601
    assert len(list(git_path.counter.history())) == 604


def test_sha256_repository(state: Path, stream: Stream, tmp_path: Path) -> None:
    """A clone of a repository with the longer object names counts too."""
    for command in (["init", "--bare", "r.git"], ["clone", "r.git", "c"]):
        subprocess.run(
            ["git", *command], cwd=tmp_path, check=True, capture_output=True,
            env={**os.environ, "GIT_DEFAULT_HASH": "sha256"},
        )  # fmt: skip
    store = Store(setting="git+origin", state=state, stream=stream, git_dir=tmp_path / "c" / ".git")
    assert [store.take("a"), store.take("b"), store.take("a")] == [1, 2, 1]


def test_push_url_of_its_own(in_clone: Store, clone: Path, bare: Path) -> None:
    """A clone that reads here and pushes there counts where it pushes to, as both are one repository."""
    git(clone, "remote", "set-url", "--push", "origin", f"file://{bare}")
    assert [in_clone.take("a"), in_clone.take("b")] == [1, 2]
    assert commits(bare) == 2


def test_unknown_remote(in_clone: Store) -> None:
    """A remote that the clone doesn't have is named, with the command that adds it."""
    error = failing(replace(in_clone, setting="git+upstream"))
    assert "'upstream'" in error.what
    assert "git remote add upstream" in error.fix


def test_no_git(git_path: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git the error says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no git program on PATH" in failing(git_path).what


def test_no_room_for_the_scratch_repository(git_path: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a temporary folder the error names the variable to set."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no" / "folder"))
    assert "TMPDIR" in failing(git_path).fix


def test_scratch_repository_is_private_and_goes(
    git_path: Store, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the counter works in can be read by nobody else, and isn't there afterwards."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    hook(bare, "pre-receive", f"ls -l {scratch} > {tmp_path}/listing")  # while it is there
    assert git_path.take("a") == 1
    (line,) = [line for line in (tmp_path / "listing").read_text().splitlines() if not line.startswith("total")]
    assert line.startswith("drwx------")
    assert list(scratch.iterdir()) == []


def test_memory_is_an_aid_only(git_path: Store) -> None:
    """Where nothing can be remembered, or the memory is garbage, the counter counts."""
    assert git_path.take("a") == 1
    (note,) = (git_path.state / "seen").iterdir()
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert note.parent.stat().st_mode & 0o777 == 0o700
    for garbage in ("", "[]", "{", '{"x": "y"}'):
        note.write_text(garbage)
        assert git_path.take("a") == 1
    shutil.rmtree(git_path.state)
    git_path.state.write_text("a file, where the folder should be")
    assert git_path.take("b") == 2
