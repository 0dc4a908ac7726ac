"""Real servers on loopback, started for the tests and ended by the process that was started."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.environment import UNDER_CI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "s3cr3t/p@ss-word"
QUOTED = "s3cr3t%2Fp%40ss-word"
"""The password, as it stands in URLs: with characters that need quoting, so that both forms are looked for."""


def program(name: str, *folders: Path) -> str:
    """Return the path of a server program; where it is missing, skip, and fail on a CI that could have installed it."""
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if found is None:
        (pytest.fail if UNDER_CI and sys.platform == "linux" else pytest.skip)(f"{name} is not installed")
    return str(found)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Ask again and again until ``holds``, or fail after ``seconds``."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise AssertionError(f"{holds} did not come true in {seconds} seconds")
        time.sleep(0.02)  # the step of a bounded poll


@dataclass
class Server:
    """A server process that can be killed and started again on the same port and the same files."""

    command: list[str]
    is_up: Callable[[], bool]
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user,
            cwd="/",
            start_new_session=True,
        )
        eventually(lambda: self.process.poll() is not None or self.is_up())
        assert self.process.poll() is None, f"{self.command[0]} ended by itself"

    def kill(self) -> None:
        """End it at once, as a power cut would, with all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hang: it is there, and answers nothing."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def redis_server(folder: Path, port: int, *options: str) -> Server:
    """Return a Redis server that keeps an append-only file in ``folder``; not started yet."""
    command = [
        program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
        "--save", "", "--appendonly", "yes", "--requirepass", PASSWORD, "--daemonize", "no", *options,
    ]  # fmt: skip
    return Server(command, lambda: _redis_answers(port))


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(f"AUTH {PASSWORD}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2 and (more := line.recv(1024)):
                said += more
            return b"PONG" in said  # while it still loads, it knows passwords, but doesn't answer this
    except OSError:
        return False


@contextlib.contextmanager
def postgres_folder() -> Iterator[tuple[Path, str | None]]:
    """Make a cluster in a folder of a user that may run PostgreSQL, which refuses root."""
    user = "nobody" if getpass.getuser() == "root" else None
    folder = Path(tempfile.mkdtemp(prefix="uniqver-pg-"))
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if user is not None:
            shutil.chown(folder, user)
            shutil.chown(secret, user)
        subprocess.run(
            [_postgres("initdb"), "-D", str(folder / "data"), "-U", "owner", "-A", "scram-sha-256",
             f"--pwfile={secret}", "-E", "UTF8", "--no-locale", "--no-sync"],
            check=True, capture_output=True, user=user, cwd="/",
        )  # fmt: skip
        yield folder / "data", user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def postgres_server(data: Path, user: str | None, port: int, *options: str) -> Server:
    """Return a PostgreSQL server on the cluster in ``data``; not started yet."""
    command = [
        _postgres("postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port),
        "-c", "unix_socket_directories=", "-c", "shared_buffers=16MB", *options,
    ]  # fmt: skip
    return Server(command, lambda: _postgres_answers(port), user=user, stop_signal=signal.SIGINT)


def _postgres(name: str) -> str:
    return program(name, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))


def _postgres_answers(port: int) -> bool:
    import psycopg

    try:
        psycopg.connect(postgres_url(port), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def postgres_url(port: int, *, user: str = "owner", password: str = QUOTED, database: str = "postgres") -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}"


def redis_url(port: int, *, password: str = QUOTED, database: int = 0) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/{database}"


@contextlib.contextmanager
def tiny_disk(size: str) -> Iterator[Path]:
    """Mount a file system of ``size``, in a folder that every user can reach; where that isn't allowed, skip."""
    disk = Path(tempfile.mkdtemp(prefix="uniqver-disk-"))
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip(f"this machine lets no test mount a disk: {mounted.stderr.decode().strip()}")
        try:
            disk.chmod(0o755)
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)
    finally:
        disk.rmdir()


def give_to_postgres(folder: Path) -> None:
    """Let the user that PostgreSQL runs as own ``folder``."""
    if getpass.getuser() == "root":
        shutil.chown(folder, "nobody")
