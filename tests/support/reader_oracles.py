"""A pytest plugin for the own tests of versioningit, dunamai and vcs-versioning: the native reader beside each of theirs.

Each time one of them has read a git repository, uniqver reads the same one, and a line of JSON says what both found.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from uniqver.errors import UniqverError
from uniqver.model.versions import release_of_tag
from uniqver.vcs import Scope
from uniqver.vcs.describe import read_state, tag_patterns
from uniqver.vcs.repository import find_repository, work_tree_of
from uniqver.vcs.runner import Git

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = Path(os.environ.get("TEST_UNIQVER_READERS", os.devnull))
"""A file."""


def ours(path: Path) -> dict[str, Any]:
    """Return what the native reader says of the work tree around ``path``."""
    try:
        top = work_tree_of(path)
        repository = None if top is None else find_repository(top)
        if repository is None:
            return {"error": "no repository"}
        found = read_state(
            Git(repository, os.environ),
            patterns=tag_patterns(None),
            accepts=lambda tag: release_of_tag(tag, None) is not None,
            paths=(),
            scope=Scope(paths=(), packs=lambda _: False, excepted=lambda _: False),
            want_time=False,
        )
    except UniqverError as error:
        return {"error": error.what}
    release = None if found.tag is None else str(release_of_tag(found.tag, None))
    return {"tag": release, "distance": found.distance, "dirty": found.dirty, "commit": found.commit}


def as_release(text: str | None) -> str | None:
    """Return a tag's version in the form of PEP 440, or the tag as it is."""
    try:
        return None if text is None else str(Version(text))
    except InvalidVersion:
        release = release_of_tag(text or "", None)
        return text if release is None else str(release)


def beside(module: str, name: str, path_of: Callable[..., Any], said_by: Callable[[Any], dict[str, Any]]) -> None:
    """Let the native reader read what ``module``'s reader reads, which is called by ``name``."""
    try:
        holder: Any = functools.reduce(getattr, name.split(".")[:-1], importlib.import_module(module))
    except ModuleNotFoundError:
        return
    last = name.rpartition(".")[2]
    reads = getattr(holder, last)

    @functools.wraps(reads)
    def both(*words: Any, **keywords: Any) -> Any:
        try:
            result = reads(*words, **keywords)
            theirs = {"error": "nothing"} if result is None else said_by(result)
        except Exception as error:
            theirs = {"error": f"{type(error).__name__}: {error}"}
            raise
        finally:
            options = json.loads(json.dumps([words[1:], keywords], default=str))
            path = Path(path_of(*words, **keywords) or Path.cwd())
            test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
            line = {"tool": module, "test": test, "theirs": theirs, "ours": ours(path), "options": options}
            with LOG.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        return result

    setattr(holder, last, both)


def pytest_configure() -> None:
    """Put the native reader beside those that are installed."""
    beside(
        "versioningit.git",
        "describe_git_core",
        lambda repo, *_: repo.path,
        lambda found: {
            "tag": as_release(found.tag),
            "distance": found.fields.get("distance", 0),
            "dirty": "dirty" in found.state,
            "commit": found.fields.get("revision"),
        },
    )
    beside(
        "vcs_versioning._backends._git",
        "parse",
        lambda root, *_, **__: root,
        lambda found: {
            "tag": as_release(str(found.tag)),
            "distance": found.distance,
            "dirty": bool(found.dirty),
            "commit": (found.node or "").removeprefix("g"),
        },
    )
    beside(
        "dunamai",
        "Version.from_git",
        lambda *words, **keywords: keywords.get("path"),
        lambda found: {
            "tag": as_release(found.base + "".join(map(str, filter(None, (found.stage, found.revision))))),
            "distance": found.distance,
            "dirty": bool(found.dirty),
            "commit": found.commit,
        },
    )
