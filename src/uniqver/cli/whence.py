"""``uniqver whence``: the commit and the run that a version comes from."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from uniqver.cli import show, time_text
from uniqver.cli.counter import SEGMENTS, Account, line_for, number_in
from uniqver.counters.store import as_json
from uniqver.errors import ConfigError, UniqverError
from uniqver.model.versions import release_of_tag, run_of
from uniqver.resolve.counting import counter_of, project_of
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from uniqver.model.report import Json
    from uniqver.resolve.facts import Facts

EXAMPLE = "uniqver whence 1.4.1.dev41201"


def add_options(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("version", metavar="VERSION", help="a version of this project")


def run(options: Namespace) -> int:
    """Print where the version comes from: by the counter's books, by git, or by its number.

    Raises :class:`UniqverError` where none of them knows it.
    """
    try:
        wanted = Version(options.version)
    except InvalidVersion:
        raise ConfigError(what=f"{options.version!r} is not a version", fix="uniqver whence 1.4.1.dev412") from None
    facts = gather(request_for(options.project, os.environ, "peek"))
    found = _in_books(facts, wanted) or _in_git(facts, wanted) or _in_tags(facts, wanted) or _in_number(facts, wanted)
    if found is None:
        raise UniqverError(
            what=f"nothing here tells where {wanted} comes from",
            fix="ask in the project that it was built from, with all its commits and tags and with its counter",
        )
    show(options, *found)
    return 0


def _in_books(facts: Facts, version: Version) -> Account | None:
    if facts.config.source not in ("auto", "counter") or version.local is not None:
        return None
    project = project_of(facts)
    for made in counter_of(facts).history():
        same = (number_in(version, made.stream.base, segment) == made.number for segment in SEGMENTS)
        if made.stream.project == project and any(same):
            return Account(f"{version}: {line_for(made)}", {"version": str(version), **as_json(made)})
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
    tags = [tag for tag in listed if release_of_tag(tag, facts.config.tag_prefix) == version]
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
    told: Json = {
        "version": str(version),
        "commit": commit,
        "at": int(at),
        "subject": subject,
        "remark": remark or None,
    }
    return Account(text, told)


def _in_number(facts: Facts, version: Version) -> Account | None:
    """The number of a CI's run is arithmetic: take it apart again."""
    number = next((n for n in (version.dev, version.post, version.pre and version.pre[1]) if n is not None), None)
    if number is None or facts.config.source not in ("auto", "ci"):
        return None
    offset = facts.config.offset
    run, attempt = run_of(number, attempts=True, offset=offset)
    counted = f"run {run}, attempt {attempt}, of a CI that counts attempts" if attempt and run > 0 else ""
    plain, _ = run_of(number, attempts=False, offset=offset)
    ways = [way for way in (counted, f"run {plain} of a CI that counts none" if plain > 0 else "") if way]
    if not ways:
        return None
    told: Json = {
        "version": str(version),
        "number": number,
        "with_attempts": {"run": run, "attempt": attempt} if counted else None,
        "without_attempts": {"run": plain} if plain > 0 else None,
    }
    return Account(f"{version}: number {number} is {', or '.join(ways)}", told)
