"""PyPI's rules for metadata, project, file name and what is listed; those for contents are in :mod:`.pypi_archive`.

From pypi/warehouse 6b62157, read 2026-11-24: L is warehouse/forklift/legacy.py there, M metadata.py beside it.

PyPI judges the metadata that the client sends, by the libraries that do it here, before it looks whether it has the file.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr
from itertools import chain
from typing import Any

import stdlib_list
from email_validator import EmailNotValidError, validate_email
from packaging.metadata import InvalidMetadata, Metadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from rfc3986 import uri_reference
from rfc3986.exceptions import ValidationError
from rfc3986.validators import Validator
from trove_classifiers import all_classifiers, deprecated_classifiers

from uniqver.cli.check.rules import CORRECT, ELSEWHERE, Case, Findings, refused, unknown
from uniqver.dists import MIB
from uniqver.errors import printable
from uniqver.index import comparable
from uniqver.index.profiles import PYPI

MAX_FILE_SIZE = 100 * MIB
"""Bytes, unless the project's limit was raised."""
MAX_NAME_BYTES = 255 - len(".metadata")
"""The metadata is stored beside a wheel (pypi/warehouse#18658)."""
RELEASE_OPEN = timedelta(days=14)
"""For new files (pypi/warehouse#19727, since July 2026)."""
METADATA_VERSIONS = ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5")
"""2.5 since pypi/warehouse#19083."""
MAX_SUMMARY = 512
"""Characters (M65)."""
MAX_LABEL = 32
"""Characters of a Project-URL's label (M206)."""

_LINUX = "x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64"
_PLATFORMS = [
    r"any|win32|win_(arm64|amd64|ia64)|linux_armv[67]l",
    r"manylinux(1|2010)_(x86_64|i686)|manylinux2014_(x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)",
    rf"musllinux_\d+_\d+_({_LINUX})|manylinux_\d+_\d+_({_LINUX}|ppc64)",
    r"macosx_(10_\d+|(11|12|13|14|15|26)_0)_(ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2)",
    r"ios_\d+_\d+_(arm64|x86_64)_(iphoneos|iphonesimulator)",
    r"android_\d+_(armeabi_v7a|arm64_v8a|x86|x86_64)",
    r"pyemscripten_\d+_\d+_wasm32",
]
"""Platform tags: no plain linux_x86_64, no macosx_12_1 (L105-226)."""

_TOO_OLD = f"PyPI accepts no new file for a release older than {RELEASE_OPEN.days} days"
_OWN_VERSION = "build a version of its own; for an index without this rule: --rules names"
CURRENT = "build it again with a current setuptools"
_STRONG = ("sha256", "sha512", "sha384", "blake2b")
"""Nobody can make these collide."""


def form(case: Case) -> Findings:
    """The form and the project, before PyPI looks whether it has the file."""
    version = case.artifact.content.metadata.metadata_version or "missing"
    if version not in METADATA_VERSIONS:  # M26, M97
        reason = f"Metadata-Version is {version}, PyPI accepts {METADATA_VERSIONS[0]} to {METADATA_VERSIONS[-1]}"
        yield refused(reason, CURRENT)
    if case.name.version.local is not None:  # M106; PEP 440: "public index servers should not allow" them
        fix = f"{ELSEWHERE}; for an index that accepts local versions: --rules names"
        yield refused(f"{case.name.version} is a local version: PyPI accepts none", fix)
    yield from _core_metadata(case)
    project, status = case.name.project, case.catalog.listing.status
    if case.catalog.listing.is_new and project in _standard_names():  # warehouse/packaging/services.py:67, 498
        what = f"{project} is a module of Python's standard library"
        yield refused(f"{what}: PyPI accepts no new project of this name", "give the project another name")
    if status == "archived":  # PEP 792; warehouse/packaging/models.py:500
        yield refused(f"{project} is archived: PyPI accepts no files for it", "unarchive it in the project's settings")
    if status == "quarantined":
        shows = "PyPI shows none of its files, and takes none from Trusted Publishing"
        yield unknown(f"{project} is in quarantine: {shows}", "ask PyPI's administrators: security@pypi.org")


