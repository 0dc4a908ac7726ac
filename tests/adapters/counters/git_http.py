"""A git server over smart HTTP for tests: ``git http-backend`` behind a small CGI server on loopback."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tests.adapters.counters.servers import PASSWORD, QUOTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER = "builder"


class GitHttpServer(ThreadingHTTPServer):
    """Serves the bare repositories in ``root`` to who knows the password."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.read_only = False
        self.lost_replies = 0
        """How many more pushes come through without an answer."""
        self.accepted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self.asked: list[str] = []
        """Headers ``Authorization`` that came in."""

    def url(self, repository: str, *, password: str = QUOTED, user: str = USER) -> str:
        who = f"{user}:{password}@" if password else ""
        return f"http://{who}127.0.0.1:{self.server_address[1]}/{repository}"


@contextlib.contextmanager
def serving(root: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(root) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: GitHttpServer
    protocol_version = "HTTP/1.0"

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes) -> None:
        given = self.headers.get("Authorization", "")
        self.server.asked.append(given)
        if given != self.server.accepted:
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        if self.server.read_only and "receive-pack" in self.path:
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        self._run_backend(body)

    def _run_backend(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": USER,
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environ, check=False)
        if self.server.lost_replies and parts.path.endswith("/git-receive-pack") and len(body) > 4:
            self.server.lost_replies -= 1
            self.close_connection = True
            return
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
