"""The source of the number of a build, and the number: one that can't repeat, or one for a local version."""

from __future__ import annotations

import os
from collections.abc import Mapping

from uniqver.ci import COUNTER, whole_number
from uniqver.errors import CiError, CounterError
from uniqver.model.decision import CiRun, Missing, Number, Untrusted
from uniqver.model.versions import local_part
from uniqver.resolve.facts import Facts, tolerated
from uniqver.resolve.target import Target
from uniqver.vcs import GitState

_LOCAL_PART = "the local part names the commit"


def number_of(facts: Facts, target: Target, *, publishable: bool) -> Number:
    """Return the number of a build that is not a release, and what is ``missing`` if another build may get it too.

    Shared counters are left alone unless all else is proven (``publishable``). Raises ``ConfigError`` and ``CiError`` for wrong
    settings, ``CounterError`` if the counter fails and only a public version will do.
    """
    source = facts.config.source
    if source == "distance":
        return _by_distance(facts, target)
    if source == "timestamp":
        from uniqver.resolve.counting import by_time  # sqlite3 is imported only if a record is needed

        return by_time(facts)
    if source == "counter":
        return _counted(facts, target, publishable=publishable)
    if facts.build_number is not None:
        return _provided(facts, *facts.build_number)
    if facts.run is None:
        return _without_run(facts, target)
    return _on_ci(facts, target, facts.run, publishable=publishable)


def _on_ci(facts: Facts, target: Target, run: CiRun, *, publishable: bool) -> Number:
    config, number = facts.config, run.number
    if isinstance(number, Untrusted) and run.single_branch is not None:
        # if the settings name this one branch as the only one whose own numbers make versions
        counting = [rule for rule in config.branches if rule.settings.get("source") == "ci"]
        if facts.rule is not None and counting == [facts.rule] and facts.rule.names_one_branch:
            number = run.single_branch
    if not isinstance(number, Untrusted):
        return _of_run(run, number, config.offset)
    if config.source == "auto" and config.counter != "local" and number.counter_helps:
        return _counted(facts, target, publishable=publishable)
    return _fallback(facts, target, Missing(f"{run.title}: {number.why}", number.fix))


def _provided(facts: Facts, variable: str, text: str) -> Number:
    number = whole_number(text, variable)
    if isinstance(number, Untrusted):
        raise CiError(what=number.why, fix=number.fix)
    offset = facts.config.offset
    return Number(
        value=offset + number,
        source="ci",
        reason=f"number {offset + number}: {variable} {text}{_plus(offset)}",
        build_key=None if facts.run is None else facts.run.key,
        collisions=(f"another build on the way to the same base with {variable}={text} gets this version too",),
    )


def run_of(number: int, *, attempts: bool, offset: int = 0) -> tuple[int, int | None]:
    """Return run and attempt of a number: the inverse of :func:`number_of_run`."""
    if not attempts:
        return number - offset, None
    return number // 100 - offset, number % 100


def number_of_run(run: int, attempt: int | None, offset: int = 0) -> int:
    """Return ``(offset + run) * 100 + attempt``, or ``offset + run`` without attempts.

    ``attempt`` is from 1 to :data:`~uniqver.model.versions.MAX_ATTEMPT`: :mod:`uniqver.ci` lets no other through.
    """
    return offset + run if attempt is None else (offset + run) * 100 + attempt


def _of_run(run: CiRun, number: int, offset: int) -> Number:
    value = number_of_run(number, run.attempt, offset)
    how = f"{run.number_variable} {number}{_plus(offset)}"
    collisions = [f"{run.number_variable} counts {run.scope}: a second one that publishes this project would collide"]
    if run.attempt is None:
        collisions.append("a job that is started again within this run builds this version again")
    else:
        how = f"({how}) * 100 + attempt {run.attempt}" if offset else f"{how} * 100 + attempt {run.attempt}"
    reason = f"number {value}: {how}"
    return Number(value, "ci", reason, build_key=run.key, collisions=tuple(collisions))


