"""The facts that the checks decide from: read from files, git, the environment and the counter. Decides nothing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple, cast

from packaging.version import Version

from uniqver import config as settings
from uniqver.cli.doctor.workflows import read_workflow, with_called
from uniqver.cli.init.edits import VersionPlace, version_places
from uniqver.cli.init.origin import releases
from uniqver.cli.init.pipelines import GITHUB
from uniqver.cli.init.source_tree import no_answer, read_source_tree, with_sources
from uniqver.config.toml import table
from uniqver.errors import ConfigError, ScmError, UniqverError
from uniqver.files import leaves, read_text
from uniqver.index.address import pypirc
from uniqver.model.versions import release_of_tag
from uniqver.project.scm_section import find_scm_section
from uniqver.resolve.counting import counter_of, stream_of
from uniqver.resolve.gather import gather
from uniqver.resolve.request import request_for
from uniqver.resolve.target import target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import TypeVar

    from twine.utils import RepositoryConfig

    from uniqver.cli.doctor.workflows import Workflow
    from uniqver.cli.init.source_tree import SourceTree, Table
    from uniqver.config.settings import Config
    from uniqver.project.pyproject import SetupCfg
    from uniqver.resolve.facts import Facts

    Found = TypeVar("Found")
    Problem = tuple[str, str]
    """What is wrong, and how to fix it."""


class ProjectFacts(NamedTuple):
    """Everything that the checks look at."""

    tree: SourceTree
    pyproject: Table
    name: str
    """The project's, as one would write it."""
    setup_cfg: SetupCfg
    setup_py_keywords: frozenset[str] = frozenset()
    """Keywords of ``setup()``."""
    scm: bool = False
    """Whether setuptools-scm computes the version."""
    config: Config | None = None
    """``None`` if the settings can't be read."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the settings or with a file: found while reading."""
    version_file: str | None = None
    shallow: bool = False
    """Whether the clone is."""
    remote_tags: tuple[str, ...] | None = None
    """Tags at ``origin``; ``None`` if it didn't answer or wasn't asked."""
    workflows: tuple[Workflow, ...] = ()
    broken_workflows: tuple[tuple[str, str], ...] = ()
    """Path and complaint of workflows that can't be read."""
    environ: Mapping[str, str] = {}
    pypirc: Mapping[str, RepositoryConfig] = {}
    readme_fault: Problem | None = None
    """Why the build couldn't pack the readme, or the index couldn't render it."""
    dist: tuple[str, ...] = ()
    """File names in ``dist/``."""
    counter_fault: Problem | None = None
    git_fault: Problem | None = None
    """Why builds can't tell which commit this is, although they should."""
    stale: tuple[VersionPlace, ...] = ()
    """Where packages and modules have the project's version, which no build changes there."""


def read_facts(directory: Path, environ: Mapping[str, str], *, remote: bool) -> ProjectFacts:
    """Return the facts of the project at ``directory``.

    ``remote`` tells whether ``origin`` may be asked for its tags. Raises :class:`UniqverError` if there is no
    pyproject.toml that can be read.
    """
    directory = directory.resolve()
    tree = read_source_tree(directory)
    pyproject = tree.pyproject()
    if "pyproject.toml" not in tree.files:
        raise ConfigError(
            what=f"there is no pyproject.toml in {directory}", fix="uniqver init, or name the project's folder: -C DIR"
        )
    problems: dict[Problem, None] = {}
    setup_cfg = _kept(problems, tree.setup_cfg) or {}
    script = _kept(problems, tree.setup_script)
    name = _kept(problems, tree.declared_name)
    tool = table(pyproject, "tool")
    config = _kept(problems, lambda: settings.read(table(tool, "uniqver"), environ, project=name))
    scm = _kept(problems, lambda: find_scm_section(directory, pyproject, tool, dynamic="project" in pyproject))
    setting = None if config is None else config.version_file
    version_file = _kept(problems, lambda: tree.version_file(name, setting, scm))
    tree = _kept(problems, lambda: with_sources(tree)) or tree
    workflows, broken = _workflows(tree)
    build = _kept(problems, lambda: _as_a_build(directory, environ))
    ask = tree.git or no_answer
    return ProjectFacts(
        tree=tree,
        pyproject=pyproject,
        name=name or tree.name,
        setup_cfg=setup_cfg,
        setup_py_keywords=frozenset() if script is None else script.keywords,
        scm=scm is not None,
        config=config,
        problems=tuple(problems),
        version_file=version_file,
        shallow=ask("rev-parse", "--is-shallow-repository") == "true",
        remote_tags=_tags_at_origin(ask) if remote else None,
        workflows=workflows,
        broken_workflows=broken,
        environ=environ,
        pypirc=pypirc(),
        readme_fault=_readme_fault(directory, table(pyproject, "project").get("readme")),
        dist=tuple(sorted(path.name for path in (directory / "dist").glob("*"))),
        stale=tuple(_stale(tree, build, version_file, () if scm is None else scm.files)),
        counter_fault=None if build is None or build.config.counter == "local" else _counter_fault(build),
        # of use_scm_version in setup.py only a build knows more: that is no fault of git's
        git_fault=None if build is None or (scm is not None and scm.legacy) else build.no_git,
    )


