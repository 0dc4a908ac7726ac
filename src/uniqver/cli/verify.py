"""``uniqver verify ARTIFACT``: builds it again from the commit that it names, and compares the bytes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from uniqver import dists
from uniqver.config import EPOCH, FACTS
from uniqver.config.toml import table
from uniqver.dists.archive import differences, digests
from uniqver.errors import ArtifactError, GitError
from uniqver.model.provenance import FILE_NAME, parsed
from uniqver.model.wording import printable
from uniqver.project.pyproject import parse_pyproject
from uniqver.vcs.checkout import check_out, commit_of
from uniqver.vcs.repository import enclosing_work_tree, find_repository

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from uniqver.dists.distribution import Distribution
    from uniqver.model.provenance import Provenance
    from uniqver.vcs.repository import Repository

EXAMPLE = "uniqver verify dist/acme-1.4.1.dev41201-py3-none-any.whl"

_CALL = "import sys; from uniqver import build_meta; getattr({}, sys.argv[1])(sys.argv[2])"


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("artifact", type=Path, metavar="ARTIFACT", help="a wheel or an sdist")
    parser.add_argument("--commit", help="the commit to build from, for an artifact that does not name one")


def run(options: Namespace) -> int:
    """Print the verdict; return 1 if the bytes differ."""
    verdict = verify(options.artifact, options.project, os.environ, commit=options.commit)
    print(json.dumps(verdict._asdict(), indent=2) if options.json else _as_text(verdict))
    return 0 if verdict.identical else 1


class Verification(NamedTuple):
    """The result, as ``--json`` prints it. Keys are never renamed or removed within a major version."""

    artifact: str
    commit: str
    identical: bool
    """Whether the rebuilt artifact has the same bytes."""
    differences: list[str]
    """Sentences; none if it is identical."""
    toolchain: list[str]
    """Sentences: tools that made it, and that are other ones here."""


class _Rebuild(NamedTuple):
    """How the artifact is built again: with its facts instead of those of this machine."""

    artifact: Path
    facts: Path
    """A file with the artifact's ``uniqver.json``."""
    scratch: Path
    environ: Mapping[str, str]


