"""The case that every rule judges, the rules that hold on every index, and what the caller requires. Pure.

A rule is a function that yields what it finds, the first of which counts, and says in its docstring where it comes from.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from uniqver.cli.check.contents import Contents
from uniqver.cli.check.report import ELSEWHERE, Finding, Verdict, refused, unknown
from uniqver.dists.distribution import parse_filename
from uniqver.index.listing import comparable
from uniqver.index.profiles import PROFILES
from uniqver.model.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias

    from uniqver.dists.distribution import Distribution, Filename
    from uniqver.index.listing import Catalog, IndexFile, Listing
    from uniqver.index.profiles import Profile


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
    rules: str | None = None
    """The key of a profile; ``None``: the one that the index shows."""
    release: bool = False
    """Whether to refuse development, pre- and local versions."""
    dev: bool = False
    """Whether to refuse plain releases, and post-releases of them unless ``segment`` makes these."""
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
    contents: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({})
    """Files by the commit that they were built from, by ``project==version``, as far as they tell it."""
    post: bool = False
    """Whether the project's dev builds are post-releases, by its ``segment``."""


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
    contents: Contents = Contents()

    @property
    def metadata_text(self) -> bytes | None:
        """METADATA or PKG-INFO: the one nearest to the top, as clients read it."""
        found = [name for name in self.contents.texts if name.endswith(("METADATA", "PKG-INFO"))]
        return self.contents.texts[min(found, key=lambda name: (name.count("/"), len(name)))] if found else None


class Case(NamedTuple):
    """One file, with all that a verdict on it depends on."""

    artifact: Artifact
    catalog: Catalog
    """What the index has of its project; files of the same call that were found free before it count as listed."""
    call: Call

    @property
    def name(self) -> Filename:
        """The file's name, taken apart."""
        return self.artifact.name

    @property
    def listing(self) -> Listing:
        """What the index says about the project."""
        return self.catalog.listing

    @property
    def siblings(self) -> Sequence[IndexFile]:
        """The listed files of the same release."""
        return self.catalog.release(self.name.version)

    @property
    def profile(self) -> Profile:
        """What the index does with uploads: as the user chose, else as it shows itself."""
        chosen = self.call.upload.rules
        return PROFILES[chosen] if chosen is not None else self.listing.profile

    @property
    def rules(self) -> Literal["pypi", "names", "unknown"]:
        """The rule set for this file."""
        return self.profile.rules


if TYPE_CHECKING:
    Findings: TypeAlias = Iterator[Finding]
    Rule: TypeAlias = Callable[[Case], Findings]


def malformed(case: Case) -> Findings:
    """A file that isn't as its format demands (binary distribution format, PEP 427, PEP 625): installers refuse it."""
    for problem in case.artifact.content.problems:
        yield refused(problem, "build it again: python -m build")


def renamed(case: Case) -> Findings:
    """A file whose name and metadata disagree is corrupt: pip and uv refuse to install it."""
    name, metadata = case.name, case.artifact.content.metadata
    place = "METADATA" if name.kind == "wheel" else "PKG-INFO"
    fix = "build it again: never rename a wheel or an sdist"
    if canonicalize_name(metadata.name or "") != name.project:
        yield refused(f"the file name has {name.project}, its {place} has {metadata.name or 'no name'}", fix)
    if not is_version(metadata.version or "", name.version):
        yield refused(f"the file name has {name.version}, its {place} has {metadata.version or 'no version'}", fix)


def is_version(text: str, version: Version) -> bool:
    """Tell whether ``text`` is ``version``, however it is spelled: ``1.0`` and ``1.0.0`` are one version."""
    try:
        return Version(text) == version
    except ValueError:  # InvalidVersion is one
        return False


def listed_name(case: Case) -> Findings:
    """A name that is taken stays taken; the same bytes under it change nothing."""
    if (file := case.catalog.named(case.name.text)) is not None:
        yield _compared(case, file)


def _compared(case: Case, file: IndexFile) -> Finding:
    algorithm = comparable(file.digests)
    place = "an earlier file of this call has" if file.pending else "the index has"
    free = str(case.catalog.next_free(case.name.version))
    if algorithm is None:
        return unknown(
            "the index has this name, but gives no hash to compare with",
            f"download it and compare, or build again as {free}",
        )
    here, there = case.artifact.digests[algorithm], file.digests[algorithm]
    if here == there:
        return _identical(case, f"{place} these very bytes under this name ({algorithm})")
    name = case.profile.name
    then = {
        "refused": "the upload will be refused",
        "replaced": f"{name} would replace them, for everybody who has them",
        "depends": f"what {name} does then depends on its settings",
        "unknown": f"what {name} does then isn't known",
    }
    return Finding(
        Verdict.CONFLICT,
        f"{place} this name with other bytes ({algorithm} {there[:12]}... there, {here[:12]}... here): "
        f"{then[case.profile.other]}",
        f"build again with a free version, the next is {free}: "
        f"uniqver gives every build its own, and UNIQVER_VERSION={free} sets it by hand",
    )


