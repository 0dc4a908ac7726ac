"""What the commands ``uniqver counter`` and ``uniqver whence`` do, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from uniqver.counters.protocol import Allocation, Stream
from uniqver.errors import ConfigError, UniqverError
from uniqver.model import versions as scheme
from uniqver.resolve.compute import counting_base
from uniqver.resolve.counting import counter_of
from uniqver.resolve.facts import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from uniqver.counters.protocol import Counter
    from uniqver.model.decision import Segment
    from uniqver.model.report import Json
    from uniqver.model.versions import Base
    from uniqver.resolve.facts import Facts
    from uniqver.resolve.steps import Request

Action = Literal["show", "history", "floor", "sync", "check"]

_SEGMENTS: tuple[Segment, ...] = ("dev", "a", "b", "rc", "post")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What a command found or did: for a person and for a machine."""

    text: str
    data: Json


@dataclass(frozen=True, kw_only=True, slots=True)
class _Desk:
    """The counter of a project, opened at the stream that its builds count in now."""

    counter: Counter
    stream: Stream


def show(request: Request, base: str | None) -> Account:
    """Tell where the counter is, what was handed out last and what is next. Reads only."""
    desk = _desk(request, base)
    following = desk.counter.peek(desk.stream, None)
    made = list(desk.counter.history(desk.stream))
    last = made[-1] if made else None
    lines = [
        f"counter   {desk.counter.place}",
        f"stream    {desk.stream}",
        f"next      {following if isinstance(following, int) else following.number}",
        f"last      {_line(last) if last else 'none yet'}",
    ]
    data: Json = {
        "counter": desk.counter.place,
        "project": desk.stream.project,
        "base": desk.stream.base,
        "next": following if isinstance(following, int) else following.number,
        "last": None if last is None else _as_json(last),
    }
    return Account(text="\n".join(lines), data=data)


def history(request: Request, base: str | None) -> Account:
    """Tell all that was handed out to this project, newest last; only of ``base`` where one is given. Reads only."""
    facts = _gather(request)
    project = _name(facts)
    of_project = [
        made
        for made in counter_of(facts).history(None if base is None else _stream(facts, base))
        if made.stream.project == project
    ]
    text = "\n".join(_line(made) for made in of_project) or f"nothing was handed out to {project} yet"
    return Account(text=text, data=[_as_json(made) for made in of_project])


def floor(request: Request, base: str | None, number: int) -> Account:
    """Make the next number at least ``number + 1``, and tell the highest one now."""
    return _raised(_desk(request, base), number)


def sync(request: Request, base: str | None, index: str) -> Account:
    """Make the next number higher than any that ``index`` has of this stream."""
    from uniqver.index.published import published_files  # brings urllib and ssl

    desk = _desk(request, base)
    return _raised(desk, highest_number(published_files(index, desk.stream.project), desk.stream))


def check(request: Request) -> Account:
    """Prove that the counter can be reached and written, without taking a number."""
    counter = counter_of(_gather(request))
    counter.check()
    return Account(text=f"{counter.place} can be read and written", data={"counter": counter.place, "ok": True})


def whence(request: Request, version: str) -> Account:
    """Tell the commit, the time and the run of ``version``, from the counter's books or from git.

    Raises :class:`UniqverError` where none of them knows it.
    """
    try:
        wanted = Version(version)
    except InvalidVersion:
        raise ConfigError(what=f"{version!r} is no version", fix="uniqver whence 1.4.1.dev412") from None
    facts = _gather(request)
    searches: tuple[Callable[[Facts, Version], Account | None], ...] = (_in_books, _in_git, _in_tags, _in_number)
    for search in searches:
        found = search(facts, wanted)
        if found is not None:
            return found
    raise UniqverError(
        what=f"nothing here tells where {wanted} comes from",
        fix="ask in the project that it was built from, with all its commits and tags and with its counter",
    )


def highest_number(files: Iterable[str], stream: Stream) -> int:
    """Return the highest number that a file of ``stream`` carries, in any segment; 0 where none does. Pure."""
    numbers = (
        number
        for version in map(_version_of, files)
        if version is not None
        for segment in _SEGMENTS
        if (number := number_in(version, stream.base, segment)) is not None
    )
    return max(numbers, default=0)


def number_in(version: Version, base: str, segment: Segment) -> int | None:
    """Return the number that makes ``version`` of ``base`` in ``segment``; ``None`` where none does. Pure."""
    pre = version.pre[1] if version.pre is not None and version.pre[0] == segment else None
    number = {"dev": version.dev, "post": version.post}.get(segment, pre)
    if number is None or Version(scheme.compose(base, segment, number)) != Version(version.public):
        return None
    return number


def _desk(request: Request, base: str | None) -> _Desk:
    if base is None:
        facts, counted = _counting_base(request)
        base = counted.version
    else:
        facts = _gather(request)
    return _Desk(counter=counter_of(facts), stream=_stream(facts, base))


