"""Which counter a setting makes, and how another distribution brings a scheme of its own."""

from __future__ import annotations

import ast
import itertools
import sys
from typing import TYPE_CHECKING

import pytest
from tests.adapters.counters.allocator import claim
from tests.adapters.counters.servers import PASSWORD, QUOTED
from tests.adapters.counters.stores import ROOT, Store, race
from tests.support.run import run

from uniqver.config import loads
from uniqver.counters import REQUIREMENTS, open_counter, requirements, scheme_of
from uniqver.counters.protocol import CounterContext, Stream
from uniqver.errors import ConfigError, CounterError

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "tests" / "adapters" / "counters" / "example_plugin.py"
"""What the manual shows."""


def install_plugin(
    folder: Path, scheme: str = "folder", name: str = "uniqver-folder", source: str | None = None
) -> None:
    """Install a distribution that brings a scheme, as pip would lay it out, into ``folder``."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name.replace('-', '_')}.py").write_text(EXAMPLE.read_text() if source is None else source)
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[uniqver.counters]\n{scheme} = {name.replace('-', '_')}:FolderCounter\n")


@pytest.fixture
def around(tmp_path: Path) -> CounterContext:
    return CounterContext(environ={}, state=tmp_path)


@pytest.mark.parametrize(
    ("setting", "scheme", "place"),
    [
        ("git+origin", "git", "refs/uniqver/counter of origin"),
        ("git+origin#ref=refs/heads/numbers", "git", "refs/heads/numbers of origin"),
        (f"git+https://me:{QUOTED}@host/x.git", "git", "refs/uniqver/counter of https://host/x.git"),
        ("git+git@host:x/y.git", "git", "refs/uniqver/counter of git@host:x/y.git"),
        (f"redis://:{QUOTED}@host:6379/2", "redis", "redis://host:6379/2"),
        (f"rediss://me:{QUOTED}@host?ssl_ca_certs=/x", "rediss", "rediss://host"),
        (f"postgresql://me:{QUOTED}@host/db?sslmode=require", "postgresql", "postgresql://host/db"),
        ("postgres:///db", "postgres", "postgres:///db"),
        ("sqlite:///srv/numbers.sqlite3", "sqlite", "/srv/numbers.sqlite3"),
        ("sqlite:////srv/numbers.sqlite3", "sqlite", "/srv/numbers.sqlite3"),
    ],
)
def test_settings(setting: str, scheme: str, place: str, around: CounterContext) -> None:
    """A setting makes the counter of its scheme, whose place is without credentials."""
    assert scheme_of(setting) == scheme
    assert open_counter(setting, around).place == place


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("", "does not name a kind of counter"),
        ("Local", "does not name a kind of counter"),
        ("redi://host", "; did you mean redis?"),
        ("mysql://me:secret@host/db", "no counter of the kind 'mysql' is installed"),
        ("git", "no remote is named"),
        ("git+", "no remote is named"),
        ("origin", "no counter of the kind 'origin'"),
        ("local:/tmp/x", "takes nothing after its name"),
        ("git+origin#branch=main", "unknown option 'branch'"),
        ("redis://host#durable", "unknown option"),
        ("postgresql://host/db#x=1", "unknown option 'x'"),
        ("redis://:aaaa#secret@host/0", "not a valid URL"),
        ("redis://:12#secret=x@host/0", "not a valid URL"),
        ("redis://:12#secret", "unknown option behind #"),
        ("redis://me:sec/secret@host/0", "not a valid URL"),
        ("redis:/:secret@host", "not a valid URL"),
        ("redis://me:a[secret@[::1]:1/0", "not a valid URL"),
        ("postgresql://me:secret", "not a valid URL"),
        ("git+http://me:a/secret@host/x.git", "not a valid URL"),
        ("git+http://token#secret@host/x.git", "not a valid URL"),
        ("mysql:password=secret", "no counter of the kind 'mysql'"),
        ("sqlite:numbers.sqlite3", "not a valid URL"),
        ("sqlite://numbers.sqlite3", "does not name a file"),
        ("sqlite://", "does not name a file"),
        ("sqlite:///", "does not name a file"),
        ("sqlite:///srv/folder/", "does not name a file"),
        ("sqlite://me:secret@host/srv/x", "does not name a file"),
        ("sqlite:///srv/x#mode=rw", "unknown option 'mode'"),
        ("ghp_secret", "does not name a kind of counter"),
        ("local:secret", "takes nothing after its name"),
    ],
)
def test_wrong_settings(setting: str, said: str, around: CounterContext) -> None:
    """A setting that means nothing is an error that shows what does, without credentials."""
    with pytest.raises(ConfigError) as caught:
        open_counter(setting, around)
    assert said in caught.value.what
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("ref", ["refs/uniqver", "main", "refs/heads/../x", "refs/heads/-x", "refs/heads/a b", "HEAD"])
def test_wrong_refs(ref: str, around: CounterContext) -> None:
    """A ref that git would not take, or that is no full name, is refused."""
    with pytest.raises(CounterError, match="can't be a counter's ref"):
        open_counter(f"git+origin#ref={ref}", around)


def test_requirements_are_the_extras() -> None:
    """What a build asks for is what the extras of uniqver install."""
    project = loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert {extra: [needed] for extra, needed in REQUIREMENTS.items()} == {
        extra: extras[extra] for extra in REQUIREMENTS
    }
    assert requirements("rediss") == (REQUIREMENTS["redis"],)
    assert requirements("postgres") == (REQUIREMENTS["postgres"],)
    assert requirements("local") == requirements("git") == requirements("folder") == ()


def test_plugin(around: CounterContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the manual, installed, hands out numbers."""
    install_plugin(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "books").mkdir()
    store = Store(setting=f"folder://{tmp_path / 'books'}", state=tmp_path, stream=Stream(project="p", base="1.0"))
    counter = open_counter(store.setting, around)
    assert counter.peek(store.stream, None) == 1
    assert [store.take(key) for key in ("a", "b", "a")] == [1, 2, 1]
    assert [made.claim for made in counter.history(store.stream)] == [claim("a"), claim("b")]
    assert counter.peek(store.stream, "b") == counter.allocate(store.stream, claim("b"))
    counter.check()
    assert counter.place == str(tmp_path / "books")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    got = race(store, [[f"{process}-{each}" for each in range(5)] for process in range(4)])
    assert sorted(itertools.chain(*got)) == list(range(3, 23))


