"""The verdict foretells what the upload then gets: real clients, three indexes, every file of a mixed dist/."""

from __future__ import annotations

import hashlib
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from packaging.utils import canonicalize_name
from tests.cli.check.conftest import CLIENTS, Client, Got, Running, Said, upload
from tests.servers.pypi_like import Behaviour, PypiLike
from tests.support.distributions import core_metadata, sdist, wheel

from uniqver.dists import parse_filename
from uniqver.index.client import JSON_TYPE, parse_page

if TYPE_CHECKING:
    from collections.abc import Callable


MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table: what was foretold for a file, and what its upload got."""

    file: str
    verdict: str
    code: int
    changed: bool
    """Whether the index has other bytes under this name than before."""
    there: bool
    """Whether the index has the file's own bytes under its name, afterwards."""
    skipped: bool
    """Whether the client didn't even try, and said so: uv skips names that aren't normalized, with exit 0."""

    def foretold(self, *, answers_again: bool) -> bool:
        """Whether the verdict told it. ``answers_again``: whether this index lets a client send the same bytes again."""
        if self.verdict == "free":
            return self.code == 0 and self.changed and self.there
        if self.verdict == "identical":
            return self.there and not self.changed and (self.code == 0) == answers_again
        refused = self.code != 0 or self.skipped
        return self.verdict in ("conflict", "refused") and refused and not self.changed and not self.there

    def __str__(self) -> str:
        got = "stored" if self.changed else "unchanged" if self.there else "skipped" if self.skipped else "refused"
        return f"{self.verdict:10} exit {self.code}, {got:10} {self.file if len(self.file) < 70 else self.file[:67] + '...'}"


def compare(
    check: Callable[..., Said], client: Client, running: Running, files: list[Path], *options: str
) -> list[Line]:
    """Ask for each file, then upload it, and say what it got. Files come one by one, as a client sends them."""
    said = check("--json", "--no-same-version", "--index", running.simple_url, *options, *files)
    lines = []
    for file, row in zip(files, said.rows, strict=True):
        before = hashes(running, file)
        got = upload(client, running.upload_url, file)
        after = hashes(running, file)
        lines.append(_line(file, row["verdict"], got, before, after))
    return lines


def _line(file: Path, verdict: str, got: Got, before: str | None, after: str | None) -> Line:
    own = hashlib.sha256(file.read_bytes()).hexdigest()
    skipped = "skipping" in got.said
    return Line(
        file=file.name, verdict=verdict, code=got.code, changed=before != after, there=after == own, skipped=skipped
    )


