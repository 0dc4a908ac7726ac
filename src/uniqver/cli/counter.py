"""``uniqver counter``: makes, shows, raises or tries the counter."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.version import Version

from uniqver.cli import show, time_text
from uniqver.cli.arguments import sentence
from uniqver.counters.protocol import Allocation, Counter, Stream
from uniqver.counters.sqlite import LocalCounter
from uniqver.counters.store import as_json
from uniqver.dists import parse_filename
from uniqver.errors import ConfigError, UniqverError
from uniqver.model.versions import series, taken_apart, version_of
from uniqver.resolve.counting import counter_of, project_of, stream_of
from uniqver.resolve.facts import Facts
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for
from uniqver.resolve.target import target_of

Account = tuple[str, Any]
"""For people and for programs."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    for name, (summary, _) in _ACTIONS.items():
        action = actions.add_parser(name, help=summary, description=sentence(summary))
        # also behind the action; what was given before it stays
        action.add_argument("-C", "--project", type=Path, default=argparse.SUPPRESS, metavar="DIR")
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name not in ("check", "init"):
            action.add_argument("--base", help="the release being worked toward (default: this tree's)")
        if name == "floor":
            action.add_argument("number", type=int, metavar="N")
        if name == "sync":
            url = "its simple pages (default: index in [tool.uniqver], else PyPI)"
            action.add_argument("--index", metavar="URL", help=url)


def run(options: argparse.Namespace) -> int:
    """Run one action and print its account."""
    _, action = _ACTIONS[options.action]
    facts = gather(request_for(options.project, os.environ, "peek"))
    show(options, *action(counter_of(facts), facts, options))
    return 0


def entry_of(facts: Facts, version: Version) -> Account | None:
    """Return a version's entry in the counter's books, if any."""
    for made in _entries(counter_of(facts), facts):
        if number_in(version, made.stream.base) == made.number:
            return _line(made), as_json(made)
    return None


def _entries(counter: Counter, facts: Facts, stream: Stream | None = None) -> list[Allocation]:
    project = project_of(facts)
    return [made for made in counter.history(stream) if made.stream.project == project]


def _show(counter: Counter, facts: Facts, options: argparse.Namespace) -> Account:
    stream = stream_for(facts, options.base)
    found = counter.peek(stream, None)
    following = found if isinstance(found, int) else found.number
    *_, last = None, *counter.history(stream)
    lines = (
        f"counter   {counter.place}",
        f"stream    {stream}",
        f"next      {following}",
        f"last      {'none yet' if last is None else _line(last)}",
    )
    data = {"counter": counter.place, **stream._asdict(), "next": following}
    return "\n".join(lines), {**data, "last": None if last is None else as_json(last)}


def _history(counter: Counter, facts: Facts, options: argparse.Namespace) -> Account:
    found = _entries(counter, facts, None if options.base is None else stream_for(facts, options.base))
    text = "\n".join(map(_line, found)) or f"nothing was given out to {project_of(facts)} yet"
    return text, [as_json(made) for made in found]


def _raise(counter: Counter, facts: Facts, options: argparse.Namespace) -> Account:
    stream = stream_for(facts, options.base)
    number = _on_index(stream, options.index or facts.config.index) if options.action == "sync" else options.number
    highest = counter.floor(stream, number)
    why = "" if highest == number else f" (it was there already; {number} is not higher)"
    return f"the next number of {stream} is {highest + 1}{why}", {**stream._asdict(), "highest": highest}


def _on_index(stream: Stream, url: str | None) -> int:
    """Return the highest number there. Anything but a whole page and a 404 is an error: numbers may be taken."""
    from uniqver.index import address, client  # libraries of an extra that no other action needs

    with client.IndexClient(address.place(url, None, {})) as index:
        listing = index.ask(stream.project)
    if listing.trouble is not None:
        raise UniqverError(what=f"the counter was not raised: {listing.trouble.what}", fix=listing.trouble.fix)
    return highest_number((file.filename for file in listing.files), stream)


def _try(counter: Counter, _: Facts, options: argparse.Namespace) -> Account:
    place = counter.place
    if options.action == "check" or not isinstance(counter, LocalCounter):
        counter.check()  # servers and remotes make what they need with the first number
        return f"{place} can be read and written", {"counter": place, "ok": True}
    made = counter.create()
    text = f"{place} is there already, and can be read and written"
    if made:
        text = f"made {place}; if versions are published already: uniqver counter sync"
    return text, {"counter": place, "ok": True, "made": made}


_ACTIONS: Mapping[str, tuple[str, Callable[[Counter, Facts, argparse.Namespace], Account]]] = {
    "show": ("print where the counter is, its last number and the next one; writes nothing", _show),
    "history": ("print every number that was given out to this project; writes nothing", _history),
    "floor": ("make the next number at least N + 1; never lowers it", _raise),
    "sync": ("make the next number higher than any that an index has", _raise),
    "init": ("make the file of sqlite:///…, which no build does; other counters are tried as by check", _try),
    "check": ("prove that the counter can be reached and written; takes no number", _try),
}


def highest_number(files: Iterable[str], stream: Stream) -> int:
    """Return the highest number of ``stream`` in files, in any segment, else 0. Pure."""
    names = [name for name in map(parse_filename, files) if name is not None]
    return max((number_in(name.version, stream.base) or 0 for name in names), default=0)


def number_in(version: Version, base: str) -> int | None:
    """Return a version's number in the series of ``base``, if any. Pure."""
    parts = taken_apart(str(version))
    if parts is None or series(parts.base, parts.segment) != series(base, parts.segment):
        return None
    return parts.number


def stream_for(facts: Facts, base: str | None = None) -> Stream:
    """Return the stream of ``base``, else that of this tree."""
    if base is None:
        target = target_of(facts)
        return stream_of(facts, target.base.version, target.segment)
    if version_of(base) is None:
        raise ConfigError(what=f"--base {base[:60]!r} is not a version", fix="--base 1.4.1")
    return stream_of(facts, base)


def _line(made: Allocation) -> str:
    claim = made.claim
    commit = f"commit {claim.commit}" if claim.commit else "no commit"
    return f"{made.stream} number {made.number}, {commit}, {time_text(claim.at)}, by {claim.who} on {claim.host}"