def test_plugin_is_short() -> None:
    """What a reader of the manual has to write has about twenty statements."""
    tree = ast.parse(EXAMPLE.read_text())
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    imports = [node for node in statements if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert len(statements) - len(imports) <= 26


def test_two_plugins_of_one_scheme(around: CounterContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two distributions that bring the same scheme are an error that names both."""
    install_plugin(tmp_path / "one", name="uniqver-folder")
    install_plugin(tmp_path / "two", name="other-folder")
    monkeypatch.syspath_prepend(str(tmp_path / "one"))
    monkeypatch.syspath_prepend(str(tmp_path / "two"))
    with pytest.raises(ConfigError, match="other-folder, uniqver-folder"):
        open_counter("folder://x", around)


def test_broken_plugin(around: CounterContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that can't be loaded is an error that names its distribution."""
    install_plugin(tmp_path / "site", scheme="broken", name="uniqver-broken", source="import no_such_module")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(ConfigError, match="uniqver-broken can't be loaded"):
        open_counter("broken://x", around)


@pytest.mark.parametrize("module", ["sqlite", "git", "redis", "postgresql", "protocol"])
def test_imports_only_what_is_used(module: str) -> None:
    """A counter costs the start-up of no other one's libraries."""
    code = f"import sys, uniqver.counters.{module}\nprint(*sys.modules)"
    loaded = set(run(sys.executable, "-c", code, cwd=ROOT).stdout.split())
    allowed = {"sqlite": {"sqlite3"}, "git": {"subprocess"}}.get(module, set())
    heavy = {"sqlite3", "subprocess", "redis", "psycopg", "importlib.metadata", "urllib.request", "ssl"}
    assert loaded & heavy <= allowed


def test_store_is_not_touched_by_opening(local: Store, git_path: Store) -> None:
    """A counter can be made and asked for its place without the store."""
    for store in (local, git_path):
        assert PASSWORD not in store.counter.place
    assert not local.state.exists()


def test_an_option_that_the_client_does_not_know(around: CounterContext) -> None:
    """``?bogus=1`` behind a Redis URL is told before anything connects."""
    with pytest.raises(ConfigError, match="an option behind \\? that the client doesn't know"):
        open_counter("redis://127.0.0.1:1/0?bogus=1", around).check()
