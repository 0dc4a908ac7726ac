"""A project's files, and what git knows about them, for ``init`` and ``doctor``."""

from __future__ import annotations

import os
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from posixpath import normpath
from typing import Literal, NamedTuple

from uniqver.cli.init.edits import VersionPlace, imported_as, version_places
from uniqver.cli.init.pipelines import ARCHIVE, CHECKOUT_FILES, FOR_ONE, GITHUB, PIPELINE_FILES, UPDATERS
from uniqver.cli.init.setup_script import Given, SetupScript, read_setup_script
from uniqver.config import table
from uniqver.errors import GitError, ProjectError
from uniqver.files import leaves, read_bytes, replace_bytes
from uniqver.project import Project, SetupCfg, package_roots, parse_pyproject, parse_setup_cfg
from uniqver.project.scm_section import ScmSection
from uniqver.project.version_file import find_version_file
from uniqver.vcs.repository import find_repository, work_tree_of
from uniqver.vcs.runner import TRANSPORT, Git

Table = Mapping[str, object]
AskGit = Callable[..., str | None]

SECONDS = 20.0
"""For one question to git, which may go to the remote."""
BUMPERS = (".bumpversion.cfg", ".bumpversion.toml", "bumpver.toml")
_FILES = ("pyproject.toml", "setup.py", "setup.cfg", ".gitignore", ".gitattributes", "MANIFEST.in", "versioneer.py")
_NO_PACKAGES = {"test", "tests", "testing", "doc", "docs", "example", "examples", "build", "dist", "benchmarks"}


def no_answer(*_: str) -> None:
    """Stand for git where there is a repository that doesn't answer."""


class FileChange(NamedTuple):
    """Texts of one file; ``None``: no such file."""

    path: str
    """From the repository's top."""
    before: str | None
    after: str | None


