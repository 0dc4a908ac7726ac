"""What a version depends on: the tree and how much of it is judged, the CI run and whose it is, the settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from uniqver.ci import MERGE_QUEUE, detect
from uniqver.config import BUILD_NUMBER, EPOCH, BranchRule, Config, setting
from uniqver.errors import UniqverError
from uniqver.model import NamedTuple
from uniqver.model.decision import CiRun, Missing
from uniqver.model.versions import release_of_tag, releases
from uniqver.project import REWRITTEN, Project
from uniqver.project.version_file import find_version_file, is_scratch
from uniqver.resolve.own_run import ownership
from uniqver.resolve.request import Request
from uniqver.vcs import GitState, Scope
from uniqver.vcs.describe import read_state, tag_patterns
from uniqver.vcs.repository import Repository, place_in
from uniqver.vcs.runner import Git

if TYPE_CHECKING:
    from packaging.version import Version

    from uniqver.vcs.setuptools_scm import ScmState


class Facts(NamedTuple):
    """All that a computed version depends on."""

    request: Request
    config: Config
    """With the rule of the branch applied."""
    rule: BranchRule | None
    repository: Repository | None
    git: GitState | None
    """From git, an archive, or another system through setuptools-scm."""
    no_git: Missing | None
    """Why a repository's tree can't be read."""
    ci: CiRun | None
    ownership: str | Missing | None
    """How the run is known to be own, or what is missing for it."""
    branch: str | None
    """git's; the CI's if HEAD is detached, or on a branch of a merge queue."""
    tag: Version | None
    """Of the nearest release tag; of several on one commit the highest."""
    build_number: tuple[str, str] | None
    """Variable and text of a provided number, if for this project."""
    scm: ScmState | None = None
    """If the project configures setuptools-scm."""

    @property
    def run(self) -> CiRun | None:
        """The CI run, if it runs for this very source."""
        return self.ci if isinstance(self.ownership, str) else None


def facts_of(
    request: Request,
    *,
    repository: Repository | None = None,
    git: GitState | None = None,
    no_git: Missing | None = None,
    scm: ScmState | None = None,
    tag: Version | None = None,
) -> Facts:
    """Add the CI run and the settings of the branch to what is known of the tree.

    ``tag``: the nearest release tag's version by setuptools-scm. Raises ``ConfigError`` for empty variables.
    """
    environ, project = request.environ, request.project
    ci = detect(environ, workflow=request.config.workflow)
    found = None if ci is None else ownership(request, ci, git.commit if git is not None else None)
    branch = git.branch if git is not None else None
    if branch is None or branch.startswith(MERGE_QUEUE):  # the CI's is the one that is merged into
        branch = None if ci is None else ci.branch
    config, rule = request.config.on_branch(branch)
    if scm is None and git is not None:
        tag = max(releases(git.tags, config.tag_prefix), default=None)
    number = setting(environ, BUILD_NUMBER, project.name)
    if number is not None and number[0] == BUILD_NUMBER and isinstance(found, Missing):
        number = None  # the number of somebody else's run: a dependency is built there, too
    return Facts(
        request=request._replace(config=config),
        config=config,
        rule=rule,
        repository=repository,
        git=git,
        no_git=no_git,
        ci=ci,
        ownership=found,
        branch=branch,
        tag=tag,
        build_number=number,
        scm=scm,
    )


def tolerated(request: Request, error: UniqverError) -> Missing:
    """Return what is missing for a public version because of ``error``, which is raised if only that will do."""
    if request.insists:
        raise error
    return Missing(error.what, error.fix)


def counted_paths(request: Request) -> tuple[str, ...]:
    """Return the project's parts of the repository; none if that is all of it."""
    inside = request.project.inside(request.top)
    return (inside[:-1], *request.config.paths) if inside else ()


