"""``uniqver verify ARTIFACT``: builds it again from the commit that it names, and compares the bytes."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.cli.rebuild import build_again, unpack
from uniqver.dists.comparison import differences
from uniqver.dists.contents import read_contents
from uniqver.errors import ArtifactError, GitError
from uniqver.model.provenance import FILE_NAME, parsed
from uniqver.vcs.checkout import check_out, commit_of
from uniqver.vcs.repository import enclosing_work_tree, find_repository

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from uniqver.dists.contents import Contents
    from uniqver.model.provenance import Provenance
    from uniqver.model.report import Json
    from uniqver.vcs.repository import Repository

EXAMPLE = "uniqver verify dist/acme-1.4.1.dev41201-py3-none-any.whl"


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("artifact", type=Path, metavar="ARTIFACT", help="a wheel or an sdist")
    parser.add_argument("--commit", help="the commit to build from, for an artifact that does not name one")


def run(options: Namespace) -> int:
    """Print the verdict; return 1 if the bytes differ."""
    verdict = verify(options.artifact, options.project, os.environ, commit=options.commit)
    print(json.dumps(as_json(verdict), indent=2) if options.json else as_text(verdict))
    return 0 if verdict.identical else 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether an artifact is what its commit makes."""

    artifact: str
    commit: str
    differences: tuple[str, ...]
    """Sentences; none where the bytes are the same."""
    toolchain: tuple[str, ...]
    """Sentences: what it was made with that isn't here."""

    @property
    def identical(self) -> bool:
        """Whether the rebuilt artifact has the same bytes."""
        return not self.differences


def verify(artifact: Path, directory: Path, environ: Mapping[str, str], *, commit: str | None = None) -> Verdict:
    """Build ``artifact`` again from its commit, found in the repository of the project at ``directory``.

    ``commit`` stands in for one that the artifact doesn't name. Raises :class:`ArtifactError` where the
    artifact doesn't say enough, :class:`GitError` where the commit isn't there.
    """
    contents = read_contents(artifact)
    facts = _facts(contents)
    revision = _revision(contents, facts, commit)
    repository, inside = _repository(directory.resolve())
    found_commit = commit_of(repository, revision, environ=environ)
    if found_commit is None:
        raise GitError(
            what=f"the commit {revision} isn't in the repository at {repository.work_tree}",
            fix=f"git fetch origin {revision}   (or name the project's folder: -C DIR)",
        )
    with tempfile.TemporaryDirectory(prefix="uniqver-verify-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        tree = check_out(repository, found_commit, scratch / "tree", environ=environ).work_tree
        found = _compared(artifact, contents, tree / inside, scratch, environ)
    return Verdict(
        artifact=contents.name,
        commit=found_commit,
        differences=tuple(found),
        toolchain=tuple(_toolchain(contents, facts)),
    )


def as_json(verdict: Verdict) -> dict[str, Json]:
    """Return what ``--json`` prints. Keys are never renamed or removed within a major version."""
    return {
        "artifact": verdict.artifact,
        "commit": verdict.commit,
        "identical": verdict.identical,
        "differences": list(verdict.differences),
        "toolchain": list(verdict.toolchain),
    }


def as_text(verdict: Verdict) -> str:
    """Return the verdict for a person."""
    said = "identical to" if verdict.identical else "NOT identical to"
    lines = [f"{verdict.artifact}: {said} what {verdict.commit[:12]} makes"]
    lines += [f"  - {sentence}" for sentence in verdict.differences]
    if verdict.differences:
        lines += [f"  look out: {sentence}" for sentence in verdict.toolchain]
    return "\n".join(lines)


def _facts(contents: Contents) -> Provenance:
    if contents.provenance is None:
        raise ArtifactError(
            what=f"{contents.name} holds no {FILE_NAME}: nothing tells which commit it was built from",
            fix="only artifacts that uniqver built can be verified; compare with one that you built yourself",
        )
    facts = parsed(contents.provenance, FILE_NAME)
    if facts.dirty:
        raise ArtifactError(
            what=f"{contents.name} was built from a work tree with changes, which no commit holds",
            fix="commit the changes and build again",
        )
    return facts


def _revision(contents: Contents, facts: Provenance, given: str | None) -> str:
    if given is None and facts.commit is None:
        raise ArtifactError(
            what=f"{contents.name} names no commit: where it was built, neither git nor a CI told one",
            fix="say which commit it should be from: uniqver verify --commit COMMIT FILE",
        )
    return given or facts.commit or ""


def _repository(directory: Path) -> tuple[Repository, Path]:
    """Return the repository that the project is in, and where in it the project lies."""
    top = directory if (directory / ".git").exists() else enclosing_work_tree(directory)
    repository = None if top is None else find_repository(top)
    if top is None or repository is None:
        raise GitError(
            what=f"{directory} is in no git repository", fix="name a clone of the project: uniqver verify -C DIR FILE"
        )
    return repository, directory.relative_to(top)


def _compared(artifact: Path, contents: Contents, source: Path, scratch: Path, environ: Mapping[str, str]) -> list[str]:
    """Build from ``source``; a wheel that differs is tried by way of an sdist too, as most frontends make it."""
    facts = scratch / FILE_NAME
    facts.write_bytes((contents.provenance or "").encode())
    if contents.kind == "sdist":
        return _unlike(artifact, build_again("build_sdist", source, scratch / "made", facts, environ))
    found = _unlike(artifact, build_again("build_wheel", source, scratch / "made", facts, environ))
    if not found:
        return []
    unpacked = unpack(build_again("build_sdist", source, scratch / "sdist", facts, environ), scratch / "unpacked")
    by_sdist = _unlike(artifact, build_again("build_wheel", unpacked, scratch / "made-of-sdist", facts, environ))
    return by_sdist and found


def _unlike(artifact: Path, made: Path) -> list[str]:
    if made.name != artifact.name:
        return [f"the file is called {made.name}"]
    try:
        return differences(artifact, made)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise ArtifactError(what=f"{artifact.name} can't be read: {error}", fix="download it again") from error


def _toolchain(contents: Contents, facts: Provenance) -> list[str]:
    """Say which of the tools that made the artifact are other ones here."""
    made_with = {"setuptools": facts.setuptools, "uniqver": facts.uniqver}
    if contents.generator is not None and contents.generator.startswith("setuptools ("):
        made_with["setuptools"] = contents.generator.removeprefix("setuptools (").rstrip(")")
    return [
        f"made with {name} {made}, and here is {version(name)}: pip install {name}=={made}"
        for name, made in made_with.items()
        if version(name) != made
    ]
