"""The plan of ``init``: what becomes of each file, and what is left to the user."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from posixpath import basename, normpath
from typing import NamedTuple, get_args

from uniqver.cli.init import edits, pipelines
from uniqver.cli.init.origin import Settings, VersionOrigin, find_origin, settings_of
from uniqver.cli.init.pipelines import ARCHIVE, GITHUB, Ci, Pipeline
from uniqver.cli.init.setup_script import refuse_to_run, setup_script_without_version
from uniqver.cli.init.source_tree import BUMPERS, FileChange, SourceTree
from uniqver.config.kinds import KEYS
from uniqver.errors import UsageError
from uniqver.project import build_requirements, normalized
from uniqver.project.version_file import lost_with
from uniqver.vcs.setuptools_scm import marker_at

Texts = ChainMap[str, str | None]
"""New text of files (``None`` deletes one), then the old."""

_EXTENSION_HELPERS = {"cython", "pybind11", "nanobind", "cffi", "setuptools-rust", "numpy", "mypy"}
_EXAMPLES = {"base": "1.4.0", "workflow": "publish.yml --ci github   (other CIs have none)"}
"""Of options."""
_BUMPERS = ("bumpversion", "bumpver")
"""Tools that write the next version into files."""


class Question(NamedTuple):
    """What only the user knows."""

    option: str
    text: str
    default: str
    choices: tuple[str, ...] = ()
    """Empty: any version."""


class SetupPlan(NamedTuple):
    """What ``init`` does."""

    changes: tuple[FileChange, ...]
    notes: tuple[str, ...]
    next_steps: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    version_file: str | None = None
    """From the project's folder."""


def make_plan(
    tree: SourceTree, ci: Ci | None, *, archives: bool = False, base: str | None = None, workflow: str | None = None
) -> SetupPlan:
    """Return what ``init`` does, by default for the CI that the repository seems to use; the options are the command's.

    Raises :class:`UniqverError` for a file that can't be read or taken apart.
    """
    ci = ci or pipelines.guess_ci(tree.pipelines, tree.remote)
    chosen = {key: value for key, value in (("base", base), ("workflow", workflow)) if value is not None}
    for key, value in chosen.items():
        try:
            KEYS[key].read(value)
            if key == "workflow" and not (value.isprintable() and value == basename(value.replace("\\", "/"))):
                raise ValueError(f"{value} is not the name of a file")
            if key == "workflow" and ci not in ("github", "none"):
                raise ValueError(f"it names a workflow of GitHub, and the pipeline is for {ci}")
        except ValueError as error:
            raise UsageError(what=f"--{key}: {error}", fix=f"uniqver init --{key} {_EXAMPLES[key]}") from error
    origin = find_origin(tree)
    settings, notes = settings_of(tree, origin, base)
    assumed = settings.get("base") if origin.tool == "static" else None
    settings |= chosen
    pipeline = _pipeline(tree, origin, ci, {**settings, **tree.tool("uniqver")})
    settings |= pipelines.settings_for(ci, pipeline)
    version_file = _version_file(tree, origin, settings)
    after: Texts = ChainMap({}, {**tree.files})
    _edit_project(after, tree, origin, settings, version_file)
    if archives and tree.inside != ".":
        notes.append(f"no {ARCHIVE}: it names one project's tag, and archives hold the whole repository")
    elif archives:
        after |= pipelines.archive_files(after.get(".gitattributes") or "", pipeline.tag_prefix)
    if origin.tool not in ("uniqver", "setuptools-scm"):
        notes += _stale(tree, origin, after, version_file)
    changes: list[FileChange] = []
    for path, text in after.maps[0].items():
        if text != tree.files.get(path):
            tree.text(path)  # what isn't UTF-8 can't be edited
            changes.append(FileChange(normpath(f"{tree.inside}/{path}"), tree.files.get(path), text))
    publishers = pipelines.other_publishers(pipeline, tree.pipelines) if ci == "github" else {}
    written, of_ci = _pipeline_files(tree, ci, pipeline, publishers, chosen=workflow is not None)
    changes += [FileChange(path, None, text) for path, text in written.items()]
    return SetupPlan(
        changes=tuple(changes),
        notes=(*notes, *of_ci),
        next_steps=_next_steps(tree, after, ci, pipeline) if changes else (),
        questions=tuple(_questions(ci, assumed, origin.version, pipeline.workflow, publishers)),
        version_file=version_file,
    )


def _questions(
    ci: Ci, assumed: object, old: str | None, workflow: str, publishers: Mapping[str, str]
) -> Iterator[Question]:
    yield Question("ci", "CI that builds and publishes", ci, get_args(pipelines.Ci))
    if assumed:
        yield Question("base", f"Release worked toward, after {old}", str(assumed))
    if publishers:
        files = (workflow, *(path.rpartition("/")[2] for path in publishers))
        yield Question("workflow", "Workflow that publishes dev builds", workflow, files)


