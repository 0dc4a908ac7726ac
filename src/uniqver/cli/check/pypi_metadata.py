"""PyPI's rules for core metadata, by the same libraries as PyPI has them: packaging, trove-classifiers and others.

They are those of warehouse/forklift/metadata.py, whose line is in each docstring (pypi/warehouse 6b62157, read
2026-11-24). PyPI judges the form that the client makes of METADATA or PKG-INFO, before it looks at the file: also a file
that it has already is refused for them. ``--no-metadata`` leaves them out.
"""

from __future__ import annotations

import functools
from email.utils import parseaddr
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
    from uniqver.cli.check.rules import Case, Rule

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


def _fields(case: Case, *names: str) -> Iterator[Any]:
    """Yield the fields that are there; none with ``--no-metadata``."""
    metadata = metadata_of(case) if case.call.upload.metadata else None
    for name in names if metadata is not None else ():
        value = getattr(metadata, name)
        if value is not None:
            yield value


def _refused(what: str, fix: str) -> Finding:
    return refused(f"PyPI refuses its metadata: {printable(what)}", fix)


def core_metadata(case: Case) -> Finding | None:
    """What the specification demands of each field, as packaging has it (metadata.py:89, legacy.py:709)."""
    content = case.artifact.metadata_text
    if content is None or not case.call.upload.metadata or not (problem := _parsed(content)[1]):
        return None
    return _refused(problem, "correct [project] in pyproject.toml, and build again")


def summary_length(case: Case) -> Finding | None:
    """Summary has at most 512 characters (metadata.py:124)."""
    if all(len(summary) <= MAX_SUMMARY for summary in _fields(case, "summary")):
        return None
    return _refused(f"Summary has more than {MAX_SUMMARY} characters", "shorten description in [project]")


def addresses(case: Case) -> Finding | None:
    """Author-Email and Maintainer-Email hold an address, by email-validator (metadata.py:144)."""
    for field in _fields(case, "author_email", "maintainer_email"):
        _, address = parseaddr(field)
        try:
            if address:
                validate_email(address, check_deliverability=False)
        except EmailNotValidError as error:
            return _refused(f"{address!r} is not an e-mail address: {error}", "correct authors or maintainers")
    return None


def classifiers(case: Case) -> Finding | None:
    """Each classifier is one that trove-classifiers has, and is not deprecated (metadata.py:160, 168)."""
    for given in _fields(case, "classifiers"):
        if unknown := sorted(set(given) - set(all_classifiers)):
            return _refused(
                f"{unknown[0]!r} is not a classifier",
                'correct classifiers; a new one may need: pip install -U trove-classifiers; "Private :: …" is for '
                "indexes other than PyPI",
            )
        if old := sorted(set(given) & deprecated_classifiers.keys()):
            instead = deprecated_classifiers[old[0]]
            return _refused(
                f"the classifier {old[0]!r} is deprecated",
                f"classifiers: use {', '.join(instead)} instead" if instead else "remove it from classifiers",
            )
    return None


def urls(case: Case) -> Finding | None:
    """Home-Page and Download-URL are http or https URLs (metadata.py:191)."""
    for url in _fields(case, "home_page", "download_url"):
        if not is_url(url):
            return _refused(f"{url!r} is not an http or https URL", "correct it under [project.urls]")
    return None


def project_urls(case: Case) -> Finding | None:
    """Each Project-URL has a label of at most 32 characters, and an http or https URL (metadata.py:205)."""
    for given in _fields(case, "project_urls"):
        for label, url in given.items():
            if not label or len(label) > MAX_LABEL:
                what = f"the label {label!r} of a Project-URL has more than {MAX_LABEL} characters, or none"
            elif not url or not is_url(url):
                what = f"{url!r}, the Project-URL {label}, is not an http or https URL"
            else:
                continue
            return _refused(what, "correct it under [project.urls]")
    return None


def is_url(text: str) -> bool:
    """Tell whether PyPI takes ``text`` for a URL (warehouse/utils/http.py:50, without an authority)."""
    validator = Validator().allow_schemes("http", "https").require_presence_of("scheme")
    validator.check_validity_of("scheme", "host", "port", "path", "query")
    try:
        validator.validate(uri_reference(text).normalize())
    except ValidationError:
        return False
    return True


def direct_dependencies(case: Case) -> Finding | None:
    """No requirement names a URL (metadata.py:251)."""
    for requirements in _fields(case, "requires_dist"):
        for requirement in requirements:
            if requirement.url is not None:
                return _refused(f"{requirement} is a direct dependency", "depend on a version that an index has")
    return None


def other_distributions(case: Case) -> Finding | None:
    """Provides-Dist and Obsoletes-Dist hold requirements without URLs (metadata.py:219)."""
    for field in _fields(case, "provides_dist", "obsoletes_dist"):
        for text in field:
            try:
                is_direct = Requirement(text).url is not None
            except InvalidRequirement as error:
                return _refused(f"{text!r} is not a requirement: {error}", "correct it, and build again")
            if is_direct:
                return _refused(f"{text} is a direct dependency", "name it without a URL")
    return None


def dynamic_fields(case: Case) -> Finding | None:
    """Dynamic names only fields that may be (metadata.py:263)."""
    for fields in _fields(case, "dynamic"):
        if wrong := [field for field in fields if field.lower() not in DYNAMIC]:
            return _refused(f"{wrong[0]!r} can't be dynamic", "build it again with a current setuptools")
    return None


def two_licenses(case: Case) -> Finding | None:
    """License and License-Expression exclude each other (metadata.py:276, PEP 639)."""
    if len([text for text in _fields(case, "license", "license_expression") if text]) < 2:
        return None
    return _refused(
        "it has License beside License-Expression", 'keep only license = "MIT" (an SPDX expression) in [project]'
    )


METADATA_RULES: tuple[Rule, ...] = (
    *(core_metadata, summary_length, addresses, classifiers, urls, project_urls),
    *(other_distributions, direct_dependencies, dynamic_fields, two_licenses),
)
"""In PyPI's order."""
