"""Every command and every hook, whatever it is given: an answer, or an error with its fix.

Archives, pages of an index, settings, environments and trees, drawn by Hypothesis around what real ones look like. Each
input is tried in this process, under the same watch: no exception but what a command means to end with, an end in time,
nothing written outside of the project, its ``.git`` and the user's state, no planted secret in an output, a record or an
artifact, and less than 500 MB of memory.

The suite tries few inputs, always the same. ``TEST_UNIQVER_FUZZ=4000`` tries that many of each kind, others each time;
``--hypothesis-seed`` repeats a run, and a failure is shrunk and printed with the line that repeats it. The counts are
shown with ``-s``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socketserver
import struct
import sys
import tarfile
import tempfile
import threading
import traceback
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from tests.support.distributions import core_metadata, sdist, wheel
from tests.support.hostile import FACTS
from tests.support.repositories import Repo

from uniqver import build_meta
from uniqver.ci import SIGNS, names_in
from uniqver.cli.main import main
from uniqver.config import Config, key_of, variable_of
from uniqver.index import client

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

if sys.platform != "linux":
    pytest.skip("watches by way of /proc", allow_module_level=True)

MANY = int(os.environ.get("TEST_UNIQVER_FUZZ", "40"))
SECONDS = 120
"""One input takes milliseconds; a machine that is busy, seconds."""
MOST_KIB = 500_000
MARK = "s3cr3tM4rk"

TRIED: Counter[str] = Counter()


# The watch


class Watch:
    """What this process writes, for as long as it is on. An audit hook: it sees what every library does."""

    on = False
    allowed: tuple[str, ...] = ()
    written: set[str] = set()  # noqa: RUF012
    outside: set[str] = set()  # noqa: RUF012


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not Watch.on or event not in _WRITES:
        return
    paths = _WRITES[event](arguments)
    Watch.on = False  # what follows is not theirs
    try:
        for path in paths:
            parent, name = os.path.split(os.fsdecode(path))
            # a link that is removed or renamed is meant itself
            real = os.path.realpath(os.fsdecode(path)) if event == "open" else f"{os.path.realpath(parent)}/{name}"
            Watch.written.add(real)
            if not real.startswith(Watch.allowed):
                Watch.outside.add(f"{event} {real}")
    finally:
        Watch.on = True


def _opened(arguments: tuple[Any, ...]) -> list[Any]:
    path, _, flags = arguments
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    return [path] if writes and isinstance(path, str | bytes) else []


def _inside(arguments: tuple[Any, ...]) -> list[Any]:
    path, *_, descriptor = arguments
    if not isinstance(path, str | bytes):
        return []
    if descriptor not in (None, -1) and not os.fsdecode(path).startswith("/"):
        return [os.path.join(os.readlink(f"/proc/self/fd/{descriptor}"), os.fsdecode(path))]  # noqa: PTH115, PTH118
    parent, name = os.path.split(os.fsdecode(path))
    return [os.path.join(os.path.realpath(parent or "."), name)]  # noqa: PTH118


_WRITES: dict[str, Any] = {
    "open": _opened,
    "os.mkdir": _inside,
    "os.remove": _inside,
    "os.rmdir": _inside,
    "os.rename": lambda arguments: [*arguments[:2]],
    "os.link": lambda arguments: [arguments[1]],
    "os.symlink": lambda arguments: _inside((arguments[1], -1)),
    "os.truncate": lambda arguments: [arguments[0]] if isinstance(arguments[0], str) else [],
}

sys.addaudithook(_audit)


def _too_slow(_: int, frame: FrameType | None) -> None:
    raise AssertionError(f"it hangs:\n{''.join(traceback.format_stack(frame)[-8:])}")


@contextlib.contextmanager
def watched(place: Place) -> Iterator[None]:
    """Run the body under the watch."""
    Watch.allowed = tuple(
        os.path.realpath(path)
        for path in (place.project, place.out, place.home / ".local", place.scratch, "/dev/null", "/dev/shm")
    )
    Watch.written, Watch.outside = set(), set()
    Path("/proc/self/clear_refs").write_text("5")  # the peak of the memory is this input's
    usual = signal.signal(signal.SIGALRM, _too_slow)
    signal.alarm(SECONDS)
    Watch.on = True
    try:
        yield
    finally:
        Watch.on = False
        signal.alarm(0)
        signal.signal(signal.SIGALRM, usual)
    assert not Watch.outside
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    assert int(status["VmHWM"].split()[0]) < MOST_KIB
    for path in map(Path, Watch.written):
        if path.is_file() and not path.name.startswith("given-"):
            assert MARK.encode() not in _contents(path), path


def _contents(path: Path) -> bytes:
    """Return the bytes of a file, and of the members of an archive."""
    found = path.read_bytes()
    with contextlib.suppress(Exception):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                return found + b"".join(map(archive.read, archive.namelist()))
        if path.suffix == ".gz":
            with tarfile.open(path) as tar:
                return found + b"".join(file.read() for each in tar if (file := tar.extractfile(each)) is not None)
    return found


# The place


class Place:
    """A project one commit after its release, and a home with secrets in it."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template"
        self.project = folder / "project"
        self.out = folder / "out"
        self.home = folder / "home"
        self.scratch = folder / "scratch"
        self.elsewhere = folder / "elsewhere"
        for path in (self.out, self.home, self.scratch, self.elsewhere):
            path.mkdir()
        (self.elsewhere / "kept.py").write_text("kept = True\n")
        (self.home / ".gitconfig").write_text("[user]\nname = T\nemail = t@example.org\n")
        (self.home / ".pypirc").write_text(f"[pypi]\nusername = __token__\npassword = {MARK}\n")
        (self.home / ".netrc").write_text(f"machine 127.0.0.1 login me password {MARK}\n")
        (self.home / ".netrc").chmod(0o600)
        repo = Repo(self.template)
        repo.write("pyproject.toml", PYPROJECT)
        repo.write("src/app/__init__.py", "")
        repo.write(".github/workflows/ci.yml", "on: push\njobs: {}\n")
        repo.write(".gitignore", "_version.py\n*.egg-info/\n/build/\n/dist/\n")
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "First")
        repo.tag("v1.4.0")
        repo.commit()
        repo.git("remote", "add", "origin", f"https://me:{MARK}@127.0.0.1:1/x.git")
        self.fresh()

    def fresh(self) -> None:
        """Lay the project out again, as it was."""
        if self.project.exists():
            for folder, names, _ in os.walk(self.project):
                for name in names:
                    with contextlib.suppress(OSError):
                        os.chmod(f"{folder}/{name}", 0o755, follow_symlinks=True)  # noqa: PTH101
            shutil.rmtree(self.project)
        shutil.copytree(self.template, self.project, symlinks=True)
        self.empty_out()

    def empty_out(self) -> None:
        shutil.rmtree(self.out)
        self.out.mkdir()


