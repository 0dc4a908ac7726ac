"""What is wrong with publishing: GitHub's workflows, options of uploads, credentials. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uniqver.cli.doctor.project_checks import Diagnostic
from uniqver.cli.init.pipelines import GITHUB, publishes
from uniqver.config.toml import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uniqver.cli.doctor.facts import ProjectFacts
    from uniqver.cli.doctor.workflows import Job, Workflow

_SKIPS = re.compile(r"^[^#\n]*\b(?:twine|poetry|pdm)\b[^#\n]*--skip-existing\b", re.MULTILINE)
_FORCES = re.compile(r"^[^#\n]*\btwine\b[^#\n]*--force-replace\b", re.MULTILINE)
_RUNS_SETUP = re.compile(r"^[^#\n]*\bsetup\.py\b[^#\n|&;]*\b(?:sdist|bdist_wheel)\b", re.MULTILINE)
_PUBLISH_ACTION = "pypa/gh-action-pypi-publish"
_PASSED = ("CIBW_ENVIRONMENT_PASS_LINUX", "CIBW_ENVIRONMENT_PASS")
_TOKENS = ("PYPI_API_TOKEN", "PYPI_TOKEN", "UV_PUBLISH_TOKEN")
_PYPI = re.compile(r"^(?:https://(?:upload|test)\.pypi\.org/|$)")


def workflow_unreadable(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A workflow is not valid YAML."""
    for path, complaint in facts.broken_workflows:
        yield Diagnostic("error", f"the workflow can't be read: {complaint}", "save it as valid YAML, in UTF-8", path)


