"""The case that every rule judges, and the rules that hold on every index. Pure.

A rule is a function ``Case -> Finding | None``, and says in its docstring where it comes from.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from uniqver.cli.check.report import Finding, Verdict
from uniqver.dists.distribution import parse_filename
from uniqver.index.listing import comparable
from uniqver.model.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias

    from uniqver.dists.distribution import Distribution, Filename
    from uniqver.index.listing import IndexFile, Listing


class Upload(NamedTuple):
    """One call of ``uniqver check``: the upload that is planned, and what is required of it."""

    files: Sequence[str]
    """Paths and patterns, as given."""
    directory: Path
    """The project's folder."""
    environ: Mapping[str, str]
    now: datetime
    """Aware."""
    index_url: str | None = None
    repository: str | None = None
    rules: Literal["pypi", "names"] | None = None
    """``None``: those of the index's profile."""
    release: bool = False
    """Whether to refuse development, pre- and local versions."""
    dev: bool = False
    """Whether to refuse plain releases, and post-releases of them."""
    same_version: bool = True
    """Whether to refuse more than one version of a project."""
    expect: Version | None = None
    metadata: bool = True
    install: bool = False
    timeout: float = 20.0
    """Seconds for each answer of the index."""
    progress: bool = False
    """Whether stderr is a terminal to draw progress on."""


class Call(NamedTuple):
    """What the cases of one call share."""

    upload: Upload
    versions: Mapping[str, tuple[Version, ...]]
    """Versions of the files given, sorted, by project."""
    built: Mapping[str, Version]
    """The version of the last build, by project, if it is known."""
    folders: Mapping[Path, tuple[str, ...]]
    """The names of all files in the folders of those given."""
    commits: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({})
    """Files by the commit that they were built from, by ``project==version``, as far as they tell it."""


class Artifact(NamedTuple):
    """One file that could be read."""

    path: str
    """As it was given."""
    size: int
    """Bytes."""
    name: Filename
    content: Distribution
    digests: Mapping[str, str] = MappingProxyType({})
    """Hex digests by hashlib's name of the algorithm; ``sha256`` always once the file was hashed."""


class Case(NamedTuple):
    """One file, with all that a verdict on it depends on."""

    artifact: Artifact
    listing: Listing
    """What the index has of its project; files of the same call that were found free before it count as listed."""
    siblings: tuple[IndexFile, ...]
    """The listed files of the same release."""
    call: Call

    @property
    def name(self) -> Filename:
        """The file's name, taken apart."""
        return self.artifact.name

    @property
    def rules(self) -> Literal["pypi", "names"]:
        """The rule set for this file: what the user chose, else the index's own."""
        return self.call.upload.rules or self.listing.profile.rules


if TYPE_CHECKING:
    Rule: TypeAlias = Callable[[Case], Finding | None]


def siblings_of(name: Filename, listing: Listing) -> tuple[IndexFile, ...]:
    """Return the listed files of the same release. ``1.0`` and ``1.0.0`` are one release."""
    named = ((file, parse_filename(file.filename)) for file in listing.files)
    return tuple(file for file, its_name in named if its_name is not None and its_name.version == name.version)


def refused(reason: str, fix: str) -> Finding:
    """Return the finding that a rule stands against the file."""
    return Finding(Verdict.REFUSED, reason, fix)


def unknown(reason: str, fix: str) -> Finding:
    """Return the finding that the index doesn't say enough."""
    return Finding(Verdict.UNKNOWN, reason, fix)


def malformed(case: Case) -> Finding | None:
    """A file that isn't as its format demands (binary distribution format, PEP 427, PEP 625): installers refuse it."""
    problem = next(iter(case.artifact.content.problems), None)
    return None if problem is None else refused(problem, "build it again: python -m build")