def read_git(
    request: Request,
    repository: Repository,
    paths: tuple[str, ...],
    meanwhile: Callable[[], object],
    scm: ScmState | None = None,
) -> GitState:
    """Return git's view of the tree; over setuptools-scm, which judges tags itself, of any tag. Raises ``GitError``."""
    prefix = request.config.tag_prefix
    written = () if scm is None else scm.files
    only_asks = request.purpose == "peek" and request.hook is not None
    return read_state(
        Git(repository, request.environ),
        patterns=tag_patterns(prefix) if scm is None else ("*",),
        accepts=lambda tag: scm is not None or release_of_tag(tag, prefix) is not None,
        paths=paths,
        scope=scope_of(request, repository.work_tree, paths, written) if request.proves else None,
        # artifacts carry the commit's time, if the user sets no other; it also shows a git that is too old
        want_time=not only_asks and not request.environ.get(EPOCH),
        meanwhile=meanwhile,
    )


def scope_of(request: Request, top: Path, paths: tuple[str, ...], written: Iterable[str] = ()) -> Scope:
    """Return what is judged of the tree at ``top``: ``paths``, but for what the build itself writes.

    That is the version file and, from the project, ``written``.
    """
    project, inside = request.project, request.project.inside(top)
    # setuptools follows both out of the project
    folders = (*project.package_roots, *(dirname(name) for name in project.named if name.startswith("../")))
    roots = [normpath(join(inside, folder)) for folder in folders if folder != "."]
    outside = [root for root in roots if root.partition("/")[0] in ("..", "")]
    empty = (f"{root}/{name}" for root in roots for name in _empty_folders(top / root))
    version_file = find_version_file(project, request.config.version_file)
    return Scope(
        paths=paths and (*paths, *(place_in(top, root) for root in roots if root not in outside)),
        packs=partial(_packs, project, inside, tuple(f"{root}/" for root in roots)),
        excepted=partial(_is_excepted, request, top, {*_written_by_a_build(project, version_file, written)}),
        version_file=None if version_file is None else version_file.relative_to(top).as_posix(),
        whole=request.config.sdist_files == "tracked" or (project.directory / "MANIFEST.in").is_file(),
        unseen=(*outside, *empty),
    )


def _packs(project: Project, inside: str, roots: tuple[str, ...], path: str) -> bool:
    """Tell whether an untracked path is packed: below one of ``roots``, in a package, or named by the settings."""
    if "/__pycache__/" in path:  # Python writes it into every package; packed all the same, it is an error later
        return False
    here = f"{path.removeprefix(inside)}/"
    if f"{path}/".startswith(roots) or any(fnmatch(here, f"{name}/*".replace("**/", "*")) for name in project.named):
        return True
    first, slash, _ = here[:-1].partition("/")
    if not slash:  # a flat layout's module, or in its package
        return first.endswith(".py")
    return first.endswith(".egg-info") or (project.directory / first / "__init__.py").is_file()


def _is_excepted(request: Request, top: Path, written: Container[Path], path: str) -> bool:
    """Tell whether a path may differ from the commit: a build writes it again, or ``allow-changes`` names it."""
    project, whole = request.project, top / path
    places = {project.directory / root for root in project.package_roots}
    if (
        whole.name in {*REWRITTEN, "scm_file_list.json"}
        and whole.parent.suffix == ".egg-info"
        and whole.parent.parent in places
    ):
        return True
    allowed = tuple(f"{project.inside(top)}{each}/" for each in request.config.allow_changes)
    return f"{path}/".startswith(allowed) or whole in written or is_scratch(path)


def _written_by_a_build(project: Project, version_file: Path | None, names: Iterable[str]) -> Iterator[Path]:
    yield from ((project.directory / name).resolve() for name in names)
    if version_file is not None:
        # its folder may be a link's target; a link in its own place is replaced, and its target another file
        yield from (version_file, version_file.parent.resolve() / version_file.name)


def _empty_folders(root: Path) -> Iterator[str]:
    """Yield the folders without files that setuptools takes for packages, and writes into top_level.txt."""
    _, folders, files = next(os.walk(root), ("", [], []))
    for folder in () if "__init__.py" in files else folders:
        packed = (files for place, _, files in os.walk(root / folder) if not place.endswith("__pycache__"))
        if folder != "__pycache__" and "." not in folder and not any(packed):
            yield folder
