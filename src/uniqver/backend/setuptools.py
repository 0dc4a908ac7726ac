"""How setuptools gets the version and the files of a build: itself, or through setuptools-scm."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from uniqver.backend.environment import EXTRA_CONFIG, imported_setuptools, set_variables, version_file_of
from uniqver.backend.file_finder import finding, setuptools_scm_finds_nothing
from uniqver.backend.lock import tree_lock
from uniqver.errors import ConfigError, GitError, ProjectError
from uniqver.files import leaves, read_text
from uniqver.model.decision import Decision
from uniqver.model.versions import has_changes
from uniqver.project import REWRITTEN, Project, normalized
from uniqver.project.version_file import replaceable_bytes, write_version_file
from uniqver.resolve import resolve
from uniqver.resolve.request import Request, repository_of

if TYPE_CHECKING:
    from uniqver.project.scm_section import ScmSection

_UNKNOWN = "0"
"""While setuptools-scm is still to be installed."""

_MARK = ".uniqver-makes-"
"""Start of the name of an empty folder beside one that setuptools fills."""


@contextlib.contextmanager
def peeked(request: Request, client: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give setuptools the version that the hook will get, as far as that is known; no number is taken.

    Gives what the build needs besides: setuptools-scm for some projects, ``client`` if a counter is asked. A missing version
    file is written, as setup.py may import it. Raises ``ScmError`` if an older setuptools-scm is installed.
    """
    needed: tuple[str, ...] = ()
    if request.reads_scm:
        from uniqver.vcs.setuptools_scm import REQUIREMENT, is_missing  # few projects need it

        needed = (REQUIREMENT,)
        if is_missing():
            with tree_lock(request.project.directory), _extra_config(_UNKNOWN):
                yield needed + client
            return
    decision = resolve(request, meanwhile=imported_setuptools)
    counts = decision.number is not None and decision.number.source == "counter"
    with tree_lock(request.project.directory):
        _write_missing_version_file(request, decision)
        with setuptools_knows(request, decision):
            yield needed + (client if counts else ())


def _write_missing_version_file(request: Request, decision: Decision) -> None:
    path = version_file_of(request, decision)
    if path is None or decision.origin == "sdist":
        return
    if path.exists():
        replaceable_bytes(path)  # raises sooner than the hook behind
        return
    from uniqver.model.provenance import provenance_of
    from uniqver.model.version_file_text import version_text

    write_version_file(path, version_text(provenance_of(decision, epoch=None)))


@contextlib.contextmanager
def setuptools_knows(request: Request, decision: Decision) -> Iterator[None]:
    """Give setuptools the version of ``decision`` and the files of an sdist.

    Raises :class:`ProjectError` for a folder in the way, and under ``strict`` if ``sdist-files`` can't be followed.
    """
    project = request.project
    _remove_leftovers(project)
    _remove_old_metadata(request)
    if project.scm is None:
        config = _extra_config(decision.version, keeps=not decision.public)
        with _staging(request, decision.version), config, _files(request, decision):
            yield
        return
    from uniqver.vcs.setuptools_scm import handed_back, require

    require("this project's version comes from setuptools-scm")
    facts = _of_tree(project.directory, project.scm, decision)
    handed = handed_back(os.environ, decision.version, facts, decision.project or project.name)
    config = _extra_config(None, keeps=not decision.public)
    with _staging(request, decision.version), config, set_variables(handed):
        yield


def _remove_leftovers(project: Project) -> None:
    """Remove what killed builds left and would be packed, and ``.egg-info``'s links, through which setuptools would write."""
    for root, pattern in itertools.product(project.package_roots, ("*.egg-info", "*.egg-info/*")):
        for path in (project.directory / root).glob(pattern):
            temporary = re.fullmatch("tmp.{8}", path.name)  # of setuptools, for PKG-INFO
            with contextlib.suppress(OSError):
                if (temporary or path.is_symlink()) and not leaves(path.parent, project.directory):
                    path.unlink()
    stem = _stem(project)
    for mark in project.directory.glob(f"{_MARK}{stem}-*") if stem else ():
        with contextlib.suppress(OSError):
            if not mark.is_symlink() and not any(mark.iterdir()):
                shutil.rmtree(mark.with_name(mark.name.removeprefix(_MARK)), ignore_errors=True)
                mark.rmdir()


def _remove_old_metadata(request: Request) -> None:
    """Remove what other tools, or older versions of setuptools, have left in the project's ``.egg-info``, unless git tracks it."""
    project = request.project
    folders = (folder for root in project.package_roots for folder in (project.directory / root).glob("*.egg-info"))
    own = (folder for folder in folders if project.normalized_name in (None, normalized(folder.stem)))
    files = {path for folder in own for path in folder.rglob("*") if not path.is_dir()}
    found = {path for path in files if path.name not in REWRITTEN or path.parent.suffix != ".egg-info"}
    if found and not (project.directory / "PKG-INFO").exists():
        with contextlib.suppress(GitError, OSError):
            tracked = {project.directory / name for name in files_in_git(request)}
            for path in found - tracked if tracked else ():
                path.unlink()


