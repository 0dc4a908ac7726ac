"""What the tests of ``uniqver check`` need: the command in this process, indexes, and real upload clients."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from filelock import FileLock
from tests.servers.pypi_like import PypiLike
from tests.support.environment import UNDER_CI
from tests.support.run import run

from uniqver.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BIN = "Scripts" if os.name == "nt" else "bin"
PASSWORD = "pw-of-the-tests"

Client = Literal["twine", "uv"]
CLIENTS: tuple[Client, ...] = ("twine", "uv")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one call of ``uniqver check`` said."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        """The objects of ``--json``."""
        rows: list[dict[str, str]] = json.loads(self.out)
        return rows

    @property
    def verdicts(self) -> dict[str, str]:
        """Verdicts by file name, of ``--json``."""
        return {Path(row["file"]).name: row["verdict"] for row in self.rows}


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run ``uniqver check`` in this process."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        try:
            code = main(["check", *map(str, arguments)])
        except SystemExit as stop:  # argparse
            code = int(str(stop.code))
        out, err = capsys.readouterr()
        return Said(code=code, out=out, err=err)

    return run


@pytest.fixture
def index() -> Iterator[PypiLike]:
    """An empty index that keeps PyPI's rules."""
    with PypiLike() as running:
        yield running


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder ``dist`` in the current one, where no project is."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "dist"
    folder.mkdir()
    return folder


@dataclass(frozen=True, kw_only=True)
class Got:
    """What a real client's upload got."""

    code: int
    said: str


def upload(client: Client, url: str, *files: Path) -> Got:
    """Upload ``files`` with a real client; the password goes the way it does on CI."""
    command = {
        "twine": [sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar"],
        "uv": ["uv", "publish", "--no-config", "--no-progress", "--trusted-publishing", "never"],
    }[client]
    environ = {**os.environ, "TWINE_USERNAME": "root", "TWINE_PASSWORD": PASSWORD}
    environ |= {"UV_PUBLISH_USERNAME": "root", "UV_PUBLISH_PASSWORD": PASSWORD, "UV_KEYRING_PROVIDER": "disabled"}
    option = "--repository-url" if client == "twine" else "--publish-url"
    done = subprocess.run(
        [*command, option, url, *map(str, files)], env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    return Got(code=done.returncode, said=f"{done.stdout}\n{done.stderr}")


@dataclass(frozen=True, kw_only=True)
class Running:
    """A real index that runs."""

    simple_url: str
    upload_url: str


@pytest.fixture(scope="session")
def environments(shared_folder: Path) -> Callable[..., Path]:
    """Make virtual environments with something installed, once for all workers (TEST_UNIQVER_VENVS: for all runs)."""
    base = Path(os.environ.get("TEST_UNIQVER_VENVS") or shared_folder / "environments")

    def make(name: str, *requirements: str) -> Path:
        base.mkdir(parents=True, exist_ok=True)
        home = base / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
        with FileLock(base / f"{name}.lock"):
            done, wanted = home / "done", "\n".join(requirements)
            if not done.exists() or done.read_text(encoding="utf-8") != wanted:
                _install(home, requirements)
                done.write_text(wanted, encoding="utf-8")
        return home / BIN

    return make


def _install(home: Path, requirements: tuple[str, ...]) -> None:
    uv = (sys.executable, "-m", "uv")
    run(*uv, "venv", "-q", "--clear", "--python", sys.executable, home, cwd=home.parent)
    where = ("-q", "--python", home / BIN / "python")
    done = run(*uv, "pip", "install", *where, *requirements, cwd=home.parent, ok=False, seconds=500)
    if done.returncode != 0:
        message = f"can't install {', '.join(requirements)}: {done.stderr[-500:]}"
        pytest.fail(message) if UNDER_CI else pytest.skip(message)


@pytest.fixture(scope="session")
def pypiserver(environments: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A pypiserver, empty at first."""
    programs = environments("pypiserver", "pypiserver==2.4.2")
    folder = tmp_path_factory.mktemp("pypiserver")
    port = _free_port()
    command = [
        programs / "pypi-server",
        "run",
        "-p",
        port,
        "-i",
        "127.0.0.1",
        "-a",
        ".",
        "-P",
        ".",
        "--disable-fallback",
    ]
    with _served([*command, "--health-endpoint", "/health", folder], f"http://127.0.0.1:{port}/health", folder):
        yield Running(simple_url=f"http://127.0.0.1:{port}/simple/", upload_url=f"http://127.0.0.1:{port}/")


@pytest.fixture(scope="session")
def devpi(environments: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A devpi with one index that isn't volatile, empty at first."""
    programs = environments("devpi", "devpi-server==6.20.3", "setuptools<=81")
    folder = tmp_path_factory.mktemp("devpi") / "server"
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    init = [programs / "devpi-init", "--serverdir", folder, "--no-root-pypi", "--root-passwd", PASSWORD]
    subprocess.run(list(map(str, init)), check=True, capture_output=True, timeout=120)
    command: list[object] = [programs / "devpi-server", "--serverdir", folder, "--host", "127.0.0.1", "--port", port]
    command += ["--offline-mode", "--argon2-memory-cost", 8, "--argon2-time-cost", 1, "--argon2-parallelism", 1]
    with _served(command, f"{base}/+api", folder):
        _make_devpi_index(f"{base}/root/dev")
        yield Running(simple_url=f"{base}/root/dev/+simple/", upload_url=f"{base}/root/dev/")


def _make_devpi_index(url: str) -> None:
    settings = json.dumps({"type": "stage", "bases": [], "volatile": False}).encode()
    user = base64.b64encode(f"root:{PASSWORD}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {user}"}
    request = urllib.request.Request(url, settings, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _served(command: list[object], health: str, folder: Path) -> Iterator[None]:
    """Run a server until it is healthy, and end it."""
    log = folder.parent / "log"
    with log.open("w") as target:
        process = subprocess.Popen(list(map(str, command)), stdout=target, stderr=target, stdin=subprocess.DEVNULL)
    try:
        _await_health(health, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            pass
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)  # paces the loop; a server that ended won't come up any more
            break
    pytest.fail(f"the server at {url} doesn't come up: {log.read_text()[-1000:]}")