def _pipeline(tree: SourceTree, origin: VersionOrigin, ci: Ci, settings: Mapping[str, object]) -> Pipeline:
    name = normalized(origin.name)
    prefix, workflow = settings.get("tag-prefix"), settings.get("workflow")
    dev, release = pipelines.workflow_names(tree.inside, name, tree.present).values()
    extensions = tree.setup_script.extensions or "ext-modules" in tree.tool("setuptools")
    helped = "cibuildwheel" in tree.tool() or not _EXTENSION_HELPERS.isdisjoint(build_requirements(tree.pyproject))
    return pipelines.Pipeline(
        name=name,
        branch=tree.branch,
        inside=tree.inside,
        tag_prefix=prefix if isinstance(prefix, str) else None,
        plain_tags=pipelines.has_plain_tags(tree.tags),
        submodules=".gitmodules" in tree.pipelines,
        lfs="filter=lfs" in tree.pipelines.get(".gitattributes", ""),
        extensions=extensions or helped,
        scm=origin.keeps_section or marker_at(tree.directory) is not None,
        workflow=workflow if isinstance(workflow, str) else dev,
        release=release,
        post=settings.get("segment") == "post",
        repository=pipelines.repository_name(ci, tree.remote),
    )


def _pipeline_files(
    tree: SourceTree, ci: Ci, pipeline: Pipeline, publishers: Mapping[str, str], *, chosen: bool
) -> tuple[dict[str, str], list[str]]:
    """Return the files to write, and notes; ``chosen``: the user named the workflow."""
    written, notes = pipelines.files_for(ci, pipeline, tree.present), list(publishers.values())
    if chosen and f"{GITHUB}/{pipeline.workflow}" in tree.pipelines:
        written = {}
        notes = [f"{pipeline.workflow} publishes: it needs fetch-depth: 0, and UNIQVER_STRICT=1 where it builds"]
    elif ci == "github":
        usual = pipelines.workflow_names(tree.inside, pipeline.name, tree.present)
        notes[:0] = [
            f"{GITHUB}/{file} is there already and stays as it is: the workflow here is {name}"
            for file, name in zip(usual, (pipeline.workflow, pipeline.release), strict=True)
            if file != name and f"{GITHUB}/{file}" in tree.present
        ]
    if pipeline.repository is not None and "repository" not in tree.tool("uniqver"):
        notes.append(f"repository {pipeline.repository}: builds of forks are local; if origin is a fork, correct it")
    beside = [path for path in written if ci != "github" and path not in pipelines.USUAL]
    return written, [*notes, *(f"{ci} has a pipeline of its own already: include {path} in it" for path in beside)]


def _version_file(tree: SourceTree, origin: VersionOrigin, settings: Settings) -> str | None:
    """Return the version file; ``settings`` have ``version-file`` afterwards only if it needs that."""
    default = None if tree.own_package is None else f"{tree.own_package}/_version.py"
    configured = {**settings, **tree.tool("uniqver")}.get("version-file")
    if configured is False or origin.keeps_section:
        section = tree.tool("setuptools_scm")
        written = default in (section.get("version_file"), section.get("write_to"))
        return default if origin.keeps_section and written else None
    if isinstance(configured, str) and configured != default:
        return configured
    settings.pop("version-file", None)
    if origin.tool == "uniqver":
        return default
    module = f"{normalized(origin.name).replace('-', '_')}.py"
    if default is None and len(tree.packages) == 1 and module not in tree.files:
        default = settings["version-file"] = f"{tree.packages[0]}/_version.py"
    if default is not None and lost_with(tree.files.get(default, "")):  # that one is a person's
        default = settings["version-file"] = default.replace("_version.py", "_build_version.py")
    return default


def _edit_project(
    after: Texts, tree: SourceTree, origin: VersionOrigin, settings: Settings, version_file: str | None
) -> None:
    files, script = tree.files, tree.setup_script
    declared = tree.setup_cfg.get("metadata") or script.calls
    imported = origin.keeps_section and origin.tool.replace("-", "_") in script.imports
    after["pyproject.toml"] = edits.edit_pyproject(
        files.get("pyproject.toml", ""),
        name=None if declared else origin.name,
        old_tool="none" if imported else origin.tool,
        settings=settings,
        backend=origin.backend,
        cache_keys=edits.cache_keys(files) if tree.uses_uv() else "",
    )
    if origin.tool != "uniqver":
        if "setup.py" in files and not origin.keeps_section:
            after["setup.py"] = setup_script_without_version(files["setup.py"])
        # no build sees a name that only setup.py has
        hidden = tree.declared_name is None and tree.name_in_script is not None
        if "setup.cfg" in files or hidden:
            after["setup.cfg"] = edits.edit_setup_cfg(files.get("setup.cfg", ""), origin.name if hidden else None)
        if version_file is not None:
            _edit_package(after, tree, origin, version_file)
        if origin.tool == "versioneer":
            _remove_versioneer(after, version_file)
    if version_file is not None and tree.git and not tree.ignores(version_file):
        after[".gitignore"] = pipelines.with_line(files.get(".gitignore", ""), f"/{version_file}")