def _stem(project: Project) -> str:
    name = (project.normalized_name or "").replace("-", "_")
    return name if re.fullmatch("[a-z0-9_]+", name) else ""


@contextlib.contextmanager
def _staging(request: Request, version: str) -> Iterator[None]:
    """Have an empty folder beside ``demo-1.4.1``, in which setuptools collects an sdist: it tells later builds who made that.

    Without one, ``demo-1.4.1`` is somebody's: :class:`ProjectError`, since setuptools would pack and delete what is in it.
    """
    if request.hook != "build_sdist" or not (stem := _stem(request.project)):
        yield
        return
    folder = request.project.directory / f"{stem}-{version}"
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        raise ProjectError(
            what=f"{folder.name} is where setuptools collects the sdist: what is in it would be packed and deleted",
            fix=f"move it away, or remove it: rm -r {folder.name}",
        )
    mark = folder.with_name(f"{_MARK}{folder.name}")
    mark.mkdir(exist_ok=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # setuptools does so if all goes well
        with contextlib.suppress(OSError):  # gone, if setup.py builds its project once more
            mark.rmdir()


@contextlib.contextmanager
def _files(request: Request, decision: Decision) -> Iterator[None]:
    """Tell setuptools which other files an sdist has."""
    directory = request.project.directory
    tracked = request.config.sdist_files == "tracked"
    if tracked and decision.origin != "sdist" and request.is_foreign:
        yield  # setuptools-scm's finder answers
        return
    with setuptools_scm_finds_nothing(directory):
        if decision.origin == "sdist" or (directory / "PKG-INFO").exists():
            yield  # setuptools goes by SOURCES.txt
            return
        list_files = _tracked(request) if tracked else None
        # without an answer, setuptools adds all that a SOURCES.txt of an older build lists
        with finding(list_files or (lambda: ["pyproject.toml"])):
            yield


def _tracked(request: Request) -> Callable[[], list[str]] | None:
    if repository_of(request) is not None:
        return lambda: files_in_git(request)
    if request.config.strict:
        raise ProjectError(
            what='sdist-files = "tracked", and no git repository was found that tracks them',
            fix="build in the git repository or from an sdist; or UNIQVER_SDIST_FILES=manifest",
        )
    return None


def files_in_git(request: Request) -> list[str]:
    """Return the files of the project that git tracks, relative to it; none without a repository. Raises ``GitError``."""
    from uniqver.vcs.export import tracked_files  # few builds ask
    from uniqver.vcs.runner import Git

    repository = repository_of(request)
    return [] if repository is None else tracked_files(Git(repository, request.environ), request.project.directory)


def _of_tree(directory: Path, scm: ScmSection, decision: Decision) -> dict[str, str | bool]:
    """Return what follows from version and commit, for version files from a template. An sdist's commit stays."""
    from uniqver.vcs.setuptools_scm import commit_said

    if decision.origin != "sdist":
        node = {} if decision.commit is None else {"node": f"{decision.letter}{decision.commit}"}
        return {**node, "dirty": has_changes(decision.version)}
    for name in scm.files:
        with contextlib.suppress(OSError):
            commit = commit_said(read_text(directory / name, "replace"))
            return {} if commit is None else {"node": commit}
    return {}


@contextlib.contextmanager
def _extra_config(version: str | None, *, keeps: bool = True) -> Iterator[None]:
    """Give setuptools ``version``, if any, for a project that sets none itself.

    A wheel is collected in new folders: the project's ``build`` may hold deleted modules and scripts, and half of a killed
    build's. Objects are compiled there, unless a build ``keeps`` those of the one before. What setup.cfg would append
    (``tag_build``, ``tag_date``) has no effect. Raises :class:`ConfigError` if the user's own ``DIST_EXTRA_CONFIG`` can't
    be read.
    """
    from configparser import Error, RawConfigParser  # setuptools imports it in any case

    users = os.environ.get(EXTRA_CONFIG, os.devnull)
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as setuptools does
    try:
        # setuptools ignores a missing one too
        if users != os.devnull and os.path.exists(users):  # noqa: PTH110
            parser.read_string(read_text(Path(users)))
    except (OSError, Error) as error:
        why = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        fix = f"correct that file, or unset {EXTRA_CONFIG}"
        raise ConfigError(what=f"{users} ({EXTRA_CONFIG}) can't be read: {why}", fix=fix) from error
    with tempfile.TemporaryDirectory(prefix="uniqver-") as directory:  # private to this user (0700)
        folder = Path(directory)
        ours = {
            "build": {f"build_{part}": str(folder / part) for part in ("lib", "scripts", *([] if keeps else ["temp"]))},
            "bdist_wheel": {"bdist_dir": str(folder / "wheel")},
            "egg_info": {"tag_build": "", "tag_date": "0"},
            "metadata": {} if version is None else {"version": version},
        }
        parser.read_dict(ours)
        with (folder / "version.cfg").open("w", encoding="utf-8") as file:
            parser.write(file)
        with set_variables({EXTRA_CONFIG: file.name}):
            yield
