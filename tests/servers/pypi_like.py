"""A small index on 127.0.0.1 that keeps PyPI's upload rules. For tests only.

It takes uploads as PyPI's legacy API has them (``POST /legacy/``, multipart, what twine and ``uv publish`` send), and
answers simple pages (``GET /simple/<project>/``) as JSON (PEP 691, 700) or HTML (PEP 503). Its rules are written down
here a second time on purpose: they come from what is known of warehouse's ``forklift/legacy.py``, not from uniqver's
own code, so that the two can disagree in a test.

What an upload gets, in PyPI's order:

====================================================================  =================================================
metadata that is invalid, or that PyPI doesn't take                    400 and the field
a new project with the name of a module of the standard library        400
a project that is archived                                             403
a description that doesn't render                                      400
a name with another ending                                             400
a file over the size limit, a project over its limit                   400 ``File too large``, ``Project size too large``
same name and same bytes as a file that is there                       200, and nothing changes
same name or same bytes as a file that is there                        400 ``File already exists``
the name of a deleted file                                             400 ``This filename has already been used``
a release older than 14 days                                           400
a second sdist of a release                                            400 ``Only one sdist may be uploaded per release``
a file that isn't as PyPI wants it: its archive, name, tags, members   400
anything else                                                          200
====================================================================  =================================================

Use it as a context manager, which also ends it::

    with PypiLike(Behaviour(pages="html")) as index:
        subprocess.run(["twine", "upload", "--repository-url", index.upload_url, ...])
        assert index.answers[-1].status == 200

Nothing here sleeps for long or loops without end: ``slow`` answers byte by byte, at most ``slow_bytes`` of them.
"""

from __future__ import annotations

import base64
import email.parser
import email.policy
import hashlib
import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

import stdlib_list
from packaging.utils import canonicalize_name

from tests.servers.pypi_files import RefusedError, check_file
from tests.servers.pypi_form import check_description, check_form

if TYPE_CHECKING:
    from types import TracebackType

MIB = 1024 * 1024
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"

Trouble = Literal[
    "401", "403", "404", "429", "500", "503", "garbage", "huge", "half", "slow", "hang", "elsewhere", "loop"
]
"""Ways in which the simple pages can go wrong.

A status: answered with it. ``garbage``: 200 and a login page in HTML. ``huge``: 10 MiB of HTML with links. ``half``: the
connection ends in the middle. ``slow``: a byte now and then. ``hang``: no answer until the server is closed.
``elsewhere``: a redirect to ``elsewhere_url``. ``loop``: a redirect to itself.
"""


