"""Git repositories for tests: made step by step, with fixed dates."""

from __future__ import annotations

import os
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
