"""Finds a repository, and reads what takes no git process: plain files, laid out as in gitrepository-layout(5)."""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from pathlib import Path

from uniqver.errors import GitError
from uniqver.files import MOST_BYTES, read_text
from uniqver.model import NamedTuple

_MOST_REFS = 256 * 2**20
"""Bytes of packed-refs, 60 for each ref."""

_READ_WHOLE = {
    "HEAD": 0, "commondir": 0, "config": 0, "shallow": 8, "packed-refs": 8, "index": 12, "info/exclude": 0, "info/attributes": 0
}  # fmt: skip
"""Files that git reads whole, with the power of two by which :data:`MOST_BYTES` is their limit."""

_USUAL = "H 100"
"""A plain cached file."""

_ATTRIBUTES = ("\t.gitattributes", "/.gitattributes")
"""Entries that may name what Git LFS stores."""

OBJECT = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
"""A commit's full name."""


class Repository(NamedTuple):
    """The parts of a repository."""

    work_tree: Path
    git_dir: Path
    """Of this worktree: HEAD and the index."""
    common_dir: Path
    """Shared by all worktrees: objects and refs."""
    owner: int | None = None
    """Its user, if known, so that git need not judge: a building hook's own project, uniqver's own."""

    @property
    def shallow(self) -> bool:
        """Whether the history was cut when it was fetched."""
        path = self.common_dir / "shallow"
        return path.is_file() and path.stat().st_size > 0

    def head_ref(self) -> str | None:
        """Return the ref that HEAD is, ``refs/heads/main``; ``None`` if it is detached.

        ``refs/heads/.invalid`` if refs are not files (gitformat-reftable) and only git knows.
        """
        head = _read(self.git_dir / "HEAD")
        return head.removeprefix("ref: ") if head.startswith("ref: ") else None

    def head_commit(self) -> str | None:
        """Return HEAD's commit, or ``None`` if that takes more than reading files."""
        ref = self.head_ref()
        if ref is None:
            head = _read(self.git_dir / "HEAD")
            return head if re.fullmatch(OBJECT, head) else None
        loose = _read(self.common_dir / ref) or _read(self.git_dir / ref)
        if re.fullmatch(OBJECT, loose):
            return loose
        packed = re.search(rf"^({OBJECT}) {re.escape(ref)}$", _read(self.common_dir / "packed-refs"), re.MULTILINE)
        return packed[1] if packed else None


def find_repository(work_tree: Path, owner: int | None = None) -> Repository | None:
    """Return the repository whose top is ``work_tree``, or ``None``. Looks into no parent.

    git need not judge it if all of it belongs to ``owner``. Raises :class:`GitError` if ``.git`` leads nowhere, or holds what
    can't be git's.
    """
    git_dir = dot_git = work_tree / ".git"
    if dot_git.is_file():  # of a linked worktree or a submodule
        git_dir = work_tree / _read(dot_git).removeprefix("gitdir: ")
        if not git_dir.is_dir():
            raise GitError(
                what=f"{dot_git} points to {git_dir}, which isn't there",
                fix="git worktree repair   (in the main work tree; in a container: mount the main repository too)",
            )
    try:
        (git_dir / "HEAD").stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise GitError(
            what=f"{git_dir} can't be read: {error.strerror}",
            fix=f"chmod -R u+rwX {git_dir}   (as the user that it belongs to)",
        ) from error
    _refuse_endless(git_dir, work_tree)
    common_dir = git_dir / _read(git_dir / "commondir")
    try:
        # a symbolic link for itself: what git looks at, too (ensure_valid_ownership)
        owned = all(path.lstat().st_uid == owner for path in (work_tree, dot_git, git_dir, common_dir))
    except OSError:
        owned = False
    return Repository(work_tree, git_dir, common_dir, owner if owned else None)


def work_tree_of(directory: Path) -> Path | None:
    """Return ``directory`` or the nearest folder above it that is the top of a git work tree."""
    return next((folder for folder in (directory, *directory.parents) if (folder / ".git").exists()), None)


def place_in(top: Path, path: str) -> str:
    """Return the submodule that ``path`` lies in, as the git of ``top`` has no paths in there; else ``path``."""
    nearest = work_tree_of(top / path)
    return path if nearest in (None, top) else nearest.relative_to(top).as_posix()


def _refuse_endless(git_dir: Path, work_tree: Path) -> None:
    """Refuse what git would wait for or read without an end."""
    files = {git_dir / name: MOST_BYTES << power for name, power in _READ_WHOLE.items()}
    files |= {work_tree / name: MOST_BYTES for name in (".gitignore", ".gitattributes")}
    for path, most in files.items():
        try:
            found = path.stat()
        except OSError:  # there need not be one
            continue
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise GitError(
                what=f"{path} is not a file that git can read",
                fix="clone the repository again; or pin the version: UNIQVER_VERSION=1.4.1.dev1",
            )


def _read(path: Path, most: int = _MOST_REFS) -> str:
    try:
        return read_text(path, "replace", most).strip()
    except OSError:
        return ""


def listed_in(repository: Repository, listing: str, paths: Sequence[str] = ()) -> tuple[list[str], bool]:
    """Return what is more than a plain cached file in the ``listing`` of the index below ``paths``, and whether LFS may store any."""
    listed = listing.split("\0")
    # a pattern would take 18 ms for 20,000 files, six times as long
    special = [entry for entry in listed if entry and not entry.startswith(_USUAL)]
    above = [Path(path).parent for path in paths]
    names = {entry.partition("\t")[2] for entry in listed if entry.endswith(_ATTRIBUTES)}
    names |= {f"{folder}/.gitattributes" for path in above for folder in (path, *path.parents)} or {".gitattributes"}
    places = [repository.common_dir / "info" / "attributes", *(repository.work_tree / name for name in names)]
    return special, any("filter=lfs" in _read(place, MOST_BYTES) for place in places)
