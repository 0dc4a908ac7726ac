"""Which source gives the number, and the number that it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from uniqver.config import BUILD_ID, setting
from uniqver.errors import CiError, ConfigError, CounterError, GitError
from uniqver.model import versions as scheme

if TYPE_CHECKING:
    from pathlib import Path

    from uniqver.config import Config
    from uniqver.counters.protocol import Allocation, Claim
    from uniqver.model.decision import CiRun, Source
    from uniqver.model.versions import Base
    from uniqver.resolve.facts import Facts


class Numbered(NamedTuple):
    """A number, and what goes with it."""

    number: int
    reason: str
    """A sentence."""
    local: str | None = None
    """The local part of the version."""
    attempt: int | None = None
    tells_run: bool = False
    """Whether the number is this CI run's own: no other run gets it."""
    made_at: int | None = None
    """When the number was handed out, seconds since the epoch, UTC."""
    build_key: str | None = None
    counter: str | None = None
    counter_kind: str | None = None
    warnings: tuple[str, ...] = ()
    collisions: tuple[str, ...] = ()


def choose_source(facts: Facts) -> tuple[Source, str]:
    """Return the source of the number and a sentence why.

    Raises :class:`CiError` on a CI that gives no number that is safe, where nothing else is configured.
    """
    config, ci, build_number = facts.config, facts.ci, facts.build_number
    if config.source != "auto":
        passed = build_number is not None and config.source != "ci"
        aside = f", and {build_number[0]} has no say" if passed and build_number is not None else ""
        return config.source, f'source {config.source}: source = "{config.source}" is configured{aside}'
    if build_number is not None:
        return "ci", f"source ci: {build_number[0]} hands in a number"
    if ci is not None:
        return _source_on_ci(ci, config)
    if facts.git is not None:
        return "distance", "source distance: no CI here, but git"
    return "counter", "source counter: neither CI nor git here"


def _source_on_ci(ci: CiRun, config: Config) -> tuple[Source, str]:
    if ci.refusal is None:
        return "ci", f"source ci: {ci.title} counts runs"
    if config.counter != "local" and ci.counter_helps:
        return "counter", f"source counter: a shared one is configured, and on {ci.title} {ci.refusal}"
    raise _refused(ci)


def take_number(facts: Facts, source: Source, base: Base) -> Numbered:
    """Return the number from ``source``; a counter or a timestamp is only taken if the request's purpose allows it."""
    if source == "ci":
        return _ci_number(facts)
    if source == "distance":
        return _distance_number(facts, base)
    if source == "timestamp":
        return _timestamp_number(facts)
    return _counter_number(facts, base)


def _ci_number(facts: Facts) -> Numbered:
    ci, offset = facts.ci, facts.config.offset
    if facts.build_number is not None:
        variable, text = facts.build_number
        number = offset + scheme.whole_number(text, variable)
        return Numbered(
            number=number,
            reason=f"number {number}: {variable} {text}{_plus(offset)}",
            build_key=None if ci is None else ci.key,
            collisions=(f"another build on the way to the same base with {variable}={text} gets this version too",),
        )
    if ci is None:
        raise CiError(
            what='source = "ci", and no known CI is here',
            fix="UNIQVER_BUILD_NUMBER=N   (a number that grows with each build); or UNIQVER_SOURCE=distance on your own machine",
        )
    if ci.refusal is not None and not (ci.per_branch and _is_singled_out(facts)):
        raise _refused(ci)
    return _run_number(ci, offset)


def _is_singled_out(facts: Facts) -> bool:
    """Tell whether the settings name this one branch as the only one whose own numbers make versions."""
    counting = [rule for rule in facts.config.branches if rule.settings.get("source") == "ci"]
    return facts.rule is not None and counting == [facts.rule] and facts.rule.names_one_branch


