"""Bad input, each with a message of its own: indexes in trouble, broken and hostile files, secrets."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.servers.pypi_like import Behaviour, PypiLike, Trouble
from tests.support.distributions import sdist, wheel
from tests.support.hostile import UNREADABLE, with_link
from tests.support.run import run

from uniqver.cli.main import main
from uniqver.errors import UniqverError
from uniqver.index import client as index_module
from uniqver.index.client import IndexClient, parse_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.check.conftest import Said

SECRET = "pypi-s3cret-t0ken"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry as ever, but wait hundredths of seconds in between."""
    monkeypatch.setattr("uniqver.index.client.BACKOFF", 0.01)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("401", "the index wants credentials (401)"),
        ("403", "the index doesn't let these credentials read (403)"),
        ("429", "the index has been asked too often (429)"),
        ("500", "the index has an error of its own, also after 3 retries (500)"),
        ("503", "the index has an error of its own, also after 3 retries (503)"),
        ("garbage", "the index answers a page that is HTML that links to no file of sample"),
        ("huge", "the index answers more than 8 MiB, so it was read no further"),
        ("half", "the index breaks off in the middle of its answer"),
        ("hang", "the index doesn't answer within 0.3 s"),
        ("slow", "the index answers a page that is not JSON"),
        ("loop", "the index redirects more than 5 times"),
        ("elsewhere", "the index redirects to another place (localhost:9), which isn't followed"),
    ],
)
def test_an_index_in_trouble_is_unknown_with_a_message_of_its_own(
    trouble: Trouble, reason: str, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """Each kind of trouble has its own sentence, none is taken for free, and the exit code is 3."""
    index.behaviour = Behaviour(
        trouble=trouble, elsewhere_url="http://localhost:9/simple/", slow_bytes=5, slow_pause=0.02
    )
    url = index.simple_url.replace("http://", f"http://__token__:{SECRET}@")
    said = check("--json", "--timeout", "0.3", "--index", url, wheel(dist))
    assert said.code == 3
    assert [(row["verdict"], row["reason"]) for row in said.rows] == [("unknown", reason)]
    assert SECRET not in said.out + said.err


def test_an_index_that_drips_is_given_up_in_the_end(dist: Path, index: PypiLike) -> None:
    """A byte now and then keeps no connection open for longer than the whole page may take."""
    from uniqver.index import address

    index.behaviour = Behaviour(trouble="slow", slow_bytes=1000, slow_pause=0.02)
    with IndexClient(address.parse(index.simple_url), whole=0.2) as asked:
        trouble = asked.ask("sample").trouble
    assert trouble is not None
    assert trouble.what == "the index takes more than 0.2 s for one page"


def test_headers_that_drip_are_given_up_in_the_end() -> None:
    """Each byte comes in time, and the headers never end."""
    from uniqver.index import address

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        given_up = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not given_up.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        place = address.parse(f"http://127.0.0.1:{port}/simple/")
        with IndexClient(place, timeout=1.0, whole=0.5) as asked:
            trouble = asked.ask("sample").trouble
        given_up.set()
        thread.join()
    assert trouble is not None
    assert trouble.what == "the index takes more than 0.5 s for one page"


@pytest.mark.parametrize(
    "body",
    [b"<a " * 30_000, b"<a href='" * 10_000, b"<a href=x>" * 20_000, b"<a href=x>y" * 20_000 + b"</b>" * 20_000],
    ids=["tags", "quotes", "links", "text"],
)
def test_pages_that_take_the_parser_for_ever(body: bytes) -> None:
    """html.parser needs minutes for 90 KB that are never closed: such a page is not read at all."""
    version = b'<meta name="pypi:repository-version" content="1.0">'
    with pytest.raises(UniqverError, match="HTML that can't be read"):
        parse_page(version + body, "text/html", "sample")


@pytest.mark.parametrize("seconds", ["inf", "nan", "-1", "0", "1e300", "x"])
def test_a_timeout_that_is_none(seconds: str, dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A time limit is a number of seconds that a socket takes."""
    with pytest.raises(SystemExit) as error:
        main(["check", "--timeout", seconds, str(wheel(dist))])
    assert error.value.code == 2
    assert "--timeout: invalid seconds value" in capsys.readouterr().err


def test_a_netrc_that_is_not_utf_8(
    dist: Path, index: PypiLike, check: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is in it is not for this index; without it, the index answers."""
    netrc = dist.parent / "netrc"
    netrc.write_bytes(b"machine elsewhere.example login me password \xff\xfe\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert check("--json", "--index", index.simple_url, wheel(dist)).code == 0


@pytest.mark.skipif(os.name == "nt", reason="FIFOs")
@pytest.mark.parametrize("name", [".pypirc", ".netrc"])
@pytest.mark.parametrize("kind", ["fifo", "endless"])
def test_credentials_that_have_no_end(name: str, kind: str, dist: Path, index: PypiLike) -> None:
    """A FIFO waits for a writer, a device has no end: neither twine nor requests gets to read them."""
    path = Path.home() / name
    os.mkfifo(path) if kind == "fifo" else path.symlink_to("/dev/zero")
    words = ("-m", "uniqver", "check", "--index", index.simple_url, str(wheel(dist)))
    assert run(sys.executable, *words, cwd=dist, seconds=60).stdout.startswith("free ")


def test_an_index_that_is_down_is_unknown(dist: Path, check: Callable[..., Said]) -> None:
    """Nothing listens there: the message names the index without its token."""
    with PypiLike() as gone:
        url = gone.simple_url
    said = check("--json", "--index", url.replace("http://", f"http://me:{SECRET}@"), wheel(dist))
    assert said.code == 3
    assert said.rows[0]["reason"] == f"the index can't be reached ({url})"
    assert SECRET not in said.out + said.err


def test_errors_of_5xx_are_asked_for_again(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """Two answers of 503 and then the page: three requests, and a verdict."""
    index.behaviour = Behaviour(trouble="503", trouble_times=2)
    file = wheel(dist)
    index.put(file.name, file.read_bytes())
    assert check("--json", "--index", index.simple_url, file).verdicts == {file.name: "identical"}
    assert [answer.status for answer in index.page_requests()] == [503, 503, 200]


def test_credentials_are_not_sent_to_another_host(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """A redirect to another host isn't followed at all, so it gets neither request nor credentials."""
    with PypiLike() as other:
        index.behaviour = Behaviour(trouble="elsewhere", elsewhere_url=other.simple_url)
        url = index.simple_url.replace("http://", f"http://me:{SECRET}@")
        assert check("--json", "--index", url, wheel(dist)).code == 3
        assert other.answers == []
    assert [answer.user for answer in index.page_requests()] == ["me"]


@pytest.mark.parametrize("target", ["http://[", "file:///etc/", "//", "http://127.0.0.1:x/", "https://127.0.0.1/"])
def test_a_redirect_to_nonsense_is_unknown(
    target: str, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """Whatever stands in Location, it's trouble with the index, not with the command."""
    index.behaviour = Behaviour(trouble="elsewhere", elsewhere_url=target)
    said = check("--json", "--index", index.simple_url, wheel(dist))
    assert said.code == 3
    assert said.rows[0]["reason"].startswith(
        ("the index redirects to what is not a URL", "the index redirects to another", "the index gives no answer")
    )


def test_a_redirect_on_the_same_host_is_followed_with_credentials(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """An index that sends on within itself gets its question again, and answers."""
    index.behaviour = Behaviour(
        trouble="elsewhere", trouble_times=1, elsewhere_url="/simple/", credentials=("me", "pw")
    )
    said = check("--json", "--index", index.simple_url.replace("http://", "http://me:pw@"), wheel(dist))
    assert said.code == 0
    assert [answer.status for answer in index.page_requests()] == [302, 404]
    assert [answer.user for answer in index.answers] == ["me", "me"]


def test_html_of_10_mib_is_not_parsed(dist: Path, index: PypiLike, monkeypatch: pytest.MonkeyPatch) -> None:
    """It's given up after 8 MiB, before the parser sees any of it."""
    from uniqver.index import address

    seen: list[bytes] = []
    monkeypatch.setattr(index_module, "parse_page", lambda body, *_: seen.append(body))
    index.behaviour = Behaviour(trouble="huge")
    with IndexClient(address.parse(index.simple_url)) as asked:
        trouble = asked.ask("sample").trouble
    assert trouble is not None
    assert "more than 8 MiB" in trouble.what
    assert seen == []


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    **UNREADABLE,
    "no WHEEL": (lambda d: wheel(d, without=("/WHEEL",)), "there is no sample-1.0.dist-info/WHEEL"),
    "no RECORD": (lambda d: wheel(d, without=("/RECORD",)), "there is no sample-1.0.dist-info/RECORD"),
    "two folders": (lambda d: sdist(d, members={"other/x": b""}), "exactly one folder at its top"),
    "another version": (lambda d: sdist(d, filename="sample-2.0.tar.gz"), "has 2.0, its PKG-INFO has 1.0"),
    "another name": (lambda d: wheel(d, filename="other-1.0-py3-none-any.whl"), "has other, its METADATA has sample"),
    "no version": (lambda d: wheel(d, metadata="Metadata-Version: 2.1\nName: sample\n"), "version"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("rules", ["pypi", "names"])
def test_a_broken_file_is_refused_with_a_message_of_its_own(
    case: str, rules: str, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """Every kind of broken or hostile file has its own sentence, whatever the index; the others keep their verdicts."""
    make, reason = BROKEN[case]
    good = wheel(dist, "good")
    said = check("--json", "--rules", rules, "--index", index.simple_url, make(dist), good)
    assert said.code == 1
    assert [row["verdict"] for row in said.rows] == ["refused", "free"]
    assert reason in said.rows[0]["reason"]
    assert len({row["reason"] for row in said.rows}) == 2


def test_a_link_within_the_archive_is_no_escape(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """Links that stay inside are common in real sdists."""
    file = with_link(dist / "sample-1.0.tar.gz", "../PKG-INFO")
    assert check("--json", "--index", index.simple_url, file).verdicts == {file.name: "free"}


def test_a_member_packed_oddly_is_refused_by_pypi_only(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """PyPI takes stored and deflated members; pip reads others too."""
    file = wheel(dist, compression=zipfile.ZIP_BZIP2)
    assert check("--json", "--index", index.simple_url, file).verdicts == {file.name: "refused"}
    assert check("--json", "--rules", "names", "--index", index.simple_url, file).verdicts == {file.name: "free"}


@pytest.mark.parametrize(
    ("arguments", "message", "fix"),
    [
        (["dist/no.whl"], "uniqver: error: no such file: dist/no.whl", "  fix: build first"),
        (["dist/*.whl"], "uniqver: error: no such file: dist/*.whl", "  fix: build first"),
        (["dist"], "uniqver: error: dist is a folder", "  fix: uniqver check dist/*"),
        (["dist/x.asc"], "uniqver: error: there's nothing to upload", "  fix: uniqver check dist/*"),
    ],
)
def test_files_that_are_not_there_are_wrong_usage(
    arguments: list[str], message: str, fix: str, dist: Path, check: Callable[..., Said]
) -> None:
    """Exit 2, what and fix on stderr, and nothing on stdout."""
    (dist / "x.asc").touch()
    said = check(*arguments)
    assert said.code == 2
    assert message in said.err
    assert fix in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "arguments", [["--expect", "x", "f"], ["--release", "--dev", "f"], ["--index", "u", "--repository", "n", "f"], []]
)
def test_options_that_make_no_sense_are_wrong_usage(arguments: list[str], check: Callable[..., Said]) -> None:
    """argparse's exit 2, before anything is read or asked."""
    assert check(*arguments).code == 2


def test_two_projects_in_one_call_are_said_to_be_two(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """They're judged each by itself, and a note tells that there are two, in case one of them wasn't meant."""
    said = check("--json", "--index", index.simple_url, wheel(dist), wheel(dist, "other", "7.0"))
    assert said.code == 0
    assert "note: these files are of 2 projects, each judged by itself: sample, other" in said.err


def test_a_token_given_as_the_index_is_not_repeated(dist: Path, check: Callable[..., Said]) -> None:
    """Even what isn't a URL may be a secret, pasted into the wrong place."""
    said = check("--index", SECRET, wheel(dist))
    assert said.code == 1
    assert "uniqver: error: the index is not an http or https URL" in said.err
    assert SECRET not in said.out + said.err


def test_a_missing_extra_is_named_with_the_line_that_installs_it(tmp_path: Path) -> None:
    """Without the libraries the command says so, and the other commands don't need them."""
    for name in ("requests", "pypi_simple", "twine", "rich", "pydantic"):
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('no', name={name!r})")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "uniqver"]
    done = subprocess.run([*command, "check", "x"], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "uniqver: error: uniqver check needs " in done.stderr
    assert '  fix: pip install "uniqver[check]"' in done.stderr
    assert "Traceback" not in done.stderr
    other = subprocess.run([*command, "version", "--help"], env=environ, capture_output=True, text=True, check=False)
    assert other.returncode == 0
