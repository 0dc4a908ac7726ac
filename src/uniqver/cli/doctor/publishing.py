"""The checks of uploads: what the index takes, the workflows and pipelines that publish, and credentials."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import trove_classifiers

from uniqver.cli.doctor.project import PYPROJECT, Diagnostic, ProjectFacts, error, warning
from uniqver.cli.doctor.workflows import Job, Step, Workflow, for_tags_only
from uniqver.cli.init.pipelines import GITHUB, LINE, PACKING, command_pattern, publishes
from uniqver.config import table
from uniqver.dists import parse_filename
from uniqver.files import read_text
from uniqver.model.wording import listed
from uniqver.project import dynamic_with

_INDEX = re.compile(r"(?:--(?:repository(?:-url)?|publish-url|index)|\s-r)[ =]+(\S+)")
_INDEX_VARIABLES = ("TWINE_REPOSITORY_URL", "TWINE_REPOSITORY", "UV_PUBLISH_URL")
_SKIPS = re.compile(LINE + command_pattern("(?:twine|poetry|pdm)", "--skip-existing", r"#\n"))
_FORCES = re.compile(LINE + command_pattern("twine", "--force-replace", r"#\n"))
_RUNS_SETUP = re.compile(LINE + command_pattern(r"setup\.py", PACKING, r"#\n|&;"))
_PUBLISH_ACTION = "pypa/gh-action-pypi-publish"
_PYPI = re.compile(r"^(?:https://(?:upload|test)\.pypi\.org/|$)")


def readme(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The description is missing, or can't be packed or rendered."""
    project, dynamic = facts.table("project"), facts.listed("project", "dynamic")
    declared = project.get("readme")
    file = facts.table("project", "readme").get("file", declared)
    if isinstance(file, str):
        yield from _readme_file(facts.tree.directory / file, file)
    elif project and declared is None and "readme" not in dynamic and not facts.problems:  # one of them may be why
        what, fix = "there is no readme: the project's page will be empty", 'readme = "README.md" in [project]'
        for place, _ in facts.places_of("readme", "long_description")[:1]:
            what = f'{place} sets the description, but [project] does not list "readme" as dynamic: it is ignored'
            fix = dynamic_with("readme", dynamic)
        yield warning(what, fix, PYPROJECT)


def _readme_file(path: Path, name: str) -> Iterator[Diagnostic]:
    if not path.is_file():
        fix = f"write {name}, or correct readme in [project]"
        yield error(f"the build fails: there is no {name}", fix, PYPROJECT)
    elif name.lower().endswith(".rst"):  # any Markdown can be rendered
        from readme_renderer import rst  # docutils takes a while

        complaints = io.StringIO()
        if rst.render(read_text(path, "replace"), stream=complaints) is None:
            first = next(filter(str.strip, complaints.getvalue().splitlines()), "it is not valid reStructuredText")
            fix = f"correct {name} (python -m twine check dist/* shows where)"
            yield error(f"the index can't render the readme: {first}", fix, PYPROJECT)


