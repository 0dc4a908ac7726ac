"""``uniqver counter``, ``uniqver whence`` and the hooks, with the counters that a project configures."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.adapters.counters import servers
from tests.adapters.counters.servers import PASSWORD, QUOTED
from tests.support.run import git, run

from uniqver.cli.counter import highest_number, number_in
from uniqver.counters.clients import REQUIREMENTS
from uniqver.counters.protocol import Stream
from uniqver.errors import UniqverError
from uniqver.index.published import published_files

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from packaging.version import Version

PYPROJECT = """
[build-system]
requires = ["uniqver"]
build-backend = "uniqver.build_meta"

[project]
name = "Xtrade.AI"
dynamic = ["version"]

[tool.uniqver]
source = "counter"
version-file = false
counter = "{counter}"
"""


@pytest.fixture
def project(bare: Path, tmp_path: Path) -> Path:
    """A project in a clone, one commit after its release 1.4.0, that counts in its remote."""
    git(tmp_path, "clone", "--quiet", str(bare), "project")
    path = tmp_path / "project"
    (path / "pyproject.toml").write_text(PYPROJECT.format(counter="git+origin"))
    git(path, "add", "-A")
    git(path, "commit", "--quiet", "-m", "First one")
    git(path, "tag", "v1.4.0")
    git(path, "commit", "--quiet", "--allow-empty", "-m", "Second")
    git(path, "push", "--quiet", "origin", "HEAD", "v1.4.0")
    return path


def uniqver(project: Path, *words: str, ok: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "uniqver", *words, cwd=project, env={**os.environ, **variables}, ok=ok)


def printed(project: Path, *words: str, **variables: str) -> str:
    return uniqver(project, *words, ok=True, **variables).stdout.strip()


def test_books_of_a_project(project: Path) -> None:
    """show, history, floor and check work on the configured counter, for the base of the tree."""
    assert json.loads(printed(project, "counter", "show", "--json")) == {
        "counter": "refs/uniqver/counter of origin", "project": "xtrade-ai", "base": "1.4.1", "next": 1, "last": None,
    }  # fmt: skip
    assert printed(project, "allocate") == "1.4.1.dev1"
    assert "42" in printed(project, "counter", "floor", "41")
    assert printed(project, "counter", "floor", "7").endswith("is 42 (it was there already; 7 is not higher)")
    assert printed(project, "allocate", UNIQVER_BUILD_ID="run 7") == "1.4.1.dev42"
    assert printed(project, "allocate", UNIQVER_BUILD_ID="run 7") == "1.4.1.dev42"
    assert "can be read and written" in printed(project, "counter", "check")
    assert [made["number"] for made in json.loads(printed(project, "counter", "history", "--json"))] == [1, 42]
    assert "next      43" in printed(project, "counter", "show")
    assert "next      1" in printed(project, "counter", "show", "--base", "2.0")
    assert printed(project, "version") == "1.4.1.dev43"


def test_whence(project: Path) -> None:
    """A version leads back to its commit: by the books, by its local part, by its tag, by its number."""
    first, second = git(project, "rev-list", "HEAD").split()[::-1]
    assert printed(project, "allocate") == "1.4.1.dev1"
    assert json.loads(printed(project, "whence", "1.4.1.dev1", "--json"))["commit"] == second
    assert json.loads(printed(project, "whence", f"1.4.1.dev1+g{first[:12]}", "--json"))["commit"] == first
    assert json.loads(printed(project, "whence", "v1.4.0", "--json"))["commit"] == first
    assert "not committed" in printed(project, "whence", f"1.4.1.dev1+g{first[:12]}.d0123456789ab")
    told = json.loads(printed(project, "whence", "1.4.1.dev41203", "--json", UNIQVER_SOURCE="ci", UNIQVER_OFFSET="12"))
    assert told["with_attempts"] == {"run": 400, "attempt": 3}
    unknown = uniqver(project, "whence", "1.4.1.dev77", ok=False)
    assert unknown.returncode == 1
    assert "nothing here tells" in unknown.stderr
    assert uniqver(project, "whence", "no version", ok=False).returncode == 1


def test_wrong_usage(project: Path) -> None:
    """Wrong words exit 2, as everywhere."""
    for words in (["counter"], ["counter", "raise"], ["counter", "floor"], ["counter", "sync"], ["whence"]):
        assert uniqver(project, *words, ok=False).returncode == 2


def test_password_in_the_project_is_refused(project: Path) -> None:
    """pyproject.toml is in every sdist: a password there is an error, before anything is asked, and isn't shown."""
    (project / "pyproject.toml").write_text(PYPROJECT.format(counter=f"redis://:{QUOTED}@127.0.0.1:1/0"))
    refused = uniqver(project, "counter", "show", ok=False)
    assert refused.returncode == 1
    assert "pyproject.toml is in every sdist" in refused.stderr
    assert PASSWORD not in refused.stderr
    assert QUOTED not in refused.stderr


