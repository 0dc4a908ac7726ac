"""Reads the facts: files, git, the environment, the counter. An edge that decides nothing."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import TYPE_CHECKING, cast

from uniqver import config as settings
from uniqver.cli.doctor.values import Facts, GitFacts
from uniqver.cli.doctor.workflow_text import read_workflow
from uniqver.cli.init import setup_cfg, setup_py
from uniqver.cli.init.ask_git import ask, ask_lines
from uniqver.cli.init.origin import table
from uniqver.cli.init.snapshot import read_text, repository_top
from uniqver.config.toml import TOMLDecodeError, loads
from uniqver.errors import UniqverError
from uniqver.model.versions import release_of_tag
from uniqver.project.pyproject import Project, package_roots
from uniqver.project.version_file import find_version_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from uniqver.cli.doctor.values import Workflow
    from uniqver.config import Config

    Found = TypeVar("Found")

_PIPELINES = (".gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile", ".circleci/config.yml", "bitbucket-pipelines.yml")


def gather(directory: Path, environ: Mapping[str, str], *, ask_counter: Callable[[Path], None], remote: bool) -> Facts:
    """Return the facts of the project at ``directory``.

    ``ask_counter`` raises :class:`UniqverError` where the counter doesn't answer; ``remote`` tells whether
    ``origin`` may be asked for its tags. Raises :class:`UniqverError` where there is no pyproject.toml at all.
    """
    directory = directory.resolve()
    problems: list[tuple[str, str]] = []
    pyproject = _pyproject(directory)
    cfg = _kept(problems, lambda: setup_cfg.read(read_text(directory / "setup.cfg") or "")) or {}
    script = _kept(problems, lambda: setup_py.read(read_text(directory / "setup.py") or ""))
    said = table(pyproject, "project").get("name") or cfg.get("metadata", {}).get("name")
    name = said if isinstance(said, str) else None
    config = _kept(problems, lambda: settings.read(table(pyproject, "tool", "uniqver"), environ, project=name))
    tool = table(pyproject, "tool")
    project = Project(directory=directory, name=name, settings={}, package_roots=package_roots(tool, cfg))
    version_file = _kept(problems, lambda: _version_file(project, config))
    top = repository_top(directory) or directory
    workflows, broken = _workflows(top)
    readme = _readme(pyproject)
    return Facts(
        pyproject=pyproject,
        setup_cfg=cfg,
        setup_py_keywords=frozenset() if script is None else script.keywords,
        config=config,
        problems=tuple(problems),
        version_file=version_file,
        git=_git(directory, config, version_file, remote=remote),
        workflows=workflows,
        broken_workflows=broken,
        pipelines={
            path: text
            for path in (*(w.path for w in workflows), *_PIPELINES)
            if (text := read_text(top / path)) is not None
        },
        environ=environ,
        pypirc=_pypirc(environ),
        readme=readme,
        readme_exists=readme is not None and (directory / readme).is_file(),
        readme_fault=None if readme is None else _readme_fault(directory / readme),
        known_classifiers=_known_classifiers(),
        dist=tuple(sorted(path.name for path in (directory / "dist").glob("*"))),
        uses_uv="uv" in tool or (directory / "uv.lock").exists() or (top / "uv.lock").exists(),
        counter_fault=_counter_fault(directory, config, ask_counter),
    )


def _kept(problems: list[tuple[str, str]], read: Callable[[], Found]) -> Found | None:
    """Return what ``read`` returns; keep what it complains about, and go on."""
    try:
        return read()
    except UniqverError as error:
        problems.append((error.what, error.fix))
        return None


def _pyproject(directory: Path) -> dict[str, object]:
    text = read_text(directory / "pyproject.toml")
    if text is None:
        raise UniqverError(
            what=f"there is no pyproject.toml in {directory}", fix="uniqver init, or name the project's folder: -C DIR"
        )
    try:
        return loads(text)
    except TOMLDecodeError as error:
        raise UniqverError(what=f"pyproject.toml is no valid TOML: {error}", fix="correct that line of it") from error


def _version_file(project: Project, config: Config | None) -> str | None:
    path = find_version_file(project, None if config is None else config.version_file)
    return None if path is None else path.relative_to(project.directory).as_posix()


def _git(directory: Path, config: Config | None, version_file: str | None, *, remote: bool) -> GitFacts | None:
    if ask(directory, "rev-parse", "--git-dir") is None:
        return None
    prefix = None if config is None else config.tag_prefix

    def releases(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if release_of_tag(name, prefix) is not None)

    listed = ask(directory, "ls-remote", "--tags", "--refs", "origin") if remote else None
    at_origin = None if listed is None else tuple(line.rpartition("refs/tags/")[2] for line in listed.splitlines())
    return GitFacts(
        shallow=ask(directory, "rev-parse", "--is-shallow-repository") == "true",
        tags=releases(ask_lines(directory, "tag", "--list")),
        remote_tags=None if at_origin is None else releases(at_origin),
        version_file_tracked=version_file is not None and bool(ask_lines(directory, "ls-files", "--", version_file)),
        version_file_ignored=version_file is None
        or ask(directory, "check-ignore", "-q", "--no-index", version_file) is not None,
    )


def _workflows(top: Path) -> tuple[tuple[Workflow, ...], tuple[tuple[str, str], ...]]:
    found: list[Workflow] = []
    broken: list[tuple[str, str]] = []
    folder = top / ".github" / "workflows"
    for path in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        name = path.relative_to(top).as_posix()
        try:
            found.append(read_workflow(name, read_text(path) or ""))
        except ValueError as error:
            broken.append((name, str(error)))
    return tuple(found), tuple(broken)


def _pypirc(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    parser = configparser.RawConfigParser()
    try:
        parser.read_string((Path(home or "") / ".pypirc").read_text(encoding="utf-8") if home else "")
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _readme(pyproject: Mapping[str, object]) -> str | None:
    said = table(pyproject, "project").get("readme")
    path = cast("dict[str, object]", said).get("file") if isinstance(said, dict) else said
    return path if isinstance(path, str) else None


def _readme_fault(path: Path) -> str | None:
    """Return why a reStructuredText readme can't be rendered; every Markdown text can."""
    if path.suffix.lower() != ".rst" or not path.is_file():
        return None
    import io

    from readme_renderer import rst  # comes with twine

    complaints = io.StringIO()
    text = path.read_text(encoding="utf-8", errors="replace")
    if rst.render(text, stream=complaints) is not None:
        return None
    return next(
        (line for line in complaints.getvalue().splitlines() if line.strip()), "it is no valid reStructuredText"
    )


def _known_classifiers() -> frozenset[str] | None:
    try:
        from trove_classifiers import classifiers
    except ModuleNotFoundError:
        return None
    return frozenset(classifiers)


def _counter_fault(
    directory: Path, config: Config | None, ask_counter: Callable[[Path], None]
) -> tuple[str, str] | None:
    if config is None or config.counter == "local":
        return None
    try:
        ask_counter(directory)
    except UniqverError as error:
        return error.what, error.fix
    return None
