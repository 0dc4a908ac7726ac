"""Asks for the version of a project, as the command does, but within the test's own process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.repositories import Repo
from uniqver.resolve import resolve
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.model.decision import Decision
    from uniqver.resolve.request import Hook, Purpose

NOW = 1_700_000_000
NAME = '[project]\nname = "app"\ndynamic = ["version"]\n'


def configure(directory: Path, text: str = "") -> None:
    """Write a pyproject.toml with ``text`` as ``[tool.uniqver]``."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pyproject.toml").write_text(f"{NAME}\n[tool.uniqver]\n{text}\n", encoding="utf-8")


def repository(path: Path, *, after: int = 1) -> Repo:
    """Make a project in a repository of its own, tagged v1.4.0, with commits after it."""
    repo = Repo(path)
    configure(path)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "First")
    repo.tag("v1.4.0")
    repo.commits(after)
    return repo


def decide(
    directory: Path, purpose: Purpose = "version", hook: Hook | None = None, now: int = NOW, /, **variables: str
) -> Decision:
    """Return the decision for the project, with nothing in the environment but PATH, HOME and ``variables``."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ} | variables
    return resolve(request_for(directory, environ, purpose, hook=hook)._replace(now=now))


def version_of(directory: Path, **variables: str) -> str:
    """Return just the version."""
    return decide(directory, **variables).version
