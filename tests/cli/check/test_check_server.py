"""The tests' own index keeps PyPI's rules: what every other test with it rests on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.check.conftest import CLIENTS, Client, upload
from tests.support.distributions import sdist, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pypi_like import PypiLike


@pytest.mark.parametrize("client", CLIENTS)
def test_the_first_upload_counts_the_same_again_is_harmless_and_other_bytes_are_refused(
    client: Client, dist: Path, index: PypiLike
) -> None:
    """200 and stored, 200 and unchanged, 400 and still unchanged, with either client."""
    first = wheel(dist)
    assert upload(client, index.upload_url, first).code == 0
    assert upload(client, index.upload_url, first).code == 0
    other = wheel(dist, content="other")
    assert upload(client, index.upload_url, other).code != 0
    assert [(a.status, a.reason[:19]) for a in index.uploads()] == [
        (200, "stored"),
        (200, "unchanged"),
        (400, "File already exists"),
    ]
    assert index.files[first.name].content != other.read_bytes()


def test_each_rule_has_its_own_reason(dist: Path, index: PypiLike) -> None:
    """The rules that files of a mixed dist/ meet are told apart by what the server says."""
    index.put("sample-1.0.tar.gz", b"x", age=timedelta(days=15))
    index.put("sample-1.1.0.tar.gz", b"y")  # 1.1 is the same release
    index.put("sample-1.2.tar.gz", b"z")
    index.delete("sample-1.2.tar.gz")
    reasons = []
    for file in (
        wheel(dist, version="1.0"),
        sdist(dist, version="1.1"),
        sdist(dist, version="1.2"),
        wheel(dist, version="1.3+local"),
        wheel(dist, version="1.3", tag="cp311-cp311-linux_x86_64"),
    ):
        upload("uv", index.upload_url, file)
        reasons.append(index.uploads()[-1].reason)
    assert [reason[:24] for reason in reasons] == [
        "Uploading new files to r",
        "Only one sdist may be up",
        "This filename has alread",
        "The use of local version",
        "Binary wheel 'sample-1.3",
    ]
