"""The case that a rule judges, what it finds, the rules of all indexes, and what the caller requires.

A rule is a function that yields findings, the first of which counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from packaging.utils import canonicalize_name
from packaging.version import Version

from uniqver.dists import Distribution, Filename, parse_filename
from uniqver.errors import printable
from uniqver.index import Catalog, comparable
from uniqver.index.profiles import PROFILES, Profile
from uniqver.model.versions import version_of

Verdict = Literal["free", "identical", "conflict", "refused", "unknown", "note", "warning"]
"""The predicted answer of an index to a file (``uniqver help check``); the last two stand beside."""

FAILED = ("conflict", "refused")


class Finding(NamedTuple):
    """The result of a rule for a file."""

    verdict: Verdict
    reason: str
    fix: str = ""
    """Empty for a note."""
    files: tuple[str, ...] = ()
    """A verdict's one file, as given; the files that a note names."""

    @property
    def names(self) -> str:
        """The files, for people."""
        return printable(", ".join(self.files))

    @property
    def line(self) -> str:
        """A note or a warning in one line."""
        return f"{self.verdict}: {printable(self.reason)}{': ' if self.files else ''}{self.names}"


refused = partial(Finding, "refused")
unknown = partial(Finding, "unknown")
note = partial(Finding, "note")


class Call(NamedTuple):
    """One call of ``uniqver check``: its options, and what is known of all files."""

    now: datetime
    """Aware."""
    versions: Mapping[str, Sequence[Version]]
    """Of the files given, sorted, by project."""
    built: Mapping[str, Version]
    """Of the last build, by project."""
    folders: Mapping[Path, tuple[str, ...]]
    """Names of all files beside those given."""
    shared: Mapping[str, str]
    """As :func:`builds_that_share`."""
    post: bool = False
    """The project's ``segment`` is ``post``."""
    rules: str | None = None
    """The key of a profile; ``None``: the one that the index shows."""
    release: bool = False
    dev: bool = False
    same_version: bool = True
    expect: Version | None = None
    metadata: bool = True
    install: bool = False


class Artifact(NamedTuple):
    """One file that could be read."""

    path: str
    """As it was given."""
    size: int
    """Bytes."""
    name: Filename
    content: Distribution
    digests: Mapping[str, str]
    """Hex digests by algorithm, always with ``sha256``."""
    texts: Mapping[str, bytes] = {}
    """METADATA, RECORD, entry points and PKG-INFO, by member."""
    marks: Sequence[tuple[str, str]] = ()
    """Members that an obfuscator made, with its name."""
    framing: str | None = None
    """A clause about what is wrong with a wheel as a zip file."""
    is_both: bool = False
    """A zip file and a tar file."""

    @property
    def metadata_text(self) -> bytes | None:
        """METADATA or PKG-INFO: the one nearest to the top, as clients read it."""
        found = [name for name in self.texts if name.endswith(("METADATA", "PKG-INFO"))]
        return self.texts[min(found, key=lambda name: (name.count("/"), len(name)))] if found else None


class Case(NamedTuple):
    """One file, and all that its verdict depends on."""

    artifact: Artifact
    catalog: Catalog
    """Of its project, with earlier files of this call that are free."""
    call: Call

    @property
    def name(self) -> Filename:
        """Of the artifact."""
        return self.artifact.name

    @property
    def profile(self) -> Profile:
        """As the user chose, else as the index shows."""
        return self.catalog.listing.profile if self.call.rules is None else PROFILES[self.call.rules]


Findings: TypeAlias = Iterator[Finding]
Rule: TypeAlias = Callable[[Case], Findings]

ELSEWHERE = "build it where uniqver finds a public number (on CI, or source = 'counter')"
"""The fix of a local version."""
AGAIN = "build it again: python -m build"
CORRECT = "correct [project] in pyproject.toml, and build again"

_UNSURE = {"depends": "depends on its version or settings", "unknown": "isn't known"}


def broken(case: Case) -> Findings:
    """Installers refuse what is not as its format demands, and a name and metadata that disagree."""
    for problem in case.artifact.content.problems:  # binary distribution format, PEP 427, PEP 625
        yield refused(problem, AGAIN)
    name, metadata = case.name, case.artifact.content.metadata
    place = "METADATA" if name.kind == "wheel" else "PKG-INFO"
    fix = "build it again: never rename a wheel or an sdist"
    if canonicalize_name(metadata.name or "") != name.project:
        yield refused(f"the file name has {name.project}, its {place} has {metadata.name or 'no name'}", fix)
    if version_of(metadata.version or "") != name.version:
        yield refused(f"the file name has {name.version}, its {place} has {metadata.version or 'no version'}", fix)


