"""``uniqver init``: plans the move of a project to uniqver, shows it, tries it, asks, and writes it."""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from packaging.version import Version

from uniqver.cli.init.pipelines import Ci
from uniqver.config import read_config
from uniqver.dists import Filename, required_filename
from uniqver.errors import ProjectError, UniqverError, printable
from uniqver.model.bases import bumped
from uniqver.model.versions import version_of
from uniqver.vcs.export import check_out
from uniqver.vcs.repository import find_repository
from uniqver.vcs.runner import Git

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from uniqver.cli.init.plan import Question, SetupPlan
    from uniqver.cli.init.source_tree import FileChange, SourceTree

_COLOURS = r"(?m)^(?:(?P<bold>(?:\+\+\+|---).*)|(?P<green>\+.*)|(?P<red>-.*)|(?P<cyan>@.*))"
"""Of a diff's lines."""
_SECONDS = 1800
"""For a build with extension modules."""


def add_options(parser: ArgumentParser) -> None:
    """Add the command's own options."""
    ci = f"the CI to write a pipeline for (default: the repository's): {', '.join(get_args(Ci))}"
    parser.add_argument("--ci", metavar="NAME", choices=get_args(Ci), help=ci)
    parser.add_argument("--base", metavar="VERSION", help="the release being worked toward")
    parser.add_argument("--workflow", metavar="FILE", help="the workflow on GitHub that publishes dev builds")
    parser.add_argument(
        "--archives", action="store_true", help="let archives of git (tarballs of code hosts) know their version"
    )
    parser.add_argument(
        "--check", action="store_true", help="build it before and after, in temporary copies, and compare"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="show the changes and write nothing")
    how.add_argument("--yes", action="store_true", help="write the changes without asking")


def run(options: Namespace) -> int:
    """Plan, show, try, ask, write; return the exit code. Raises :class:`UniqverError`."""
    from uniqver.cli.init.source_tree import read_source_tree, with_sources, write  # needs the extra

    tree = with_sources(read_source_tree(options.project))
    read_config(tree.tool("uniqver"), {}, project=None)  # settings that are wrong stay wrong
    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    person = not options.yes and not options.dry_run and at_terminal
    plan = _decided(tree, options, asks=person)
    _show(plan)
    if not plan.changes:
        print("uniqver: nothing to do: this project is set up", file=sys.stderr)
        return 0
    if options.check:
        print(f"uniqver: checked: {_tried(tree, plan)}", file=sys.stderr)
    if options.dry_run:
        return 0
    if not options.yes and not _confirmed(person):
        print("uniqver: nothing was written", file=sys.stderr)
        return 1
    write(tree.top, plan.changes)
    for number, step in enumerate(plan.next_steps, start=1):
        print(f"uniqver: next, {number}: {step}", file=sys.stderr)
    return 0


def _decided(tree: SourceTree, options: Namespace, *, asks: bool) -> SetupPlan:
    from uniqver.cli.init.plan import make_plan  # needs the extra

    chosen = {key: getattr(options, key) for key in ("ci", "base", "workflow")}
    while True:
        plan = make_plan(tree, **chosen, archives=options.archives)
        question = next((question for question in plan.questions if chosen[question.option] is None), None)
        if not asks or not plan.changes or question is None:
            return plan
        chosen[question.option] = _answer(question)


def _answer(question: Question) -> str:
    choices = f":\n  {', '.join(question.choices)}\n" if question.choices else " "
    while True:
        try:
            text = input(f"{question.text}{choices}[{question.default}]: ").strip() or question.default
        except EOFError:
            return question.default
        if text in question.choices or (not question.choices and version_of(text)):
            return text
        print(f"uniqver: {text} is not {'one of these' if choices.strip() else 'a version'}", file=sys.stderr)


