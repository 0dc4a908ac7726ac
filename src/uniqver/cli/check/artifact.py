"""A file to be uploaded: what it is called, what it says, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from uniqver import dists
from uniqver.dists.distribution import parse_filename
from uniqver.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uniqver.dists.distribution import Distribution, Filename
    from uniqver.model.core_metadata import CoreMetadata

_STORED, _DEFLATED = 0, 8


class Flaw(NamedTuple):
    """Something wrong with a file's content."""

    what: str
    """A sentence."""
    fix: str
    pypi_only: bool = False
    """Whether other indexes accept such a file (and pip installs it)."""


class Artifact(NamedTuple):
    """One file to be uploaded, with all that a verdict depends on."""

    path: str
    """As it was given."""
    filename: str
    size: int
    """Bytes."""
    name: Filename | None = None
    """``None`` if the file name is neither a wheel's nor an sdist's."""
    metadata: CoreMetadata | None = None
    """``None`` if it couldn't be read; then ``flaws`` says why."""
    members: tuple[str, ...] = ()
    """Member names."""
    flaws: tuple[Flaw, ...] = ()
    digests: Mapping[str, str] = {}
    """Hex digests by hashlib's name of the algorithm; ``sha256`` always once the file was hashed."""


def artifact_at(path: str) -> Artifact:
    """Return the artifact at ``path``, not hashed yet. Raises OSError if the file can't be opened at all."""
    file = Path(path)
    artifact = Artifact(path=path, filename=file.name, size=file.stat().st_size, name=parse_filename(file.name))
    if artifact.name is None:
        return artifact
    try:
        if file.is_file():  # opening a FIFO would wait; the reader refuses it
            file.open("rb").close()
        found = dists.read(file)
    except ArtifactError as error:
        return artifact._replace(flaws=(Flaw(error.what, error.fix),))
    names = tuple(member.name for member in found.members)
    return artifact._replace(metadata=found.metadata, members=names, flaws=tuple(_flaws(found)))


def _flaws(found: Distribution) -> Iterator[Flaw]:
    for problem in found.problems:
        yield Flaw(problem, "build it again: python -m build")
    # A file whose name and metadata disagree is corrupt: pip and uv refuse to install it.
    place = "METADATA" if found.kind == "wheel" else "PKG-INFO"
    for said in (found.projects, found.versions):
        if said["file name"] != said[place]:
            what = f"the file name has {said['file name']}, its {place} has {said[place]}"
            yield Flaw(what, "build it again: never rename a wheel or an sdist")
    # ``_is_valid_dist_file`` of warehouse
    if any(member.compression not in (_STORED, _DEFLATED) for member in found.members):
        what = "a member is packed in a way that PyPI doesn't accept (only stored and deflated)"
        yield Flaw(what, "build it again with a current setuptools", pypi_only=True)