def renamed(case: Case) -> Finding | None:
    """A file whose name and metadata disagree is corrupt: pip and uv refuse to install it."""
    name, metadata = case.name, case.artifact.content.metadata
    place = "METADATA" if name.kind == "wheel" else "PKG-INFO"
    if canonicalize_name(metadata.name or "") != name.project:
        wanted, found = name.project, metadata.name or "no name"
    elif not is_version(metadata.version or "", name.version):
        wanted, found = str(name.version), metadata.version or "no version"
    else:
        return None
    fix = "build it again: never rename a wheel or an sdist"
    return refused(f"the file name has {wanted}, its {place} has {found}", fix)


def is_version(text: str, version: Version) -> bool:
    """Tell whether ``text`` is ``version``, however it is spelled: ``1.0`` and ``1.0.0`` are one version."""
    try:
        return Version(text) == version
    except ValueError:  # InvalidVersion is one
        return False


def listed_name(case: Case) -> Finding | None:
    """A name that is taken stays taken; the same bytes under it change nothing."""
    for file in case.listing.files:
        if file.filename == case.name.text:
            return _compared(case, file)
    return None


def _compared(case: Case, file: IndexFile) -> Finding:
    algorithm = comparable(file.digests)
    place = "an earlier file of this call has" if file.pending else "the index has"
    names = filter(None, (parse_filename(listed.filename) for listed in case.listing.files))
    free = str(next_free(case.name.version, (name.version for name in names)))
    if algorithm is None:
        return unknown(
            "the index has this name, but gives no hash to compare with",
            f"download it and compare, or build again as {free}",
        )
    here, there = case.artifact.digests[algorithm], file.digests[algorithm]
    if here == there:
        return _identical(case, f"{place} these very bytes under this name ({algorithm})")
    return Finding(
        Verdict.CONFLICT,
        f"{place} this name with other bytes ({algorithm} {there[:12]}... there, {here[:12]}... here): "
        "the upload will be refused",
        f"build again with a free version, the next is {free}: "
        f"uniqver gives every build its own, and UNIQVER_VERSION={free} sets it by hand",
    )


def _identical(case: Case, reason: str) -> Finding:
    profile = case.listing.profile
    error = "" if profile.takes_same_bytes else f", though {profile.name} answers it with an error"
    return Finding(
        Verdict.IDENTICAL,
        f"{reason}: uploading again changes nothing{error}",
        "nothing to do; to leave such files out: uniqver check --print free dist/* | xargs -r twine upload",
    )


def no_answer(case: Case) -> Finding | None:
    """An index that can't be asked, or not be believed, makes no name free."""
    trouble = case.listing.trouble
    return None if trouble is None else unknown(trouble.what, trouble.fix)


def free_name(case: Case) -> Finding:
    """A name that the index doesn't list is free, as far as can be seen."""
    reason = "the index has no file of this name"
    if not case.listing.files:
        reason = f"the index has no file of {case.name.project}"
    if case.rules == "pypi":
        reason += ", and no rule of PyPI's stands against it that can be known here"
    return Finding(Verdict.FREE, reason, f"twine upload {case.artifact.path}")


def expected_version(case: Case) -> Finding | None:
    """``--expect``."""
    expect, version = case.call.upload.expect, case.name.version
    if expect is None or version == expect:
        return None
    return refused(f"--expect {expect}: this is {version}", "rm the stale file, or build again")


def release_only(case: Case) -> Finding | None:
    """``--release``."""
    if not case.call.upload.release or not _is_unfinished(case.name.version):
        return None
    return refused(
        f"--release: {case.name.version} is a development, pre- or local version",
        "build from a clean checkout of the release tag",
    )


def dev_only(case: Case) -> Finding | None:
    """``--dev``."""
    if not case.call.upload.dev or _is_unfinished(case.name.version):
        return None
    return refused(f"--dev: {case.name.version} is a plain release", "build from a commit that has no release tag")


def _is_unfinished(version: Version) -> bool:
    return version.is_prerelease or version.local is not None


