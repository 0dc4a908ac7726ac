"""The project as doctor sees it, and the checks of its settings, files and repository."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from packaging.version import Version
from twine.utils import RepositoryConfig

from uniqver.cli.counter import stream_for
from uniqver.cli.doctor.workflows import Workflow, read_workflows
from uniqver.cli.init.edits import BACKEND, VersionPlace, cache_keys, too_old, version_files, version_places
from uniqver.cli.init.origin import BACKENDS
from uniqver.cli.init.source_tree import SourceTree, read_source_tree, with_sources
from uniqver.config import Config, read_config, table
from uniqver.errors import ConfigError, ScmError, UniqverError
from uniqver.index.address import pypirc
from uniqver.model.versions import release_of_tag, releases
from uniqver.project import build_requirements, dynamic_with, table_of
from uniqver.project.scm_section import ScmSection, find_scm_section
from uniqver.project.version_file import lost_with
from uniqver.resolve.counting import counter_of
from uniqver.resolve.facts import Facts
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for
from uniqver.resolve.target import UNSHALLOW, target_of

Found = TypeVar("Found")

PYPROJECT = "pyproject.toml"


class Diagnostic(NamedTuple):
    """One thing that is wrong, and its fix."""

    severity: Literal["error", "warning"]
    """``error``: a build or an upload fails or goes wrong."""
    what: str
    fix: str
    where: str | None = None
    check: str = ""


error = partial(Diagnostic, "error")
warning = partial(Diagnostic, "warning")


class ProjectFacts(NamedTuple):
    """The input of the checks."""

    tree: SourceTree
    """Without the files that are problems."""
    scm: ScmSection | None = None
    config: Config = Config()
    """The default if the settings can't be read."""
    problems: Mapping[str, str] = {}
    """What can't be read, and its fix."""
    version_file: str | None = None
    build: Facts | None = None
    """``None`` if only a build's environment can tell, or the settings are wrong."""
    remote_tags: Sequence[str] = ()
    """Those of ``origin``, if it was asked."""
    workflows: Sequence[Workflow] = ()
    environ: Mapping[str, str] = {}
    pypirc: Mapping[str, RepositoryConfig] = {}

    @property
    def shallow(self) -> bool:
        """Of the clone."""
        git = self.tree.git
        return git is not None and git("rev-parse", "--is-shallow-repository") == "true"

    def table(self, *keys: str) -> Mapping[str, object]:
        """Return a table of pyproject.toml."""
        return table(self.tree.pyproject, *keys)

    def listed(self, section: str, key: str) -> list[object]:
        """Return a list of pyproject.toml."""
        found = self.table(section).get(key)
        return found if isinstance(found, list) else []

    def places_of(self, key: str, old_name: str) -> list[tuple[str, str]]:
        """Return the other places that set ``key``, each with its file."""
        tree = self.tree
        places = (
            (key, self.table("tool", "setuptools", "dynamic"), "[tool.setuptools.dynamic]", PYPROJECT),
            (old_name, tree.setup_cfg.get("metadata", {}), "[metadata]", "setup.cfg"),
            (old_name, tree.setup_script.keywords, "setup()", "setup.py"),
        )
        return [(place, file) for name, found, place, file in places if name in found]


def read_facts(directory: Path, environ: Mapping[str, str], *, remote: bool) -> ProjectFacts:
    """Read the project and, if ``remote``, the tags of ``origin``."""
    directory = directory.resolve()
    tree = read_source_tree(directory)
    tool = tree.tool()
    if PYPROJECT not in tree.files:
        fix = "uniqver init, or name the project's folder: -C DIR"
        raise ConfigError(what=f"there is no pyproject.toml in {directory}", fix=fix)
    problems: dict[str, str] = {}
    for path, part in (("setup.cfg", "setup_cfg"), ("setup.py", "setup_script")):
        if _kept(problems, partial(getattr, tree, part)) is None:  # the other checks go on without it
            files = {name: text for name, text in tree.files.items() if name != path}
            tree = replace(tree, files=files, unreadable=tuple(name for name in tree.unreadable if name != path))
    name = tree.declared_name
    config = _kept(problems, lambda: read_config(table_of(tool, "uniqver") or {}, environ, project=name)) or Config()
    dynamic_project = "project" in tree.pyproject
    scm = _kept(problems, lambda: find_scm_section(directory, tree.pyproject, tool, dynamic=dynamic_project))
    origin = tree.git("ls-remote", "--tags", "--refs", "origin") if tree.git is not None and remote else None
    return ProjectFacts(
        version_file=_kept(problems, lambda: tree.version_file(name, config.version_file, scm)),
        tree=_kept(problems, lambda: with_sources(tree)) or tree,
        scm=scm,
        config=config,
        problems=problems,
        build=_as_a_build(directory, environ),
        remote_tags=[line.rpartition("refs/tags/")[2] for line in (origin or "").splitlines()],
        workflows=read_workflows(tree),
        environ=environ,
        pypirc=pypirc(),
    )