@dataclass(frozen=True)
class SourceTree:
    """A project as it is. Paths are relative and POSIX's, line ends ``\\n``.

    What needs a file raises :class:`UniqverError` if that is not UTF-8, or not valid.
    """

    name: str
    """The folder's."""
    files: Mapping[str, str]
    """Texts by path, from the project's folder."""
    pipelines: Mapping[str, str]
    """Texts of pipeline files and of what they depend on, from the repository's top."""
    unreadable: tuple[str, ...] = ()
    """Those that are not UTF-8."""
    top: Path = Path()
    """The repository's; without git the project's folder."""
    inside: str = "."
    """The project's folder, from the top."""
    git: AskGit | None = no_answer
    """:meth:`Git.ask`; without a repository ``None``."""
    tags: tuple[str, ...] = ()
    merged: tuple[str, ...] | None = None
    """Those that HEAD contains; ``None``: all."""
    branch: str = "main"
    """The branch to publish from."""
    remote: str = ""
    """The URL of ``origin``."""
    packages: tuple[str, ...] = ()
    """Their folders, from :func:`with_sources`; so is ``own_package``."""
    own_package: str | None = None
    """The one that has the project's name."""
    locked: bool = False
    """There is a ``uv.lock``."""

    @property
    def present(self) -> Mapping[str, str]:
        """Each pipeline file with its text, empty if that is not UTF-8."""
        return {**dict.fromkeys(self.unreadable, ""), **self.pipelines}

    @property
    def directory(self) -> Path:
        """The project's folder."""
        return self.top / self.inside

    def text(self, path: str) -> str:
        """Return a file's text, empty if there is none."""
        if path in self.unreadable:
            what = f"{path} is not a UTF-8 file of this project that can be read"
            raise ProjectError(what=what, fix=f"save {path} as UTF-8, here")
        return self.files.get(path, "")

    @cached_property
    def pyproject(self) -> Table:
        """pyproject.toml."""
        return parse_pyproject(self.text("pyproject.toml"), "pyproject.toml")

    @cached_property
    def setup_cfg(self) -> SetupCfg:
        """setup.cfg."""
        return parse_setup_cfg(self.text("setup.cfg"), "setup.cfg")

    @cached_property
    def setup_script(self) -> SetupScript:
        """setup.py."""
        return read_setup_script(self.text("setup.py"))

    @cached_property
    def declared_name(self) -> str | None:
        """The distribution's name in pyproject.toml or setup.cfg."""
        name = table(self.pyproject, "project").get("name") or self.setup_cfg.get("metadata", {}).get("name")
        return name if isinstance(name, str) else None

    @cached_property
    def name_in_script(self) -> str | None:
        """The name in setup.py, or in the module that it imports it from."""
        given = self.setup_script.keywords.get("name", Given())
        found = self.written(given)
        return given.text if found is None else found.version

    def tool(self, *keys: str) -> Table:
        """Return a table below ``[tool]``, empty if there is none."""
        return table(self.pyproject, "tool", *keys)

    def uses_uv(self) -> bool:
        """Tell whether uv locks it, or has a table."""
        return self.locked or "uv" in self.tool()

    def given_versions(self) -> Iterator[Given]:
        """Yield what gives the version at each place."""
        if (version := table(self.pyproject, "project").get("version")) is not None:
            yield Given(str(version))
        for kind, value in self.tool("setuptools", "dynamic", "version").items():
            files = tuple(map(str, value)) if isinstance(value, list) else (str(value),)
            yield Given(attribute=str(value)) if kind == "attr" else Given(files=files)
        if (text := self.setup_cfg.get("metadata", {}).get("version")) is not None:
            kind, _, where = (part.strip() for part in text.partition(":"))
            indirect = {"attr": Given(attribute=where), "file": Given(files=(where,))}
            yield indirect.get(kind, Given(text.strip()))
        if (given := self.setup_script.keywords.get("version")) is not None:
            yield given

    def written(self, given: Given) -> VersionPlace | None:
        """Return where that is written, ``None`` if it can't be read."""
        if given.attribute is not None:
            return self.followed(given.attribute)
        text = next((self.files[path].strip() for path in given.files if path in self.files), given.text)
        return VersionPlace(text) if text else None

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Folders that may hold packages."""
        return package_roots(self.tool(), self.setup_cfg)

    def module_files(self, module: str) -> list[str]:
        """Return the paths that a module may have."""
        path = module.replace(".", "/")
        return [normpath(f"{root}/{path}{end}") for root in self.roots for end in ("/__init__.py", ".py")]

    def followed(self, attribute: str, depth: int = 4) -> VersionPlace | None:
        """Return the assignment that ``package.module.name`` leads to, through imports."""
        module, _, name = attribute.rpartition(".")
        path = next((path for path in self.module_files(module) if path in (*self.files, *self.unreadable)), "")
        text = self.text(path)
        place = next((found for found in version_places({path: text}, name) if found.is_text), None)
        source = imported_as(text, name, module.split(".")[: None if path.endswith("/__init__.py") else -1])
        return place if place is not None or source is None or not depth else self.followed(source, depth - 1)

    def version_file(
        self, name: str | None, setting: str | Literal[False] | None = None, scm: ScmSection | None = None
    ) -> str | None:
        """Return the version file of the distribution ``name``, by :func:`find_version_file`."""
        project = Project(directory=self.directory, name=name, settings={}, package_roots=self.roots, scm=scm)
        found = find_version_file(project, setting)
        return None if found is None else found.relative_to(self.directory).as_posix()

    def ignores(self, path: str) -> bool:
        """Tell whether git's rules ignore a file, tracked or not."""
        # check-ignore has no paths but such with globs
        asked = ("--no-literal-pathspecs", "check-ignore", "-q", "--no-index", f"{self.inside}/{path}")
        return self.git is not None and self.git(*asked) is not None

    def tracks(self, path: str) -> bool:
        """Tell whether git tracks a file."""
        return self.git is not None and bool(self.git("ls-files", "--", f"{self.inside}/{path}"))


def read_source_tree(directory: Path) -> SourceTree:
    """Read the project at ``directory``, but for its sources. Raises :class:`ProjectError` if there is no such folder."""
    directory = directory.resolve()
    if not directory.is_dir():
        raise ProjectError(what=f"there is no folder {directory}", fix="name the project's folder: -C DIR")
    work_tree = work_tree_of(directory)
    git = None if work_tree is None else _asking_git(work_tree)
    top, ask = (directory, no_answer) if work_tree is None or git is None else (work_tree, git)
    files, unreadable = _texts(directory, (*_FILES, ARCHIVE, *BUMPERS))
    patterns = (f"{GITHUB}/*.yml", f"{GITHUB}/*.yaml", *FOR_ONE)
    found = sorted(path for pattern in patterns for path in top.glob(pattern))
    of_ci = [*(path.relative_to(top).as_posix() for path in found), *PIPELINE_FILES, *UPDATERS, *CHECKOUT_FILES]
    pipelines, broken = _texts(top, of_ci)
    return SourceTree(
        name=directory.name,
        files=files,
        pipelines=pipelines,
        unreadable=(*unreadable, *broken),
        top=top,
        inside=directory.relative_to(top).as_posix(),
        git=git,
        tags=tuple((ask("tag", "--list") or "").splitlines()),
        merged=tuple((ask("tag", "--merged", "HEAD") or "").splitlines()),
        branch=_branch(ask),
        remote=ask("remote", "get-url", "origin") or "",
        locked=any((at / "uv.lock").exists() for at in (directory, top)),
    )


