"""``uniqver check``: what an index's pages say, which addresses it has, how outcomes are shown."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

pytest.importorskip("pypi_simple")
pytest.importorskip("twine")

from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from uniqver.cli.check import as_json, as_text
from uniqver.cli.check.install import compare, importable
from uniqver.cli.check.rules import Finding
from uniqver.dists import required_filename
from uniqver.errors import ConfigError, UniqverError
from uniqver.index import address
from uniqver.index.client import HTML_TYPES, JSON_TYPE, parse_page
from uniqver.index.profiles import CHOICES, DEVPI, PROFILES, PYPI, PYPISERVER, UNRECOGNIZED, recognize

VERSION_99 = b'<meta name="pypi:repository-version" content="99.0">'


def page(*files: dict[str, object]) -> bytes:
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "foo", "files": files}).encode()


def test_a_json_page_gives_names_hashes_sizes_and_times() -> None:
    """All that PEP 691 and PEP 700 say of a file is read, hashes in lower case."""
    row: dict[str, object] = {
        "filename": "foo-1.0.tar.gz",
        "url": "u",
        "hashes": {"SHA256": "AB" * 32, "md5": "none"},
        "size": 7,
    }
    row["upload-time"] = "2026-10-01T10:00:00.000000Z"
    (file,) = parse_page(page(row), f"{JSON_TYPE}; charset=utf-8", "foo").files
    assert (file.filename, file.digests, file.size) == ("foo-1.0.tar.gz", {"sha256": "ab" * 32}, 7)
    assert file.uploaded == datetime(2026, 10, 1, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize("kind", HTML_TYPES)
def test_an_html_page_gives_names_and_hashes(kind: str) -> None:
    """Links count, with the hash in their fragment; links to other things don't."""
    hashed = b"AB" * 32
    body = b'<a href="/f/foo-1.0.tar.gz#sha256=%s">foo-1.0.tar.gz</a><a href="/">home</a><a href="x.whl">x</a>' % hashed
    (file,) = parse_page(body, kind, "foo").files
    assert (file.filename, file.digests, file.uploaded) == ("foo-1.0.tar.gz", {"sha256": "ab" * 32}, None)


def test_a_link_whose_text_is_cut_off_counts_by_its_address() -> None:
    """A web server's own list of a folder shortens long names, which must not make them look free."""
    body = b'<a href="foo-1.0.dev41201-py3-none-any.whl">foo-1.0.dev41201-py3-n..&gt;</a>'
    assert [file.filename for file in parse_page(body, "text/html", "foo").files] == [
        "foo-1.0.dev41201-py3-none-any.whl"
    ]


def test_a_newer_minor_version_is_read_without_a_word() -> None:
    """PEP 629: only another major version is a reason not to read a page; Python's own warnings would be noise."""
    newer = page().replace(b"1.1", b"1.99")
    assert parse_page(newer, JSON_TYPE, "foo").files == ()
    assert parse_page(VERSION_99.replace(b"99.0", b"1.99"), "text/html", "foo").files == ()


def test_an_empty_page_is_believed_only_if_it_is_an_index_page() -> None:
    """A page without links is an empty project where it names its repository version, else it could be anything."""
    assert parse_page(page(), JSON_TYPE, "foo").files == ()
    assert parse_page(b'<meta name="pypi:repository-version" content="1.0">', "text/html", "foo").files == ()
    with pytest.raises(UniqverError, match="links to no file of foo"):
        parse_page(b"<html><h1>Log in</h1><a href='/login'>here</a></html>", "text/html", "foo")


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"{", JSON_TYPE, "not JSON"),
        (b"\xff\xfe", JSON_TYPE, "not JSON"),
        (b"[" * 100_000, JSON_TYPE, "not JSON"),
        (b"[]", JSON_TYPE, "PEP 691"),
        (b'{"files": 3, "name": "foo", "meta": {"api-version": "1.0"}}', JSON_TYPE, "PEP 691"),
        (b'{"files": [], "name": "foo", "meta": {"api-version": "9.0"}}', JSON_TYPE, "newer repository version"),
        (VERSION_99, "text/html", "newer repository version"),
        (VERSION_99 + b'<a href="foo-1.0.tar.gz">foo-1.0.tar.gz</a>', "text/html", "newer repository version"),
        (b"<a href='http://[/'>foo-1.0.tar.gz</a>", "text/html", "can't be read"),
        (b"{}", "application/json", "of a type that no index answers: application/json"),
        (b"", "", "of a type that no index answers: none"),
    ],
)
def test_garbage_has_a_message_of_its_own(body: bytes, kind: str, message: str) -> None:
    """Every kind of garbage is told apart, and none passes for a page."""
    with pytest.raises(UniqverError, match=message):
        parse_page(body, kind, "foo")


URL = "http://127.0.0.1/simple/"