def _kept(problems: dict[str, str], read: Callable[[], Found]) -> Found | None:
    try:
        return read()
    except UniqverError as failure:
        problems[failure.what] = failure.fix
        return None


def _as_a_build(directory: Path, environ: Mapping[str, str]) -> Facts | None:
    try:
        request = request_for(directory, environ, "version")
    except ConfigError:  # other checks report it
        return None
    try:
        return gather(request)
    except ScmError:  # a build's environment may have what is missing
        return None


def settings(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """Settings, or a file that they depend on, can't be read."""
    yield from (error(*problem) for problem in facts.problems.items())


def backend(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The build backend isn't uniqver, isn't required, or gets a setuptools that is too old."""
    section = facts.table("build-system")
    found = section.get("build-backend")
    if found not in BACKENDS:
        what = f"the build backend {f'is {found!r}' if found else 'is not set'}, so uniqver is ignored"
        fix = f'uniqver init, or in [build-system]: requires = ["uniqver"] and build-backend = "{BACKEND}"'
        yield error(what, fix, PYPROJECT)
    elif "uniqver" not in build_requirements(facts.tree.pyproject) and "backend-path" not in section:
        fix = f"requires = {json.dumps(['uniqver', *facts.listed('build-system', 'requires')], default=str)}"
        yield error('"uniqver" is not in requires of [build-system]', fix, PYPROJECT)
    yield from (error(*each, PYPROJECT) for each in too_old(facts.listed("build-system", "requires")))


def static_version(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version is written out somewhere, too."""
    if "version" in facts.table("project"):
        fix = 'uniqver init, or delete that line and write: dynamic = ["version"]'
        yield error("[project] has a static version", fix, PYPROJECT)
    for place, file in facts.places_of("version", "version"):
        fix = f"uniqver init, or delete version from {place}"
        yield error(f"{place} sets the version", fix, file)


def stale_version(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A module has a `__version__`, or a released version, that no build changes."""
    folder, _, file = (facts.version_file or "").rpartition("/")
    module = file.removesuffix(".py")
    for place in _stale_places(facts, module):
        beside = place.path.rpartition("/")[0] == folder and place.path.endswith(".py")
        if beside and f"{folder}/__init__.py" in facts.tree.files:
            source = "__version__" if place.is_text else "__version_tuple__"
            fix = f"from .{module} import {source}" + ("" if place.name == source else f" as {place.name}")
        else:
            name = facts.tree.declared_name or facts.tree.name
            fix = f'importlib.metadata.version("{name}") where it is needed, and delete that line'
        value = "a constant" if place.version is None else f'"{place.version}"'
        yield warning(f"line {place.line} sets {place.name} to {value}, in every build", fix, place.path)


def _stale_places(facts: ProjectFacts, module: str) -> Iterator[VersionPlace]:
    """Yield each ``__version__``, and what else holds one of the project's versions.

    Beside an import from the version file, ``__version__`` is another's: in PyMySQL mysqlclient's.
    """
    known = _known_versions(facts)
    written = {facts.version_file, *(() if facts.scm is None else facts.scm.files)}
    folders = {"", *facts.tree.packages}
    texts = {
        path: text
        for path, text in facts.tree.files.items()
        if path.rpartition("/")[0] in folders and path not in written
    }
    for place in version_places(texts):
        imports = module and f"from .{module} import" in texts[place.path]
        copies = _base(place.version) in known and "/" in place.path  # beside the packages it may be Sphinx's
        if (place.is_text and not imports) if place.name == "__version__" else copies:
            yield place
    for path, text in version_files(texts).items():
        if _base(text) in known:
            yield VersionPlace(text, path)


def _known_versions(facts: ProjectFacts) -> set[Version | None]:
    """Return the releases that there were, and the one worked toward."""
    if facts.build is None:
        return set()
    known = [*map(str, releases(facts.tree.tags, facts.build.config.tag_prefix))]
    with suppress(UniqverError):  # which another check reports
        known.append(target_of(facts.build).base.version)
    return {*map(_base, known)}


def _base(version: str | None) -> Version | None:
    found = release_of_tag(version or "", "")
    return None if found is None else Version(found.base_version)


def name(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """Nothing names the project."""
    tree = facts.tree
    if not (tree.declared_name or facts.problems or tree.name_in_script or tree.setup_script.calls):
        yield error("no name is given", f'name = "{tree.name}" in [project]', PYPROJECT)


def dynamic(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """``[project]`` neither has a version nor lists it as dynamic."""
    project, listed = facts.table("project"), facts.listed("project", "dynamic")
    if project and "version" not in project and "version" not in listed:
        fix = dynamic_with("version", listed)
        yield error('[project] does not list "version" as dynamic', fix, PYPROJECT)


def version_file(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The version file is a person's, or git tracks it, or would."""
    file = facts.version_file
    if file is None:
        return
    if lost := lost_with(facts.tree.files.get(file, "")):
        what = f"it holds more than a version ({', '.join(lost)}), so every build ends with an error"
        yield error(
            what, f'version-file = "{Path(file).with_name("_build_version.py").as_posix()}" in [tool.uniqver]', file
        )
    elif facts.tree.git and facts.tree.tracks(file):
        fix = f'git rm --cached {file} && echo "/{file}" >> .gitignore'
        yield warning(f"git tracks the version file {file}, which every build writes", fix, file)
    elif facts.tree.git and not facts.tree.ignores(file):
        what = f"git doesn't ignore the version file {file}: the next git add takes it"
        yield warning(what, f'echo "/{file}" >> .gitignore', ".gitignore")


def git(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """git is missing, too old or broken, or can't read the repository."""
    only_a_build_knows = facts.scm is not None and facts.scm.legacy  # by use_scm_version in setup.py
    if facts.build is not None and facts.build.no_git is not None and not only_a_build_knows:
        yield error(*facts.build.no_git)


def shallow(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The clone is shallow: the base isn't known."""
    if facts.shallow:
        yield warning("this clone is shallow: the base isn't known, and builds here are local", UNSHALLOW)


def tags(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """There are no release tags, or fewer than the remote has."""
    prefix, here = facts.config.tag_prefix, facts.tree.tags
    absent = sorted({*facts.remote_tags} - {*here})
    if missing := [tag for tag in absent if release_of_tag(tag, prefix) is not None]:
        shown = ", ".join(missing[-4:])
        what = f"origin has {len(missing)} release tags that this clone lacks ({shown}): the base may be another one"
        yield warning(what, "git fetch --tags")
    elif facts.tree.git and not releases(here, prefix) and not facts.shallow and facts.config.base is None:
        tag = f"{'v' if prefix is None else prefix}1.2.3"
        fix = f'git tag {tag} <commit> && git push --tags, or base = "1.2.4" in [tool.uniqver]'
        yield warning("there is no release tag and no base: builds work toward 0.1.0", fix)


def counter(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The counter doesn't answer."""
    if facts.build is None or facts.build.config.counter == "local":
        return
    try:  # which takes no number
        counter_of(facts.build).peek(stream_for(facts.build), None)
    except UniqverError as failure:
        yield error(f"the counter doesn't answer: {failure.what}", failure.fix)


def uv_cache_keys(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """uv shows an old version until pyproject.toml changes."""
    if facts.tree.uses_uv() and "cache-keys" not in facts.tree.tool("uv"):
        fix = f"uniqver init, or in [tool.uv]: {cache_keys(facts.tree.files)}"
        yield warning("uv shows an old version until pyproject.toml changes", fix, PYPROJECT)
