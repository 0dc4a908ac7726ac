"""Normalizing an sdist takes little beside making it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FILES = 20_000

MEASURE = """
import gzip, json, os, sys, time
from uniqver import build_meta
from uniqver.dists import sdist as sdist_archive
spent = {}
def timed(name, function):
    def call(*args, **kwargs):
        start = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] = time.process_time() - start
    return call
passes = []
def counted(*args, **kwargs):
    passes.append(args)
    return gzip_open(*args, **kwargs)
gzip_open, gzip.open = gzip.open, counted
build_meta._setuptools.build_sdist = timed("setuptools", build_meta._setuptools.build_sdist)
sdist_archive.normalize_sdist = timed("normalize", sdist_archive.normalize_sdist)
quiet, screen = os.open(os.devnull, os.O_WRONLY), os.dup(1)
os.dup2(quiet, 1)
name = build_meta.build_sdist(sys.argv[1])
sys.stdout.flush()
os.dup2(screen, 1)
print(json.dumps({"name": name, "passes": len(passes), **spent}))
"""


def test_20000_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An sdist of 20,000 files holds them all, and is unpacked once to be laid out anew."""
    dice = random.Random(5)
    package = tmp_path / "project" / "src" / "large"
    for number in range(FILES):
        folder = package / f"part{number // 200}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"def f{line}(x):\n    return x + {dice.randrange(10**9)}\n" for line in range(dice.randrange(60))]
        (folder / f"m{number}.py").write_text("".join(lines), encoding="utf-8")
    for folder in (package, *package.iterdir()):
        (folder / "__init__.py").touch()
    (tmp_path / "project" / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["uniqver"]\nbuild-backend = "uniqver.build_meta"\n'
        '[project]\nname = "large"\ndynamic = ["version"]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("UNIQVER_VERSION", "1.0")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path / "dist"],
        cwd=tmp_path / "project", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    spent = json.loads(done.stdout.splitlines()[-1])
    with tarfile.open(tmp_path / "dist" / spent["name"]) as archive:
        assert sum(name.endswith(".py") for name in archive.getnames()) >= FILES
    assert spent["passes"] == 1
    ratio = (spent["setuptools"] + spent["normalize"]) / spent["setuptools"]
    print(f"{FILES} files: {ratio:.2f} times the processor time of setuptools' own sdist")  # told, not asserted on