def _core_metadata(case: Case) -> Findings:
    """The specification, as packaging checks it (M89, L709), and what PyPI demands beyond."""
    content = case.artifact.metadata_text
    if content is None or not case.call.metadata:
        return
    found = parsed(content)
    rules = (_texts, _urls, _dependencies, _contradictions)
    for problem in [found] if isinstance(found, str) else chain.from_iterable(rule(found) for rule in rules):
        yield refused(f"PyPI refuses its metadata: {printable(problem)}", CORRECT)


@functools.lru_cache(maxsize=16)
def parsed(content: bytes) -> Metadata | str:
    """Return core metadata as PyPI sees it, or the first of its problems.

    twine sends no License-File below Metadata 2.4 (twine/package.py, 7.0.0). PyPI passes over what is empty (M317) or
    ``UNKNOWN`` (warehouse/forklift/decorators.py:25).
    """
    raw: dict[str, Any] = dict(parse_email(content)[0])
    if raw.get("metadata_version") not in ("2.4", "2.5"):
        raw.pop("license_files", None)
    sent: Any = {key: value for key, value in raw.items() if not _is_passed_over(value)}
    try:
        return Metadata.from_raw(sent, validate=True)
    except Exception as error:  # packaging's own group of errors, whose place differs by version
        problems = [found for found in getattr(error, "exceptions", ()) if isinstance(found, InvalidMetadata)]
        if not problems:
            raise
        return str(problems[0])


def _is_passed_over(value: object) -> bool:
    last = value[-1] if isinstance(value, list) and value else value
    return value in ("", [""], [], {}) or (isinstance(last, str) and last.strip() == "UNKNOWN")


def _texts(metadata: Metadata) -> Iterator[str]:
    if len(metadata.summary or "") > MAX_SUMMARY:  # M124
        yield f"Summary (description) has more than {MAX_SUMMARY} characters"
    for field in (metadata.author_email, metadata.maintainer_email):  # M144
        _, address = parseaddr(field or "")
        try:
            if address:
                validate_email(address, check_deliverability=False)
        except EmailNotValidError as error:
            yield f"{address!r} is not an e-mail address: {error}"
    given = set(metadata.classifiers or ())
    for wrong in sorted(given.difference(all_classifiers)):  # M160
        yield f"{wrong!r} is not a classifier (a new one may need: pip install -U trove-classifiers)"
    for old in sorted(given & deprecated_classifiers.keys()):  # M168
        instead = " or ".join(deprecated_classifiers[old]) or "none"
        yield f"the classifier {old!r} is deprecated: use {instead} instead"


def _urls(metadata: Metadata) -> Iterator[str]:
    for url in (metadata.home_page, metadata.download_url):  # M191
        if url is not None and not is_url(url):
            yield f"{url!r} is not an http or https URL"
    for label, url in (metadata.project_urls or {}).items():  # M205
        if not 0 < len(label) <= MAX_LABEL:
            yield f"the label {label!r} of a Project-URL has more than {MAX_LABEL} characters, or none"
        elif not is_url(url):
            yield f"{url!r}, the Project-URL {label}, is not an http or https URL"


def is_url(text: str) -> bool:
    """Tell whether PyPI takes ``text`` for a URL (warehouse/utils/http.py:50, without an authority)."""
    validator = Validator().allow_schemes("http", "https").require_presence_of("scheme")
    validator.check_validity_of("scheme", "host", "port", "path", "query")
    try:
        validator.validate(uri_reference(text).normalize())
    except ValidationError:
        return False
    return True


def _dependencies(metadata: Metadata) -> Iterator[str]:
    wanted = list(metadata.requires_dist or ())  # M251
    for text in (*(metadata.provides_dist or ()), *(metadata.obsoletes_dist or ())):  # M219
        try:
            wanted.append(Requirement(text))
        except InvalidRequirement as error:
            yield f"{text!r} is not a requirement: {error}"
    for requirement in wanted:
        if requirement.url is not None:
            yield f"{requirement} is a direct dependency: depend on a version that an index has"


def _contradictions(metadata: Metadata) -> Iterator[str]:
    if "dynamic" in map(str.lower, metadata.dynamic or ()):  # M263: packaging accepts it
        yield "Dynamic lists Dynamic"
    if metadata.license and metadata.license_expression:  # M276, PEP 639
        yield 'it has License beside License-Expression: keep only license = "MIT" (an SPDX expression)'