def verify(artifact: Path, directory: Path, environ: Mapping[str, str], *, commit: str | None = None) -> Verification:
    """Build ``artifact`` again from its commit, found in the repository of the project at ``directory``.

    ``commit`` stands in for one that the artifact doesn't name. Raises :class:`ArtifactError` if the artifact doesn't
    say enough, :class:`GitError` if the commit isn't there.
    """
    found = dists.read(artifact)
    facts = _facts(found)
    revision = commit or facts.commit or ""
    if commit is None and not re.fullmatch("[0-9a-f]{7,64}", revision):  # a branch would be another commit tomorrow
        raise ArtifactError(
            what=f"{found.name} does not name a commit: it was built where neither git nor a CI had one",
            fix="specify the commit: uniqver verify --commit COMMIT FILE",
        )
    repository, inside = _repository(directory.resolve())
    found_commit = commit_of(repository, revision, environ=environ)
    if found_commit is None:
        raise GitError(
            what=f"the commit {printable(revision)} isn't in the repository at {repository.work_tree}",
            fix=f"git fetch origin {printable(revision)}   (or name the project's folder: -C DIR)",
        )
    with tempfile.TemporaryDirectory(prefix="uniqver-verify-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        carried = scratch / FILE_NAME
        carried.write_bytes((found.provenance or "").encode())
        tree = check_out(repository, found_commit, scratch / "tree", environ=environ).work_tree / inside
        rebuild = _Rebuild(artifact, carried, scratch, environ)
        unlike = _sdist_unlike(rebuild, tree) if found.kind == "sdist" else _wheel_unlike(rebuild, tree)
    return Verification(artifact.name, found_commit, not unlike, unlike, _toolchain(found, facts))


def _as_text(verdict: Verification) -> str:
    result = "identical to" if verdict.identical else "NOT identical to"
    lines = [f"{verdict.artifact}: {result} what {verdict.commit[:12]} makes"]
    lines += [f"  - {sentence}" for sentence in verdict.differences]
    if verdict.differences:
        lines += [f"  warning: {sentence}" for sentence in verdict.toolchain]
    return "\n".join(map(printable, lines))


def _facts(found: Distribution) -> Provenance:
    if found.provenance is None:
        raise ArtifactError(
            what=f"{found.name} has no {FILE_NAME}, so its commit is not known",
            fix="only artifacts that uniqver built can be verified; compare with one that you built yourself",
        )
    facts = parsed(found.provenance, FILE_NAME)
    if facts.dirty:
        raise ArtifactError(
            what=f"{found.name} was built from a work tree with changes, which no commit has",
            fix="commit the changes and build again",
        )
    return facts


def _repository(directory: Path) -> tuple[Repository, Path]:
    """Return the repository that the project is in, and the project's path in it."""
    top = directory if (directory / ".git").exists() else enclosing_work_tree(directory)
    repository = None if top is None else find_repository(top)
    if top is None or repository is None:
        raise GitError(
            what=f"{directory} is not in a git repository",
            fix="name a clone of the project: uniqver verify -C DIR FILE",
        )
    return repository, directory.relative_to(top)


def _sdist_unlike(rebuild: _Rebuild, tree: Path) -> list[str]:
    return _unlike(rebuild.artifact, _build(rebuild, "build_sdist", tree, "sdist"))


def _wheel_unlike(rebuild: _Rebuild, tree: Path) -> list[str]:
    """Build the wheel from the tree; if it differs, by way of an sdist too, as most frontends do."""
    unlike = _unlike(rebuild.artifact, _build(rebuild, "build_wheel", tree, "wheel"))
    if not unlike:
        return []
    sdist = _build(rebuild, "build_sdist", tree, "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(rebuild.scratch / "unpacked", filter="data")
    unpacked = rebuild.scratch / "unpacked" / sdist.name.removesuffix(".tar.gz")
    return _unlike(rebuild.artifact, _build(rebuild, "build_wheel", unpacked, "wheel-of-sdist")) and unlike


def _unlike(artifact: Path, made: Path) -> list[str]:
    if made.name != artifact.name:
        return [f"the file is called {made.name}"]
    if digests(artifact, ["sha256"]) == digests(made, ["sha256"]):
        return []
    with dists.opened(artifact) as ours, dists.opened(made) as theirs:
        return differences(ours, theirs)


def _build(rebuild: _Rebuild, hook: Literal["build_sdist", "build_wheel"], source: Path, into: str) -> Path:
    """Run a hook on ``source`` in a process of its own; return the artifact, in a folder ``into`` of its own.

    This environment's setuptools builds, and whatever else the project needs must be here too.
    """
    folder = rebuild.scratch / into
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _CALL.format(_backend(source)), hook, str(folder)],
        cwd=source,
        env=_environment(rebuild),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        _, own, text = done.stdout.rpartition("uniqver: error: ")
        what, _, fix = text.partition("\n  fix: ") if own else (text, "", "")
        last = what.strip().splitlines()[-1:] or ["no output"]
        raise ArtifactError(
            what=f"building it again failed: {printable(last[0].strip())}",
            fix=" ".join(map(printable, fix.split()))
            or "install what this project's build needs into this environment (build-system.requires)",
        )
    (made,) = folder.iterdir()
    return made


def _backend(source: Path) -> str:
    """Return which of uniqver's two backends builds ``source``, as code that follows :data:`_CALL`'s import."""
    text = (source / "pyproject.toml").read_text(encoding="utf-8")
    declared = table(parse_pyproject(text, "pyproject.toml"), "build-system").get("build-backend")
    return "build_meta.__legacy__" if str(declared).endswith(":__legacy__") else "build_meta"


def _environment(rebuild: _Rebuild) -> dict[str, str]:
    """Leave out what would change the version or the times; whatever else a build reads stays."""
    kept = {
        name: value
        for name, value in rebuild.environ.items()
        if not name.startswith(("UNIQVER_", "GIT_")) and name != EPOCH
    }
    here = str(Path(__file__).parents[2])
    # the uniqver that verifies is the one that builds, also where it runs from a folder of its own
    path = os.pathsep.join(filter(None, (here, kept.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, FACTS: str(rebuild.facts)}


def _toolchain(found: Distribution, facts: Provenance) -> list[str]:
    """Return sentences: tools that made the artifact, and that are other ones here."""
    made_with = dict(facts.tools or {})
    if found.generator is not None and found.generator.startswith("setuptools ("):
        made_with["setuptools"] = found.generator.removeprefix("setuptools (").rstrip(")")
    return [
        f"made with {name} {made}, and here is {version(name)}: pip install {name}=={made}"
        for name, made in made_with.items()
        if version(name) != made
    ]
