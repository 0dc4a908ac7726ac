"""A commit's files: the tracked ones, a checkout in a folder of its own, and archives.

``.git_archival.txt``, expanded by ``git archive`` and code hosts (``export-subst`` in .gitattributes), names the commit and
the nearest tag. The format is setuptools-scm's ("Git archives").
"""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from uniqver.errors import GitError
from uniqver.files import read_text
from uniqver.vcs import GitState
from uniqver.vcs.repository import OBJECT, Repository
from uniqver.vcs.runner import Git

NAME = ".git_archival.txt"
MOST_ARCHIVE = 64 * 1024
"""The file has some 300."""

_DESCRIBED = re.compile(r"(?P<tag>.+?)(?:-(?P<distance>[0-9]{1,18})-g[0-9a-f]+)?(?:-dirty)?")


def tracked_files(git: Git, directory: Path) -> list[str]:
    """Return the tracked files below ``directory`` that exist, submodules' too, relative to it. Raises :class:`GitError`."""
    inside = f"{directory.relative_to(git.repository.work_tree).as_posix()}/".removeprefix("./")
    with git:
        output = git.start("ls-files", "-z", "--recurse-submodules", "--", inside or ".").output()
    names = [name.removeprefix(inside) for name in output.split("\0") if name]
    # a submodule that isn't checked out is a folder
    return [name for name in names if not (directory / name).is_dir() or (directory / name).is_symlink()]


def commit_of(git: Git, revision: str) -> str | None:
    """Return the full name of the commit that ``revision`` means, or ``None``.

    Raises :class:`GitError` if git can't be run, or doesn't read the repository.
    """
    with git:
        command = git.start("rev-parse", "--quiet", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        done = command.finished()
    if done.exit_code > 1:  # 1: the repository doesn't have it
        raise command.failure(done)
    return None if done.exit_code else done.output.strip().splitlines()[-1]


def check_out(git: Git, commit: str, into: Path) -> Repository:
    """Make ``into`` (which must not exist) a repository on ``commit``; return it. Raises :class:`GitError`.

    It borrows the user's objects, and changes nothing there. A clone would refuse shallow ones, a worktree be noted in the
    user's repository, ``git archive`` leave out ``export-ignore``.
    """
    into.mkdir()
    git_dir = into / ".git"
    scratch = Repository(into, git_dir, git_dir, owner=into.stat().st_uid)
    named_by = ["--object-format=sha256"] if len(commit) > 40 else []
    borrowed = git.repository
    with git.of(scratch) as inner:
        inner.start("init", "-q", "--template=", *named_by).output()
        info = git_dir / "objects" / "info"
        info.mkdir(exist_ok=True)
        (info / "alternates").write_text(f"{(borrowed.common_dir / 'objects').resolve()}\n", encoding="utf-8")
        if borrowed.shallow:
            shutil.copyfile(borrowed.common_dir / "shallow", git_dir / "shallow")
        with (git_dir / "config").open("a", encoding="utf-8") as config:
            # no hook of the user's, no warning
            config.write(f"[core]\n\thooksPath = {os.devnull}\n[advice]\n\tdetachedHead = false\n")
        done = inner.start("checkout", "-q", "--detach", commit).finished()
    if done.exit_code:
        raise GitError(
            what=f"the commit {commit[:12]} can't be checked out: {inner.complaint(done)[:200]}",
            fix="git fetch --unshallow --tags; with partial clones: git fetch --refetch",
        )
    return scratch


def read_archive(top: Path, accepts: Callable[[str], bool]) -> GitState | None:
    """Read the archive at ``top``, if it is one. ``accepts`` takes the tags that name releases."""
    try:
        text = read_text(top / NAME, "replace", MOST_ARCHIVE)
    except OSError:
        return None
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}
    commit = fields.get("node", "")
    if re.fullmatch(OBJECT, commit) is None:
        return None
    described = _DESCRIBED.fullmatch(fields.get("describe-name", ""))
    tag, distance = (described["tag"], int(described["distance"] or 0)) if described is not None else (None, 0)
    if tag is None or not accepts(tag):
        tag, distance = None, 0
    here = list(filter(accepts, re.findall(r"tag: ([^,\s]+)", fields.get("ref-names", ""))))
    if here and (tag is None or distance > 0):
        tag, distance = here[0], 0
    on_tag = tag is not None and distance == 0
    return GitState(
        commit=commit,
        commit_time=_seconds(fields.get("node-date", "")),
        branch=None,
        tag=tag,
        tags=() if tag is None else tuple(sorted({tag, *here})) if on_tag else (tag,),
        distance=distance,
        on_tag=on_tag,
        archive=True,
    )


def _seconds(date: str) -> int | None:
    """Read a strict ISO 8601 date, which has an offset from UTC."""
    try:
        found = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", date))  # Python 3.10 knows no Z
        return None if found.tzinfo is None else int(found.timestamp())
    except (ValueError, OverflowError):
        return None