def same_version(case: Case) -> Finding | None:
    """``--same-version``: of two versions of a project in one call, one is mostly left over from another build."""
    versions = case.call.versions[case.name.project]
    if not case.call.upload.same_version or len(versions) == 1:
        return None
    return refused(
        f"--same-version: this call has {len(versions)} versions of {case.name.project}: "
        f"{', '.join(map(str, versions))}",
        "rm the stale files (or, where it's meant so: --no-same-version)",
    )


def one_commit(case: Case) -> Finding | None:
    """Files of one version that were built from two commits: an index would serve both as one release."""
    builds = next((found for found in case.call.commits.values() if len(found) > 1 and _is_in(case, found)), None)
    if builds is None:
        return None
    made = "; ".join(f"{commit[:12]} made {listed(names)}" for commit, names in builds.items())
    return refused(
        f"two builds share {case.name.version}: {made}",
        "rm the stale files, and build all files of a version from one commit",
    )


def _is_in(case: Case, builds: Mapping[str, Sequence[str]]) -> bool:
    return any(case.name.text in names for names in builds.values())


def stale_files(case: Case) -> Finding | None:
    """Files beside the one given that are of another version than the last build."""
    folder, built = Path(case.artifact.path).parent, case.call.built.get(case.name.project)
    if built is None:
        return None
    names = (parse_filename(filename) for filename in case.call.folders[folder])
    stale = (name for name in names if name is not None and name.project == case.name.project and name.version != built)
    files = tuple(sorted(name.text for name in stale))
    reason = f"stale, of another version than the last build, in {folder}"
    return Finding(Verdict.NOTE, reason, files=files) if files else None


def several_projects(case: Case) -> Finding | None:
    """Files of several projects in one call: one of them may not be meant."""
    projects = list(case.call.versions)
    if len(projects) == 1:
        return None
    reason = f"these files are of {len(projects)} projects, each judged by itself: {', '.join(projects)}"
    return Finding(Verdict.NOTE, reason)


def other_software(case: Case) -> Finding | None:
    """An index that shows itself as software without PyPI's rules."""
    product = case.listing.profile.name
    if product is None or case.call.upload.rules is not None:
        return None
    reason = f"the index is {product}, so PyPI's own rules aren't asked for (--rules pypi does)"
    return Finding(Verdict.NOTE, reason)


def next_free(version: Version, listed: Iterable[Version]) -> Version:
    """Return the lowest version of ``version``'s own kind that sorts above it and above all ``listed`` of its series.

    The number that grows is the last one: ``dev``, else ``post``, else the pre-release's, else the third component
    of the release (as with ``bump = "patch"``). A local part is dropped, since it makes nothing unique on an index.
    Yanked files count as listed: they still hold their names.
    """
    before, number, after = _series(version)
    taken = [number]
    for other in listed:
        its_before, its_number, its_after = _series(other)
        if (its_before, its_after) == (before, after):
            taken.append(its_number)
    return Version(f"{before}{max(taken) + 1}{after}")


def _series(version: Version) -> tuple[str, int, str]:
    """Return the text before the last number, that number, and the text after it; ``1.4`` is of ``1.4.0``'s series."""
    major, minor, patch, *rest = version.release + (0,) * (3 - len(version.release))
    line, tail = f"{version.epoch}!{major}.{minor}.", "".join(f".{part}" for part in rest)
    text = version.public.removeprefix(version.base_version)
    kind = text.rstrip("0123456789")
    return (f"{line}{patch}{tail}{kind}", int(text[len(kind) :]), "") if kind else (line, patch, tail)


ALWAYS: tuple[Rule, ...] = (malformed, renamed, listed_name)
"""What decides first, whatever rules an index has."""
REQUIRED: tuple[Rule, ...] = (expected_version, release_only, dev_only, same_version, one_commit)
"""What the caller requires of the versions."""
NOTES: tuple[Rule, ...] = (stale_files, several_projects, other_software)
"""What is worth knowing beside the verdicts."""
