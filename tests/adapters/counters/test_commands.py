"""``uniqver counter``, ``uniqver whence`` and the hooks, with the counters that a project configures."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.adapters.counters import servers
from tests.adapters.counters.servers import PASSWORD, QUOTED
from tests.support.run import git, run

from uniqver.cli.counter import highest_number, number_in
from uniqver.counters import REQUIREMENTS
from uniqver.counters.protocol import Stream

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

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
    for words in (["counter"], ["counter", "raise"], ["counter", "floor"], ["whence"]):
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
    (project / ".gitignore").write_text("*.egg-info/\none_version.py\n")
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "-m", "Configured")
    environ = {**os.environ, "UNIQVER_COUNTER": servers.redis_url(redis_port), "UNIQVER_BUILD_ID": "one"}
    built = [
        run(sys.executable, "-c", f"import uniqver.build_meta as b; b.{hook}({str(dist)!r})", cwd=project, env=environ)
        for hook in ("build_sdist", "build_wheel")
    ]
    explained = uniqver(project, "explain", UNIQVER_COUNTER=servers.redis_url(redis_port))
    assert all(".dev1 " in done.stderr for done in built)
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
    """An isolated build, which has no client yet, asks for it; without it, and without the store, the build is local."""
    (project / "pyproject.toml").write_text(PYPROJECT.format(counter=counter))
    (project / ".gitignore").write_text("*.egg-info/\n/dist/\n/build/\n")
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "-m", "Configured")
    block = f"import sys; sys.modules[{'redis' if extra == 'redis' else 'psycopg'!r}] = None; "
    ask = "import uniqver.build_meta as b; print(b.get_requires_for_build_wheel())"
    isolated = run(sys.executable, "-c", block + ask, cwd=project)
    assert REQUIREMENTS[extra] in isolated.stdout
    build = "import uniqver.build_meta as b; b.build_wheel('dist')"
    alone = run(sys.executable, "-c", build, cwd=project).stderr
    assert "is local" in alone
    assert "can't be reached" in alone
    without = run(sys.executable, "-c", block + build, cwd=project).stderr
    assert "is local" in without
    assert f"uniqver[{extra}]" in without
    strict = {**os.environ, "UNIQVER_STRICT": "1"}
    refused = run(sys.executable, "-c", block + build, cwd=project, env=strict, ok=False)
    assert refused.returncode == 1
    assert f"uniqver[{extra}]" in refused.stderr


def test_other_builds_ask_for_no_client(project: Path) -> None:
    """A counter that isn't used asks for nothing."""
    ask = "import uniqver.build_meta as b; print(b.get_requires_for_build_wheel())"
    assert printed_python(project, ask) == "[]"
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
    body: str = ""
    asked: list[str] = field(default_factory=list)
    credentials: list[str | None] = field(default_factory=list)

    def has(self, *names: str, version: str = "1.1") -> None:
        files = [{"filename": name, "url": name, "hashes": {}} for name in names]
        self.body = json.dumps({"meta": {"api-version": version}, "name": "xtrade-ai", "files": files})

    def shows(self, html: str) -> None:
        self.headers, self.body = {"Content-Type": "text/html; charset=utf-8"}, html


@contextmanager
def running() -> Iterator[Index]:
    told = Index()
    told.has()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            told.credentials.append(self.headers["Authorization"])
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


@pytest.fixture
def index() -> Iterator[Index]:
    with running() as told:
        yield told


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
    assert index.asked == ["/simple/xtrade-ai/"] * 2


def test_sync_asks_the_index_of_the_settings(project: Path, index: Index) -> None:
    """The key and the variable ``index`` name it for sync as they do for check; --index comes first."""
    index.has("xtrade_ai-1.4.1.dev31.tar.gz")
    assert "is 32" in printed(project, "counter", "sync", UNIQVER_INDEX=index.url)
    with (project / "pyproject.toml").open("a") as file:
        file.write(f'index = "{index.url}"\n')
    index.has("xtrade_ai-1.4.1.dev41.tar.gz")
    assert "is 42" in printed(project, "counter", "sync")
    with running() as other:
        other.has("xtrade_ai-1.4.1.dev51.tar.gz")
        assert "is 52" in printed(project, "counter", "sync", "--index", other.url)