def listed_name(case: Case) -> Findings:
    """A name that is taken stays taken; the same bytes under it change nothing."""
    if (file := case.catalog.named.get(case.name.text)) is None:
        return
    algorithm = comparable(file.digests)
    free = case.catalog.next_free(case.name.version)
    if algorithm is None:
        fix = f"download it and compare, or build again as {free}"
        yield unknown("the index has this name, but gives no hash to compare with", fix)
        return
    place = "an earlier file of this call has" if file.pending else "the index has"
    here, there = case.artifact.digests[algorithm], file.digests[algorithm]
    if here == there:
        yield _identical(case.profile, f"{place} these very bytes under this name ({algorithm})")
        return
    unsure = _UNSURE.get(case.profile.other)
    then = f"what {case.profile.name} does then {unsure}" if unsure else "the upload will be refused"
    yield Finding(
        "conflict",
        f"{place} this name with other bytes ({algorithm} {there[:12]}... there, {here[:12]}... here): {then}",
        f"build again with a free version, the next is {free}: "
        f"uniqver gives every build its own, and UNIQVER_VERSION={free} sets it by hand",
    )


def _identical(profile: Profile, reason: str) -> Finding:
    if why := _UNSURE.get(profile.same):
        fix = "leave it out, or say what the index is: --rules NAME"
        return unknown(f"{reason}; what {profile.name} answers to them {why}", fix)
    error = "" if profile.same == "accepted" else f", though {profile.name} answers it with an error"
    return Finding(
        "identical",
        f"{reason}: uploading again changes nothing{error}",
        "nothing to do; to leave such files out: uniqver check --print free dist/* | xargs -r twine upload",
    )


def local_elsewhere(case: Case) -> Findings:
    """Local versions, by the index's profile, where PyPI's rules don't hold."""
    version, profile = case.name.version, case.profile
    if version.local is None or profile.rules == "pypi" or profile.local == "accepted":
        return
    if why := _UNSURE.get(profile.local):
        yield unknown(f"{version} is a local version: whether {profile.name} accepts it {why}", ELSEWHERE)
    else:
        yield refused(f"{version} is a local version: {profile.name} accepts none", ELSEWHERE)


def no_answer(case: Case) -> Findings:
    """An index that can't be asked or believed makes no name free."""
    if (trouble := case.catalog.listing.trouble) is not None:
        yield unknown(trouble.what, trouble.fix)


def free_name(case: Case) -> Findings:
    """A name that the index doesn't list is free, as far as can be seen."""
    reason = f"the index has no file of {'this name' if case.catalog.listing.files else case.name.project}"
    if case.profile.rules == "pypi":
        reason += ", and no rule of PyPI's stands against it that can be known here"
    yield Finding("free", reason, f"twine upload {case.artifact.path}")


def beside(case: Case) -> Findings:
    """Notes beside the verdicts."""
    folder, built = Path(case.artifact.path).parent, case.call.built.get(case.name.project)
    names = filter(None, map(parse_filename, case.call.folders[folder]))
    stale = sorted(name.text for name in names if name.project == case.name.project and name.version != built)
    if built is not None and stale:
        yield note(f"stale, of another version than the last build, in {folder}", files=tuple(stale))
    if len(projects := case.call.versions) > 1:  # one of them may not be meant
        yield note(f"these files are of {len(projects)} projects, each judged by itself: {', '.join(projects)}")
    if case.call.rules is None and case.profile.rules == "names":
        yield note(f"the index is {case.profile.name}, so PyPI's own rules aren't asked for (--rules pypi does)")
    if case.profile.rules == "unknown":
        yield note("the index does not show what it is, so some verdicts are unknown (--rules NAME chooses)")


def required(case: Case) -> Findings:
    """``--expect``, ``--release``, ``--dev`` and ``--same-version``; and one build for each version."""
    call, version, versions = case.call, case.name.version, case.call.versions[case.name.project]
    is_final = not version.is_prerelease and version.local is None
    if call.expect is not None and version != call.expect:
        yield refused(f"--expect {call.expect}: this is {version}", "rm the stale file, or build again")
    if call.release and not is_final:
        reason = f"--release: {version} is a development, pre- or local version"
        yield refused(reason, "build from a clean checkout of the release tag")
    if call.dev and is_final and not (call.post and version.is_postrelease):
        yield refused(f"--dev: {version} is a plain release", "build from a commit that has no release tag")
    if call.same_version and len(versions) > 1:  # one is mostly left over from another build
        shown = ", ".join(map(str, versions))
        reason = f"--same-version: this call has {len(versions)} versions of {case.name.project}: {shown}"
        yield refused(reason, "rm the stale files (or, where it's meant so: --no-same-version)")
    if shared := call.shared.get(case.name.text):  # an index would serve both as one release
        yield refused(shared, "rm the stale files, and build all files of a version from one clean tree")


def twine_check(case: Case) -> Findings:
    """``--metadata``: what ``twine check`` refuses. It reads without limits, so broken files must be found before."""
    # slow to import, and --no-metadata does without; twine's public command prints to stdout, and stops at the first
    from twine.commands.check import _check_file, _WarningStream
    from twine.exceptions import TwineException

    stream = _WarningStream()
    try:
        if not case.call.metadata or _check_file(case.artifact.path, stream)[1]:
            return
        first = next(iter(str(stream).splitlines()), "its markup is broken")
        fix = 'correct the README, or give its type: readme = {file = "README", content-type = "text/markdown"}'
        yield refused(f"--metadata: the description won't render on PyPI, which then refuses it: {first}", fix)
    except (TwineException, ValueError) as error:  # ValueError: a version that twine itself parses
        yield refused(f"--metadata: twine refuses it: {' '.join(str(error).split())}", CORRECT)