def _identical(case: Case, reason: str) -> Finding:
    profile = case.profile
    if profile.same in ("depends", "unknown"):
        why = "depends on its settings" if profile.same == "depends" else "isn't known"
        fix = "leave it out, or say what the index is: --rules NAME"
        return unknown(f"{reason}; what {profile.name} answers to them {why}", fix)
    error = "" if profile.same == "accepted" else f", though {profile.name} answers it with an error"
    return Finding(
        Verdict.IDENTICAL,
        f"{reason}: uploading again changes nothing{error}",
        "nothing to do; to leave such files out: uniqver check --print free dist/* | xargs -r twine upload",
    )


def local_elsewhere(case: Case) -> Findings:
    """What the index's profile says of local versions, where PyPI's rules don't hold."""
    profile = case.profile
    if case.name.version.local is None or case.rules == "pypi" or profile.local == "accepted":
        return
    if profile.local == "refused":
        yield refused(f"{case.name.version} is a local version: {profile.name} accepts none", ELSEWHERE)
    else:
        why = "depends on its version or settings" if profile.local == "depends" else "isn't known"
        yield unknown(f"{case.name.version} is a local version: whether {profile.name} accepts it {why}", ELSEWHERE)


def no_answer(case: Case) -> Findings:
    """An index that can't be asked, or not be believed, makes no name free."""
    if case.listing.trouble is not None:
        yield unknown(*case.listing.trouble)


def free_name(case: Case) -> Findings:
    """A name that the index doesn't list is free, as far as can be seen."""
    reason = "the index has no file of this name"
    if not case.listing.files:
        reason = f"the index has no file of {case.name.project}"
    if case.rules == "pypi":
        reason += ", and no rule of PyPI's stands against it that can be known here"
    yield Finding(Verdict.FREE, reason, f"twine upload {case.artifact.path}")


def stale_files(case: Case) -> Findings:
    """Files beside the one given that are of another version than the last build."""
    folder, built = Path(case.artifact.path).parent, case.call.built.get(case.name.project)
    names = [name for name in map(parse_filename, case.call.folders[folder]) if name is not None]
    stale = [name.text for name in names if name.project == case.name.project and name.version != built]
    if built is not None and stale:
        reason = f"stale, of another version than the last build, in {folder}"
        yield Finding(Verdict.NOTE, reason, files=tuple(sorted(stale)))


def several_projects(case: Case) -> Findings:
    """Files of several projects in one call: one of them may not be meant."""
    projects = case.call.versions
    if len(projects) > 1:
        reason = f"these files are of {len(projects)} projects, each judged by itself: {', '.join(projects)}"
        yield Finding(Verdict.NOTE, reason)


def other_software(case: Case) -> Findings:
    """An index that isn't PyPI's kind, or doesn't show what it is."""
    profile = case.listing.profile
    reason = f"the index is {profile.name}, so PyPI's own rules aren't asked for (--rules pypi does)"
    if profile.rules == "unknown":
        reason = "the index does not show what it is, so what it does with some files is unknown (--rules NAME chooses)"
    if profile.rules != "pypi" and case.call.upload.rules is None:
        yield Finding(Verdict.NOTE, reason)


ALWAYS: tuple[Rule, ...] = (listed_name, malformed, renamed)
"""What holds whatever rules an index has: a file that it has already was taken once, sound or not."""
NOTES: tuple[Rule, ...] = (stale_files, several_projects, other_software)
"""What is worth knowing beside the verdicts."""


def expected_version(case: Case) -> Findings:
    """``--expect``."""
    expect, version = case.call.upload.expect, case.name.version
    if expect is not None and version != expect:
        yield refused(f"--expect {expect}: this is {version}", "rm the stale file, or build again")


def wanted_kind(case: Case) -> Findings:
    """``--release`` and ``--dev``."""
    version, upload = case.name.version, case.call.upload
    is_final = not version.is_prerelease and version.local is None
    if upload.release and not is_final:
        reason = f"--release: {version} is a development, pre- or local version"
        yield refused(reason, "build from a clean checkout of the release tag")
    if upload.dev and is_final and not (case.call.post and version.is_postrelease):
        yield refused(f"--dev: {version} is a plain release", "build from a commit that has no release tag")


def same_version(case: Case) -> Findings:
    """``--same-version``: of two versions of a project in one call, one is mostly left over from another build."""
    versions = case.call.versions[case.name.project]
    if case.call.upload.same_version and len(versions) > 1:
        shown = ", ".join(map(str, versions))
        reason = f"--same-version: this call has {len(versions)} versions of {case.name.project}: {shown}"
        yield refused(reason, "rm the stale files (or, where it's meant so: --no-same-version)")


def one_content(case: Case) -> Findings:
    """Files of one version that were built from two contents: an index would serve both as one release."""
    for builds in case.call.contents.values():
        if len(builds) > 1 and any(case.name.text in names for names in builds.values()):
            made = "; ".join(f"{source} made {listed(names)}" for source, names in builds.items())
            fix = "rm the stale files, and build all files of a version from one clean tree"
            yield refused(f"two builds share {case.name.version}: {made}", fix)


REQUIRED: tuple[Rule, ...] = (expected_version, wanted_kind, same_version, one_content)
"""What the caller requires of the versions."""
