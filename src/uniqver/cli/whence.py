"""``uniqver whence``: the commit and the run that a version comes from."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from uniqver.cli.counter import SEGMENTS, Account, line_for, name_of, number_in, time_text
from uniqver.counters.store import as_json
from uniqver.errors import ConfigError, UniqverError
from uniqver.model import versions as scheme
from uniqver.model.versions import run_of
from uniqver.resolve.counting import counter_of
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from uniqver.model.report import Json
    from uniqver.resolve.facts import Facts
    from uniqver.resolve.request import Request

EXAMPLE = "uniqver whence 1.4.1.dev41201"


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("version", metavar="VERSION", help="a version of this project")


def run(options: Namespace) -> int:
    """Print where the version comes from."""
    account = whence(request_for(options.project, os.environ, "peek"), options.version)
    print(json.dumps(account.data, indent=2) if options.json else account.text)
    return 0


def whence(request: Request, version: str) -> Account:
    """Tell the commit, the time and the run of ``version``, from the counter's books or from git.

    Raises :class:`UniqverError` where none of them knows it.
    """
    try:
        wanted = Version(version)
    except InvalidVersion:
        raise ConfigError(what=f"{version!r} is no version", fix="uniqver whence 1.4.1.dev412") from None
    facts = gather(request)
    searches: tuple[Callable[[Facts, Version], Account | None], ...] = (_in_books, _in_git, _in_tags, _in_number)
    for search in searches:
        found = search(facts, wanted)
        if found is not None:
            return found
    raise UniqverError(
        what=f"nothing here tells where {wanted} comes from",
        fix="ask in the project that it was built from, with all its commits and tags and with its counter",
    )


def _in_books(facts: Facts, version: Version) -> Account | None:
    if facts.config.source not in ("auto", "counter") or version.local is not None:
        return None
    project = name_of(facts)
    for made in counter_of(facts).history():
        same = (number_in(version, made.stream.base, segment) == made.number for segment in SEGMENTS)
        if made.stream.project == project and any(same):
            return Account(text=f"{version}: {line_for(made)}", data={"version": str(version), **as_json(made)})
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
    text = f"{version}: commit {commit}, {time_text(int(at))}, {subject!r}{', ' + remark if remark else ''}"
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
    offset = facts.config.offset
    run, attempt = run_of(number, attempts=True, offset=offset)
    counted = f"run {run}, attempt {attempt}, of a CI that counts attempts" if attempt and run > 0 else ""
    plain, _ = run_of(number, attempts=False, offset=offset)
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
