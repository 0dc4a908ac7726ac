"""The declaration of ``[tool.uniqver]`` and of the variables ``UNIQVER_…``; and TOML. Pure.

A new key is a field of :class:`Config`, and nothing else: the reader, the JSON Schema and the manual's table are made
from its name, annotation and default, and from the text below it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from uniqver.errors import ConfigError
from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from uniqver.config.kinds import (
        Count,
        Flag,
        PathsOfProject,
        PathsOfRepository,
        PerBranch,
        Prefix,
        RelativePath,
        Release,
        Repository,
        Text,
        VersionFile,
        WorkflowFile,
    )  # fmt: skip
    from uniqver.model.decision import Bump, Segment, Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PREFIX: Final = "UNIQVER_"
BUILD_NUMBER: Final = "UNIQVER_BUILD_NUMBER"
"""The number, for a CI without one that is safe. ``offset`` is added."""
BUILD_ID: Final = "UNIQVER_BUILD_ID"
"""Builds with the same id are one build, and share a counter's number."""
COMMIT: Final = "UNIQVER_COMMIT"
"""The commit of a CI's run, where the pipeline builds another one on purpose."""
PIN: Final = "UNIQVER_VERSION"
"""The whole version."""
FACTS: Final = "UNIQVER_FACTS"
"""The path of a ``uniqver.json``: builds with exactly its facts."""
GIT_TIMEOUT: Final = "UNIQVER_GIT_TIMEOUT"
"""How many seconds git may take. By default 40."""
EPOCH: Final = "SOURCE_DATE_EPOCH"
"""The time of all that is packed, in seconds (reproducible-builds.org/specs/source-date-epoch). By default the commit's."""

_WITHOUT_KEY: Final = (BUILD_NUMBER, BUILD_ID, COMMIT, PIN, FACTS, GIT_TIMEOUT)


class BranchRule(NamedTuple):
    """What ``branches`` sets for the branches whose name matches ``pattern``."""

    pattern: str
    """A shell pattern (:func:`fnmatch.fnmatchcase`: ``*`` takes slashes too): ``release/*``."""
    settings: Mapping[str, Any]
    """Fields of :class:`Config`, as read."""

    @property
    def names_one_branch(self) -> bool:
        """Whether the pattern is a plain name, so that it can match no second branch."""
        return not any(sign in self.pattern for sign in "*?[")


class Config(NamedTuple):
    """The settings of one project."""

    source: PerBranch[Literal["auto"] | Source] = "auto"
    """Where the number comes from."""
    base: PerBranch[Release | None] = None
    """The lowest release to work toward (PEP 440, without dev and local part). By default from the release tags."""
    bump: PerBranch[Bump] = "patch"
    """How the last release tag becomes the base."""
    segment: PerBranch[Segment] = "dev"
    """The PEP 440 segment that carries the number."""
    tag_prefix: Prefix | None = None
    """How release tags start. By default ``v`` or nothing."""
    root: RelativePath = "."
    """The repository's root, from the project's folder. Then only commits that touch the project count."""
    paths: PathsOfRepository = ()
    """With ``root``: what else counts as a change of this project, from the repository's root."""
    version_file: VersionFile | None = None
    """The file that the version is written to, or ``false`` for none. By default ``<package>/_version.py``."""
    workflow: WorkflowFile | None = None
    """The workflow file that publishes (GitHub Actions). Then the number is its run number."""
    repository: Repository | None = None
    """The repository whose CI runs count, by its path on the server. Those of forks and mirrors don't."""
    offset: Count = 0
    """Added to the CI's number, when you move to another CI."""
    local: PerBranch[Flag] = True
    """Whether versions by distance get a local part, which PyPI refuses. ``false``: you make sure that none collide."""
    counter: Text = "local"
    """Where the counter is: ``local``, ``sqlite:///…``, ``git+origin``, ``redis://…``, ``postgresql://…``, or a plugin's scheme."""
    allow_changes: PathsOfProject = ()
    """Tracked files, from the project's folder, that may differ from the commit in a public version."""
    sdist_files: Literal["manifest", "tracked"] = "manifest"
    """What goes into the sdist: what setuptools and MANIFEST.in name, or every file that git tracks."""
    index: Text | None = None  # type: ignore[assignment]  # hides tuple.index(), which nobody needs here
    """The package index (simple API) for ``uniqver check`` and ``uniqver counter sync``. By default PyPI."""
    branches: tuple[BranchRule, ...] = ()
    """Settings by branch: a pattern, and what differs. The first match wins, a variable stands above it."""
    strict: PerBranch[Flag] = False
    """Whether a build that would be local stops. By variable, ``UNIQVER_STRICT=1``, in publishing jobs."""

    def on_branch(self, branch: str | None) -> tuple[Config, BranchRule | None]:
        """Return the settings for ``branch``, and the first rule that matches it."""
        for rule in self.branches:
            if branch is not None and fnmatchcase(branch, rule.pattern):
                return self._replace(**rule.settings), rule
        return self, None