@dataclass
class Behaviour:
    """How the server behaves. May be changed while it runs."""

    pages: Literal["json", "html", "negotiate"] = "negotiate"
    """The form of simple pages; ``negotiate`` does what the client's Accept header asks for."""
    hashes: bool = True
    """Whether simple pages give hashes."""
    times: bool = True
    """Whether JSON pages give upload times (PEP 700)."""
    repository_version: bool = True
    """Whether HTML pages name it (PEP 629)."""
    trouble: Trouble | None = None
    trouble_times: int | None = None
    """How many answers the trouble lasts; ``None``: all of them."""
    elsewhere_url: str = ""
    credentials: tuple[str, str] | None = None
    """User and password that pages and uploads want; else 401, or 403 where they are wrong."""
    serial: bool = True
    """Whether pages have PyPI's header ``X-PyPI-Last-Serial``."""
    status: str | None = None
    """The status of every project (PEP 792)."""
    max_file: int = 100 * MIB
    max_project: int = 10 * 1024 * MIB
    open_for: timedelta = timedelta(days=14)
    slow_bytes: int = 20
    slow_pause: float = 0.2
    """Seconds between the bytes of ``slow``."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file that the index has."""

    filename: str
    project: str
    version: str
    kind: str
    content: bytes = field(repr=False)
    uploaded: datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def release(self) -> tuple[str, str]:
        """Project and version, as PyPI sees a release: ``1.0`` and ``1.0.0`` are one."""
        return self.project, _canonical(self.version)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One request and what it got."""

    method: str
    path: str
    status: int
    user: str | None = None
    """The user of the Authorization header, where there was one."""
    filename: str | None = None
    """For uploads."""
    reason: str = ""


class PypiLike:
    """The index. ``with PypiLike() as index`` starts and ends it."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.files: dict[str, Stored] = {}
        self.deleted: set[str] = set()
        self.projects: set[str] = set()
        """Projects that exist, also without files."""
        self.mails: list[str] = []
        """What PyPI would mail a project's owners."""
        self.answers: list[Answer] = []
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"index": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> PypiLike:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def simple_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple/"

    @property
    def upload_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/legacy/"

    def page_requests(self, project: str | None = None) -> list[Answer]:
        """The requests for simple pages, of one project or of all."""
        start = "/simple/" if project is None else f"/simple/{project}/"
        return [answer for answer in self.answers if answer.method == "GET" and answer.path.startswith(start)]

    def uploads(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.method == "POST"]

    def put(self, filename: str, content: bytes, *, age: timedelta = timedelta(0)) -> None:
        """Have a file there already, without asking any rule."""
        project, version = _name_and_version(filename)
        kind = "bdist_wheel" if filename.endswith(".whl") else "sdist"
        uploaded = datetime.now(timezone.utc) - age
        self.files[filename] = Stored(
            filename=filename, project=project, version=version, kind=kind, content=content, uploaded=uploaded
        )
        self.projects.add(project)

    def delete(self, filename: str) -> None:
        """Delete a file as its owner may: the name stays used for ever."""
        del self.files[filename]
        self.deleted.add(filename)

    def upload(self, form: dict[str, list[str]], filename: str, content: bytes) -> str:
        """Take an upload; returns what it did. Raises :class:`RefusedError` with PyPI's reason."""
        with self.lock:
            metadata = check_form(form)
            project, version, kind = canonicalize_name(metadata.name), str(metadata.version), form["filetype"][0]
            self._check_project(project)
            check_description(metadata)
            _check_ending(filename, kind)
            self._check_size(project, len(content))
            if form.get("sha256_digest", [""])[0].lower() not in ("", hashlib.sha256(content).hexdigest()):
                raise RefusedError("The digest supplied does not match a digest calculated from the uploaded file.")
            new = Stored(
                filename=filename,
                project=project,
                version=version,
                kind=kind,
                content=content,
                uploaded=datetime.now(timezone.utc),
            )
            if self._is_there(new):
                return "unchanged"
            self._check_release(new)
            self.mails += check_file(filename, kind, content, metadata.name, version, metadata.license_files or [])
            self.files[filename] = new
            self.projects.add(project)
            return "stored"

    def _check_project(self, project: str) -> None:
        if project not in self.projects and project in _STANDARD_NAMES:  # packaging/services.py:498
            raise RefusedError(f"The name '{project}' isn't allowed (conflict with the Python Standard Library)")
        if self.behaviour.status == "archived":  # packaging/models.py:500
            raise RefusedError(f"The user isn't allowed to upload to project '{project}'.")

    def _check_size(self, project: str, size: int) -> None:
        if size > self.behaviour.max_file:
            raise RefusedError(f"File too large. Limit for project '{project}' is {self.behaviour.max_file // MIB} MB.")
        there = sum(len(file.content) for file in self.files.values() if file.project == project)
        if there + size > self.behaviour.max_project:
            raise RefusedError(f"Project size too large. Limit for project '{project}' total size is reached.")

    def _is_there(self, new: Stored) -> bool:
        same = [f for f in self.files.values() if f.filename == new.filename or f.sha256 == new.sha256]
        if any(f.filename == new.filename and f.sha256 == new.sha256 for f in same):
            return True
        if same:
            raise RefusedError(f"File already exists ('{new.filename}', with sha256 hash '{new.sha256}').")
        if new.filename in self.deleted:
            raise RefusedError("This filename has already been used, use a different version.")
        return False

    def _check_release(self, new: Stored) -> None:
        siblings = [file for file in self.files.values() if file.release == new.release]
        now = datetime.now(timezone.utc)
        if siblings and now - min(file.uploaded for file in siblings) > self.behaviour.open_for:
            raise RefusedError(
                f"Uploading new files to releases older than {self.behaviour.open_for.days} days is not allowed."
            )
        if new.kind == "sdist" and any(file.kind == "sdist" for file in siblings):
            raise RefusedError("Only one sdist may be uploaded per release.")

    def page(self, project: str, kind: str) -> bytes | None:
        """The simple page of a project in the form of ``kind``; ``None`` where there's no such project."""
        files = sorted((f for f in self.files.values() if f.project == project), key=lambda f: f.filename)
        if not files and project not in self.projects:
            return None
        return self._json_page(project, files) if kind == JSON else self._html_page(project, files)

    def _json_page(self, project: str, files: list[Stored]) -> bytes:
        rows = []
        for file in files:
            row: dict[str, object] = {"filename": file.filename, "url": f"/files/{file.filename}"}
            row["hashes"] = {"sha256": file.sha256} if self.behaviour.hashes else {}
            row["size"] = len(file.content)
            if self.behaviour.times:
                row["upload-time"] = file.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            rows.append(row)
        versions = sorted({file.version for file in files})
        meta = {"api-version": "1.1", "_last-serial": len(self.answers)}
        page = {"meta": meta, "name": project, "files": rows, "versions": versions}
        if self.behaviour.status is not None:
            page["project-status"] = {"status": self.behaviour.status}
        return json.dumps(page).encode()

    def _html_page(self, project: str, files: list[Stored]) -> bytes:
        meta = '<meta name="pypi:repository-version" content="1.1">' if self.behaviour.repository_version else ""
        if self.behaviour.status is not None:
            meta += f'<meta name="pypi:project-status" content="{self.behaviour.status}">'
        links = "".join(
            f'<a href="/files/{escape(f.filename)}{f"#sha256={f.sha256}" if self.behaviour.hashes else ""}">'
            f"{escape(f.filename)}</a><br>\n"
            for f in files
        )
        page = f"<!DOCTYPE html><html><head>{meta}<title>Links for {project}</title></head><body>{links}</body></html>"
        return page.encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that went away; anything else is a fault of the tests."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    index: PypiLike
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        form, filename, content = _read_form(self.headers.get("Content-Type", ""), self._content())
        if self._refuses_credentials():
            return
        if urlsplit(self.path).path != "/legacy/":
            self._answer(404, b"no such path", HTML)
            return
        try:
            said = self.index.upload(form, filename, content)
        except RefusedError as error:
            text = str(error)
            self._answer(
                400, f"<html><body>{escape(text)}</body></html>".encode(), HTML, filename=filename, reason=text
            )
        else:
            self._answer(200, b"", "text/plain", filename=filename, reason=said)

    def _content(self) -> bytes:
        """The request's body: of a given length, or in chunks as uv sends it."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/health":
            self._answer(200, b"ok", "text/plain")
        elif path.startswith("/files/"):
            stored = self.index.files.get(unquote(path.removeprefix("/files/")))
            self._answer(404 if stored is None else 200, stored.content if stored else b"", "application/octet-stream")
        elif match := re.fullmatch(r"/simple/([^/]+)/", path):
            self._simple(match[1])
        else:
            self._answer(404, b"no such path", HTML)

    def _simple(self, project: str) -> None:
        if self._refuses_credentials() or self._is_troubled(project):
            return
        kind = self._kind()
        page = self.index.page(project, kind)
        if page is None:
            self._answer(404, b"<html><body>no such project</body></html>", HTML, headers=self._serial())
        else:
            self._answer(200, page, kind, headers=self._serial())

    def _serial(self) -> dict[str, str]:
        return {"X-PyPI-Last-Serial": "1"} if self.index.behaviour.serial else {}

    def _kind(self) -> str:
        pages = self.index.behaviour.pages
        if pages == "negotiate":
            return JSON if JSON in self.headers.get("Accept", "") else HTML
        return JSON if pages == "json" else HTML

    def _refuses_credentials(self) -> bool:
        wanted = self.index.behaviour.credentials
        given = self._credentials()
        if wanted is None or given == wanted:
            return False
        if given is None:
            self._answer(401, b"who are you?", HTML, headers={"WWW-Authenticate": 'Basic realm="index"'})
        else:
            self._answer(403, b"not you", HTML)
        return True

    def _credentials(self) -> tuple[str, str] | None:
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        user, _, password = base64.b64decode(value).decode().partition(":")
        return user, password

    def _is_troubled(self, project: str) -> bool:
        behaviour = self.index.behaviour
        trouble = behaviour.trouble
        if trouble is None or behaviour.trouble_times == 0:
            return False
        if behaviour.trouble_times is not None:
            behaviour.trouble_times -= 1
        if trouble.isdigit():
            self._answer(int(trouble), b"<html><body>trouble</body></html>", HTML)
        elif trouble in ("elsewhere", "loop"):
            target = self.path if trouble == "loop" else f"{behaviour.elsewhere_url}{project}/"
            self._answer(302, b"", HTML, headers={"Location": target})
        else:
            getattr(self, f"_{trouble}")(project)
        return True

    def _garbage(self, project: str) -> None:
        page = b'<html><body><h1>Please log in</h1><a href="/login">Log in</a><form></form></body></html>'
        self._answer(200, page, HTML)

    def _huge(self, project: str) -> None:
        line = b'<a href="/news">news of today</a><p>lorem ipsum</p>\n'
        self._answer(200, line * (10 * MIB // len(line) + 1), HTML)

    def _half(self, project: str) -> None:
        self._note(200)
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"meta": {"api-ver')
        self.close_connection = True

    def _slow(self, project: str) -> None:
        self._note(200)
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(self.index.behaviour.slow_bytes))
        self.end_headers()
        for _ in range(self.index.behaviour.slow_bytes):
            if self.index.closing.wait(self.index.behaviour.slow_pause):
                break
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                break
        self.close_connection = True

    def _hang(self, project: str) -> None:
        self._note(0)
        self.index.closing.wait(60)
        self.close_connection = True

    def _note(self, status: int, filename: str | None = None, reason: str = "") -> None:
        given = self._credentials()
        answer = Answer(
            method=self.command,
            path=self.path,
            status=status,
            user=given[0] if given else None,
            filename=filename,
            reason=reason,
        )
        self.index.answers.append(answer)

    def _answer(
        self,
        status: int,
        body: bytes,
        kind: str,
        *,
        headers: dict[str, str] | None = None,
        filename: str | None = None,
        reason: str = "",
    ) -> None:
        self._note(status, filename, reason)
        try:
            self.send_response(status, reason.splitlines()[0][:200] if status == 400 and reason else None)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the client has seen enough


def _read_form(content_type: str, body: bytes) -> tuple[dict[str, list[str]], str, bytes]:
    """The fields of an upload, and its file's name and bytes."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        return {}, "", b""
    form: dict[str, list[str]] = {}
    filename, content = "", b""
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        value = value.removesuffix(b"\r\n")
        headers = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head)
        disposition = headers["Content-Disposition"].params
        if disposition.get("name") == "content":
            filename, content = disposition.get("filename", ""), value
        else:
            form.setdefault(disposition.get("name", ""), []).append(value.decode("utf-8", "replace"))
    return form, filename, content