def _stale(tree: SourceTree, origin: VersionOrigin, after: Texts, version_file: str | None) -> Iterator[str]:
    """Name each line with the version, or what looks like it, that no build changes; and the fix."""
    texts = {path: text or "" for path, text in after.items() if path != version_file}
    package = "" if version_file is None else version_file.rpartition("/")[0]
    old, own = origin.version or "", None if origin.place is None else origin.place.path
    begins = f"{'.'.join(old.split('.')[:2])}."
    for place in edits.version_places(texts):
        given = place.version == old if place.is_text else place.path == own or f"{place.version}.".startswith(begins)
        if given or (place.name == "__version__" and place.path.rpartition("/")[0] in (package, *tree.packages)):
            inside = package and place.path.startswith(f"{package}/")
            fix = f"import it from {version_file}" if inside else "read it with importlib.metadata.version()"
            yield f"{place.path}, line {place.line}: {place.name} stays what it is, and no build changes it; {fix}"
    for path, text in edits.version_files(texts).items():
        if text == old:
            yield f"{path} holds {old}, and no build changes it; read it with importlib.metadata.version()"
    yield from _stale_in_script(texts.get("setup.py", ""), old, "cmdclass" in tree.setup_script.keywords)
    bumping = [path for path in BUMPERS if path in tree.files]
    bumping += [f"[tool.{name}] in pyproject.toml" for name in (*_BUMPERS, "zest-releaser") if name in tree.tool()]
    bumping += [f"[{name}] in setup.cfg" for name in (*_BUMPERS, "zest.releaser") if name in tree.setup_cfg]
    fix = "delete it, and release with git tag and git push --tags"
    yield from (f"{where} bumps a version that is no longer in any file: {fix}" for where in bumping)


def _stale_in_script(script: str, old: str, has_steps: bool) -> Iterator[str]:
    stamps = has_steps and re.search(r"\.write(?:_text|lines)?\(", script)
    for number, line in enumerate(script.split("\n"), start=1):
        if old[:1].isdigit() and re.search(rf"""(["']){re.escape(old)}\1""", line):
            yield f"setup.py, line {number}: {old} stays there, and what uses it gets that: {line.strip()}"
        elif stamps and re.search(r"""["'][^"']*\b__version__ *=""", line):
            fix = "delete that, or see by uniqver init --check what it writes"
            yield f"setup.py, line {number}: a build step seems to write __version__: {line.strip()}; {fix}"


def _edit_package(after: Texts, tree: SourceTree, origin: VersionOrigin, version_file: str) -> None:
    """Import the version from the version file; git forgets an old one."""
    folder, _, file = version_file.rpartition("/")
    module, init = file.removesuffix(".py"), f"{folder}/__init__.py"
    if init in tree.files and origin.tool == "versioneer":
        after[init] = edits.package_without_versioneer(tree.files[init], module)
    repeated = [
        place
        for place in edits.version_places(tree.files)
        if place.path.rpartition("/")[0] == folder and place.is_text and place.version == origin.version
    ]
    for place in filter(None, (origin.place, *repeated)):
        if place.path.startswith(f"{folder}/") and place.path != version_file:
            source = "." * place.path.removeprefix(f"{folder}/").count("/") + f".{module}"
            after[place.path] = edits.package_with_import(after[place.path] or "", place.name, source)
    if version_file in tree.files and tree.tracks(version_file):
        after[version_file] = None
    for path in after.maps[0]:
        if path.startswith(f"{folder}/"):
            refuse_to_run(after.get("setup.py") or "", path)


def _remove_versioneer(after: Texts, version_file: str | None) -> None:
    if "versioneer.py" in after:
        after["versioneer.py"] = None
    named = "|".join(re.escape(name) for name in ("versioneer.py", version_file) if name)
    for path, directive in (("MANIFEST.in", "include[ \t]+"), (".gitattributes", "")):
        if text := after.get(path):
            after[path] = re.sub(rf"(?m)^[ \t]*{directive}(?:{named})(?:[ \t].*)?$\n?", "", text) or None


def _next_steps(tree: SourceTree, after: Texts, ci: Ci, pipeline: Pipeline) -> tuple[str, ...]:
    prefix = "v" if pipeline.tag_prefix is None else pipeline.tag_prefix
    tag = f"tag the last release, if there is one: git tag {prefix}1.2.3 <commit>, then git push --tags"
    archives = "uniqver init --archives, if others build from tarballs of your code host"
    scm = pipeline.scm and "use_scm_version" not in tree.setup_script.keywords  # which only a build reads
    steps = (
        'git add -A && git commit -m "Versions by uniqver"   (before you build)',
        'pip install "uniqver[scm]"   (its commands ask setuptools-scm here)' if scm else "",
        pipelines.credentials_for(ci, pipeline),
        "" if tree.tags else tag,
        archives if ARCHIVE not in after and tree.git and tree.inside == "." else "",
        "uniqver doctor   (reports what else stands in the way)",
    )
    return tuple(filter(None, steps))
