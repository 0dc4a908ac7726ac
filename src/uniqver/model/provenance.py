"""What an artifact says about where it came from: ``uniqver.json``. Pure.

Two builds that share a version must be the same bytes, so only facts go in that the version tells already:
a dev version that counts CI runs tells its run, a release tells none (the pipeline that is started again
must rebuild the same release), a version by distance tells its commit and whether the tree was changed, but
no branch (another branch may point to that commit).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from uniqver.errors import ArtifactError
from uniqver.model.decision import Origin, Segment

if TYPE_CHECKING:
    from uniqver.model.decision import Decision

FILE_NAME = "uniqver.json"
"""In ``.dist-info`` of a wheel and an installation, at the root of an sdist."""

SCHEMA_VERSION = 1

_URL_OF_ONE_JOB = ("bamboo", "circleci")
"""The CIs whose address is that of a job: the jobs of one build would not agree on it."""

_TELLS_CHANGES: tuple[Origin, ...] = ("distance", "tag")


class RunFacts(NamedTuple):
    """The CI run that a version tells."""

    name: str
    """Short: ``"github"``."""
    run: str | int | None
    attempt: int | None
    url: str | None


class Provenance(NamedTuple):
    """The contents of ``uniqver.json``, schema version 1. The names of the fields are the keys."""

    project: str | None
    version: str
    base: str | None
    number: int | None
    source: Origin
    segment: Segment | None
    release: bool
    commit: str | None
    branch: str | None
    """Only where a CI run that the version tells names it."""
    dirty: bool | None
    """Whether tracked files differed from the commit; ``None`` where the version doesn't tell."""
    ci: RunFacts | None
    """``None`` where the version tells no run: releases, distances, pins of another run."""
    build_key: str | None
    counter: str | None
    """The kind of the counter: ``"local"``, ``"git"``."""
    source_date_epoch: int | None
    """The times in the artifact, seconds since the epoch, UTC; ``None`` where none was known."""
    uniqver: str
    setuptools: str


def provenance_of(decision: Decision, *, epoch: int | None, uniqver: str, setuptools: str) -> Provenance:
    """Return what the artifacts of a build say; ``uniqver`` and ``setuptools`` are the versions that make them."""
    run = _run_facts(decision)
    return Provenance(
        project=decision.project,
        version=decision.version,
        base=decision.base,
        number=decision.number,
        source=decision.origin,
        segment=decision.segment,
        release=decision.release,
        commit=decision.commit,
        branch=decision.ci.branch if run is not None and decision.ci is not None else None,
        dirty=bool(decision.dirty) if decision.origin in _TELLS_CHANGES else None,
        ci=run,
        build_key=decision.build_key,
        counter=decision.counter_kind,
        source_date_epoch=epoch,
        uniqver=uniqver,
        setuptools=setuptools,
    )


def as_text(provenance: Provenance) -> str:
    """Return the text of ``uniqver.json``: ASCII, one key a line, a newline at the end."""
    import json  # setuptools has it already; commands that need no provenance don't

    return json.dumps({"schema_version": SCHEMA_VERSION, **as_json(provenance)}, indent=2) + "\n"


def as_json(provenance: Provenance) -> dict[str, object]:
    """Return the fields by name."""
    return {**provenance._asdict(), "ci": None if provenance.ci is None else provenance.ci._asdict()}


def parsed(text: str, place: str) -> Provenance:
    """Read the text of a ``uniqver.json``; ``place`` names it in errors. Keys that aren't known are passed over.

    Raises :class:`ArtifactError` where it is damaged or of a schema that this uniqver doesn't know.
    """
    import json  # as above

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(place, f"no valid JSON ({error})") from error
    if not isinstance(found, dict):
        raise _damaged(place, "no JSON object")
    schema = found.get("schema_version")
    if schema != SCHEMA_VERSION:
        raise ArtifactError(
            what=f"{place} has schema version {schema!r}; this uniqver reads {SCHEMA_VERSION}",
            fix="pip install --upgrade uniqver",
        )
    return _checked(cast("dict[str, object]", found), place)


def _run_facts(decision: Decision) -> RunFacts | None:
    ci = decision.ci
    if ci is None or not decision.tells_run:
        return None
    return RunFacts(
        name=ci.provider,
        run=int(ci.run) if ci.run is not None and ci.run.isdecimal() else ci.run,
        attempt=decision.attempt,
        url=None if ci.provider in _URL_OF_ONE_JOB else ci.url,
    )


_TEXT, _NUMBER, _FLAG = (str, type(None)), (int, type(None)), (bool, type(None))
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("project", "base", "segment", "commit", "branch", "build_key", "counter"), _TEXT),
    **dict.fromkeys(("number", "source_date_epoch"), _NUMBER),
    **dict.fromkeys(("version", "source", "uniqver", "setuptools"), (str,)),
    "release": (bool,),
    "dirty": _FLAG,
    "ci": (dict, type(None)),
}
_RUN_KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "run": (int, str, type(None)),
    "attempt": _NUMBER,
    "url": _TEXT,
}


def _checked(found: dict[str, object], place: str) -> Provenance:
    values = _typed(found, _KINDS, place)
    if values["source"] not in get_args(Origin):
        raise _damaged(place, f"source is {values['source']!r}")
    if values["segment"] not in (None, *get_args(Segment)):
        raise _damaged(place, f"segment is {values['segment']!r}")
    ci = values["ci"]
    if ci is not None:
        run = _typed(cast("dict[str, object]", ci), _RUN_KINDS, place)
        values["ci"] = RunFacts(**run)  # type: ignore[arg-type]  # checked just now
    return Provenance(**{field: values[field] for field in Provenance._fields})  # type: ignore[arg-type]


def _typed(found: dict[str, object], kinds: dict[str, tuple[type, ...]], place: str) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, kind in kinds.items():
        value = found.get(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kind):
            raise _damaged(place, f"{key} is {'missing' if key not in found else repr(value)}")
        values[key] = value
    return values


def _damaged(place: str, why: str) -> ArtifactError:
    return ArtifactError(what=f"{place} is damaged: {why}", fix="build it again, or unpack the sdist again")
