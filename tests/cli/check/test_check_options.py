"""The options of ``uniqver check``: where the index and its credentials come from, demands, --metadata, --install."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.servers.pypi_like import Behaviour, PypiLike
from tests.support.distributions import core_metadata, sdist, wheel

from uniqver.index import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.check.conftest import Running, Said

USER, PASSWORD = "reader", "p@ss:word"
PYPROJECT = """
[build-system]
requires = ["uniqver"]
build-backend = "uniqver.build_meta"
[project]
name = "sample"
dynamic = ["version"]
[tool.uniqver]
"""


@pytest.fixture
def closed(index: PypiLike) -> PypiLike:
    """An index that answers only to the right credentials, and has one file."""
    index.behaviour = Behaviour(credentials=(USER, PASSWORD))
    return index


def pypirc(text: str) -> None:
    """Write the user's own .pypirc."""
    (Path.home() / ".pypirc").write_text(text)


def test_the_index_of_the_project_is_the_default(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """``index`` in [tool.uniqver] is asked where no --index is given, and -C names the project's folder."""
    project = dist.parent / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(f'{PYPROJECT}index = "{index.simple_url}"\n')
    assert check("--json", "-C", project, wheel(dist)).code == 0
    assert len(index.page_requests("sample")) == 1


def test_the_variable_is_the_default_outside_a_project(
    dist: Path, index: PypiLike, check: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """UNIQVER_INDEX is read where there's no project that uses uniqver, even beside another kind of pyproject.toml."""
    (dist.parent / "pyproject.toml").write_text('[project]\nname = "sample"\nversion = "1.0"\n')
    monkeypatch.setenv("UNIQVER_INDEX", index.simple_url)
    assert check("--json", wheel(dist)).code == 0
    assert len(index.page_requests("sample")) == 1


def test_a_broken_table_is_an_error(dist: Path, check: Callable[..., Said]) -> None:
    """Settings that can't be read aren't passed over: they may name the index."""
    (dist.parent / "pyproject.toml").write_text(f"{PYPROJECT}indx = 'x'\n")
    said = check(wheel(dist))
    assert said.code == 1
    assert "did you mean index" in said.err


def test_pypi_gets_no_credentials() -> None:
    """Its pages need none, so a token in .pypirc stays at home; nothing is sent here, only the address is looked at."""
    pypirc(
        "[pypi]\nusername = __token__\npassword = very-secret\n[testpypi]\nusername = __token__\npassword = secret\n"
    )
    assert address.place(address.PYPI_SIMPLE, None, {}) == address.Address(url=address.PYPI_SIMPLE)
    assert address.place(address.TESTPYPI_SIMPLE, None, {}).credentials is None
    assert address.place(None, "pypi", {}) == address.Address(url=address.PYPI_SIMPLE)
    assert address.place(None, "testpypi", {}) == address.Address(url=address.TESTPYPI_SIMPLE)


def test_a_repository_of_pypirc_gives_index_and_credentials(
    dist: Path, closed: PypiLike, check: Callable[..., Said]
) -> None:
    """--repository NAME reads the section that twine reads, and asks the simple pages beside its upload URL."""
    pypirc(
        f"[distutils]\nindex-servers = inner\n[inner]\nrepository = {closed.upload_url}\n"
        f"username = {USER}\npassword = {PASSWORD}\n"
    )
    assert check("--json", "--repository", "inner", wheel(dist)).code == 0
    assert [(a.user, a.status) for a in closed.page_requests()] == [(USER, 404)]


def test_twines_variables_win_over_pypirc(
    dist: Path, closed: PypiLike, check: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TWINE_USERNAME and TWINE_PASSWORD are taken for --repository, as twine takes them."""
    pypirc(
        f"[distutils]\nindex-servers = inner\n[inner]\nrepository = {closed.upload_url}\nusername = x\npassword = y\n"
    )
    monkeypatch.setenv("TWINE_USERNAME", USER)
    monkeypatch.setenv("TWINE_PASSWORD", PASSWORD)
    assert check("--json", "--repository", "inner", wheel(dist)).code == 0


def test_an_index_by_url_takes_the_credentials_that_pypirc_has_for_its_host(
    dist: Path, closed: PypiLike, check: Callable[..., Said]
) -> None:
    """Scheme, host and port must be the section's own."""
    section = "[distutils]\nindex-servers = inner\n[inner]\nusername = {}\npassword = {}\nrepository = {}\n"
    pypirc(section.format(USER, PASSWORD, closed.upload_url))
    assert check("--json", "--index", closed.simple_url, wheel(dist)).code == 0
    pypirc(section.format(USER, PASSWORD, "http://127.0.0.1:1/legacy/"))
    assert check("--json", "--index", closed.simple_url, wheel(dist)).code == 3
    assert closed.page_requests()[-1].user is None


def test_another_section_of_pypirc_breaks_nothing(dist: Path, closed: PypiLike, check: Callable[..., Said]) -> None:
    """An index by URL needs no .pypirc: a section with a repository that isn't a URL is passed over."""
    pypirc(
        "[distutils]\nindex-servers = odd inner\n"
        "[odd]\nrepository = http://host:port/\nusername = x\npassword = very-secret\n"
        f"[inner]\nrepository = {closed.upload_url}\nusername = {USER}\npassword = {PASSWORD}\n"
    )
    assert check("--json", "--index", closed.simple_url, wheel(dist)).code == 0
    said = check("--repository", "odd", wheel(dist))
    assert said.code == 1
    assert "error: .pypirc: the repository of [odd] is not an http or https URL" in said.err
    assert "very-secret" not in said.err


def test_netrc_is_read(
    dist: Path, closed: PypiLike, check: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As every client of requests does."""
    netrc = Path.home() / ".netrc"
    netrc.write_text(f"machine 127.0.0.1\nlogin {USER}\npassword {PASSWORD}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert check("--json", "--index", closed.simple_url, wheel(dist)).code == 0


@pytest.fixture
def ring(closed: PypiLike) -> Iterator[list[str]]:
    """A keyring that has the credentials for the index's host; the list says what it was asked for."""
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend
    from keyring.credentials import SimpleCredential

    asked: list[str] = []
    before = keyring.get_keyring()  # asked later, it would be the class that follows

    class Ring(KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return PASSWORD if service == "127.0.0.1" else None

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

        def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
            asked.append(service)
            return SimpleCredential(USER, PASSWORD) if service == "127.0.0.1" else None

    keyring.set_keyring(Ring())  # type: ignore[no-untyped-call]  # keyring's base class
    yield asked
    keyring.set_keyring(before)


def test_keyring_is_asked_once_the_index_wants_credentials(
    dist: Path, closed: PypiLike, ring: list[str], check: Callable[..., Said]
) -> None:
    """First without credentials, then with keyring's; for the second project with them at once."""
    said = check("--json", "--index", closed.simple_url, wheel(dist), wheel(dist, "other"))
    assert said.code == 0
    assert [(a.user, a.status) for a in closed.page_requests()] == [(None, 401), (USER, 404), (USER, 404)]


def test_keyring_is_not_asked_where_no_credentials_are_wanted(
    dist: Path, index: PypiLike, ring: list[str], check: Callable[..., Said]
) -> None:
    """A keyring may ask its user: that isn't done in vain."""
    index.behaviour = Behaviour()
    assert check("--json", "--index", index.simple_url, wheel(dist)).code == 0
    assert ring == []


@pytest.mark.parametrize("text", ["", "[distutils]\nindex-servers = inner\n[inner]\nusername = x\n", "garbage = \0"])
def test_an_unknown_repository_is_an_error_without_the_file_s_text(
    text: str, dist: Path, check: Callable[..., Said]
) -> None:
    """No section, no URL in it, no .pypirc at all that can be read: one error that names the section."""
    pypirc(text + "password = very-secret\n")
    said = check("--repository", "inner", wheel(dist))
    assert said.code == 1
    assert "uniqver: error: .pypirc has no readable section [inner]" in said.err
    assert "very-secret" not in said.err


def test_the_pages_of_devpi_are_found_from_its_upload_url(
    dist: Path, devpi: Running, check: Callable[..., Said]
) -> None:
    """devpi answers 404 under simple/, which must not be taken for a project that isn't there."""
    from tests.cli.check.conftest import upload

    there = wheel(dist, "devpi-sample")
    assert upload("twine", devpi.upload_url, there).code == 0
    pypirc(f"[distutils]\nindex-servers = dev\n[dev]\nrepository = {devpi.upload_url}\n")
    said = check("--json", "--repository", "dev", there)
    assert said.verdicts == {there.name: "identical"}
    assert "note: the index is devpi" in said.err


def test_the_table_says_verdict_reason_and_fix_and_the_caveat_once(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """What a person reads on stdout; nothing on stderr where there's nothing to note."""
    index.put("sample-1.0-py3-none-any.whl", b"other bytes")
    files = [file.relative_to(dist.parent) for file in (wheel(dist), sdist(dist))]
    said = check("--index", index.simple_url, *files)
    assert said.code == 1
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0].split() == ["verdict", "file", "why,", "and", "what", "to", "do"]
    assert lines[1].startswith("conflict")
    assert "UNIQVER_VERSION=1.0.1" in said.out
    assert said.out.count("fix: ") == 2
    assert said.out.count("caches lag") == 1


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        (["--release"], 1, "--release: 1.0.dev1 is a development"),
        (["--dev"], 0, ""),
        (["--expect", "1.0.dev1"], 0, ""),
        (["--expect", "1.0.dev2"], 1, "--expect 1.0.dev2: this is 1.0.dev1"),
    ],
)
def test_demands_are_made_of_every_version(
    options: list[str], code: int, reason: str, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """A demand that isn't met refuses the file and says which demand."""
    said = check("--json", *options, "--index", index.simple_url, wheel(dist, version="1.0.dev1"))
    assert said.code == code
    assert reason in said.rows[0]["reason"]


@pytest.mark.parametrize(("segment", "code"), [("post", 0), ("dev", 1)])
def test_post_releases_are_dev_builds_where_segment_makes_them(
    segment: str, code: int, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """``--dev`` refused what ``segment = "post"`` makes as a plain release."""
    (dist.parent / "pyproject.toml").write_text(
        f'[project]\nname = "sample"\ndynamic = ["version"]\n[tool.uniqver]\nsegment = "{segment}"\n'
    )
    said = check("--dev", "-C", dist.parent, "--index", index.simple_url, wheel(dist, version="1.0.post412"))
    assert said.code == code
    assert check("--dev", "-C", dist.parent, "--index", index.simple_url, wheel(dist, version="1.1")).code == 1


def test_two_versions_of_one_project_are_refused_by_default(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """The stale file in dist/ is the classic; --no-same-version lets it through."""
    files = [wheel(dist, version="1.0"), wheel(dist, version="1.1")]
    said = check("--json", "--index", index.simple_url, *files)
    assert (said.code, {row["verdict"] for row in said.rows}) == (1, {"refused"})
    assert check("--json", "--no-same-version", "--index", index.simple_url, *files).code == 0


RST = core_metadata("sample", "1.0", extra="Description-Content-Type: text/x-rst", text="Title\n==\n\n.. nonsense::\n")


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        (RST, "the description won't render"),
        (
            core_metadata("sample", "1.0", extra="Requires-Python: garbage"),
            "PyPI refuses its metadata: 'garbage' is invalid for 'requires-python'",
        ),
    ],
)
def test_metadata_is_checked_as_twine_does_by_default(
    metadata: str, reason: str, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """What twine check refuses is refused, with twine's own finding as the reason; --no-metadata leaves it out."""
    for file in (wheel(dist, metadata=metadata), sdist(dist, metadata=metadata)):
        said = check("--json", "--index", index.simple_url, file)
        assert said.code == 1
        assert reason in said.rows[0]["reason"]
        assert check("--json", "--no-metadata", "--index", index.simple_url, file).code == 0


def test_a_metadata_version_that_twine_chokes_on(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """A field that goes on in the next line ends twine's own check in a traceback: here it is a finding."""
    file = wheel(dist, metadata=core_metadata("sample", "1.0").replace("2.1", "2.1\n : 1.0", 1))
    said = check("--json", "--rules", "names", "--index", index.simple_url, file)
    assert (said.code, said.verdicts) == (1, {file.name: "refused"})


def test_signatures_beside_the_files_are_passed_over(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """dist/* often has them, and clients take them along."""
    file = wheel(dist)
    for suffix in (".asc", ".publish.attestation", ".sigstore.json"):
        (dist / f"{file.name}{suffix}").touch()
    assert check("--json", "--index", index.simple_url, *dist.iterdir()).verdicts == {file.name: "free"}


def test_a_pattern_that_the_shell_left_alone_is_expanded(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """Windows' shells don't, and twine does it too; a file named twice counts once."""
    file = wheel(dist)
    said = check("--json", "--index", index.simple_url, "dist/*.whl", f"dist{os.sep}{file.name}")
    assert [Path(row["file"]).name for row in said.rows] == [file.name]


def test_stale_files_in_the_folder_are_named(dist: Path, index: PypiLike, check: Callable[..., Said]) -> None:
    """Files of another version than the one given are named, though they weren't given themselves."""
    sdist(dist, version="0.9")
    wheel(dist, "unrelated", "0.9")
    said = check("--json", "--index", index.simple_url, sdist(dist, version="1.0"))
    assert said.code == 0
    assert f"note: stale, of another version than the last build, in {dist}: sample-0.9.tar.gz\n" in said.err
    assert "unrelated" not in said.err


def test_the_version_file_tells_what_the_last_build_was(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """Where the tree has a version file, a given file of another version is itself the stale one."""
    (dist.parent / "pyproject.toml").write_text(PYPROJECT)
    package = dist.parent / "sample"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "_version.py").write_text('__version__: str\n\n__version__ = version = "1.1.dev4"\n')
    said = check("--json", "--index", index.simple_url, sdist(dist, version="1.1.dev3"), wheel(dist, "other", "1.0"))
    assert "in " + str(dist) + ": sample-1.1.dev3.tar.gz\n" in said.err


def test_install_tries_each_wheel_and_compares_all_versions(
    dist: Path, index: PypiLike, check: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good wheel passes; one whose import fails and one whose __version__ differs are refused; others are noted."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    good = wheel(dist, "good")
    failing = wheel(dist, "failing", content="import nothing_of_this_name")
    lying = wheel(dist, "lying", content="__version__ = '0.0'")
    foreign = wheel(dist, "foreign", tag="cp27-cp27m-win32")
    said = check("--json", "--install", "--index", index.simple_url, good, failing, lying, foreign, sdist(dist))
    assert said.code == 1
    reasons = {Path(row["file"]).name.split("-")[0]: row["reason"] for row in said.rows if row["verdict"] == "refused"}
    assert reasons.keys() == {"failing", "lying"}
    assert "--install: import failing fails: ModuleNotFoundError" in reasons["failing"]
    assert "--install: the file name says 1.0, lying.__version__ says 0.0" in reasons["lying"]
    assert f"not for this machine: {foreign.name}" in said.err
