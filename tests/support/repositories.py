"""Git repositories for tests: made step by step, with fixed dates."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Repo:
    """A git repository under a test's hand."""

    def __init__(self, path: Path, *, branch: str = "main", init: bool = True) -> None:
        self.path = path
        self._clock = 1_700_000_000
        if init:
            path.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q", "-b", branch)

    def git(self, *words: str, ok: bool = True) -> str:
        """Run git here; return what it printed."""
        self._clock += 60
        date = f"{self._clock} +0000"
        identity = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "LC_ALL": "C"}
        done = subprocess.run(
            ["git", *words], cwd=self.path, capture_output=True, text=True, check=False, env={**os.environ, **identity}
        )
        if ok and done.returncode:
            raise AssertionError(f"git {words} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout.strip()

    def write(self, name: str, text: str = "x\n") -> Path:
        """Write a file, with its folders."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self, name: str | None = None, text: str = "x\n") -> str:
        """Commit a change of ``name``, or an empty one; return the commit."""
        if name is None:
            self.git("commit", "-q", "--allow-empty", "-m", "Change")
        else:
            self.write(name, text)
            self.git("add", "--", name)
            self.git("commit", "-q", "-m", f"Change {name}")
        return self.head()

    def commits(self, count: int) -> None:
        """Make empty commits."""
        for _ in range(count):
            self.commit()

    def tag(self, name: str, *, annotated: bool = False, at: str = "HEAD") -> None:
        """Tag a commit."""
        self.git("tag", *(["-a", "-m", name] if annotated else []), name, at)

    def merge(self, branch: str) -> None:
        """Merge a branch, never by fast-forward."""
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch)

    def checkout(self, branch: str, *, new: bool = False, at: str | None = None) -> None:
        """Go to a branch, made here or at another commit if it is new."""
        self.git("checkout", "-q", *(["-b"] if new else []), branch, *([at] if at else []))

    def head(self) -> str:
        """Return HEAD's commit."""
        return self.git("rev-parse", "HEAD")


def clone(of: Repo, into: Path, *words: str) -> Repo:
    """Clone a repository, by its URL so that --depth holds."""
    subprocess.run(["git", "clone", "-q", *words, of.path.as_uri(), str(into)], check=True, capture_output=True)
    return Repo(into, init=False)


def give(path: Path, user: int) -> None:
    """Give a folder and all that is in it to another user."""
    for folder, names, files in os.walk(path):
        for name in (".", *names, *files):
            os.lchown(f"{folder}/{name}", user, user)


def armed(repo: Repo, mark: Path, *, user: int, edited: str = "src/app/__init__.py") -> None:
    """Have the repository run a program whenever git cleans a file or lacks an object, and give it to ``user``."""
    touch = f"touch {shlex.quote(str(mark))}"
    config = {
        "filter.evil.clean": f"{touch}; cat",
        "filter.evil.smudge": f"{touch}; cat",
        "core.fsmonitor": f"{touch}; false",
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::sh -c {shlex.quote(touch)}",
        "protocol.ext.allow": "always",
        "core.hooksPath": str(repo.path / ".git/armed-hooks"),
    }
    for key, value in config.items():
        repo.git("config", key, value)
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/attributes").write_text("* filter=evil\n", encoding="utf-8")
    hooks = repo.path / ".git/armed-hooks"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\n{touch}\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    (repo.path / edited).write_text("y\n", encoding="utf-8")  # so that git has to look at it
    give(repo.path, user)