PYPROJECT = """\
[build-system]
requires = ["uniqver"]
build-backend = "uniqver.build_meta"

[project]
name = "app"
dynamic = ["version"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for all inputs: what one leaves may hurt the next, as with real builds."""
    usual, here = dict(os.environ), Path.cwd()
    place = Place(tmp_path_factory.mktemp("hostile"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setattr(tempfile, "tempdir", str(place.scratch))
        patch.setattr(client, "BACKOFF", 0.001)
        yield place
    for what, times in sorted(TRIED.items()):
        print(f"{times:7} {what}")
    print(f"{sum(TRIED.values()):7} inputs")
    os.chdir(here)
    os.environ.clear()
    os.environ.update(usual)


@contextlib.contextmanager
def environment(place: Place, **variables: str) -> Iterator[None]:
    """Put the variables around the body, in the project's folder."""
    usual = dict(os.environ)
    os.environ.update(HOME=str(place.home), TMPDIR=str(place.scratch), UNIQVER_GIT_TIMEOUT="4", TWINE_PASSWORD=MARK)
    os.environ.update(variables)
    os.chdir(place.project)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(usual)


# Running


def command(place: Place, words: Sequence[str], **variables: str) -> None:
    """Run a command; fail for what no command may do."""
    note(f"uniqver {words} with {variables}")
    out, err = io.StringIO(), io.StringIO()
    with (
        environment(place, **variables),
        watched(place),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = main(words)
        except SystemExit as error:  # argparse, and no other
            code = int(error.code or 0)
            assert code in (0, 2)
    told = out.getvalue() + err.getvalue()
    TRIED[f"{words[0]} exit {code}"] += 1
    assert code in (0, 1, 2, 3), told
    assert MARK not in told
    assert "Traceback" not in told, told
    if "uniqver: error: " in err.getvalue() and code == 1:
        assert "\n  fix: " in err.getvalue(), told
    shown = told.replace("\n", "").replace("\t", "")
    assert not any(each in shown for each in "\x1b\x07\x00\u202e"), repr(told)


HOOKS = (
    *("get_requires_for_build_sdist", "get_requires_for_build_wheel", "get_requires_for_build_editable"),
    *("prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable"),
    *("build_sdist", "build_wheel", "build_editable"),
)


def hook(place: Place, name: str, **variables: str) -> None:
    """Call a hook in a process of its own, as frontends do; what setuptools itself thinks of a project is its affair."""
    note(f"{name} with {variables}")
    report = place.scratch / "given-report"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            report.write_text(_hook(place, name, **variables))
            code = 0
        except BaseException:
            report.write_text(traceback.format_exc())
        finally:
            os._exit(code)
    failed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert not failed, report.read_text()
    TRIED[f"{name} {report.read_text()}"] += 1


def _hook(place: Place, name: str, **variables: str) -> str:
    """Call a hook, and return how it ended."""
    into = [] if name.startswith("get_requires") else [str(place.out)]
    out, err = io.StringIO(), io.StringIO()
    with (
        environment(place, **variables),
        watched(place),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            getattr(build_meta, name)(*into)
            ended = "made"
        except (Exception, SystemExit) as error:
            ended = f"exit {error.code}" if isinstance(error, SystemExit) else "setuptools refuses"
            if ended != "exit 1":
                frames = [each.filename for each in traceback.extract_tb(error.__traceback__)]
                theirs = [each for each in frames if "/uniqver/" in each or "/setuptools/" in each]
                assert "/setuptools/" in theirs[-1]
                ended = "setuptools refuses"
    told = out.getvalue() + err.getvalue()
    assert MARK not in told
    if "uniqver: error: " in told:
        assert "\n  fix: " in told
    for made in place.out.rglob("*"):
        assert not made.is_file() or MARK.encode() not in _contents(made), made
    return ended


def fuzz(share: float) -> Callable[[Callable[[Place, Draw], None]], Callable[[Place], None]]:
    """Try a test with many inputs, ``share`` of the number that is asked for."""

    def decorated(test: Callable[[Place, Draw], None]) -> Callable[[Place], None]:
        return settings(
            max_examples=max(8, int(MANY * share)),
            derandomize="TEST_UNIQVER_FUZZ" not in os.environ,
            database=None,
            deadline=None,  # a hang is what the watch ends
            print_blob=True,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )(given(draw=st.randoms(use_true_random=False).map(Draw))(test))

    return decorated


# What is drawn

BAD = (
    *("", " ", "\0", "\x1b[31m", "\u202e", "\n", "\r\n", "\t", "é", "\u2028", "\ufeff", "\ud800"),
    *("9" * 5000, "1." * 3000, "a" * 300, "a" * 70_000, "[" * 5000, "{" * 5000, "(" * 300, "a.b" * 300),
    *("..", "../x", "../../../x", "/", "/abs/x", "C:\\x", "a/b", "./", "~", "-", "--help", "--output=x", "*", "[", "?"),
    *("%s%(x)s%", "{}{0.__class__}", "$HOME", "$(x)", "`x`", "|x", "&", "<a>", "'", '"', "\\", "#", ";", ",", "="),
    *(
        "nan",
        "inf",
        "-1",
        "0",
        "1e999",
        "0x1",
        "true",
        "null",
        "1_000",
        "\u0663",
        "1!0",
        "1.0+local",
        "v1.0",
        "1.0.dev1",
    ),
    *("https://127.0.0.1:1/", "ext::sh -c x", "file:///etc/passwd", "http://[", "redis://", "sqlite://", "git+"),
)
NUMBERS = (0, -1, 7, 2**31, 2**63, -(2**63) - 1, 10**400, 1.5, float("inf"), float("nan"))


class Draw:
    """The source of one input: each number comes from Hypothesis, which lets those that fail shrink to what is usual."""

    def __init__(self, source: random.Random) -> None:
        self.choice, self.randrange, self.randint = source.choice, source.randrange, source.randint

    def one_in(self, number: int) -> bool:
        return self.randrange(number) == number - 1

    def word(self, *usual: str) -> str:
        """Return one of ``usual``, mostly, or what nobody expects."""
        if usual and not self.one_in(3):
            return self.choice(usual)
        text = self.choice(BAD)
        if self.one_in(3):
            text += "".join(
                chr(self.choice((self.randrange(128), self.randrange(0xD800)))) for _ in range(self.randrange(6))
            )
        return text

    def words(self, most: int, *usual: str) -> list[str]:
        return [self.word(*usual) for _ in range(self.randint(0, most))]

    def value(self, *usual: Any, depth: int = 3) -> Any:
        """Return one of ``usual``, mostly, or any value that JSON has."""
        if usual and not self.one_in(3):
            return self.choice(usual)
        kind = self.randrange(8 if depth else 4)
        if kind < 4:
            return (None, self.one_in(2), self.choice(NUMBERS), self.word())[kind]
        inner = [self.value(depth=depth - 1) for _ in range(self.randrange(3))]
        return inner if kind < 6 else {self.word(): each for each in inner}

    def flipped(self, content: bytes) -> bytes:
        """Change a few bytes, or cut the end off, of every second content."""
        if not content or not self.one_in(2):
            return content
        changed = bytearray(content)
        for _ in range(self.randrange(5)):
            changed[self.randrange(len(changed))] = self.randrange(256)
        return bytes(changed[: self.randrange(len(changed))] if self.one_in(3) else changed)


def utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def metadata(draw: Draw) -> str:
    lines = core_metadata("sample", "1.0").splitlines()
    for _ in range(draw.randint(0, 3)):
        field = draw.word(
            "Name", "Version", "Metadata-Version", "Requires-Dist", "Summary", "License-File", "Provides-Extra"
        )
        lines.insert(draw.randint(0, len(lines)), f"{field}: {draw.word('1.0', 'sample')}")
    return "\n".join(lines)


def artifact(place: Place, draw: Draw) -> Path:
    """Make a wheel or an sdist with anything in it, and something wrong with its bytes."""
    is_wheel, suffix = draw.one_in(2), draw.choice([".tar.gz", ".zip"])
    top = "sample" if is_wheel else "sample-1.0"
    members = {f"{top}/{name}": utf8(draw.word()) for name in draw.words(2, "a.py", "_version.py")}
    if draw.one_in(2):
        facts = {
            **FACTS,
            **{draw.word(*FACTS): draw.value("1.0", "sample", "1f3a9c0b2d4e") for _ in range(draw.randrange(4))},
        }
        folder = "sample-1.0.dist-info" if is_wheel else top
        members[f"{folder}/uniqver.json"] = draw.flipped(json.dumps(facts).encode())
    about = metadata(draw) if draw.one_in(2) else None
    try:
        made = (
            wheel(place.out, metadata=about, members=members)
            if is_wheel
            else sdist(place.out, metadata=about, members=members, suffix=suffix)
        )
    except (ValueError, OSError, struct.error):  # no archive has that in it
        made = wheel(place.out)
    made.write_bytes(draw.flipped(made.read_bytes()))
    return made


@fuzz(1)
def test_archives(place: Place, draw: Draw) -> None:
    """Whatever a wheel or an sdist is, it can be looked at."""
    place.empty_out()
    made = artifact(place, draw)
    if draw.one_in(4):
        name = "".join(each for each in draw.word() if each not in "/\0" and each.isprintable())[:150]
        made = made.rename(made.with_name(f"sample-{name}{made.name[10:]}"))
    kind = draw.choice(["explain", "explain --json", "verify", "check", "check --json"])
    with contextlib.ExitStack() as stack:
        index = stack.enter_context(Index()) if kind.startswith("check") else None
        more = [] if index is None else ["--index", index.url]
        note(repr(made.read_bytes()))
        command(place, [*kind.split(), *more, str(made)])


# Pages


class Index:
    """An index that answers whatever it is told, on 127.0.0.1."""

    def __init__(self, answer: bytes = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    self.request.recv(65536)
                    self.request.sendall(answer)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/simple/"

    def __enter__(self) -> Index:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


NAMES = (
    "app-1.4.1.dev3.tar.gz",
    "app-1.4.0-py3-none-any.whl",
    "sample-1.0-py3-none-any.whl",
    "app-1.4.1.dev3-py3-none-any.whl",
)


def page(draw: Draw) -> tuple[str, bytes]:
    """Draw a page of an index, with its type."""
    if draw.one_in(2):
        files: list[Any] = []
        for _ in range(draw.randrange(4)):
            file = {
                "filename": draw.value(*NAMES),
                "url": draw.word(*NAMES),
                "hashes": {draw.word("sha256", "md5"): draw.value("a" * 64)},
            }
            file.update(
                {
                    key: draw.value(1, "2024-01-01T00:00:00Z", True)
                    for key in ("size", "upload-time", "yanked", "requires-python")
                    if draw.one_in(3)
                }
            )
            files.append(draw.value(file))
        document = {
            "meta": {"api-version": draw.value("1.0", "1.1", "1.4", "2.0")},
            "name": draw.value("app"),
            "files": draw.value(files),
            "project-status": draw.value({"status": "active"}, {"status": "quarantined"}),
        }
        return "application/vnd.pypi.simple.v1+json", draw.flipped(json.dumps(document).encode())
    body = '<!DOCTYPE html><html><meta name="pypi:repository-version" content="1.0">'
    for _ in range(draw.randrange(4)):
        attributes = {
            draw.word("href", "data-yanked", "data-requires-python"): draw.word(*NAMES)
            for _ in range(draw.randrange(4))
        }
        shown = " ".join(f'{name}="{value}"' for name, value in attributes.items())
        body += f"<a {shown}>{draw.word(*NAMES)}</a>\n"
    return "text/html", draw.flipped(utf8(f"{body}</html>"))


def answer(draw: Draw) -> bytes:
    kind, body = page(draw)
    status = draw.word(*["200 OK"] * 8, "206 Partial", "404 Not Found", "301 Moved", "401 No", "500 No", "999 ?", "200")
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    if draw.one_in(2):
        name = draw.word("Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Location", "Link")
        headers[name] = draw.word("gzip", "chunked", "7", "/simple/x/", "text/plain", "br")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return draw.flipped(utf8(f"HTTP/1.1 {status}\r\n{head}\r\n")) + body


@fuzz(1)
def test_pages(place: Place, draw: Draw) -> None:
    """Whatever an index answers."""
    place.empty_out()
    file = wheel(place.out, "app", "1.4.1.dev3")
    kind = draw.choice(["check", "check --json", "prune", "counter sync"])
    files = ["--timeout", "5", str(file)] if kind.startswith("check") else []
    answered = answer(draw)
    note(repr(answered))
    with Index(answered) as index:
        command(place, [*kind.split(), "--index", index.url, *files])


# Settings


def toml(value: Any) -> str:
    """Write a value as TOML, or nearly."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


KEYS = [key_of(field) for field in Config._fields]
FITTING = (
    *(
        "auto",
        "ci",
        "counter",
        "distance",
        "timestamp",
        "patch",
        "major",
        "rc",
        "post",
        "local",
        "git+origin",
        "1.4",
        "v",
        "..",
    ),
    *(["src"], True, False, {"*": {"segment": "rc"}}, "src/app/_version.py", 7),
)
TABLES = (
    "project",
    "tool",
    "tool.setuptools",
    "tool.setuptools.dynamic",
    "build-system",
    "tool.setuptools.packages.find",
)


def pyproject(draw: Draw) -> bytes:
    keys = {draw.word(*KEYS): draw.value(*FITTING) for _ in range(draw.randrange(4))}
    text = PYPROJECT + "[tool.uniqver]\n" + "".join(f"{json.dumps(key)} = {toml(each)}\n" for key, each in keys.items())
    if draw.one_in(3):
        text += f"[{draw.word(*TABLES)}]\n{json.dumps(draw.word('name', 'version', 'packages', 'dynamic', 'readme'))} = {toml(draw.value())}\n"
    if draw.one_in(4):
        text = text.replace('name = "app"', f"name = {toml(draw.word())}")
    written = draw.flipped(utf8(text)) if draw.one_in(3) else utf8(text)
    note(repr(written))
    return written


LOOKS = (
    *("version", "version --json", "explain", "explain --json", "doctor --offline", "doctor --ci", "init --dry-run"),
    *("counter show", "counter history", "counter check", "whence 1.4.1.dev3", "allocate"),
)


@fuzz(0.5)
def test_settings(place: Place, draw: Draw) -> None:
    """Whatever pyproject.toml and setup.cfg say."""
    place.fresh()
    (place.project / "pyproject.toml").write_bytes(pyproject(draw))
    (place.project / "setup.cfg").unlink(missing_ok=True)
    if draw.one_in(4):
        section = f"[{draw.word('metadata', 'options', 'egg_info')}]\n{draw.word('name', 'version')} = {draw.word()}\n"
        note(repr(section))
        (place.project / "setup.cfg").write_bytes(utf8(section))
    command(place, draw.choice(LOOKS).split())


# Environments

VARIABLES = (
    *(variable_of(field) for field in Config._fields),
    *(
        "UNIQVER_VERSION",
        "UNIQVER_BUILD_NUMBER",
        "UNIQVER_BUILD_ID",
        "UNIQVER_COMMIT",
        "UNIQVER_FACTS",
        "UNIQVER_GIT_TIMEOUT",
    ),
    *("UNIQVER_VERSION_FOR_APP", "UNIQVER_BASE_FOR_APP", "SOURCE_DATE_EPOCH", "SETUPTOOLS_SCM_PRETEND_VERSION"),
    *(
        "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_APP",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_CONFIG_COUNT",
        "LC_ALL",
    ),
    *sorted({name for signs in SIGNS.values() for name in names_in(signs)}),
    *("GITHUB_RUN_NUMBER", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_SHA", "GITHUB_REF", "GITHUB_WORKFLOW_REF"),
    *("CI_PIPELINE_IID", "CI_COMMIT_SHA", "CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "BUILD_NUMBER", "GIT_BRANCH", "CI"),
)
SET_TO = ("true", "1", "412", "refs/heads/main", "refs/tags/v1.4.0", "main", "ci", "counter", "distance")


def variables(draw: Draw) -> dict[str, str]:
    found = {draw.choice(VARIABLES): draw.word(*SET_TO) for _ in range(draw.randrange(6))}
    if draw.one_in(4):
        scheme = draw.choice(["redis", "rediss", "postgresql", "git+https", "git+ssh", "http"])
        host = draw.choice(["127.0.0.1:1", "[::1]:1", "127.0.0.1:1,127.0.0.1:2", "", "127.0.0.1:x"])
        found["UNIQVER_COUNTER"] = f"{scheme}://me:{draw.word('')}{MARK}@{host}/{draw.word('0', 'x')}"
        found["UNIQVER_SOURCE"] = "counter"
    cleaned = {name: text.replace("\0", "").encode("utf-8", "ignore").decode() for name, text in found.items()}
    return {name: text for name, text in cleaned.items() if not text.startswith("sqlite:")}


@fuzz(0.5)
def test_environments(place: Place, draw: Draw) -> None:
    """Whatever the variables of a CI and of uniqver say."""
    place.fresh()
    command(place, draw.choice(LOOKS).split(), **variables(draw))


# Trees

FILES = (
    *("pyproject.toml", "PKG-INFO", "setup.cfg", "uniqver.json", ".git_archival.txt", ".gitattributes", ".gitignore"),
    *(
        "src/app/_version.py",
        "src/app/__init__.py",
        ".github/workflows/ci.yml",
        ".gitlab-ci.yml",
        "tox.ini",
        "MANIFEST.in",
    ),
    *(
        ".git/HEAD",
        ".git/commondir",
        ".git/packed-refs",
        ".git/shallow",
        ".git/config",
        ".git/index",
        ".git/refs/tags/v1.4.0",
    ),
    *(
        ".git/refs/heads/main",
        ".git/info/exclude",
        ".gitmodules",
        "app.egg-info/PKG-INFO",
        "src/app.egg-info/SOURCES.txt",
    ),
)
REAL = (
    "Metadata-Version: 2.1\nName: app\nVersion: 1.4.1.dev3\n", "[metadata]\nname = app\n", json.dumps(FACTS),
    "node: 1f3a9c0b2d4e1f3a9c0b2d4e1f3a9c0b2d4e1f3a\nnode-date: 2024-01-01T00:00:00Z\ndescribe-name: v1.4.0-3-g1f3a9c0\n",
    "on: push\njobs: {build: {runs-on: x, steps: [{run: python -m build}]}}\n", "ref: refs/heads/main\n", "* text=auto\n",
    "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[include]\n\tpath = ../../elsewhere/kept.py\n",
    '__version__ = "1.4.0"\n', "gitdir: ../elsewhere\n", '[submodule "x"]\n\tpath = src/app\n\turl = https://127.0.0.1:1/\n',
)  # fmt: skip


def change(place: Place, draw: Draw) -> None:
    """Put something else in the place of a file."""
    path = place.project / draw.choice(FILES)
    kind = draw.choice(["text", "text", "flip", "fifo", "folder", "link", "loop", "zero", "sparse", "gone"])
    before = path.read_bytes() if path.is_file() and path.stat().st_size < 2**20 else b""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    note(f"{path.relative_to(place.project)}: {kind}")
    if kind in ("text", "flip"):
        content = draw.flipped(utf8(draw.word(*REAL)) if kind == "text" else before)
        note(repr(content))
        path.write_bytes(content)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "sparse":
        with path.open("wb") as file:
            # MANIFEST.in and SOURCES.txt are read whole by setuptools, not by uniqver
            file.truncate(2**20 if path.name in ("MANIFEST.in", "SOURCES.txt") else 2**28)
    elif kind != "gone":
        path.symlink_to({"link": place.elsewhere / "kept.py", "loop": path, "zero": Path("/dev/zero")}[kind])


def require_untouched(place: Place) -> None:
    assert [(path.name, path.read_text()) for path in place.elsewhere.iterdir()] == [("kept.py", "kept = True\n")]


@fuzz(0.5)
def test_trees(place: Place, draw: Draw) -> None:
    """Whatever lies where files of the project, or of git, should be."""
    place.fresh()
    for _ in range(draw.randint(1, 3)):
        change(place, draw)
    facts = {"UNIQVER_FACTS": "uniqver.json"} if draw.one_in(4) else {}
    command(place, draw.choice(LOOKS).split(), **facts)
    require_untouched(place)


@fuzz(0.25)
def test_hooks(place: Place, draw: Draw) -> None:
    """All of it, for a build."""
    place.fresh()
    found: dict[str, str] = {}
    kind = draw.choice(["settings", "environment", "tree"])
    if kind == "settings":
        (place.project / "pyproject.toml").write_bytes(pyproject(draw))
    elif kind == "environment":
        found = variables(draw)
    else:
        change(place, draw)
    hook(place, draw.choice(HOOKS), **found)
    require_untouched(place)
