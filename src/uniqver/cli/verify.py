"""``uniqver verify``: builds artifacts again from the commit that they name, and compares the bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from uniqver.cli import show_json, wrapped
from uniqver.config import EPOCH, FACTS, table
from uniqver.dists import Distribution, Entry, parse_filename
from uniqver.dists.archive import digests, opened, read
from uniqver.dists.normalization import recorded_hash
from uniqver.errors import ArtifactError, GitError, printable
from uniqver.model.provenance import FILE_NAME, Provenance, parsed
from uniqver.project import read_pyproject
from uniqver.vcs.export import check_out, commit_of
from uniqver.vcs.repository import find_repository, work_tree_of
from uniqver.vcs.runner import Git


def add_options(parser: ArgumentParser) -> None:
    """Add its options."""
    parser.add_argument("artifacts", nargs="+", type=Path, metavar="ARTIFACT", help="wheels and sdists")
    commit = "the commit, or any name that git has for it, for an artifact that does not name one"
    parser.add_argument("--commit", help=commit)


def run(options: Namespace) -> int:
    """Print a verdict on each artifact; return 1 if any differs."""
    found: list[dict[str, Any]] = []
    for artifact in options.artifacts:
        found.append(_verdict(artifact, options.project.resolve(), os.environ, options.commit))
        if not options.json:
            print(wrapped(_as_text(**found[-1]), sys.stdout), flush=True)
    if options.json:
        show_json({"artifacts": [*found]})
    return int(not all(verdict["identical"] for verdict in found))


def _verdict(artifact: Path, directory: Path, environ: Mapping[str, str], commit: str | None) -> dict[str, Any]:
    """Build an artifact again; return what ``--json`` prints."""
    found = read(artifact)
    facts = _facts(found)
    revision = commit or facts.commit or ""
    if commit is None and not re.fullmatch("[0-9a-f]{7,64}", revision):  # a branch would be another commit tomorrow
        what = f"{found.name} does not name a commit: neither git nor a CI had one when it was built"
        raise ArtifactError(what=what, fix="uniqver verify --commit COMMIT FILE")
    repository = find_repository(work_tree_of(directory) or directory)
    if repository is None:
        fix = "name a clone of the project: uniqver verify -C DIR FILE"
        raise GitError(what=f"{directory} is not in a git repository", fix=fix)
    git = Git(repository, environ)
    found_commit = commit_of(git, revision)
    if found_commit is None or (commit is None and not found_commit.startswith(revision)):  # a ref of that name
        raise GitError(
            what=f"the commit {printable(revision)} isn't in the repository at {repository.work_tree}",
            fix=f"git fetch origin {printable(revision)}   (or name the project's folder: -C DIR)",
        )
    with tempfile.TemporaryDirectory(prefix="uniqver-verify-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        tree = check_out(git, found_commit, scratch / "tree").work_tree / directory.relative_to(repository.work_tree)
        build = partial(_build, scratch=scratch, environ=environ, provenance=found.provenance or "")
        unlike = _unlike(artifact, build("build_sdist" if found.kind == "sdist" else "build_wheel", tree))
        if unlike and found.kind == "wheel":  # most frontends make it by way of an sdist
            sdist = build("build_sdist", tree)
            with tarfile.open(sdist) as archive:
                archive.extractall(scratch / "unpacked", filter="data")
            by_sdist = build("build_wheel", scratch / "unpacked" / sdist.name.removesuffix(".tar.gz"))
            unlike = unlike if _unlike(artifact, by_sdist) else []
    return {
        "artifact": artifact.name,
        "commit": found_commit,
        "identical": not unlike,
        "differences": unlike,
        "toolchain": _toolchain(found, facts),
    }


def _as_text(artifact: str, commit: str, identical: bool, differences: list[str], toolchain: list[str]) -> str:
    lines = [f"{artifact}: {'identical to' if identical else 'NOT identical to'} what {commit[:12]} makes"]
    lines += [f"  - {sentence}" for sentence in differences]
    lines += [f"  warning: {sentence}" for sentence in toolchain if differences]
    return "\n".join(map(printable, lines))


def _facts(found: Distribution) -> Provenance:
    if found.provenance is None:
        raise ArtifactError(what=f"{found.name} has no {FILE_NAME}", fix="verify what uniqver built")
    facts = parsed(found.provenance, FILE_NAME)
    if facts.dirty:
        what = f"{found.name} was built from a work tree with changes, which no commit has"
        raise ArtifactError(what=what, fix="commit the changes and build again")
    return facts


def _build(hook: str, source: Path, *, scratch: Path, environ: Mapping[str, str], provenance: str) -> Path:
    """Run a hook on ``source`` with the artifact's facts in place of this machine's; return the artifact."""
    folder, facts = Path(tempfile.mkdtemp(dir=scratch)), scratch / FILE_NAME
    facts.write_bytes(provenance.encode())
    left = {n: v for n, v in environ.items() if not n.startswith(("UNIQVER_", "GIT_")) and n != EPOCH}
    # the uniqver that verifies is the one that builds
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), left.get("PYTHONPATH"))))
    legacy = str(table(read_pyproject(source / "pyproject.toml"), "build-system").get("build-backend")).endswith(
        ":__legacy__"
    )
    backend = "build_meta.__legacy__" if legacy else "build_meta"
    code = f"import sys; from uniqver import build_meta; {backend}.{hook}(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=source, env={**left, "PYTHONPATH": path, FACTS: str(facts)}, text=True, errors="replace", check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        what, _, fix = done.stdout.rpartition("uniqver: error: ")[2].partition("\n  fix: ")
        last = (what.strip() or "no output").splitlines()[-1].strip()
        raise ArtifactError(
            what=f"building it again failed: {printable(last)}",
            fix=printable(" ".join(fix.split())) or "install build-system.requires into this environment",
        )
    (made,) = folder.iterdir()
    return made


def _unlike(artifact: Path, made: Path) -> list[str]:
    names = [parse_filename(path.name) for path in (artifact, made)]
    if len({name.project for name in names if name is not None}) > 1:
        what = f"{artifact.name} is of another project: this folder's is {made.name}"
        raise ArtifactError(what=what, fix="name its project's folder: uniqver verify -C DIR FILE")
    if made.name != artifact.name:
        return [f"the file is called {made.name}"]
    if digests(artifact, ["sha256"]) == digests(made, ["sha256"]):
        return []
    with opened(artifact) as ours, opened(made) as theirs:
        return differences(ours, theirs)


def differences(ours: Iterable[Entry], theirs: Iterable[Entry]) -> list[str]:
    """Return sentences: how the members of ``theirs``, rebuilt, differ from ``ours``."""
    known, found = ({entry.member.name: _facts_of(entry) for entry in entries} for entries in (ours, theirs))
    sentences = [f"{printable(name)} is missing in the rebuilt one" for name in known if name not in found]
    sentences += [f"{printable(name)} is only in the rebuilt one" for name in found if name not in known]
    for name, facts in known.items():
        other = found.get(name, facts)
        unlike = [
            "other contents" if fact == "contents" else f"{fact} {value}, not {other[fact]}"
            for fact, value in facts.items()
            if value != other[fact]
        ]
        if unlike:
            sentences.append(f"{printable(name)}: {', '.join(unlike)}")
    if not sentences and list(known) != list(found):
        sentences = ["the members are in another order"]
    return sentences or ["the same members, packed in another way (another version of zlib or of Python?)"]


def _facts_of(entry: Entry) -> dict[str, object]:
    member = entry.member
    return {
        "kind": member.kind,
        "contents": member.target or recorded_hash(entry.pieces() if member.kind == "file" else ())[0],
        "mode": f"{member.mode:o}",
        "time": member.time,
        "owner": printable(member.owner),
    }


def _toolchain(found: Distribution, facts: Provenance) -> list[str]:
    """Return a sentence for each tool of another version here."""
    made_with = dict(facts.tools or {})
    if matched := re.match(r"setuptools \((.+)\)", found.generator or ""):
        made_with["setuptools"] = matched[1]
    return [
        f"made with {name} {made}, not {version(name)}: pip install {name}=={made}"
        for name, made in made_with.items()
        if version(name) != made
    ]
