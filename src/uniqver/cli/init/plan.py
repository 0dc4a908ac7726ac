"""Decides what becomes of each file. Pure: what there is comes in, what there shall be goes out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from uniqver.cli.init import edit_pyproject, other_workflows, package_code, pipelines, setup_cfg, setup_py
from uniqver.cli.init.origin import find_origin, requirements, table
from uniqver.cli.init.text import lines
from uniqver.cli.init.values import Change, Plan
from uniqver.model.versions import FIRST_BASE, release_of_tag
from uniqver.project.pyproject import normalized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uniqver.cli.init.origin import Origin
    from uniqver.cli.init.pipelines import Pipeline
    from uniqver.cli.init.values import Ci, Snapshot

_DROPPED_TABLES = {
    "versioneer": "versioneer",
    "versioningit": "versioningit",
    "setuptools-git-versioning": "setuptools-git-versioning",
}
_EXTENSION_HELPERS = {"cython", "pybind11", "nanobind", "cffi", "setuptools-rust", "numpy", "mypy"}


def make_plan(snapshot: Snapshot, ci: Ci) -> Plan:
    """Return what ``init`` does to a project.

    Raises :class:`~uniqver.errors.UniqverError` where a file can't be read, or says what ``init`` can't take apart.
    """
    origin = find_origin(snapshot)
    name = origin.name or snapshot.name
    settings, notes = _settings(snapshot, origin)
    pipeline = _pipeline(snapshot, origin, {**settings, **_configured(origin)}, name)
    if ci != "none":
        settings |= pipelines.settings_for(ci, pipeline)
    version_file = _version_file(snapshot, origin, settings)
    after = _project_files(snapshot, origin, settings, version_file, name)
    prefix = "" if snapshot.inside == "." else f"{snapshot.inside}/"
    changes = [_change(prefix + path, snapshot.files.get(path), text) for path, text in after.items()]
    written = pipelines.files_for(ci, pipeline, snapshot.pipelines)
    changes += [_change(path, snapshot.pipelines.get(path), text) for path, text in written.items()]
    if ci == "github":
        others, said = _other_workflows(snapshot, pipeline, _next_base(snapshot, settings))
        changes, notes = [*changes, *others], [*notes, *said]
    elif written and not set(written) & {".gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile"}:
        notes.append(f"{ci} has a pipeline of its own here already: make it use {next(iter(written))}")
    changes = [change for change in changes if change.before != change.after]
    return Plan(
        changes=tuple(changes), notes=(*origin.notes, *notes), next_steps=_next_steps(snapshot, ci, pipeline, changes)
    )


def _change(path: str, before: str | None, after: str | None) -> Change:
    return Change(path=path, before=before, after=after)


def _configured(origin: Origin) -> Mapping[str, object]:
    return table(origin.pyproject, "tool", "uniqver")


def _settings(snapshot: Snapshot, origin: Origin) -> tuple[dict[str, object], list[str]]:
    """Return what ``[tool.uniqver]`` has to say, and why."""
    settings = dict(origin.settings)
    notes: list[str] = []
    if snapshot.inside != "." and snapshot.git and not origin.keeps_section:  # else that tool's table says it
        settings["root"] = "/".join([".."] * len(snapshot.inside.split("/")))
    if origin.tool == "static" and origin.version is not None:
        base, why = _base(origin.version, snapshot.tags)
        notes.append(why)
        if base is not None:
            settings["base"] = base
    if origin.tool == "uniqver":
        settings = {}
    if origin.keeps_section:
        notes.append(
            "[tool.setuptools_scm] stays in force: uniqver lets setuptools-scm compute, and replaces its number"
        )
    return settings, notes


def _base(old: str, tags: tuple[str, ...]) -> tuple[str | None, str]:
    """Return the base that a written version leads to, and why.

    A version whose tag is there was released, and so was one in a project that never tags: it was what made the
    index say "File already exists". Only where tags are kept, and lag behind it, is it being worked toward.
    """
    try:
        version = Version(old)
    except InvalidVersion:
        return None, f"the old version {old!r} is not PEP 440, and leads to no base"
    released = [found for tag in tags if (found := release_of_tag(tag, None)) is not None]
    if version.is_prerelease or version.dev is not None:
        return version.base_version, f"base {version.base_version}: the old version {old} led to it"
    if released and max(released) >= version:
        return None, f"no base: the tags ({max(released)} the highest) lead on from {old}"
    if released:
        return str(version), f"base {version}: the old version is above every tag, so it is being worked toward"
    major, minor, patch = (*version.release, 0, 0)[:3]
    following = f"{major}.{minor}.{patch + 1}"
    return (
        following,
        f'base {following}: there are no tags, and {old} is taken to be out; if it isn\'t, set base = "{old}"',
    )


def _next_base(snapshot: Snapshot, settings: Mapping[str, object]) -> str:
    """Return about what the next release is: the version that workflows build which publish nothing."""
    released = [found for tag in snapshot.tags if (found := release_of_tag(tag, None)) is not None]
    return str(settings.get("base") or (max(released).base_version if released else FIRST_BASE))


def _pipeline(snapshot: Snapshot, origin: Origin, settings: Mapping[str, object], name: str) -> Pipeline:
    prefix, workflow = settings.get("tag-prefix"), settings.get("workflow")
    extensions = origin.setup_py.extensions or bool(table(origin.pyproject, "tool", "cibuildwheel"))
    extensions = extensions or "ext-modules" in table(origin.pyproject, "tool", "setuptools")
    extensions = extensions or bool(_EXTENSION_HELPERS & set(requirements(origin.pyproject)))
    return pipelines.Pipeline(
        name=normalized(name),
        branch=snapshot.branch,
        inside=snapshot.inside,
        tag_prefix=prefix if isinstance(prefix, str) else None,
        extensions=extensions,
        scm=origin.keeps_section,
        workflow=workflow if isinstance(workflow, str) else pipelines.dev_workflow(snapshot.inside, normalized(name)),
    )


def _version_file(snapshot: Snapshot, origin: Origin, settings: dict[str, object]) -> str | None:
    """Return where the version file is, and take the setting out (or put it in) by whether it would be found."""
    default = None if snapshot.own_package is None else f"{snapshot.own_package}/_version.py"
    configured = _configured(origin).get("version-file", settings.get("version-file"))
    if configured is False or origin.keeps_section:
        return None if configured is False or not isinstance(default, str) else default
    if isinstance(configured, str) and configured != default:
        return configured
    settings.pop("version-file", None)
    if default is not None or origin.tool == "uniqver" or len(snapshot.packages) != 1:
        return default
    found = f"{snapshot.packages[0]}/_version.py"
    settings["version-file"] = found
    return found


def _project_files(
    snapshot: Snapshot, origin: Origin, settings: Mapping[str, object], version_file: str | None, name: str
) -> dict[str, str | None]:
    """Return the text that each file of the project gets; ``None`` deletes it."""
    files = snapshot.files
    after: dict[str, str | None] = {
        "pyproject.toml": edit_pyproject.edited(
            files.get("pyproject.toml", ""),
            name=name,
            needs_project=not origin.setup_cfg.get("metadata") and not origin.setup_py.keywords,
            dropped_requirements={origin.tool},  # setuptools-scm is asked for by uniqver where it is needed
            dropped_tool=_DROPPED_TABLES.get(origin.tool),
            settings=settings,
        )
    }
    if origin.tool == "uniqver":
        return {**after, **_ignoring(snapshot, version_file)}
    if "setup.py" in files and not origin.keeps_section:
        after["setup.py"] = setup_py.without_version(files["setup.py"])
    if "setup.cfg" in files:
        text = setup_cfg.without_key(files["setup.cfg"], "metadata", "version")
        after["setup.cfg"] = setup_cfg.without_section(text, "versioneer") if "[versioneer]" in text else text
    if version_file is not None:
        after |= _package(snapshot, origin, version_file)
    if origin.tool == "versioneer":
        after |= _without_versioneer(snapshot, version_file)
    return {**after, **_ignoring(snapshot, version_file)}


def _package(snapshot: Snapshot, origin: Origin, version_file: str) -> dict[str, str | None]:
    """Let the package take its version from the version file, and git forget an old one."""
    after: dict[str, str | None] = {}
    folder, _, file = version_file.rpartition("/")
    module, init = file.removesuffix(".py"), f"{folder}/__init__.py"
    text = snapshot.files.get(init)
    if text is not None and origin.tool == "versioneer":
        after[init] = package_code.without_versioneer(text, module)
    elif text is not None and origin.version is not None and package_code.literal_version(text) == origin.version:
        after[init] = package_code.with_import(text, module)
    if version_file in snapshot.tracked and version_file in snapshot.files:
        after[version_file] = None
    return after


def _without_versioneer(snapshot: Snapshot, version_file: str | None) -> dict[str, str | None]:
    after: dict[str, str | None] = {}
    if "versioneer.py" in snapshot.files:
        after["versioneer.py"] = None
    for path, words in (("MANIFEST.in", r"include\s+"), (".gitattributes", "")):
        if path in snapshot.files:
            named = "|".join(re.escape(name) for name in ("versioneer.py", version_file) if name)
            pattern = re.compile(rf"\s*{words}(?:{named})(?:\s.*)?", re.DOTALL)
            kept = "".join(line for line in lines(snapshot.files[path]) if not pattern.fullmatch(line))
            after[path] = kept or None
    return after


def _ignoring(snapshot: Snapshot, version_file: str | None) -> dict[str, str | None]:
    if version_file is None or version_file in snapshot.ignored or not snapshot.git:
        return {}
    text = snapshot.files.get(".gitignore", "")
    return {".gitignore": f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}/{version_file}\n"}


def _other_workflows(snapshot: Snapshot, pipeline: Pipeline, base: str) -> tuple[list[Change], list[str]]:
    """Give a version to the workflows that only test: by ``workflow``, every other one that builds is stopped."""
    changes: list[Change] = []
    notes: list[str] = []
    own = set(pipelines.github(pipeline))
    for path, text in sorted(snapshot.pipelines.items()):
        if path in own or not path.startswith(pipelines.GITHUB) or other_workflows.pinned(text):
            continue
        if other_workflows.publishes(text):
            notes.append(f"{path} publishes too: delete it once {pipeline.workflow} works; until then uniqver stops it")
        elif other_workflows.builds(text):
            pinned = other_workflows.with_pin(text, f"{base}.dev0+tests")
            if pinned is None:
                notes.append(f'{path} builds the project: add UNIQVER_VERSION: "{base}.dev0+tests" to its env')
            else:
                changes.append(_change(path, text, pinned))
    return changes, notes


def _next_steps(snapshot: Snapshot, ci: Ci, pipeline: Pipeline, changes: list[Change]) -> tuple[str, ...]:
    if not changes:
        return ()
    steps = [
        'git add -A && git commit -m "Versions by uniqver"   (before you build: then git forgets an old version file)'
    ]
    if ci == "github":
        names = [path.rpartition("/")[2] for path in pipelines.github(pipeline)]
        steps.append(
            f"on PyPI, Publishing settings of {pipeline.name}: add two trusted publishers for this repository, "
            f"workflows {' and '.join(names)}, environment pypi (a new project: a pending publisher, in your account's settings)"
        )
    if ci in ("azure", "circleci", "buildkite", "bitbucket", "jenkins"):
        steps.append("put an API token of the index (it begins with pypi-) where the pipeline file says")
    if ci == "gitlab":
        steps.append(
            f"on PyPI, Publishing settings of {pipeline.name}: add a trusted publisher for this GitLab project, file .gitlab-ci.yml"
        )
    if not snapshot.tags:
        steps.append("tag the last release, if there is one: git tag v1.2.3 <commit>, then git push --tags")
    steps.append("uniqver doctor   (says what else stands in the way)")
    return tuple(steps)
