"""What an artifact holds about itself: core metadata, and ``uniqver.json``, its origin. Pure.

Only what follows from version and commit goes in, so that builds of one version are the same bytes: a job with a pin knows no CI
run, counter or build key. email's parser reads core metadata, as in packaging.metadata, whose import takes 2 ms more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from uniqver.errors import ArtifactError
from uniqver.model import NamedTuple
from uniqver.model.decision import Decision
from uniqver.model.versions import has_changes, taken_apart, version_of

if TYPE_CHECKING:
    from email.message import Message

FILE_NAME = "uniqver.json"
"""In ``.dist-info``, or at the root of an sdist."""

SCHEMA_VERSION = 1

MOST_CHARACTERS = 64 * 1024
"""The file has some 400."""


class Provenance(NamedTuple):
    """The contents of ``uniqver.json``, schema version 1, by its keys."""

    project: str | None
    version: str
    base: str | None
    """The version itself, if it has no number."""
    segment: str | None
    number: int | None
    commit: str | None
    dirty: bool
    """Whether the tree is known to differ from the commit."""
    digest: str | None
    """Hex digest of the changes, if the version was pinned and doesn't show them."""
    source_date_epoch: int | None
    """Seconds, UTC."""
    tools: Mapping[str, str] | None = None
    """Versions of what made the artifact; not in sdists."""


def provenance_of(decision: Decision, *, epoch: int | None) -> Provenance:
    """Return what a build's artifacts hold."""
    parts = taken_apart(decision.version)
    return Provenance(
        project=decision.project,
        version=decision.version,
        base=decision.version.partition("+")[0] if parts is None else parts.base,
        segment=None if parts is None else parts.segment,
        number=None if parts is None else parts.number,
        commit=decision.commit,
        dirty=has_changes(decision.version) or decision.digest is not None,
        digest=decision.digest,
        source_date_epoch=epoch,
    )


def as_text(provenance: Provenance) -> str:
    """Return the text of ``uniqver.json``: ASCII, one key a line."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **as_json(provenance)}, indent=2) + "\n"


def as_json(provenance: Provenance) -> dict[str, object]:
    """Return the fields by name; ``tools`` only if they are known."""
    found = provenance._asdict()
    if provenance.tools is None:
        del found["tools"]
    return found


def parsed(text: str, place: str) -> Provenance:
    """Read the text of a ``uniqver.json``; ``place`` names it in errors. Unknown keys are ignored.

    Raises :class:`ArtifactError` if it is damaged or has another schema version.
    """
    if len(text) > MOST_CHARACTERS:
        raise _damaged(place, f"it has more than {MOST_CHARACTERS} characters")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(place, f"not valid JSON ({error})") from error
    if not isinstance(found, dict):
        raise _damaged(place, "not a JSON object")
    schema = found.get("schema_version")
    if schema != SCHEMA_VERSION:
        raise ArtifactError(
            what=f"{place} has schema version {schema!r}; this uniqver reads {SCHEMA_VERSION}",
            fix="pip install --upgrade uniqver",
        )
    return _checked(cast("dict[str, object]", found), place)


_TEXT, _NUMBER = (str, type(None)), (int, type(None))
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("project", "base", "segment", "commit", "digest"), _TEXT),
    **dict.fromkeys(("number", "source_date_epoch"), _NUMBER),
    "version": (str,),
    "dirty": (bool,),
    "tools": (dict, type(None)),
}


def _checked(found: dict[str, object], place: str) -> Provenance:
    values: dict[str, object] = {}
    for key, kind in _KINDS.items():
        value = found.get(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kind):
            raise _damaged(place, f"{key} is {'missing' if key not in found else repr(value)[:60]}")
        values[key] = value
    tools = cast("dict[str, object] | None", values["tools"])
    if tools is not None and not all(isinstance(version, str) for version in tools.values()):
        raise _damaged(place, "tools are not versions by name")
    try:
        taken_apart(str(values["version"]))
    except ValueError as error:
        raise _damaged(place, f"version is {str(values['version'])[:60]!r}") from error
    return Provenance(**values)  # type: ignore[arg-type]


def _damaged(place: str, why: str) -> ArtifactError:
    return ArtifactError(what=f"{place} is damaged: {why}", fix="build it again, or unpack the sdist again")


class CoreMetadata(NamedTuple):
    """Fields of METADATA or PKG-INFO, as written; ``None`` if missing or specified twice."""

    metadata_version: str | None
    name: str | None
    version: str | None


def core_metadata(text: str) -> CoreMetadata:
    """Read the text of METADATA or PKG-INFO."""
    found = _headers(text)
    return CoreMetadata(*(_only(found.get_all(key, ())) for key in ("Metadata-Version", "Name", "Version")))


def version_in_metadata(text: str, place: str) -> str:
    """Return the version in the METADATA of ``place``. Raises :class:`ArtifactError`."""
    found = version_of(core_metadata(text).version or "")
    if found is None:
        raise ArtifactError(what=f"the metadata in {place} has no valid version", fix="build it again")
    return str(found)


def header(text: str, key: str) -> str | None:
    """Return one field of a file like ``WHEEL``."""
    return _only(_headers(text).get_all(key, ()))


def _headers(text: str) -> Message:
    from email.parser import HeaderParser  # setuptools imports it too, and `uniqver version` needs none

    return HeaderParser().parsestr(text)


def _only(values: object) -> str | None:
    return str(values[0]).strip() if isinstance(values, list) and len(values) == 1 else None