def test_software_shows_itself_by_what_it_sends() -> None:
    """devpi, PyPI and others by a header, pypiserver by its two pages; anything else isn't recognized."""
    assert recognize(URL, {"X-Devpi-API-Version": "2"}, b"", "foo") is DEVPI
    assert recognize(URL, {"X-Devpi-API-Version": "2", "X-PyPI-Last-Serial": "7"}, b"", "foo") is DEVPI
    assert recognize(URL, {"X-PyPI-Last-Serial": "7"}, b"", "foo") is PYPI
    assert recognize(URL, {"Server": "Nexus/3.70.1-02 (OSS)"}, b"", "foo").key == "nexus"
    assert recognize(URL, {"Server": "nginx"}, b"", "foo") is UNRECOGNIZED
    assert recognize(URL, {"X-JFrog-Version": "7"}, b"", "foo").key == "artifactory"
    assert recognize(URL, {}, b"<pre>Not Found (foo does not exist)\n\n</pre>", "foo") is PYPISERVER
    pypiserver = b'<meta name="viewport" content="x"><title>Links for foo</title>'
    assert recognize(URL, {}, pypiserver, "foo") is PYPISERVER
    other = b'<meta name="pypi:repository-version" content="1.3">' + pypiserver
    assert recognize(URL, {}, other, "foo") is UNRECOGNIZED
    assert recognize(URL, {}, b"<html>404</html>", "foo") is UNRECOGNIZED


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://pypi.org/simple/", "pypi"),
        ("https://test.pypi.org/simple/", "testpypi"),
        ("https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/dev/simple/", "codeartifact"),
        ("https://acme.jfrog.io/artifactory/api/pypi/dev/simple/", "artifactory"),
        ("https://pkgs.dev.azure.com/acme/_packaging/dev/pypi/simple/", "azure"),
        ("https://acme.pkgs.visualstudio.com/_packaging/dev/pypi/simple/", "azure"),
        ("https://git.example/api/v4/projects/7/packages/pypi/simple/", "gitlab"),
        ("https://git.example/api/v4/groups/7/-/packages/pypi/simple/", "gitlab"),
        ("https://europe-python.pkg.dev/acme/dev/simple/", "google"),
        ("https://pypi.anaconda.org/acme/simple/", "anaconda"),
        ("https://dl.cloudsmith.io/basic/acme/dev/python/simple/", "cloudsmith"),
        ("https://pypi.fury.io/acme/", "gemfury"),
        ("https://git.example/api/packages/acme/pypi/simple/", "gitea"),
        ("https://pypi.org.example/simple/", "unknown"),
        ("https://index.example/simple/", "unknown"),
    ],
)
def test_services_show_themselves_by_host_or_path(url: str, key: str) -> None:
    """Also where they are down: then nothing but the URL is known. No name is taken for a longer one."""
    assert recognize(url, {}, b"", "foo").key == key


SOURCES = {
    "pypi": "pypi/warehouse 6b62157, warehouse/forklift/legacy.py, read 2026-11-24; header: warehouse/api/simple.py:116",
    "testpypi": "as PyPI",
    "devpi": "tried 2026-11-24 on devpi-server 6.20.3, volatile=false (a volatile index replaces files; ?force deletes)",
    "pypiserver": "tried 2026-11-24 on pypiserver 2.4.2, without --overwrite",
    "codeartifact": "docs.aws.amazon.com/codeartifact/latest/ug/packages-overview.html (Overwriting package assets), "
    "read 2026-11-24",
    "nexus": "support.sonatype.com 360013609554, read 2026-11-24: the deployment policy decides",
    "artifactory": "the permission to overwrite decides; no source read for PyPI repositories",
    "azure": "learn.microsoft.com/azure/devops/artifacts/feeds/immutability, read 2026-11-24",
    "gitlab": "pypa/twine issue 697 (13.3 refuses), gitlab-org/gitlab issues 226007 and 292748 (replaces), read 2026-11-24",
    "google": "cloud.google.com/artifact-registry/docs/python/manage-packages, read 2026-11-24: nothing about taken names",
    "anaconda": "anaconda/anaconda-client d653a1e binstar_client/commands/upload.py (Uploader._upload_file), "
    "read 2026-11-25 (--force removes a name first)",
    "cloudsmith": "docs.cloudsmith.com/formats/python-repository, read 2026-11-24: nothing about taken names",
    "gemfury": "no source found, 2026-11-24",
    "gitea": "go-gitea/gitea 0bf7a7c routers/api/packages/pypi/pypi.go (ErrDuplicatePackageFile; versionMatcher differs "
    "by version), read 2026-11-25",
    "names": "the caller's choice",
    "unknown": "neither host nor answer shows what it is",
}
"""Origin of each profile's row. "Tried" means with twine and uv, by the tests of ``uniqver check``."""


def test_every_profile_has_a_source_and_can_be_chosen() -> None:
    """What isn't known is said to be unknown; what is has its place and date."""
    assert set(CHOICES) == set(PROFILES) - {"unknown"}
    assert SOURCES.keys() == PROFILES.keys()
    for profile in PROFILES.values():
        assert profile.deletion


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (page()[:-1] + b', "project-status": {"status": "archived"}}', JSON_TYPE, "archived"),
        (page(), JSON_TYPE, "active"),
        (
            VERSION_99.replace(b"99.0", b"1.4") + b'<meta name="pypi:project-status" content="quarantined">',
            "text/html",
            "quarantined",
        ),
    ],
)
def test_a_page_gives_the_status_of_the_project(body: bytes, kind: str, status: str) -> None:
    """PEP 792, in both forms."""
    assert parse_page(body, kind, "foo").status == status


