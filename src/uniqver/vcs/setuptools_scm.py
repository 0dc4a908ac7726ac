"""setuptools-scm: what it reports about a tree, and the variables that give it a version.

Only running setup.py gives the value of ``use_scm_version``: in another process, up to the Distribution (distutils'
``run_setup``), in which setuptools-scm asks nobody and writes nothing.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from packaging.version import Version

from uniqver.errors import ScmError, UniqverError
from uniqver.model import NamedTuple

if TYPE_CHECKING:
    from setuptools import Distribution

_ScmVersion: TypeAlias = Any
"""``vcs_versioning.ScmVersion``, a dataclass. Type checkers may not have it."""

_Configuration: TypeAlias = Any

MINIMUM = "10.3.4"
"""A pretended version leaves file finder and version file alone (pypa/setuptools-scm#1540)."""

REQUIREMENT = f"setuptools-scm>={MINIMUM}"
_MARKERS = (".hg", ".jj", ".hg_archival.txt")


def marker_at(directory: Path) -> str | None:
    """Return the file or folder by which only setuptools-scm can read ``directory``."""
    if (directory / ".git").exists():
        return None
    return next((name for name in _MARKERS if (directory / name).exists()), None)


def is_missing() -> bool:
    """Tell whether there is no setuptools-scm. Raises :class:`ScmError` if it is too old."""
    from importlib.metadata import PackageNotFoundError, version  # slow

    try:
        found = version("setuptools-scm")
    except PackageNotFoundError:
        return True
    if Version(found) < Version(MINIMUM):
        raise ScmError(
            what=f"setuptools-scm {found} is installed here, and uniqver needs {MINIMUM} or newer",
            fix=f'requires = ["uniqver", "{REQUIREMENT}"] in [build-system]; '
            f'for a build without isolation: pip install -U "{REQUIREMENT}"',
        )
    return False


def require(why: str) -> None:
    """Raise :class:`ScmError` if setuptools-scm is missing or too old; ``why`` it is needed."""
    if is_missing():
        raise ScmError(
            what=f"{why}, and setuptools-scm isn't installed in this environment",
            fix=f'pip install "{REQUIREMENT}"   (a build with isolation installs it by itself)',
        )


def pretended(environ: Mapping[str, str], what: str, project: str | None) -> tuple[str, str] | None:
    """Return the variable by which the user pretends ``what`` (``VERSION``, ``METADATA``), and its value."""
    prefixes = ("SETUPTOOLS_SCM", "VCS_VERSIONING")  # in its order
    names = [f"{prefix}_PRETEND_{what}{suffix}" for suffix in (_suffix(project), "") for prefix in prefixes]
    return next(((name, environ[name]) for name in names if environ.get(name)), None)


def _suffix(project: str | None) -> str:
    return "" if project is None else "_FOR_" + re.sub(r"[-_.]+", "_", project).upper()


def handed_back(
    environ: Mapping[str, str], version: str, facts: Mapping[str, str | bool], project: str | None
) -> dict[str, str]:
    """Return variables that give setuptools-scm ``version``, and, unless the user does, ``facts`` for its templates."""
    suffix = _suffix(project)
    variables = {f"SETUPTOOLS_SCM_PRETEND_VERSION{suffix}": version}
    if facts and pretended(environ, "METADATA", project) is None:
        # JSON's strings and truth values are TOML's
        items = (f"{name} = {json.dumps(value)}" for name, value in facts.items())
        variables[f"SETUPTOOLS_SCM_PRETEND_METADATA{suffix}"] = "{" + ", ".join(items) + "}"
    return variables


def commit_said(text: str) -> str | None:
    """Return the commit in a version file made from setuptools-scm's own template."""
    match = re.search(r"^(?:__commit_id__ = )?commit_id = '([gjh][0-9a-f]+)'$", text, re.MULTILINE)
    return match[1] if match else None


NO_TAG = "0.0"
"""setuptools-scm's, if there is none."""


class ScmState(NamedTuple):
    """The state of a tree by setuptools-scm's own configuration and schemes."""

    release: str | None
    """The version of the tag that the tree, changes aside, is on."""
    development: str
    """The version of any other build."""
    scheme: str
    tag: str | None = None
    """The version of the nearest tag."""
    named: str | None = None
    """The version of :attr:`Asked.tag`, if that names a release."""
    distance: int = 0
    node: str | None = None
    """The commit with a letter before it."""
    dirty: bool = False
    branch: str | None = None
    node_date: str | None = None
    whole: bool = False
    """Whether the version is of the folder's name or (``fallback``) ``fallback_version``."""
    fallback: bool = False
    refusal: str | None = None
    """Why its schemes refuse the tree: ``fail-on-uncommitted-changes``."""
    root: str | None = None
    files: tuple[str, ...] = ()
    """Version files, from the project."""
    name: str | None = None


class Asked(NamedTuple):
    """A question to setuptools-scm."""

    directory: Path
    name: str | None
    tool: str = "setuptools_scm"
    """Of its table in pyproject.toml."""
    table: Mapping[str, object] = {}
    overrides: Mapping[str, object] = {}
    """On top of the table: ``use_scm_version``."""
    tag: str | None = None
    """The tag that a CI runs for."""


def read_scm(asked: Asked, environ: Mapping[str, str]) -> ScmState | None:
    """Return what setuptools-scm reports, if it finds a version. Raises :class:`ScmError` with its words."""
    try:
        with warnings.catch_warnings():
            # they come again when setuptools loads it
            warnings.simplefilter("ignore")
            config = _configuration(asked, environ)
            workdir = config.discover_workdir()
            version = None if workdir is None else workdir.get_scm_version()
            return None if version is None else _state(version, config, asked, str(workdir.path))
    except (Exception, SystemExit) as error:  # or a scheme of the project's
        raise ScmError(
            what=f"setuptools-scm can't tell a version: {_words(error)}",
            fix=f"correct that in [tool.{asked.tool}] or in the repository; or pin the version: UNIQVER_VERSION=1.4.1.dev1",
        ) from error


def _configuration(asked: Asked, environ: Mapping[str, str]) -> _Configuration:
    """As setuptools-scm's own hooks do ("Integrators")."""
    import vcs_versioning  # type: ignore[import-not-found,unused-ignore]  # if a project needs it

    path = str(asked.directory / "pyproject.toml")
    pyproject = dataclasses.replace(
        vcs_versioning.PyProjectData.from_file(path),
        tool_name=asked.tool,
        section=dict(asked.table),
        section_present=True,
    )
    environment = vcs_versioning.VcsEnvironment.from_env("SETUPTOOLS_SCM", env=environ, dist_name=asked.name)
    settings = {"name": path, "dist_name": asked.name, "pyproject_data": pyproject, **asked.overrides}
    return environment.build_config(**settings)


def _state(version: _ScmVersion, config: _Configuration, asked: Asked, root: str) -> ScmState:
    text, scheme, tag = str(version.tag), config.version_scheme, asked.tag
    whole = ScmState(
        release=text,
        development=text,
        scheme=scheme if isinstance(scheme, str) else getattr(scheme, "__name__", "of its own"),
        files=tuple(_files(asked.directory, config)),
        name=config.dist_name,
    )
    if version.preformatted:
        return whole._replace(whole=True, fallback=text == config.fallback_version)
    tagged = text != NO_TAG
    return whole._replace(
        release=_formatted(version, distance=0) if tagged and version.distance == 0 else None,
        development=_formatted(version, distance=max(1, version.distance)),
        tag=text if tagged else None,
        named=None if tag is None else _named(version, tag, config),
        distance=version.distance,
        node=version.node or None,
        dirty=version.dirty,
        branch=version.branch,
        node_date=None if version.node_date is None else version.node_date.isoformat(),
        refusal=_refusal(version) if version.dirty else None,
        root=root,
    )


def _formatted(version: _ScmVersion, *, distance: int, tag: object = None) -> str:
    return str(dataclasses.replace(version, distance=distance, dirty=False, tag=tag or version.tag).format())


def _named(version: _ScmVersion, tag: str, config: _Configuration) -> str | None:
    prefix = config.tag.prefix
    if not tag.startswith(prefix) or not config.tag.regex.match(tag[len(prefix) :]):
        return None
    from setuptools_scm.version import tag_to_version  # type: ignore[import-not-found,unused-ignore]  # as above

    parsed = tag_to_version(tag, config)
    return None if parsed is None else _formatted(version, distance=0, tag=parsed)


def _refusal(version: _ScmVersion) -> str | None:
    try:
        version.format()
    except Exception as error:  # schemes raise what they like
        return _words(error)
    return None


def _files(directory: Path, config: _Configuration) -> Iterator[str]:
    """Yield the version files; ``write_to`` is relative to ``root``, ``version_file`` to the project."""
    for top, name in ((directory, config.version_file), (config.absolute_root, config.write_to)):
        if name and (path := Path(top, name)).is_relative_to(directory):
            yield path.relative_to(directory).as_posix()


def _words(error: BaseException) -> str:
    return next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)