@functools.lru_cache(maxsize=1)
def _standard_names() -> frozenset[str]:
    modules = {name for version in stdlib_list.short_versions for name in stdlib_list.stdlib_list(version)}
    names = {name[: end.start()] for name in modules for end in re.finditer(r"\.|$", name)}
    return frozenset(canonicalize_name(name.strip("-_.")) for name in names)


def name(case: Case) -> Findings:
    """The project and the tags in a file name."""
    given = case.name.text
    rest = given.split("-", 1)[1]  # only the project of a wheel is normalized (L1467), all of an sdist (L1385, PEP 625)
    if case.name.kind == "sdist":
        rest = f"{case.name.version}{'.zip' if given.endswith('.zip') else '.tar.gz'}"
    wanted = f"{case.name.project.replace('-', '_')}-{rest}"
    if given != wanted:
        fix = "build it again with setuptools 69.3 or newer (renaming a wheel by hand breaks it)"
        yield refused(f"the file name is not normalized: PyPI accepts only {wanted}", fix)
    if bad := [tag for tag in case.name.platforms if not re.fullmatch("|".join(_PLATFORMS), tag)]:
        fix = "build it with the platform tag of the system that it's for"
        if any(tag.startswith("linux_") for tag in bad):
            fix = f"auditwheel repair {case.artifact.path}   (or build it with cibuildwheel)"
        yield refused(f"PyPI accepts no wheel with the platform tag {', '.join(bad)}", fix)


def name_length(case: Case) -> Findings:
    """A wheel's name leaves room for ``.metadata`` (L1600)."""
    length = len(case.name.text.encode())
    limit = MAX_NAME_BYTES if case.name.kind == "wheel" else 255
    if length > limit:
        fix = "give the project a shorter name, or the wheel fewer tags"
        yield refused(f"the file name has {length} bytes, PyPI accepts {limit}", fix)


def sizes(case: Case) -> Findings:
    """Limits, unless what is listed shows that they were raised."""
    size, there, quota = case.artifact.size, case.catalog.size, PYPI.quota or 0
    limit = max(case.catalog.largest, MAX_FILE_SIZE)
    if size > limit:  # L1238
        reason = f"the file has {size / MIB:.1f} MiB, PyPI accepts {limit / MIB:.0f} MiB"
        yield refused(reason, "make it smaller, or ask PyPI to raise the project's limit")
    if there <= quota < there + size:  # L1252
        fix = "delete old development versions there, or ask PyPI to raise the project's limit"
        yield refused(f"{case.name.project} would have more than {quota / MIB / 1024:.0f} GiB on PyPI", fix)


def same_bytes(case: Case) -> Findings:
    """The same bytes under another name (L488)."""
    digests = case.artifact.digests
    same = (case.catalog.same.get((name, digests[name])) for name in _STRONG if name in digests)
    file = next(filter(None, same), None)
    if file is not None and file.filename != case.name.text:
        where = "an earlier file of this call" if file.pending else "on the index already"
        reason = f"these very bytes are {where}, as {file.filename}: PyPI accepts the same bytes only once"
        yield refused(reason, "leave the copy out")


def release(case: Case) -> Findings:
    """A release's age (L1333), and only one sdist (pypi/warehouse#20260; L1351)."""
    version = case.name.version
    siblings = case.catalog.releases.get(version, ())
    times = [file.uploaded for file in siblings if not file.pending]
    known = [time for time in times if time is not None]
    if known and case.call.now - min(known) > RELEASE_OPEN:
        yield refused(
            f"{version} came out on {min(known):%Y-%m-%d}: {_TOO_OLD}", "release a new version, all files of it"
        )
    for file in siblings if case.name.kind == "sdist" else ():
        if not file.filename.endswith(".whl"):
            where = f"{'in this call' if file.pending else 'on the index'} already, {file.filename}"
            yield refused(
                f"{version} has an sdist {where}: PyPI accepts one for each release", "leave one of the two out"
            )
    if times and not known:
        yield unknown(f"{version} is on the index already, which doesn't say since when: {_TOO_OLD}", _OWN_VERSION)
    for file in siblings:  # a wheel and an sdist never have the same bytes
        if not comparable(file.digests) and file.filename.endswith(".whl") == (case.name.kind == "wheel"):
            reason = f"the index lists {file.filename} without a hash, and PyPI accepts the same bytes only once"
            yield unknown(reason, _OWN_VERSION)
