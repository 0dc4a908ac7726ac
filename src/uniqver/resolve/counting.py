"""Numbers that have to be kept: from the counter that the settings name, or from the clock."""

from __future__ import annotations

import getpass
import platform

from uniqver.counters import open_counter
from uniqver.counters.protocol import Allocation, Claim, Counter, CounterContext, Stream
from uniqver.counters.sqlite import Records
from uniqver.counters.store import state_directory
from uniqver.errors import ConfigError, CounterError
from uniqver.model.decision import Missing, Number, Segment
from uniqver.model.versions import series
from uniqver.resolve.build_key import build_key
from uniqver.resolve.facts import Facts
from uniqver.resolve.target import Target


def counter_of(facts: Facts) -> Counter:
    """Return the counter that the settings name. Raises :class:`ConfigError`; the store isn't touched."""
    return open_counter(facts.config.counter, _context(facts))


def project_of(facts: Facts) -> str:
    """Return the project's normalized name. Raises :class:`ConfigError` if it has none."""
    name = facts.request.project.normalized_name
    if name is None:
        raise ConfigError(
            what="a counter needs the project's name, and neither pyproject.toml nor setup.cfg has it",
            fix='name = "…" under [project] in pyproject.toml, or name = … under [metadata] in setup.cfg',
        )
    return name


def stream_of(facts: Facts, base: str, segment: Segment | None = None) -> Stream:
    """Return the series that builds on the way to ``base`` count in. Raises :class:`ConfigError` without a name."""
    return Stream(project=project_of(facts), base=series(base, segment or facts.config.segment))


def take(facts: Facts, target: Target) -> Number:
    """Return the counter's number of this build; a request that takes nothing gets the one that would be next.

    Raises ``CounterError`` if the counter fails.
    """
    counter, key = counter_of(facts), build_key(facts)
    stream = stream_of(facts, target.base.version, target.segment)
    number, at = _next_of(facts, counter, stream, key)
    own = ("another machine has a counter of its own, with the same numbers",)
    return Number(
        value=number,
        source="counter",
        reason=f"number {number}: {'would be next' if at is None else 'taken'} from the counter of {stream} at {counter.place}",
        made_at=at,
        build_key=key,
        counter=counter.place,
        collisions=own if facts.config.counter == "local" else (),
    )


def next_local(facts: Facts, target: Target) -> Number:
    """Return the number of this user's own counter, for a version that is local in any case."""
    name = facts.request.project.normalized_name or "unnamed"
    stream = Stream(project=name, base=series(target.base.version, target.segment))
    try:
        counter = open_counter("local", _context(facts))
        number, _ = _next_of(facts, counter, stream, build_key(facts))
    except CounterError:  # no home folder, a read-only one: the digest of the tree tells builds apart
        number = target.base.carry
        return Number(number, "counter", f"number {number}: no counter can be kept here")
    return Number(number, "counter", f"number {number}: from the counter at {counter.place}", counter=counter.place)


def by_time(facts: Facts) -> Number:
    """Return the timestamp of this build."""
    request, key = facts.request, build_key(facts)
    # the user's own folder, not the clone's: two clones on one machine must not take the same second
    records = Records(state_directory(request.environ))
    number, made_at = records.timestamp(key, now=request.now, takes=request.takes and key is not None)
    missing = Missing(
        "each job and each hook of a build may take a timestamp of its own",
        "version=$(uniqver allocate) in one job, and UNIQVER_VERSION=$version in the others",
    )
    return Number(
        value=number,
        source="timestamp",
        reason=f"number {number}: the time of the build's first hook, UTC",
        missing=() if request.purpose == "allocate" else (missing,),
        made_at=made_at,
        build_key=key,
        collisions=("another machine or user that builds in the same second gets this version too",),
    )


def _next_of(facts: Facts, counter: Counter, stream: Stream, key: str | None) -> tuple[int, int | None]:
    """Return the number of this build and when it was taken; ``None``: it would be next."""
    found: Allocation | int
    if facts.request.takes and key is not None:
        found = counter.allocate(stream, _claim(facts, key))
    else:
        found = counter.peek(stream, key)
    return (found, None) if isinstance(found, int) else (found.number, found.claim.at)


def _context(facts: Facts) -> CounterContext:
    return CounterContext(
        environ=facts.request.environ,
        state=state_directory(facts.request.environ),
        git_dir=None if facts.repository is None else facts.repository.common_dir,
    )


def _claim(facts: Facts, key: str) -> Claim:
    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        who = "?"
    run = facts.run
    return Claim(
        key=key,
        commit=None if facts.git is None else facts.git.commit,
        at=facts.request.now,
        host=platform.node(),
        who=who if run is None else f"{run.title} ({run.url or run.run or who})",
    )
