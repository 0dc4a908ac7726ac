"""Which files git tracks, with one ``git ls-files``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.vcs.runner import Git


def tracked_files(git: Git, directory: Path) -> list[str]:
    """Return the tracked files under ``directory`` that are there, relative to it, submodules' files among them.

    Raises :class:`GitError`.
    """
    below = directory.relative_to(git.repository.work_tree).as_posix()
    words = ["ls-files", "-z", "--recurse-submodules"]
    if below != ".":
        words += ["--", f":(literal){below}"]
    with git:
        output = git.start(*words).output()
    prefix = "" if below == "." else f"{below}/"
    names = [name.removeprefix(prefix) for name in output.split("\0") if name]
    # a submodule that isn't checked out is listed as the folder it would have
    return [name for name in names if not (directory / name).is_dir() or (directory / name).is_symlink()]