_SECONDS = 300.0
_START = """\
import sys
if sys.path[:1] == [""]:
    sys.path.append(sys.path.pop(0))  # setup.py may import its neighbours
sys.path.append(sys.argv[1])
from uniqver.vcs.setuptools_scm import main
main(sys.argv[2])
"""


def read_over_setup_py(asked: Asked, environ: Mapping[str, str]) -> ScmState | None:
    """Do as :func:`read_scm`, with the settings in setup.py.

    Raises :class:`ScmError` if setup.py fails or calls no ``setup()``.
    """
    question = json.dumps({**asked._asdict(), "table": dict(asked.table), "overrides": {}}, default=str)
    with tempfile.TemporaryDirectory(prefix="uniqver-") as folder:
        answer = Path(folder, "answer.json")
        packages = Path(__file__).parents[2]  # only this process may know where uniqver is
        words = [sys.executable, "-c", _START, str(packages), str(answer)]
        try:
            done = subprocess.run(
                words, cwd=asked.directory, env=dict(environ), timeout=_SECONDS, text=True, encoding="utf-8",
                errors="replace", input=question, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise _stuck(f"gave no answer within {_SECONDS:g} seconds") from error
        if not answer.exists():
            last = done.stderr.strip().rpartition("\n")[2].strip()
            raise _stuck(f"fails: {last or 'no output'}")
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "what" in found:
        raise ScmError(**found)
    state = found["state"]
    return None if state is None else ScmState(**{**state, "files": tuple(state["files"])})


def _stuck(why: str) -> ScmError:
    return ScmError(
        what=f"setup.py, which has use_scm_version, {why}", fix="python setup.py --version   (shows what is wrong)"
    )


def main(place: str) -> None:
    """Be the process of :func:`read_over_setup_py`: answer the question on stdin in the file ``place``."""
    asked = Asked(**json.load(sys.stdin.buffer))
    environ = dict(os.environ)
    os.environ.update(SETUPTOOLS_SCM_PRETEND_VERSION="0", SETUPTOOLS_SCM_WRITE_TO_SOURCE="0")
    name, overrides = _settings_in_setup_py()
    os.environ.clear()
    os.environ.update(environ)
    asked = asked._replace(directory=Path(asked.directory), name=asked.name or name, overrides=overrides)
    try:
        state = read_scm(asked, os.environ)
        answer: dict[str, object] = {"state": None if state is None else state._asdict()}
    except UniqverError as error:
        answer = {"what": error.what, "fix": error.fix}
    Path(place).write_text(json.dumps(answer), encoding="utf-8")


def _settings_in_setup_py() -> tuple[str | None, Mapping[str, object]]:
    build_meta = importlib.import_module("setuptools.build_meta")
    run_setup = importlib.import_module("distutils.core").run_setup  # setuptools' own
    with build_meta.no_install_setup_requires():  # get_requires_for_build_… asked for them
        distribution = cast("Distribution", run_setup("setup.py", ["--version"], stop_after="init"))
    value: object = getattr(distribution, "use_scm_version", None)
    value = value() if callable(value) else value
    return distribution.metadata.name, value if isinstance(value, dict) else {}
