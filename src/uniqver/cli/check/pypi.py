"""PyPI's rules that can be known before an upload.

They are those of pypi/warehouse 6b62157, read 2026-11-24: L is warehouse/forklift/legacy.py there, and the numbers below
are its own. A limit that was raised for a project shows in what the index lists already. :mod:`.pypi_metadata` and
:mod:`.pypi_archive` have the rules for metadata and contents. Pure, but for twine's check, which reads the file.
"""

from __future__ import annotations

import functools
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import stdlib_list
from packaging.utils import canonicalize_name

# Private in twine, but the very check: its public command prints to stdout and stops at the first bad file.
from twine.commands.check import _check_file, _WarningStream
from twine.exceptions import TwineException

from uniqver.cli.check.pypi_archive import AFTER_NAME_RULES, ARCHIVE_RULES
from uniqver.cli.check.pypi_metadata import METADATA_RULES
from uniqver.cli.check.report import ELSEWHERE, refused, unknown
from uniqver.index.listing import comparable
from uniqver.index.profiles import PYPI

if TYPE_CHECKING:
    from uniqver.cli.check.rules import Case, Findings, Rule

MIB = 1024 * 1024
MAX_FILE_SIZE = 100 * MIB
"""Bytes of one file, unless the project has a higher limit of its own."""
MAX_NAME_BYTES = 255 - len(".metadata")
"""PyPI stores a wheel's metadata beside it, under the file's name and ``.metadata`` (pypi/warehouse#18658)."""
RELEASE_OPEN = timedelta(days=14)
"""How long a release accepts new files (pypi/warehouse#19727, since July 2026)."""
METADATA_VERSIONS = ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5")
"""Core metadata versions that PyPI accepts (2.5 since pypi/warehouse#19083)."""

_PLATFORMS = frozenset([
    "any", "win32", "win_arm64", "win_amd64", "win_ia64", "linux_armv6l", "linux_armv7l", "manylinux1_x86_64",
    "manylinux1_i686", "manylinux2010_x86_64", "manylinux2010_i686", "manylinux2014_x86_64", "manylinux2014_i686",
    "manylinux2014_aarch64", "manylinux2014_armv7l", "manylinux2014_ppc64", "manylinux2014_ppc64le",
    "manylinux2014_s390x",
])  # fmt: skip
"""Platform tags that PyPI accepts as they are (L105)."""
_MACOS = ["ppc", "ppc64", "i386", "x86_64", "arm64", "intel", "fat", "fat3", "fat64", "universal", "universal2"]
_LINUX = ["x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"]
_FAMILIES = {
    r"macosx_(?:10_\d+|(?:11|12|13|14|15|26)_0)_(.*)": _MACOS,
    r"musllinux_\d+_\d+_(.*)": _LINUX,
    r"manylinux_\d+_\d+_(.*)": [*_LINUX, "ppc64"],
    r"ios_\d+_\d+_(.*)_(?:iphoneos|iphonesimulator)": ["arm64", "x86_64"],
    r"android_\d+_(.*)": ["armeabi_v7a", "arm64_v8a", "x86", "x86_64"],
    r"pyemscripten_\d+_\d+_(wasm32)": ["wasm32"],
}
"""Families of platform tags, and the machines that PyPI accepts in each (L128-226)."""

_TOO_OLD = f"PyPI accepts no new file for a release older than {RELEASE_OPEN.days} days"
_OWN_VERSION = "build a version of its own; for an index without this rule: --rules names"
_STRONG = ("sha256", "sha512", "sha384", "blake2b")
"""Algorithms that nobody can make collide, for a verdict that rests on the digest alone."""


def local_version(case: Case) -> Findings:
    """PyPI accepts no local versions (warehouse/forklift/metadata.py:106; PEP 440: "public index servers should not allow" them)."""
    if case.name.version.local is not None:
        yield refused(
            f"{case.name.version} is a local version: PyPI accepts none",
            f"{ELSEWHERE}; for an index that accepts local versions: --rules names",
        )