def _normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _canonical(version: str) -> str:
    """The version with trailing zeros of its release taken away."""
    release = re.match(r"(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*", version)
    if release is None:
        return version
    return re.sub(r"(?:\.0+)+$", "", release[0]) + version[release.end() :]


def _check_ending(filename: str, kind: str) -> None:
    if re.search(r"[\x00-\x1f\x7f/\\]", filename):  # legacy.py:245
        raise RefusedError("Cannot upload a file with '/' or '\\' in the name.")
    endings = (".whl",) if kind == "bdist_wheel" else (".tar.gz", ".zip")
    if not filename.endswith(endings):
        raise RefusedError(f"Invalid file extension: use {' or '.join(endings)}.")
    if len(filename.encode()) > 255:  # its temporary file can't be made
        raise RefusedError("Filename is too long.")


def _standard_names() -> set[str]:
    modules = {module for python in stdlib_list.short_versions for module in stdlib_list.stdlib_list(python)}
    packages = {module[: match.start()] for module in modules for match in re.finditer(r"\.", module)}
    return {str(canonicalize_name(name.strip("-_."))) for name in modules | packages}


_STANDARD_NAMES = _standard_names()


def _name_and_version(filename: str) -> tuple[str, str]:
    if filename.endswith(".whl"):
        name, version = filename.split("-")[:2]
    else:
        name, _, version = re.sub(r"\.tar\.gz$|\.zip$", "", filename).rpartition("-")
    return _normalize(name), version


def main() -> None:
    """Serve for ten minutes at most, or until the input ends: to try clients by hand."""
    with PypiLike() as index:
        print(f"simple pages {index.simple_url}\nuploads to   {index.upload_url}", flush=True)
        end = time.monotonic() + 600
        waiter = threading.Thread(target=input, daemon=True)
        waiter.start()
        waiter.join(max(0.0, end - time.monotonic()))


if __name__ == "__main__":
    main()