def publishers(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """More than one workflow publishes dev builds, and each counts its own runs."""
    named = _named_workflow(facts)
    by_index: dict[str, dict[str, str]] = {}
    for workflow in facts.workflows:
        for step in () if workflow.pinned else workflow.dev_uploads:
            # with a workflow named, the others' are local, whatever index they go to
            by_index.setdefault("" if named else step.repository, {})[workflow.file] = workflow.shown
    effect = (
        f"by workflow = {named!r} the builds of all but one are local, and the index refuses them"
        if named
        else "they race for names on the index"
    )
    for found in by_index.values():
        if len(found) > 1:
            yield Diagnostic(
                "error" if named else "warning",
                f"{' and '.join(found.values())} publish without being for tags only: {effect}",
                "publish dev builds from one workflow; delete the upload from the others, "
                "or give what they build its version: env: {UNIQVER_VERSION: …}",
            )


def workflow_setting(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The setting ``workflow`` names no workflow that publishes: then every dev build on GitHub is local."""
    named = None if facts.config is None else facts.config.workflow
    file = _named_workflow(facts)
    if named is None:
        return
    found = [workflow for workflow in facts.workflows if workflow.file == file]
    titled = [workflow.file for workflow in facts.workflows if workflow.title == named.rpartition(".")[0]]
    candidates = titled or [workflow.file for workflow in facts.workflows if workflow.dev_uploads]
    fix = f'workflow = "{candidates[0]}"' if candidates else "uniqver init --ci github, or delete workflow"
    if not found and not any(path.endswith(f"/{file}") for path, _ in facts.broken_workflows):
        what = f"workflow = {named!r}, but there is no .github/workflows/{file}"
        yield Diagnostic("error", what, fix, "pyproject.toml")
    elif found and not found[0].uploads:
        what = f"workflow = {named!r}, but that workflow uploads nothing"
        yield Diagnostic("warning", what, fix, "pyproject.toml")


def setup_script(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """What a pipeline publishes is built by running setup.py, which uniqver has no part in: its version is 0.0.0."""
    uploading = {workflow.path: bool(workflow.uploads) for workflow in facts.workflows}
    for path, text in facts.tree.pipelines.items():
        if not facts.scm and uploading.get(path, publishes(text)) and _RUNS_SETUP.search(_joined(text)):
            what = "it publishes what setup.py builds as a program: that passes uniqver by, and the version is 0.0.0"
            yield Diagnostic("error", what, "python -m build   instead of python setup.py sdist bdist_wheel", path)


def workflow_run(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A publisher is started by the end of another workflow: it sees the default branch, not what was tested."""
    what = (
        "it publishes on workflow_run: GITHUB_REF and GITHUB_SHA are the default branch's then, "
        "whatever ran before, and a tag never makes a release"
    )
    for workflow in facts.workflows:
        if workflow.uploads and "workflow_run" in workflow.events:
            yield Diagnostic("error", what, "publish in a job of the same workflow, with needs:", workflow.path)


def matrix_versions(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The legs of a matrix compute a version each: running failed ones again splits the release."""
    fix = "one job runs uniqver allocate, and the legs take it: env: UNIQVER_VERSION   (uniqver init --ci github writes that)"
    for job in _dev_builds(facts):
        if job.matrix and not job.pinned:
            what = f"each leg of {job.name} computes its own version: legs that are run again get another one"
            yield Diagnostic("warning", what, fix, job.path)


def fetch_depth(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A job computes the version of a branch's build from a checkout without tags. For a tag the run's own word suffices."""
    based = facts.config is not None and facts.config.base is not None
    for job in _dev_builds(facts):
        if not job.pinned and all(depth != "0" and "${{" not in depth for depth in job.depths):
            what = f"{job.name} computes a version from a checkout of one commit, without its tags"
            fix = "with: {fetch-depth: 0}   in its actions/checkout step"
            yield Diagnostic("warning" if based else "error", what, fix, job.path)


def trusted_publishing(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """An upload has no token, and isn't permitted to ask for one, or not trusted: pull_request_target, a reusable workflow."""
    for workflow in facts.workflows:
        others = workflow.events - {"pull_request_target", "workflow_call", "workflow_dispatch"}
        # warehouse, oidc/models/github.py; one that has events of its own may be called by tests
        untrusted = {"pull_request_target"} | (
            {"workflow_call"} if not others or _publishers_call(facts, workflow) else set()
        )
        for job in (job for job in workflow.jobs if job.path == workflow.path):
            if not any(step.uses.startswith(_PUBLISH_ACTION) and "password" not in step.with_ for step in job.steps):
                continue
            for event in sorted(workflow.events & untrusted):
                what = f"{job.name} publishes without a password on {event}, which Trusted Publishing refuses"
                fix = "publish in a workflow that runs for push or release, and calls no other one for it"
                yield Diagnostic("warning" if others else "error", what, fix, workflow.path)
            if not job.id_token:
                what = f"{job.name} publishes without a password, and may not ask for an identity token"
                fix = "permissions: {id-token: write}   in that job, and a trusted publisher on the index"
                yield Diagnostic("error", what, fix, workflow.path)


def _publishers_call(facts: ProjectFacts, workflow: Workflow) -> bool:
    """Tell whether a workflow that may publish calls ``workflow``: tests run by a schedule, or by hand."""
    return any(
        step.uses == f"./{workflow.path}" and caller.events & {"push", "release", "create"}
        for caller in facts.workflows
        for job in caller.jobs
        for step in job.steps
    )


def cibuildwheel(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """The Linux containers of cibuildwheel don't see the version of a build of a branch. A release has its tag there too."""
    section = table(facts.pyproject, "tool", "cibuildwheel")
    in_pyproject = str([part.get("environment-pass", "") for part in (section, table(section, "linux"))])
    for job in _dev_builds(facts):
        runs = any("cibuildwheel" in step.run + step.uses for step in job.steps if "pip install" not in step.run)
        if runs and "UNIQVER_VERSION" not in in_pyproject + "".join(job.env.get(name, "") for name in _PASSED):
            yield Diagnostic(
                "error",
                f"cibuildwheel in {job.name} builds in containers that see neither GitHub's variables nor UNIQVER_VERSION: "
                "its Linux wheels get a local version, which PyPI refuses",
                "env: {CIBW_ENVIRONMENT_PASS_LINUX: UNIQVER_VERSION}",
                job.path,
            )


def skip_existing(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """An upload of dev builds skips names that are taken, even if the index has other bytes under them."""
    what = "the upload skips existing names, even if the index has other bytes under them: the build is lost, the job green"
    fix = "delete skip-existing: a version of its own never exists, and the same bytes are accepted again"
    by_step = {
        workflow.path
        for workflow in _counted(facts)
        for step in workflow.dev_uploads
        if _SKIPS.search(step.run)
        or (step.uses.startswith(_PUBLISH_ACTION) and "true" in _options(step.with_, "skip-existing", "skip_existing"))
    }
    for path, text in facts.tree.pipelines.items():
        if path in by_step or (not path.startswith(GITHUB) and _SKIPS.search(_joined(text))):
            yield Diagnostic("warning", what, fix, path)


def force_replace(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """An upload asks to replace a file, which PyPI never does."""
    what = "twine has no --force-replace, and PyPI never replaces a file"
    for path, text in facts.tree.pipelines.items():
        if _FORCES.search(_joined(text)):
            yield Diagnostic("error", what, "delete --force-replace", path)


def token(facts: ProjectFacts) -> Iterator[Diagnostic]:
    """A token in the environment or in ``.pypirc`` is empty or of the wrong kind. None is ever shown."""
    for name, user, password, line, where in _credentials(facts):
        if user != "__token__":
            what = "PyPI does not accept user names and passwords any more: it answers 403"
            yield Diagnostic("error", what, f"{line}, and a token", where)
        elif not password.startswith("pypi-"):
            fault = "doesn't begin with pypi-" if password else "is empty (no such secret, or a fork's pull request)"
            yield Diagnostic(
                "error",
                f"{name} {fault}: the index answers 403",
                "make a token on the index, under Account settings or the project's settings, and copy all of it; "
                "or use Trusted Publishing (uniqver init --ci github writes that)",
                where,
            )


def _credentials(facts: ProjectFacts) -> Iterator[tuple[str, str, str, str, str | None]]:
    """Yield name, user, password, the line that sets the user, and the file of all credentials for PyPI."""
    environ = facts.environ
    for name in _TOKENS:
        if name in environ:
            yield name, "__token__", environ[name], "", None
    if "TWINE_PASSWORD" in environ and _PYPI.match(environ.get("TWINE_REPOSITORY_URL", "")):
        user = environ.get("TWINE_USERNAME", "__token__")
        yield "TWINE_PASSWORD", user, environ["TWINE_PASSWORD"], "TWINE_USERNAME=__token__", None
    for section in ("pypi", "testpypi"):
        values = facts.pypirc.get(section, {})
        password, user = values.get("password"), values.get("username") or "__token__"
        if password is not None:
            yield f"the password of [{section}]", user, password, "username = __token__", ".pypirc"


def _named_workflow(facts: ProjectFacts) -> str | None:
    """Return the file that ``workflow`` in the settings names."""
    named = None if facts.config is None else facts.config.workflow
    return None if named is None else named.rpartition("/")[2]


def _counted(facts: ProjectFacts) -> list[Workflow]:
    """Return the workflows whose dev builds are public: of others they are local, as :func:`publishers` reports."""
    return [workflow for workflow in facts.workflows if _named_workflow(facts) in (None, workflow.file)]


def _dev_builds(facts: ProjectFacts) -> Iterator[Job]:
    """Yield the jobs that compute a version of dev builds which are published."""
    for workflow in _counted(facts):
        if workflow.dev_uploads:
            yield from (job for job in workflow.jobs if job.computes and not job.tags_only)


def _options(given: Mapping[str, str], *names: str) -> list[str]:
    return [given.get(name, "").lower() for name in names]


def _joined(text: str) -> str:
    """Return a script with its continued lines in one."""
    return text.replace("\\\n", " ")
