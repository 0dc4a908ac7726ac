"""PyPI's rules for core metadata, by the same libraries as PyPI has them: packaging, trove-classifiers and others.

They are those of warehouse/forklift/metadata.py (pypi/warehouse 6b62157, read 2026-11-24). PyPI judges the form that the client makes of METADATA or PKG-INFO, before it looks at the file: also a file
that it has already is refused for them. ``--no-metadata`` leaves them out.
"""

from __future__ import annotations

import functools
from email.utils import parseaddr
from itertools import starmap
from typing import TYPE_CHECKING, Any

from email_validator import EmailNotValidError, validate_email
from packaging.metadata import InvalidMetadata, Metadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version
from rfc3986 import uri_reference
from rfc3986.exceptions import ValidationError
from rfc3986.validators import Validator
from trove_classifiers import all_classifiers, deprecated_classifiers

from uniqver.cli.check.report import refused
from uniqver.model.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uniqver.cli.check.report import Finding
    from uniqver.cli.check.rules import Case, Findings, Rule

    Problems = Iterator[tuple[str, str]]
    """What is wrong, and its fix; the first counts."""

MAX_SUMMARY = 512
"""Characters (warehouse/forklift/metadata.py:65)."""
MAX_LABEL = 32
"""Characters of a Project-URL's label (warehouse/forklift/metadata.py:206)."""
DYNAMIC = frozenset([
    "platform", "supported-platform", "summary", "description", "description-content-type", "keywords", "home-page",
    "download-url", "author", "author-email", "maintainer", "maintainer-email", "license", "license-expression",
    "license-file", "classifier", "requires-dist", "requires-python", "requires-external", "project-url",
    "provides-extra", "provides-dist", "obsoletes-dist", "requires", "provides", "obsoletes", "import-name",
    "import-namespace",
])  # fmt: skip
"""Fields that may be dynamic (warehouse/forklift/metadata.py:28-59)."""


@functools.lru_cache(maxsize=16)
def _parsed(content: bytes) -> tuple[Metadata | None, str]:
    """Return core metadata as PyPI sees it: validated by packaging, or the first of its problems."""
    try:
        return Metadata.from_raw(_sent(content), validate=True), ""
    except Exception as error:  # packaging's own group of errors, whose place differs by version
        problems = [found for found in getattr(error, "exceptions", ()) if isinstance(found, InvalidMetadata)]
        if not problems:
            raise
        return None, str(problems[0])


def _sent(content: bytes) -> Any:
    """Return packaging's raw metadata, less what clients don't send and what PyPI passes over.

    twine sends no License-File below Metadata 2.4 (twine/package.py, 7.0.0). PyPI passes over what is empty
    (warehouse/forklift/metadata.py:317) or ``UNKNOWN`` (warehouse/forklift/decorators.py:25).
    """
    raw, _ = parse_email(content)
    if not _has_license_files(raw.get("metadata_version", "")):
        raw.pop("license_files", None)
    return {key: value for key, value in raw.items() if not _is_passed_over(value)}


def _has_license_files(metadata_version: str) -> bool:
    try:
        return Version(metadata_version) >= Version("2.4")
    except InvalidVersion:
        return False


def _is_passed_over(value: object) -> bool:
    last = value[-1] if isinstance(value, list) and value else value
    return value in ("", [""], [], {}) or (isinstance(last, str) and last.strip() == "UNKNOWN")


def metadata_of(case: Case) -> Metadata | None:
    """Return the metadata of a case's file; ``None`` if it has none, or if packaging finds it invalid."""
    content = case.artifact.metadata_text
    return None if content is None else _parsed(content)[0]


def core_metadata(case: Case) -> Findings:
    """What the specification demands of each field, as packaging has it (metadata.py:89, legacy.py:709)."""
    content = case.artifact.metadata_text
    if content is not None and case.call.upload.metadata and (problem := _parsed(content)[1]):
        yield _refused(problem, "correct [project] in pyproject.toml, and build again")


def further_demands(case: Case) -> Findings:
    """What PyPI demands of fields beyond the specification, in its order: metadata.py, whose line is beside each."""
    metadata = metadata_of(case) if case.call.upload.metadata else None
    if metadata is not None:
        for problems in (_texts, _urls, _dependencies, _contradictions):
            yield from starmap(_refused, problems(metadata))


def _refused(what: str, fix: str) -> Finding:
    return refused(f"PyPI refuses its metadata: {printable(what)}", fix)


def _texts(metadata: Metadata) -> Problems:
    if len(metadata.summary or "") > MAX_SUMMARY:  # 124
        yield f"Summary has more than {MAX_SUMMARY} characters", "shorten description in [project]"
    for field in (metadata.author_email, metadata.maintainer_email):  # 144
        _, address = parseaddr(field or "")
        try:
            if address:
                validate_email(address, check_deliverability=False)
        except EmailNotValidError as error:
            yield f"{address!r} is not an e-mail address: {error}", "correct authors or maintainers"
    given = metadata.classifiers or []
    for unknown in sorted(set(given) - set(all_classifiers)):  # 160
        fix = "correct classifiers; a new one may need: pip install -U trove-classifiers"
        yield f"{unknown!r} is not a classifier", f'{fix}; "Private :: …" is for indexes other than PyPI'
    for old in sorted(set(given) & deprecated_classifiers.keys()):  # 168
        instead = ", ".join(deprecated_classifiers[old])
        fix = f"classifiers: use {instead} instead" if instead else "remove it from classifiers"
        yield f"the classifier {old!r} is deprecated", fix


def _urls(metadata: Metadata) -> Problems:
    fix = "correct it under [project.urls]"
    for url in (metadata.home_page, metadata.download_url):  # 191
        if url is not None and not is_url(url):
            yield f"{url!r} is not an http or https URL", fix
    for label, url in (metadata.project_urls or {}).items():  # 205
        if not label or len(label) > MAX_LABEL:
            yield f"the label {label!r} of a Project-URL has more than {MAX_LABEL} characters, or none", fix
        elif not url or not is_url(url):
            yield f"{url!r}, the Project-URL {label}, is not an http or https URL", fix


def is_url(text: str) -> bool:
    """Tell whether PyPI takes ``text`` for a URL (warehouse/utils/http.py:50, without an authority)."""
    validator = Validator().allow_schemes("http", "https").require_presence_of("scheme")
    validator.check_validity_of("scheme", "host", "port", "path", "query")
    try:
        validator.validate(uri_reference(text).normalize())
    except ValidationError:
        return False
    return True


def _dependencies(metadata: Metadata) -> Problems:
    for text in (*(metadata.provides_dist or ()), *(metadata.obsoletes_dist or ())):  # 219
        try:
            if Requirement(text).url is not None:
                yield f"{text} is a direct dependency", "name it without a URL"
        except InvalidRequirement as error:
            yield f"{text!r} is not a requirement: {error}", "correct it, and build again"
    for requirement in metadata.requires_dist or ():  # 251
        if requirement.url is not None:
            yield f"{requirement} is a direct dependency", "depend on a version that an index has"


def _contradictions(metadata: Metadata) -> Problems:
    for field in metadata.dynamic or ():  # 263
        if field.lower() not in DYNAMIC:
            yield f"{field!r} can't be dynamic", "build it again with a current setuptools"
    if metadata.license and metadata.license_expression:  # 276, PEP 639
        fix = 'keep only license = "MIT" (an SPDX expression) in [project]'
        yield "it has License beside License-Expression", fix


METADATA_RULES: tuple[Rule, ...] = (core_metadata, further_demands)