def _gather(request: Request) -> Facts:
    return _counting_base(request)[0] if request.project.scm is not None else gather(request)


def _counting_base(request: Request) -> tuple[Facts, Base]:
    if request.project.scm is not None:
        from uniqver.resolve.over_scm import counting_base_over_scm  # few projects are

        return counting_base_over_scm(request)
    facts = gather(request)
    return facts, counting_base(facts)


def _stream(facts: Facts, base: str) -> Stream:
    try:
        named = scheme.series(base, facts.config.segment)
    except InvalidVersion:
        raise ConfigError(what=f"--base {base!r} is no version", fix="--base 1.4.1") from None
    return Stream(project=_name(facts), base=named)


def _name(facts: Facts) -> str:
    name = facts.request.project.normalized_name
    if name is None:
        raise ConfigError(
            what="a counter needs the project's name, and pyproject.toml doesn't say it", fix='[project]\nname = "…"'
        )
    return name


def _raised(desk: _Desk, number: int) -> Account:
    highest = desk.counter.floor(desk.stream, number)
    why = "" if highest == number else f" (it was there already; {number} is not higher)"
    text = f"the next number of {desk.stream} is {highest + 1}{why}"
    return Account(text=text, data={"project": desk.stream.project, "base": desk.stream.base, "highest": highest})


def _in_books(facts: Facts, version: Version) -> Account | None:
    if facts.config.source not in ("auto", "counter") or version.local is not None:
        return None
    project = _name(facts)
    for made in counter_of(facts).history():
        same = (number_in(version, made.stream.base, segment) == made.number for segment in _SEGMENTS)
        if made.stream.project == project and any(same):
            return Account(text=f"{version}: {_line(made)}", data={"version": str(version), **_as_json(made)})
    return None


def _in_git(facts: Facts, version: Version) -> Account | None:
    """A version by distance names its commit itself."""
    matched = re.match(r"g([0-9a-f]{7,40})(\.d[0-9a-f]+)?", version.local or "")
    if matched is None:
        return None
    return _commit(facts, version, matched[1], "with changes that were not committed" if matched[2] else "")


def _in_tags(facts: Facts, version: Version) -> Account | None:
    if facts.repository is None or version.is_devrelease:
        return None
    with facts.git_here(facts.repository) as git:
        listed = git.start("tag", "--list").output().splitlines()
    tags = [tag for tag in listed if scheme.release_of_tag(tag, facts.config.tag_prefix) == version]
    return _commit(facts, version, f"{tags[0]}^{{commit}}", f"tag {tags[0]}") if tags else None


def _commit(facts: Facts, version: Version, name: str, remark: str) -> Account | None:
    if facts.repository is None:
        return None
    with facts.git_here(facts.repository) as git:
        code, out, _ = git.start("log", "-1", "--format=%H%x00%ct%x00%s", name, "--").finished()
    if code:
        return None
    commit, at, subject = out.strip().split("\0")
    text = f"{version}: commit {commit}, {_time(int(at))}, {subject!r}{', ' + remark if remark else ''}"
    data: Json = {
        "version": str(version),
        "commit": commit,
        "at": int(at),
        "subject": subject,
        "remark": remark or None,
    }
    return Account(text=text, data=data)


def _in_number(facts: Facts, version: Version) -> Account | None:
    """The number of a CI's run is arithmetic: take it apart again."""
    number = next((n for n in (version.dev, version.post, version.pre and version.pre[1]) if n is not None), None)
    if number is None or facts.config.source not in ("auto", "ci"):
        return None
    run, attempt = number // 100 - facts.config.offset, number % 100
    counted = f"run {run}, attempt {attempt}, of a CI that counts attempts" if run > 0 < attempt else ""
    plain = number - facts.config.offset
    ways = [way for way in (counted, f"run {plain} of another CI" if plain > 0 else "") if way]
    if not ways:
        return None
    data: Json = {
        "version": str(version),
        "number": number,
        "with_attempts": {"run": run, "attempt": attempt} if counted else None,
        "without_attempts": {"run": plain} if plain > 0 else None,
    }
    return Account(text=f"{version}: by its number {number}, {' or '.join(ways)}", data=data)


def _version_of(file: str) -> Version | None:
    try:
        if file.endswith(".whl"):
            return parse_wheel_filename(file)[1]
        return parse_sdist_filename(file)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _line(made: Allocation) -> str:
    claim = made.claim
    commit = claim.commit or "no commit"
    return f"{made.stream} number {made.number}, commit {commit}, {_time(claim.at)}, by {claim.who} on {claim.host}"


def _time(at: int) -> str:
    try:
        return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"time {at}"


def _as_json(made: Allocation) -> dict[str, Json]:
    claim = made.claim
    return {
        "project": made.stream.project,
        "base": made.stream.base,
        "number": made.number,
        "key": claim.key,
        "commit": claim.commit,
        "at": claim.at,
        "host": claim.host,
        "who": claim.who,
        "algorithm": made.algorithm,
    }
