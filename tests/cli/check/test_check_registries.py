"""{same, other, deleted, local} on each index: what its profile says is what a real client gets there."""

from __future__ import annotations

import base64
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest
from tests.cli.check.conftest import CLIENTS, PASSWORD, Client, Running, Said, upload
from tests.support.distributions import wheel

from uniqver.index import address
from uniqver.index.client import IndexClient
from uniqver.index.profiles import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.pypi_like import PypiLike

INDEXES = ("pypi", "devpi", "pypiserver")


@pytest.fixture(params=INDEXES)
def registry(request: pytest.FixtureRequest, index: PypiLike) -> tuple[str, Running]:
    """An index of each kind that runs here, with the key of its profile."""
    if request.param == "pypi":
        return "pypi", Running(simple_url=index.simple_url, upload_url=index.upload_url)
    return request.param, request.getfixturevalue(request.param)


def delete(key: str, running: Running, index: PypiLike, project: str, file: Path) -> None:
    """Delete version 1.2 as that index does."""
    if key == "pypi":
        index.delete(file.name)
        return
    if key == "pypiserver":
        form = urllib.parse.urlencode({":action": "remove_pkg", "name": project, "version": "1.2"})
        request = urllib.request.Request(running.upload_url, form.encode(), method="POST")
    else:
        user = base64.b64encode(f"root:{PASSWORD}".encode()).decode()
        url = f"{running.upload_url}{project}/1.2?force"  # what devpi remove --force asks: the index isn't volatile
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {user}"}, method="DELETE")
    with urllib.request.urlopen(request, timeout=30):
        pass


@pytest.mark.parametrize("client", CLIENTS)
def test_a_profile_says_what_its_index_does(
    registry: tuple[str, Running], client: Client, dist: Path, index: PypiLike, check: Callable[..., Said]
) -> None:
    """Recognized by itself; each verdict is the answer, and so is each cell of the table."""
    key, running = registry
    profile, project = PROFILES[key], f"cells{client}"
    same = wheel(dist, project, "1.0")
    other = wheel(dist, project, "1.1", content="new")
    gone = wheel(dist, project, "1.2")
    before = [wheel(dist.parent / "before", project, version) for version in ("1.0", "1.1", "1.2")]
    assert upload("twine", running.upload_url, *before).code == 0
    delete(key, running, index, project, before[2])
    local = wheel(dist, project, "1.3+g0123")
    with IndexClient(address.parse(running.simple_url)) as asked:
        assert asked.ask(project).profile is profile
    files = [same, other, local, gone]
    said = check("--json", "--no-same-version", "--index", running.simple_url, *files)
    verdicts = [row["verdict"] for row in said.rows]
    answers = [upload(client, running.upload_url, file).code == 0 for file in files]
    print(f"{key} {client}: same, other, local, deleted: {answers}: {verdicts}")
    cells = (
        profile.same == "accepted",
        profile.other != "refused",
        profile.local == "accepted",
        profile.deleted == "free",
    )
    assert answers == list(cells)
    # that a name was deleted no index shows: free as far as can be seen, and the output says so
    assert verdicts == ["identical", "conflict", "free" if profile.local == "accepted" else "refused", "free"]
