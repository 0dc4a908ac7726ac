"""The project as doctor sees it: what is read of its settings, files and repository, and the checks of these."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from packaging.version import Version

from uniqver.cli.doctor.workflows import read_workflows
from uniqver.cli.init.edits import BACKEND, VersionPlace, cache_keys, version_places
from uniqver.cli.init.origin import BACKENDS, releases, requirements
from uniqver.cli.init.source_tree import no_answer, read_source_tree, with_sources
from uniqver.config import read_config
from uniqver.config.settings import Config
from uniqver.config.toml import table
from uniqver.errors import ConfigError, ScmError, UniqverError
from uniqver.index.address import pypirc
from uniqver.model.versions import release_of_tag
from uniqver.project import dynamic_with
from uniqver.project.scm_section import find_scm_section
from uniqver.resolve.counting import counter_of, stream_of
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for
from uniqver.resolve.target import UNSHALLOW, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import TypeVar

    from twine.utils import RepositoryConfig

    from uniqver.cli.doctor.workflows import Workflow
    from uniqver.cli.init.source_tree import SourceTree, Table
    from uniqver.project import SetupCfg
    from uniqver.project.scm_section import ScmSection
    from uniqver.resolve.facts import Facts

    Found = TypeVar("Found")
    Problem = tuple[str, str]
    """What is wrong, and how to fix it."""

PYPROJECT = "pyproject.toml"


class Diagnostic(NamedTuple):
    """One thing that is wrong, and how to fix it."""

    severity: Literal["error", "warning"]
    """``error``: a build or an upload would fail, or go wrong unseen. ``warning``: it works until something happens."""
    what: str
    fix: str
    """The command or the line to type."""
    where: str | None = None
    """The file that it is about."""
    check: str = ""
    """The name of the check that found it."""


class ProjectFacts(NamedTuple):
    """What the checks look at."""

    tree: SourceTree
    pyproject: Table
    name: str
    """The project's, as one would write it."""
    setup_cfg: SetupCfg
    keywords: frozenset[str] = frozenset()
    """Those of ``setup()``."""
    scm: ScmSection | None = None
    """Where setuptools-scm is configured, if it computes the version."""
    config: Config = Config()
    """The default if the settings can't be read."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the settings or with a file: found while reading."""
    version_file: str | None = None
    build: Facts | None = None
    """What a build here would find; ``None`` if only its own environment can tell, or the settings are wrong."""
    remote_tags: tuple[str, ...] = ()
    """Tags at ``origin``, if it was asked."""
    workflows: tuple[Workflow, ...] = ()
    broken_workflows: tuple[tuple[str, str], ...] = ()
    """Path and complaint of workflows that can't be read."""
    environ: Mapping[str, str] = {}
    pypirc: Mapping[str, RepositoryConfig] = {}

    @property
    def shallow(self) -> bool:
        """Whether the clone is."""
        return (self.tree.git or no_answer)("rev-parse", "--is-shallow-repository") == "true"

    def listed(self, section: str, key: str) -> list[object]:
        """Return a list of pyproject.toml, empty if there is none."""
        found = table(self.pyproject, section).get(key)
        return cast("list[object]", found) if isinstance(found, list) else []


def read_facts(directory: Path, environ: Mapping[str, str], *, remote: bool) -> ProjectFacts:
    """Return the facts of the project at ``directory``.

    ``remote`` tells whether ``origin`` may be asked for its tags. Raises :class:`UniqverError` if there is no
    pyproject.toml that can be read.
    """
    directory = directory.resolve()
    tree = read_source_tree(directory)
    pyproject = tree.pyproject
    if PYPROJECT not in tree.files:
        raise ConfigError(
            what=f"there is no pyproject.toml in {directory}", fix="uniqver init, or name the project's folder: -C DIR"
        )
    problems: dict[Problem, None] = {}
    setup_cfg = _kept(problems, lambda: tree.setup_cfg) or {}
    script = _kept(problems, lambda: tree.setup_script)
    name = _kept(problems, lambda: tree.declared_name)
    tool = table(pyproject, "tool")
    config = _kept(problems, lambda: read_config(table(tool, "uniqver"), environ, project=name)) or Config()
    scm = _kept(problems, lambda: find_scm_section(directory, pyproject, tool, dynamic="project" in pyproject))
    version_file = _kept(problems, lambda: tree.version_file(name, config.version_file, scm))
    tree = _kept(problems, lambda: with_sources(tree)) or tree
    origin = tree.git("ls-remote", "--tags", "--refs", "origin") if tree.git is not None and remote else None
    workflows, broken = read_workflows(tree)
    return ProjectFacts(
        tree=tree,
        pyproject=pyproject,
        name=name or tree.name,
        setup_cfg=setup_cfg,
        keywords=frozenset() if script is None else frozenset(script.keywords),
        scm=scm,
        config=config,
        problems=tuple(problems),
        version_file=version_file,
        build=_as_a_build(directory, environ),
        remote_tags=tuple(line.rpartition("refs/tags/")[2] for line in (origin or "").splitlines()),
        workflows=workflows,
        broken_workflows=broken,
        environ=environ,
        pypirc=pypirc(),
    )