def test_password_reaches_nothing(project: Path, redis_port: int, stream: Stream, tmp_path: Path) -> None:
    """A whole build with a password in the environment leaves it in no output, file or artifact."""
    dist = tmp_path / "dist"
    dist.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT.format(counter="local").replace("Xtrade.AI", stream.project))
    (project / "one.py").write_text("")
    text = (project / "pyproject.toml").read_text().replace("version-file = false", 'version-file = "one_version.py"')
    (project / "pyproject.toml").write_text(text + '[tool.setuptools]\npy-modules = ["one", "one_version"]\n')
    environ = {**os.environ, "UNIQVER_COUNTER": servers.redis_url(redis_port), "UNIQVER_BUILD_ID": "one"}
    built = [
        run(sys.executable, "-c", f"import uniqver.build_meta as b; b.{hook}({str(dist)!r})", cwd=project, env=environ)
        for hook in ("build_sdist", "build_wheel")
    ]
    explained = uniqver(project, "explain", UNIQVER_COUNTER=servers.redis_url(redis_port))
    assert all(".dev1 " in done.stderr for done in built)
    assert "redis" in (project / "one_version.py").read_text()
    assert f"redis://127.0.0.1:{redis_port}/0" in explained.stdout
    for artifact in list(dist.iterdir()):
        shutil.unpack_archive(artifact, dist / artifact.stem, "zip" if artifact.suffix == ".whl" else "gztar")
    seen = [text for done in (*built, explained) for text in (done.stdout, done.stderr)]
    seen += [
        path.read_bytes().decode(errors="replace")
        for folder in (project, dist, Path(os.environ["HOME"]))
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert len(seen) > 20
    assert not [text for text in seen if PASSWORD in text or QUOTED in text]


@pytest.mark.parametrize(
    ("counter", "extra"), [("redis://127.0.0.1:1/0", "redis"), ("postgresql://127.0.0.1:1/d", "postgres")]
)
def test_builds_ask_for_the_client(project: Path, counter: str, extra: str) -> None:
    """An isolated build, which has no client yet, asks for it; once it is there, the store itself is asked."""
    (project / "pyproject.toml").write_text(PYPROJECT.format(counter=counter))
    block = f"import sys; sys.modules[{'redis' if extra == 'redis' else 'psycopg'!r}] = None; "
    ask = "import uniqver.build_meta as b; print(b.get_requires_for_build_wheel())"
    isolated = run(sys.executable, "-c", block + ask, cwd=project)
    assert REQUIREMENTS[extra] in isolated.stdout
    assert "can't be reached" in run(sys.executable, "-c", ask, cwd=project, ok=False).stderr
    build = block + "import uniqver.build_meta as b; b.build_wheel('dist')"
    refused = run(sys.executable, "-c", build, cwd=project, ok=False)
    assert refused.returncode == 1
    assert f"uniqver[{extra}]" in refused.stderr


def test_other_builds_ask_for_no_client(project: Path) -> None:
    """A counter that isn't used asks for nothing."""
    ask = "import uniqver.build_meta as b; print(b.get_requires_for_build_wheel())"
    assert printed_python(project, ask).endswith("\n[]")
    counter = {"UNIQVER_COUNTER": "redis://127.0.0.1:1/0", "UNIQVER_SOURCE": "distance"}
    assert printed_python(project, ask, **counter).endswith("\n[]")


def printed_python(project: Path, code: str, **variables: str) -> str:
    return run(sys.executable, "-c", code, cwd=project, env={**os.environ, **variables}).stdout.strip()


@dataclass
class Index:
    """A package index that answers what it is told to."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/vnd.pypi.simple.v1+json"})
    body: str = '{"meta": {"api-version": "1.0"}, "name": "x", "files": []}'
    asked: list[str | None] = field(default_factory=list)

    def has(self, *names: str) -> None:
        self.body = json.dumps({"files": [{"filename": name} for name in names]})

    def shows(self, html: str) -> None:
        self.headers, self.body = {"Content-Type": "text/html; charset=utf-8"}, html


@pytest.fixture
def index() -> Iterator[Index]:
    told = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.headers["Authorization"])
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
        yield told
        server.shutdown()
        thread.join()


def test_sync(project: Path, index: Index) -> None:
    """sync raises the counter over what the index has of this base, and an index that has nothing lowers nothing."""
    index.has(
        "xtrade_ai-1.4.1.dev7-py3-none-any.whl", "xtrade_ai-1.4.1.dev31.tar.gz", "xtrade-ai-1.4.1.dev30.zip",
        "xtrade_ai-1.5.0.dev99.tar.gz", "xtrade_ai-1.4.0.tar.gz", "odd name", "xtrade_ai-1.4.1.dev32+l.tar.gz",
    )  # fmt: skip
    assert "is 33" in printed(project, "counter", "sync", "--index", index.url)
    assert printed(project, "allocate") == "1.4.1.dev33"
    index.status = 404
    assert "is 34" in printed(project, "counter", "sync", "--index", index.url)
    index.status = 503
    refused = uniqver(project, "counter", "sync", "--index", index.url, ok=False)
    assert refused.returncode == 1
    assert "503" in refused.stderr


def test_pages(index: Index) -> None:
    """HTML is read too; what isn't surely an index's answer is an error, never an empty project."""
    index.shows(
        '<a href="../x-1.0.dev1.tar.gz#sha256=0">x</a><A class="b" HREF=\'/f/x-1.0.dev2-py3-none-any.whl\'>x</A>'
    )
    assert published_files(index.url, "x") == ("x-1.0.dev1.tar.gz", "x-1.0.dev2-py3-none-any.whl")
    index.shows('<meta name="pypi:repository-version" content="1.0">')
    assert published_files(index.url, "x") == ()
    for html in ("<h1>Please log in</h1>", '<a href="/login">log in</a>'):
        index.shows(html)
        with pytest.raises(UniqverError, match="lists no file"):
            published_files(index.url, "x")
    index.headers = {"Content-Type": "application/json"}
    with pytest.raises(UniqverError, match="which no index does"):
        published_files(index.url, "x")
    index.headers, index.body = {"Content-Type": "application/vnd.pypi.simple.v1+json"}, "[]"
    with pytest.raises(UniqverError, match="can't be read"):
        published_files(index.url, "x")


def test_index_credentials(index: Index, tmp_path: Path) -> None:
    """Credentials of the URL go to the index, to no other host, and into no error."""
    url = index.url.replace("//", f"//me:{QUOTED}@")
    assert published_files(url, "x") == ()
    assert index.asked[-1] is not None
    index.status, index.headers = 302, {"Location": "http://localhost:1/simple/x/"}
    with pytest.raises(UniqverError, match="another place") as caught:
        published_files(url, "x")
    assert QUOTED not in str(caught.value)
    index.status = 401
    with pytest.raises(UniqverError, match="401") as caught:
        published_files(url, "x")
    assert QUOTED not in str(caught.value)
    for wrong in ("ftp://host/", "simple", "file:///etc"):
        with pytest.raises(UniqverError, match="no URL of an index"):
            published_files(wrong, "x")


def test_hanging_index() -> None:
    """An index that says nothing is given up."""
    import socket

    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(UniqverError, match="timed out"),
    ):
        published_files(f"http://127.0.0.1:{mute.getsockname()[1]}/", "x", timeout=0.3)


@pytest.mark.parametrize(
    ("version", "base", "segment", "number"),
    [
        ("1.4.1.dev5", "1.4.1", "dev", 5),
        ("1.4.1.dev5", "1.4", "dev", None),
        ("1.4.dev5", "1.4.0", "dev", 5),
        ("1.4.1rc5", "1.4.1", "rc", 5),
        ("1.4.1rc5", "1.4.1", "a", None),
        ("1.4.1rc2.dev5", "1.4.1rc2", "dev", 5),
        ("1.4.1rc2.dev5", "1.4.1", "dev", None),
        ("1.4.1.post3", "1.4.1", "post", 3),
        ("1!1.4.1.dev5", "1.4.1", "dev", None),
        ("1.4.1", "1.4.1", "dev", None),
        ("1.4.1.dev5+gabc", "1.4.1", "dev", 5),
    ],
)
def test_number_in(version: str, base: str, segment: str, number: int | None) -> None:
    """A version has a number of a base only if that base, segment and number make this version."""
    from packaging.version import Version

    parsed: Version = Version(version)
    assert number_in(parsed, base, segment) == number  # type: ignore[arg-type]


def test_highest_number_in_every_segment() -> None:
    """The highest number counts in whatever segment it was published."""
    stream = Stream(project="x", base="2.0")
    assert (
        highest_number(["x-2.0.dev4.tar.gz", "x-2.0rc9.tar.gz", "x-2.0.post2.tar.gz", "x-2.1.dev50.tar.gz"], stream)
        == 9
    )
    assert highest_number([], stream) == 0