def hashes(running: Running, file: Path) -> str | None:
    """Download what the index has under a file's name, and hash it: its own word isn't trusted here."""
    name = parse_filename(file.name)
    project = canonicalize_name(file.name.split("-")[0]) if name is None else name.project
    request = urllib.request.Request(
        f"{running.simple_url}{project}/", headers={"Accept": f"{JSON_TYPE}, text/html;q=0.1"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            text, kind, url = response.read(), response.headers["Content-Type"], response.url
    except urllib.error.HTTPError as error:
        error.close()
        return None
    if file.name not in {listed.filename for listed in parse_page(text, kind, project).files}:
        return None
    link = _link(text.decode(), file.name)
    with urllib.request.urlopen(urllib.parse.urljoin(url, link), timeout=30) as response:
        return hashlib.sha256(response.read()).hexdigest()


def _link(text: str, filename: str) -> str:
    links = re.findall(r'(?:href=|"url": ?)"([^"#]+)', text)
    found: str = next(link for link in links if urllib.parse.unquote(link).endswith(f"/{filename}"))
    return found


def show(title: str, lines: list[Line]) -> None:
    """Print the table: pytest -s shows it."""
    print(f"\n{title}")
    for line in lines:
        print(f"  {line}")


def mixed(dist: Path, index: PypiLike) -> list[Path]:
    """Fill ``index`` with a past, and ``dist`` with files that each meet it in another way."""
    old = timedelta(days=30)
    elsewhere = dist.parent / "before"
    identical = wheel(dist, version="1.0")
    index.put(identical.name, identical.read_bytes(), age=old)
    conflict = sdist(dist, version="1.0", content="new")
    index.put(conflict.name, sdist(elsewhere, version="1.0", content="old").read_bytes(), age=old)
    second = sdist(dist, version="1.2", suffix=".zip")
    index.put("sample-1.2.tar.gz", sdist(elsewhere, version="1.2").read_bytes())
    copy = wheel(dist, version="1.3")
    index.put("sample-1.3-py2.py3-none-any.whl", copy.read_bytes())
    index.put("sample-1.1.tar.gz", sdist(elsewhere, version="1.1").read_bytes(), age=old)
    return [
        wheel(dist, version="2.0.dev100"),
        sdist(dist, version="2.0.dev100"),
        identical,
        conflict,
        wheel(dist, version="1.1"),  # its release is closed
        second,
        copy,
        wheel(dist, version="2.0.dev100+g0123"),
        wheel(dist, version="2.0", tag="cp311-cp311-linux_x86_64"),
        wheel(dist, version="2.0", tag="cp311-cp311-manylinux_2_17_x86_64"),
        wheel(dist, version="2.1", filename="Sample-2.1-py3-none-any.whl"),
        wheel(dist, version="2.2", metadata=core_metadata("sample", "2.2", metadata_version="2.0")),
        wheel(dist, version="2.3", without=("/WHEEL",)),
        truncated(wheel(dist, version="2.4")),
        sdist(dist, version="2.5", members={"other/inside.txt": b"x"}),
        wheel(dist, version="2.6", members={"sample/zeros": bytes(70 * MIB)}),
        wheel(dist, name="long-" + "n" * 221, version="1.0"),
        sdist(dist, version="2.7", filename="sample-2.8.tar.gz"),
    ]


def truncated(path: Path) -> Path:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@pytest.mark.parametrize(
    ("client", "pages", "hashed"),
    [
        ("twine", "json", True),  # it reads no page: which one the check read makes no difference to it
        ("uv", "json", True),
        ("uv", "html", True),
        ("uv", "json", False),
        ("uv", "html", False),
    ],
)
def test_with_pypis_rules(
    client: Client,
    pages: Literal["json", "html"],
    hashed: bool,
    dist: Path,
    index: PypiLike,
    check: Callable[..., Said],
) -> None:
    """Whatever is foretold happens, whichever client, whichever page; what can't be known is never called free."""
    index.behaviour = Behaviour(pages=pages, hashes=hashed)
    running = Running(simple_url=index.simple_url, upload_url=index.upload_url)
    lines = compare(check, client, running, mixed(dist, index))
    show(f"{client}, {pages} pages, {'with' if hashed else 'without'} hashes, PyPI's rules", lines)
    known = [line for line in lines if line.verdict != "unknown"]
    assert [str(line) for line in known if not line.foretold(answers_again=True)] == []
    unknown = {line.file for line in lines if line.verdict == "unknown"}
    not_shown = (
        {"sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz", "sample-1.3-py3-none-any.whl"} if not hashed else set()
    )
    if pages == "html":  # which gives no upload times: how old a release is can't be known
        not_shown |= {"sample-1.1-py3-none-any.whl"}
    assert unknown == not_shown
    assert {line.verdict for line in known} >= {"free", "refused"}


def test_what_no_installer_takes_is_refused_although_pypi_takes_it(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """PyPI doesn't look where members would be unpacked; pip and uv do, and refuse."""
    file = sdist(dist, version="2.5", members={"sample-2.5/../../outside.txt": b"x"})
    said = check("--json", "--index", index.simple_url, file)
    assert (said.rows[0]["verdict"], "outside its folder" in said.rows[0]["reason"]) == ("refused", True)
    assert upload("uv", index.upload_url, file).code == 0


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("server", ["pypiserver", "devpi"])
def test_with_real_indexes(
    server: str, client: Client, dist: Path, check: Callable[..., Said], request: pytest.FixtureRequest
) -> None:
    """On devpi and pypiserver too, which have fewer rules, as the check finds out by itself."""
    running: Running = request.getfixturevalue(server)
    name = f"mixed-{client}"
    there = wheel(dist, name, "1.0")
    other = sdist(dist.parent / "before", name, "1.0", content="old")
    assert upload("twine", running.upload_url, there, other).code == 0
    files = [
        there,
        sdist(dist, name, "1.0", content="new"),
        wheel(dist, name, "1.1.dev5"),
        sdist(dist, name, "1.1.dev5"),
        wheel(dist, name, "1.1.dev5+g0123"),
        wheel(dist, name, "1.1", tag="cp311-cp311-linux_x86_64"),
        truncated(wheel(dist, name, "1.2")),
        wheel(dist, f"new-{client}", "1.0"),
    ]
    lines = compare(check, client, running, files)
    show(f"{client} to {server}", lines)
    assert [str(line) for line in lines if not line.foretold(answers_again=server == "devpi")] == []
    assert [line.verdict for line in lines] == [
        "identical",
        "conflict",
        "free",
        "free",
        "free",
        "free",
        "refused",
        "free",
    ]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_deleted_name_is_what_no_index_shows_and_the_output_says_so_once(
    client: Client, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """The one thing that can't be foretold is said beside the table, once, however many files there are."""
    deleted = wheel(dist, version="1.0")
    index.put(deleted.name, deleted.read_bytes())
    index.delete(deleted.name)
    said = check("--index", index.simple_url, deleted, sdist(dist, version="1.0"))
    assert said.code == 0
    assert (said.out + said.err).count("names of deleted files are taken for ever") == 1
    assert upload(client, index.upload_url, deleted).code != 0


def test_free_means_free_also_for_all_files_of_one_upload(
    dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """--print free names exactly the files that one twine call then uploads without a refusal."""
    index.put("sample-1.0.tar.gz", sdist(dist, version="1.0").read_bytes())
    wheel(dist, version="1.0")
    wheel(dist, version="1.0+local")
    said = check("--print", "free", "--no-same-version", "--index", index.simple_url, *sorted(dist.iterdir()))
    assert said.code == 1
    free = said.out.splitlines()
    assert [Path(line).name for line in free] == ["sample-1.0-py3-none-any.whl"]
    assert "sample-1.0.tar.gz" in said.err
    assert upload("twine", index.upload_url, *map(Path, free)).code == 0
    assert [answer.status for answer in index.uploads()] == [200]