def key_of(field: str) -> str:
    """Return the key of a field of :class:`Config`: ``tag-prefix``."""
    return field.replace("_", "-")


def variable_of(field: str) -> str:
    """Return the variable that overrides a field of :class:`Config`: ``UNIQVER_TAG_PREFIX``."""
    return f"{_PREFIX}{field.upper()}"


def variable_for(variable: str, project: str | None) -> str | None:
    """Return the name of ``variable`` for one project: ``UNIQVER_VERSION_FOR_XTRADE_AI``."""
    return None if project is None else f"{variable}_FOR_{re.sub(r'[-_.]+', '_', project).upper()}"


def name_set(environ: Mapping[str, str], variable: str, project: str | None) -> str | None:
    """Return the name under which ``variable`` is set, the project's own before the one for all."""
    names = (variable_for(variable, project) or variable, variable)
    return next((name for name in names if name in environ), None)


def setting(environ: Mapping[str, str], variable: str, project: str | None) -> tuple[str, str] | None:
    """Return the name under which ``variable`` is set, and its value.

    Raises :class:`ConfigError` if that is empty: the job that should have filled it gave nothing, and each job of the
    pipeline would get a version of its own.
    """
    name = name_set(environ, variable, project)
    if name is not None and not environ[name].strip():
        fix = f"give {name} its value (is the output of the job before spelled right?), or unset it"
        raise ConfigError(what=f"{name} is set, but empty", fix=fix, topic="pipelines")
    return None if name is None else (name, environ[name].strip())


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each ``UNIQVER_…`` variable that nothing reads: most likely mistyped."""
    known = [name.removeprefix(_PREFIX) for name in (*_WITHOUT_KEY, *map(variable_of, Config._fields))]
    ours = [name.partition(_PREFIX)[2] for name in sorted(environ) if name.startswith(_PREFIX)]
    unknown = [name for name in ours if name.partition("_FOR_")[0] not in known]
    if not unknown:
        return []
    from uniqver.model.wording import suggestion  # only when something is mistyped

    guesses = ((name, suggestion(name.partition("_FOR_")[0], known, prefix=_PREFIX)) for name in unknown)
    return [f"{_PREFIX}{name}: unknown variable{guess}" for name, guess in guesses]


def read_config(table: Mapping[str, object], environ: Mapping[str, str], *, project: str | None) -> Config:
    """Read the table ``[tool.uniqver]``, with ``UNIQVER_<KEY>`` and ``UNIQVER_<KEY>_FOR_<NAME>`` on top.

    Raises one :class:`ConfigError` for all problems of the table and of the variables.
    """
    names = {field: name_set(environ, variable_of(field), project) for field in Config._fields}
    overrides = {field: (name, environ[name]) for field, name in names.items() if name is not None}
    if not table and not overrides:
        return Config()
    from uniqver.config.kinds import read_table  # 5 ms; many builds have no table and no variable

    return read_table(table, overrides)


def loads(text: str) -> dict[str, Any]:
    """Parse TOML. Raises ValueError, also for more than a reader takes: lists a thousand deep."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(str(error)) from None


def table(parent: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """Return the table that ``keys`` lead to, empty if there is none."""
    for key in keys:
        value = parent.get(key)
        parent = cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
    return parent
