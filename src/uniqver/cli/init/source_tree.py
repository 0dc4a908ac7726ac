"""A project's files, and what git knows about them: the one reader of ``init`` and ``doctor``. It decides nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING, NamedTuple

from uniqver.cli.init.changes import encoding_of
from uniqver.cli.init.code_edits import imported_as, version_places
from uniqver.cli.init.pipelines import ARCHIVE, GITHUB, PIPELINE_FILES, UPDATERS
from uniqver.cli.init.setup_script import read_setup_script
from uniqver.config.toml import table
from uniqver.errors import GitError, ProjectError
from uniqver.files import leaves, read_bytes
from uniqver.project.pyproject import Project, package_roots, parse_pyproject, parse_setup_cfg
from uniqver.project.version_file import find_version_file
from uniqver.vcs.repository import enclosing_work_tree, find_repository
from uniqver.vcs.runner import TRANSPORT, Git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Literal

    from uniqver.cli.init.code_edits import VersionPlace
    from uniqver.cli.init.setup_script import SetupScript
    from uniqver.project.pyproject import SetupCfg

    Table = Mapping[str, object]

SECONDS = 20.0
"""How long one question to git may take: one of them goes to the remote."""

_FILES = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    ".gitignore",
    ".gitattributes",
    "MANIFEST.in",
    "versioneer.py",
    ARCHIVE,
)
_NO_PACKAGES = {"test", "tests", "testing", "doc", "docs", "example", "examples", "build", "dist", "benchmarks"}


class SourceTree(NamedTuple):
    """A project as it is. Paths are relative, with forward slashes; texts have ``\\n`` for line ends."""

    name: str
    """The folder's name: the project's, if it declares none."""
    files: Mapping[str, str]
    """Text of each file that may be edited, from the project's folder."""
    pipelines: Mapping[str, str]
    """Text of each pipeline file, from the repository's top."""
    unreadable: tuple[str, ...] = ()
    """Files of both that are not UTF-8."""
    top: Path = Path()
    """The repository's top; without git the project's folder."""
    inside: str = "."
    """The project's folder, from the repository's top."""
    git: bool = True
    """Whether there is a repository."""
    tags: tuple[str, ...] = ()
    merged: tuple[str, ...] | None = None
    """Those of them that HEAD contains; ``None``: all."""
    branch: str = "main"
    """The branch that is published from."""
    remote: str = ""
    """The URL of ``origin``."""
    packages: tuple[str, ...] = ()
    """Folders with an ``__init__.py`` where packages are, once :func:`with_sources` has looked."""
    own_package: str | None = None
    """The folder of the package that has the project's name."""
    ignored: bool = False
    """Whether git ignores the version file, once :func:`with_git_state` has asked."""
    tracked: bool = False
    """Whether git tracks it."""

    @property
    def present(self) -> Mapping[str, str]:
        """Each pipeline file that exists, with its text: empty if that is not UTF-8."""
        return {**dict.fromkeys(self.unreadable, ""), **self.pipelines}

    @property
    def directory(self) -> Path:
        """The project's folder."""
        return self.top / self.inside

    def text(self, path: str) -> str:
        """Return a file's text, empty if there is none. Raises :class:`ProjectError` if it can't be read."""
        if path in self.unreadable:
            raise ProjectError(
                what=f"{path} is not a UTF-8 file of this project that can be read", fix=f"save {path} as UTF-8, here"
            )
        return self.files.get(path, "")

    def pyproject(self) -> Table:
        """Return pyproject.toml, empty if there is none. Raises :class:`~uniqver.errors.UniqverError` if not valid."""
        return parse_pyproject(self.text("pyproject.toml"), "pyproject.toml")

    def setup_cfg(self) -> SetupCfg:
        """Return the sections of setup.cfg. Raises :class:`~uniqver.errors.UniqverError` if not valid."""
        return parse_setup_cfg(self.text("setup.cfg"), "setup.cfg")

    def declared_name(self) -> str | None:
        """Return the distribution's name as pyproject.toml or setup.cfg has it. Raises as those two do."""
        name = table(self.pyproject(), "project").get("name") or self.setup_cfg().get("metadata", {}).get("name")
        return name if isinstance(name, str) else None

    def roots(self) -> tuple[str, ...]:
        """Return the folders that may hold packages. Raises as :meth:`pyproject` and :meth:`setup_cfg` do."""
        return package_roots(table(self.pyproject(), "tool"), self.setup_cfg())

    def module_files(self, module: str) -> list[str]:
        """Return the paths that the dotted ``module`` may have, wherever packages are."""
        path = module.replace(".", "/")
        return [normpath(f"{root}/{path}{end}") for root in self.roots() for end in ("/__init__.py", ".py")]

    def followed(self, attribute: str, depth: int = 4) -> VersionPlace | None:
        """Return the assignment that ``package.module.name`` leads to, through imports. Raises as :meth:`text` does."""
        module, _, name = attribute.rpartition(".")
        path = next((path for path in self.module_files(module) if path in (*self.files, *self.unreadable)), "")
        text = self.text(path)
        place = next((found for found in version_places({path: text}, name) if found.is_text), None)
        imported = imported_as(text, name)
        if place is not None or imported is None or not depth:
            return place
        level, source, name = imported
        above = module.split(".")[: None if path.endswith("/__init__.py") else -1]
        parts = [*above[: len(above) - level + 1], source] if level else [source]
        return self.followed(".".join(filter(None, [*parts, name])), depth - 1)

    def name_in(self, script: SetupScript) -> str | None:
        """Return the name that setup.py has, or the module that it imports it from."""
        title = None if script.title is None else self.followed(script.title)
        return script.name if title is None else title.version

    def version_file(self, name: str | None, setting: str | Literal[False] | None = None) -> str | None:
        """Return where the version file of the distribution ``name`` belongs; ``setting`` is ``version-file``.

        Raises :class:`ProjectError` if a folder stands in its place, or the setting's folder doesn't exist.
        """
        project = Project(directory=self.directory, name=name, settings={}, package_roots=self.roots())
        found = find_version_file(project, setting)
        return None if found is None else found.relative_to(self.directory).as_posix()


