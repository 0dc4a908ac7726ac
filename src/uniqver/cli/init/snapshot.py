"""Reads a project for ``init``: an edge, that decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.cli.init.ask_git import ask, ask_lines
from uniqver.cli.init.origin import find_origin, table
from uniqver.cli.init.values import Snapshot
from uniqver.errors import ProjectError
from uniqver.project.pyproject import Project, package_roots
from uniqver.project.version_file import find_version_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uniqver.cli.init.values import Ci

_FILES = ("pyproject.toml", "setup.py", "setup.cfg", ".gitignore", ".gitattributes", "MANIFEST.in", "versioneer.py")
_PIPELINES = (
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "Jenkinsfile",
    ".circleci/config.yml",
    ".buildkite/pipeline.yml",
    "bitbucket-pipelines.yml",
)
_NO_PACKAGES = {"test", "tests", "testing", "doc", "docs", "example", "examples", "build", "dist", "benchmarks"}
_CI_BY_FILE: dict[str, Ci] = {
    ".github/": "github",
    ".gitlab-ci.yml": "gitlab",
    "azure-pipelines.yml": "azure",
    "Jenkinsfile": "jenkins",
    ".circleci/": "circleci",
    ".buildkite/": "buildkite",
    "bitbucket-pipelines.yml": "bitbucket",
}
_CI_BY_HOST: dict[str, Ci] = {"github": "github", "gitlab": "gitlab", "azure": "azure", "bitbucket": "bitbucket"}


def take_snapshot(directory: Path) -> Snapshot:
    """Read the project at ``directory``. Raises :class:`ProjectError` where a file isn't UTF-8."""
    directory = directory.resolve()
    if not directory.is_dir():
        raise ProjectError(what=f"there is no folder {directory}", fix="name the project's folder: -C DIR")
    found = repository_top(directory)
    top = found or directory
    inside = directory.relative_to(top).as_posix()
    packages = tuple(_packages(directory))
    files = {
        path: text
        for path in (*_FILES, *_sources(directory, packages))
        if (text := read_text(directory / path)) is not None
    }
    snapshot = Snapshot(name=directory.name, files=files, pipelines=_pipelines(top))
    origin = find_origin(snapshot)
    own = _own_package(directory, origin.name or directory.name, dict(origin.pyproject), origin.setup_cfg)
    candidates = [f"{package}/_version.py" for package in packages]
    configured = origin.settings.get("version-file")
    candidates += [configured] if isinstance(configured, str) else []
    return Snapshot(
        name=directory.name,
        files=files,
        pipelines=snapshot.pipelines,
        inside=inside,
        git=found is not None,
        tags=ask_lines(directory, "tag", "--list"),
        branch=_branch(directory),
        remote=ask(directory, "remote", "get-url", "origin") or "",
        packages=packages,
        own_package=own,
        ignored=frozenset(
            path for path in candidates if ask(directory, "check-ignore", "-q", "--no-index", path) is not None
        ),
        tracked=frozenset(ask_lines(directory, "ls-files", "--", *candidates)) if candidates else frozenset(),
    )


def repository_top(directory: Path) -> Path | None:
    """Return the top of the git work tree that ``directory`` (absolute) lies in, or ``None``."""
    inside = ask(directory, "rev-parse", "--show-prefix")
    if inside is None:
        return None
    inside = inside.strip("/")
    return directory.parents[inside.count("/")] if inside else directory


def guess_ci(snapshot: Snapshot) -> Ci:
    """Return the CI that the repository uses or is hosted beside; ``none`` where nothing tells."""
    for start, ci in _CI_BY_FILE.items():
        if any(path.startswith(start) for path in snapshot.pipelines):
            return ci
    return next((ci for host, ci in _CI_BY_HOST.items() if host in snapshot.remote), "none")


def read_text(path: Path) -> str | None:
    """Return a file's text with ``\\n`` for line ends, or ``None`` where there is no file.

    Raises :class:`ProjectError` where it isn't UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n") if path.is_file() else None
    except UnicodeDecodeError as error:
        raise ProjectError(what=f"{path} is not UTF-8", fix=f"save {path.name} as UTF-8") from error


def _packages(directory: Path) -> Iterator[str]:
    for root in ("src", "."):
        for init in sorted((directory / root).glob("*/__init__.py")):
            if root == "src" or init.parent.name.lower() not in _NO_PACKAGES:
                yield init.parent.relative_to(directory).as_posix()


def _sources(directory: Path, packages: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that may say the version: modules of the packages, and text files beside pyproject.toml."""
    for package in packages:
        for path in sorted((directory / package).glob("*.py")):
            yield path.relative_to(directory).as_posix()
    for pattern in ("VERSION*", "*/VERSION*", "src/*/VERSION*", "*.py"):
        for path in sorted(directory.glob(pattern)):
            yield path.relative_to(directory).as_posix()


def _pipelines(top: Path) -> dict[str, str]:
    workflows = sorted(path for pattern in ("*.yml", "*.yaml") for path in (top / ".github/workflows").glob(pattern))
    paths = [*(path.relative_to(top).as_posix() for path in workflows), *_PIPELINES]
    return {path: text for path in paths if (text := read_text(top / path)) is not None}


def _own_package(directory: Path, name: str, pyproject: dict[str, object], cfg: object) -> str | None:
    sections = cfg if isinstance(cfg, dict) else {}
    tool = table(pyproject, "tool")
    project = Project(directory=directory, name=name, settings={}, package_roots=package_roots(tool, sections))
    found = find_version_file(project, None)
    return None if found is None else found.parent.relative_to(directory).as_posix()


def _branch(directory: Path) -> str:
    head = ask(directory, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if head is not None:
        return head.removeprefix("origin/")
    there = ask_lines(directory, "for-each-ref", "--format=%(refname:short)", "refs/heads")
    usual = [branch for branch in ("main", "master") if branch in there]
    return usual[0] if usual else ask(directory, "symbolic-ref", "--short", "HEAD") or "main"