def normalized_name(case: Case) -> Findings:
    """A wheel's name starts with the normalized project (L1467); an sdist's is normalized whole (L1385, PEP 625)."""
    stem = case.name.project.replace("-", "_")
    suffix = ".zip" if case.name.text.endswith(".zip") else ".tar.gz"
    rest = case.name.text.split("-", 1)[1] if case.name.kind == "wheel" else f"{case.name.version}{suffix}"
    wanted = f"{stem}-{rest}"
    if case.name.text != wanted:
        fix = "build it again with setuptools 69.3 or newer (renaming a wheel by hand breaks it)"
        yield refused(f"the file name is not normalized: PyPI accepts only {wanted}", fix)


def name_length(case: Case) -> Findings:
    """A wheel's name leaves room for ``.metadata`` (L1600), any other's for itself."""
    length = len(case.name.text.encode())
    limit = MAX_NAME_BYTES if case.name.kind == "wheel" else 255
    if length > limit:
        fix = "give the project a shorter name, or the wheel fewer tags"
        yield refused(f"the file name has {length} bytes, PyPI accepts {limit}", fix)


def metadata_version(case: Case) -> Findings:
    """Metadata-Version must be one of :data:`METADATA_VERSIONS` (warehouse/forklift/metadata.py:26, 97)."""
    found = case.artifact.content.metadata.metadata_version or "missing"
    if found not in METADATA_VERSIONS:
        reason = f"Metadata-Version is {found}, PyPI accepts {METADATA_VERSIONS[0]} to {METADATA_VERSIONS[-1]}"
        yield refused(reason, "build it again with a current setuptools")


def wheel_tag(case: Case) -> Findings:
    """Every platform tag of a wheel is one that PyPI accepts: no plain ``linux_x86_64``, no ``macosx_12_1`` (L199-226)."""
    if bad := [tag for tag in case.name.platforms if not _is_platform(tag)]:
        fix = "build it with the platform tag of the system that it's for"
        if any(tag.startswith("linux_") for tag in bad):
            fix = f"auditwheel repair {case.artifact.path}   (or build it with cibuildwheel)"
        yield refused(f"PyPI accepts no wheel with the platform tag {', '.join(bad)}", fix)


def _is_platform(tag: str) -> bool:
    matches = ((re.match(family, tag), machines) for family, machines in _FAMILIES.items())
    return tag in _PLATFORMS or any(match[1] in machines for match, machines in matches if match)


def standard_library(case: Case) -> Findings:
    """A new project is not named as a module of any Python's standard library (warehouse/packaging/services.py:67, 498)."""
    if case.listing.is_new and case.name.project in _standard_names():
        what = f"{case.name.project} is a module of Python's standard library"
        yield refused(f"{what}: PyPI accepts no new project of this name", "give the project another name")


@functools.lru_cache(maxsize=1)
def _standard_names() -> frozenset[str]:
    modules = {name for version in stdlib_list.short_versions for name in stdlib_list.stdlib_list(version)}
    parts = (name.split(".") for name in modules)
    names = {".".join(path[: end + 1]) for path in parts for end in range(len(path))}
    return frozenset(canonicalize_name(name.strip("-_.")) for name in names)


def project_status(case: Case) -> Findings:
    """An archived project takes no files (PEP 792; warehouse/packaging/models.py:500). A quarantined one shows none."""
    if case.listing.status == "archived":
        fix = "unarchive it in the project's settings"
        yield refused(f"{case.name.project} is archived: PyPI accepts no files for it", fix)
    if case.listing.status == "quarantined":
        shows = "PyPI shows none of its files, and takes none from Trusted Publishing"
        yield unknown(f"{case.name.project} is in quarantine: {shows}", "ask PyPI's administrators: security@pypi.org")


def file_size(case: Case) -> Findings:
    """A file has at most :data:`MAX_FILE_SIZE` bytes, or what the largest listed file has (a lifted limit; L1238)."""
    limit = max(case.catalog.largest, MAX_FILE_SIZE)
    if case.artifact.size > limit:
        reason = f"the file has {case.artifact.size / MIB:.1f} MiB, PyPI accepts {limit / MIB:.0f} MiB"
        yield refused(reason, "make it smaller, or ask PyPI to raise the project's limit")