def classifiers(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """PyPI refuses an upload with one of the classifiers."""
    for classifier in map(str, facts.listed("project", "classifiers")):
        if classifier.startswith("Private ::"):
            what = f"PyPI refuses every upload with the classifier {classifier!r}"
            yield warning(what, "delete it to publish on PyPI; a company's index is fine", PYPROJECT)
        elif classifier not in trove_classifiers.classifiers:
            what = f"PyPI refuses the upload: there is no classifier {classifier!r}"
            yield error(what, "take one that python -m trove_classifiers lists", PYPROJECT)


def stale_dist(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """``dist/`` holds several versions: ``dist/*`` uploads old ones."""
    names = (path.name for path in (facts.tree.directory / "dist").glob("*"))
    versions = sorted({file.version for file in map(parse_filename, names) if file is not None})
    if len(versions) > 1:
        what = f"dist/* would upload old builds again: {listed([*map(str, versions)])}"
        yield warning(what, "rm -r dist   before each build", "dist/")


def workflow_unreadable(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A workflow is not valid YAML."""
    for workflow in facts.workflows:
        if workflow.fault:
            what = f"the workflow can't be read: {workflow.fault}"
            yield error(what, "save it as valid YAML, in UTF-8", workflow.path)


def publishers(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """Several workflows publish dev builds, and each counts its own runs."""
    named = _named(facts)
    by_index: dict[str, list[str]] = {}
    for workflow in facts.workflows:
        if {job.pinned for job in workflow.jobs if job.computes} == {True}:
            continue
        hidden = sorted({step.upload for step in workflow.uploads if step.upload})
        # with a workflow named, the others' are local, whatever index they go to
        for index in dict.fromkeys("" if named else _index(step) for step in workflow.dev_uploads):
            by_index.setdefault(index, []).append(workflow.file + (f" ({', '.join(hidden)})" if hidden else ""))
    effect = "they race for names on the index"
    if named:
        effect = f"by workflow = {named!r} all but one make local builds, which the index refuses"
    fix = "publish dev builds from one workflow, or set UNIQVER_VERSION in the others"
    for found in by_index.values():
        if len(found) > 1:
            what = f"{' and '.join(found)} publish without being for tags only: {effect}"
            yield (error if named else warning)(what, fix)


def workflow_setting(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """``workflow`` names no workflow that uploads: dev builds are local."""
    named, file = facts.config.workflow, _named(facts)
    if named is None:
        return
    found = next((workflow for workflow in facts.workflows if workflow.file == file), None)
    titled = [each.file for each in facts.workflows if each.title and each.title == named.rpartition(".")[0]]
    candidates = titled or [workflow.file for workflow in facts.workflows if workflow.dev_uploads]
    fix = f'workflow = "{candidates[0]}"' if candidates else "uniqver init --ci github, or delete workflow"
    if found is None:
        yield error(f"workflow = {named!r}, but there is no {GITHUB}/{file}", fix, PYPROJECT)
    elif not (found.uploads or found.fault):
        yield warning(f"workflow = {named!r}, but that workflow uploads nothing", fix, PYPROJECT)


def setup_script(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A pipeline publishes what setup.py builds without uniqver: 0.0.0."""
    uploading = {workflow.path: bool(workflow.uploads) for workflow in facts.workflows if not workflow.fault}
    what = "it publishes what running setup.py builds, without uniqver: the version is 0.0.0"
    for path, text in _scripts(facts) if facts.scm is None else ():
        if uploading.get(path, publishes(text)) and _RUNS_SETUP.search(text):
            yield error(what, "python -m build   instead of python setup.py sdist bdist_wheel", path)


def workflow_run(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A workflow publishes on workflow_run, which runs for the default branch."""
    what = "it publishes on workflow_run, which runs for the default branch, whatever ran before"
    for workflow in facts.workflows:
        if workflow.uploads and "workflow_run" in workflow.events:
            yield error(what, "publish in a job of the same workflow, with needs:", workflow.path)


def matrix_versions(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """Each leg of a matrix computes its own version."""
    fix = "allocate in one job, and set UNIQVER_VERSION in the legs   (uniqver init --ci github writes that)"
    for job in _dev_builds(facts):
        if job.matrix and not job.pinned:
            what = f"each leg of {job.name} computes its own version, and another one when it is run again"
            yield warning(what, fix, job.path)


def fetch_depth(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A job computes a version of a branch's build from a checkout without tags."""
    based = facts.config.base is not None
    for job in _dev_builds(facts):
        depths = [options.get("fetch-depth", "1") for options in job.checkouts]
        if not (job.pinned or any(depth == "0" or "${{" in depth for depth in depths) or "--unshallow" in job.script):
            what = f"{job.name} computes a version from a checkout without tags"
            fix = "with: {fetch-depth: 0}   in its actions/checkout step"
            yield (warning if based else error)(what, fix, job.path)


def submodules(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A job builds from a checkout without submodules."""
    paths = re.findall(r"(?m)^[ \t]*path[ \t]*=[ \t]*(.*\S)", facts.tree.pipelines.get(".gitmodules", ""))
    for workflow in facts.workflows if not set(paths) <= set(facts.config.allow_changes) else ():
        for job in workflow.jobs if workflow.uploads else ():
            absent = any(options.get("submodules", "false").lower() == "false" for options in job.checkouts)
            if job.computes and absent and "submodule" not in job.script:
                what = f"{job.name} builds from a checkout without submodules, so its versions are local"
                fix = "with: {submodules: recursive}   in its actions/checkout step"
                yield error(what, fix, job.path)


def trusted_publishing(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """An upload has no password, and may not ask for an identity token, or Trusted Publishing refuses it."""
    callers = [workflow for workflow in facts.workflows if workflow.events & {"push", "release", "create"}]
    called = {step.uses for workflow in callers for job in workflow.jobs for step in job.steps}
    for workflow in facts.workflows:
        others = workflow.events - {"pull_request_target", "workflow_call", "workflow_dispatch"}
        refused = {"pull_request_target"}  # warehouse, oidc/models/github.py
        if not others or f"./{workflow.path}" in called:  # else only tests call it
            refused.add("workflow_call")
        for job in workflow.jobs:
            trusts = (step.uses.startswith(_PUBLISH_ACTION) and "password" not in step.options for step in job.steps)
            if job.path != workflow.path or not any(trusts):
                continue
            for event in sorted(workflow.events & refused):
                what = f"{job.name} publishes without a password on {event}, which Trusted Publishing refuses"
                fix = "publish in a workflow that runs for push or release, and calls no other one for it"
                yield (warning if others else error)(what, fix, workflow.path)
            if not job.id_token:
                what = f"{job.name} publishes without a password, and may not ask for an identity token"
                fix = "permissions: {id-token: write}   in that job, and a trusted publisher on the index"
                yield error(what, fix, workflow.path)


def cibuildwheel(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """cibuildwheel's containers don't see the version of a branch's build."""
    section = facts.tree.tool("cibuildwheel")
    in_pyproject = [part.get("environment-pass") for part in (section, table(section, "linux"))]
    for job in _dev_builds(facts):
        runs = any("cibuildwheel" in step.run + step.uses for step in job.steps if "pip install" not in step.run)
        passed = [job.env.get(f"CIBW_ENVIRONMENT_PASS{of}") for of in ("", "_LINUX")]
        if runs and "UNIQVER_VERSION" not in str([*in_pyproject, *passed]):
            what = f"cibuildwheel's containers in {job.name} don't see the version: PyPI refuses their local ones"
            yield error(what, "env: {CIBW_ENVIRONMENT_PASS_LINUX: UNIQVER_VERSION}", job.path)


def skip_existing(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """An upload of dev builds skips names that are taken, even by other bytes."""
    what = "the upload skips names that are taken, even by other bytes: the build is lost, the job green"
    fix = "delete skip-existing: new versions don't exist, and the same bytes are accepted again"
    by_step = {workflow.path for workflow in _counted(facts) if any(map(_skips, workflow.dev_uploads))}
    for path, text in _scripts(facts):
        if path in by_step or (not path.startswith(GITHUB) and _SKIPS.search(text)):
            yield warning(what, fix, path)


def _skips(step: Step) -> bool:
    option = step.options.get("skip-existing", step.options.get("skip_existing", ""))
    return bool(_SKIPS.search(step.run)) or (step.uses.startswith(_PUBLISH_ACTION) and option.lower() == "true")


def force_replace(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """An upload asks to replace a file, which PyPI never does."""
    for path, text in _scripts(facts):
        if _FORCES.search(text):
            yield error("PyPI never replaces a file", "delete --force-replace", path)


def token(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A token in the environment or ``.pypirc`` is empty, or doesn't begin with pypi-. None is shown."""
    for name, user, password, where in _credentials(facts):
        if password is None:
            continue
        if user != "__token__":
            what = f"{name}: PyPI accepts no passwords of users any more: it answers 403"
            line = "TWINE_USERNAME=__token__" if where is None else "username = __token__"
            yield error(what, f"{line}, and a token as the password", where)
        elif not password.startswith("pypi-"):
            fault = "doesn't begin with pypi-" if password else "is empty (no such secret, or a fork's pull request)"
            fix = (
                "make a token in the index's account settings, and copy all of it; "
                "or use Trusted Publishing (uniqver init --ci github writes that)"
            )
            yield error(f"{name} {fault}: the index answers 403", fix, where)


def _credentials(facts: ProjectFacts) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield name, user, password and file of what may be credentials for PyPI."""
    environ = facts.environ
    for name in ("PYPI_API_TOKEN", "PYPI_TOKEN", "UV_PUBLISH_TOKEN"):
        yield name, "__token__", environ.get(name), None
    if _PYPI.match(environ.get("TWINE_REPOSITORY_URL", "")):
        yield "TWINE_PASSWORD", environ.get("TWINE_USERNAME", "__token__"), environ.get("TWINE_PASSWORD"), None
    for section in ("pypi", "testpypi"):
        values = facts.pypirc.get(section, {})
        yield f"the password of [{section}]", values.get("username") or "__token__", values.get("password"), ".pypirc"


def _named(facts: ProjectFacts) -> str:
    """Return the file that ``workflow`` in the settings names."""
    return (facts.config.workflow or "").rpartition("/")[2]


def _counted(facts: ProjectFacts) -> list[Workflow]:
    """Return the workflows whose dev builds may be public."""
    return [workflow for workflow in facts.workflows if _named(facts) in ("", workflow.file)]


def _dev_builds(facts: ProjectFacts) -> Iterator[Job]:
    """Yield the jobs that compute the version of public dev builds."""
    for workflow in _counted(facts):
        if workflow.dev_uploads:
            yield from (job for job in workflow.jobs if job.computes and not for_tags_only(job.conditions))


def _scripts(facts: ProjectFacts) -> Iterator[tuple[str, str]]:
    """Yield path and text of each pipeline, continued lines joined."""
    return ((path, text.replace("\\\n", " ")) for path, text in facts.tree.pipelines.items())


def _index(step: Step) -> str:
    """Return where a step uploads to; empty for the default."""
    by_variable = (step.env.get(name) for name in _INDEX_VARIABLES)
    named = (step.options.get(name) for name in ("repository-url", "repository_url"))
    return next(filter(None, (*named, *_INDEX.findall(step.run), *by_variable)), "")