def with_sources(tree: SourceTree) -> SourceTree:
    """Return ``tree`` with its packages and the files that may hold a version."""
    packages = [
        normpath(f"{root}/{init.parent.name}")
        for root in tree.roots
        for init in sorted((tree.directory / root).glob("*/__init__.py"))
        if root != "." or init.parent.name.lower() not in _NO_PACKAGES
    ]
    given = (*tree.given_versions(), tree.setup_script.keywords.get("name", Given()))
    named = [each.attribute for each in given if each.attribute and re.fullmatch(r"\w+(\.\w+)+", each.attribute)]
    patterns = (
        *(f"{package}/{name}" for package in packages for name in ("*.py", "**/*version*.py", "**/__init__.py")),
        *(path for each in named for path in tree.module_files(each.rpartition(".")[0])),
        *("VERSION*", "*/VERSION*", "src/*/VERSION*", "*.py"),
    )
    paths = (path for pattern in patterns for path in sorted(tree.directory.glob(pattern)))
    found = dict.fromkeys(path.relative_to(tree.directory).as_posix() for path in paths)
    sources, unreadable = _texts(tree.directory, found)
    files = {**tree.files, **sources}
    tree = replace(tree, packages=tuple(packages), files=files, unreadable=(*tree.unreadable, *unreadable))
    name = tree.declared_name or tree.name_in_script or (None if tree.setup_script.calls else tree.name)
    file = tree.version_file(name)
    return replace(tree, own_package=None if file is None else file.rpartition("/")[0] or ".")


def _asking_git(work_tree: Path) -> AskGit | None:
    try:
        repository = find_repository(work_tree)
    except GitError:
        return None
    ask = no_answer if repository is None else Git(repository, os.environ, SECONDS, keeps=TRANSPORT).ask
    return None if ask("rev-parse", "--git-dir") is None else ask


def _texts(directory: Path, paths: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the text of each file that exists, and those that can't be read or lie elsewhere by a link."""
    texts: dict[str, str] = {}
    unreadable: list[str] = []
    for path in paths:
        try:
            if leaves(directory / path, directory):
                raise OSError
            content = read_bytes(directory / path)
            texts[path] = content.decode(_encoding(path, content)).replace("\r\n", "\n")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeError, LookupError):  # a PEP 263 line may name what decodes no text
            unreadable.append(path)
    return texts, unreadable


def write(top: Path, changes: Iterable[FileChange]) -> None:
    """Write files below ``top``, each with its old line ends and encoding. Raises :class:`ProjectError`."""
    for path, _, text in changes:
        file = top / path
        if leaves(file, top):
            what = f"{file} leads out of the project by a symbolic link"
            raise ProjectError(what=what, fix="replace the link by what it leads to")
        try:
            if text is None:
                file.unlink(missing_ok=True)
                continue
            before = read_bytes(file) if file.exists() else b""
            file.parent.mkdir(parents=True, exist_ok=True)
            after = text.replace("\n", "\r\n") if b"\r\n" in before else text
            replace_bytes(file.resolve(), after.encode(_encoding(path, before)))  # not the link
        except OSError as error:
            fix = "make it writable; git checkout . restores what was changed before it"
            raise ProjectError(what=f"{file} can't be written: {error.strerror}", fix=fix) from error


def _encoding(path: str, content: bytes) -> str:
    try:
        return tokenize.detect_encoding(BytesIO(content).readline)[0] if path.endswith(".py") else "utf-8"  # PEP 263
    except SyntaxError:
        return "utf-8"


def _branch(ask: AskGit) -> str:
    head = ask("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if head is not None:
        return head.removeprefix("origin/")
    names = (ask("for-each-ref", "--format=%(refname:short)", "refs/heads") or "").splitlines()
    usual = next((branch for branch in ("main", "master") if branch in names), None)
    return usual or ask("symbolic-ref", "--short", "HEAD") or "main"
