"""The readers of bytes, with inputs that atheris (libFuzzer) grows by the code that they reach.

``TEST_UNIQVER_ATHERIS=300`` tries each reader for that many seconds; without it, or without atheris (which has no wheels
for each Python), nothing is tried. What fails is written to the test's folder, and named.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.distributions import sdist
from tests.support.hostile import facts, with_facts
from tests.support.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reader = Callable[[bytes], None]

SECONDS = int(os.environ.get("TEST_UNIQVER_ATHERIS", "0"))


def archives(folder: Path) -> Reader:
    from uniqver.dists.archive import read as read_archive
    from uniqver.errors import UniqverError
    from uniqver.model.provenance import parsed

    names = ("sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz", "sample-1.0.zip")

    def read(content: bytes) -> None:
        path = folder / names[content[0] % 3]
        packs = path.suffix == ".gz" and content[0] >= 128  # else every change is one of the checksum
        path.write_bytes(gzip.compress(content[1:], 1) if packs else content[1:])
        with contextlib.suppress(UniqverError):
            found = read_archive(path)
            parsed(found.provenance or "", path.name)

    return read


def pages(folder: Path) -> Reader:
    from packaging.version import Version

    from uniqver.errors import UniqverError
    from uniqver.index import Catalog
    from uniqver.index.client import HTML_TYPES, JSON_TYPE, parse_page

    def read(content: bytes) -> None:
        with contextlib.suppress(UniqverError):
            kind = JSON_TYPE if content[0] % 2 else HTML_TYPES[1]
            Catalog(parse_page(content[1:], kind, "sample")).next_free(Version("1.4.1.dev3"))

    return read


def settings(folder: Path) -> Reader:
    from uniqver.config.kinds import read_table
    from uniqver.errors import UniqverError
    from uniqver.project import read_project

    def read(content: bytes) -> None:
        toml, _, cfg = content.partition(b"\0")
        (folder / "pyproject.toml").write_bytes(toml)
        (folder / "setup.cfg").write_bytes(cfg)
        with contextlib.suppress(UniqverError):
            read_table(read_project(folder).settings, {})

    return read


def scripts(folder: Path) -> Reader:
    from uniqver.cli.doctor.workflows import read_workflow
    from uniqver.cli.init.setup_script import read_setup_script
    from uniqver.errors import UniqverError

    def read(content: bytes) -> None:
        text = content[1:].decode("utf-8", "replace")
        if content[0] % 2:
            with contextlib.suppress(UniqverError):
                read_setup_script(text)
        else:
            with contextlib.suppress(ValueError):  # which doctor reports
                read_workflow(".github/workflows/x.yml", text)

    return read


READERS = {reader.__name__: reader for reader in (archives, pages, settings, scripts)}


def seeds(reader: str, folder: Path) -> Iterator[bytes]:
    """Yield what real ones look like, smallest first."""
    if reader == "archives":
        yield b"\0" + with_facts(folder, facts()).read_bytes()
        yield b"\1" + sdist(folder).read_bytes()
        yield b"\x82" + gzip.decompress(sdist(folder).read_bytes())
        yield b"\2" + sdist(folder, suffix=".zip").read_bytes()
    elif reader == "pages":
        file = b'{"filename": "sample-1.0.tar.gz", "url": "x", "hashes": {"sha256": "%s"}, "size": 1}' % (b"a" * 64)
        yield b'\1{"meta": {"api-version": "1.1"}, "name": "sample", "versions": [], "files": [%s]}' % file
        yield b'\0<!DOCTYPE html><meta name="pypi:repository-version" content="1.0"><a href="sample-1.0.tar.gz#sha256=a">x</a>'
    elif reader == "settings":
        yield b'[project]\nname = "app"\ndynamic = ["version"]\n[tool.uniqver]\nsource = "ci"\nbranches = {"a/*" = {segment = "rc"}}\n'
        yield b'[tool.setuptools_scm]\nroot = ".."\n[tool.uniqver]\nbase = "1.4"\n\0[metadata]\nname = app\n[options]\nx = 1\n'
    else:
        yield b'\1from setuptools import setup\n\nsetup(name="app", version="1.0", use_scm_version=True)\n'
        yield b"\2on: {push: {}}\njobs: {b: {runs-on: x, steps: [{uses: actions/checkout@v4, with: {fetch-depth: 0}}, {run: python -m build}]}}\n"


@pytest.mark.once
@pytest.mark.skipif(not SECONDS, reason="takes as long as it is given: TEST_UNIQVER_ATHERIS=300")
@pytest.mark.skipif(find_spec("atheris") is None, reason="pip install atheris")
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_of_bytes(reader: str, tmp_path: Path) -> None:
    """Whatever the bytes are, there is an answer or a foreseen error, in time and in little memory."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds(reader, tmp_path)):
        (corpus / f"{number}").write_bytes(seed)
    limits = (f"-max_total_time={SECONDS}", "-timeout=20", "-rss_limit_mb=500", "-max_len=65536")
    words = (
        "-m",
        "tests.property.test_coverage_guided",
        reader,
        *limits,
        f"-artifact_prefix={tmp_path}/failed-",
        "-print_final_stats=1",
        corpus,
    )
    done = run(sys.executable, *words, cwd=Path(__file__).parents[2], ok=False, seconds=SECONDS + 120)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    (tried,) = (line for line in done.stderr.splitlines() if "number_of_executed_units" in line)
    print(f"{reader}: {tried.rpartition(' ')[2]} inputs")


def main() -> None:
    """Run libFuzzer, by its own command line, on a reader."""
    fuzzer: Any = import_module("atheris")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # libFuzzer is Linux's and macOS' here
        with fuzzer.instrument_imports(include=["uniqver", "tomllib", "pypi_simple"]):
            read = READERS[sys.argv[1]](Path(folder))
        fuzzer.Setup([sys.argv[0], *sys.argv[2:]], lambda content: read(content) if content else None)
        fuzzer.Fuzz()


if __name__ == "__main__":
    main()
