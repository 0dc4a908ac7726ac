"""The changes of a plan: shown as a diff, written to disk, and tried: built before and after, in temporary copies."""

from __future__ import annotations

import difflib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from uniqver.cli.check.install import run_without, tried
from uniqver.cli.init.edits import lines
from uniqver.cli.init.source_tree import encoding_of
from uniqver.dists.archive import opened
from uniqver.dists.distribution import required_filename
from uniqver.errors import ProjectError
from uniqver.files import leaves, read_bytes
from uniqver.model.wording import printable
from uniqver.vcs.checkout import check_out
from uniqver.vcs.repository import find_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from uniqver.cli.init.plan import FileChange, SetupPlan
    from uniqver.cli.init.source_tree import SourceTree

_SECONDS = 1800
"""A build with extension modules takes long."""
_BY_HAND = "write the changes (uniqver init --yes), correct that by hand, and compare the builds again"


def as_diff(changes: Iterable[FileChange]) -> str:
    """Return the unified diff of all changes, as ``git apply`` takes it."""
    return "".join(line for change in changes for line in _diff(change))


def _diff(change: FileChange) -> Iterator[str]:
    old = "/dev/null" if change.before is None else f"a/{change.path}"
    new = "/dev/null" if change.after is None else f"b/{change.path}"
    yield f"diff --git a/{change.path} b/{change.path}\n"
    if change.before is None:
        yield "new file mode 100644\n"
    if change.after is None:
        yield "deleted file mode 100644\n"
    for line in difflib.unified_diff(lines(change.before or ""), lines(change.after or ""), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def write_changes(top: Path, changes: Iterable[FileChange]) -> None:
    """Write each file below ``top``. A file keeps the line ends and the encoding that it has. Raises :class:`ProjectError`."""
    for change in changes:
        path = top / change.path
        if leaves(path, top):
            raise ProjectError(
                what=f"{path} leads out of the project by a symbolic link, and nothing is written there",
                fix="replace the link by what it leads to",
            )
        try:
            if change.after is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, change.after)
        except OSError as error:
            raise ProjectError(
                what=f"{path} can't be written: {error.strerror}",
                fix="make it writable; git checkout . restores what was changed before it",
            ) from error


def _write(path: Path, text: str) -> None:
    before = read_bytes(path) if path.exists() else b""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = text.replace("\n", "\r\n") if b"\r\n" in before else text
    path.write_bytes(text.encode(encoding_of(path.name, before)))


class _Wheel(NamedTuple):
    path: Path
    names: tuple[str, ...]
    """Of all members."""
    metadata: tuple[str, ...]
    """Lines of the header of METADATA, sorted, but for the version."""

    @property
    def members(self) -> set[str]:
        """The names, but for the version in them."""
        return {re.sub(r"^[^/]+\.(dist-info|data)/", lambda of: f"{of[1].upper()}/", name) for name in self.names}


def try_changes(tree: SourceTree, plan: SetupPlan, environ: Mapping[str, str]) -> str:
    """Build the project as it is and with the changes of ``plan``; return a sentence about what was found equal.

    Both wheels are installed and imported. Raises :class:`ProjectError` if the changes change anything but the version.
    """
    with tempfile.TemporaryDirectory(prefix="uniqver-init-", ignore_cleanup_errors=True) as name:
        before, after = (Path(name) / which for which in ("before", "after"))
        copies = [_copied(tree, scratch, environ) / tree.inside for scratch in (before, after)]
        old = _built(copies[0], before, "the project can't be built as it is")
        write_changes(after / "tree", plan.changes)
        new = _built(copies[1], after, "the project can't be built with these changes")
        own = {"DIST-INFO/uniqver.json", *_packed_as(plan.version_file)}
        unlike = [
            *(f"METADATA loses {line!r}" for line in old.metadata if line not in new.metadata),
            *(f"METADATA gets {line!r}" for line in new.metadata if line not in old.metadata),
            *(f"the wheel loses {path}" for path in sorted(old.members - new.members - _tools(plan))),
            *(f"the wheel gets {path}" for path in sorted(new.members - old.members - own)),
        ]
        if unlike:
            shown = "; ".join(map(printable, unlike))
            raise ProjectError(what=f"init changes more than the version: {shown}", fix=_BY_HAND)
        found = tried(new.path, required_filename(new.path.name), new.names)
        if found is not None and tried(old.path, required_filename(old.path.name), old.names) is None:
            raise ProjectError(what=found.reason.removeprefix("--install: "), fix=found.fix)
        told = "it imports, and tells its version" if found is None else "importing it fails as before"
        return f"{required_filename(new.path.name).version}: metadata and files are as before but for the version, and {told}"


def _copied(tree: SourceTree, into: Path, environ: Mapping[str, str]) -> Path:
    """Make a copy of the repository's last commit, with its tags; without git, of the folder."""
    into.mkdir()
    repository = find_repository(tree.top)
    head = None if tree.git is None else tree.git("rev-parse", "--verify", "-q", "HEAD^{commit}")
    if repository is None or tree.git is None or head is None:
        return Path(shutil.copytree(tree.top, into / "tree", symlinks=True))
    copy = check_out(repository, head.strip(), into / "tree", environ=environ)
    tags = tree.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags") or ""
    (copy.git_dir / "packed-refs").write_text(f"# pack-refs with: sorted \n{tags}\n" if tags else "", encoding="utf-8")
    return copy.work_tree


def _built(project: Path, scratch: Path, failed: str) -> _Wheel:
    """Build the wheel of the project, with its backend and requirements. Raises :class:`ProjectError`."""
    out = scratch / "dist"
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--disable-pip-version-check", "-w", str(out)]
    if importlib.util.find_spec("pip") is None:
        words = [shutil.which("uv") or "uv", "build", "-q", "--wheel", "-o", str(out)]
    try:
        done = run_without("UNIQVER_|GIT_", [*words, str(project)], scratch, _SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProjectError(what=f"{failed}: {error}", fix="pip install pip, and try again") from error
    if done.returncode:
        own = re.findall(r"uniqver: error: (.*)", done.stderr)
        shown = own or re.findall(r"(?m)^[ \t]*(\w*Error.*|error:.*)", done.stderr) or ["no message"]
        fix = f"{' '.join(words[:4])} .   (shows all of it)"
        raise ProjectError(what=f"{failed}: {printable(shown[-1].strip())}", fix=fix)
    (path,) = out.glob("*.whl")
    names, header = [], ""
    with opened(path) as entries:
        for entry in entries:
            names.append(entry.member.name)
            if entry.member.name.endswith(".dist-info/METADATA"):
                header = entry.text().partition("\n\n")[0]
    lines = re.sub(r"\n(?=[ \t|])", " ", header).splitlines()
    return _Wheel(path, tuple(names), tuple(sorted(line for line in lines if not line.startswith("Version:"))))


def _packed_as(version_file: str | None) -> set[str]:
    """Return what may be the path in a wheel of a file of the project: without the folders above its package."""
    parts = (version_file or "").split("/")
    return {"/".join(parts[start:]) for start in range(len(parts))}


def _tools(plan: SetupPlan) -> set[str]:
    """Return the paths in a wheel of the files that the plan deletes: they were a version tool's."""
    return {path for change in plan.changes if change.after is None for path in _packed_as(change.path)}