def _without_run(facts: Facts, target: Target) -> Number:
    if isinstance(facts.ownership, Missing):
        return _fallback(facts, target, facts.ownership)
    missing = Missing("no CI run was detected", "build in your CI (uniqver help pipelines), or UNIQVER_BUILD_NUMBER=N")
    if _says_ci(facts.request.environ):
        missing = Missing(
            "CI is set, but no known CI was detected: its variables were lost on the way into this environment",
            "pass them on into this container or tox environment; or UNIQVER_VERSION=… from outside",
        )
    return _fallback(facts, target, missing)


def _says_ci(environ: Mapping[str, str]) -> bool:
    """Tell whether ``CI`` is set; act sets it on a person's machine."""
    return environ.get("CI", "").lower() not in ("", "0", "false") and not environ.get("ACT")


def _fallback(facts: Facts, target: Target, *missing: Missing) -> Number:
    """Return a number for a version that is local in any case: for what is ``missing``, or known already."""
    if facts.git is not None:
        return _since_the_tag(target, facts.git)._replace(missing=missing)
    from uniqver.resolve.counting import next_local  # most builds have git

    return next_local(facts, target)._replace(missing=missing)


def _by_distance(facts: Facts, target: Target) -> Number:
    if facts.git is None:
        what = "there is no git repository whose commits could be counted"
        return _fallback(facts, target, facts.no_git or Missing(what, "build in the repository or from an sdist"))
    number = _since_the_tag(target, facts.git)
    if facts.config.local:
        missing = Missing("commits since a tag repeat on every branch", 'source = "auto" in [tool.uniqver]')
        return number._replace(missing=(missing,))
    return number._replace(
        reason=number.reason.replace(_LOCAL_PART, "local = false drops the local part"),
        local=None,
        collisions=("another branch with as many commits since the tag gets this version too",),
    )


def _since_the_tag(target: Target, git: GitState) -> Number:
    since = "commits so far" if git.tag is None else "commits since the tag"
    if target.base.carry:
        since = f"{since}, on top of the {target.base.carry} that the tag has itself"
    return Number(
        value=target.distance,
        source="distance",
        reason=f"number {target.distance}: {since}; {_LOCAL_PART}",
        local=local_part(git.commit, git.tree.digest, letter=git.letter, dirty=git.dirty),
    )


def _counted(facts: Facts, target: Target, *, publishable: bool) -> Number:
    why_not = _why_not_counted(facts)
    if why_not is not None:
        return _fallback(facts, target, why_not)
    if facts.git is not None and not facts.request.proves:
        return Number(value=target.base.carry, source="counter", reason="a hook that only asks takes no number")
    if not publishable:
        return _fallback(facts, target)  # what stands in the way is known already
    from uniqver.resolve.counting import take  # as above

    try:
        return take(facts, target)
    except CounterError as error:
        return _fallback(facts, target, tolerated(facts.request, error))


def _why_not_counted(facts: Facts) -> Missing | None:
    if isinstance(facts.ownership, Missing):
        return facts.ownership
    if facts.config.counter != "local":
        return None
    if facts.run is not None or _says_ci(facts.request.environ):
        return Missing(
            "the local counter is a file on this machine, and the next CI run may start on another one",
            COUNTER,
        )
    if in_container(facts.request.environ):
        return Missing(
            "the local counter is a file in this container, and goes with it",
            f'{COUNTER}; or counter = "sqlite:////a/volume/counter.sqlite3"',
        )
    return None


def _plus(offset: int) -> str:
    return f" + offset {offset}" if offset else ""


_FILES = ("/.dockerenv", "/run/.containerenv")
"""Of Docker and Podman."""

_VARIABLES = ("container", "KUBERNETES_SERVICE_HOST")
"""Podman, systemd-nspawn and LXC (systemd.io/CONTAINER_INTERFACE); Kubernetes."""


def in_container(environ: Mapping[str, str]) -> bool:
    """Tell whether this is a container."""
    import platform  # few builds come here

    if platform.node() == "buildkitsandbox":  # a RUN of BuildKit's, without these files (docker/buildx#1447)
        return True
    return any(environ.get(name) for name in _VARIABLES) or any(os.path.exists(path) for path in _FILES)  # noqa: PTH110