def _tags_at_origin(ask: Callable[..., str | None]) -> tuple[str, ...] | None:
    listed = ask("ls-remote", "--tags", "--refs", "origin")
    return None if listed is None else tuple(line.rpartition("refs/tags/")[2] for line in listed.splitlines())


def _stale(
    tree: SourceTree, build: Facts | None, version_file: str | None, written: tuple[str, ...]
) -> Iterator[VersionPlace]:
    """Yield each ``__version__ = "…"``, and what else holds the version of a release, or of the one worked toward.

    A module that has the version from the version file has it under another name: what it calls ``__version__`` is
    another's (PyMySQL's is the version of mysqlclient that it stands for).
    """
    module = (version_file or "").rpartition("/")[2].removesuffix(".py")
    known = set(_releases(tree, build))
    texts = {
        path: text
        for path, text in tree.files.items()
        if path.rpartition("/")[0] in ("", *tree.packages) and path not in (version_file, *written)
    }
    for place in version_places(texts):
        imports = module and f"from .{module} import" in texts[place.path]
        copies = _base(place.version) in known and "/" in place.path  # beside the packages it may be Sphinx's
        named = place.name == "__version__"
        if (named and place.is_text and not imports) or (not named and copies):
            yield place
    for path, text in texts.items():
        if path.rpartition("/")[2].startswith("VERSION") and _base(text.strip()) in known:
            yield VersionPlace(path, 1, "the version", text.strip())


def _releases(tree: SourceTree, build: Facts | None) -> Iterator[Version | None]:
    """Yield the releases that there were, and the one worked toward."""
    if build is not None:
        for release in releases(tree.tags, build.config.tag_prefix):
            yield _base(str(release))
        try:
            yield _base(str(target_of(build).base.version))
        except UniqverError:  # the settings are wrong, as another check shows
            return


def _base(version: str | None) -> Version | None:
    found = release_of_tag(version or "", "")
    return None if found is None else Version(found.base_version)


def _kept(problems: dict[Problem, None], read: Callable[[], Found]) -> Found | None:
    """Return what ``read`` returns, or ``None`` and its error among the problems."""
    try:
        return read()
    except UniqverError as error:
        problems[error.what, error.fix] = None
        return None


def _workflows(tree: SourceTree) -> tuple[tuple[Workflow, ...], tuple[tuple[str, str], ...]]:
    found: list[Workflow] = []
    broken = [
        (path, "it is not a UTF-8 file of this project that can be read")
        for path in tree.unreadable
        if path.startswith(GITHUB)
    ]
    for path in (path for path in tree.pipelines if path.startswith(GITHUB)):
        try:
            found.append(read_workflow(path, tree.pipelines[path], lambda name: _text(tree, name)))
        except ValueError as error:
            broken.append((path, str(error)))
    return with_called(found), tuple(broken)


def _text(tree: SourceTree, name: str) -> str | None:
    """Return the text of a file of the repository, or ``None`` if it can't be read there."""
    path = tree.top / name
    try:
        return None if leaves(path, tree.top) else read_text(path, "replace")
    except OSError:
        return None


def _readme_fault(directory: Path, declared: object) -> Problem | None:
    """Return what is wrong with the readme of ``[project]``: every Markdown text can be rendered."""
    file = cast("Table", declared).get("file") if isinstance(declared, dict) else declared
    if not isinstance(file, str):
        return None
    if not (directory / file).is_file():
        return f"the readme {file} doesn't exist, and the build fails", f"write {file}, or correct readme in [project]"
    if not file.lower().endswith(".rst"):
        return None
    from readme_renderer import rst  # of the extra, through twine; docutils takes a while

    complaints = io.StringIO()
    if rst.render(read_text(directory / file, "replace"), stream=complaints) is not None:
        return None
    why = next(filter(str.strip, complaints.getvalue().splitlines()), "it is not valid reStructuredText")
    return f"the index can't render the readme: {why}", f"correct {file} (python -m twine check dist/* shows where)"


def _as_a_build(directory: Path, environ: Mapping[str, str]) -> Facts | None:
    """Return what a build here would find, by the code that builds: ``None`` if only its own environment can tell."""
    try:
        request = request_for(directory, environ, "version")
    except ConfigError:  # the other checks name what is wrong there
        return None
    try:
        return gather(request)
    except ScmError:
        return None


def _counter_fault(facts: Facts) -> Problem | None:
    """Ask for the version that would be next by the counter, which takes no number."""
    try:
        target = target_of(facts)
        counter_of(facts).peek(stream_of(facts, target.base.version, target.segment), None)
    except UniqverError as error:
        return error.what, error.fix
    return None