def _run_number(ci: CiRun, offset: int) -> Numbered:
    if not ci.number or ci.number_variable is None:
        raise _lost(ci, ci.number_variable or "its number")
    if ci.attempt == "" and ci.attempt_variable is not None:
        raise _lost(ci, ci.attempt_variable)
    if ci.run and ci.run_variable:  # also where it doesn't make the number: a CI that says nonsense isn't that CI
        scheme.whole_number(ci.run, ci.run_variable, ci.cure)
    run = scheme.whole_number(ci.number, ci.number_variable, ci.cure)
    attempt = None if ci.attempt is None else scheme.whole_number(ci.attempt, ci.attempt_variable or "attempt")
    number = scheme.number_of_run(run, attempt, offset)
    how = f"{ci.number_variable} {run}{_plus(offset)}"
    collisions = [f"{ci.number_variable} counts {ci.scope}: a second one that publishes this project would collide"]
    if attempt is None:
        collisions.append("a job that is started again within this run builds this version again")
    else:
        how = f"({how}) * 100 + attempt {attempt}" if offset else f"{how} * 100 + attempt {attempt}"
    return Numbered(
        number=number,
        attempt=attempt,
        tells_run=True,
        reason=f"number {number}: {how}",
        build_key=ci.key,
        collisions=tuple(collisions),
    )


def _lost(ci: CiRun, variable: str) -> CiError:
    return CiError(
        what=f"{ci.title} is here, but {variable} is not set",
        fix=f"pass {variable} on into this environment (container, tox, sudo); or UNIQVER_BUILD_NUMBER=N",
    )


def _distance_number(facts: Facts, base: Base) -> Numbered:
    git, config = facts.git, facts.config
    if git is None:
        raise GitError(
            what='source = "distance", and the project\'s root is no git repository',
            fix="git init && git add -A && git commit -m 'First commit'; or UNIQVER_VERSION=1.4.1.dev1 for a build without git",
        )
    number = base.carry + git.distance
    since = "commits so far" if git.tag is None else "commits since the tag"
    if base.carry:
        since = f"{since}, on top of the {base.carry} that the tag has itself"
    if config.local:
        return Numbered(
            number=number,
            local=scheme.local_part(git.commit, git.digest, letter=git.letter, dirty=git.dirty),
            reason=f"number {number}: {since}, with a local part, which PyPI refuses",
            collisions=("untracked files aren't seen: builds that differ only in those share this (local) version",),
        )
    collisions = ["another branch with as many commits since the tag gets this version too"]
    if git.dirty:
        collisions.append("the changes in this tree don't show in the version")
    return Numbered(
        number=number,
        reason=f"number {number}: {since}; local = false drops the local part",
        collisions=tuple(collisions),
    )


def _timestamp_number(facts: Facts) -> Numbered:
    # sqlite3 is imported only where a record is needed
    from uniqver.counters.build_records import Records, seconds_of
    from uniqver.counters.state import state_directory

    request = facts.request
    # the user's own folder, not the clone's: two clones on one machine must not take the same second
    records = Records(state_directory(request.environ))
    key = _build_key(facts)
    if request.purpose == "peek" or key is None:
        number = records.peek_timestamp(key, now=request.now)
    else:
        number = records.timestamp(key, now=request.now)
    return Numbered(
        number=number,
        tells_run=_is_run(key, facts),
        made_at=seconds_of(number),
        build_key=key,
        reason=f"number {number}: the time of the build's first hook, UTC",
        collisions=("another machine or user that builds in the same second gets this version too",),
    )