def read_source_tree(directory: Path) -> SourceTree:
    """Read the project at ``directory``, but for its sources. Raises :class:`ProjectError` if there is no such folder."""
    directory = directory.resolve()
    if not directory.is_dir():
        raise ProjectError(what=f"there is no folder {directory}", fix="name the project's folder: -C DIR")
    work_tree = directory if (directory / ".git").exists() else enclosing_work_tree(directory)
    git = work_tree is not None and ask_git(work_tree, "rev-parse", "--git-dir") is not None
    top = work_tree if work_tree is not None and git else directory
    files, unreadable = _texts(directory, _FILES)
    workflows = sorted(path for pattern in ("*.yml", "*.yaml") for path in (top / GITHUB).glob(pattern))
    pipelines, broken = _texts(
        top, [*(path.relative_to(top).as_posix() for path in workflows), *PIPELINE_FILES, *UPDATERS]
    )
    return SourceTree(
        name=directory.name,
        files=files,
        pipelines=pipelines,
        unreadable=(*unreadable, *broken),
        top=top,
        inside=directory.relative_to(top).as_posix(),
        git=git,
        tags=tuple((ask_git(top, "tag", "--list") or "").splitlines()),
        merged=tuple((ask_git(top, "tag", "--merged", "HEAD") or "").splitlines()),
        branch=_branch(top),
        remote=ask_git(top, "remote", "get-url", "origin") or "",
    )


def with_sources(tree: SourceTree) -> SourceTree:
    """Return ``tree`` with its packages, the files that may hold a version, and the package that has the project's name.

    Raises :class:`ProjectError` if a file that says the name can't be read.
    """
    tree = tree._replace(packages=tuple(_packages(tree)))
    sources, unreadable = _texts(tree.directory, dict.fromkeys(_sources(tree)))
    tree = tree._replace(files={**tree.files, **sources}, unreadable=(*tree.unreadable, *unreadable))
    script = read_setup_script(tree.text("setup.py"))
    file = tree.version_file(tree.declared_name() or tree.name_in(script) or (None if script.calls else tree.name))
    return tree._replace(own_package=None if file is None else file.rpartition("/")[0] or ".")


def with_git_state(tree: SourceTree, version_file: str | None) -> SourceTree:
    """Return ``tree`` with whether git ignores (by its rules alone, tracked or not) and tracks the version file."""
    if version_file is None:
        return tree
    path = f"{tree.inside}/{version_file}"
    return tree._replace(
        ignored=ask_git(tree.top, "check-ignore", "-q", "--no-index", path) is not None,
        tracked=bool(ask_git(tree.top, "ls-files", "--", path)),
    )


def ask_git(top: Path, *words: str) -> str | None:
    """Return what ``git`` prints in the repository at ``top``; ``None`` if there is none, or git fails or hangs."""
    try:
        repository = find_repository(top)
    except GitError:
        return None
    return None if repository is None else Git(repository, os.environ, SECONDS, keeps=TRANSPORT).ask(*words)


def _texts(directory: Path, paths: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the text of each file that exists, and the files that are not UTF-8, not readable, or elsewhere by a link."""
    texts: dict[str, str] = {}
    unreadable: list[str] = []
    for path in paths:
        try:
            if leaves(directory / path, directory):
                unreadable.append(path)
            else:
                content = read_bytes(directory / path)
                texts[path] = content.decode(encoding_of(path, content)).replace("\r\n", "\n")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError):
            unreadable.append(path)
    return texts, unreadable


def _packages(tree: SourceTree) -> Iterator[str]:
    for root in tree.roots():
        for init in sorted((tree.directory / root).glob("*/__init__.py")):
            if root != "." or init.parent.name.lower() not in _NO_PACKAGES:
                yield normpath(f"{root}/{init.parent.name}")


def _sources(tree: SourceTree) -> Iterator[str]:
    """Yield the files that may hold the version: modules of the packages, and text files beside pyproject.toml."""
    modules = (
        f"{package}/{name}" for package in tree.packages for name in ("*.py", "**/*version*.py", "**/__init__.py")
    )
    for pattern in (*modules, *_attributes(tree), "VERSION*", "*/VERSION*", "src/*/VERSION*", "*.py"):
        for path in sorted(tree.directory.glob(pattern)):
            yield path.relative_to(tree.directory).as_posix()


def _attributes(tree: SourceTree) -> Iterator[str]:
    """Yield where the module may be that the version is an attribute of."""
    in_pyproject = table(tree.pyproject(), "tool", "setuptools", "dynamic", "version").get("attr", "")
    in_cfg = tree.setup_cfg().get("metadata", {}).get("version", "").partition("attr:")[2].strip()
    script = read_setup_script(tree.text("setup.py"))
    for attribute in (str(in_pyproject), in_cfg, script.attribute or "", script.title or ""):
        if re.fullmatch(r"\w+(?:\.\w+)+", attribute):
            yield from tree.module_files(attribute.rpartition(".")[0])


def _branch(top: Path) -> str:
    head = ask_git(top, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if head is not None:
        return head.removeprefix("origin/")
    names = (ask_git(top, "for-each-ref", "--format=%(refname:short)", "refs/heads") or "").splitlines()
    usual = [branch for branch in ("main", "master") if branch in names]
    return usual[0] if usual else ask_git(top, "symbolic-ref", "--short", "HEAD") or "main"
