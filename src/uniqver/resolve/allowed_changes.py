"""What git is asked about a project's tree: how much of it is judged, and which paths may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uniqver.config import EPOCH
from uniqver.project.version_file import find_version_file, is_scratch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uniqver.resolve.request import Request
    from uniqver.vcs.cleanliness import Scope

LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "package-lock.json")
"""Files that tools write anew beside a build, and that no wheel holds."""


def wants_time(request: Request) -> bool:
    """Tell whether to ask for the commit's time: artifacts carry it, if the user doesn't set another one.

    The answer also shows a git that is too old. A hook that only asks leaves that to the hook behind it; the
    command has none behind it.
    """
    return not (request.purpose == "peek" and request.hook is not None) and not request.environ.get(EPOCH)


def scope_of_project(request: Request, top: Path) -> Scope:
    """Return what is judged for a project whose version came whole: all but what its build writes itself."""
    project = request.project
    path = find_version_file(project, request.config.version_file)
    names = project.scm.files if project.scm is not None else ()
    own = {(project.directory / name).resolve() for name in names} | ({path.resolve()} if path is not None else set())
    inside = project.directory
    paths = () if inside == top else (f":(literal){inside.relative_to(top).as_posix()}",)
    scope = scope_of(request._replace(purpose="build"), top, paths, lambda name: top / name in own)
    assert scope is not None  # noqa: S101  builds prove
    return scope


def scope_of(
    request: Request, top: Path, paths: tuple[str, ...], own: Callable[[str], bool], version_file: str | None = None
) -> Scope | None:
    """Return what of the tree is judged; ``None`` if nothing has to be proven.

    ``own`` tells the paths, relative to ``top``, that the build itself writes.
    """
    if not request.proves:
        return None
    from uniqver.vcs.cleanliness import Scope  # as little as possible for hooks that only ask

    project = request.project
    inside = "" if project.directory == top else f"{project.directory.relative_to(top).as_posix()}/"
    allowed = {f"{inside}{path}" for path in request.config.allow_changes}
    roots = tuple(f"{inside}{root}/" for root in project.package_roots if root != ".")

    def packs(path: str) -> bool:
        if "/__pycache__/" in path:  # Python writes it into every package; packed all the same, it is an error later
            return False
        return path.startswith(roots) or _in_flat_package(project.directory, path.removeprefix(inside))

    def excepted(path: str) -> bool:
        return (
            own(path)
            or is_scratch(path)
            or ".egg-info/" in path
            or path.rpartition("/")[2] in LOCK_FILES
            or any(path == name or path.startswith(f"{name}/") for name in allowed)
        )

    return Scope(paths=paths, packs=packs, excepted=excepted, version_file=version_file)


def _in_flat_package(directory: Path, path: str) -> bool:
    """Tell whether ``path`` lies in a package, or is a module, beside pyproject.toml."""
    first, slash, _ = path.partition("/")
    if not slash:
        return first.endswith(".py") and first != "setup.py"
    return (directory / first / "__init__.py").is_file()
