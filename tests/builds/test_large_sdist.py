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

FILES = 5_000

MEASURE = """
import json, os, sys, time
import setuptools.build_meta as setuptools_backend
real, spent = setuptools_backend.build_sdist, []
def timed(*arguments):
    start = time.process_time()
    try:
        return real(*arguments)
    finally:
        spent.append(time.process_time() - start)
setuptools_backend.build_sdist = timed
from uniqver import build_meta
quiet, screen = os.open(os.devnull, os.O_WRONLY), os.dup(1)
os.dup2(quiet, 1)
start = time.process_time()
name = build_meta.build_sdist(sys.argv[1])
took = time.process_time() - start
sys.stdout.flush()
os.dup2(screen, 1)
print(json.dumps([name, took / sum(spent)]))
"""


def test_5000_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An sdist of 5,000 files holds them all; how much processor time that takes is shown."""
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
    name, times = json.loads(done.stdout.splitlines()[-1])
    with tarfile.open(tmp_path / "dist" / name) as archive:
        assert sum(name.endswith(".py") for name in archive.getnames()) >= FILES
    print(f"{times:.2f} times the processor time of setuptools alone")  # shown, not asserted: machines differ