_LINKS = "".join(f'<a href="xtrade_ai-1.4.1.dev{number}.tar.gz">x</a>\n' for number in range(1, 77))


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        (403, {}, "", "(403)"),
        (401, {}, "", "(401)"),
        (206, {}, "", "says nothing about the project (206)"),
        (200, {"Content-Length": "5000"}, "", "breaks off in the middle"),
        (200, {"Content-Length": "5000", "Content-Type": "text/html"}, _LINKS, "breaks off in the middle"),
        (200, {"Content-Type": "text/html"}, f"<html><body>{_LINKS}", "breaks off in the middle"),
        (200, {"Content-Type": "text/html"}, "<h1>Please log in</h1>", "links to no file of xtrade-ai"),
        (200, {"Content-Type": "application/json"}, "", "of a type that no index answers"),
        (200, {}, "[]", "lacks what PEP 691 asks for"),
        (200, {}, '{"meta": {"api-version": "99.0"}, "name": "xtrade-ai", "files": []}', "newer repository version"),
        (302, {"Location": "http://localhost:1/simple/xtrade-ai/"}, "", "another place (localhost:1)"),
    ],
)  # fmt: skip
def test_sync_believes_whole_pages_only(
    project: Path, index: Index, status: int, headers: dict[str, str], body: str, error: str
) -> None:
    """Whatever isn't surely all that the index has is an error, never an empty project: its numbers are taken."""
    printed(project, "counter", "floor", "5")
    index.has("xtrade_ai-1.4.1.dev31.tar.gz")
    index.status, index.headers, index.body = status, {**index.headers, **headers}, body or index.body
    refused = uniqver(project, "counter", "sync", "--index", index.url.replace("//", f"//me:{QUOTED}@"), ok=False)
    assert refused.returncode == 1
    assert "uniqver: error: the counter was not raised: the index" in refused.stderr
    assert error in refused.stderr
    assert "\n  fix: " in refused.stderr
    assert PASSWORD not in refused.stderr
    assert QUOTED not in refused.stderr
    assert "next      6" in printed(project, "counter", "show")


def test_sync_sends_credentials_to_no_other_port(project: Path, index: Index) -> None:
    """A redirect to another port isn't followed, so another server there gets neither request nor credentials."""
    with running() as other:
        index.status, index.headers = 302, {"Location": f"{other.url}xtrade-ai/"}
        url = index.url.replace("//", f"//me:{QUOTED}@")
        assert uniqver(project, "counter", "sync", "--index", url, ok=False).returncode == 1
        assert other.asked == []
    assert index.credentials[0] is not None


@pytest.mark.parametrize("wrong", ["ftp://host/", "simple", "file:///etc"])
def test_sync_needs_the_url_of_an_index(project: Path, wrong: str) -> None:
    """What isn't a URL is an error before anything is asked."""
    refused = uniqver(project, "counter", "sync", "--index", wrong, ok=False)
    assert refused.returncode == 1
    assert "the index is not an http or https URL" in refused.stderr


def test_sync_names_the_extra_that_it_needs(project: Path, tmp_path: Path) -> None:
    """Without the libraries of ``uniqver[check]`` the error says what to install; the other actions do without."""
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    for name in ("requests", "pypi_simple", "twine", "pydantic"):
        (blocked / f"{name}.py").write_text(f"raise ModuleNotFoundError('no', name={name!r})")
    refused = uniqver(project, "counter", "sync", ok=False, PYTHONPATH=str(blocked))
    assert refused.returncode == 1
    assert "uniqver: error: uniqver counter needs " in refused.stderr
    assert 'fix: pip install "uniqver[check]"' in refused.stderr
    assert "can be read and written" in printed(project, "counter", "check", PYTHONPATH=str(blocked))


@pytest.mark.parametrize(
    ("version", "base", "number"),
    [
        ("1.4.1.dev5", "1.4.1", 5),
        ("1.4.1.dev5", "1.4", None),
        ("1.4.dev5", "1.4.0", 5),
        ("1.4.1rc5", "1.4.1", 5),
        ("1.4.1rc2.dev5", "1.4.1rc2", 5),
        ("1.4.1rc2.dev5", "1.4.1", None),
        ("1.4.1.post3", "1.4.1", 3),
        ("1!1.4.1.dev5", "1.4.1", None),
        ("1.4.1", "1.4.1", None),
        ("1.4.1.dev5+gabc", "1.4.1", 5),
    ],
)
def test_number_in(version: str, base: str, number: int | None) -> None:
    """A version has a number of a base only if that base, some segment and the number make this version."""
    assert number_in(Version(version), base) == number


def test_highest_number_in_every_segment() -> None:
    """The highest number counts in whatever segment it was published."""
    stream = Stream(project="x", base="2.0")
    assert (
        highest_number(["x-2.0.dev4.tar.gz", "x-2.0rc9.tar.gz", "x-2.0.post2.tar.gz", "x-2.1.dev50.tar.gz"], stream)
        == 9
    )
    assert highest_number([], stream) == 0