def _kept(problems: dict[Problem, None], read: Callable[[], Found]) -> Found | None:
    """Return what ``read`` returns, or ``None`` and its error among the problems."""
    try:
        return read()
    except UniqverError as error:
        problems[error.what, error.fix] = None
        return None


def _as_a_build(directory: Path, environ: Mapping[str, str]) -> Facts | None:
    try:
        request = request_for(directory, environ, "version")
    except ConfigError:  # other checks name what is wrong there
        return None
    try:
        return gather(request)
    except ScmError:  # the environment of a build may have what is missing here
        return None


def settings(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The settings, or a file that they depend on, can't be read."""
    for what, fix in facts.problems:
        yield Diagnostic("error", what, fix)


def backend(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The build backend isn't uniqver, or isn't required."""
    found = table(facts.pyproject, "build-system").get("build-backend")
    if found not in BACKENDS:
        what = f"the build backend {f'is {found!r}' if found else 'is not set'}, so uniqver is ignored"
        fix = f'uniqver init, or in [build-system]: requires = ["uniqver"] and build-backend = "{BACKEND}"'
        yield Diagnostic("error", what, fix, PYPROJECT)
    elif "uniqver" not in requirements(facts.pyproject):
        what = '"uniqver" is not in requires of [build-system]'
        fix = f"requires = {json.dumps(['uniqver', *facts.listed('build-system', 'requires')], default=str)}"
        yield Diagnostic("error", what, fix, PYPROJECT)


def static_version(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version is written out somewhere: two places can't both be right."""
    project, setuptools = table(facts.pyproject, "project"), table(facts.pyproject, "tool", "setuptools", "dynamic")
    metadata = facts.setup_cfg.get("metadata", {})
    for found, what, line, where in (
        (project, "[project] has a static version", 'that line and write: dynamic = ["version"]', PYPROJECT),
        (setuptools, "[tool.setuptools.dynamic] sets the version", "version from that table", PYPROJECT),
        (metadata, "[metadata] sets the version", "version from [metadata]", "setup.cfg"),
        (facts.keywords, "setup() gets a version", "version= from setup()", "setup.py"),
    ):
        if "version" in found:
            yield Diagnostic("error", what, f"uniqver init, or delete {line}", where)


def stale_version(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A module has a `__version__`, or a version that was released, which no build changes."""
    folder, _, file = (facts.version_file or "").rpartition("/")
    module = file.removesuffix(".py")
    for place in _stale_places(facts, module):
        value = "a constant" if place.version is None else f'"{place.version}"'
        if module and place.path.rpartition("/")[0] == folder and place.path.endswith(".py"):
            source = "__version__" if place.is_text else "__version_tuple__"
            fix = f"from .{module} import {source}" + ("" if place.name == source else f" as {place.name}")
        else:
            fix = f'importlib.metadata.version("{facts.name}") where it is needed, and delete that line'
        what = f"line {place.line} sets {place.name} to {value}, whatever a build is"
        yield Diagnostic("warning", what, fix, place.path)


def _stale_places(facts: ProjectFacts, module: str) -> Iterator[VersionPlace]:
    """Yield each ``__version__ = "…"``, and what else holds the version of a release, or of the one worked toward.

    A module that has the version from the version file has it under another name: what it calls ``__version__`` is
    another's (PyMySQL's is the version of mysqlclient that it stands for).
    """
    known = set(_releases(facts))
    written = {facts.version_file, *(() if facts.scm is None else facts.scm.files)}
    folders = {"", *facts.tree.packages}
    texts = {path: text for path, text in facts.tree.files.items() if path.rpartition("/")[0] in folders}
    for place in version_places({path: text for path, text in texts.items() if path not in written}):
        imports = module and f"from .{module} import" in texts[place.path]
        copies = _base(place.version) in known and "/" in place.path  # beside the packages it may be Sphinx's
        if (place.is_text and not imports) if place.name == "__version__" else copies:
            yield place
    for path, text in texts.items():
        if path.rpartition("/")[2].startswith("VERSION") and path not in written and _base(text.strip()) in known:
            yield VersionPlace(path, 1, "the version", text.strip())


def _releases(facts: ProjectFacts) -> Iterator[Version | None]:
    """Yield the releases that there were, and the one worked toward."""
    if facts.build is not None:
        yield from (_base(str(release)) for release in releases(facts.tree.tags, facts.build.config.tag_prefix))
        try:
            yield _base(target_of(facts.build).base.version)
        except UniqverError:  # the settings are wrong, as another check shows
            return


def _base(version: str | None) -> Version | None:
    found = release_of_tag(version or "", "")
    return None if found is None else Version(found.base_version)


def dynamic(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version in ``[project]`` is neither written out nor declared as dynamic."""
    project, listed = table(facts.pyproject, "project"), facts.listed("project", "dynamic")
    if project and "version" not in project and "version" not in listed:
        what = '[project] does not list "version" as dynamic'
        yield Diagnostic("error", what, dynamic_with("version", listed), PYPROJECT)


def version_file(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version file is tracked by git, or would be."""
    file = facts.version_file
    if file is None or facts.tree.git is None:
        return
    if facts.tree.tracks(file):
        what = f"git tracks the version file {file}, which every build writes"
        yield Diagnostic("warning", what, f'git rm --cached {file} && echo "/{file}" >> .gitignore', file)
    elif not facts.tree.ignores(file):
        what = f"git doesn't ignore the version file {file}: the next git add takes it"
        yield Diagnostic("warning", what, f'echo "/{file}" >> .gitignore', ".gitignore")


def git(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """git is missing, too old or broken, or can't read the repository: builds are local, and no upload takes them."""
    only_a_build_knows = facts.scm is not None and facts.scm.legacy  # what use_scm_version in setup.py is
    if facts.build is not None and facts.build.no_git is not None and not only_a_build_knows:
        yield Diagnostic("error", *facts.build.no_git)


def shallow(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The clone is shallow: its tags don't tell the base, so that builds are local."""
    if facts.shallow:
        what = "this clone is shallow: without all of its tags the base isn't known, and builds here are local"
        yield Diagnostic("warning", what, UNSHALLOW)


def tags(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """There are no release tags, or fewer than the remote has."""
    here = releases(facts.tree.tags, facts.config.tag_prefix)
    absent = sorted({*facts.remote_tags} - {*facts.tree.tags})
    if missing := [tag for tag in absent if release_of_tag(tag, facts.config.tag_prefix) is not None]:
        shown = ", ".join(missing[-4:])
        what = f"origin has {len(missing)} release tags that this clone lacks ({shown}): builds here work toward another release"
        yield Diagnostic("warning", what, "git fetch --tags")
    elif facts.tree.git and not here and not facts.shallow and facts.config.base is None:
        what = "there is no release tag and no base: builds work toward 0.1.0"
        fix = 'git tag v1.2.3 <commit> && git push --tags, or base = "1.2.4" in [tool.uniqver]'
        yield Diagnostic("warning", what, fix)


def counter(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The counter of the settings doesn't answer."""
    if facts.build is None or facts.build.config.counter == "local":
        return
    try:  # which takes no number
        target = target_of(facts.build)
        counter_of(facts.build).peek(stream_of(facts.build, target.base.version, target.segment), None)
    except UniqverError as error:
        yield Diagnostic("error", f"the counter doesn't answer: {error.what}", error.fix)


def uv_cache_keys(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """uv would go on using the version of an older commit."""
    if facts.tree.uses_uv() and "cache-keys" not in table(facts.pyproject, "tool", "uv"):
        what = "uv builds this project again only when pyproject.toml changes, and shows an old version until then"
        yield Diagnostic("warning", what, f"uniqver init, or in [tool.uv]: {cache_keys(facts.tree.files)}", PYPROJECT)