def _counter_number(facts: Facts, base: Base) -> Numbered:
    from uniqver.counters.protocol import Stream
    from uniqver.counters.registry import scheme_of  # as above
    from uniqver.resolve.counting import counter_of, peek

    name = facts.request.project.normalized_name
    if name is None:
        raise ConfigError(
            what="a counter needs the project's name, and neither pyproject.toml nor setup.cfg says it",
            fix='name = "…" under [project] in pyproject.toml, or name = … under [metadata] in setup.cfg',
        )
    counter = counter_of(facts)
    stream = Stream(project=name, base=scheme.series(base.version, facts.config.segment))
    key = _build_key(facts)
    if facts.request.purpose == "peek" or key is None:
        found = peek(counter, stream, key, facts, base)
    else:
        found = counter.allocate(stream, _claim(facts, key))
    number, taken = (found, "would be next") if isinstance(found, int) else (found.number, "taken")
    if not isinstance(found, int):
        _refuse_other_commit(found, facts)
    warnings, collisions = _about_counter(facts, number, counter.place)
    return Numbered(
        number=number,
        tells_run=_is_run(key, facts),
        made_at=None if isinstance(found, int) else found.claim.at,
        build_key=key,
        counter=counter.place,
        counter_kind=scheme_of(facts.config.counter),
        reason=f"number {number}: {taken} from the counter of {stream} at {counter.place}",
        warnings=warnings,
        collisions=collisions,
    )


def _about_counter(facts: Facts, number: int, place: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return warnings and collisions: a counter of this machine knows of no other one's numbers."""
    if facts.config.counter != "local":
        return (), ()
    warnings: list[str] = []
    if facts.ci is not None:
        warnings.append(
            f'the counter is a file on this machine ({place}): on CI set counter = "git+origin" in [tool.uniqver]'
        )
    elif number == 1:
        warnings.append(
            f"this is the first number of a new counter at {place}: on a machine or container that is thrown away, "
            "the next build would get it again"
        )
    return tuple(warnings), ("another machine or clone has a counter of its own, with the same numbers",)


def _build_key(facts: Facts) -> str | None:
    """Return what makes hooks and jobs one build; ``None`` where a peek finds that none was begun."""
    request = facts.request
    given = setting(request.environ, BUILD_ID, request.project.name)
    if given is not None:
        return f"id:{given[1]}"
    if facts.ci is not None and facts.ci.key is not None:
        return facts.ci.key
    if request.hook is None:
        return _key_of_allocation() if request.purpose == "allocate" else None
    from uniqver.counters.build_records import Records
    from uniqver.resolve.frontend import frontend_process

    records = Records(_state_directory(facts))
    process = frontend_process(request.project.directory)
    if request.purpose == "peek":
        return records.peek_build_key(process, request.hook)
    return records.build_key(process, request.hook, now=request.now)


def _key_of_allocation() -> str:
    import uuid  # only here

    return f"allocate:{uuid.uuid4()}"


def _is_run(key: str | None, facts: Facts) -> bool:
    """Tell whether a build key is that of the CI run: then a number that goes by the key tells the run."""
    return key is not None and facts.ci is not None and key == facts.ci.key


def _state_directory(facts: Facts) -> Path:
    """Return where records belong: git's common folder, so that worktrees share them, else the user's own."""
    if facts.repository is not None:
        return facts.repository.common_dir / "uniqver"
    from uniqver.counters.state import state_directory

    return state_directory(facts.request.environ)


def _claim(facts: Facts, key: str) -> Claim:
    import getpass  # these two only here: most builds claim nothing
    import platform

    from uniqver.counters.protocol import Claim

    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        who = "?"
    return Claim(
        key=key,
        commit=None if facts.git is None else facts.git.commit,
        at=facts.request.now,
        host=platform.node(),
        who=who if facts.ci is None else f"{facts.ci.title} ({facts.ci.url or facts.ci.run or who})",
    )


def _refuse_other_commit(found: Allocation, facts: Facts) -> None:
    """One key, two commits: two builds that would share a version."""
    commit = None if facts.git is None else facts.git.commit
    if commit is not None and found.claim.commit is not None and found.claim.commit != commit:
        raise CounterError(
            what=f"the build {found.claim.key!r} has number {found.number} already, for commit {found.claim.commit[:12]}, not {commit[:12]}",
            fix=f"give each build an id of its own: {BUILD_ID}=…   (or unset it)",
        )


def _refused(ci: CiRun) -> CiError:
    return CiError(what=f"{ci.title}: {ci.refusal}", fix=ci.cure or "UNIQVER_BUILD_NUMBER=N")


def _plus(offset: int) -> str:
    return f" + offset {offset}" if offset else ""
