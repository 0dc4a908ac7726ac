"""Files that git tracks: those of a checkout, and a commit's in a folder of their own.

The user's repository is read, and nothing in it changes.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from uniqver.errors import GitError
from uniqver.vcs.repository import Repository
from uniqver.vcs.runner import SECONDS, Git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def tracked_files(
    repository: Repository, directory: Path, *, environ: Mapping[str, str], seconds: float = SECONDS
) -> list[str]:
    """Return the tracked files under ``directory`` that are there, relative to it, submodules' files among them.

    Takes one git process. Raises :class:`GitError`.
    """
    below = directory.relative_to(repository.work_tree).as_posix()
    words = ["ls-files", "-z", "--recurse-submodules"]
    if below != ".":
        words += ["--", f":(literal){below}"]
    with Git(repository, environ, seconds) as git:
        output = git.start(*words).output()
    prefix = "" if below == "." else f"{below}/"
    names = [name.removeprefix(prefix) for name in output.split("\0") if name]
    # a submodule that isn't checked out is listed as the folder it would have
    return [name for name in names if not (directory / name).is_dir() or (directory / name).is_symlink()]


def commit_of(
    repository: Repository, revision: str, *, environ: Mapping[str, str], seconds: float = SECONDS
) -> str | None:
    """Return the full name of the commit that ``revision`` means, or ``None`` if the repository doesn't have it.

    Raises :class:`GitError` if git can't be run, or doesn't read the repository.
    """
    words = ("rev-parse", "--quiet", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    with Git(repository, environ, seconds) as git:
        command = git.start(*words)
        done = command.finished()
    if done.exit_code > 1:  # 1: the repository doesn't have it
        raise command.failure(done)
    return None if done.exit_code else done.output.strip().splitlines()[-1]


def check_out(
    repository: Repository, commit: str, into: Path, *, environ: Mapping[str, str], seconds: float = SECONDS
) -> Repository:
    """Make ``into`` (which must not exist) a repository of its own, on ``commit``; return it.

    It borrows the objects of ``repository``: not a clone (which refuses a shallow one, and knows only what
    refs lead to), not a worktree (which would be noted in the user's repository), not ``git archive`` (which
    leaves out what ``export-ignore`` names). Raises :class:`GitError`.
    """
    into.mkdir()
    git_dir = into / ".git"
    scratch = Repository(into, git_dir, git_dir, owner=into.stat().st_uid)
    words = ["init", "-q", "--template="]
    if len(commit) > 40:
        words.append("--object-format=sha256")
    with Git(scratch, environ, seconds) as git:
        git.start(*words).output()
    objects = scratch.git_dir / "objects"
    (objects / "info").mkdir(exist_ok=True)
    (objects / "info" / "alternates").write_text(f"{(repository.common_dir / 'objects').resolve()}\n", encoding="utf-8")
    if repository.shallow:
        shutil.copyfile(repository.common_dir / "shallow", scratch.git_dir / "shallow")
    with (scratch.git_dir / "config").open("a", encoding="utf-8") as config:
        # a hook of the user's must not run, and a warning about detached heads helps nobody
        config.write(f"[core]\n\thooksPath = {os.devnull}\n[advice]\n\tdetachedHead = false\n")
    with Git(scratch, environ, seconds) as git:
        done = git.start("checkout", "-q", "--detach", commit).finished()
    if done.exit_code:
        raise GitError(
            what=f"the commit {commit[:12]} can't be checked out: {git.complaint(done)[:200]}",
            fix="git fetch --unshallow --tags; with partial clones: git fetch --refetch",
        )
    return scratch
