"""``uniqver whence``: the commit and the run that a version comes from."""

from __future__ import annotations

import os
import re
from argparse import ArgumentParser, Namespace

from packaging.version import Version

from uniqver.cli import show, time_text
from uniqver.cli.counter import Account, entry_of
from uniqver.errors import ConfigError, UniqverError
from uniqver.model.versions import release_of_tag, taken_apart, version_of
from uniqver.resolve.facts import Facts
from uniqver.resolve.gather import gather
from uniqver.resolve.numbers import run_of
from uniqver.resolve.request import request_for
from uniqver.vcs.runner import Git


def add_options(parser: ArgumentParser) -> None:
    """Add its options."""
    parser.add_argument("version", metavar="VERSION", help="a version of this project")


def run(options: Namespace) -> int:
    """Print what the counter, git or its number shows."""
    wanted = version_of(options.version)
    if wanted is None:
        raise ConfigError(what=f"{options.version[:60]!r} is not a version", fix="uniqver whence 1.4.1.dev412")
    facts = gather(request_for(options.project, os.environ, "peek"))
    found = _in_books(facts, wanted) or _in_git(facts, wanted) or _in_number(facts, wanted)
    if found is None:
        fix = "ask in its project, with all commits and tags and with its counter"
        raise UniqverError(what=f"nothing here tells where {wanted} comes from", fix=fix)
    text, data = found
    show(options, f"{wanted}: {text}", {"version": str(wanted), **data})
    return 0


def _in_books(facts: Facts, version: Version) -> Account | None:
    if facts.config.source not in ("auto", "counter") or version.local is not None:
        return None
    return entry_of(facts, version)


def _in_git(facts: Facts, version: Version) -> Account | None:
    """Return the commit that a version by distance names, or a release's tag."""
    if facts.repository is None:
        return None
    with Git(facts.repository, facts.request.environ) as git:
        if matched := re.match(r"g([0-9a-f]{7,40})(\.d[0-9a-f]+)?", version.local or ""):
            name, remark = matched[1], "with changes that were not committed" if matched[2] else ""
        else:
            tags = [] if version.is_devrelease else git.start("tag", "--list").output().splitlines()
            named = [tag for tag in tags if release_of_tag(tag, facts.config.tag_prefix) == version]
            if not named:
                return None
            name, remark = f"{named[0]}^{{commit}}", f"tag {named[0]}"
        code, out, _ = git.start("log", "-1", "--format=%H%x00%ct%x00%s", name, "--").finished()
    if code:
        return None
    commit, at, subject = out.strip().split("\0")
    text = f"commit {commit}, {time_text(int(at))}, {subject!r}{', ' + remark if remark else ''}"
    return text, {"commit": commit, "at": int(at), "subject": subject, "remark": remark or None}


def _in_number(facts: Facts, version: Version) -> Account | None:
    """Take the number of a CI's run apart."""
    parts = taken_apart(str(version))
    if parts is None or facts.config.source not in ("auto", "ci"):
        return None
    number = parts.number
    run, attempt = run_of(number, attempts=True, offset=facts.config.offset)
    plain, _ = run_of(number, attempts=False, offset=facts.config.offset)
    if plain <= 0:
        return None
    ways, with_attempts = [f"run {plain} of a CI that counts no attempts"], None
    if attempt and run > 0:
        ways, with_attempts = [f"run {run}, attempt {attempt}", *ways], {"run": run, "attempt": attempt}
    data = {"number": number, "with_attempts": with_attempts, "without_attempts": {"run": plain}}
    return f"number {number} is {', or '.join(ways)}", data
