"""What PyPI finds wrong with the form of an upload: for the loopback index, written without uniqver's own code.

The lines are those of pypi/warehouse 6b62157, ``warehouse/forklift/metadata.py``, read 2026-11-24. The libraries are
PyPI's own: packaging, trove-classifiers, email-validator, rfc3986, readme_renderer.
"""

from __future__ import annotations

import email.utils
import re
from typing import Any

import email_validator
import readme_renderer.rst
import readme_renderer.txt
from packaging.metadata import Metadata
from packaging.requirements import InvalidRequirement, Requirement
from rfc3986 import exceptions, uri_reference, validators
from trove_classifiers import all_classifiers, deprecated_classifiers

from tests.servers.pypi_files import RefusedError

_TEXTS = {
    "metadata_version", "name", "version", "summary", "description", "home_page", "author", "author_email", "license",
    "download_url", "maintainer", "maintainer_email", "requires_python", "description_content_type",
    "license_expression",
}  # fmt: skip
_LISTS = {
    "platform": "platforms", "supported_platform": "supported_platforms", "license_file": "license_files",
    "import_name": "import_names", "import_namespace": "import_namespaces",
    **{name: name for name in ("classifiers", "requires", "provides", "obsoletes", "requires_dist", "provides_dist",
                               "obsoletes_dist", "requires_external", "provides_extra", "dynamic")},
}  # fmt: skip
_NEVER_DYNAMIC = {"name", "version", "metadata-version"}


def check_form(form: dict[str, list[str]]) -> Metadata:
    """Return the metadata in a form; raises :class:`RefusedError` as PyPI does."""
    form = {key: values for key, values in form.items() if values[-1].strip() != "UNKNOWN"}  # decorators.py:25
    name = form.get("name", [""])[0]
    if not re.fullmatch(r"[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]", name):
        raise RefusedError("Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'.")
    if form.get("filetype") not in (["sdist"], ["bdist_wheel"]):
        raise RefusedError("Use a known file type.")
    try:
        metadata = Metadata.from_raw(_raw(form))
    except Exception as error:
        first = getattr(error, "exceptions", (error,))[0]
        raise RefusedError(str(first)) from error
    for rule in (_versions, _lengths, _addresses, _classifiers, _urls, _requirements, _fields):
        rule(metadata)
    return metadata


def _raw(form: dict[str, list[str]]) -> Any:
    """metadata.py:303-390."""
    raw: dict[str, object] = {}
    for key, values in form.items():
        if values == [""]:
            continue
        if key in _TEXTS:
            if len(values) != 1:
                raise RefusedError(f"'{key}' has invalid data")
            raw[key] = values[0]
        elif key in _LISTS:
            raw[_LISTS[key]] = values
        elif key == "keywords":
            if len(values) != 1:
                raise RefusedError("'keywords' has invalid data")
            raw[key] = [word.strip() for word in values[0].split(",")]
        elif key == "project_urls":
            pairs = [[part.strip() for part in value.partition(",")[::2]] for value in values]
            if len({label for label, _ in pairs}) != len(pairs):
                raise RefusedError("'project_urls' has invalid data")
            raw[key] = dict(pairs)
    return raw


def _versions(metadata: Metadata) -> None:
    if metadata.metadata_version not in ("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"):  # metadata.py:97
        raise RefusedError(f"'{metadata.metadata_version}' is not a valid metadata version")
    if metadata.version.local:  # metadata.py:106
        raise RefusedError(f"The use of local versions in '{metadata.version}' is not allowed.")


def _lengths(metadata: Metadata) -> None:
    if len(metadata.summary or "") > 512:  # metadata.py:124
        raise RefusedError("'summary' field must be 512 characters or less.")


def _addresses(metadata: Metadata) -> None:
    for field in (metadata.author_email, metadata.maintainer_email):  # metadata.py:144
        address = email.utils.parseaddr(field or "")[1]
        try:
            if address:
                email_validator.validate_email(address, check_deliverability=False)
        except email_validator.EmailNotValidError as error:
            raise RefusedError(f"'{address}' is not a valid email address: {error}") from error


def _classifiers(metadata: Metadata) -> None:
    for classifier in metadata.classifiers or []:  # metadata.py:160, 168
        if classifier not in all_classifiers:
            raise RefusedError(f"'{classifier}' is not a valid classifier.")
        if classifier in deprecated_classifiers:
            raise RefusedError(f"The classifier '{classifier}' has been deprecated")


def _is_uri(text: str) -> bool:
    """utils/http.py:50."""
    validator = validators.Validator().allow_schemes("http", "https").require_presence_of("scheme")
    try:
        validator.check_validity_of("scheme", "host", "port", "path", "query").validate(uri_reference(text).normalize())
    except exceptions.ValidationError:
        return False
    return True


def _urls(metadata: Metadata) -> None:
    for url in (metadata.home_page, metadata.download_url):  # metadata.py:191
        if url is not None and not _is_uri(url):
            raise RefusedError(f"'{url}' is not a valid url.")
    for label, url in (metadata.project_urls or {}).items():  # metadata.py:205
        if not 0 < len(label) <= 32:
            raise RefusedError(f"'{label}' must be 32 characters or less.")
        if not url or not _is_uri(url):
            raise RefusedError(f"'{url}' is not a valid url")


def _requirements(metadata: Metadata) -> None:
    for text in (*(metadata.provides_dist or ()), *(metadata.obsoletes_dist or ())):  # metadata.py:219
        try:
            if Requirement(text).url:
                raise RefusedError(f"Can't have direct dependency: {text}")
        except InvalidRequirement as error:
            raise RefusedError(f"'{text}' is invalid: {error}") from error
    for requirement in metadata.requires_dist or ():  # metadata.py:251
        if requirement.url:
            raise RefusedError(f"Can't have direct dependency: {requirement}")


def _fields(metadata: Metadata) -> None:
    for field in metadata.dynamic or ():  # metadata.py:263
        if field in _NEVER_DYNAMIC:
            raise RefusedError(f"Dynamic field '{field}' is not a valid dynamic field.")
    if metadata.license and metadata.license_expression:  # metadata.py:276
        raise RefusedError("License is deprecated when License-Expression is present.")


def check_description(metadata: Metadata) -> None:
    """Raise :class:`RefusedError` for a description that doesn't render (legacy.py:919)."""
    if not metadata.description:
        return
    kind = (metadata.description_content_type or "text/x-rst").partition(";")[0]
    if kind == "text/markdown":
        return  # any text is Markdown
    html = (readme_renderer.txt if kind == "text/plain" else readme_renderer.rst).render(metadata.description)
    if html is None:
        raise RefusedError(f"The description failed to render for '{kind}'.")
