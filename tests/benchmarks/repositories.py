"""Makes git repositories of any size in seconds, by `git fast-import`."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = 1_600_000_000
"""Commit time of the first commit, seconds since the epoch; each further one is a minute later."""


class Size(NamedTuple):
    """How big a repository is."""

    commits: int
    tags: int
    files: int

    def __str__(self) -> str:
        return f"{self.commits:,} commits, {self.tags:,} tags, {self.files:,} files"


SMALL = Size(commits=20, tags=3, files=20)
LARGE = Size(commits=100_000, tags=1_000, files=20_000)
GROWTH = {
    "commits": [Size(commits=n, tags=10, files=100) for n in (1_000, 10_000, 100_000)],
    "tags": [Size(commits=20_100, tags=n, files=100) for n in (10, 1_000, 20_000)],
    "files": [Size(commits=1_000, tags=10, files=n) for n in (100, 20_000)],
}


def make(folder: Path, size: Size) -> Path:
    """Make a bare repository of ``size``; its last commits come after the last tag."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    stream = "".join(_stream(size)).encode()
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input=stream, check=True)
    subprocess.run(["git", "-C", str(folder), "pack-refs", "--all"], check=True)
    return folder


def _stream(size: Size) -> Iterator[str]:
    """Yield the commands: all files in the first commit, then one line changed in each commit, tags spread evenly."""
    yield "blob\nmark :1\ndata 2\nx\n\n"
    every = max(1, (size.commits - 3) // size.tags)
    tags = 0
    for number in range(size.commits):
        who = f"committer Bench <bench@example.org> {START + 60 * number} +0000"
        yield f"commit refs/heads/main\nmark :{number + 10}\n{who}\ndata 1\nc\n"
        if number == 0:
            yield from (f"M 100644 :1 data/{index % 100:02}/file{index:05}.txt\n" for index in range(size.files))
        text = f"{number}\n"
        yield f"M 100644 inline changing.txt\ndata {len(text)}\n{text}\n"
        if number % every == 0 and tags < size.tags and number < size.commits - 2:
            yield f"tag v1.{tags}.0\nfrom :{number + 10}\ntagger Bench <bench@example.org> {START + 60 * number} +0000\ndata 1\nt\n"
            tags += 1