def test_credentials_leave_the_url_and_are_never_shown() -> None:
    """User and password are taken out of the URL, unquoted, and neither repr nor the shown URL has them."""
    place = address.parse("https://me:s%40cret@host:8080/simple?token=hush")
    assert place.url == "https://host:8080/simple/?token=hush"
    assert place.credentials is not None
    assert (place.credentials.user, place.credentials.password) == ("me", "s@cret")
    assert place.shown == "https://host:8080/simple/"
    assert "s@cret" not in repr(place)


@pytest.mark.parametrize("url", ["", "dist", "ftp://host/simple", "http://", "http://host:x/", "http://[::1/simple"])
def test_what_is_no_url_is_an_error_that_does_not_repeat_it(url: str) -> None:
    """It may hold a token that was pasted into the wrong place."""
    with pytest.raises(ConfigError) as error:
        address.parse(url)
    assert error.value.what == "the index is not an http or https URL"


@pytest.mark.parametrize(
    ("upload", "simple"),
    [
        (DEFAULT_REPOSITORY, address.PYPI_SIMPLE),
        (TEST_REPOSITORY, address.TESTPYPI_SIMPLE),
        ("http://host/legacy/", "http://host/simple/"),
        ("http://host:8080", "http://host:8080/simple/"),
        ("http://host/root/dev/", "http://host/root/dev/simple/"),
    ],
)
def test_the_simple_pages_that_belong_to_an_upload_url(upload: str, simple: str) -> None:
    """PyPI's, TestPyPI's and the usual layouts are found from the upload URL alone."""
    assert address.simple_for_upload(upload) == simple


def test_origins_differ_by_scheme_host_and_port() -> None:
    """Credentials for one port aren't sent to another, and default ports count as written out."""
    assert address.origin("http://host/a") == address.origin("http://host:80/b")
    assert len({address.origin(u) for u in ("http://a", "https://a", "http://a:81", "http://b")}) == 4


def test_json_has_four_strings_for_each_file() -> None:
    """The documented shape: file, verdict, reason and fix, and nothing else."""
    finding = Finding("free", "r", "f", ("dist/a.whl",))
    assert json.loads(as_json([finding])) == [{"file": "dist/a.whl", "verdict": "free", "reason": "r", "fix": "f"}]


def test_the_table_loses_no_part_of_a_long_name_and_reads_nothing_as_markup() -> None:
    """A name longer than its column is folded, and square brackets stay as they are."""
    name = f"dist/{'x' * 120}[red].whl"
    table = as_text([Finding("refused", "[bold]r\x1b[31m", "f\x07", (name,))], width=200)
    column = "".join(line[9:].split()[0] for line in table.splitlines()[1:] if line[9:].split())
    assert name in column
    assert "[bold]r\\x1b[31m" in table
    assert "f\\x07" in table
    assert "\x1b" not in table
    assert "\x1b[32mfree" in as_text([Finding("free", "r", "f", ("a.whl",))], width=80, color=True)


@pytest.mark.parametrize(
    ("members", "names"),
    [
        (["foo/__init__.py", "foo/bar/__init__.py", "foo/x.py"], ["foo"]),
        (["foo.py", "_foo.cpython-311-x86_64-linux-gnu.so", "foo-1.0.dist-info/METADATA"], ["_foo", "foo"]),
        (["ns/foo/__init__.py", "ns/bar/__init__.py"], ["ns.bar", "ns.foo"]),
        (["foo-1.0.data/purelib/foo/__init__.py", "foo-1.0.data/scripts/run.py"], ["foo"]),
        (["foo.pth", "data/readme.txt"], []),
    ],
)
def test_what_a_wheel_puts_at_the_top_is_found_from_its_members(members: list[str], names: list[str]) -> None:
    """Packages, modules, extensions and the first packages of namespaces; no scripts, no data."""
    assert importable(members) == names


def test_an_installed_wheel_that_says_another_version_is_named() -> None:
    """Metadata and __version__ are both compared with the file name, as versions."""
    name = required_filename("foo_bar-1.0-py3-none-any.whl")
    assert compare(name, metadata="1.0.0", errors={}, versions={"foo": "1.0"}) is None
    said = compare(name, metadata="1.0", errors={}, versions={"foo": "0.9"})
    assert said is not None
    assert said.reason == "--install: the file name says 1.0, foo.__version__ says 0.9"
    assert said.fix == '__version__ = importlib.metadata.version("foo-bar") there, and build again'
    failed = compare(name, metadata="1.0", errors={"foo": "ImportError: no"}, versions={})
    assert failed is not None
    assert "import foo fails: ImportError: no" in failed.reason
