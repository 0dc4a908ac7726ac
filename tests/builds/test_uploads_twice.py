"""A retried publish is harmless: what is built again is uploaded again, and the index takes it for the same file."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.servers.pypi_like import PypiLike
from tests.support.hooks import Surroundings, built, call_hooks
from tests.support.projects import NAMES, committed, copied
from tests.support.run import run

SAMPLES = [name for name in NAMES if name != "c_extension"]  # PyPI refuses linux_x86_64 wheels of any name

RUN = {"UNIQVER_BUILD_NUMBER": "701"}


def upload(client: str, url: str, cwd: Path, *files: Path) -> int:
    """Upload files; return the client's exit code."""
    if client == "twine":
        command = [
            sys.executable,
            "-m",
            "twine",
            "upload",
            "--non-interactive",
            "--disable-progress-bar",
            "--repository-url",
        ]
    else:
        command = ["uv", "publish", "--no-config", "--trusted-publishing", "never", "--publish-url"]
    return run(*command, url, "-u", "user", "-p", "password", *files, cwd=cwd, ok=False).returncode


def all_built(projects: list[Path], into: Path, where: Surroundings) -> list[Path]:
    """Build sdist and wheel of each project."""
    calls = [(project, hook, [str(into)]) for project in projects for hook in ("build_sdist", "build_wheel")]
    return [into / name for name in call_hooks(calls, where)]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path]]:
    """Sdist and wheel of every pure sample, and the same built elsewhere."""
    folder = tmp_path_factory.mktemp("twice")
    projects = [committed(copied(sample, folder / "one")) for sample in SAMPLES]
    others = [Path(shutil.copytree(project, folder / "two" / project.name)) for project in projects]
    first = all_built(projects, folder / "dist1", Surroundings(environ=RUN))
    return first, all_built(others, folder / "dist2", Surroundings(environ={**RUN, "TZ": "Asia/Tokyo"}, umask=0o077))


@pytest.mark.parametrize("client", ["twine", "uv"])
def test_built_twice_uploaded_twice(client: str, twice: tuple[list[Path], list[Path]], tmp_path: Path) -> None:
    """Of every pure sample the second upload of sdist and wheel, built elsewhere, gets 200, and nothing is stored twice."""
    first, second = twice
    with PypiLike() as index:
        assert upload(client, index.upload_url, tmp_path, *first) == 0
        stored = dict(index.files)
        assert upload(client, index.upload_url, tmp_path, *second) == 0
        assert [answer.status for answer in index.uploads()] == [200] * (2 * len(first))
        assert [answer.reason for answer in index.uploads()] == ["stored"] * len(first) + ["unchanged"] * len(second)
        assert index.files == stored
        assert set(index.files) == {path.name for path in first}


@pytest.mark.parametrize("client", ["twine", "uv"])
def test_a_changed_byte_is_refused(client: str, tmp_path: Path) -> None:
    """A file of the same name with another byte in it gets 400."""
    project = committed(copied("src_layout", tmp_path))
    wheel = built(project, "build_wheel", tmp_path / "dist", Surroundings(environ=RUN))
    with PypiLike() as index:
        assert upload(client, index.upload_url, tmp_path, wheel) == 0
        content = bytearray(wheel.read_bytes())
        content[10] ^= 1  # the time of the first member
        wheel.write_bytes(content)
        assert upload(client, index.upload_url, tmp_path, wheel) != 0
        assert [answer.status for answer in index.uploads()] == [200, 400]
        assert "File already exists" in index.uploads()[-1].reason