def project_size(case: Case) -> Findings:
    """All files of a project fit into PyPI's quota, unless they already have more: a lifted limit (L1252)."""
    there, limit = case.catalog.size, PYPI.quota or 0
    if there <= limit < there + case.artifact.size:
        fix = "delete old development versions there, or ask PyPI to raise the project's limit"
        yield refused(f"{case.name.project} would have more than {limit / MIB / 1024:.0f} GiB on PyPI", fix)


def same_bytes(case: Case) -> Findings:
    """The same bytes under another name are refused too (L488: ``_is_duplicate_file`` looks for both)."""
    digests = case.artifact.digests
    same = (case.catalog.same(name, digests[name]) for name in _STRONG if name in digests)
    file = next(filter(None, same), None)
    if file is not None and file.filename != case.name.text:
        where = "an earlier file of this call" if file.pending else "on the index already"
        reason = f"these very bytes are {where}, as {file.filename}: PyPI accepts the same bytes only once"
        yield refused(reason, "leave the copy out")


def hidden_copy(case: Case) -> Findings:
    """A file listed without a hash may have the same bytes: one of the same release and kind, as metadata has both."""
    for file in case.siblings:
        if not comparable(file.digests) and file.filename.endswith(".whl") == (case.name.kind == "wheel"):
            reason = f"the index lists {file.filename} without a hash, and PyPI accepts the same bytes only once"
            yield unknown(reason, _OWN_VERSION)


def closed_release(case: Case) -> Findings:
    """A release older than :data:`RELEASE_OPEN` accepts no new file (L1333)."""
    times = [file.uploaded for file in case.siblings if file.uploaded is not None]
    if times and case.call.upload.now - min(times) > RELEASE_OPEN:
        reason = f"{case.name.version} came out on {min(times):%Y-%m-%d}: {_TOO_OLD}"
        yield refused(reason, "release a new version with all its files")


def age_not_shown(case: Case) -> Findings:
    """Whether a release is closed isn't known if the index gives no upload times."""
    times = [file.uploaded for file in case.siblings if not file.pending]
    if times and not any(times):
        reason = f"{case.name.version} is on the index already, which doesn't say since when: {_TOO_OLD}"
        yield unknown(reason, _OWN_VERSION)


def second_sdist(case: Case) -> Findings:
    """A release has one sdist (L1351). ``1.0`` and ``1.0.0`` are one release."""
    for file in case.siblings if case.name.kind == "sdist" else ():
        if not file.filename.endswith(".whl"):
            where = f"{'in this call' if file.pending else 'on the index'} already, {file.filename}"
            reason = f"{case.name.version} has an sdist {where}: PyPI accepts one for each release"
            yield refused(reason, "leave one of the two out")


def metadata(case: Case) -> Findings:
    """What ``twine check`` refuses: the metadata, and a description that won't render. On every index.

    twine reads the file without limits, so this comes after the rules that look for broken files.
    """
    stream = _WarningStream()
    try:
        if not case.call.upload.metadata or _check_file(case.artifact.path, stream)[1]:
            return
    except (TwineException, ValueError) as error:  # ValueError: a version that twine itself parses
        text = " ".join(str(error).split())
        yield refused(f"--metadata: twine refuses it: {text}", "correct [project] in pyproject.toml, and build again")
        return
    first = next(iter(str(stream).splitlines()), "its markup is broken")
    fix = 'correct the README, or give its type: readme = {file = "README", content-type = "text/markdown"}'
    yield refused(f"--metadata: the description won't render on PyPI, which then refuses it: {first}", fix)


FORM_RULES: tuple[Rule, ...] = (metadata_version, local_version, *METADATA_RULES, standard_library, project_status)
"""What PyPI asks of the metadata and the project, before it looks whether it has the file."""

FILE_RULES: tuple[Rule, ...] = (*ARCHIVE_RULES, normalized_name, wheel_tag, *AFTER_NAME_RULES, name_length)
"""What depends on a new file alone; these hold whatever the index answers."""

LISTING_RULES: tuple[Rule, ...] = (
    *(file_size, project_size, same_bytes),
    *(closed_release, second_sdist),  # in PyPI's order: pypi/warehouse#20260
    *(age_not_shown, hidden_copy),  # what isn't known comes after all that is
)
"""What depends on the index's answer too."""
