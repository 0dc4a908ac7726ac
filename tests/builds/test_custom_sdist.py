"""A project's own commands still run, and what they put into an sdist survives."""

from __future__ import annotations

import os
import tarfile
from typing import TYPE_CHECKING

import pytest
from tests.support.hooks import Surroundings, built
from tests.support.projects import committed, copied
from tests.support.same import assert_same

if TYPE_CHECKING:
    from pathlib import Path

LONG = "/".join(["n" * 99] * 3)
"""Makes names of more than 300 characters."""

SETUP = f"""
import os
from os import link  # setuptools takes it out of os while sdist runs
from pathlib import Path
from setuptools import setup
from setuptools.command.sdist import sdist

class Own(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        base = Path(base_dir)
        (base / "generated.txt").write_text("by the project's own command")
        (base / "run.sh").write_text("#!/bin/sh\\n")
        (base / "run.sh").chmod(0o755)
        (base / "empty").mkdir()
        (base / "gr\\u00f6\\u00dfe-\\u76ee\\u5f55.txt").write_text("name")
        (base / {LONG!r}).mkdir(parents=True)
        (base / {LONG!r} / "long.txt").write_text("long")
        os.symlink("generated.txt", base / "link.txt")
        link(base / "generated.txt", base / "z-hard.txt")

setup(cmdclass={{"sdist": Own}})
"""


@pytest.mark.skipif(os.name == "nt", reason="links need rights there that users don't have")
def test_an_own_sdist_command_runs(tmp_path: Path) -> None:
    """What an own sdist command adds is there: links of both kinds, modes, empty folders, long and non-ASCII names."""
    project = copied("src_layout", tmp_path)
    (project / "setup.py").write_text(SETUP, encoding="utf-8")
    committed(project)
    one = built(project, "build_sdist", tmp_path / "1")
    two = built(project, "build_sdist", tmp_path / "2", Surroundings(umask=0o077, backwards=True))
    assert_same(one, two)
    top = one.name.removesuffix(".tar.gz")
    with tarfile.open(one) as archive:
        found = {info.name.removeprefix(f"{top}/"): info for info in archive}
        (generated, hard) = (found["generated.txt"], found["z-hard.txt"])
        assert (hard.islnk(), hard.linkname) == (True, f"{top}/generated.txt")
        assert archive.extractfile(generated).read() == b"by the project's own command"  # type: ignore[union-attr]
    assert (found["link.txt"].issym(), found["link.txt"].linkname) == (True, "generated.txt")
    assert found["run.sh"].mode == 0o755
    assert found["empty"].isdir()
    assert f"{LONG}/long.txt" in found
    assert "größe-目录.txt" in found
    assert "uniqver.json" in found
