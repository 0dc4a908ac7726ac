"""Whether this is a container, by what the runtimes leave there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uniqver.resolve import numbers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, False),
        ({"container": "podman"}, True),
        ({"container": "lxc"}, True),
        ({"container": ""}, False),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, True),
        ({"CONTAINER_NAME": "x", "DOCKER_HOST": "unix:///run/docker.sock"}, False),
    ],
)
def test_by_variables(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, *, found: bool) -> None:
    """Podman, systemd-nspawn, LXC and Kubernetes set variables; a client of Docker's is not in a container."""
    monkeypatch.setattr(numbers, "_FILES", ())
    assert numbers.in_container(environ) is found


def test_by_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker leaves an empty file at the root."""
    monkeypatch.setattr(numbers, "_FILES", (str(tmp_path / "one"), str(tmp_path / "two")))
    assert not numbers.in_container({})
    (tmp_path / "two").touch()
    assert numbers.in_container({})
