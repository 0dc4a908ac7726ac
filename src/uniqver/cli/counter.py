"""``uniqver counter``: makes the counter, shows it, raises it, or tries it."""

from __future__ import annotations

import argparse
import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import InvalidVersion, Version

from uniqver.cli.commands import missing_library
from uniqver.counters.protocol import Allocation, Stream
from uniqver.counters.sqlite import LocalCounter
from uniqver.counters.store import as_json
from uniqver.dists.distribution import parse_filename
from uniqver.errors import ConfigError, UniqverError
from uniqver.model import versions as scheme
from uniqver.resolve.counting import counter_of, stream_of
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for
from uniqver.resolve.target import target_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uniqver.counters.protocol import Counter
    from uniqver.model.decision import Segment
    from uniqver.model.report import Json
    from uniqver.resolve.facts import Facts
    from uniqver.resolve.request import Request

SEGMENTS: tuple[Segment, ...] = ("dev", "a", "b", "rc", "post")

EXAMPLE = "uniqver counter floor 41"

_ACTIONS = {
    "show": "print where the counter is, its last number and the next one; writes nothing",
    "history": "print every number that was given out to this project; writes nothing",
    "floor": "make the next number at least N + 1; never lowers it",
    "sync": "make the next number higher than any that an index has",
    "init": "make the counter's file, which no build does for sqlite:///…; other counters are tried as by check",
    "check": "prove that the counter can be reached and written; takes no number",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the actions, each with what it takes."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    for name, summary in _ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        # also behind the action, where one writes them; what was given before it stays
        action.add_argument("-C", "--project", type=Path, default=argparse.SUPPRESS, metavar="DIR")
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name not in ("check", "init"):
            action.add_argument("--base", help="the release being worked toward (default: this tree's)")
        if name == "floor":
            action.add_argument("number", type=int, metavar="N")
        if name == "sync":
            action.add_argument(
                "--index", metavar="URL", help="its simple pages (default: index in [tool.uniqver], else PyPI)"
            )


def run(options: argparse.Namespace) -> int:
    """Run one action and print its account."""
    account = _act(request_for(options.project, os.environ, "peek"), options)
    print(json.dumps(account.data, indent=2) if options.json else account.text)
    return 0


def _act(request: Request, options: argparse.Namespace) -> Account:
    match options.action:
        case "show":
            return show(request, options.base)
        case "history":
            return history(request, options.base)
        case "floor":
            return floor(request, options.base, options.number)
        case "sync":
            return sync(request, options.base, options.index)
        case "init":
            return init(request)
        case _:
            return check(request)


class Account(NamedTuple):
    """Result of an action: for a person and for a machine."""

    text: str
    data: Json


class _Desk(NamedTuple):
    """The counter of a project, opened at the stream that its builds count in now."""

    counter: Counter
    stream: Stream


def show(request: Request, base: str | None) -> Account:
    """Tell where the counter is, which number was given out last and which is next. Reads only."""
    desk = _desk(request, base)
    following = desk.counter.peek(desk.stream, None)
    made = list(desk.counter.history(desk.stream))
    last = made[-1] if made else None
    lines = [
        f"counter   {desk.counter.place}",
        f"stream    {desk.stream}",
        f"next      {following if isinstance(following, int) else following.number}",
        f"last      {line_for(last) if last else 'none yet'}",
    ]
    data: Json = {
        "counter": desk.counter.place,
        "project": desk.stream.project,
        "base": desk.stream.base,
        "next": following if isinstance(following, int) else following.number,
        "last": None if last is None else as_json(last),
    }
    return Account(text="\n".join(lines), data=data)


def history(request: Request, base: str | None) -> Account:
    """Tell all that was handed out to this project, newest last; only of ``base`` where one is given. Reads only."""
    facts = gather(request)
    project = name_of(facts)
    of_project = [
        made
        for made in counter_of(facts).history(None if base is None else _stream(facts, base))
        if made.stream.project == project
    ]
    text = "\n".join(line_for(made) for made in of_project) or f"nothing was given out to {project} yet"
    return Account(text=text, data=[as_json(made) for made in of_project])


def floor(request: Request, base: str | None, number: int) -> Account:
    """Make the next number at least ``number + 1``, and tell the highest one now."""
    return _raised(_desk(request, base), number)


def sync(request: Request, base: str | None, index_url: str | None) -> Account:
    """Make the next number higher than any that the index has of this stream.

    Without ``index_url`` it's the index of the settings, else PyPI. Raises :class:`UniqverError` for any answer but a
    whole page and a 404: what looks like an empty project would get numbers that are taken.
    """
    try:
        from uniqver.index import address, client  # libraries of an extra that no other action needs
    except ModuleNotFoundError as error:
        raise missing_library("counter sync", "check", error) from error

    desk = _desk(request, base)
    place = address.for_url(index_url or request.config.index or address.PYPI_SIMPLE)
    with client.IndexClient(place, client.Patience()) as index:
        listing = index.ask(desk.stream.project)
    if listing.trouble is not None:
        raise UniqverError(what=f"the counter was not raised: {listing.trouble.what}", fix=listing.trouble.fix)
    return _raised(desk, highest_number((file.filename for file in listing.files), desk.stream))


def init(request: Request) -> Account:
    """Make the file of a local counter unless it is there, and prove that the counter can be reached and written.

    Raises ``CounterError`` for a file that isn't a whole counter: it may hold numbers that were given out.
    """
    counter = counter_of(gather(request))
    if not isinstance(counter, LocalCounter):
        return check(request)  # servers and remotes make what they need with the first number
    made = counter.create()
    text = (
        f"made {counter.place}; if versions are published already: uniqver counter sync"
        if made
        else f"{counter.place} is there already, and can be read and written"
    )
    return Account(text=text, data={"counter": counter.place, "ok": True, "made": made})


def check(request: Request) -> Account:
    """Prove that the counter can be reached and written, without taking a number."""
    counter = counter_of(gather(request))
    counter.check()
    return Account(text=f"{counter.place} can be read and written", data={"counter": counter.place, "ok": True})


def highest_number(files: Iterable[str], stream: Stream) -> int:
    """Return the highest number that a file of ``stream`` carries, in any segment; 0 if none does. Pure."""
    numbers = (
        number
        for name in map(parse_filename, files)
        if name is not None
        for segment in SEGMENTS
        if (number := number_in(name.version, stream.base, segment)) is not None
    )
    return max(numbers, default=0)


def number_in(version: Version, base: str, segment: Segment) -> int | None:
    """Return the number that makes ``version`` of ``base`` in ``segment``; ``None`` if none does. Pure."""
    pre = version.pre[1] if version.pre is not None and version.pre[0] == segment else None
    number = {"dev": version.dev, "post": version.post}.get(segment, pre)
    if number is None or Version(scheme.compose(base, segment, number)) != Version(version.public):
        return None
    return number


def _desk(request: Request, base: str | None) -> _Desk:
    facts = gather(request)
    if base is None:
        target = target_of(facts)
        return _Desk(counter=counter_of(facts), stream=stream_of(facts, target.base.version, target.segment))
    return _Desk(counter=counter_of(facts), stream=_stream(facts, base))


def _stream(facts: Facts, base: str) -> Stream:
    try:
        named = scheme.series(base, facts.config.segment)
    except InvalidVersion:
        raise ConfigError(what=f"--base {base!r} is not a version", fix="--base 1.4.1") from None
    return Stream(project=name_of(facts), base=named)


def name_of(facts: Facts) -> str:
    """Return the normalized name of the project. Raises :class:`ConfigError` if it has none."""
    name = facts.request.project.normalized_name
    if name is None:
        raise ConfigError(
            what="a counter needs the project's name, and pyproject.toml does not have it", fix='[project]\nname = "…"'
        )
    return name


def _raised(desk: _Desk, number: int) -> Account:
    highest = desk.counter.floor(desk.stream, number)
    why = "" if highest == number else f" (it was there already; {number} is not higher)"
    text = f"the next number of {desk.stream} is {highest + 1}{why}"
    return Account(text=text, data={"project": desk.stream.project, "base": desk.stream.base, "highest": highest})


def line_for(made: Allocation) -> str:
    """Return one number, with all that is known about it, for a person."""
    claim = made.claim
    commit = claim.commit or "no commit"
    return f"{made.stream} number {made.number}, commit {commit}, {time_text(claim.at)}, by {claim.who} on {claim.host}"


def time_text(at: int) -> str:
    """Return a time in seconds since the epoch for a person, also one that no calendar has."""
    try:
        return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"time {at}"