def _confirmed(person: bool) -> bool:
    if not person:
        fix = "uniqver init --yes   (or --dry-run, to see the changes only)"
        raise UniqverError(what="confirmation required, but stdin or stdout is not a terminal", fix=fix)
    try:
        return input("Write these changes? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _show(plan: SetupPlan) -> None:
    diff = printable("".join(line for change in plan.changes for line in _diff(change)), "\n\t")
    if sys.stdout.isatty():
        from rich.console import Console  # of the extra; honours NO_COLOR
        from rich.text import Text

        text = Text(diff)
        text.highlight_regex(_COLOURS)
        Console().print(text, soft_wrap=True, end="")
    else:
        sys.stdout.write(diff)
    sys.stdout.flush()
    for note in plan.notes:
        print(f"uniqver: note: {note}", file=sys.stderr)


def _diff(change: FileChange) -> Iterator[str]:
    """Yield the lines of a unified diff, as ``git apply`` takes it."""
    old = "/dev/null" if change.before is None else f"a/{change.path}"
    new = "/dev/null" if change.after is None else f"b/{change.path}"
    yield f"diff --git a/{change.path} b/{change.path}\n"
    if change.before is None:
        yield "new file mode 100644\n"
    if change.after is None:
        yield "deleted file mode 100644\n"
    before, after = (list(StringIO(text or "")) for text in (change.before, change.after))
    for line in difflib.unified_diff(before, after, old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


class _Wheel(NamedTuple):
    path: Path
    name: Filename
    members: list[str]
    parts: set[tuple[str, str]]
    """Members, and METADATA's headers, without the version."""


def _tried(tree: SourceTree, plan: SetupPlan) -> str:
    """Build, install and import copies without and with the changes; raise if these change more than the version."""
    from uniqver.cli.check.install import tried  # needs the extra

    with tempfile.TemporaryDirectory(prefix="uniqver-init-", ignore_cleanup_errors=True) as scratch:
        old = _built(tree, (), Path(scratch, "before"), "as it is")
        new = _built(tree, plan.changes, Path(scratch, "after"), "with these changes")
        tools = {path for change in plan.changes if change.after is None for path in _packed_as(change.path)}
        own = {"dist-info/uniqver.json", *_packed_as(plan.version_file or "")}
        lost = {(where, part) for where, part in old.parts - new.parts if part not in tools}
        gained = {(where, part) for where, part in new.parts - old.parts if part not in own}
        if lost or gained:
            unlike = [f"{where} loses {part!r}" for where, part in sorted(lost)]
            unlike += [f"{where} gets {part!r}" for where, part in sorted(gained)]
            fix = "uniqver init --yes, then correct that by hand"
            raise ProjectError(what=f"init changes more than the version: {'; '.join(unlike)}", fix=fix)
        before, after = old.name.version, new.name.version
        last = Version(before.base_version)
        if Version(after.base_version) < last or after < last <= before:
            what = f"the version would fall from {before} to {after}"
            raise ProjectError(what=what, fix=f"uniqver init --base {bumped(last, 'patch')} --check")
        found = tried(new.path, new.name, new.members)
        if found is not None and tried(old.path, old.name, old.members) is None:
            raise ProjectError(what=found.reason.removeprefix("--install: "), fix=found.fix)
        told = "it imports, and tells its version" if found is None else "importing it fails as before"
        return f"{new.name.version}: metadata and files are as before but for the version, and {told}"


def _packed_as(path: str) -> set[str]:
    """Return the paths that a file may have in a wheel: without the folders above its package."""
    parts = path.split("/")
    return {"/".join(parts[start:]) for start in range(len(parts))}


def _copy(tree: SourceTree, into: Path) -> None:
    """Copy the last commit, with all tags; without git, the folder."""
    repository = find_repository(tree.top)
    head = tree.git and tree.git("rev-parse", "--verify", "-q", "HEAD^{commit}")
    if repository is None or tree.git is None or head is None:
        shutil.copytree(tree.top, into, symlinks=True)
        return
    copy = check_out(Git(repository, os.environ), head.strip(), into)
    if tags := tree.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags"):
        (copy.git_dir / "packed-refs").write_text(f"# pack-refs with: sorted \n{tags}\n", encoding="utf-8")


def _built(tree: SourceTree, changes: Iterable[FileChange], folder: Path, how: str) -> _Wheel:
    from uniqver.cli.check.install import run_without  # need the extra
    from uniqver.cli.init.source_tree import write

    folder.mkdir()
    copy, out, failed = folder / "tree", folder / "dist", f"the project can't be built {how}"
    _copy(tree, copy)
    write(copy, changes)
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--disable-pip-version-check", "-w", str(out)]
    if importlib.util.find_spec("pip") is None:
        words = [shutil.which("uv") or "uv", "build", "-q", "--wheel", "-o", str(out)]
    try:
        done = run_without("UNIQVER_|GIT_", [*words, str(copy / tree.inside)], folder, _SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProjectError(what=f"{failed}: {error}", fix="pip install pip, and try again") from error
    if done.returncode:
        own = re.findall(r"uniqver: error: (.*)", done.stderr)
        shown = own or re.findall(r"(?m)^(.*)\n *\[end of output\]", done.stderr)[:1]  # what pip was told
        shown = shown or re.findall(r"(?m)^[ \t]*(\w*Error.*|error:.*)", done.stderr) or ["no message"]
        fix = f"{' '.join(words[:4])} .   (shows all of it)"
        raise ProjectError(what=f"{failed}: {printable(shown[-1].strip())}", fix=fix)
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        members = wheel.namelist()
        (metadata,) = (wheel.read(name).decode() for name in members if name.endswith(".dist-info/METADATA"))
    header = re.sub(r"\n(?=[ \t|])", " ", metadata.partition("\n\n")[0]).splitlines()
    parts = {("METADATA", line) for line in header if not line.startswith("Version:")}
    for name in members:
        parts.add(("the wheel", re.sub(r"^[^/]+\.(dist-info|data)/", r"\1/", name)))
    return _Wheel(path, required_filename(path.name), members, parts)
